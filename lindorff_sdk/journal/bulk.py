"""Many rows at once, by the driver itself: SQLAlchemy prepares each row, which takes longer than the database does."""

from collections.abc import Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Insert rows of plain values: texts, whole numbers, truths and None.

    Args:
        connection: The transaction.
        table: One of the journal's.
        columns: Names of the columns; the others get what the database gives them.
        rows: The values, in the order of the columns.
    """
    if not rows:
        return
    names = ", ".join(columns)  # the journal's names need no quotes
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", rows)
    else:
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", list(rows))  # noqa: S608


def _copy(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    cursor = connection.connection.cursor()
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except errors as error:
        raise DBAPIError.instance(statement, None, error, errors) from None
    finally:
        cursor.close()
