"""One TOML table that knows its key path, and which of its keys were asked for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar, cast

from attrs import define, field

from lindorff_sdk.spelling import did_you_mean

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)

Note = Callable[[str, str, str, str], None]
"""Takes a mistake: key path, message, what was expected, what was found."""


_TYPES: dict[type, str] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number with decimals",
    bool: "true or false",
    date: "a date",
    list: "a list",
    dict: "a table",
}
"""What people call the types of TOML."""


def label(name: object, number: int) -> str:
    """Return what an element of a list of tables is called in a path: by its name, or its number where it has none."""
    return name if isinstance(name, str) and name else str(number)


@define
class Table:
    """A table of a profile.

    Attributes:
        note: Takes the mistakes.
        path: Its key path.
        data: What TOML has there.
        label: What it is called in a list of tables.
    """

    note: Note
    path: str
    data: Mapping[str, object]
    label: str = ""
    _asked: set[str] = field(factory=set)

    def at(self, key: str) -> str:
        """Return the path of a key."""
        return f"{self.path}.{key}" if self.path else key

    def typed(self, key: str, kind: type[_T], default: _T | None = None) -> _T:
        """Return a value of one type; without a default the key must be there."""
        self._asked.add(key)
        value = self.data.get(key, default)
        # bool is an int to Python, and a datetime is a date; not to a layout.
        if type(value) is kind:
            return value
        if value is None:
            self.note(self.at(key), "This key is missing.", _TYPES[kind], "")
        else:
            self.note(self.at(key), "Wrong type.", _TYPES[kind], _TYPES.get(type(value), "a date or time"))
        return default if default is not None else kind()

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        return self.typed(key, str, default)

    def word(self, key: str, words: type[_E], default: _E) -> _E:
        """Return one of the words of a vocabulary."""
        value = self.text(key, default.value)
        if value in list(words):
            return words(value)
        hint = did_you_mean(value, words)
        self.note(self.at(key), f"Not one of the words{hint}.", ", ".join(words), value)
        return default

    def one_of(self, key: str, words: Mapping[str, str], default: str | None = None) -> str:
        """Return what one of some words stands for; without a default the key must be there."""
        if key not in self.data and default is not None:
            self._asked.add(key)
            return default
        value = self.text(key)
        if value and value not in words:
            hint = did_you_mean(value, words)
            self.note(self.at(key), f"Not one of the words{hint}.", ", ".join(words), value)
        return words.get(value, "")

    def names(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self.typed(key, list, list(default))
        if not all(isinstance(value, str) for value in values):
            self.note(self.at(key), "Wrong type.", "a list of texts", "")
            return ()
        return tuple(values)

    def table(self, key: str) -> "Table":
        """Return a table, empty if there is none."""
        return Table(self.note, self.at(key), self.typed(key, dict, {}))

    def tables_by_name(self, key: str) -> dict[str, "Table"]:
        """Return tables by their names; there must be one."""
        tables = self.table(key)
        if not tables.data:
            self.note(self.at(key), "At least one is needed.", "", "")
        wrong = [name for name, value in tables.data.items() if not isinstance(value, dict)]
        for name in wrong:
            self.note(tables.at(name), "Wrong type.", "a table", "")
        return {
            name: Table(self.note, tables.at(name), cast("Mapping[str, object]", value))
            for name, value in tables.data.items()
            if name not in wrong
        }

    def tables(self, key: str) -> Sequence["Table"]:
        """Return a list of tables; there must be one."""
        values = self.typed(key, list, [])
        if not values:
            self.note(self.at(key), "At least one is needed.", "", "")
        if not all(isinstance(value, dict) for value in values):
            self.note(self.at(key), "Wrong type.", "a list of tables", "")
            return ()
        labels = [label(value.get("name"), number) for number, value in enumerate(values)]
        return [
            Table(self.note, f"{self.at(key)}[{name}]", value, name) for name, value in zip(labels, values, strict=True)
        ]

    def finish(self, *also: str) -> None:
        """Report the keys nobody asked for."""
        known = sorted(self._asked | set(also))
        for key in sorted(set(self.data) - set(known)):
            hint = did_you_mean(key, known)
            self.note(self.at(key), f"Unknown key{hint}.", "" if hint else ", ".join(known), key)
