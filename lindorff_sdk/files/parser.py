"""Bytes to models: what was understood, and findings for everything that was not.

A canonical line costs one regular expression and the conversions of its fields. Any other line is gone through field
by field, so that a finding names the line, the byte column and the field, with what was expected and found.
"""

from collections.abc import Iterator, Mapping
from typing import cast

from attrs import define, evolve, field

from lindorff_sdk.files.charset import charset
from lindorff_sdk.files.compile import CompiledFile, CompiledRecord, Group, Node, compiled
from lindorff_sdk.files.kinds import CODECS, UnreadableError, Value, stripped
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Profile
from lindorff_sdk.files.lines import split_lines
from lindorff_sdk.files.totals import total_findings, units
from lindorff_sdk.findings import Finding, Severity, finding, masked
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile, Origin, ParsedFile

MAX_FINDINGS = 1000
"""How many findings of one file are kept; the rest are counted."""


def parse(
    data: bytes, profile: Profile, transfer: Transfer | None = None, *, file_name: str = ""
) -> ParsedFile[AnyFile]:
    """Return what a file holds, with findings for what was not understood.

    A file with any finding of severity *error* is refused: its ``model`` is None, and nothing of it may be used.
    Any bytes at all end in such a result; no exception is raised for what a file holds.

    Args:
        data: The file's bytes.
        profile: The layout they follow.
        transfer: Which transfer's file it is; None to tell by its first line.
        file_name: Its name, for findings.
    """
    # A byte the codec does not know becomes a lone surrogate, which no canonical line holds; it is turned back into
    # the byte when the line is gone through field by field.
    text = data.decode(profile.codec, "surrogateescape")
    if not data.strip(b"\r\n\x1a "):
        return _refused(file_name, transfer, finding("file-empty", "The file is empty.", file=file_name))
    layout = profile.files.get(transfer) if transfer else _recognised(profile, data)
    if layout is None:
        found = finding(
            "file-unrecognised",
            f"The file begins like none of the files of profile {profile.id}.",
            file=file_name,
            line=1,
            expected=", ".join(profile.files),
            found=repr(masked(text[:12], 4)),
        )
        return _refused(file_name, transfer, found)
    reading = _Reading(profile, compiled(layout), file_name)
    model = reading.file(data, text)
    return ParsedFile(file_name, layout.transfer, model, tuple(reading.all_findings()), reading.origins())


def _refused(file_name: str, transfer: Transfer | None, found: Finding) -> ParsedFile[AnyFile]:
    return ParsedFile(file_name, transfer, None, (found,), {})


def _recognised(profile: Profile, data: bytes) -> FileLayout | None:
    """Return the layout whose first record has the constants that the first line has."""
    for layout in profile.files.values():
        constants = [item for item in layout.records[0].fields if item.kind is Kind.CONSTANT]
        if all(data[item.start : item.end] == item.value.encode(profile.codec) for item in constants):
            return layout
    return None


@define(eq=False)
class _Frame:
    """An object of the file whose lines are still coming.

    ``refused`` says that it will not be made, ``unread`` which records stood there but could not be used.
    """

    node: Node
    line: int
    parts: list[object]
    above: "_Frame | None" = None
    rank: int = -1
    refused: bool = False
    unread: frozenset[int] = frozenset()


def _root(node: Node) -> _Frame:
    return _Frame(node, 1, _no_parts(node))


def _opened(node: Node, line: int, above: _Frame, values: object) -> _Frame:
    parts = _no_parts(node)
    parts[0] = values
    return _Frame(node, line, parts, above, refused=values is None or above.refused)


def _no_parts(node: Node) -> list[object]:
    parts: list[object] = [None] * node.slots
    for member in node.members:
        parts[member.slot] = [] if isinstance(member, Group) else member.absent
    return parts


