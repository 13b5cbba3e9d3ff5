"""Locks: an invoice on the list takes no payment, credit note or reminder of the ERP's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, overload

from sqlalchemy import Connection, Date, Select, bindparam, select

from lindorff_sdk.collection_list.entries import joined, state_column
from lindorff_sdk.collection_list.states import AT_AGENCY, LOCKED, ListState
from lindorff_sdk.errors import InvoiceLockedError
from lindorff_sdk.journal import HostConnection
from lindorff_sdk.journal.database import Database, journal_errors
from lindorff_sdk.journal.hosts import AlchemyHost, Host, host_of
from lindorff_sdk.journal.listed import share_list
from lindorff_sdk.journal.passing import is_booked_now
from lindorff_sdk.models.days import day_of

_REMOVE = (
    "If the debtor paid you, or you credited it, remove it from the list with that reason{told}; then it is free. "
    "Payments that the agency brings pass by themselves."
)
_TOLD = ", and the agency is told"
_PART = " If something is left that the agency is to collect, book it by CollectionList.telling."


class Locks:
    """The part of the list that keeps the ERP's hands off what is being collected."""

    _database: Database
    _definition_id: str

    @journal_errors
    def require_unlocked(self, invoice_number: str, *, now: datetime | None = None) -> None:
        """Refuse to book on an invoice that stands on the list. Call it before booking.

        A posting from the agency passes: while `Journal.applying` books one, its own invoices are free in that thread
        or task. Two users at once are kept apart by `unlocked`, which holds the check and the booking together.

        Args:
            invoice_number: The invoice.
            now: The time, with a zone; the computer's unless given.

        Raises:
            InvoiceLockedError: If it stands there; the error says why, since when, and what to do.
            JournalError: If the journal cannot be used.
        """
        with self._database.reading() as connection:
            self._check(AlchemyHost(connection), invoice_number, now or datetime.now(UTC))

    @overload
    @contextmanager
    def unlocked(
        self, *invoice_numbers: str, connection: Connection | None = None, now: datetime | None = None
    ) -> Iterator[Connection]: ...

    @overload
    @contextmanager
    def unlocked(
        self, *invoice_numbers: str, connection: HostConnection, now: datetime | None = None
    ) -> Iterator[HostConnection]: ...

    @contextmanager
    def unlocked(
        self,
        *invoice_numbers: str,
        connection: Connection | HostConnection | None = None,
        now: datetime | None = None,
    ) -> Iterator[Connection | HostConnection]:
        """Book on invoices that are not on the list: nobody puts them there until the transaction ends.

        Bookings do not wait for each other on PostgreSQL; what changes the list waits for them, and they for it.

        Args:
            invoice_numbers: The invoices.
            connection: A connection of the ERP's own to the journal's database, in the ERP's transaction: SQLAlchemy's,
                Django's, or a driver's. The ERP commits. Without it a connection of SQLAlchemy is opened, and
                committed on leaving.
            now: The time, with a zone; the computer's unless given.

        Raises:
            InvoiceLockedError: If one stands on the list; nothing may be booked.
            JournalBusyError: If somebody is at work on the list for more than ten seconds (on SQLite: for the driver's
                timeout). Roll the transaction back and try again.
        """
        at = now or datetime.now(UTC)
        if connection is not None:
            host = host_of(connection, self._database.engine.dialect.name)
            self._share(host, invoice_numbers, at)
            yield connection
            return
        with self._database.booking() as own:
            self._share(AlchemyHost(own), invoice_numbers, at)
            yield own

    @journal_errors
    def _share(self, host: Host, invoice_numbers: tuple[str, ...], now: datetime) -> None:
        host.check()
        share_list(host, self._database, self._definition_id)
        for number in invoice_numbers:
            self._check(host, number, now)

    @journal_errors
    def _check(self, host: Host, invoice_number: str, now: datetime) -> None:
        if is_booked_now(self._definition_id, invoice_number):
            return
        asked = {"of": self._definition_id, "invoice": invoice_number, "today": day_of(now)}
        row = host.first(self._lock_statement, asked)
        if row is None or ListState(row[0]) not in LOCKED:
            return
        state, since, collection_date, file_name, number = row
        told = _TOLD if ListState(state) in AT_AGENCY else ""
        case = f"It is case {number} at the agency. " if number else ""
        raise InvoiceLockedError(
            case + _REMOVE.format(told=told) + (_PART if told else ""),
            invoice_number=invoice_number,
            since=_time(since),
            collection_date=collection_date
            if isinstance(collection_date, date)
            else date.fromisoformat(collection_date),
            state=str(state),
            file_name=file_name or "",
        )

    @cached_property
    def _lock_statement(self) -> Select[Any]:
        tables = self._database.tables
        listed = tables.listed
        return (
            select(
                state_column(self._database, bindparam("today", type_=Date)),
                listed.c.listed_at,
                listed.c.collection_date,
                tables.outgoing.c.name,
                tables.cases.c.agency_case_number,
            )
            .select_from(joined(self._database))
            .where(
                listed.c.definition_id == bindparam("of"),
                listed.c.invoice_number == bindparam("invoice"),
                listed.c.latest,
            )
        )


def _time(found: datetime | str) -> datetime:
    """Return a time as a driver without our types gives it: SQLite's as text, in UTC."""
    moment = found if isinstance(found, datetime) else datetime.fromisoformat(found)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
