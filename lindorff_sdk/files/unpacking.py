"""Batches taken apart while a file is read: their objects go where the model has them, with what the batch says."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from lindorff_sdk.files.agreement import written_otherwise
from lindorff_sdk.files.batches import Batching
from lindorff_sdk.files.frames import Frame
from lindorff_sdk.files.places import Notes
from lindorff_sdk.files.plan import Group, Node, PlannedRecord
from lindorff_sdk.findings import Finding, finding


def unpack(record: PlannedRecord, batching: Batching, batch: object, frame: Frame, notes: Notes) -> tuple[Finding, ...]:
    """Give the objects of a batch what it says of them; return a finding if the models cannot tell that it was there.

    Args:
        record: The record that opens it.
        batching: How its objects stand in it.
        batch: The batch.
        frame: The frame in which it was gathered.
        notes: What was written down of its objects, which are other ones now.
    """
    above = cast("Frame", frame.above)
    objects, says = list(batching.objects(batch)), batching.says(batch)
    before, said, last_line = above.batch or (None, (), 0)
    held = {*record.layout.defaults, *(name for _, item in objects for name in batching.says_of(item))}
    unsaid = any(value for name, value in zip(batching.given, says, strict=True) if name not in held)
    is_lost = not objects or unsaid or (before is record and said == says and frame.line == last_line + 1)
    above.batch = record, says, sum(notes.tally.counts) + notes.tally.others
    moved = {id(old): id(new) for old, new in objects if new is not old}
    for old, new in moved.items():
        notes.places.move(old, new)
    _move_areas(batch, objects[0][1] if objects else None, moved, frame, notes)
    above.unread |= {record.index}  # so that it is not missed: its objects do not tell that it stood there
    for _, item in objects:
        cast("list[object]", above.parts[record.slot]).append(item)
    others = written_otherwise(record, objects[0][1], before) if objects else ()
    message = "The models do not hold all that this batch says; the file written again would differ here."
    return (finding("batch-lost", message, record=record.layout.name),) if is_lost or others else ()


def _move_areas(batch: object, first: object | None, moved: Mapping[int, int], frame: Frame, notes: Notes) -> None:
    """Keep the reserved areas of a batch's own lines with its first object, if any; those of its objects with these."""
    for name in _areas(lines for lines, _ in frame.kept_lines):
        text = notes.kept.pop((id(batch), name), "")
        if text and first is not None:
            notes.kept[id(first), name] = text
    names = _areas(_below(frame.node))
    for old, new in moved.items() if names else ():
        for name in names:
            if text := notes.kept.pop((old, name), ""):
                notes.kept[new, name] = text


def _areas(records: Iterable[PlannedRecord]) -> list[str]:
    """Return the names by which the reserved areas of records are kept."""
    return [f"{record.layout.name}.{item.name}" for record in records for item in record.reserved]


def _below(node: Node) -> Iterator[PlannedRecord]:
    """Yield the records of which the objects in a batch are made."""
    for opener in (record for member in node.members if isinstance(member, Group) for record in member.records):
        yield opener
        yield from (each for each in (opener.node.members if opener.node else ()) if isinstance(each, PlannedRecord))
