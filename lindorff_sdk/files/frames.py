"""Frames: the objects of a file whose lines are still coming."""

from collections.abc import Callable, Collection, Iterator
from hashlib import blake2b
from typing import cast

from attrs import define, field

from lindorff_sdk.files.layout import Scattered
from lindorff_sdk.files.plan import Group, Node, PlannedRecord
from lindorff_sdk.files.tally import Scope
from lindorff_sdk.findings import Finding, finding


@define(eq=False)
class Frame:
    """An object of the file whose lines are still coming.

    Attributes:
        node: What the object is made of.
        line: The line that opened it; the last line for the file itself.
        parts: What was gathered, by slot.
        above: The frame of the object around.
        rank: Place of the last line in the order of its lines.
        refused: Whether it will not be made.
        unread: Records, by index, of which a line stood there and could not be used, or whose objects do not tell it.
        scope: The tally when it was opened, where totals are counted anew.
        stated: Lines that state totals of it.
        groups: Grouped objects by record and key; in the order of ``open_groups``.
        last_group: The grouped object of the last line.
        key: Its own place in the groups of the object around.
        seen: Digests of the keys of grouped objects whose lines must stand together.
        batch: The record that began the last batch in it, what that said of its objects, and its last line.
        times: How often records stood that may not stand any number of times, by their index.
        kept_lines: Lines with reserved areas that say something of it.
    """

    node: Node
    line: int
    parts: list[object]
    above: "Frame | None" = None
    rank: int = -1
    refused: bool = False
    unread: frozenset[int] = frozenset()
    scope: Scope | None = None
    stated: list[tuple[int, PlannedRecord]] = field(factory=list)
    groups: dict[object, "Frame"] = field(factory=dict)
    open_groups: list["Frame"] = field(factory=list)
    last_group: "Frame | None" = None
    key: object = None
    seen: set[bytes] = field(factory=set)
    batch: tuple[PlannedRecord, tuple[object, ...], int] | None = None
    times: dict[int, int] = field(factory=dict)
    kept_lines: list[tuple[PlannedRecord, str]] = field(factory=list)

    def admits(self, record: PlannedRecord) -> bool:
        """Return whether one more line may stand of a record that may not stand any number of times."""
        self.times[record.index] = self.times.get(record.index, 0) + 1
        return self.times[record.index] <= record.layout.most

    def complete_groups(self, record: PlannedRecord) -> "Iterator[Frame]":
        """Yield the grouped object of a record that the last lines were of, now that another one begins."""
        merged = record.layout.scattered is Scattered.MERGE
        if not merged and self.open_groups and self.open_groups[-1].node.opener is record:
            group = self.open_groups.pop()
            del self.groups[group.key]
            yield group

    def saw(self, index: int, key: object) -> bool:
        """Return whether a key was seen before; of each only a digest is kept."""
        digest = blake2b(repr((index, key)).encode("utf-8", "surrogateescape"), digest_size=16).digest()
        before = len(self.seen)
        self.seen.add(digest)
        return len(self.seen) == before

    def last(self) -> str:
        """Return what the last line was, in the words of the profile."""
        for member in self.node.members:
            if member.rank == self.rank:
                return member.attribute if isinstance(member, Group) else member.layout.name
        return ""


class LineNumbers:
    """A set of line numbers, a bit for each line."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """Put a line in."""
        self._bits.extend(bytes(max(0, number // 8 + 1 - len(self._bits))))
        self._bits[number // 8] |= 1 << number % 8

    def __contains__(self, number: int) -> bool:
        return number // 8 < len(self._bits) and bool(self._bits[number // 8] >> number % 8 & 1)


class Sink(list[object]):
    """Takes objects that are handed out, or let go of, instead of being gathered in the object around them."""

    def __init__(self, wanted: Collection[type], taken: list[object], others: list[object]) -> None:
        """Take objects of wanted classes into one list, and others into another."""
        super().__init__()
        self.wanted, self.taken, self.others = wanted, taken, others
        self.classes: set[type] = set()

    def append(self, item: object) -> None:
        """Take an object."""
        (self.taken if type(item) in self.wanted else self.others).append(item)
        self.classes.add(type(item))


Gather = Callable[[Group], list[object]]
"""Makes what the objects of a group are gathered in."""


def plainly(_: Group) -> list[object]:
    """Gather the objects of a group in a list."""
    return []


def root_frame(node: Node, last_line: int, gather: Gather) -> Frame:
    """Return the frame of the file itself."""
    return Frame(node, last_line, _no_parts(node, gather))


def opened(node: Node, line: int, above: Frame, values: object, gather: Gather) -> Frame:
    """Return the frame of an object whose first line gave these values; None if it could not be read."""
    parts = _no_parts(node, gather)
    parts[0] = values
    return Frame(node, line, parts, above, refused=values is None or above.refused)


def _no_parts(node: Node, gather: Gather) -> list[object]:
    parts = list(node.blank)
    for slot, group in node.gathering:
        parts[slot] = gather(group) if group is not None else []
    return parts


def lacking(frame: Frame) -> Iterator[Finding]:
    """Yield a finding for each record that must stand in a frame and does not, and for each value that no line gave."""
    if frame.node.choosy or any(not frame.parts[slot] for slot in frame.node.required):
        where = " below this line." if frame.above else "."
        for record in _missing(frame):
            message = f"Record {record.layout.name} is missing{where}"
            yield finding("record-missing", message, record=record.layout.name)
    for climbed in frame.node.climbed if not frame.unread else ():
        if frame.parts[climbed.slot] is None:
            yield finding("record-missing", f"No line says what {climbed.path} is.", field=climbed.path)


def is_unsure(frame: Frame) -> bool:
    """Return whether a line that could not be read may have said what otherwise holds because no line says it."""
    unsaid = (climbed for climbed in frame.node.climbed if frame.parts[climbed.slot] == climbed.otherwise)
    return any(frame.unread & climbed.givers for climbed in unsaid)


def _missing(frame: Frame) -> Iterator[PlannedRecord]:
    """Yield the records that must stand in a frame and do not."""
    for member in frame.node.members:
        if isinstance(member, Group):
            objects = cast("list[object]", frame.parts[member.slot])
            if not objects or len(member.records) > 1:
                handed = objects.classes if isinstance(objects, Sink) else ()
                there = {*map(type, objects), *handed}
                needed = (record for record in member.records if record.layout.needed)
                yield from (
                    record for record in needed if record.model not in there and record.index not in frame.unread
                )
        elif member.layout.needed and frame.parts[member.slot] in (None, []) and member.index not in frame.unread:
            yield member
