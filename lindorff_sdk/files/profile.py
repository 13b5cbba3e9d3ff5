"""A profile from TOML, checked as it is read: every mistake is named at once, with its key path."""

import codecs
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeVar, cast

from attrs import define, evolve, field

from lindorff_sdk.errors import ProfileError
from lindorff_sdk.files.binding import attribute_type, meanings
from lindorff_sdk.files.check import check_codec, check_file, record_models
from lindorff_sdk.files.layout import (
    Align,
    Empty,
    Field,
    FileLayout,
    InterestNotes,
    Kind,
    Occurs,
    Profile,
    Record,
    Sign,
)
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.models.codes import Transfer

_LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
_FORMATS = {Kind.DATE: "%Y%m%d", Kind.DATETIME: "%Y%m%d%H%M%S"}
_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)


@cache
def shipped(name: str) -> Profile:
    """Return a profile that ships with the SDK: ``lindorff-reference``.

    Raises:
        ProfileError: If none of that name ships.
    """
    file = resources.files("lindorff_sdk.files") / "profiles" / f"{name.replace('-', '_')}.toml"
    if not file.is_file():
        raise ProfileError(f"No profile named {name!r} ships with the SDK; give the path of a TOML file.")
    return load_text(file.read_text(encoding="utf-8"), name)


def load(path: Path) -> Profile:
    """Return the profile in a TOML file.

    Raises:
        ProfileError: If the file cannot be read or has mistakes; it lists all of them.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = type(error).__name__
    else:
        return load_text(text, str(path))
    raise ProfileError(f"The profile {path} cannot be read: {reason}.")


def load_text(text: str, source: str = "") -> Profile:
    """Return the profile in a TOML text; ``source`` names it in findings.

    Raises:
        ProfileError: If it has mistakes; it lists all of them.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
    else:
        return _Loader(source).profile(data)
    raise ProfileError(f"The profile {source} is not valid TOML: {reason}.")


@define
class _Loader:
    """Turns TOML tables into layout classes and collects every mistake on the way."""

    source: str
    mistakes: list[Finding] = field(factory=list)

    def note(self, path: str, message: str, expected: str = "", found: str = "") -> None:
        self.mistakes.append(
            finding("profile-mistake", message, file=self.source, field=path, expected=expected, found=found)
        )

    def profile(self, data: Mapping[str, object]) -> Profile:
        table = _Table(self, "", data)
        files = table.table("files")
        codec = self.codec(table)
        profile = Profile(
            id=table.text("id"),
            version=table.text("version"),
            holds_from=table.typed("holds_from", date, date.min),
            origin=table.text("origin"),
            codec=codec,
            line_end=table.one_of("line_end", _LINE_ENDS, "\r\n"),
            interest_notes=table.word("interest_notes", InterestNotes, InterestNotes.RECORDS),
            files={transfer: self.file(files, transfer, codec) for transfer in Transfer if transfer in files.data},
        )
        table.finish("files")
        for transfer in sorted(set(files.data) - set(Transfer)):
            self.note(f"files.{transfer}", "No such transfer.", ", ".join(Transfer), transfer)
        if not files.data:
            self.note("files", "At least one is needed.", ", ".join(Transfer))
        if self.mistakes:
            raise ProfileError(f"The profile {self.source} has {len(self.mistakes)} mistakes:", self.mistakes)
        return profile

    def codec(self, table: "_Table") -> str:
        codec = table.text("codec")
        if codec and not _is_usable(codec):
            self.note("codec", "Unknown or unusable codec.", "a single-byte codec, or utf-8", codec)
            return ""
        return codec

    def file(self, files: "_Table", transfer: Transfer, codec: str) -> FileLayout:
        table = files.table(transfer)
        before = len(self.mistakes)
        layout = FileLayout(
            transfer=transfer,
            name=table.text("name"),
            recognised_by=table.names("recognised_by"),
            records=tuple(self.record(record) for record in table.tables("records")),
        )
        table.finish("records")
        if len(self.mistakes) == before:
            for path, message in (*check_file(layout), *(check_codec(layout, codec) if codec else ())):
                self.note(f"files.{transfer}.{path}", message)
        return layout if len(self.mistakes) > before else _with_meanings(layout)

    def record(self, table: "_Table") -> Record:
        fields: list[Field] = []
        start = 0
        for item in table.tables("fields"):
            fields.append(self.field(item, start))
            start = fields[-1].end
        record = Record(
            name=table.text("name"),
            fields=tuple(fields),
            under=table.text("under", ""),
            opens=table.text("opens", ""),
            model=table.text("model", ""),
            occurs=table.word("occurs", Occurs, Occurs.ONCE),
            unique=table.names("unique"),
        )
        table.finish("fields")
        return record

    def field(self, table: "_Table", start: int) -> Field:
        kind = table.word("kind", Kind, Kind.TEXT)
        item = Field(
            name=table.text("name"),
            start=start,
            length=table.typed("length", int),
            kind=kind,
            to=table.text("to", ""),
            raw_to=table.text("raw_to", ""),
            value=table.text("value", ""),
            align=table.word("align", Align, Align.LEFT),
            pad=table.text("pad", " "),
            empty=table.word("empty", Empty, Empty.NEVER),
            decimals=table.typed("decimals", int, 2 if kind is Kind.AMOUNT else 0),
            sign=table.word("sign", Sign, Sign.NONE),
            format=table.text("format", _FORMATS.get(kind, "")),
            codes=cast("Mapping[str, str | bool]", table.table("codes").data),
            unknown=table.text("unknown", ""),
            counts=table.names("counts"),
            sums=table.names("sums"),
            personal=table.typed("personal", bool, False),
        )
        table.finish("codes")
        return item


