"""Files from the agency: their bytes first, committed before anybody parses them; then what became of them."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update

from lindorff_sdk.errors import JournalError
from lindorff_sdk.journal.contents import CHUNK, add_chunk, begin_content, finish_content
from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors

LEFTOVERS_AFTER = timedelta(days=1)
"""How long the chunks of a file that never came to its end are kept."""


class IncomingState(StrEnum):
    """What became of a file from the agency."""

    RECEIVED = "received"
    """Its bytes are here; it was not yet read."""
    PROCESSED = "processed"
    QUARANTINED = "quarantined"
    """It cannot be used; its findings say why."""


@frozen(kw_only=True)
class Incoming:
    """A file from the agency.

    Attributes:
        id: The journal's number of the file.
        received_at: When its bytes first came.
        remote_modified: When the server said it changed last, the last time it came.
        deliveries: How often it came.
        name_reused: Whether another file had come under this name before.
        same_bytes_as: Number of an earlier file of another name with the same bytes.
        kind: Which transfer it is: ``receipts`` or ``settlements``; ``""`` until it was read.
        sequence: The agency's running number of it, where known.
        receive_sequence: Its place in the order of files read; None until then.
        redelivered: Whether `Arrival.finish` (or `receive`) just found it here already.
    """

    id: int
    definition_id: str
    name: str
    size: int
    sha256: str
    state: IncomingState
    received_at: datetime
    remote_modified: datetime | None
    deliveries: int
    name_reused: bool
    same_bytes_as: int | None
    kind: str
    sequence: int | None
    receive_sequence: int | None
    recorded_at: datetime | None
    disposed_at: datetime | None
    postings: int
    events: int
    skipped_events: int
    content_id: int
    redelivered: bool = False


class Arrival:
    """A file on its way in: add its bytes as they come, then finish.

    Nothing shows in the journal before `finish`. No transaction stays open between two calls, so the network may be
    slow. What a crash leaves is removed when a file begins to arrive a day later.
    """

    def __init__(self, database: Database, definition_id: str, name: str, now: datetime) -> None:
        self._database = database
        self._definition_id = definition_id
        self._name = name
        self._now = now
        self._digest = hashlib.sha256()
        self._size = 0
        self._buffer = bytearray()
        self._content_id: int | None = None
        self._chunks = 0
        self._sound = True

    @journal_errors
    def add(self, data: bytes) -> None:
        """Take the next bytes of the file. After an error the arrival is of no more use: fetch the file again."""
        self._use()
        self._digest.update(data)
        self._size += len(data)
        self._buffer += data
        if len(self._buffer) >= CHUNK:
            with self._database.writing() as connection:
                while len(self._buffer) >= CHUNK:
                    self._flush(connection)
        self._sound = True

    @journal_errors
    def finish(self, *, remote_modified: datetime | None = None) -> Incoming:
        """Say that all bytes are here; return the file, in the journal for good.

        The same name with the same bytes is a redelivery: the file that is here already is returned.

        Args:
            remote_modified: When the server says the file changed last.

        Raises:
            JournalError: If the file took more than a day to come, or a call before this one failed.
        """
        self._use()
        with self._database.writing() as connection:
            content_id = self._flush(connection)
            while self._buffer:
                self._flush(connection)
            sha256 = self._digest.hexdigest()
            finish_content(connection, self._database, content_id, self._size, sha256)
            new = self._insert(connection, content_id, sha256, remote_modified)
            incoming = self._find(connection, sha256)
            if new:
                return incoming
            _remove_contents(connection, self._database, [content_id])
            self._count_delivery(connection, incoming, remote_modified)
            return evolve(self._find(connection, sha256), redelivered=True)

    @journal_errors
    def abandon(self) -> None:
        """Forget what came so far."""
        if self._content_id is not None:
            with self._database.writing() as connection:
                _remove_contents(connection, self._database, [self._content_id])

    def _use(self) -> None:
        # What failed may be half in memory and half in the database; never go on from there.
        if not self._sound:
            raise JournalError(f"The arrival of {self._name!r} failed or is finished; fetch the file again.")
        self._sound = False

    def _flush(self, connection: Connection) -> int:
        """Store the first chunk of the buffer; small files make do with one transaction."""
        content_id = self._content_id
        if content_id is None:
            content_id = begin_content(connection, self._database, self._now)
        if data := bytes(self._buffer[:CHUNK]):
            add_chunk(connection, self._database, content_id, self._chunks, data)
            self._chunks += 1
            del self._buffer[:CHUNK]
        self._content_id = content_id
        return content_id

    def _insert(self, connection: Connection, content_id: int, sha256: str, remote_modified: datetime | None) -> bool:
        table = self._database.tables.incoming
        mine = table.c.definition_id == self._definition_id
        same_name = select(table.c.id).where(mine, table.c.name == self._name, table.c.sha256 != sha256)
        same_bytes = select(func.min(table.c.id)).where(mine, table.c.name != self._name, table.c.sha256 == sha256)
        inserted = connection.execute(
            self._database.insert_new(table)
            .values(
                definition_id=self._definition_id,
                name=self._name,
                sha256=sha256,
                size=self._size,
                content_id=content_id,
                state=IncomingState.RECEIVED,
                received_at=self._now,
                remote_modified=remote_modified,
                deliveries=1,
                name_reused=connection.execute(same_name.limit(1)).first() is not None,
                same_bytes_as=connection.execute(same_bytes).scalar(),
            )
            .returning(table.c.id)
        )
        return inserted.first() is not None

    def _find(self, connection: Connection, sha256: str) -> Incoming:
        table = self._database.tables.incoming
        query = select(table).where(
            table.c.definition_id == self._definition_id, table.c.name == self._name, table.c.sha256 == sha256
        )
        return incoming_of(connection.execute(query).one())

    def _count_delivery(self, connection: Connection, incoming: Incoming, remote_modified: datetime | None) -> None:
        table = self._database.tables.incoming
        connection.execute(
            update(table)
            .where(table.c.id == incoming.id)
            # It lies at the agency again, so it has to be moved or deleted there again.
            .values(deliveries=table.c.deliveries + 1, remote_modified=remote_modified, disposed_at=None)
        )


class IncomingFiles:
    """The part of the journal that keeps files from the agency."""

    _database: Database

    @journal_errors
    def begin_receive(self, definition: str | HasId, name: str, *, now: datetime) -> Arrival:
        """Begin to take in a file; see `Arrival`.

        Args:
            definition: The definition, or its id.
            name: The file's name at the agency.
            now: The time, with a zone.
        """
        self._remove_leftovers(now)
        return Arrival(self._database, id_of(definition), name, now)

    def receive(
        self,
        definition: str | HasId,
        name: str,
        chunks: Iterable[bytes],
        *,
        remote_modified: datetime | None = None,
        now: datetime,
    ) -> Incoming:
        """Take in a whole file and commit it; nothing is parsed.

        Args:
            definition: The definition, or its id.
            name: The file's name at the agency.
            chunks: Its bytes, in pieces of any size.
            remote_modified: When the server says it changed last.
            now: The time, with a zone.

        Returns:
            The file. ``redelivered`` says that it was here already: same name, same bytes.
        """
        arrival = self.begin_receive(definition, name, now=now)
        try:
            for chunk in chunks:
                arrival.add(chunk)
        except BaseException:
            arrival.abandon()
            raise
        return arrival.finish(remote_modified=remote_modified)

    @journal_errors
    def seen(self, definition: str | HasId, name: str, size: int | None, modified: datetime | None) -> bool:
        """Return whether a file listed at the agency is here, so that it need not be fetched again.

        Where the server tells no size or no time the answer is no: names are used again for other files.
        """
        if size is None or modified is None:
            return False
        table = self._database.tables.incoming
        query = select(table.c.id).where(
            table.c.definition_id == id_of(definition),
            table.c.name == name,
            table.c.size == size,
            table.c.remote_modified == modified,
        )
        with self._database.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    @journal_errors
    def incoming(self, definition: str | HasId) -> tuple[Incoming, ...]:
        """Return all files from the agency, in the order in which they first came."""
        return self._files(self._database.tables.incoming.c.definition_id == id_of(definition))

    @journal_errors
    def unprocessed(self, definition: str | HasId) -> tuple[Incoming, ...]:
        """Return the files that came but were not yet read, in the order in which they came."""
        table = self._database.tables.incoming
        return self._files((table.c.definition_id == id_of(definition)) & (table.c.state == IncomingState.RECEIVED))

    @journal_errors
    def undisposed(self, definition: str | HasId) -> tuple[Incoming, ...]:
        """Return the files that are processed or quarantined here, but not yet moved or deleted at the agency."""
        table = self._database.tables.incoming
        return self._files(
            (table.c.definition_id == id_of(definition))
            & (table.c.state != IncomingState.RECEIVED)
            & table.c.disposed_at.is_(None)
        )

    @journal_errors
    def mark_disposed(self, incoming_id: int, *, now: datetime) -> None:
        """Say that a file was moved or deleted at the agency, or stays there on purpose.

        Raises:
            JournalError: If there is no such file, or it was not yet recorded here.
        """
        table = self._database.tables.incoming
        done = update(table).where(table.c.id == incoming_id, table.c.state != IncomingState.RECEIVED)
        with self._database.writing() as connection:
            if connection.execute(done.values(disposed_at=now)).rowcount != 1:
                raise JournalError(f"Incoming file {incoming_id} is not recorded; it must stay at the agency.")

    def _files(self, wanted: ColumnElement[bool]) -> tuple[Incoming, ...]:
        table = self._database.tables.incoming
        with self._database.reading() as connection:
            rows = connection.execute(select(table).where(wanted).order_by(table.c.id))
            return tuple(incoming_of(row) for row in rows)

    def _remove_leftovers(self, now: datetime) -> None:
        table = self._database.tables.contents
        query = select(table.c.id).where(table.c.size.is_(None), table.c.started_at < now - LEFTOVERS_AFTER)
        with self._database.reading() as connection:
            leftovers = connection.execute(query).scalars().all()
        if leftovers:
            with self._database.writing() as connection:
                _remove_contents(connection, self._database, list(leftovers))


def incoming_of(row: Row[Any]) -> Incoming:
    """Return the file that a row describes."""
    values = row._asdict()
    return Incoming(**{**values, "state": IncomingState(row.state)})


def _remove_contents(connection: Connection, database: Database, ids: list[int]) -> None:
    chunks, contents = database.tables.chunks, database.tables.contents
    connection.execute(delete(chunks).where(chunks.c.content_id.in_(ids)))
    connection.execute(delete(contents).where(contents.c.id.in_(ids)))
