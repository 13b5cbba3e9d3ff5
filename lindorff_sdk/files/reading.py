"""The reading of one file: an automaton over its lines.

A canonical line of fixed width costs one regular expression and the conversions of its fields. Any other line is gone
through field by field, so that a finding names the line, the byte column and the field, with what was expected and
found.
"""

from collections.abc import Sequence
from functools import partial
from typing import cast

from attrs import define, field

from lindorff_sdk.files.agreement import (
    ambiguous,
    climbed,
    compared,
    differing,
    misplaced,
    parted_otherwise,
    scattered,
    written_otherwise,
)
from lindorff_sdk.files.charset import Charset, charset
from lindorff_sdk.files.compile import compiled
from lindorff_sdk.files.doubtful import add_up, examine, made_of
from lindorff_sdk.files.frames import Frame, Gather, LineNumbers, Sink, is_unsure, lacking, opened, plainly
from lindorff_sdk.files.layout import Disagree, Field, FileLayout, Profile, Scattered
from lindorff_sdk.files.merging import Joined
from lindorff_sdk.files.names import named
from lindorff_sdk.files.noticing import Noticing
from lindorff_sdk.files.places import Places
from lindorff_sdk.files.plan import Group, Node, Plan, PlannedRecord
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.recognition import Recogniser, recogniser
from lindorff_sdk.files.tally import Tally
from lindorff_sdk.files.totals import total_findings
from lindorff_sdk.files.unpacking import unpack
from lindorff_sdk.findings import Severity, finding
from lindorff_sdk.models.parsed import AnyFile


