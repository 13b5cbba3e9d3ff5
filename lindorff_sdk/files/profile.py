"""A profile from TOML, checked as it is read: every mistake is named at once, with its key path."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast

from attrs import define, evolve, field

from lindorff_sdk.errors import ProfileError
from lindorff_sdk.files.binding import attribute_type, meanings
from lindorff_sdk.files.charset import is_usable
from lindorff_sdk.files.check import around, check_codec, check_file, record_models, target_of
from lindorff_sdk.files.dates import width
from lindorff_sdk.files.layout import (
    Align,
    Delimited,
    Disagree,
    Empty,
    Field,
    FileLayout,
    InterestNotes,
    Kind,
    Occurs,
    Profile,
    Record,
    Scattered,
    Sign,
    Total,
)
from lindorff_sdk.files.table import Table
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.models.codes import Transfer

_LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
_FORMATS = {Kind.DATE: "%Y%m%d", Kind.TIME: "%H%M%S", Kind.DATETIME: "%Y%m%d%H%M%S"}
_NUMBERS = {Kind.INTEGER, Kind.AMOUNT, Kind.RATE, Kind.DIGITS}


@cache
def shipped(name: str) -> Profile:
    """Return a profile that ships with the SDK: ``lindorff-reference``, ``mamut-nk003`` or ``nets-ocr-giro``.

    Raises:
        ProfileError: If none of that name ships.
    """
    return load_text(_shipped_text(name), name)


def _shipped_text(name: str) -> str:
    file = resources.files("lindorff_sdk.files") / "profiles" / f"{name.replace('-', '_')}.toml"
    if not name.replace("-", "").isalnum() or not file.is_file():
        raise ProfileError(f"No profile named {name!r} ships with the SDK; give the path of a TOML file.")
    return file.read_text(encoding="utf-8")


def load(path: Path) -> Profile:
    """Return the profile in a TOML file.

    Raises:
        ProfileError: If the file cannot be read or has mistakes; it lists all of them.
    """
    return load_text(_read(path), str(path), path.parent)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = type(error).__name__
    raise ProfileError(f"The profile {path} cannot be read: {reason}.")


def load_text(text: str, source: str = "", folder: Path | None = None) -> Profile:
    """Return the profile in a TOML text.

    Args:
        text: The TOML.
        source: Its name, for findings.
        folder: Where the file of a profile that it ``extends`` is looked for, unless that one ships.

    Raises:
        ProfileError: If it has mistakes; it lists all of them.
    """
    data = _extended(_toml(text, source), folder, seen=(source,))
    loader = _Loader(source)
    profile = loader.profile(data)
    if loader.mistakes:
        raise ProfileError(f"The profile {source} has {len(loader.mistakes)} mistakes:", loader.mistakes)
    return profile


def _toml(text: str, source: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
    raise ProfileError(f"The profile {source} is not valid TOML: {reason}.")


def _extended(data: dict[str, object], folder: Path | None, seen: tuple[str, ...]) -> dict[str, object]:
    """Return a profile with what it takes from the one it extends: a table adds to a table, all else replaces.

    Records and fields are found by their names.
    """
    base = data.pop("extends", None)
    if base is None:
        return data
    if not isinstance(base, str) or base in seen:
        raise ProfileError(f"The profile {seen[-1]} extends {base!r}, which leads in a circle or nowhere.")
    ships = not base.endswith(".toml")
    text = _shipped_text(base) if ships else _read((folder or Path()) / base)
    return _merged(_extended(_toml(text, base), folder, (*seen, base)), data)


def _merged(old: dict[str, object], new: Mapping[str, object]) -> dict[str, object]:
    result = dict(old)
    for key, value in new.items():
        before = result.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            result[key] = _merged(before, value)
        elif key in ("records", "fields") and isinstance(before, list) and isinstance(value, list):
            result[key] = _merged_lists(before, value)
        else:
            result[key] = value
    return result


def _merged_lists(old: list[object], new: list[object]) -> list[object]:
    named = {item.get("name"): item for item in old if isinstance(item, dict)}
    for item in new:
        if isinstance(item, dict):
            named[item.get("name")] = _merged(named.get(item.get("name"), {}), item)
    return list(named.values())


@define
class _Loader:
    """Turns TOML tables into layout classes and collects every mistake on the way."""

    source: str
    mistakes: list[Finding] = field(factory=list)
    columns_from: int = 1

    def note(self, path: str, message: str, expected: str = "", found: str = "") -> None:
        self.mistakes.append(
            finding("profile-mistake", message, file=self.source, field=path, expected=expected, found=found)
        )

    def profile(self, data: Mapping[str, object]) -> Profile:
        table = Table(self.note, "", data)
        codec = table.text("codec")
        if codec and not is_usable(codec):
            self.note("codec", "Unknown or unusable codec.", "a single-byte codec, or utf-8", codec)
        self.columns_from = table.typed("columns_from", int, 1)
        files = table.tables_by_name("files")
        profile = Profile(
            id=table.text("id"),
            version=table.text("version"),
            holds_from=table.typed("holds_from", date, date.min),
            origin=table.text("origin"),
            codec=codec,
            line_end=table.one_of("line_end", _LINE_ENDS, "\r\n"),
            interest_notes=table.word("interest_notes", InterestNotes, InterestNotes.RECORDS),
            files={name: self.file(name, each, codec) for name, each in files.items()},
        )
        table.finish()
        return profile

    def file(self, name: str, table: Table, codec: str) -> FileLayout:
        before = len(self.mistakes)
        transfers = {each.value: each.value for each in Transfer}
        if name not in transfers and "transfer" not in table.data:
            message = "No such transfer; a layout of another name says its 'transfer'."
            self.note(table.path, message, ", ".join(transfers), name)
        transfer = table.one_of("transfer", transfers, name if name in transfers else "cases") or "cases"
        delimited = self.delimited(table.table("delimited")) if "delimited" in table.data else None
        recognised_by = table.names("recognised_by")
        length, fill = table.typed("record_length", int, 0), table.text("fill", " ")
        layout = FileLayout(
            id=name,
            transfer=Transfer(transfer),
            name=table.text("name"),
            defaults=table.table("defaults").data,
            delimited=delimited,
            strip_blanks=table.typed("strip_blanks", bool, False),
            lines_multiple_of=table.typed("lines_multiple_of", int, 1),
            padding_line=table.text("padding_line", ""),
            final_line_end=table.typed("final_line_end", bool, True),
            ctrl_z=table.typed("ctrl_z", bool, False),
            records=tuple(
                self.record(record, recognised_by, delimited is not None, length, fill)
                for record in table.tables("records")
            ),
        )
        table.finish()
        if len(self.mistakes) == before:
            codec_mistakes = check_codec(layout, codec) if is_usable(codec) else ()
            for path, message in (*check_file(layout), *codec_mistakes):
                self.note(f"{table.path}.{path}", message)
        return layout if len(self.mistakes) > before else _with_meanings(layout)

    def delimited(self, table: Table) -> Delimited:
        made = Delimited(
            delimiter=table.text("delimiter", ";"),
            quote=table.text("quote", '"'),
            escape=table.text("escape", ""),
            quote_all=table.typed("quote_all", bool, False),
            trailing=table.typed("trailing", bool, False),
            header=table.typed("header", bool, False),
        )
        table.finish()
        for key, text in (("delimiter", made.delimiter), ("quote", made.quote or "."), ("escape", made.escape or ".")):
            if len(text) != 1:
                self.note(table.at(key), "It is one character.")
        return made

    def record(self, table: Table, recognised_by: tuple[str, ...], delimited: bool, width: int, fill: str) -> Record:
        fields: list[Field] = []
        for item in table.tables("fields"):
            fields.append(self.field(item, fields[-1] if fields else None, delimited))
        length = table.typed("length", int, width)
        if length and not delimited and fields and fields[-1].end < length:
            end = fields[-1].end
            fields.append(
                Field(name="rest", start=end, length=length - end, kind=Kind.FILLER, pad=table.text("fill", fill))
            )
        if length and not delimited and fields and fields[-1].end != length:
            self.note(table.path, "The fields do not add up to the length.", f"{length}", f"{fields[-1].end}")
        record = Record(
            name=table.text("name"),
            fields=tuple(fields),
            under=table.text("under", ""),
            opens=table.text("opens", ""),
            model=table.text("model", ""),
            occurs=table.word("occurs", Occurs, Occurs.ONCE),
            recognised_by=table.names("recognised_by", recognised_by),
            unique=table.names("unique"),
            defaults=table.table("defaults").data,
            group_by=table.names("group_by"),
            disagree=table.word("disagree", Disagree, Disagree.REFUSE),
            scattered=table.word("scattered", Scattered, Scattered.REFUSE),
        )
        table.finish("fill")
        return record

    def place(self, table: Table, before: Field | None, kind: Kind, delimited: bool) -> tuple[int, int]:
        """Return where a field starts, from 0, and its width: from ``at``, or ``start`` and ``length``, or the last."""
        following = 0 if before is None else before.start + 1 if delimited else before.end
        length = table.typed("length", int, 0)
        start = table.typed("start", int, following + self.columns_from) - self.columns_from
        if "at" in table.data:
            first, _, last = table.text("at").partition("-")
            if not (first.isdecimal() and (last or first).isdecimal()):
                self.note(table.at("at"), 'Columns are written as "3-12".')
                return following, length or 1
            start = int(first) - self.columns_from
            if not delimited:
                length = int(last or first) - int(first) + 1
        if start != following:
            what = "a gap: describe it as a filler" if start > following else "an overlap"
            expected, found = f"{following + self.columns_from}", f"{start + self.columns_from}"
            self.note(table.path, f"The field does not begin where the one before it ends ({what}).", expected, found)
        if kind is Kind.CONSTANT and not length:
            length = len(table.text("value", ""))
        if not length and not delimited:
            length = width(table.text("format", _FORMATS.get(kind, "")))
        if not length and not delimited and not {"length", "value"} & set(table.data):
            self.note(table.at("length"), "This key is missing.", "int")
        return start, length

    def field(self, table: Table, before: Field | None, delimited: bool) -> Field:
        kind = table.word("kind", Kind, Kind.TEXT)
        start, length = self.place(table, before, kind, delimited)
        number = kind in _NUMBERS
        signs = table.names("signs", ("", "-")) or ("", "-")
        if len(signs) != 2:
            self.note(table.at("signs"), "Two texts: what stands for plus, and what for minus.")
            signs = ("", "-")
        item = Field(
            name=table.text("name"),
            start=start,
            length=length,
            kind=kind,
            to=table.text("to", ""),
            also_to=table.text("also_to", ""),
            rest_to=table.text("rest_to", ""),
            split=table.text("split", " "),
            raw_to=table.text("raw_to", ""),
            join=table.text("join") if "join" in table.data else None,
            value=table.text("value", ""),
            align=table.word("align", Align, Align.RIGHT if number else Align.LEFT),
            pad=table.text("pad", "0" if number and not delimited else " "),
            upper=table.typed("upper", bool, False),
            cut=table.typed("cut", bool, False),
            leading_zeros=table.typed("leading_zeros", bool, True),
            empty=table.word("empty", Empty, Empty.NEVER),
            none=table.text("none", ""),
            decimals=table.typed("decimals", int, 2 if kind is Kind.AMOUNT else 0),
            decimal_mark=table.text("decimal_mark", ""),
            thousands=table.text("thousands", ""),
            sign=table.word("sign", Sign, Sign.NONE),
            signs=signs,
            sign_in=table.text("sign_in", ""),
            format=table.text("format", _FORMATS.get(kind, "")),
            pivot=table.typed("pivot", int, 69),
            codes=cast("Mapping[str, str | bool]", table.table("codes").data),
            unknown=table.text("unknown", ""),
            total=self.total(table),
            numbers=table.text("numbers", ""),
            within=table.text("within", ""),
            matches=table.text("matches", ""),
            optional=table.typed("optional", bool, False),
            personal=table.typed("personal", bool, False),
        )
        table.finish()
        return item

    def total(self, table: Table) -> Total | None:
        where = table.table("where")
        total = Total(
            counts=table.names("counts"),
            sums=table.names("sums"),
            firsts=table.names("firsts"),
            lasts=table.names("lasts"),
            where={name: where.names(name) for name in where.data},
            absolute=table.typed("absolute", bool, False),
            offset=table.typed("offset", int, 0),
            divisor=table.typed("divisor", int, 1),
            modulus=table.typed("modulus", int, 0),
        )
        where.finish()
        kinds = [kind for kind in (total.counts, total.sums, total.firsts, total.lasts) if kind]
        if len(kinds) > 1:
            self.note(table.path, "A field states one thing: a count, a sum, a first or a last date.")
        return total if kinds else None


def _with_meanings(layout: FileLayout) -> FileLayout:
    """Return the layout with its codes' meanings as members of our vocabularies."""
    models = record_models(layout)
    return evolve(
        layout,
        records=tuple(
            evolve(record, fields=tuple(_meant(item, models, layout, record) for item in record.fields))
            for record in layout.records
        ),
    )


def _meant(item: Field, models: Mapping[str, type], layout: FileLayout, record: Record) -> Field:
    if item.kind is not Kind.CODE or not item.to:
        return item
    words = meanings(attribute_type(*target_of(item.to, models[record.name], around(layout, record, models))))
    if words is None:
        return item
    return evolve(
        item,
        codes={code: words(str(meaning)) for code, meaning in item.codes.items()},
        unknown=words(item.unknown) if item.unknown else "",
    )
