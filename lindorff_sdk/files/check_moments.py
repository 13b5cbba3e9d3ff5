"""What can be wrong with a day and a time of day that make one moment."""

from collections.abc import Iterator

from lindorff_sdk.files.check_fields import Mistake, each_field
from lindorff_sdk.files.layout import FileLayout, Kind
from lindorff_sdk.files.structure import owner


def moment_mistakes(layout: FileLayout) -> Iterator[Mistake]:
    """Yield the times of day that no date completes."""
    owners = {record.name: owner(layout, record) for record in layout.records}
    days = {(owners[record.name], item.to): item for _, record, item in each_field(layout) if item.kind is Kind.DATE}
    for path, record, item in each_field(layout):
        if item.kind is Kind.TIME and item.to:
            day = days.get((owners[record.name], item.to))
            if day is None:
                yield f"{path}.to", f"A time needs a field of kind date that fills {item.to!r} too."
            elif day.may_be_empty and not item.may_be_empty:
                yield f"{path}.empty", f"The date {day.name!r} may be without a value, and then so is its time."
