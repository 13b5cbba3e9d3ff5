"""Privacy: what is no longer needed is removed, and what tells it apart for ever stays."""

from datetime import datetime

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, delete, select, update

from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors
from lindorff_sdk.journal.events import PostingState
from lindorff_sdk.journal.incoming import IncomingState
from lindorff_sdk.journal.outgoing import ANSWERED

_DONE = (PostingState.APPLIED, PostingState.DISMISSED)


@frozen(kw_only=True)
class Purged:
    """What was removed.

    Attributes:
        files: Files whose bytes are gone; names, sizes and digests stay, so that a file is known when it comes again.
        events: Events whose content is gone; their ids stay, so that none is booked again.
        findings: Resolved findings whose wording is gone; code, decision and note stay.
    """

    files: int = 0
    events: int = 0
    findings: int = 0


class Purging:
    """The part of the journal that forgets."""

    _database: Database

    @journal_errors
    def purge(
        self,
        definition: str | HasId,
        *,
        bytes_before: datetime | None = None,
        payloads_before: datetime | None = None,
        now: datetime,
    ) -> Purged:
        """Remove the bytes of files, and the content of events and findings, that are older than agreed.

        Only what is done with goes: files answered, or read and moved away; events booked or dismissed; findings
        resolved. Ids, digests and names stay for ever: they are what keeps a fact from being booked twice; only that
        two payments look alike is no longer seen. Which periods are right is for you to say: book-keeping and
        debtors' data have different ones.

        Args:
            definition: The definition, or its id.
            bytes_before: Remove the bytes of files stored or received before; None to keep them all.
            payloads_before: Remove the content of events booked, and findings resolved, before; None to keep it all.
            now: The time, with a zone.
        """
        mine = id_of(definition)
        with self._database.writing() as connection:
            # A write first, so that what is read afterwards holds; see `database`.
            connection.execute(update(self._database.tables.meta).values(value=self._database.tables.meta.c.value))
            files = self._purge_bytes(connection, mine, bytes_before, now) if bytes_before else 0
            events = self._purge_events(connection, mine, payloads_before) if payloads_before else 0
            findings = self._purge_findings(connection, mine, payloads_before) if payloads_before else 0
        return Purged(files=files, events=events, findings=findings)

    def _purge_bytes(self, connection: Connection, definition_id: str, before: datetime, now: datetime) -> int:
        tables = self._database.tables
        outgoing, incoming, contents = tables.outgoing, tables.incoming, tables.contents
        done: tuple[ColumnElement[bool], ...] = (
            contents.c.id.in_(
                select(outgoing.c.content_id).where(
                    outgoing.c.definition_id == definition_id,
                    outgoing.c.state.in_(list(ANSWERED)),
                    outgoing.c.stored_at < before,
                )
            ),
            contents.c.id.in_(
                select(incoming.c.content_id).where(
                    incoming.c.definition_id == definition_id,
                    incoming.c.state == IncomingState.PROCESSED,
                    incoming.c.received_at < before,
                )
            ),
        )
        query = select(contents.c.id).where(contents.c.purged_at.is_(None), done[0] | done[1])
        ids = connection.execute(query).scalars().all()
        for start in range(0, len(ids), 500):
            some = list(ids[start : start + 500])
            connection.execute(delete(tables.chunks).where(tables.chunks.c.content_id.in_(some)))
            connection.execute(update(contents).where(contents.c.id.in_(some)).values(purged_at=now))
        return len(ids)

    def _purge_events(self, connection: Connection, definition_id: str, before: datetime) -> int:
        postings, events, incoming = (
            getattr(self._database.tables, name) for name in ("postings", "events", "incoming")
        )
        done = (
            select(postings.c.id)
            .join(incoming)
            .where(
                postings.c.definition_id == definition_id,
                postings.c.state.in_(_DONE),
                incoming.c.received_at < before,
                (postings.c.applied_at < before) | postings.c.applied_at.is_(None),
            )
        )
        gone = update(events).where(events.c.payload != "", events.c.posting_id.in_(done)).values(payload="")
        count = connection.execute(gone).rowcount
        connection.execute(update(postings).where(postings.c.id.in_(done)).values(repeat_key=""))
        return count

    def _purge_findings(self, connection: Connection, definition_id: str, before: datetime) -> int:
        table = self._database.tables.findings
        done = (table.c.definition_id == definition_id, table.c.resolved_at < before, table.c.payload != "")
        return connection.execute(update(table).where(*done).values(payload="")).rowcount
