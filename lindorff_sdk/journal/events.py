"""Postings that wait for the ERP, and those that it has booked."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, Row, String, literal_column, select, tuple_, update

from lindorff_sdk.errors import JournalError
from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors
from lindorff_sdk.journal.stored_events import stored_events
from lindorff_sdk.models.collection import uncollected
from lindorff_sdk.reconciliation.events import AnyEvent, Posting

PAGE = 200
"""Postings read at a time."""


class PostingState(StrEnum):
    """What became of a posting."""

    PENDING = "pending"
    APPLIED = "applied"
    HELD = "held"
    """A finding holds it, until somebody resolves the finding."""
    DISMISSED = "dismissed"
    """Somebody decided that it is never booked."""


@frozen(kw_only=True)
class FailedPosting:
    """A posting that the ERP could not book so far.

    Attributes:
        failures: How often it was tried.
        last_error: Name of the class of the last error; messages may hold personal data.
        retry_at: When it is tried again; None for at once.
        parked: Whether it failed so often that only `Postings.try_again` brings it back.
    """

    posting: Posting
    failures: int
    last_error: str
    retry_at: datetime | None
    parked: bool


def written(state: PostingState) -> ColumnElement[str]:
    """Write the state into the statement: SQLite does not use a partial index for a parameter."""
    return literal_column(f"'{state}'", String)


class Postings:
    """The part of the journal that hands postings to the ERP."""

    _database: Database
    # Postings that failed through this object; `pending` holds back what comes after them in their cases.
    _failed: set[str]

    def pending(self, definition: str | HasId, *, now: datetime | None = None) -> Iterator[Posting]:
        """Yield the postings that are to be booked, in the order in which they are to be.

        Files come in the order in which they were read, and postings as they stand in them. When one fails, the later
        ones of its case are left out until the next call; so are those of a case whose earlier posting is parked, or
        is tried again later. Memory does not grow with their number, and nothing is held in the database between two
        of them. Several workers may go through the same postings: `applying` gives each to one of them.

        Args:
            definition: The definition, or its id.
            now: The time, with a zone; the computer's unless given.
        """
        at = now or datetime.now(UTC)
        blocked: set[str] = set()
        for row, posting in self._postings(id_of(definition), PostingState.PENDING):
            if posting.case in blocked:
                continue
            if not _is_due(row, at):
                if posting.case:
                    blocked.add(posting.case)
                continue
            self._failed.discard(posting.id)  # a new try
            yield posting
            if posting.case and posting.id in self._failed:
                blocked.add(posting.case)

    async def pending_async(self, definition: str | HasId, *, now: datetime | None = None) -> AsyncIterator[Posting]:
        """Yield what `pending` yields, for ``async for``; the database is asked in a thread.

        Book each posting in a thread as well: ``await asyncio.to_thread(book, posting)``.
        """
        postings = self.pending(definition, now=now)
        while (posting := await asyncio.to_thread(next, postings, None)) is not None:
            yield posting

    def applied(self, definition: str | HasId) -> Iterator[Posting]:
        """Yield the postings that were booked, in the order in which they came; those that were purged are empty."""
        return (posting for _, posting in self._postings(id_of(definition), PostingState.APPLIED))

    def held(self, definition: str | HasId) -> Iterator[Posting]:
        """Yield the postings that findings hold, in the order in which they came; see `resolve`."""
        return (posting for _, posting in self._postings(id_of(definition), PostingState.HELD))

    def failures(self, definition: str | HasId) -> tuple[FailedPosting, ...]:
        """Return the postings that the ERP could not book so far, parked ones among them."""
        return tuple(
            FailedPosting(
                posting=posting,
                failures=row.failures,
                last_error=row.last_error,
                retry_at=row.retry_at,
                parked=row.parked,
            )
            for row, posting in self._postings(
                id_of(definition), PostingState.PENDING, self._database.tables.postings.c.failures > 0
            )
        )

    @journal_errors
    def try_again(self, posting_id: str) -> None:
        """Bring a posting that failed back at once, as if it had never failed.

        Raises:
            JournalError: If no such posting waits.
        """
        table = self._database.tables.postings
        waiting = (table.c.id == posting_id) & (table.c.state == PostingState.PENDING)
        with self._database.writing() as connection:
            values = {"failures": 0, "retry_at": None, "parked": False}
            if connection.execute(update(table).where(waiting).values(**values)).rowcount != 1:
                raise JournalError(f"No posting {posting_id} waits to be booked.")

    def _postings(
        self, definition_id: str, state: PostingState, *only: ColumnElement[bool]
    ) -> Iterator[tuple[Row[Any], Posting]]:
        table = self._database.tables.postings
        place = tuple_(table.c.receive_sequence, table.c.position)
        wanted = (table.c.definition_id == definition_id, table.c.state == written(state), *only)
        query = select(table).order_by(table.c.receive_sequence, table.c.position).limit(PAGE)
        after = (0, -1)
        while page := self._page(query.where(*wanted, place > after)):
            yield from page
            last, _ = page[-1]
            after = (last.receive_sequence, last.position)

    @journal_errors
    def _page(self, query: Any) -> list[tuple[Row[Any], Posting]]:
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            return list(zip(rows, read_postings(connection, self._database, rows), strict=True))


def read_postings(connection: Connection, database: Database, rows: Iterable[Row[Any]]) -> list[Posting]:
    """Return the postings that rows stand for, in their order."""
    wanted, table = list(rows), database.tables.events
    theirs = database.among(table.c.posting_id, [row.id for row in wanted]) & (table.c.payload != "")
    query = select(table.c.posting_id, table.c.payload).where(theirs).order_by(table.c.posting_id, table.c.position)
    with uncollected():
        return _read_postings(wanted, connection.execute(query).all())


def _read_postings(wanted: list[Row[Any]], found: Sequence[Any]) -> list[Posting]:
    events: defaultdict[str, list[AnyEvent]] = defaultdict(list)
    for row, event in zip(found, stored_events([row.payload for row in found]), strict=True):
        events[row.posting_id].append(event)
    return [Posting(row.id, row.definition_id, row.case_reference, tuple(events[row.id])) for row in wanted]


def _is_due(row: Row[Any], now: datetime) -> bool:
    return not row.parked and (row.retry_at is None or row.retry_at <= now)
