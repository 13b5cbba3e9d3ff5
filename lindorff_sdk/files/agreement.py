"""What lines say of each other: running numbers, repeated keys, values that lines of one object share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast

from lindorff_sdk.files.amounts import units_of
from lindorff_sdk.files.doubtful import examine, placed, shown
from lindorff_sdk.files.fill import UnreadableError, repeated_key
from lindorff_sdk.files.layout import Disagree, Field, FileLayout, Record, Scattered
from lindorff_sdk.files.merging import Joined, is_as_written
from lindorff_sdk.files.plan import Part, Plan, PlannedRecord
from lindorff_sdk.files.tally import Tally
from lindorff_sdk.findings import Finding, Severity, finding


def compared(
    record: PlannedRecord, text_of: Callable[[Field], str], plan: Plan, tally: Tally, size: Callable[[str], int]
) -> Iterator[Finding]:
    """Yield a finding for each running number and repeated key of a line that is not what it should be."""
    for item, index, counted in record.numbered:
        expected, text = plan.count_at(counted, tally) - tally.bases[index], text_of(item)
        if text.strip() and not _is_number(item, text, expected):
            message = "The running number is another."
            found = finding("number-unexpected", message, expected=f"{expected}", found=shown(item, text))
            yield placed(found, record.layout, item)
    for item, index in record.matched:
        text, opener = text_of(item), tally.remembered[index]
        if text.strip() != opener.strip():
            message = "The line repeats another key than the record that opened its object."
            found = finding("key-mismatch", message, expected=shown(item, opener), found=shown(item, text))
            yield placed(found, record.layout, item)
        elif not _is_repeated(item, text, opener, size):
            message = "The layout would write the key as it stands above."
            found = finding("field-not-canonical", message, expected=shown(item, opener), found=shown(item, text))
            yield placed(found, record.layout, item)


def _is_number(item: Field, text: str, expected: int) -> bool:
    try:
        return units_of(item, text) == expected
    except UnreadableError:
        return False


def _is_repeated(item: Field, text: str, opener: str, size: Callable[[str], int]) -> bool:
    if not text.isascii() and size(opener) != item.length:
        return text.strip() == opener.strip()  # characters of several bytes leave less to fill
    try:
        return text == repeated_key(item, opener, size)
    except UnreadableError:
        return False


def written_otherwise(record: PlannedRecord, made: object, before: PlannedRecord | None = None) -> tuple[Finding, ...]:
    """Return the finding of an object that the layout would write as another record than it was, if it would.

    Args:
        record: The record that it was, or that began its batch.
        made: The object.
        before: The record that began the batch before.
    """
    if record.group is None:
        return ()
    try:
        other = record.group.record_of(made, before).layout.name
    except LookupError:
        other = "none"
    message = f"The layout would write what this line holds as another record ({other})."
    return () if other == record.layout.name else (finding("record-other", message, record=record.layout.name),)


def ambiguous(record: Record, layout: FileLayout, raw: bytes, codec: str) -> Iterator[Finding]:
    """Yield a finding for each record over which the line's own wins, if the line could be that one just as well."""
    for name in record.wins_over:
        said = examine(layout.record(name), layout, raw, codec).findings
        if not any(found.severity is Severity.ERROR for found in said):
            message = f"The line could be record {name} as well; the layout says that it is {record.name}."
            yield finding("record-ambiguous", message, record=record.name)


def misplaced(record: PlannedRecord, where: str) -> Finding:
    """Return the finding of a line that may not stand where it does."""
    message = f"Record {record.layout.name} stands where it may not ({where})."
    return finding("record-misplaced", message, record=record.layout.name)


def scattered(record: PlannedRecord) -> Finding:
    """Return the finding of a line whose object had lines further up, with others between."""
    message = "The lines of one object do not stand together"
    if record.layout.scattered is Scattered.REFUSE:
        return finding("lines-scattered", f"{message}.", record=record.layout.name)
    return finding("lines-merged", f"{message}; they were taken together.", record=record.layout.name)


def differing(record: PlannedRecord, line: int, first: Sequence[object], shared: Sequence[object]) -> Iterator[Finding]:
    """Yield a finding for each field of a line that shares an object with an earlier one and says otherwise."""
    code = "lines-disagree" if record.layout.disagree is Disagree.REFUSE else "lines-differ"
    unlike: dict[str, Finding] = {}
    for part, said, value in zip(record.parts, first, shared, strict=True):
        if said != value and part.field.name not in unlike:
            unlike[part.field.name] = placed(_unlike(code, part, line, said, value), record.layout, part.field)
    yield from unlike.values()


def climbed(record: PlannedRecord, values: Iterable[object], number: int, parts: list[object]) -> Iterator[Finding]:
    """Give what a line says of the object around to it; yield a finding for each value that an earlier one denies.

    Args:
        record: The record.
        values: What the line gives to the object around.
        number: The line.
        parts: What was gathered of the object around, by slot; added to.
    """
    for (part, slot), value in zip(record.climbing, values, strict=True):
        said, line = cast("tuple[object, int]", parts[slot] or (None, 0))
        if not line:
            parts[slot] = value, number
        elif said != value:
            found = _unlike("lines-disagree", part, line, said, value)
            yield placed(found, record.layout, part.field)


def _unlike(code: str, part: Part, line: int, said: object, value: object) -> Finding:
    """Return the finding of a line that says another value than an earlier one."""
    expected, found = ("nothing" if each in (None, "") else shown(part.field, f"{each}") for each in (said, value))
    message = f"The line says something else of {part.field.name} than line {line}, and both are about the same object."
    return finding(code, message, expected=expected, found=found)


def parted_otherwise(
    joined: Sequence[Joined], parts: Sequence[object], size: Callable[[str], int]
) -> Iterator[Finding]:
    """Yield a finding for each attribute whose parts stand otherwise than they would be written."""
    for each in joined:
        if not is_as_written(each.fields, each.values(parts), endless=each.endless, size=size):
            message = "The layout would part the value otherwise."
            yield finding("field-not-canonical", message, field=each.fields[-1].name)