@define(eq=False)
class _Reading:
    """The reading of one file: an automaton over its lines."""

    profile: Profile
    layout: CompiledFile
    file_name: str
    findings: list[Finding] = field(factory=list)
    cut: int = 0
    failed: bool = False
    summable: bool = True
    clean: bool = False
    counts: list[int] = field(init=False)
    sums: list[int] = field(init=False)
    stated: list[int | None] = field(init=False)
    lines: list[str] = field(factory=list)
    columns: list[str] = field(factory=list)
    places: dict[int, int] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.counts = [0] * len(self.layout.records)
        self.sums = [0] * len(self.layout.sums)
        self.stated = [None] * len(self.layout.totals)

    def file(self, data: bytes, text: str) -> AnyFile | None:
        """Return the file's object, or None if it is refused."""
        self.lines, deviations = split_lines(text, self.profile.line_end)
        self.columns = charset(self.profile.codec).columns(self.lines)
        self.clean = charset(self.profile.codec).is_clean(data, self.profile.line_end, len(self.lines))
        for code, message in deviations:
            self.note(finding(code, message, file=self.file_name))
        root = self._close_to(self._read(), self.layout.root)
        model = self._finish(root, len(self.lines))
        if self.summable:
            for found in total_findings(self.layout, self.counts, self.sums, self.stated):
                self.note(evolve(found, line=self._line_of(found.record)))
        return None if self.failed else cast("AnyFile", model)

    def _line_of(self, record: str) -> int:
        """Return the last line of a record."""
        keys = {key: each.layout.name for key, each in self.layout.by_key.items()}
        return max(at for at, line in enumerate(self.columns, 1) if keys.get(self.layout.key(line)) == record)

    def note(self, found: Finding) -> None:
        """Keep a finding, or count it once there are too many."""
        if found.severity is Severity.ERROR:
            self.failed = True
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(evolve(found, file=self.file_name))
        else:
            self.cut += 1

    def all_findings(self) -> Iterator[Finding]:
        """Yield the findings in the order of the lines; what concerns the whole file comes last."""
        yield from sorted(self.findings, key=lambda found: found.line or len(self.lines) + 1)
        if self.cut:
            yield finding("findings-cut", f"{self.cut} further findings are not shown.", file=self.file_name)

    def origins(self) -> Mapping[int, Origin]:
        """Return where each object stood, by its identity."""
        return _Origins(self.layout, self.lines, self.columns, self.places, self.profile.codec)

    def _read(self) -> _Frame:
        layout, records, places = self.layout, self.layout.by_key, self.places
        key, counts, sums, stated = layout.key, self.counts, self.sums, cast("list[int]", self.stated)
        frame = _root(layout.root)
        for number, (line, keyed) in enumerate(zip(self.lines, self.columns, strict=True), 1):
            try:
                record = records[key(keyed)]
            except KeyError:
                self._unknown(number, keyed)
                continue
            if record.parent is not frame.node:
                frame = self._at(record, frame, number)
                if record.parent is not frame.node:
                    continue
            if record.rank > frame.rank or (record.rank == frame.rank and record.layout.repeats):
                frame.rank = record.rank
            else:
                self._misplaced(record, number, f"after record {self._last(frame)}")
            counts[record.index] += 1
            made = record.read(line, sums, stated) if self.clean or self._is_clean(line) else None
            if made is None:
                made = self._doubtful(record, number, line)
            if record.node is not None:
                frame = _opened(record.node, number, frame, made)
            elif made is None:
                self._refuse(record, frame)
            elif record.layout.opens:
                places[id(made)] = number
                cast("list[object]", frame.parts[record.slot]).append(made)
            else:
                self._continue(record, frame, number, made)
        return frame

    def _is_clean(self, line: str) -> bool:
        """Return whether one line of a file that is not clean is so itself."""
        return line.isprintable() and (line.isascii() or charset(self.profile.codec).single_byte)

    # Structure -------------------------------------------------------------------------------------------------------

    def _at(self, record: CompiledRecord, frame: _Frame, number: int) -> _Frame:
        """Return the frame in which the record's line belongs, closing those that it ends."""
        above: _Frame | None = frame
        while above is not None and above.node is not record.parent:
            above = above.above
        if above is None:
            under = record.parent.opener.layout.name if record.parent.opener else "the file"
            self._misplaced(record, number, f"under record {under}")
            self.counts[record.index] += 1
            return frame
        return self._close_to(frame, record.parent)

    def _close_to(self, frame: _Frame, node: Node) -> _Frame:
        while frame.node is not node:
            made, above = self._finish(frame, frame.line), cast("_Frame", frame.above)
            opener = cast("CompiledRecord", frame.node.opener)
            if made is None:
                self._refuse(opener, above)
            else:
                self.places[id(made)] = frame.line
                cast("list[object]", above.parts[opener.slot]).append(made)
            frame = above
        return frame

    def _finish(self, frame: _Frame, line: int) -> object | None:
        """Return the object that a frame's lines make, or None if they do not."""
        missing = list(_missing(frame))
        for record in missing:
            self.note(
                finding(
                    "record-missing",
                    f"Record {record.layout.name} is missing" + (" below this line." if frame.above else "."),
                    line=line,
                    record=record.layout.name,
                )
            )
        if frame.refused or missing or any(part is None for part in frame.parts):
            return None
        try:
            return frame.node.build(frame.parts)
        except ValueError as error:
            self.note(finding("field-unreadable", f"{error}", line=line, record=frame.node.model.__name__))
            return None

    @staticmethod
    def _refuse(record: CompiledRecord, frame: _Frame) -> None:
        """Note that what a record says in an object is not known."""
        frame.unread |= {record.index}
        frame.refused |= not record.layout.opens

    def _continue(self, record: CompiledRecord, frame: _Frame, number: int, made: object) -> None:
        """Keep what a record says of the object in which it stands."""
        frame.parts[record.slot] = made
        if made == record.absent:
            message = "The record says nothing but what holds without it; the layout would leave it out."
            self.note(finding("field-not-canonical", message, line=number, record=record.layout.name))

    @staticmethod
    def _last(frame: _Frame) -> str:
        for member in frame.node.members:
            if member.rank == frame.rank:
                return member.attribute if isinstance(member, Group) else member.layout.name
        return ""

    def _misplaced(self, record: CompiledRecord, number: int, where: str) -> None:
        message = f"Record {record.layout.name} stands where it may not ({where})."
        self.note(finding("record-misplaced", message, line=number, record=record.layout.name))

    def _unknown(self, number: int, line: str) -> None:
        known = ", ".join(str(key) for key in self.layout.by_key)
        code = repr(self.layout.key(line)) if line else "an empty line"
        message = "No record of the layout begins like this line."
        self.note(finding("record-unknown", message, line=number, column=1, expected=f"one of {known}", found=code))

    # A line that is not canonical ------------------------------------------------------------------------------------

    def _doubtful(self, record: CompiledRecord, number: int, line: str) -> object | None:
        """Go through a line field by field; return what it makes, or None if a field of it is unreadable."""
        raw = line.encode(self.profile.codec, "surrogateescape")
        if len(raw) != record.layout.length:
            self.note(
                finding(
                    "record-length",
                    "The line has another length than its record.",
                    line=number,
                    record=record.layout.name,
                    expected=f"{record.layout.length} bytes",
                    found=f"{len(raw)} bytes",
                )
            )
            self.summable = False
            return None
        texts: dict[str, str] = {}
        values: dict[str, object] = {}
        for item in record.layout.fields:
            found = self._field(item, raw[item.start : item.end], texts, values)
            if found is not None:
                found = evolve(found, column=item.start + 1, width=item.length, field=item.name)
                self.note(evolve(found, line=number, record=record.layout.name))
        self._add_up(record, values)
        if len(values) < len(record.layout.fields):
            return None
        given = [stripped(t.field, texts[t.field.name]) if t.raw else values[t.field.name] for t in record.targets]
        try:
            return record.make(given)
        except ValueError as error:
            self.note(finding("field-unreadable", f"{error}", line=number, record=record.layout.name))
            return None

    def _field(self, item: Field, raw: bytes, texts: dict[str, str], values: dict[str, object]) -> Finding | None:
        """Read one field into ``texts`` and ``values``; return what is to be said about it."""
        codec = CODECS[item.kind]
        try:
            text = texts[item.name] = raw.decode(self.profile.codec)
            value = codec.decode(item, text)
        except UnicodeDecodeError:
            message = f"The codec {self.profile.codec} has no such byte."
            return finding("byte-unknown", message, found="" if item.personal else raw.hex(" "))
        except UnreadableError as error:
            return finding(
                "field-unreadable", "The field cannot be read.", expected=str(error), found=_shown(item, text)
            )
        values[item.name] = value.value
        if not value.deviation:
            return None
        code, message = _deviation(item, value)
        return finding(code, message, expected=codec.describe(item), found=_shown(item, text))

    def _add_up(self, record: CompiledRecord, values: dict[str, object]) -> None:
        for name, index in record.summed.items():
            if name in values:
                self.sums[index] += units(record.layout.field(name), values[name])
            else:
                self.summable = False
        for total in record.totals:
            if total.field.name in values:
                self.stated[total.index] = units(total.field, values[total.field.name])
            else:
                self.summable = False