@define
class _Table:
    """One TOML table that knows its key path and which of its keys were asked for."""

    loader: _Loader
    path: str
    data: Mapping[str, object]
    asked: set[str] = field(factory=set)

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def typed(self, key: str, kind: type[_T], default: _T | None = None) -> _T:
        self.asked.add(key)
        value = self.data.get(key, default)
        # bool is an int to Python, and a datetime is a date; not to a layout.
        if type(value) is kind:
            return value
        if value is None:
            self.loader.note(self.at(key), "This key is missing.", kind.__name__)
        else:
            self.loader.note(self.at(key), "Wrong type.", kind.__name__, type(value).__name__)
        return default if default is not None else kind()

    def text(self, key: str, default: str | None = None) -> str:
        return self.typed(key, str, default)

    def word(self, key: str, words: type[_E], default: _E) -> _E:
        value = self.text(key, default.value)
        if value in list(words):
            return words(value)
        self.loader.note(self.at(key), "Not one of the words.", ", ".join(words), value)
        return default

    def one_of(self, key: str, words: Mapping[str, str], default: str) -> str:
        value = self.text(key)
        if value and value not in words:
            self.loader.note(self.at(key), "Not one of the words.", ", ".join(words), value)
        return words.get(value, default)

    def names(self, key: str) -> tuple[str, ...]:
        values = self.typed(key, list, [])
        if not all(isinstance(value, str) for value in values):
            self.loader.note(self.at(key), "Wrong type.", "a list of names")
            return ()
        return tuple(values)

    def table(self, key: str) -> "_Table":
        return _Table(self.loader, self.at(key), self.typed(key, dict, {}))

    def tables(self, key: str) -> Sequence["_Table"]:
        values = self.typed(key, list, [])
        if not values:
            self.loader.note(self.at(key), "At least one is needed.")
        if not all(isinstance(value, dict) for value in values):
            self.loader.note(self.at(key), "Wrong type.", "a list of tables")
            return ()
        return [
            _Table(self.loader, f"{self.at(key)}[{value.get('name', number)}]", value)
            for number, value in enumerate(values)
        ]

    def finish(self, *also: str) -> None:
        """Report the keys nobody asked for."""
        for key in sorted(set(self.data) - self.asked - set(also)):
            self.loader.note(self.at(key), "Unknown key.", ", ".join(sorted(self.asked | set(also))), key)


def _is_usable(codec: str) -> bool:
    """Return whether a codec is UTF-8, or single-byte and like ASCII in its lower half."""
    try:
        name = codecs.lookup(codec).name
        return name == "utf-8" or (
            bytes(range(128)).decode(name) == "".join(map(chr, range(128)))
            and all(len(bytes([byte] * 2 + [32]).decode(name, "replace")) == 3 for byte in range(256))
            and all(len(bytes([byte, 65]).decode(name, "replace")) == 2 for byte in range(256))
            and len(rb"\u00e6".decode(name) + b"\x1b$B0!".decode(name, "replace")) == 11
            and len(("\x20" * 3).encode(name)) == 3
        )
    except (LookupError, UnicodeError):
        return False


def _with_meanings(layout: FileLayout) -> FileLayout:
    """Return the layout with its codes' meanings as members of our vocabularies."""
    models = record_models(layout)
    return evolve(
        layout,
        records=tuple(
            evolve(record, fields=tuple(_meant(item, models[record.name]) for item in record.fields))
            for record in layout.records
        ),
    )


def _meant(item: Field, model: type) -> Field:
    words = meanings(attribute_type(model, item.to)) if item.kind is Kind.CODE and item.to else None
    if words is None:
        return item
    return evolve(
        item,
        codes={code: words(str(meaning)) for code, meaning in item.codes.items()},
        unknown=words(item.unknown) if item.unknown else "",
    )
