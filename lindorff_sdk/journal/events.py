"""Postings that wait for the ERP, and the one transaction in which booking and mark are committed together."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Update, bindparam, exists, select, tuple_, update

from lindorff_sdk.errors import AlreadyAppliedError, JournalError, OutOfTurnError
from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors, refuse_autocommit
from lindorff_sdk.json_models import event_from_json
from lindorff_sdk.reconciliation.events import Posting

PAGE = 200
"""Postings read at a time."""


class PostingState(StrEnum):
    """Whether the ERP has booked a posting."""

    PENDING = "pending"
    APPLIED = "applied"


def _written(state: PostingState) -> ColumnElement[str]:
    """Write the state into the statement: SQLite does not use a partial index for a parameter."""
    return bindparam(None, state.value, literal_execute=True)


class Postings:
    """The part of the journal that hands postings to the ERP."""

    _database: Database
    # Postings that failed through this object; `pending` holds back what comes after them in their cases.
    _failed: set[str]

    def pending(self, definition: str | HasId) -> Iterator[Posting]:
        """Yield the postings that were not booked yet, in the order in which they are to be booked.

        Files come in the order in which they were read, and postings as they stand in them. When one fails, the later
        ones of its case are left out until the next call. Memory does not grow with their number, and nothing is held
        in the database between two of them.
        """
        blocked: set[str] = set()
        for posting in self._postings(id_of(definition), PostingState.PENDING):
            if posting.case not in blocked:
                self._failed.discard(posting.id)  # a new try
                yield posting
                if posting.case and posting.id in self._failed:
                    blocked.add(posting.case)

    def applied(self, definition: str | HasId) -> Iterator[Posting]:
        """Yield the postings that were booked, in the order in which they came."""
        return self._postings(id_of(definition), PostingState.APPLIED)

    @contextmanager
    def applying(
        self, posting: Posting, *, connection: Connection | None = None, now: datetime | None = None
    ) -> Iterator[Connection]:
        """Book a posting exactly once: what is done on the connection and the journal's mark commit together.

        An exception rolls everything back; the posting stays pending, and the name of the exception's class is kept
        with it.

        Args:
            posting: A posting from `pending`.
            connection: A connection of the ERP's own to the same database, in the ERP's own transaction. The ERP
                commits; an exception undoes only what was done in here. Without it the journal opens a connection
                and commits on leaving.
            now: The time, with a zone; the computer's unless given.

        Raises:
            AlreadyAppliedError: If it was booked before. Nothing may be booked now.
            OutOfTurnError: If an earlier posting of the same case is still pending.
            JournalBusyError: If another process holds the database for too long.
        """
        self._failed.add(posting.id)  # until the end shows otherwise, also where the caller leaves in some odd way
        with (
            self._own_transaction(posting, now)
            if connection is None
            else self._erps_transaction(posting, connection, now)
        ) as booking:
            yield booking
        self._failed.discard(posting.id)

    @journal_errors
    def acknowledge(self, posting: Posting, *, now: datetime) -> None:
        """Say that the ERP booked a posting in a database of its own; saying it again does no harm.

        A crash between booking and this call brings the posting again, so the ERP must know its events by their ids.

        Raises:
            JournalError: If the journal has no such posting.
        """
        table = self._database.tables.postings
        with self._database.writing() as connection:
            values = {"state": PostingState.APPLIED, "applied_at": now}
            mine = update(table).where(table.c.id == posting.id, table.c.state == PostingState.PENDING)
            if connection.execute(mine.values(**values)).rowcount != 1 and not self._state(connection, posting):
                raise JournalError(f"The journal has no posting {posting.id}.")
        self._failed.discard(posting.id)

    @journal_errors
    def failed(self, posting: Posting, error: BaseException) -> None:
        """Count a failed booking of an ERP that uses `acknowledge`; the later postings of the case are held back.

        Only the name of the error's class is kept: messages may hold personal data.
        """
        self._failed.add(posting.id)
        with self._database.writing() as connection:
            self._count_failure(connection, posting, error)

    @contextmanager
    def _own_transaction(self, posting: Posting, now: datetime | None) -> Iterator[Connection]:
        try:
            with self._connect() as connection:
                self._mark(connection, posting, now)
                yield connection
                self._commit(connection)
        except JournalError:
            raise  # ours, not the booking's
        except Exception as error:
            with suppress(JournalError):  # the caller's error matters more
                self.failed(posting, error)
            raise

    @contextmanager
    def _erps_transaction(self, posting: Posting, connection: Connection, now: datetime | None) -> Iterator[Connection]:
        self._mark(connection, posting, now)
        # The mark came first, so that on SQLite a transaction is open: a savepoint outside one would commit.
        savepoint = connection.begin_nested()
        try:
            yield connection
        except BaseException as error:
            savepoint.rollback()
            self._unmark(connection, posting, error)
            raise
        savepoint.commit()

    @cached_property
    def _mark_statement(self) -> Update:
        # Made once: making it takes longer than the database does to run it.
        table = self._database.tables.postings
        earlier = table.alias()
        waits = exists().where(
            earlier.c.definition_id == table.c.definition_id,
            earlier.c.case_reference == table.c.case_reference,
            earlier.c.case_reference != "",
            earlier.c.state == _written(PostingState.PENDING),
            tuple_(earlier.c.receive_sequence, earlier.c.position) < tuple_(table.c.receive_sequence, table.c.position),
        )
        mine = (table.c.id == bindparam("posting_id")) & (table.c.state == PostingState.PENDING)
        return update(table).where(mine, ~waits).values(state=PostingState.APPLIED, applied_at=bindparam("time"))

    @journal_errors
    def _mark(self, connection: Connection, posting: Posting, now: datetime | None) -> None:
        """Mark a posting as booked, if it is its turn: one conditional UPDATE, the first statement there is."""
        refuse_autocommit(connection)
        values = {"posting_id": posting.id, "time": now or datetime.now(UTC)}
        if connection.execute(self._mark_statement, values).rowcount == 1:
            return
        match self._state(connection, posting):
            case PostingState.PENDING:
                raise OutOfTurnError(f"An earlier posting of case {posting.case} is still pending.")
            case PostingState.APPLIED:
                self._failed.discard(posting.id)
                raise AlreadyAppliedError(f"Posting {posting.id} was booked before.")
            case _:
                raise JournalError(f"The journal has no posting {posting.id}.")

    @journal_errors
    def _commit(self, connection: Connection) -> None:
        connection.commit()

    @journal_errors
    def _connect(self) -> Connection:
        return self._database.engine.connect()

    @journal_errors
    def _unmark(self, connection: Connection, posting: Posting, error: BaseException) -> None:
        table = self._database.tables.postings
        connection.execute(
            update(table).where(table.c.id == posting.id).values(state=PostingState.PENDING, applied_at=None)
        )
        self._count_failure(connection, posting, error)

    def _count_failure(self, connection: Connection, posting: Posting, error: BaseException) -> None:
        table = self._database.tables.postings
        connection.execute(
            update(table)
            .where(table.c.id == posting.id)
            .values(failures=table.c.failures + 1, last_error=type(error).__name__)
        )

    def _state(self, connection: Connection, posting: Posting) -> str | None:
        table = self._database.tables.postings
        return connection.execute(select(table.c.state).where(table.c.id == posting.id)).scalar()

    def _postings(self, definition_id: str, state: PostingState) -> Iterator[Posting]:
        after = (0, 0)
        while page := self._page(definition_id, state, after):
            for row, payloads in page:
                yield Posting(row.id, row.definition_id, row.case_reference, tuple(map(event_from_json, payloads)))
            last, _ = page[-1]
            after = (last.receive_sequence, last.position)

    @journal_errors
    def _page(
        self, definition_id: str, state: PostingState, after: tuple[int, int]
    ) -> list[tuple[Row[Any], list[str]]]:
        postings, events = self._database.tables.postings, self._database.tables.events
        place = tuple_(postings.c.receive_sequence, postings.c.position)
        query = (
            select(postings)
            .where(postings.c.definition_id == definition_id, postings.c.state == _written(state), place > after)
            .order_by(postings.c.receive_sequence, postings.c.position)
            .limit(PAGE)
        )
        payloads: defaultdict[str, list[str]] = defaultdict(list)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            theirs = events.c.posting_id.in_([row.id for row in rows])
            for row in connection.execute(
                select(events).where(theirs).order_by(events.c.posting_id, events.c.position)
            ):
                payloads[row.posting_id].append(row.payload)
        return [(row, payloads[row.id]) for row in rows]
