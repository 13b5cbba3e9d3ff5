"""What somebody should look at: cases and files that nobody heard of for too long, and what each file changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Row, and_, func, or_, select

from lindorff_sdk.journal.database import Database, HasId, chunks, id_of, journal_errors
from lindorff_sdk.journal.events import PostingState, read_postings
from lindorff_sdk.journal.outgoing import Outgoing, OutgoingState, outgoing_of, select_outgoing
from lindorff_sdk.models.codes import NumberKind
from lindorff_sdk.reconciliation.events import AnyEvent
from lindorff_sdk.reconciliation.matching import CaseState


@frozen(kw_only=True)
class CaseInLimbo:
    """A case that something is awaited for.

    Attributes:
        reference: The creditor's reference.
        agency_case_number: The agency's number; ``""`` if it gave none.
        file_name: The file it was sent in.
        since: When it was last heard of, or sent.
    """

    reference: str
    agency_case_number: str
    file_name: str
    since: datetime


@frozen(kw_only=True)
class Update:
    """What a file from the agency said, and what became of it.

    Attributes:
        event: The event; its source names the line.
        state: Whether it waits, was booked, is held, or was dismissed.
        applied_at: When it was booked.
    """

    event: AnyEvent
    state: PostingState
    applied_at: datetime | None


class Overview:
    """The part of the journal that tells what should be looked at. See also `Resolving.findings`."""

    _database: Database

    @journal_errors
    def without_receipt(self, definition: str | HasId, *, before: datetime) -> tuple[CaseInLimbo, ...]:
        """Return the cases that were sent before a time, and that no receipt has named, oldest first."""
        cases, outgoing = self._database.tables.cases, self._database.tables.outgoing
        return self._cases(definition, cases.c.state == CaseState.SENT, outgoing.c.stored_at, before)

    @journal_errors
    def temporary_numbers(self, definition: str | HasId, *, before: datetime) -> tuple[CaseInLimbo, ...]:
        """Return the cases whose number is temporary since before a time, and was never replaced."""
        cases = self._database.tables.cases
        temporary = (cases.c.number_kind == NumberKind.TEMPORARY) & (cases.c.state == CaseState.REGISTERED)
        return self._cases(definition, temporary, cases.c.changed_at, before)

    @journal_errors
    def without_news(self, definition: str | HasId, *, before: datetime) -> tuple[CaseInLimbo, ...]:
        """Return the open cases that no file has named since a time: no payment, no closure, no answer."""
        cases, postings, incoming = (getattr(self._database.tables, name) for name in ("cases", "postings", "incoming"))
        heard = (
            select(func.max(incoming.c.received_at))
            .select_from(postings.join(incoming))
            .where(postings.c.definition_id == cases.c.definition_id, postings.c.case_reference == cases.c.reference)
            .scalar_subquery()
        )
        quiet = cases.c.state.in_([CaseState.SENT, CaseState.REGISTERED]) & or_(heard.is_(None), heard < before)
        return self._cases(definition, quiet, cases.c.changed_at, before)

    @journal_errors
    def quiet_definitions(self, *, before: datetime) -> dict[str, datetime | None]:
        """Return the definitions with open cases from which no file has come since a time, and when one last did."""
        cases, incoming = self._database.tables.cases, self._database.tables.incoming
        waiting = select(cases.c.definition_id).where(cases.c.state.in_([CaseState.SENT, CaseState.REGISTERED]))
        last = select(incoming.c.definition_id, func.max(incoming.c.received_at)).group_by(incoming.c.definition_id)
        with self._database.reading() as connection:
            heard: dict[str, datetime] = {row[0]: row[1] for row in connection.execute(last)}
            ids = sorted(set(connection.execute(waiting.distinct()).scalars()))
        return {key: heard.get(key) for key in ids if key not in heard or heard[key] < before}

    @journal_errors
    def unknown_files(self, definition: str | HasId) -> tuple[Outgoing, ...]:
        """Return the files that may be at the agency or not; see `OutgoingState.UNKNOWN`."""
        table = self._database.tables.outgoing
        wanted = and_(table.c.definition_id == id_of(definition), table.c.state == OutgoingState.UNKNOWN)
        with self._database.reading() as connection:
            query = select_outgoing(self._database).where(wanted).order_by(table.c.id)
            return tuple(map(outgoing_of, connection.execute(query)))

    @journal_errors
    def updates(self, incoming_id: int) -> tuple[Update, ...]:
        """Return what a file from the agency said, in its order, and what became of each event."""
        table = self._database.tables.postings
        query = select(table).where(table.c.incoming_id == incoming_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.c.receive_sequence, table.c.position)).all()
            postings = [posting for some in chunks(rows) for posting in read_postings(connection, self._database, some)]
        return tuple(_updates(rows, postings))

    def _cases(
        self, definition: str | HasId, wanted: ColumnElement[bool], since: Any, before: datetime
    ) -> tuple[CaseInLimbo, ...]:
        cases, outgoing = self._database.tables.cases, self._database.tables.outgoing
        query = (
            select(cases, outgoing.c.name.label("file_name"), since.label("since"))
            .join_from(cases, outgoing)
            .where(cases.c.definition_id == id_of(definition), wanted, since < before)
            .order_by(since, cases.c.id)
        )
        with self._database.reading() as connection:
            return tuple(
                CaseInLimbo(
                    reference=row.reference,
                    agency_case_number=row.agency_case_number,
                    file_name=row.file_name,
                    since=row.since,
                )
                for row in connection.execute(query)
            )


def _updates(rows: Sequence[Row[Any]], postings: Sequence[Any]) -> list[Update]:
    return [
        Update(event=event, state=PostingState(row.state), applied_at=row.applied_at)
        for row, posting in zip(rows, postings, strict=True)
        for event in posting
    ]
