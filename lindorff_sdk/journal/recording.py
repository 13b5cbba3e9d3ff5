"""What was read in a file from the agency, recorded in one transaction: postings, findings, and what they change."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import Connection, insert, select, update

from lindorff_sdk.errors import IllegalMoveError, JournalError
from lindorff_sdk.findings import Finding
from lindorff_sdk.journal.cases import CaseUpdates
from lindorff_sdk.journal.database import Database, journal_errors
from lindorff_sdk.journal.events import PostingState
from lindorff_sdk.journal.incoming import IncomingState
from lindorff_sdk.json_models import to_json
from lindorff_sdk.reconciliation.events import Posting

BATCH = 500
"""Postings written at a time; what a file of any size costs in memory."""


@frozen(kw_only=True)
class Recorded:
    """What recording a file came to.

    Attributes:
        postings: Postings that now wait for the ERP.
        events: Events in them.
        skipped_events: Events that were known before, and so left out.
        skipped_postings: Postings of which every event was known.
        findings: Findings stored.
    """

    postings: int = 0
    events: int = 0
    skipped_events: int = 0
    skipped_postings: int = 0
    findings: int = 0


class Recording:
    """The part of the journal that records what files from the agency say."""

    _database: Database

    @journal_errors
    def record(
        self,
        incoming_id: int,
        *,
        kind: str = "",
        sequence: int | None = None,
        postings: Iterable[Posting] = (),
        findings: Iterable[Finding] = (),
        quarantined: bool = False,
        now: datetime,
    ) -> Recorded:
        """Record what was read in a file, all or nothing, and give the file its place in the order of booking.

        Events whose id is known are left out, whichever file brought them. What the others say about cases and sent
        files is written as well: numbers, rejections (whose claims may be sent again), closures.

        Args:
            incoming_id: The journal's number of the file.
            kind: ``receipts`` or ``settlements``, where known.
            sequence: The agency's running number of the file, where known.
            postings: What is to be booked, in order; none of a quarantined file.
            findings: What was noticed.
            quarantined: Whether the file cannot be used.
            now: The time, with a zone.

        Raises:
            IllegalMoveError: If the file is recorded already; nothing was written.
            JournalError: If there is no such file, a posting is of another definition, or a quarantined file has
                postings.
        """
        with self._database.writing() as connection:
            definition_id, place = self._take(connection, incoming_id, quarantined=quarantined, now=now)
            writer = _Writer(connection, self._database, definition_id, incoming_id, place, now)
            done = Recorded(findings=writer.write_findings(findings))
            position = 0
            for batch in _batches(postings):
                if quarantined:
                    raise JournalError("A quarantined file has no postings.")
                done = writer.write_postings(batch, position, done)
                position += len(batch)
            self._finish(connection, incoming_id, kind, sequence, done)
        return done

    def _take(self, connection: Connection, incoming_id: int, *, quarantined: bool, now: datetime) -> tuple[str, int]:
        """Move the file out of ``received``, and give it the next number of its definition.

        Until the end of the transaction nobody else records a file of the definition: which events are known holds,
        and files become visible in the order of their numbers.
        """
        table = self._database.tables.incoming
        mine = table.c.id == incoming_id
        state = IncomingState.QUARANTINED if quarantined else IncomingState.PROCESSED
        moved = connection.execute(
            update(table).where(mine, table.c.state == IncomingState.RECEIVED).values(state=state, recorded_at=now)
        )
        found = connection.execute(select(table.c.definition_id, table.c.state).where(mine)).first()
        if found is None:
            raise JournalError(f"The journal has no incoming file {incoming_id}.")
        if moved.rowcount != 1:
            raise IllegalMoveError(f"Incoming file {incoming_id} is {found.state} already.")
        place = self._database.next_number(connection, found.definition_id, "incoming")
        connection.execute(update(table).where(mine).values(receive_sequence=place))
        return found.definition_id, place

    def _finish(
        self, connection: Connection, incoming_id: int, kind: str, sequence: int | None, done: Recorded
    ) -> None:
        table = self._database.tables.incoming
        connection.execute(
            update(table)
            .where(table.c.id == incoming_id)
            .values(
                kind=str(kind),
                sequence=sequence,
                postings=done.postings,
                events=done.events,
                skipped_events=done.skipped_events,
            )
        )


@frozen
class _Writer:
    connection: Connection
    database: Database
    definition_id: str
    incoming_id: int
    place: int
    now: datetime

    def write_findings(self, findings: Iterable[Finding]) -> int:
        rows = [
            {
                "definition_id": self.definition_id,
                "incoming_id": self.incoming_id,
                "code": finding.code,
                "severity": finding.severity,
                "payload": to_json(finding),
                "found_at": self.now,
            }
            for finding in findings
        ]
        if rows:
            self.connection.execute(insert(self.database.tables.findings), rows)
        return len(rows)

    def write_postings(self, postings: list[Posting], position: int, done: Recorded) -> Recorded:
        known = self._known(postings)
        updates = CaseUpdates(self.connection, self.database, self.now)
        posting_rows: list[dict[str, Any]] = []
        event_rows: list[dict[str, Any]] = []
        skipped = 0
        for offset, posting in enumerate(postings):
            if posting.definition_id != self.definition_id:
                raise JournalError("A posting is of another definition than its file.")
            fresh = [event for event in posting if event.id not in known]
            known.update(event.id for event in fresh)  # one file may say the same thing twice
            skipped += len(posting) - len(fresh)
            if not fresh:
                continue
            posting_rows.append(self._posting_row(posting, position + offset))
            for number, event in enumerate(fresh):
                event_rows.append(
                    {
                        "id": event.id,
                        "posting_id": posting.id,
                        "position": number,
                        "kind": event.kind,
                        "payload": to_json(event),
                    }
                )
                updates.apply(event)
        if posting_rows:
            self.connection.execute(insert(self.database.tables.postings), posting_rows)
            self.connection.execute(insert(self.database.tables.events), event_rows)
        return evolve(
            done,
            postings=done.postings + len(posting_rows),
            events=done.events + len(event_rows),
            skipped_events=done.skipped_events + skipped,
            skipped_postings=done.skipped_postings + len(postings) - len(posting_rows),
        )

    def _known(self, postings: list[Posting]) -> set[str]:
        table = self.database.tables.events
        ids = [event.id for posting in postings for event in posting]
        return set(self.connection.execute(select(table.c.id).where(table.c.id.in_(ids))).scalars())

    def _posting_row(self, posting: Posting, position: int) -> dict[str, Any]:
        return {
            "id": posting.id,
            "definition_id": self.definition_id,
            "case_reference": posting.case,
            "incoming_id": self.incoming_id,
            "receive_sequence": self.place,
            "position": position,
            "state": PostingState.PENDING,
        }


def _batches(postings: Iterable[Posting]) -> Iterator[list[Posting]]:
    source = iter(postings)
    while batch := list(islice(source, BATCH)):
        yield batch
