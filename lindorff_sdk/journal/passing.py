"""Postings from the agency pass the lock of the collection list by themselves: which invoices are being booked now."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from lindorff_sdk.reconciliation.events import Posting

_BOOKING: ContextVar[frozenset[tuple[str, str]]] = ContextVar("lindorff_booking", default=frozenset())


@contextmanager
def booking(postings: Iterable[Posting]) -> Iterator[None]:
    """Say that the agency's postings are booked now, in this thread or task."""
    theirs = {
        (posting.definition_id, number) for posting in postings for each in posting for number in each.invoice_numbers
    }
    token = _BOOKING.set(_BOOKING.get() | theirs)
    try:
        yield
    finally:
        # Left in another context than it was entered, as by a generator that is closed late: nothing is booked there.
        with suppress(ValueError):
            _BOOKING.reset(token)


def is_booked_now(definition_id: str, invoice_number: str) -> bool:
    """Return whether a posting from the agency about this invoice is being booked here and now."""
    return (definition_id, invoice_number) in _BOOKING.get()
