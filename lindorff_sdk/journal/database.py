"""The journal's way to its database: transactions, numbers in a series, and errors in our own words.

Every write transaction begins with a statement that writes. Python's driver for SQLite opens a transaction only at
the first write, so a SELECT before it would read outside the transaction, and two processes could act on the same
answer. A write first takes SQLite's lock (and the row's lock on PostgreSQL), and what is read afterwards holds.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Insert,
    String,
    Table,
    any_,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from lindorff_sdk.errors import JournalBusyError, JournalError
from lindorff_sdk.journal.schema import VERSION, Tables, create_statements

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

READ = "lindorff_read"
"""Execution option of connections that only read."""
_CHUNK = 500
_BUSY = {5, 6}  # SQLITE_BUSY and SQLITE_LOCKED; the low byte of the extended codes
_BUSY_STATES = {"55P03", "40P01", "40001"}  # PostgreSQL: lock not available, deadlock, could not serialize


class HasId(Protocol):
    """Anything with an ``id`` that is text, such as an `ExportDefinition`."""

    @property
    def id(self) -> str:
        """The stable id."""
        ...


def id_of(definition: str | HasId) -> str:
    """Return the id of a definition, or the id itself."""
    return definition if isinstance(definition, str) else definition.id


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield values in pieces that one statement takes."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def journal_errors(call: Callable[P, R]) -> Callable[P, R]:
    """Make a call raise `JournalError` where the database refuses.

    SQLAlchemy's errors hold the statement's values, personal data among them; ours is raised outside the handler,
    with text only.
    """

    @wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except SQLAlchemyError as error:
            problem = _translated(error)
        except Exception as error:
            if not _is_busy(error):  # from a connection of the ERP's own
                raise
            problem = _busy()
        raise problem

    return wrapper


def _translated(error: SQLAlchemyError) -> JournalError:
    if not isinstance(error, DBAPIError) or error.orig is None:
        return JournalError(f"The journal's database cannot be used: {type(error).__name__}.")
    if _is_busy(error.orig):
        return _busy()
    # SQLite's messages name tables and columns; PostgreSQL's quote values, so only its code is given.
    detail = str(error.orig) if hasattr(error.orig, "sqlite_errorcode") else getattr(error.orig, "sqlstate", "")
    return JournalError(f"The journal's database refused: {type(error.orig).__name__} {detail}".rstrip() + ".")


def _busy() -> JournalBusyError:
    return JournalBusyError("Another process or thread holds the journal's database; try again when it is done.")


def _is_busy(error: BaseException) -> bool:
    """Return whether a driver's error, or the one that Django raises because of it, says that another is at work."""
    driver = error.__cause__ or error
    state = getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None)
    return getattr(driver, "sqlite_errorcode", 0) & 0xFF in _BUSY or state in _BUSY_STATES


def refuse_autocommit(connection: Connection) -> None:
    """Refuse a connection that commits each statement by itself: a booking and its mark would not be one.

    Raises:
        JournalError: If it does.
    """
    if not connection.in_transaction():
        connection.begin()
    driver = connection.connection.driver_connection
    commits = getattr(driver, "autocommit", None) is True or (
        # sqlite3 with isolation_level=None commits each statement unless somebody wrote BEGIN.
        getattr(driver, "isolation_level", "") is None and not getattr(driver, "in_transaction", True)
    )
    if commits:
        raise JournalError("This connection is in autocommit mode; the journal needs transactions.")


@frozen(eq=False)
class Database:
    """An engine and the journal's tables in it."""

    engine: Engine
    tables: Tables

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for a few quick reads."""
        with self.engine.connect() as connection:
            yield connection.execution_options(**{READ: True})

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed on leaving, or rolled back on an exception."""
        with self.engine.begin() as connection:
            refuse_autocommit(connection)
            yield connection

    @contextmanager
    def booking(self) -> Iterator[Connection]:
        """Give a connection on which the ERP books; it is committed on leaving, or rolled back on an exception.

        Raises:
            JournalError: If the database cannot be reached, or refuses to commit; the ERP's errors stay as they are.
        """
        with self._opened() as connection:
            yield connection
            self._commit(connection)

    def insert_new(self, table: Table) -> Insert:
        """Return an INSERT that leaves a row alone that is there already."""
        if self.engine.dialect.name == "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing()
        return sqlite.insert(table).on_conflict_do_nothing()

    def among(self, column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
        """Return whether a column is one of many texts, as one parameter: each by itself takes long to prepare."""
        if self.engine.dialect.name == "postgresql":
            return column == any_(literal(list(values), postgresql.ARRAY(String)))
        return column.in_(select(func.json_each(json.dumps(list(values))).table_valued("value").c.value))

    @staticmethod
    def insert_row(connection: Connection, table: Table, **values: object) -> int:
        """Insert a row and return the number it got."""
        key = connection.execute(insert(table).values(**values)).inserted_primary_key
        return int(key[0]) if key is not None else 0

    def next_number(self, connection: Connection, definition_id: str, name: str) -> int:
        """Allot the next number of a series, from 1, without gaps: a rollback gives it back.

        Until the transaction ends nobody else gets a number of the series.
        """
        series = self.tables.sequences
        mine = (series.c.definition_id == definition_id) & (series.c.name == name)
        connection.execute(self.insert_new(series).values(definition_id=definition_id, name=name, last=0))
        connection.execute(update(series).where(mine).values(last=series.c.last + 1))
        return int(connection.execute(select(series.c.last).where(mine)).scalar_one())

    @journal_errors
    def prepare(self, prefix: str, *, create_tables: bool) -> None:
        """Create what is missing, and check that the schema is the one this version works with.

        Raises:
            JournalError: If the tables are missing and not to be created, or are of another version.
        """
        if create_tables and not self._has_tables():
            with self.writing() as connection:
                for statement in create_statements(prefix):
                    connection.execute(statement)
                connection.execute(self.insert_new(self.tables.meta).values(name="version", value=VERSION))
        found = self._version() if self._has_tables() else "none"
        if found != VERSION:
            raise JournalError(
                f"The journal's tables have version {found}; this release works with {VERSION}. "
                "Run: python -m lindorff_sdk.journal.migrate <database URL>"
            )

    @journal_errors
    def _opened(self) -> Connection:
        return self.engine.connect()

    @staticmethod
    @journal_errors
    def _commit(connection: Connection) -> None:
        connection.commit()

    def _has_tables(self) -> bool:
        with self.reading() as connection:
            refuse_autocommit(connection)
            return bool(self.engine.dialect.has_table(connection, self.tables.meta.name)) and bool(
                connection.execute(select(self.tables.meta.c.value)).first()
            )

    def _version(self) -> str:
        with self.reading() as connection:
            query = select(self.tables.meta.c.value).where(self.tables.meta.c.name == "version")
            return str(connection.execute(query).scalar())
