"""What ran when: files sent and received with their outcome, and what was noticed in them."""

from collections import Counter
from datetime import datetime
from typing import Literal

from attrs import frozen
from sqlalchemy import Connection, func, select

from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors
from lindorff_sdk.journal.incoming import incoming_of
from lindorff_sdk.journal.outgoing import outgoing_of, select_outgoing


@frozen(kw_only=True)
class LogEntry:
    """One file, sent or received.

    Attributes:
        at: When it was stored for sending, or came.
        direction: ``sent`` or ``received``.
        file_id: The journal's number of the file among those of its direction.
        transfer: ``cases``, ``corrections``, ``receipts`` or ``settlements``; ``""`` where it is not known.
        sequence: Running number of the file in its series, where known.
        state: An `OutgoingState` or an `IncomingState`.
        cases: Cases in a file sent.
        postings: Postings in a file received, without those known before.
        findings: Findings about a file received, open or not.
    """

    at: datetime
    direction: Literal["sent", "received"]
    file_id: int
    name: str
    size: int
    sha256: str
    transfer: str
    sequence: int | None
    state: str
    cases: int = 0
    postings: int = 0
    findings: int = 0


class Log:
    """The part of the journal that tells what happened."""

    _database: Database

    @journal_errors
    def log(self, definition: str | HasId) -> tuple[LogEntry, ...]:
        """Return the files sent and received under a definition, oldest first."""
        with self._database.reading() as connection:
            entries = [
                *self._sent(connection, id_of(definition)),
                *self._received(connection, id_of(definition)),
            ]
        return tuple(sorted(entries, key=lambda entry: entry.at))

    def _sent(self, connection: Connection, definition_id: str) -> list[LogEntry]:
        cases = self._database.tables.cases
        counted = (
            select(cases.c.outgoing_id, func.count())
            .where(cases.c.definition_id == definition_id)
            .group_by(cases.c.outgoing_id)
        )
        counts: Counter[int] = Counter({row[0]: row[1] for row in connection.execute(counted)})
        query = select_outgoing(self._database).where(self._database.tables.outgoing.c.definition_id == definition_id)
        return [
            LogEntry(
                at=file.stored_at,
                direction="sent",
                file_id=file.id,
                name=file.name,
                size=file.size,
                sha256=file.sha256,
                transfer=file.transfer,
                sequence=file.sequence,
                state=file.state,
                cases=counts[file.id],
            )
            for file in map(outgoing_of, connection.execute(query))
        ]

    def _received(self, connection: Connection, definition_id: str) -> list[LogEntry]:
        findings, incoming = self._database.tables.findings, self._database.tables.incoming
        counted = (
            select(findings.c.incoming_id, func.count())
            .where(findings.c.definition_id == definition_id)
            .group_by(findings.c.incoming_id)
        )
        counts: Counter[int] = Counter({row[0]: row[1] for row in connection.execute(counted)})
        query = select(incoming).where(incoming.c.definition_id == definition_id)
        return [
            LogEntry(
                at=file.received_at,
                direction="received",
                file_id=file.id,
                name=file.name,
                size=file.size,
                sha256=file.sha256,
                transfer=file.kind,
                sequence=file.sequence,
                state=file.state,
                postings=file.postings,
                findings=counts[file.id],
            )
            for file in map(incoming_of, connection.execute(query))
        ]
