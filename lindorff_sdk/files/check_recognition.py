"""What can be wrong with how records are told apart."""

from collections.abc import Iterator
from itertools import combinations

from lindorff_sdk.files.check_fields import Mistake
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Record, Sign
from lindorff_sdk.files.structure import enclosing, placed

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
    places = {record.name: enclosing(layout, record) for record in placed(layout).records}
    for first, second in combinations(telling, 2):
        known = first.name in places and second.name in places
        apart = places[first.name] != places[second.name] if known else first.under != second.under
        if first.name != second.name and not apart and _alike(first, second, layout):
            yield f"records[{second.name}].recognised_by", f"Nothing tells it from record {first.name!r}."


def _own(layout: FileLayout, record: Record) -> Iterator[Mistake]:
    path = f"records[{record.name}].recognised_by"
    fields = {item.name: item for item in record.fields}
    for name in record.recognised_by:
        if name != LENGTH and (name not in fields or fields[name].kind is not Kind.CONSTANT):
            yield path, f"The record has no constant {name!r}."
    if not record.recognised_by and len(layout.records) > 1:
        yield path, "Name the constants (or the length) that tell the record from others."
    if LENGTH in record.recognised_by and (layout.strip_blanks or not record.length):
        yield path, "A record whose last field is free has no length to be told by."


def codes_of(record: Record) -> tuple[Field, ...]:
    """Return the constants by which a record is told."""
    return tuple(item for item in record.fields if item.name in record.recognised_by and item.kind is Kind.CONSTANT)


def specificity(record: Record) -> tuple[int, int]:
    """Return how much tells a record; a line that fits several records is the one that most tells."""
    fields = codes_of(record)
    return len(fields), sum(len(item.value) for item in fields)


def widths(record: Record, layout: FileLayout) -> frozenset[int]:
    """Return every width of a record's lines; on delimited lines how many values there are."""
    if layout.delimited is None:
        return record.lengths
    least = min((item.start for item in record.fields if item.optional), default=len(record.fields))
    return frozenset(range(least, len(record.fields) + 1))


def _alike(first: Record, second: Record, layout: FileLayout) -> bool:
    """Return whether a line of one of two records may be taken for the other."""
    both = LENGTH in first.recognised_by and LENGTH in second.recognised_by
    if both and not widths(first, layout) & widths(second, layout):
        return False
    codes = [{(item.start, item.value) for item in codes_of(record)} for record in (first, second)]
    if codes[0] == codes[1]:
        return (LENGTH in first.recognised_by) is (LENGTH in second.recognised_by)
    places = [{(item.start, item.end) for item in codes_of(record)} for record in (first, second)]
    if places[0] == places[1] or layout.delimited is not None:
        return False
    # Of two that look at different columns, the one that more tells is looked for first.
    sooner, later = sorted((first, second), key=specificity, reverse=True)
    nested = codes_of(later) and all(_within(item, codes_of(sooner)) for item in codes_of(later))
    return not nested and bool(codes_of(sooner)) and all(_may_hold(later, item) for item in codes_of(sooner))


def _within(code: Field, others: tuple[Field, ...]) -> bool:
    return any(other.start <= code.start and code.end <= other.end for other in others)


def _may_hold(record: Record, code: Field) -> bool:
    """Return whether a line of a record may have another's code in its columns."""
    if code.end > record.length:
        return False
    for item in record.fields:
        for offset in range(max(item.start, code.start), min(item.end, code.end)):
            if not _may_be(item, offset - item.start, code.value[offset - code.start]):
                return False
    return True


def _may_be(item: Field, at: int, character: str) -> bool:
    if item.kind is Kind.CONSTANT:
        return item.value[at : at + 1] == character
    if item.kind is Kind.FILLER:
        return character == item.pad
    if item.kind is Kind.CODE and not item.unknown:
        return any(code.ljust(item.length, item.pad)[at : at + 1] == character for code in item.codes)
    numeric = item.kind in (Kind.DIGITS, Kind.INTEGER, Kind.AMOUNT, Kind.DATE, Kind.TIME, Kind.DATETIME)
    return not (numeric and item.sign is Sign.NONE) or character.isdecimal() or character == " "
