"""An SQLite file of the journal's own, set up so that a commit survives a power cut."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from lindorff_sdk.errors import JournalBusyError, JournalError
from lindorff_sdk.journal.database import READ


def open_file(path: Path, busy_timeout: float) -> Engine:
    """Return an engine on an SQLite file that only its owner may read; the file is made if it is missing.

    Raises:
        JournalError: If the file cannot be made or opened, or others may read it.
        JournalBusyError: If another process holds it for too long.
    """
    _make(path)
    _prepare(path, busy_timeout)
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"timeout": busy_timeout}, hide_parameters=True
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _make(path: Path) -> None:
    problem = ""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        problem = f"The journal's file {path} cannot be opened: {error.strerror}."
    else:
        if mode & 0o077:
            problem = f"Others may read the journal's file {path}, which holds personal data: chmod 600 it."
    if problem:
        raise JournalError(problem)


def _prepare(path: Path, busy_timeout: float) -> None:
    """Switch the file to write-ahead logging, once: it stays so."""
    problem: JournalError | None = None
    try:
        with closing(sqlite3.connect(path, timeout=busy_timeout)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError:
        problem = JournalBusyError(f"Another process holds the journal's file {path}; try again when it is done.")
    except sqlite3.DatabaseError:
        problem = JournalError(f"The journal's file {path} is no SQLite database.")
    if problem is not None:
        raise problem


def _configure(driver: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    driver.isolation_level = None  # `_begin` writes BEGIN itself
    for setting in ("synchronous = FULL", "foreign_keys = ON"):
        driver.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    # A transaction that may write takes the lock at once: one that reads first could find its answer outdated.
    reads = connection.get_execution_options().get(READ, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
