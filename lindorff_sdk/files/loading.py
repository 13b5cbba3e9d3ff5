"""TOML tables to layout classes; every mistake on the way is noted with its key path."""

import re
from collections.abc import Mapping
from datetime import date
from typing import cast

from attrs import define, evolve, field

from lindorff_sdk.files.binding import NEVER_NEGATIVE, attribute_type, convert_default, default, may_be_none, meanings
from lindorff_sdk.files.charset import is_usable
from lindorff_sdk.files.check import check_file
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
    Only,
    Profile,
    Record,
    Scattered,
    Sign,
    Total,
)
from lindorff_sdk.files.structure import around, default_of, record_models, target_of
from lindorff_sdk.files.table import Table
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.spelling import did_you_mean

_LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
_FORMATS = {Kind.DATE: "%Y%m%d", Kind.TIME: "%H%M%S", Kind.DATETIME: "%Y%m%d%H%M%S"}
_NUMBERS = {Kind.INTEGER, Kind.AMOUNT, Kind.RATE, Kind.DIGITS}


@define
class Loader:
    """Turns TOML tables into layout classes and collects every mistake on the way.

    Attributes:
        source: Name of the profile's file.
        mistakes: What was found so far.
        columns_from: Number of the first column.
    """

    source: str
    mistakes: list[Finding] = field(factory=list)
    columns_from: int = 1
    _unsure: set[str] = field(factory=set)
    """Paths of tables with a value that could not be used, so that what follows from it is no mistake of its own."""
    _lost: bool = False
    """Whether it is unknown where the next field of the record starts."""

    def note(self, path: str, message: str, expected: str = "", found: str = "") -> None:
        """Keep a mistake."""
        self.mistakes.append(
            finding("profile-mistake", message, file=self.source, field=path, expected=expected, found=found)
        )

    def profile(self, data: Mapping[str, object]) -> Profile:
        """Return the profile; it is of use only if there were no mistakes."""
        table = Table(self.note, "", data)
        codec = self._codec(table)
        self.columns_from = table.typed("columns_from", int, 1)
        if self.columns_from not in (0, 1):
            self.note("columns_from", "Columns are counted from 0 or from 1.", "0 or 1", f"{self.columns_from}")
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

    def _codec(self, table: Table) -> str:
        codec = table.text("codec")
        if codec and not is_usable(codec):
            self.note(table.at("codec"), "Unknown or unusable codec.", "a single-byte codec, or utf-8", codec)
        return codec

    def file(self, name: str, table: Table, codec: str) -> FileLayout:
        """Return a file's layout."""
        before = len(self.mistakes)
        transfers = {each.value: each.value for each in Transfer}
        known = name in transfers or table.data.get("transfer") in transfers
        if not known and "transfer" not in table.data:
            message = f"No such transfer{did_you_mean(name, transfers)}; a layout of another name says its 'transfer'."
            self.note(table.path, message, ", ".join(transfers), name)
        transfer = table.one_of("transfer", transfers, name if name in transfers else "cases") or "cases"
        delimited = self.delimited(table.table("delimited")) if "delimited" in table.data else None
        recognised_by = table.names("recognised_by")
        length, fill = table.typed("record_length", int, 0), table.text("fill", " ")
        own = self._codec(table) if "codec" in table.data else ""
        layout = FileLayout(
            id=name,
            transfer=Transfer(transfer),
            name=table.text("name"),
            defaults=table.table("defaults").data,
            codec=own,
            line_end=table.one_of("line_end", _LINE_ENDS, ""),
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
        if known:
            self._check(layout, table.path, (own or codec) if is_usable(own or codec) else "")
        return layout if len(self.mistakes) > before else _with_meanings(layout)

    def _check(self, layout: FileLayout, path: str, codec: str) -> None:
        """Note the mistakes of a layout, but not what only follows from one that was noted already."""
        noted = {found.field for found in self.mistakes}
        unread = f"{path}.recognised_by" in noted
        for at, message in check_file(layout, codec):
            full = f"{path}.{at}"
            unsure = any(full == each or full.startswith(f"{each}.") for each in self._unsure)
            follows = full in noted or (unsure and "has no attribute" not in message)
            if not follows and not (unread and at.endswith(".recognised_by")):
                self.note(full, message)

    def delimited(self, table: Table) -> Delimited:
        """Return how values are kept apart."""
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
            elif not text.isprintable() and not (key == "delimiter" and text == "\t"):
                self.note(table.at(key), f"There is a control character in {text!r}.")
        return made

    def record(self, table: Table, recognised_by: tuple[str, ...], delimited: bool, width: int, fill: str) -> Record:
        """Return a record; ``width`` and ``fill`` are those of the file."""
        fields: list[Field] = []
        self._lost = False
        for item in table.tables("fields"):
            fields.append(self.field(item, fields[-1] if fields else None, delimited))
        if not fields:
            self._unsure.add(table.path)
        length, fill = table.typed("length", int, width), table.text("fill", fill)
        if length and not delimited and fields and not self._lost:
            end = fields[-1].end
            if end < length:
                fields.append(Field(name="(rest)", start=end, length=length - end, kind=Kind.FILLER, pad=fill))
            elif end != length:
                self.note(table.path, "The fields do not add up to the length.", f"{length}", f"{end}")
        occurs, most = self._occurs(table)
        record = Record(
            name=self._named(table),
            fields=tuple(fields),
            under=table.text("under", ""),
            opens=table.text("opens", ""),
            model=table.text("model", ""),
            batch=table.typed("batch", bool, False),
            occurs=occurs,
            most=most,
            recognised_by=table.names("recognised_by", recognised_by),
            wins_over=table.names("wins_over"),
            unique=table.names("unique"),
            defaults=table.table("defaults").data,
            group_by=table.names("group_by"),
            disagree=table.word("disagree", Disagree, Disagree.REFUSE),
            scattered=table.word("scattered", Scattered, Scattered.REFUSE),
        )
        table.finish()
        return record

    @staticmethod
    def _occurs(table: Table) -> tuple[Occurs, int]:
        """Return how often a record stands, and how often at most: 0 for any number."""
        given = re.fullmatch("([01])-([1-9][0-9]{0,5})", str(table.data.get("occurs", "")))
        if given is None or given[2] == "1":
            word = None if given is None else Occurs.ONCE if given[1] == "1" else Occurs.OPTIONAL
            return word or table.word("occurs", Occurs, Occurs.ONCE), 0
        table.text("occurs")
        return Occurs.SOME if given[1] == "1" else Occurs.MANY, int(given[2])

    def _named(self, table: Table) -> str:
        """Return the name of a record or field; one without a name is called by its number."""
        name = table.text("name")
        if "name" in table.data and name == "":
            self.note(table.at("name"), "A name is not empty.")
        return name or table.label

    def place(self, table: Table, before: Field | None, kind: Kind, delimited: bool) -> tuple[int, int]:
        """Return where a field starts, from 0, and its width: from ``at``, or ``start`` and ``length``, or the last."""
        following = 0 if before is None else before.start + 1 if delimited else before.end
        mistakes = len(self.mistakes)
        start, length = self._stated(table, delimited)
        if len(self.mistakes) > mistakes:
            self._lost = True
            return following, length or 1
        if start is not None and start != following and not self._lost:
            what = "a gap: describe it as a filler" if start > following else "an overlap"
            expected, found = f"{following + self.columns_from}", f"{start + self.columns_from}"
            self.note(table.path, f"The field does not begin where the one before it ends ({what}).", expected, found)
        self._lost = self._lost and start is None
        if not length and kind is Kind.CONSTANT:
            length = len(table.typed("value", str, ""))
        if not length and not delimited:
            length = width(table.typed("format", str, _FORMATS.get(kind, "")))
        if not length and not delimited and not {"length", "value"} & set(table.data):
            self.note(table.at("length"), "This key is missing.", "a whole number")
            self._lost = True
        return following if start is None else start, length

    def _stated(self, table: Table, delimited: bool) -> tuple[int | None, int]:
        """Return the start and the width that a field says it has; None and 0 where it does not say."""
        length = table.typed("length", int, 0)
        first = table.typed("start", int, 0)
        if "at" not in table.data:
            return first - self.columns_from if "start" in table.data else None, length
        at, _, last = table.text("at").partition("-")
        if not (_is_column(at) and _is_column(last or at) and int(at) <= int(last or at)):
            self.note(table.at("at"), 'Columns are written as "3-12".')
        elif "start" in table.data or ("length" in table.data and not delimited):
            self.note(table.at("at"), "Columns are said once: with 'at', or with 'start' and 'length'.")
        elif not delimited:
            length = int(last or at) - int(at) + 1
        return (int(at) if _is_column(at) else 0) - self.columns_from, length

    def field(self, table: Table, before: Field | None, delimited: bool) -> Field:
        """Return a field; ``before`` is the one that stands before it."""
        mistakes = len(self.mistakes)
        kind = table.word("kind", Kind, Kind.TEXT)
        start, length = self.place(table, before, kind, delimited)
        number = kind in _NUMBERS
        signs = table.names("signs", ("", "-")) or ("", "-")
        if len(signs) != 2:
            self.note(table.at("signs"), "Two texts: what stands for plus, and what for minus.")
            signs = ("", "-")
        item = Field(
            name=self._named(table),
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
            pad=table.text("pad", "" if delimited else "0" if number else " "),
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
            only=table.word("only", Only, Only.ANY),
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
        if len(self.mistakes) > mistakes:
            self._unsure.add(table.path)
        table.finish()
        return item

    def total(self, table: Table) -> Total | None:
        """Return what a field states about others; None if it states nothing."""
        where = table.table("where")
        total = Total(
            counts=table.names("counts"),
            objects=table.names("objects"),
            sums=table.names("sums"),
            less=table.names("less"),
            firsts=table.names("firsts"),
            lasts=table.names("lasts"),
            where={name: where.names(name) for name in where.data},
            absolute=table.typed("absolute", bool, False),
            offset=table.typed("offset", int, 0),
            divisor=table.typed("divisor", int, 1),
            modulus=table.typed("modulus", int, 0),
        )
        where.finish()
        kinds = [kind for kind in (total.counts, total.objects, total.sums, total.firsts, total.lasts) if kind]
        if len(kinds) > 1:
            self.note(table.path, "A field states one thing: a count, a sum, a first or a last date.")
        return total if kinds else None


def _is_column(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 6


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
    if not item.to:
        return item
    target = target_of(item.to, models[record.name], around(layout, record, models))
    if item.may_be_empty and item.kind not in (Kind.TEXT, Kind.DIGITS):
        given = default_of(layout, record, item.to)
        if given is not None:
            item = evolve(item, nothing=convert_default(*target, given))
        elif not may_be_none(attribute_type(*target)):
            item = evolve(item, nothing=default(*target))
    if target in NEVER_NEGATIVE and item.sign is not Sign.NONE and item.only is Only.ANY:
        item = evolve(item, only=Only.PLUS)
    words = meanings(attribute_type(*target)) if item.kind is Kind.CODE else None
    if words is None:
        return item
    return evolve(
        item,
        codes={code: words(str(meaning)) for code, meaning in item.codes.items()},
        unknown=words(item.unknown) if item.unknown else "",
    )
