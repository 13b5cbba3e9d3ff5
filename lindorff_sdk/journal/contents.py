"""The bytes of files, as chunk rows: however large a file is, one chunk of it is in memory."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from attrs import field, frozen
from sqlalchemy import Connection, insert, select, update

from lindorff_sdk.errors import JournalError
from lindorff_sdk.journal.database import Database, journal_errors

CHUNK = 256 * 1024
"""Bytes in one chunk row."""


@frozen
class StoredContent:
    """The exact bytes of a file in the journal.

    Attributes:
        size: Bytes in all.
        sha256: Lower-case hexadecimal digest.
    """

    size: int
    sha256: str
    _id: int = field(repr=False)
    _database: Database = field(repr=False, eq=False)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes from the beginning; nothing is held in the database in between.

        Raises:
            JournalError: At the end, if the bytes are not those that were stored, or were purged.
        """
        digest = hashlib.sha256()
        number = got = 0
        while got < self.size and (data := self._chunk(number)):
            digest.update(data)
            number, got = number + 1, got + len(data)
            yield data
        if not got and self.size and self._purged():
            raise JournalError("The bytes of this file were purged.")
        if got != self.size or digest.hexdigest() != self.sha256:
            raise JournalError("The journal's database does not hold the bytes that were stored in it.")

    def read(self) -> bytes:
        """Return all the bytes at once."""
        return b"".join(self.chunks())

    @journal_errors
    def _purged(self) -> bool:
        table = self._database.tables.contents
        with self._database.reading() as connection:
            query = select(table.c.purged_at).where(table.c.id == self._id)
            return connection.execute(query).scalar() is not None

    @journal_errors
    def _chunk(self, number: int) -> bytes:
        table = self._database.tables.chunks
        query = select(table.c.data).where(table.c.content_id == self._id, table.c.number == number)
        with self._database.reading() as connection:
            return bytes(connection.execute(query).scalar() or b"")


def begin_content(connection: Connection, database: Database, started_at: datetime) -> int:
    """Make a content row without bytes, and return its id."""
    return database.insert_row(connection, database.tables.contents, started_at=started_at)


def add_chunk(connection: Connection, database: Database, content_id: int, number: int, data: bytes) -> None:
    """Store one chunk."""
    connection.execute(
        insert(database.tables.chunks).values(content_id=content_id, number=number, data=data),
    )


def finish_content(connection: Connection, database: Database, content_id: int, size: int, sha256: str) -> None:
    """Say that all the chunks are there.

    Raises:
        JournalError: If the row is gone: the file took more than a day to come and was cleaned away.
    """
    table = database.tables.contents
    result = connection.execute(update(table).where(table.c.id == content_id).values(size=size, sha256=sha256))
    if result.rowcount != 1:
        raise JournalError("The file took so long to come that what was there of it has been removed; fetch it again.")


def store_content(connection: Connection, database: Database, data: bytes, now: datetime) -> tuple[int, str]:
    """Store bytes that are in memory; return the id of the content and its digest."""
    sha256 = hashlib.sha256(data).hexdigest()
    content_id = begin_content(connection, database, now)
    for number, start in enumerate(range(0, len(data), CHUNK)):
        add_chunk(connection, database, content_id, number, data[start : start + CHUNK])
    finish_content(connection, database, content_id, len(data), sha256)
    return content_id, sha256
