"""What can be wrong with how records are told apart."""

from collections.abc import Iterator
from itertools import combinations, permutations

from lindorff_sdk.files.check_fields import Mistake
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Only, Record
from lindorff_sdk.files.may_hold import may_hold
from lindorff_sdk.files.structure import above, enclosing, placed
from lindorff_sdk.spelling import did_you_mean

LENGTH = "length"
"""What ``recognised_by`` calls the width of a line."""


def recognition_mistakes(layout: FileLayout) -> Iterator[Mistake]:
    """Yield the records that cannot be told from others."""
    telling = []
    for record in layout.records:
        mistakes = list(_own(layout, record))
        yield from mistakes
        if not mistakes:
            telling.append(record)
    sound = placed(layout)
    for first, second in combinations(telling, 2):
        if first.name != second.name and _alike(first, second, layout) and _may_meet(first, second, sound):
            yield f"records[{second.name}].recognised_by", f"Nothing tells it from record {first.name!r}."
    for sooner, later in permutations(telling, 2):
        if later.name not in sooner.wins_over and is_taken_for(later, sooner, layout):
            yield f"records[{sooner.name}].recognised_by", _overlap(sooner, later)


def _own(layout: FileLayout, record: Record) -> Iterator[Mistake]:
    path = f"records[{record.name}].recognised_by"
    fields = {item.name: item for item in record.fields}
    for name in record.recognised_by:
        if name != LENGTH and (name not in fields or not _tells(fields[name])):
            yield path, f"The record has no constant {name!r}, and no number of which 'only' says the sign."
        elif name != LENGTH and fields[name].optional:
            yield path, f"Older lines end before {name!r}: what is optional tells nothing."
    if not record.recognised_by and len(layout.records) > 1:
        yield path, "Name the constants (or the length) that tell the record from others."
    if LENGTH in record.recognised_by and (layout.strip_blanks or not record.length):
        yield path, "A record whose last field is free has no length to be told by."
    others = [other.name for other in layout.records if other is not record]
    for name in record.wins_over:
        if name not in others:
            message = f"There is no other record {name!r}{did_you_mean(name, others)}."
            yield f"records[{record.name}].wins_over", message


def _tells(item: Field) -> bool:
    return item.kind is Kind.CONSTANT or item.only is not Only.ANY


def signs_of(record: Record) -> tuple[Field, ...]:
    """Return the numbers by whose signs a record is told."""
    return tuple(item for item in record.fields if item.name in record.recognised_by and item.only is not Only.ANY)


def codes_of(record: Record) -> tuple[Field, ...]:
    """Return the constants by which a record is told."""
    return tuple(item for item in record.fields if item.name in record.recognised_by and item.kind is Kind.CONSTANT)


def specificity(record: Record) -> tuple[int, int, bool]:
    """Return how much tells a record; a line that fits several records is the one that most tells."""
    fields = codes_of(record)
    return len(fields), sum(len(item.value) for item in fields), LENGTH in record.recognised_by


def widths(record: Record, layout: FileLayout) -> frozenset[int]:
    """Return every width of a record's lines; on delimited lines how many values there are."""
    if layout.delimited is None:
        return record.lengths
    least = min((item.start for item in record.fields if item.optional), default=len(record.fields))
    return frozenset(range(least, len(record.fields) + 1))


def has_headed_columns(record: Record, layout: FileLayout) -> bool:
    """Return whether the header of a file, which names the columns of its first record, names those of a record."""
    return [item.name for item in record.fields] == [item.name for item in layout.records[0].fields]


def columns_of(record: Record) -> tuple[tuple[int, int], ...]:
    """Return the columns that are looked at for a record; of a delimited line they have no width."""
    return tuple((item.start, item.end) for item in codes_of(record))


def in_order(layout: FileLayout) -> list[Record]:
    """Return the records in the order in which they are looked for: those of the same columns together."""
    by_specificity = sorted(layout.records, key=specificity, reverse=True)
    places = list(dict.fromkeys(map(columns_of, by_specificity)))
    return sorted(by_specificity, key=lambda record: places.index(columns_of(record)))


