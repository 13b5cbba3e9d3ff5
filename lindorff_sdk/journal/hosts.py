"""The ERP's connection, whatever made it: SQLAlchemy, Django, or the database's own driver."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from attrs import frozen
from sqlalchemy import ClauseElement, Connection
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from lindorff_sdk.errors import JournalError, RequestError
from lindorff_sdk.journal.database import refuse_autocommit

SAVEPOINT = "lindorff_posting"


class HostCursor(Protocol):
    """What the journal needs of a cursor: it runs one statement, and tells what came of it."""

    @property
    def rowcount(self) -> int:
        """Rows that the statement changed."""
        ...

    def execute(self, sql: str, parameters: Sequence[object] = ..., /) -> object:
        """Run a statement."""
        ...

    def fetchone(self) -> object:
        """Return the next row, or None."""
        ...

    def close(self) -> object:
        """End the cursor's life."""
        ...


class HostConnection(Protocol):
    """A connection of the ERP's own: Django's ``connection``, ``sqlite3``'s or ``psycopg``'s.

    The journal takes a cursor for each of its statements, and leaves commit and rollback to the ERP.
    """

    def cursor(self) -> object:
        """Return a `HostCursor`; drivers type their cursors too narrowly to say so here."""
        ...


class Host(Protocol):
    """The ERP's transaction, as the journal uses it."""

    def check(self) -> None:
        """Refuse a connection that commits each statement by itself."""
        ...

    def change(self, statement: ClauseElement, values: Mapping[str, object]) -> int:
        """Run a statement that changes rows; return how many."""
        ...

    def first(self, statement: ClauseElement, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        ...

    def savepoint(self) -> None:
        """Mark the place that `undo` goes back to."""
        ...

    def undo(self) -> None:
        """Undo what was done since the savepoint."""
        ...

    def keep(self) -> None:
        """Forget the savepoint."""
        ...


@frozen
class AlchemyHost:
    """A connection of SQLAlchemy."""

    connection: Connection

    def check(self) -> None:
        """Refuse a connection that commits each statement by itself."""
        refuse_autocommit(self.connection)

    def change(self, statement: Any, values: Mapping[str, object]) -> int:
        """Run a statement that changes rows; return how many."""
        return int(self.connection.execute(statement, dict(values)).rowcount)

    def first(self, statement: Any, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        row = self.connection.execute(statement, dict(values)).first()
        return None if row is None else tuple(row)

    def savepoint(self) -> None:
        """Mark the place that `undo` goes back to."""
        self.connection.exec_driver_sql(f"SAVEPOINT {SAVEPOINT}")

    def undo(self) -> None:
        """Undo what was done since the savepoint."""
        self.connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")

    def keep(self) -> None:
        """Forget the savepoint."""
        self.connection.exec_driver_sql(f"RELEASE SAVEPOINT {SAVEPOINT}")


@frozen
class DriverHost:
    """A connection of Django, or of the database's own driver: anything with a ``cursor``."""

    connection: HostConnection
    dialect: Dialect

    def check(self) -> None:
        """Refuse a connection that commits each statement by itself."""
        if _commits_each(self.connection):
            raise JournalError("This connection is in autocommit mode; the journal needs transactions.")

    def change(self, statement: ClauseElement, values: Mapping[str, object]) -> int:
        """Run a statement that changes rows; return how many."""
        cursor = self._run(statement, values)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def first(self, statement: ClauseElement, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        cursor = self._run(statement, values)
        try:
            row: Any = cursor.fetchone()
            return None if row is None else tuple(row)
        finally:
            cursor.close()

    def savepoint(self) -> None:
        """Mark the place that `undo` goes back to."""
        self._plain(f"SAVEPOINT {SAVEPOINT}")

    def undo(self) -> None:
        """Undo what was done since the savepoint."""
        self._plain(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")

    def keep(self) -> None:
        """Forget the savepoint."""
        self._plain(f"RELEASE SAVEPOINT {SAVEPOINT}")

    def _run(self, statement: ClauseElement, values: Mapping[str, object]) -> HostCursor:
        compiled: Any = statement.compile(dialect=self.dialect)
        given = compiled.construct_params(dict(values))
        parameters = [self._converted(compiled.binds[name].type, given[name]) for name in compiled.positiontup]
        cursor = cast(HostCursor, self.connection.cursor())
        cursor.execute(str(compiled), parameters)
        return cursor

    def _converted(self, kind: TypeEngine[Any], value: object) -> object:
        """Return a value as the driver takes it: SQLite's knows no times."""
        convert: Any = kind.dialect_impl(self.dialect).bind_processor(self.dialect)
        return value if convert is None else convert(value)

    def _plain(self, sql: str) -> None:
        cursor = cast(HostCursor, self.connection.cursor())
        cursor.execute(sql)
        cursor.close()


def host_of(connection: Connection | HostConnection, database: str) -> Host:
    """Return how the journal works on a connection of the ERP's.

    Args:
        connection: The ERP's connection.
        database: ``sqlite`` or ``postgresql``: what the journal itself runs on.

    Raises:
        RequestError: If it is no connection that the journal knows to use.
    """
    if isinstance(connection, Connection):
        return AlchemyHost(connection)
    if not callable(getattr(connection, "cursor", None)):
        raise RequestError("This is no connection: it gives no cursor.")
    if database == "sqlite":
        style = "qmark" if isinstance(connection, sqlite3.Connection) else "format"
        return DriverHost(connection, SQLiteDialect(paramstyle=style))
    dialect: Any = PGDialect
    return DriverHost(connection, dialect(paramstyle="format"))


def _commits_each(connection: Any) -> bool:
    in_block = getattr(connection, "in_atomic_block", None)
    if in_block is not None:  # Django
        return not in_block
    if isinstance(connection, sqlite3.Connection):
        return connection.isolation_level is None and not connection.in_transaction
    return getattr(connection, "autocommit", None) is True
