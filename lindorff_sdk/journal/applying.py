"""The one transaction in which the ERP's booking and the journal's mark are committed together."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import overload

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, FromClause, Select, Update, bindparam, exists, select, tuple_, update

from lindorff_sdk.errors import AlreadyAppliedError, JournalError, OutOfTurnError
from lindorff_sdk.journal.database import Database, journal_errors
from lindorff_sdk.journal.events import PostingState, written
from lindorff_sdk.journal.hosts import AlchemyHost, Host, HostConnection, host_of
from lindorff_sdk.journal.passing import booking
from lindorff_sdk.reconciliation.events import Posting

_MINUTE = timedelta(minutes=1)


@frozen
class Retry:
    """When a posting that failed is tried again.

    Attributes:
        delays: How long after the first failure, after the second, and so on. After one more it is parked.
    """

    delays: tuple[timedelta, ...] = (
        timedelta(0),
        _MINUTE,
        5 * _MINUTE,
        30 * _MINUTE,
        120 * _MINUTE,
        360 * _MINUTE,
        720 * _MINUTE,
    )

    def after(self, failures: int) -> timedelta | None:
        """Return how long to wait after so many failures, or None if it is parked."""
        return self.delays[failures - 1] if failures <= len(self.delays) else None


class Applying:
    """The part of the journal that marks what the ERP books."""

    _database: Database
    _failed: set[str]
    _retry: Retry

    @overload
    @contextmanager
    def applying(
        self, posting: Posting, *, connection: Connection | None = None, now: datetime | None = None
    ) -> Iterator[Connection]: ...

    @overload
    @contextmanager
    def applying(
        self, posting: Posting, *, connection: HostConnection, now: datetime | None = None
    ) -> Iterator[HostConnection]: ...

    @contextmanager
    def applying(
        self, posting: Posting, *, connection: Connection | HostConnection | None = None, now: datetime | None = None
    ) -> Iterator[Connection | HostConnection]:
        """Book a posting exactly once: what is done on the connection and the journal's mark commit together.

        An exception rolls everything back. The posting stays pending, its failures are counted, and the name of the
        exception's class is kept with it; it is tried again later, and later each time (`Retry`).

        Args:
            posting: A posting from `pending`.
            connection: A connection of the ERP's own to the same database, in the ERP's own transaction:
                SQLAlchemy's, Django's (within ``transaction.atomic()``), or a driver's. The ERP commits; an exception
                undoes only what was done in here. Without it the journal opens a connection of SQLAlchemy and
                commits on leaving.
            now: The time, with a zone; the computer's unless given.

        Raises:
            AlreadyAppliedError: If it was booked before. Nothing may be booked now.
            OutOfTurnError: If an earlier posting of the same case is still pending, or another worker is booking
                this one.
            JournalBusyError: If another process holds the database for too long.
        """
        at = now or datetime.now(UTC)
        try:
            with (
                (
                    self._own_transaction(posting, at)
                    if connection is None
                    else self._erps_transaction(posting, connection, at)
                ) as theirs,
                booking([posting]),
            ):
                yield theirs
        except AlreadyAppliedError:
            raise  # no failure: another thread that goes through the same postings was quicker
        except BaseException:  # also where the caller leaves in some odd way
            self._failed.add(posting.id)
            raise
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
            if connection.execute(mine.values(**values)).rowcount != 1:
                found = select(table.c.state).where(table.c.id == posting.id)
                if connection.execute(found).scalar() != PostingState.APPLIED:
                    raise JournalError(f"The journal has no posting {posting.id} that may be booked.")
        self._failed.discard(posting.id)

    @journal_errors
    def failed(self, posting: Posting, error: BaseException, *, now: datetime | None = None) -> None:
        """Count a failed booking of an ERP that uses `acknowledge`; the later postings of the case are held back.

        Only the name of the error's class is kept: messages may hold personal data.
        """
        self._failed.add(posting.id)
        with self._database.writing() as connection:
            self._count_failure(AlchemyHost(connection), posting, error, now or datetime.now(UTC))

    @contextmanager
    def _own_transaction(self, posting: Posting, now: datetime) -> Iterator[Connection]:
        try:
            with self._database.booking() as connection:
                self._mark(AlchemyHost(connection), posting, now)
                yield connection
        except JournalError:
            raise  # ours, not the booking's
        except Exception as error:
            with suppress(JournalError):  # the caller's error matters more
                self.failed(posting, error, now=now)
            raise

    @contextmanager
    def _erps_transaction(
        self, posting: Posting, connection: Connection | HostConnection, now: datetime
    ) -> Iterator[Connection | HostConnection]:
        host = host_of(connection, self._database.engine.dialect.name)
        self._mark(host, posting, now)
        # The mark came first, so that on SQLite a transaction is open: a savepoint outside one would commit.
        host.savepoint()
        try:
            yield connection
        except BaseException as error:
            host.undo()
            host.keep()
            self._unmark(host, posting, error, now)
            raise
        host.keep()

    @journal_errors
    def _mark(self, host: Host, posting: Posting, now: datetime) -> None:
        """Mark a posting as booked, if it is its turn: one conditional UPDATE, the first statement there is."""
        host.check()
        if host.change(self._mark_statement, {"posting_id": posting.id, "time": now}) == 1:
            return
        state, waits = host.first(self._state_statement, {"posting_id": posting.id}) or ("", False)
        match state:
            case PostingState.PENDING if waits:
                raise OutOfTurnError(f"An earlier posting of case {posting.case} is still pending.")
            case PostingState.PENDING:
                raise OutOfTurnError(f"Another worker is booking posting {posting.id}.")
            case PostingState.APPLIED:
                self._failed.discard(posting.id)
                raise AlreadyAppliedError(f"Posting {posting.id} was booked before.")
            case PostingState.HELD | PostingState.DISMISSED:
                raise OutOfTurnError(f"Posting {posting.id} is {state}; see the findings.")
            case _:
                raise JournalError(f"The journal has no posting {posting.id}.")

    @cached_property
    def _mark_statement(self) -> Update:
        # Made once: making it takes longer than the database does to run it.
        table = self._database.tables.postings
        mine = (table.c.id == bindparam("posting_id")) & (table.c.state == written(PostingState.PENDING))
        # Whoever has the row is booking it: on PostgreSQL nobody waits for that. SQLite knows no locks of rows.
        free = select(table.c.id).where(mine).with_for_update(skip_locked=True).scalar_subquery()
        booked = {"state": PostingState.APPLIED.value, "applied_at": bindparam("time", type_=table.c.applied_at.type)}
        return update(table).where(table.c.id == free, ~earlier_pending(table)).values(**booked)

    @cached_property
    def _state_statement(self) -> Select[tuple[str, bool]]:
        table = self._database.tables.postings
        return select(table.c.state, earlier_pending(table)).where(table.c.id == bindparam("posting_id"))

    @journal_errors
    def _unmark(self, host: Host, posting: Posting, error: BaseException, now: datetime) -> None:
        table = self._database.tables.postings
        mine = update(table).where(table.c.id == bindparam("posting_id"))
        host.change(
            mine.values(state=PostingState.PENDING.value, applied_at=None),
            {"posting_id": posting.id},
        )
        self._count_failure(host, posting, error, now)

    def _count_failure(self, host: Host, posting: Posting, error: BaseException, now: datetime) -> None:
        table, mine = self._database.tables.postings, {"posting_id": posting.id}
        this = table.c.id == bindparam("posting_id")
        counted = update(table).where(this).values(failures=table.c.failures + 1, last_error=bindparam("error"))
        host.change(counted, {**mine, "error": type(error).__name__})
        found = host.first(select(table.c.failures).where(this), mine)
        delay = self._retry.after(found[0]) if found else None
        later = update(table).where(this)
        if delay is None:
            host.change(later.values(parked=True, retry_at=None), mine)
        elif delay:
            host.change(later.values(retry_at=now + delay), mine)


def earlier_pending(table: FromClause) -> ColumnElement[bool]:
    """Return whether an earlier posting of a row's case is still to be booked."""
    earlier = table.alias()
    return exists().where(
        earlier.c.definition_id == table.c.definition_id,
        earlier.c.case_reference == table.c.case_reference,
        earlier.c.case_reference != "",
        earlier.c.state == written(PostingState.PENDING),
        tuple_(earlier.c.receive_sequence, earlier.c.position) < tuple_(table.c.receive_sequence, table.c.position),
    )