def _missing(frame: _Frame) -> Iterator[CompiledRecord]:
    """Yield the records that must stand in a frame and do not."""
    for member in frame.node.members:
        if isinstance(member, Group):
            objects = cast("list[object]", frame.parts[member.slot])
            if not objects or len(member.records) > 1:
                there = set(map(type, objects))
                needed = (record for record in member.records.values() if record.layout.needed)
                yield from (
                    record for record in needed if record.model not in there and record.index not in frame.unread
                )
        elif frame.parts[member.slot] is None and member.index not in frame.unread:
            yield member


def _shown(item: Field, text: str) -> str:
    """Return a field's text as a finding may show it."""
    return repr(masked(text) if item.personal else text)


def _deviation(item: Field, value: Value) -> tuple[str, str]:
    if item.kind is Kind.FILLER:
        return "filler-filled", "The filler holds something."
    if value.deviation == "unknown":
        return "code-unknown", f"The profile does not list this code; it is read as {value.value}."
    return "field-not-canonical", f"The layout would have {value.deviation}."


class _Origins(Mapping[int, Origin]):
    """Where each object stood; the bytes are cut out only when somebody asks."""

    def __init__(
        self, layout: CompiledFile, lines: list[str], columns: list[str], places: dict[int, int], codec: str
    ) -> None:
        self._layout, self._lines, self._columns, self._places, self._codec = layout, lines, columns, places, codec

    def __getitem__(self, key: int) -> Origin:
        number = self._places[key]
        record = self._layout.by_key[self._layout.key(self._columns[number - 1])].layout
        raw = self._lines[number - 1].encode(self._codec, "surrogateescape")
        fields = [record.field(name) for name in record.unique]
        unique = b"\0".join(raw[item.start : item.end] for item in fields) if fields else None
        return Origin(number, raw, unique)

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