def _alike(first: Record, second: Record, layout: FileLayout) -> bool:
    """Return whether two records have the same codes, and nothing else tells them apart."""
    signs = [{item.start: item.only for item in signs_of(record)} for record in (first, second)]
    if any(signs[0][at] is not signs[1][at] for at in signs[0].keys() & signs[1].keys()):
        return False
    codes = [{(item.start, item.value) for item in codes_of(record)} for record in (first, second)]
    by_length = LENGTH in first.recognised_by or LENGTH in second.recognised_by
    return codes[0] == codes[1] and not (by_length and not widths(first, layout) & widths(second, layout))


# Where records of the same codes stand ------------------------------------------------------------------------------


def _may_meet(first: Record, second: Record, sound: FileLayout) -> bool:
    """Return whether a line of one of two records may come where the other one may stand.

    Of records with the same codes a line is the one that may stand in the innermost object.
    """
    known = {record.name for record in sound.records}
    if not {first.name, second.name} <= known:
        return first.under == second.under
    if enclosing(sound, first) == enclosing(sound, second):
        return True
    for inner, outer in ((first, second), (second, first)):
        if enclosing(sound, outer) in above(sound, inner)[1:]:
            return not _is_past(inner, outer, sound)
    return False


def _is_past(inner: Record, outer: Record, sound: FileLayout) -> bool:
    """Return whether ``inner`` cannot stand any more where ``outer`` may, below which or beside which it stands."""
    at = inner
    while enclosing(sound, at) != enclosing(sound, outer):
        if _is_over(at, sound, once=at is inner):
            return True
        at = sound.record(enclosing(sound, at))
    return at is not outer and not _beside(at, outer) and _place(outer, sound) < _place(at, sound)


def _is_over(record: Record, sound: FileLayout, *, once: bool) -> bool:
    """Return whether another line of a record is out of the question once the object around it is complete."""
    behind = sound.records[_place(record, sound) + 1 :]
    beside = [each for each in behind if enclosing(sound, each) == enclosing(sound, record)]
    return (once and record.needed and not record.repeats) or any(
        each.needed and not _beside(each, record) for each in beside
    )


def _beside(first: Record, second: Record) -> bool:
    """Return whether the objects of two records under one may alternate."""
    return bool(first.opens) and first.opens == second.opens


def _place(record: Record, sound: FileLayout) -> int:
    return [each.name for each in sound.records].index(record.name)


# Records that are told by other columns ------------------------------------------------------------------------------


def is_taken_for(record: Record, other: Record, layout: FileLayout) -> bool:
    """Return whether a line of a record may be taken for another, which other columns tell and which comes first."""
    order = in_order(layout)
    if columns_of(record) == columns_of(other) or order.index(other) > order.index(record):
        return False
    common = widths(record, layout) & widths(other, layout)
    if LENGTH in other.recognised_by and not common:
        return False
    return all(_may_have(record, code, layout) for code in codes_of(other))


def _may_have(record: Record, code: Field, layout: FileLayout) -> bool:
    """Return whether a line of a record may have another's code in its columns."""
    if layout.delimited is not None:
        fields = [item for item in record.fields if item.start == code.start]
        return may_hold(fields[0], code.value, whole=True) if fields else not code.value
    beyond = code.value[max(record.length - code.start, 0) :]
    if beyond and not (layout.strip_blanks and beyond.isspace()):
        return False
    for item in record.fields:
        start, end = max(item.start, code.start), min(item.end, code.end)
        if start < end and not may_hold(item, code.value[start - code.start : end - code.start], start - item.start):
            return False
    return True


def _overlap(sooner: Record, later: Record) -> str:
    codes = " and ".join(repr(code.value) for code in codes_of(sooner))
    return (
        f"A line of record {later.name!r} may have {codes} there as well, and would be taken for this one: tell them "
        f"by more columns or by length, say what {later.name!r} has there by a kind that excludes it (digits, code), "
        f"or where the agreement says that such a line always is this record: wins_over = [{later.name!r}]."
    )
