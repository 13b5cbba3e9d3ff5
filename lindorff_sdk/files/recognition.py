"""Which record a line is."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import cast

from attrs import define, frozen

from lindorff_sdk.files.amounts import is_negative
from lindorff_sdk.files.check_recognition import LENGTH, codes_of, columns_of, in_order, signs_of, widths
from lindorff_sdk.files.delimit import cells_of, unparted
from lindorff_sdk.files.fill import UnreadableError
from lindorff_sdk.files.frames import Frame
from lindorff_sdk.files.layout import Delimited, Field, FileLayout, Only, Record
from lindorff_sdk.files.plan import Plan, PlannedRecord
from lindorff_sdk.findings import Finding, finding


@frozen
class _Bucket:
    """Records told apart by the same columns."""

    getter: Callable[[str], object]
    table: dict[object, list[PlannedRecord]]


@define(eq=False)
class Recogniser:
    """Tells the records of one layout apart.

    Attributes:
        find: The record that a line is, given the frame that is open; None if it is none.
        codes: What lines are told by, for people.
    """

    layout: FileLayout
    find: Callable[[str, Frame], PlannedRecord | None]
    codes: tuple[str, ...]
    _buckets: tuple[_Bucket, ...]

    def seen(self, line: str) -> str:
        """Return what a line that is no record has where others have their codes."""
        if not line:
            return "an empty line"
        return " or ".join(dict.fromkeys(repr(bucket.getter(line)) for bucket in self._buckets))

    def mistaken(self, record: PlannedRecord, line: str) -> PlannedRecord | None:
        """Return the record that a line of another one would be taken for on reading."""
        for bucket in self._buckets:
            for found in bucket.table.get(bucket.getter(line), ()):
                fits = _is_told(found, line, self.layout)
                if found is record and fits:
                    return None
                if fits and found.layout.name in record.yields_to:
                    return found
        return None

    def unknown(self, line: str) -> Finding:
        """Return the finding of a line that is no record."""
        if self.layout.delimited is not None:
            try:
                cells_of(line, self.layout.delimited)
            except UnreadableError:
                return unparted(line, self.layout.delimited)
        message = "No record of the layout looks like this line."
        expected = f"one of {', '.join(self.codes)}"
        return finding("record-unknown", message, column=1, expected=expected, found=self.seen(line))

    def unique(self, line: str, raw: bytes, codec: str) -> bytes | None:
        """Return the bytes of a line's unique fields, joined by a zero byte; None if its record has none."""
        for bucket in self._buckets:
            for planned in bucket.table.get(bucket.getter(line), ()):
                record = planned.layout
                if record.unique and _is_told(planned, line, self.layout):
                    if self.layout.delimited is None:
                        return b"\0".join([raw[start:end] for start, end in _columns(record)])
                    return b"\0".join(_cell_of(record.field(name), raw, codec, self.layout) for name in record.unique)
        return None


@lru_cache(maxsize=4096)
def _columns(record: Record) -> tuple[tuple[int, int], ...]:
    """Return from where to where the unique fields of a record stand."""
    return tuple((item.start, item.end) for item in map(record.field, record.unique))


def _cell_of(item: Field, raw: bytes, codec: str, layout: FileLayout) -> bytes:
    delimited = cast("Delimited", layout.delimited)
    return cells_of(raw.decode(codec, "surrogateescape"), delimited)[item.start].encode(codec, "surrogateescape")


@lru_cache(maxsize=256)
def recogniser(plan: Plan) -> Recogniser:
    """Return what tells the records of a plan apart: of this plan, since one made anew has records of its own."""
    buckets: dict[tuple[tuple[int, int], ...], _Bucket] = {}
    layout = plan.layout
    # A line that fits several columns is the record that is told by the most of them.
    for record in [plan.record(each.name) for each in in_order(layout)]:
        place = columns_of(record.layout)
        bucket = buckets.setdefault(place, _Bucket(_getter(place, layout), {}))
        values = tuple(item.value for item in codes_of(record.layout))
        bucket.table.setdefault(values[0] if len(values) == 1 else values, []).append(record)
    made = tuple(buckets.values())
    find = _simple(made[0]) if plan.told_by_code else _general(made, layout)
    return Recogniser(layout, find, tuple(_codes(made)), made)


