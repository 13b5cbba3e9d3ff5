"""What the rest of the journal needs of the collection list; `lindorff_sdk.collection_list` is the list itself.

Every transaction that changes the list begins by taking the list (`take_list`), and a booking that must not meet such
a change shares it (`share_list`). It is one row per definition: bookings go side by side, and a change waits for them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, true, update

from lindorff_sdk.journal.database import Database, HasId, chunks, id_of, journal_errors
from lindorff_sdk.journal.hosts import AlchemyHost, Host
from lindorff_sdk.models.days import day_of

SERIES = "list"
"""Name of the row among the series of numbers; its number counts the changes."""
PATIENCE = "10s"
"""How long PostgreSQL waits for somebody who is at work on the list, before `JournalBusyError`."""


def take_list(connection: Connection, database: Database, definition_id: str) -> None:
    """Take the list until the end of the transaction: nobody else changes it, and no booking relies on it.

    Raises:
        DBAPIError: If another has it for longer than `PATIENCE` on PostgreSQL, or the driver's timeout on SQLite.
    """
    series = database.tables.sequences
    mine = (series.c.definition_id == bindparam("of")) & (series.c.name == SERIES)
    change = update(series).where(mine).values(last=series.c.last + 1)
    _patiently(AlchemyHost(connection), database, lambda host: host.change(change, {"of": definition_id}))


def share_list(host: Host, database: Database, definition_id: str) -> None:
    """Keep the list as it is until the end of a booking's transaction.

    On PostgreSQL the row is shared: bookings do not wait for each other, and one that began before a change of the
    list and would not see it is refused by the database. SQLite has one writer at a time; a write makes it this one,
    and what is read afterwards holds.
    """
    series = database.tables.sequences
    mine = (series.c.definition_id == bindparam("of")) & (series.c.name == SERIES)
    given = {"of": definition_id}
    if database.engine.dialect.name == "sqlite":
        host.change(update(series).where(mine).values(last=series.c.last), given)
        return
    shared = select(series.c.last).where(mine).with_for_update(read=True)
    _patiently(host, database, lambda host: host.first(shared, given))


def _patiently(host: Host, database: Database, work: Callable[[Host], object]) -> None:
    """Run a statement that waits for a lock, and no longer than `PATIENCE`; SQLite's driver has its own timeout."""
    if database.engine.dialect.name == "sqlite":
        work(host)
        return
    # The transaction may be the ERP's: how long it waits for other locks stays its own affair.
    (before,) = host.first(select(func.current_setting("lock_timeout")), {}) or ("0",)
    host.first(_wait(PATIENCE), {})
    work(host)
    host.first(_wait(str(before)), {})


def _wait(duration: str) -> Select[Any]:
    """Return the statement by which a transaction on PostgreSQL waits no longer for a lock."""
    return select(func.set_config("lock_timeout", duration, true()))


def is_stopped(database: Database, today: ColumnElement[date] | date) -> ColumnElement[bool]:
    """Return whether somebody stopped a row of the list, and the time for which it was is not over."""
    listed = database.tables.listed
    over = listed.c.stopped_until.is_not(None) & (listed.c.stopped_until <= today)
    return listed.c.stopped_at.is_not(None) & ~over


def still_invoices(
    connection: Connection, database: Database, definition_id: str, invoices: Sequence[str], today: date
) -> set[str]:
    """Return those of the invoices that the list says are not to be sent."""
    listed = database.tables.listed
    query = select(listed.c.invoice_number).where(
        listed.c.definition_id == definition_id,
        listed.c.latest,
        listed.c.removed_at.is_not(None) | is_stopped(database, today),
    )
    found: set[str] = set()
    for some in chunks(invoices):
        found.update(connection.execute(query.where(listed.c.invoice_number.in_(some))).scalars())
    return found


def link_listed(  # noqa: PLR0917 - the pieces of one statement
    connection: Connection,
    database: Database,
    definition_id: str,
    case_id: int,
    invoices: Collection[str],
    now: datetime,
) -> None:
    """Say of the listed claims of these invoices that the case is theirs; what was removed stays so."""
    listed = database.tables.listed
    theirs = (
        (listed.c.definition_id == definition_id)
        & listed.c.latest
        & listed.c.removed_at.is_(None)
        & listed.c.invoice_number.in_(invoices)
    )
    values = {"case_id": case_id, "stopped_at": None, "stopped_until": None, "changed_at": now}
    connection.execute(update(listed).where(theirs).values(**values))


class KeptBack:
    """The part of the journal that knows which claims the list keeps back."""

    _database: Database

    @property
    def database(self) -> Database:
        """The database and the journal's tables in it, for the modules of the SDK that work on tables of their own."""
        return self._database

    @journal_errors
    def kept_back(self, definition: str | HasId, invoices: Sequence[str], *, now: datetime) -> frozenset[str]:
        """Return those of the invoices that the collection list keeps back: somebody stopped or removed them."""
        with self._database.reading() as connection:
            return frozenset(still_invoices(connection, self._database, id_of(definition), invoices, day_of(now)))

    @journal_errors
    def listed_on(self, definition: str | HasId, invoices: Sequence[str]) -> Mapping[str, date]:
        """Return the collection dates of those of the invoices that stand on the collection list."""
        listed, found = self._database.tables.listed, dict[str, date]()
        query = select(listed.c.invoice_number, listed.c.collection_date).where(
            listed.c.definition_id == id_of(definition), listed.c.latest, listed.c.removed_at.is_(None)
        )
        with self._database.reading() as connection:
            for some in chunks(invoices):
                rows = connection.execute(query.where(listed.c.invoice_number.in_(some)))
                found.update({row.invoice_number: row.collection_date for row in rows})
        return found