@define(eq=False)
class Reading(Noticing):
    """The reading of one file: an automaton over its lines.

    Attributes:
        places: The line at which each object begins.
        kept: Reserved areas that are not blank, by the object's identity and the names of record and field.
        columns: How many of the layout's columns the file's header names, where it lacks some.
        refused: The lines that open objects which are refused.
        discarded: Parts of refused objects. They stay alive while something is noted of them: another object might
            get the identity of one, and with it what was noted.
    """

    profile: Profile
    layout: FileLayout
    gather: Gather = plainly
    refused: LineNumbers = field(factory=LineNumbers)
    kept: dict[tuple[int, str], str] = field(factory=dict)
    summable: bool = True
    clean: bool = False
    columns: int = 0
    places: Places = field(factory=Places)
    discarded: list[object] = field(factory=list)
    plan: Plan = field(init=False)
    tally: Tally = field(init=False)
    charset: Charset = field(init=False)
    recogniser: Recogniser = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.plan = compiled(self.layout)
        self.tally = self.plan.tally()
        self.charset = charset(self.profile.codec)
        self.recogniser = recogniser(self.plan)

    def end(self, frame: Frame) -> object | None:
        """Return the file's object, or None if it is refused; ``frame`` is the one that was open last."""
        model = self.finish(self.close_to(frame, self.plan.root))
        refused = self.failed or not (self.summable or not self.plan.stated)
        return None if refused else model

    def read(self, lines: Sequence[str], number: int, frame: Frame) -> Frame:
        """Take lines, of which the first has this number, into the open frame; return the frame that is open then."""
        tally, clean = self.tally, self.clean
        find, view, single_byte = self.recogniser.find, self.charset.column_view, self.charset.single_byte
        at = 0
        while at < len(lines):
            line, at = lines[at], at + 1
            record = find(line if single_byte else view(line), frame)
            if record is None:
                self._unknown(number + at - 1, line)
                continue
            if record.parent is not frame.node:
                frame = self._at(record, frame, number + at - 1)
                if record.parent is not frame.node:
                    continue
            in_order = record.rank > frame.rank or (record.rank == frame.rank and record.repeats)
            if in_order and (not record.layout.most or frame.admits(record)):
                frame.rank = record.rank
            elif self._refuses_misplaced(record, number + at - 1, line, frame):
                continue
            if record.run is not None and clean and frame.rank == record.rank and not frame.refused:
                gathered = cast("list[object]", frame.parts[record.slot])
                taken = record.run(lines, at - 1, number, gathered, self)
                if taken:
                    at += taken - 1
                    continue
            if record.node is not None:
                frame = self._open(record, number + at - 1, line, frame)
            else:
                tally.counts[record.index] += 1
                self._take(record, self._values(record, number + at - 1, line), number + at - 1, line, frame)
        return frame

    def _refuses_misplaced(self, record: PlannedRecord, number: int, line: str, frame: Frame) -> bool:
        """Note a line that stands out of order; return whether it is left out."""
        limit = f", at most {record.layout.most} times" if record.layout.most else ""
        self.note(misplaced(record, f"after record {frame.last()}{limit}"), number)
        if self.on_error is OnError.REFUSE_FILE:
            return False
        self.tally.counts[record.index] += 1
        self._leave(number, line)
        return True

    def _leave(self, number: int, line: str) -> None:
        """Keep the bytes of a line of which nothing is used."""
        self.leave(number, line.encode(self.profile.codec, "surrogateescape"))

    def _values(self, record: PlannedRecord, number: int, line: str) -> object | None:
        """Return what a line makes; None if a field of it is unreadable."""
        made = None
        if record.read is not None and (self.clean or self._is_clean(line)):
            made = record.read(line, self.tally)
            if made is not None and record.ordinary is not None and record.ordinary(line, self.tally):
                return made
        if made is None:
            made = self._doubtful(record, number, line)
        if record.is_checked and not self._agrees(record, number, line):
            made = None
        if made is None:
            self._leave(number, line)
        return made

    def _take(self, record: PlannedRecord, made: object, number: int, line: str, frame: Frame) -> None:
        """Give what a line makes to the object that is open."""
        if not record.is_leaf:
            self._continue(record, made, line, number, frame)
        elif made is None:
            frame.unread |= {record.index}
        else:
            self._leaf(record, made, number, line, frame)

    def _is_clean(self, line: str) -> bool:
        """Return whether one line of a file that is not clean is so itself."""
        return line.isprintable() and (line.isascii() or self.charset.single_byte)

    def _leaf(self, record: PlannedRecord, made: object, number: int, line: str, frame: Frame) -> None:
        if record.climbing or record.joined:
            own = len(record.parts)
            values = cast("tuple[object, ...]", made)
            self.note_all(climbed(record, values[own:], number, frame.parts), number)
            try:
                made = record.make(values[:own])
            except ValueError as error:
                self._impossible(record, error, number)
                frame.unread |= {record.index}
                return
            self._as_written(record.joined, [values], number)
        if record.group is not None:
            self.note_all(written_otherwise(record, made), number)
        self.places.put(made, number)
        cast("list[object]", frame.parts[record.slot]).append(made)
        if record.reserved:
            self._keep(record, made, line)

    def _doubtful(self, record: PlannedRecord, number: int, line: str) -> object | None:
        """Go through a line field by field; return what it makes, or None if a field of it is unreadable."""
        raw = line.encode(self.profile.codec, "surrogateescape")
        found = examine(record.layout, self.layout, raw, self.profile.codec, self.columns)
        self.note_all(found.findings, number)
        self.note_all(ambiguous(record.layout, self.layout, raw, self.profile.codec), number)
        if not add_up(record, found, self.tally):
            self.summable = False
        for item, index in record.remembered:
            self.tally.remembered[index] = found.texts.get(item.name, "")
        try:
            return made_of(record, found)
        except KeyError:
            return None  # a field is unreadable, and a finding says so
        except ValueError as error:
            self._impossible(record, error, number)
            return None

    def _impossible(self, record: PlannedRecord, error: ValueError, number: int) -> None:
        """Note values that can be read one by one and make no object."""
        self.note(finding("field-unreadable", f"{error}", record=record.layout.name), number)

    def _as_written(self, joined: Sequence[Joined], parts: Sequence[object], number: int) -> None:
        self.note_all(parted_otherwise(joined, parts, self.charset.size), number)

    # Structure ------------------------------------------------------------------------------------------------------

    def _open(self, record: PlannedRecord, number: int, line: str, frame: Frame) -> Frame:
        """Open the object of a line, or add the line to the object that is open if the two are one."""
        scope = self.tally.scope() if cast("Node", record.node).scoped else None
        self.plan.begin_numbers(record, self.tally)
        self.tally.counts[record.index] += 1
        values = cast("tuple[object, ...] | None", self._values(record, number, line))
        if record.climbing and values is not None:
            further = values[len(record.parts) + len(record.inner) :]
            self.note_all(climbed(record, further, number, frame.parts), number)
        if record.layout.group_by:
            return self._grouped(record, values, number, line, frame)
        below = self._opened(record, number, frame, values)
        below.scope = scope
        if record.stated:
            below.stated.append((number, record))
        if record.reserved:
            below.kept_lines.append((record, line))
        return below

    def _opened(self, record: PlannedRecord, number: int, frame: Frame, values: object) -> Frame:
        refused = values is None or frame.refused or number in self.refused
        below = opened(cast("Node", record.node), number, frame, values, self._let_go if refused else self.gather)
        below.refused = refused
        return below

    def _let_go(self, _: Group) -> list[object]:
        return Sink((), self.discarded, self.discarded)

    def _grouped(
        self, record: PlannedRecord, values: tuple[object, ...] | None, number: int, line: str, frame: Frame
    ) -> Frame:
        """Take a line that shares its object with others: the first opens it, each adds one element."""
        if values is None:
            frame.unread |= {record.index}
            return frame
        own = len(record.parts)
        shared, inner = values[:own], values[own : own + len(record.inner)]
        try:
            element = record.make_inner(inner)
        except ValueError as error:
            self._impossible(record, error, number)
            frame.unread |= {record.index}
            return frame
        self._as_written(record.joined, [inner], number)
        key = tuple(
            value for part, value in zip(record.parts, shared, strict=True) if part.path in record.layout.group_by
        )
        group = frame.groups.get((record.index, key))
        if group is not None and record.layout.scattered is Scattered.SEPARATE and frame.last_group is not group:
            group = None
        if group is None and self._comes_too_late(record, key, frame):
            self.note(scattered(record), number)
            frame.unread |= {record.index}
            self._leave(number, line)
            return frame
        if group is None:
            group = frame.groups[record.index, key] = self._opened(record, number, frame, shared)
            group.key = record.index, key
            frame.open_groups.append(group)
            if record.objects >= 0:
                self.tally.sums[record.objects] += 1
        elif frame.last_group is not group:
            self.note(scattered(record), number)
        if group.parts[0] != shared:
            self.note_all(differing(record, group.line, cast("Sequence[object]", group.parts[0]), shared), number)
            group.refused |= record.layout.disagree is Disagree.REFUSE
        frame.last_group = group
        cast("list[object]", group.parts[cast("Node", record.node).inner]).append(element)
        self.places.put(element, number)
        self._keep(record, element, line)
        return frame

    def _comes_too_late(self, record: PlannedRecord, key: object, frame: Frame) -> bool:
        """Close the grouped object of the last lines; return whether that of a key is closed already."""
        for complete in frame.complete_groups(record):
            self._add(complete, frame)
        return record.layout.scattered is Scattered.REFUSE and frame.saw(record.index, key)

    def _continue(self, record: PlannedRecord, made: object, line: str, number: int, frame: Frame) -> None:
        """Keep what a record says of the object in which it stands."""
        if made is None:
            frame.refused = True
            frame.unread |= {record.index}
        elif record.layout.repeats:
            cast("list[object]", frame.parts[record.slot]).append(made)
        else:
            if made == record.absent and record.parts:
                message = "The record says nothing but what holds without it; the layout would leave it out."
                self.note(finding("record-idle", message, record=record.layout.name), number)
            frame.parts[record.slot] = made
        if record.reserved:
            frame.kept_lines.append((record, line))
        if record.stated:
            frame.stated.append((number, record))

    def _at(self, record: PlannedRecord, frame: Frame, number: int) -> Frame:
        """Return the frame in which the record's line belongs, closing those that it ends."""
        above: Frame | None = frame
        while above is not None and above.node is not record.parent:
            above = above.above
        if above is None:
            under = record.parent.opener.layout.name if record.parent.opener else "the file"
            self.note(misplaced(record, f"under record {under}"), number)
            self.tally.counts[record.index] += 1
            return frame
        return self.close_to(frame, record.parent)

    def close_to(self, frame: Frame, node: Node) -> Frame:
        """Close frames up to that of a node."""
        while frame.node is not node:
            above = cast("Frame", frame.above)
            self._add(frame, above)
            frame = above
        return frame

    def _add(self, frame: Frame, above: Frame) -> None:
        opener = cast("PlannedRecord", frame.node.opener)
        made = self.finish(frame)
        if made is None:
            self.refused.add(frame.line)
            self.discarded.append(frame.parts)
            above.unread |= {opener.index}
            return
        if opener.batching is not None:
            said = unpack(opener, opener.batching, made, frame, self)
        else:
            said = () if opener.group is None else written_otherwise(opener, made)
            self.places.put(made, frame.line)
            cast("list[object]", above.parts[opener.slot]).append(made)
        self.note_all(said, frame.line)

    def finish(self, frame: Frame) -> object | None:
        """Return the object that a frame's lines make, or None if they do not."""
        for group in frame.open_groups:
            self._add(group, frame)
        for found in tuple(lacking(frame)):
            frame.refused = True
            self.note(found, frame.line)
        self._totals(frame)
        if frame.refused or any(part is None for part in frame.parts) or is_unsure(frame):
            return None
        try:
            made = frame.node.build(frame.parts)
        except ValueError as error:
            self.note(finding("field-unreadable", f"{error}", record=frame.node.model.__name__), frame.line)
            return None
        self._as_written(frame.node.joined, frame.parts, frame.line)
        if frame.above is None:
            made = named(cast("AnyFile", made), self.layout, self.file_name)
        for record, line in frame.kept_lines:
            self._keep(record, made, line)
        return made

    def _totals(self, frame: Frame) -> None:
        if self.summable:
            for number, record in frame.stated:
                for stated in record.stated:
                    self.note_all(total_findings(stated, self.plan, self.tally, frame.scope), number)
        if frame.scope is not None:
            self.tally.leave(frame.scope)

    # What lines say of each other -----------------------------------------------------------------------------------

    def _agrees(self, record: PlannedRecord, number: int, line: str) -> bool:
        """Compare the running numbers and the repeated keys of a line with what they should be."""
        agrees = True
        for found in compared(record, partial(self._text, record, line), self.plan, self.tally, self.charset.size):
            self.note(found, number)
            agrees &= found.severity is not Severity.ERROR
        return agrees

    def _text(self, record: PlannedRecord, line: str, item: Field) -> str:
        """Return the text of one field of a line."""
        if self.layout.delimited is None and self.charset.single_byte:
            return line.ljust(item.end * self.layout.strip_blanks)[item.start : item.end]
        raw = line.encode(self.profile.codec, "surrogateescape")
        return examine(record.layout, self.layout, raw, self.profile.codec).texts.get(item.name, "")

    def _keep(self, record: PlannedRecord, made: object, line: str) -> None:
        if record.ordinary is not None and self.clean and record.ordinary(line, self.tally):
            return
        for item in record.reserved:
            text = self._text(record, line, item)
            if text != item.pad * item.length:
                self.kept[id(made), f"{record.layout.name}.{item.name}"] = text

    def _unknown(self, number: int, line: str) -> None:
        self.tally.others += 1
        self._leave(number, line)
        self.note(self.recogniser.unknown(line), number)
