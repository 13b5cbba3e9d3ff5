"""Many postings booked in one transaction: quicker where the database waits for the disk at each commit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, Row, or_, select, update

from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors, refuse_autocommit
from lindorff_sdk.journal.events import PostingState, read_postings, written
from lindorff_sdk.journal.passing import booking
from lindorff_sdk.reconciliation.events import Posting

BATCH = 1000


@frozen
class Batch:
    """Postings that are booked together, in order.

    Attributes:
        postings: Empty if nothing is left to book, or others are at work on all that is.
        connection: The transaction in which they are booked.
    """

    postings: tuple[Posting, ...]
    connection: Connection = field(repr=False)

    def __iter__(self) -> Iterator[Posting]:
        return iter(self.postings)

    def __len__(self) -> int:
        return len(self.postings)


class Batches:
    """The part of the journal that hands out many postings at a time."""

    _database: Database

    @contextmanager
    def applying_batch(
        self, definition: str | HasId, *, size: int = BATCH, now: datetime | None = None
    ) -> Iterator[Batch]:
        """Book the next postings exactly once, in one transaction: all are marked as booked on leaving, or none.

        An exception undoes the whole batch, and counts for none of its postings; book them one by one then, with
        `applying`, so that the one that fails holds up only its case. Several workers get different postings: each
        case is with one of them at a time.

        Args:
            definition: The definition, or its id.
            size: How many postings at most.
            now: The time, with a zone; the computer's unless given.

        Raises:
            JournalBusyError: If another process holds the database for too long.
        """
        with self._begin() as connection:
            postings = self._next_postings(connection, id_of(definition), size, now or datetime.now(UTC))
            with booking(postings):
                yield Batch(postings, connection)
            self._end(connection)

    @journal_errors
    def _begin(self) -> Connection:
        return self._database.engine.connect()

    @journal_errors
    def _end(self, connection: Connection) -> None:
        connection.commit()

    @journal_errors
    def _next_postings(
        self, connection: Connection, definition_id: str, size: int, now: datetime
    ) -> tuple[Posting, ...]:
        refuse_autocommit(connection)
        table = self._database.tables.postings
        due = (
            select(table.c.id)
            .where(
                table.c.definition_id == definition_id,
                table.c.state == written(PostingState.PENDING),
                table.c.parked.is_(False),
                or_(table.c.retry_at.is_(None), table.c.retry_at <= now),
            )
            .order_by(table.c.receive_sequence, table.c.position)
            .limit(size)
            .with_for_update(skip_locked=True)
            # PostgreSQL runs it once, as a plain subquery it might not; and the statement still begins with UPDATE:
            # Python's driver for SQLite opens no transaction for one that begins with WITH.
            .cte("due", nesting=True)
        )
        taken = update(table).where(table.c.id.in_(select(due.c.id))).values(state=PostingState.APPLIED, applied_at=now)
        # A write first, so that what is read afterwards holds; see `database`.
        named = ("id", "definition_id", "case_reference", "receive_sequence", "position")
        rows = connection.execute(taken.returning(*(table.c[name] for name in named))).all()
        rows = sorted(rows, key=lambda row: (row.receive_sequence, row.position))
        behind = self._put_back(connection, definition_id, rows)
        return tuple(read_postings(connection, self._database, [row for row in rows if row.id not in behind]))

    def _put_back(self, connection: Connection, definition_id: str, rows: Sequence[Row[Any]]) -> frozenset[str]:
        """Leave alone the postings of cases whose earlier one is with another worker, parked, or tried later."""
        table = self._database.tables.postings
        cases = sorted({row.case_reference for row in rows} - {""})
        query = select(table.c.case_reference, table.c.receive_sequence, table.c.position).where(
            table.c.definition_id == definition_id,
            table.c.state == written(PostingState.PENDING),
            self._database.among(table.c.case_reference, cases),
        )
        earliest: dict[str, tuple[int, int]] = {}
        for case, *place in connection.execute(query) if cases else ():
            earliest[case] = min(earliest.get(case, (place[0], place[1])), (place[0], place[1]))
        behind = frozenset(
            row.id
            for row in rows
            if row.case_reference in earliest and earliest[row.case_reference] < (row.receive_sequence, row.position)
        )
        if behind:
            again = update(table).where(self._database.among(table.c.id, sorted(behind)))
            connection.execute(again.values(state=PostingState.PENDING, applied_at=None))
        return behind
