"""Batches taken apart while a file is read: their objects go where the model has them, with what the batch says."""

from typing import cast

from lindorff_sdk.files.agreement import written_otherwise
from lindorff_sdk.files.batches import Batching
from lindorff_sdk.files.frames import Frame
from lindorff_sdk.files.places import Notes
from lindorff_sdk.files.plan import PlannedRecord
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
    for key in [key for key in notes.kept if key[0] in moved]:
        notes.kept[moved[key[0]], key[1]] = notes.kept.pop(key)
    above.unread |= {record.index}  # so that it is not missed: its objects do not tell that it stood there
    for _, item in objects:
        cast("list[object]", above.parts[record.slot]).append(item)
    others = written_otherwise(record, objects[0][1], before) if objects else ()
    message = "The models do not hold all that this batch says; the file written again would differ here."
    return (finding("batch-lost", message, record=record.layout.name),) if is_lost or others else ()
