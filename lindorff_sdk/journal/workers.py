"""Several workers on one journal: which of them reads the files of a definition."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, select

from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors

PATIENCE = 0.5
"""Seconds that a worker tries to become the reader: longer than another takes to see that nothing is left to read."""


class Workers:
    """The part of the journal by which workers keep out of each other's way."""

    _database: Database

    @contextmanager
    def reading(self, definition: str | HasId) -> Iterator[bool]:
        """Say whether this worker reads the definition's files now; another that does is not waited for.

        Files are read one after the other, in the order in which they came, since what one says matters for the next:
        a settlement names numbers that a receipt gave. So one worker reads a definition's files, and the others book,
        or read those of other definitions. On PostgreSQL the lock is a row's, and goes with the connection of a
        worker that dies. On SQLite there is no such lock: two may read the same file, and `record` takes it from the
        first that is done.
        """
        if self._database.engine.dialect.name == "sqlite":
            yield True
            return
        connection = self._connected()
        try:
            yield self._lock(connection, id_of(definition))
        finally:
            connection.close()

    @journal_errors
    def _connected(self) -> Connection:
        return self._database.engine.connect()

    @journal_errors
    def _lock(self, connection: Connection, definition_id: str) -> bool:
        series = self._database.tables.sequences
        row = {"definition_id": definition_id, "name": "reading", "last": 0}
        connection.execute(self._database.insert_new(series).values(**row))
        connection.commit()
        mine = select(series.c.last).where(series.c.definition_id == definition_id, series.c.name == "reading")
        end = time.monotonic() + PATIENCE
        while connection.execute(mine.with_for_update(skip_locked=True)).first() is None:
            connection.rollback()
            if time.monotonic() > end:
                return False
            time.sleep(PATIENCE / 20)
        return True
