"""What was noticed in files from the agency, and what somebody decided about it, on the record."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Row, exists, func, select, update

from lindorff_sdk.errors import IllegalMoveError, JournalError
from lindorff_sdk.findings import QUARANTINES, Finding, Hold, Severity
from lindorff_sdk.journal.cases import CaseUpdates
from lindorff_sdk.journal.database import Database, HasId, chunks, id_of, journal_errors
from lindorff_sdk.journal.events import PostingState, read_postings
from lindorff_sdk.journal.incoming import IncomingState
from lindorff_sdk.json_models import from_json


class Decision(StrEnum):
    """What somebody decided about a finding."""

    RELEASE = "release"
    """What it holds is booked."""
    DISMISS = "dismiss"
    """What it holds is never booked."""
    SUPERSEDED = "superseded"
    """The file was read again; what is wrong with it now was noted anew. Only `Recording.record` decides so."""


@frozen(kw_only=True)
class RecordedFinding:
    """A finding as the journal keeps it.

    Attributes:
        id: The journal's number of the finding.
        incoming_id: The journal's number of the file it is about.
        holds: What it keeps, or kept, from being booked.
        postings: How many postings it holds now.
        resolved_at: When somebody resolved it; None while it is open.
        decision: What was decided; None while it is open.
        resolved_by: Who decided.
        note: Why.
    """

    id: int
    incoming_id: int | None
    finding: Finding
    found_at: datetime
    holds: Hold = Hold.NOTHING
    postings: int = 0
    resolved_at: datetime | None = None
    decision: Decision | None = None
    resolved_by: str = ""
    note: str = ""


@frozen(kw_only=True)
class Resolved:
    """What resolving a finding came to.

    Attributes:
        released: Postings that are to be booked now.
        dismissed: Postings that are never booked.
        still_held: Postings that another finding holds as well.
    """

    released: int = 0
    dismissed: int = 0
    still_held: int = 0


class Resolving:
    """The part of the journal that keeps findings until somebody resolves them."""

    _database: Database

    @journal_errors
    def findings(
        self,
        definition: str | HasId,
        *,
        open_only: bool = True,
        codes: Collection[str] = (),
        severities: Collection[Severity] = (),
        file: int | None = None,
    ) -> tuple[RecordedFinding, ...]:
        """Return what was noticed in files from the agency, oldest first.

        Args:
            definition: The definition, or its id.
            open_only: Leave out what was resolved.
            codes: Only findings of these codes; all unless given.
            severities: Only findings of these severities; all unless given.
            file: Only findings in the file of this number of the journal's.
        """
        table, holds, postings = (getattr(self._database.tables, name) for name in ("findings", "holds", "postings"))
        count = (
            select(func.count())
            .select_from(holds.join(postings))
            .where(holds.c.finding_id == table.c.id, postings.c.state == PostingState.HELD)
            .scalar_subquery()
        )
        query = select(table, count.label("postings")).where(table.c.definition_id == id_of(definition))
        for column, wanted in ((table.c.code, list(codes)), (table.c.severity, list(severities))):
            if wanted:
                query = query.where(column.in_(wanted))
        if open_only:
            query = query.where(table.c.resolved_at.is_(None))
        if file is not None:
            query = query.where(table.c.incoming_id == file)
        with self._database.reading() as connection:
            return tuple(map(_finding_of, connection.execute(query.order_by(table.c.id))))

    @journal_errors
    def resolve(
        self, finding_id: int | Collection[int], decision: Decision, *, by: str, note: str, now: datetime
    ) -> Resolved:
        """Resolve a finding, or many, and release or dismiss the postings they hold, all or nothing and on the record.

        A posting that another open finding holds as well stays held when it is released here; dismissed by one, it is
        dismissed. A file that is of no use as it was read, as where its totals do not hold, cannot be released: dismiss
        the finding, or read the file again (`reprocess`).

        Args:
            finding_id: The journal's number of the finding, from `findings`; or those of several, as of one code in one
                file: one transaction resolves them all.
            decision: `Decision.RELEASE` or `Decision.DISMISS`; for a finding that holds nothing they are one.
            by: Who decides.
            note: Why. Both stay in the journal, with each finding: no personal data of debtors, please.
            now: The time, with a zone.

        Raises:
            JournalError: If there is no such finding, nobody is named, or no reason.
            IllegalMoveError: If it was resolved before, or there is nothing that could be released; nothing is changed.
        """
        if decision not in {Decision.RELEASE, Decision.DISMISS} or not (by.strip() and note.strip()):
            raise JournalError("Say who resolves the finding and why, and whether to release or to dismiss.")
        wanted = [finding_id] if isinstance(finding_id, int) else sorted(set(finding_id))
        written = {"resolution": decision, "resolved_by": by, "note": note, "resolved_at": now}
        with self._database.writing() as connection:
            closed = self._close(connection, wanted, written)
            if decision is Decision.RELEASE:
                self._release_files(connection, [row for row in closed if row.holds == Hold.FILE])
            rows = self._held_by(connection, wanted)
            if decision is Decision.DISMISS:
                self._put(connection, rows, PostingState.DISMISSED)
                return Resolved(dismissed=len(rows))
            free = [each for each in rows if not each.others]
            self._put(connection, free, PostingState.PENDING)
            for definition_id in sorted({row.definition_id for row in free}):
                self._release(connection, [row for row in free if row.definition_id == definition_id], now)
        return Resolved(released=len(free), still_held=len(rows) - len(free))

    def _release(self, connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> None:
        """Write what postings of one definition say about cases and files."""
        updates = CaseUpdates(connection, self._database, now)
        for some in chunks(rows):
            for posting in read_postings(connection, self._database, some):
                updates.apply_all(posting)
        if rows:
            updates.finish(rows[0].definition_id)

    def _close(
        self, connection: Connection, finding_ids: Sequence[int], values: Mapping[str, object]
    ) -> Sequence[Row[Any]]:
        table = self._database.tables.findings
        closed: list[Row[Any]] = []
        for some in chunks(finding_ids):
            theirs = table.c.id.in_(some)
            done = update(table).where(theirs, table.c.resolved_at.is_(None)).values(**values)
            changed = connection.execute(done.returning(table.c.id)).scalars().all()
            rows = {row.id: row for row in connection.execute(select(table).where(theirs))}
            if missing := [number for number in some if number not in rows]:
                raise JournalError(f"The journal has no finding {missing[0]}.")
            if before := [number for number in some if number not in changed]:
                raise IllegalMoveError(f"Finding {before[0]} was resolved before.")
            closed.extend(rows.values())
        return closed

    def _release_files(self, connection: Connection, rows: Sequence[Row[Any]]) -> None:
        """Let files that were held as a whole leave the agency: what they say is booked.

        Raises:
            IllegalMoveError: If a file is of no use: it would be marked as processed, and nobody could book it.
        """
        table, incoming = self._database.tables.findings, self._database.tables.incoming
        for row in rows:
            why = select(table.c.code).where(
                table.c.incoming_id == row.incoming_id,
                table.c.code.in_(QUARANTINES),
                table.c.resolution != Decision.SUPERSEDED,
            )
            code = connection.execute(why.limit(1)).scalar()
            if code is not None:
                raise IllegalMoveError(
                    f"Finding {row.id} cannot be released: its file is of no use as it was read ({code}), so nothing "
                    "of it could be booked. Dismiss the finding, or mend what is wrong and read the file again with "
                    "reprocess()."
                )
            held = (incoming.c.id == row.incoming_id) & (incoming.c.state == IncomingState.QUARANTINED)
            connection.execute(update(incoming).where(held).values(state=IncomingState.PROCESSED))

    def _held_by(self, connection: Connection, finding_ids: Sequence[int]) -> Sequence[Row[Any]]:
        """Return the postings that findings hold, in their order, each with whether another open one does so too."""
        tables = self._database.tables
        postings, holds, findings = tables.postings, tables.holds, tables.findings
        other = holds.alias()
        others = exists(
            select(other.c.posting_id)
            .join(findings, findings.c.id == other.c.finding_id)
            .where(other.c.posting_id == postings.c.id, findings.c.resolved_at.is_(None))
        )
        query = (
            select(postings, others.label("others"))
            .join(holds, holds.c.posting_id == postings.c.id)
            .where(postings.c.state == PostingState.HELD)
        )
        found: dict[str, Row[Any]] = {}
        for some in chunks(finding_ids):
            found.update((row.id, row) for row in connection.execute(query.where(holds.c.finding_id.in_(some))))
        return sorted(found.values(), key=lambda row: (row.definition_id, row.receive_sequence, row.position))

    def _put(self, connection: Connection, rows: Sequence[Row[Any]], state: PostingState) -> None:
        table = self._database.tables.postings
        for some in chunks(rows):
            these = self._database.among(table.c.id, [row.id for row in some])
            connection.execute(update(table).where(these).values(state=state))


def _finding_of(row: Row[Any]) -> RecordedFinding:
    return RecordedFinding(
        id=row.id,
        incoming_id=row.incoming_id,
        finding=from_json(Finding, row.payload)
        if row.payload
        else Finding(row.code, Severity(row.severity), "Its wording was purged."),
        found_at=row.found_at,
        holds=Hold(row.holds or Hold.NOTHING),
        postings=row.postings,
        resolved_at=row.resolved_at,
        decision=Decision(row.resolution) if row.resolution else None,
        resolved_by=row.resolved_by,
        note=row.note,
    )