def _codes(buckets: Sequence[_Bucket]) -> Iterator[str]:
    for bucket in buckets:
        for key, records in bucket.table.items():
            for record in records:
                length = f" of {record.layout.length}" if LENGTH in record.layout.recognised_by else ""
                yield f"{key!r}{length}" if key != () else f"a line{length}"


def _getter(place: tuple[tuple[int, int], ...], layout: FileLayout) -> Callable[[str], object]:
    delimited = layout.delimited
    if not place:
        return lambda _: ()
    if delimited is None:
        # itemgetter of one slice gives it alone, of several a tuple of them.
        getter = itemgetter(*(slice(start, end) for start, end in place))
        width = place[-1][1]
        return (lambda line: getter(line.ljust(width))) if layout.strip_blanks else getter
    indices = [start for start, _ in place]

    def cells(line: str) -> object:
        values = cells_of(line, delimited)
        found = tuple(values[index] if index < len(values) else "" for index in indices)
        return found[0] if len(found) == 1 else found

    return cells


def _simple(bucket: _Bucket) -> Callable[[str, Frame], PlannedRecord | None]:
    table = {key: records[0] for key, records in bucket.table.items()}
    getter, get = bucket.getter, table.get
    return lambda line, _: get(getter(line))


def _general(buckets: Sequence[_Bucket], layout: FileLayout) -> Callable[[str, Frame], PlannedRecord | None]:
    def find(line: str, frame: Frame) -> PlannedRecord | None:
        for bucket in buckets:
            try:
                found = bucket.table.get(bucket.getter(line), ())
                candidates = [record for record in found if _is_told(record, line, layout)]
            except UnreadableError:
                continue  # a delimited line that cannot be parted has neither codes nor signs
            if len(candidates) > 1:
                candidates = [record for record in candidates if _is_as_wide(record, line, layout)] or candidates
            if candidates:
                return _nearest(candidates, frame)
        return None

    return find


def _is_told(record: PlannedRecord, line: str, layout: FileLayout) -> bool:
    """Return whether a line that has a record's codes is as long, and has the signs, that tell it too."""
    if LENGTH in record.layout.recognised_by and not _is_as_wide(record, line, layout):
        return False
    signed = [(item, _text_of(item, line, layout)) for item in signs_of(record.layout)]
    return all(is_negative(item, text) is (item.only is Only.MINUS) for item, text in signed)


def _text_of(item: Field, line: str, layout: FileLayout) -> str:
    if layout.delimited is None:
        return line[item.start : item.end]
    cells = cells_of(line, layout.delimited)
    return cells[item.start] if item.start < len(cells) else ""


def _is_as_wide(record: PlannedRecord, line: str, layout: FileLayout) -> bool:
    """Return whether a line is as wide as a record; lines without the blanks at their end may be of any."""
    if layout.strip_blanks:
        return True
    width = len(line) if layout.delimited is None else len(cells_of(line, layout.delimited))
    return width in widths(record.layout, layout)


def _nearest(candidates: Sequence[PlannedRecord], frame: Frame) -> PlannedRecord:
    """Return the record that may stand in the innermost object that is open; a code may mean another one elsewhere.

    Where none of them may stand, it is the one of the innermost object, and misplaced.
    """
    if len(candidates) == 1:
        return candidates[0]
    nearest: PlannedRecord | None = None
    at: Frame | None = frame
    while at is not None:
        for record in candidates:
            if record.parent is at.node:
                if record.rank > at.rank or (record.rank == at.rank and record.repeats):
                    return record
                nearest = nearest or record
        at = at.above
    return nearest or candidates[0]
