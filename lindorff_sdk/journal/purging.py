"""Privacy: what is no longer needed is removed, and what tells it apart for ever stays."""

from datetime import datetime

from attrs import evolve, frozen
from sqlalchemy import ColumnElement, Connection, delete, exists, select, update

from lindorff_sdk.journal.database import Database, HasId, chunks, id_of, journal_errors
from lindorff_sdk.journal.events import PostingState
from lindorff_sdk.journal.incoming import IncomingState
from lindorff_sdk.journal.outgoing import ANSWERED, OutgoingState
from lindorff_sdk.journal.telling import TellingState
from lindorff_sdk.json_models import from_json, to_json
from lindorff_sdk.models.corrections import Correction
from lindorff_sdk.reconciliation.matching import CaseState

_DONE = (PostingState.APPLIED, PostingState.DISMISSED)
_TOLD = (TellingState.ACCEPTED, TellingState.REPORTED)


@frozen(kw_only=True)
class Purged:
    """What was removed.

    Attributes:
        files: Files whose bytes are gone; names, sizes and digests stay, so that a file is known when it comes again.
        events: Events whose content is gone; their ids stay, so that none is booked again.
        findings: Resolved findings whose wording is gone; code, decision and note stay.
        listed: Claims, removed from the collection list or closed by the agency, whose content is gone.
        corrections: Corrections that are done with and whose wording is gone: what was told of which invoice, and by
            whom, stays.
    """

    files: int = 0
    events: int = 0
    findings: int = 0
    listed: int = 0
    corrections: int = 0


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

        Only what is done with goes: files answered, as a whole or case by case; files read, and those of no use once
        somebody resolved all that was found in them; events booked or dismissed; findings resolved. Ids, digests and
        names stay for ever: they are what keeps a fact from being booked twice; only that two payments look alike is no
        longer seen. Which periods are right is for you to say: book-keeping and debtors' data have different ones.

        Args:
            definition: The definition, or its id.
            bytes_before: Remove the bytes of files stored or received before; None to keep them all.
            payloads_before: Remove the content of events booked, findings resolved, claims that left the collection
                list and corrections done with, before; None to keep it all.
            now: The time, with a zone.
        """
        mine = id_of(definition)
        with self._database.writing() as connection:
            # A write first, so that what is read afterwards holds; see `database`.
            connection.execute(update(self._database.tables.meta).values(value=self._database.tables.meta.c.value))
            files = self._purge_bytes(connection, mine, bytes_before, now) if bytes_before else 0
            if not payloads_before:
                return Purged(files=files)
            return Purged(
                files=files,
                events=self._purge_events(connection, mine, payloads_before),
                findings=self._purge_findings(connection, mine, payloads_before),
                listed=self._purge_listed(connection, mine, payloads_before),
                corrections=self._purge_corrections(connection, mine, payloads_before),
            )

    def _purge_bytes(self, connection: Connection, definition_id: str, before: datetime, now: datetime) -> int:
        tables = self._database.tables
        outgoing, incoming, contents = tables.outgoing, tables.incoming, tables.contents
        cases, findings = tables.cases, tables.findings
        of_file = cases.c.outgoing_id == outgoing.c.id
        heard_of = exists().where(of_file) & ~exists().where(of_file, cases.c.state == CaseState.SENT)
        in_doubt = exists().where(findings.c.incoming_id == incoming.c.id, findings.c.resolved_at.is_(None))
        done: tuple[ColumnElement[bool], ...] = (
            contents.c.id.in_(
                select(outgoing.c.content_id).where(
                    outgoing.c.definition_id == definition_id,
                    outgoing.c.state.in_(list(ANSWERED)) | ((outgoing.c.state == OutgoingState.SENT) & heard_of),
                    outgoing.c.stored_at < before,
                )
            ),
            contents.c.id.in_(
                select(incoming.c.content_id).where(
                    incoming.c.definition_id == definition_id,
                    (incoming.c.state == IncomingState.PROCESSED)
                    | ((incoming.c.state == IncomingState.QUARANTINED) & ~in_doubt),
                    incoming.c.received_at < before,
                )
            ),
        )
        query = select(contents.c.id).where(contents.c.purged_at.is_(None), done[0] | done[1])
        ids = connection.execute(query).scalars().all()
        for some in chunks(ids):
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

    def _purge_listed(self, connection: Connection, definition_id: str, before: datetime) -> int:
        table, cases = self._database.tables.listed, self._database.tables.cases
        closed = select(cases.c.id).where(cases.c.state == CaseState.CLOSED, cases.c.changed_at < before)
        over = (table.c.removed_at < before) | table.c.case_id.in_(closed)
        mine = (table.c.definition_id == definition_id) & (table.c.payload != "")
        return connection.execute(update(table).where(mine, over).values(payload="", note="")).rowcount

    def _purge_corrections(self, connection: Connection, definition_id: str, before: datetime) -> int:
        table = self._database.tables.corrections
        over = (table.c.definition_id == definition_id) & table.c.state.in_(_TOLD) & (table.c.changed_at < before)
        rows = connection.execute(select(table.c.id, table.c.payload, table.c.answer_text).where(over)).all()
        count = 0
        for row in rows:
            correction = from_json(Correction, row.payload)
            if correction.text or row.answer_text:
                wordless = to_json(evolve(correction, text=""))
                mine = table.c.id == row.id
                connection.execute(update(table).where(mine).values(payload=wordless, answer_text=""))
                count += 1
        return count
