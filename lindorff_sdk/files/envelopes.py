"""What a file can state of the moment at which it was made."""

from collections.abc import Iterator

from attrs import evolve

from lindorff_sdk.files.dates import coarse
from lindorff_sdk.files.layout import FileLayout
from lindorff_sdk.models.envelope import Envelope

_CREATED_AT = "envelope.created_at"


def stated(layout: FileLayout, envelope: Envelope) -> Envelope:
    """Return an envelope whose ``created_at`` is as fine as the layout's fields state it, such as the day alone.

    It is the SDK that sets it, to the second, for the file's name: no reader of a finding could make it fit.
    """
    moment = envelope.created_at
    for formats in _formats(layout):
        moment = None if moment is None else coarse(moment, formats)
    return evolve(envelope, created_at=moment)


def _formats(layout: FileLayout) -> Iterator[str]:
    """Yield the formats of what states it: those of a day and a time of day, which make one, together."""
    fields = [item for record in layout.records for item in record.fields if item.format]
    yield "".join(item.format for item in fields if _CREATED_AT in (item.to, item.also_to))
    yield from (item.format for item in fields if f"^{_CREATED_AT}" in (item.to, item.also_to))
