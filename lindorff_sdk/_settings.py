"""Reading a TOML table of settings: one reader per key, and every mistake gathered with its key path."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from attrs import Factory, define, frozen

from lindorff_sdk.errors import SecretError
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.models.money import money
from lindorff_sdk.secrets import Secret
from lindorff_sdk.spelling import did_you_mean

_E = TypeVar("_E", bound=StrEnum)


class SettingError(Exception):
    """A value is not what the setting takes. Its text says what would be; it never quotes the value."""


@frozen
class Place:
    """Where a table stands: the file, and the path of keys that leads to it. Relative paths start at the file."""

    file: Path
    keys: str = ""

    @property
    def folder(self) -> Path:
        """The folder of the file."""
        return self.file.parent

    def below(self, key: str) -> "Place":
        """Return the place of ``key`` in this table."""
        return Place(self.file, f"{self.keys}.{key}" if self.keys else key)

    def mistake(self, code: str, message: str, *, expected: str = "", found: str = "") -> Finding:
        """Return a finding about this place."""
        return finding(code, message, file=self.file.name, field=self.keys, expected=expected, found=found)


Reader = Callable[[object, Place], object]
"""Takes a value as TOML gives it; returns the setting, or raises `SettingError` or `MistakesError`."""


class MistakesError(Exception):
    """A table within the table has mistakes of its own."""

    def __init__(self, mistakes: list[Finding]) -> None:
        super().__init__()
        self.mistakes = mistakes


@define
class Reading:
    """What was read of a table: the good values, and what is wrong with the others."""

    values: dict[str, object] = Factory(dict)
    mistakes: list[Finding] = Factory(list)
    wrong: set[str] = Factory(set)
    """Keys that have a mistake."""

    def add(self, key: str, *mistakes: Finding) -> None:
        """Note what is wrong with ``key``."""
        self.wrong.add(key)
        self.mistakes.extend(mistakes)


def read(table: Mapping[str, object], readers: Mapping[str, Reader], place: Place) -> Reading:
    """Return every value of ``table``, each read by the reader of its key."""
    reading = Reading()
    for key, value in table.items():
        here = place.below(key)
        reader = readers.get(key)
        if reader is None:
            reading.add(key, here.mistake("setting-unknown", f"There is no such setting{did_you_mean(key, readers)}."))
            continue
        try:
            reading.values[key] = reader(value, here)
        except SettingError as error:
            reading.add(
                key, here.mistake("setting-type", "This cannot be read.", expected=str(error), found=kind(value))
            )
        except MistakesError as error:
            reading.add(key, *error.mistakes)
    return reading


def kind(value: object) -> str:
    """Return what TOML calls the type of ``value``. The value itself may be a secret in the wrong place."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "an array", dict: "a table"}
    return names.get(type(value), "a date or time")


def text(value: object, _: Place) -> str:
    """Read text."""
    if isinstance(value, str):
        return value
    if type(value) is int:
        raise SettingError("text: write it in quotes, so that leading zeros stay")
    raise SettingError("text in quotes")


def whole_number(value: object, _: Place) -> int:
    """Read a whole number."""
    if type(value) is int:
        return value
    raise SettingError("a whole number without quotes")


def whole_numbers(value: object, _: Place) -> tuple[int, ...]:
    """Read an array of whole numbers."""
    if isinstance(value, list) and all(type(item) is int for item in value):
        return tuple(value)
    raise SettingError("an array of whole numbers, such as [9, 12]")


def amount(value: object, _: Place) -> Decimal:
    """Read an amount of kroner."""
    if type(value) in {int, str}:
        try:
            return money(str(value))
        except ValueError:
            pass
    raise SettingError('kroner in quotes, such as "1250.50"')


def texts(value: object, _: Place) -> tuple[str, ...]:
    """Read an array of texts."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise SettingError('an array of texts, such as ["one", "two"]')


def seconds(value: object, _: Place) -> float:
    """Read a number of seconds."""
    if type(value) in {int, float}:
        return float(str(value))
    raise SettingError("a number of seconds without quotes")


def flag(value: object, _: Place) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise SettingError("true or false without quotes")


def path(value: object, place: Place) -> Path:
    """Read the path of a file; a relative one starts at the folder of the TOML file, ``~`` at the home folder."""
    return place.folder / Path(text(value, place)).expanduser()


def profiles(value: object, place: Place) -> tuple[str, ...]:
    """Read profiles: the id of one stays as it is, and a path starts at the folder of the definitions."""
    names = texts(value, place) if isinstance(value, list) else (text(value, place),)
    return tuple(str(path(name, place)) if name.endswith(".toml") else name for name in names)


def secret(value: object, place: Place) -> Secret:
    """Read a secret: ``{ env = "NAME" }``, ``{ file = "path" }``, or the password itself."""
    if value and isinstance(value, str | dict):
        try:
            return Secret.from_setting(value, place.folder)
        except SecretError:
            pass
    raise SettingError('{ env = "NAME" }, { file = "path" }, or the password itself in quotes')


def one_of(words: type[_E], among: Sequence[_E] = ()) -> Reader:
    """Return a reader of one of the words of an enumeration; of those in ``among`` if there are any."""
    choices: Sequence[_E] = among or tuple(words)
    expected = " or ".join(f'"{word}"' for word in choices)

    def read_word(value: object, place: Place) -> _E:
        try:
            word = words(text(value, place))
            if word in choices:
                return word
        except ValueError:
            pass  # told beneath, without the chain
        raise MistakesError([_not_a_word(value, place)])

    def _not_a_word(value: object, place: Place) -> Finding:
        hint = did_you_mean(str(value), choices)
        return place.mistake("setting-value", f"No such choice{hint}.", expected=expected, found=repr(value))

    return read_word


def table_of(readers: Mapping[str, Reader]) -> Reader:
    """Return a reader of a table within the table."""

    def read_table(value: object, place: Place) -> dict[str, object]:
        if not isinstance(value, dict):
            raise SettingError("a table")
        reading = read(value, readers, place)
        if reading.mistakes:
            raise MistakesError(reading.mistakes)
        return reading.values

    return read_table


def tables_of(readers: Mapping[str, Reader], made: Callable[..., object]) -> Reader:
    """Return a reader of tables under names of the user's choice; ``made`` makes each into what it stands for."""
    read_one = table_of(readers)

    def read_and_make(value: object, place: Place) -> object:
        table: dict[str, object] = read_one(value, place)  # type: ignore[assignment]
        return made(**table)

    def read_tables(value: object, place: Place) -> object:
        if not isinstance(value, dict):
            raise SettingError("a table for each name")
        return table_of(dict.fromkeys(value, read_and_make))(value, place)

    return read_tables
