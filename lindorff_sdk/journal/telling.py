"""What must be told to the agency: corrections that wait, are in a file, were answered, or are reported by hand."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import ColumnElement, Connection, Row, select, update

from lindorff_sdk.errors import IllegalMoveError
from lindorff_sdk.journal.database import Database, HasId, chunks, id_of, journal_errors
from lindorff_sdk.journal.outgoing import NOBODY, OutgoingState
from lindorff_sdk.json_models import from_json, to_json
from lindorff_sdk.models.corrections import Correction
from lindorff_sdk.models.envelope import SentAs


class TellingState(StrEnum):
    """How far a correction got."""

    WAITING = "waiting"
    """It goes with the next correction file."""
    SENT = "sent"
    """It is in a correction file."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    """The agency refused it: somebody must tell it by hand, or it is sent again."""
    BY_HAND = "by_hand"
    """The agreement has no correction file, or its layout cannot hold this one: somebody must tell it by hand."""
    REPORTED = "reported"
    """Somebody told it by hand."""
    MOOT = "moot"
    """The agency refused the claim, so there is nothing to tell; if it takes the claim up after all, this is told."""


UNREPORTED = (TellingState.BY_HAND, TellingState.REJECTED)
"""The states in which somebody still has to tell the agency."""
_UNSENT = (OutgoingState.STORED, OutgoingState.PUBLISHING)
"""What is not at the agency yet; what may be there or not is told about, for a debtor who paid must be left alone."""


@frozen(kw_only=True)
class Told:
    """A correction, and how far it got.

    Attributes:
        id: The journal's number of it.
        correction: What is told; its reference and case number are those of the case as it stands now.
        state: How far it got.
        source: The ERP's booking that it tells; ``""`` for a removal that names none.
        reason: Why the claim was removed from the list; ``""`` where it was not.
        created_at: When it was first to be told.
        file_name: The correction file it is in; ``""`` while it is in none.
        sent_as: Whom the case was sent as, so that the correction is as well.
        answer_code: The agency's reason for refusing it.
        answer_text: The same in words.
        reported_by: Who told it by hand.
        reported_on: On which day.
        reported_reference: What the agency gave as a reference, or where it is written down.
    """

    id: int
    correction: Correction
    state: TellingState
    source: str
    reason: str
    created_at: datetime
    file_name: str = ""
    sent_as: SentAs = NOBODY
    answer_code: str = ""
    answer_text: str = ""
    reported_by: str = ""
    reported_on: date | None = None
    reported_reference: str = ""


@frozen(kw_only=True)
class ToTell:
    """A correction that is to be told.

    Attributes:
        by_file: Whether the agreement has a correction file; otherwise it is told by hand.
        source: The ERP's booking that it tells; each is told once.
        reason: Why the claim was removed from the list.
        case_id: The journal's number of the case that it is about.
        moot: Whether the agency does not have the claim, having refused it.
    """

    correction: Correction
    by_file: bool
    source: str = ""
    reason: str = ""
    case_id: int | None = None
    moot: bool = False


class Telling:
    """The part of the journal that keeps what is told to the agency."""

    _database: Database

    @journal_errors
    def tell(self, definition: str | HasId, corrections: Iterable[ToTell], *, now: datetime) -> tuple[int, ...]:
        """Keep corrections to be told; one whose booking was told already is left out.

        Args:
            definition: The definition, or its id.
            corrections: What is to be told.
            now: The time, with a zone.

        Returns:
            The journal's numbers of those that are new.
        """
        with self._database.writing() as connection:
            # The first statement writes: see `database`.
            self._database.next_number(connection, id_of(definition), "corrections")
            return tuple(
                number
                for each in corrections
                if (number := insert_correction(connection, self._database, id_of(definition), each, now))
            )

    @journal_errors
    def told_bookings(self, definition: str | HasId, bookings: Sequence[str]) -> dict[str, TellingState]:
        """Return how far the corrections got that tell these bookings of the ERP; what was never told is not in it."""
        table = self._database.tables.corrections
        query = select(table.c.source, table.c.state).where(table.c.definition_id == id_of(definition))
        found: dict[str, TellingState] = {}
        with self._database.reading() as connection:
            for some in chunks([source for source in bookings if source]):
                rows = connection.execute(query.where(table.c.source.in_(some), table.c.source != ""))
                found.update({row.source: TellingState(row.state) for row in rows})
        return found

    @journal_errors
    def told(self, definition: str | HasId) -> tuple[Told, ...]:
        """Return everything that was to be told under a definition, oldest first."""
        return self._told(definition, self._database.tables.corrections.c.id.is_not(None))

    @journal_errors
    def waiting_corrections(self, definition: str | HasId) -> tuple[Told, ...]:
        """Return the corrections for the next file, oldest first: those whose cases have gone before them."""
        tables = self._database.tables
        not_gone = (
            select(tables.cases.c.id)
            .join(tables.outgoing, tables.outgoing.c.id == tables.cases.c.outgoing_id)
            .where(tables.outgoing.c.state.in_(_UNSENT))
        )
        table = tables.corrections
        gone = table.c.case_id.is_(None) | table.c.case_id.not_in(not_gone)
        return self._told(definition, (table.c.state == TellingState.WAITING) & gone)

    @journal_errors
    def unreported(self, definition: str | HasId) -> tuple[Told, ...]:
        """Return what somebody still has to tell the agency by hand, oldest first."""
        return self._told(definition, self._database.tables.corrections.c.state.in_(UNREPORTED))

    @journal_errors
    def mark_reported(self, told_id: int, *, by: str, on: date, reference: str = "", now: datetime) -> None:
        """Say that somebody told the agency by hand.

        Args:
            told_id: The journal's number of the correction.
            by: Who told it.
            on: On which day.
            reference: What the agency gave as a reference, or where it is written down.
            now: The time, with a zone.

        Raises:
            IllegalMoveError: If it is in a file that the agency may still take, was accepted, or is unknown.
        """
        values = {"reported_by": by, "reported_on": on, "reported_reference": reference}
        self._move_told(told_id, (*UNREPORTED, TellingState.WAITING), TellingState.REPORTED, now, **values)

    @journal_errors
    def tell_again(self, told_id: int, *, now: datetime) -> None:
        """Put a correction that the agency refused into the next correction file.

        Raises:
            IllegalMoveError: If the agency has not refused it.
        """
        values = {"outgoing_id": None, "answer_event": ""}
        self._move_told(told_id, (TellingState.REJECTED,), TellingState.WAITING, now, **values)

    @journal_errors
    def tell_by_hand(self, told_id: int, why: str, *, now: datetime) -> None:
        """Take a correction out of those that wait for a file: it must be told by hand.

        Raises:
            IllegalMoveError: If it does not wait.
        """
        self._move_told(told_id, (TellingState.WAITING,), TellingState.BY_HAND, now, answer_text=why)

    def _move_told(
        self, told_id: int, origins: Sequence[TellingState], state: TellingState, now: datetime, **values: object
    ) -> None:
        table = self._database.tables.corrections
        mine = (table.c.id == told_id) & table.c.state.in_(origins)
        with self._database.writing() as connection:
            moved = connection.execute(update(table).where(mine).values(state=state, changed_at=now, **values))
            if moved.rowcount == 1:
                return
            found = connection.execute(select(table.c.state).where(table.c.id == told_id)).scalar()
        raise IllegalMoveError(f"Correction {told_id} cannot go from {found or 'nowhere'} to {state}.")

    def _told(self, definition: str | HasId, wanted: ColumnElement[bool]) -> tuple[Told, ...]:
        tables = self._database.tables
        table, cases, file, sent = tables.corrections, tables.cases, tables.outgoing, tables.outgoing.alias("sent")
        query = (
            select(
                table,
                file.c.name.label("file_name"),
                cases.c.reference,
                cases.c.agency_case_number,
                sent.c.customer_id,
                sent.c.payout_account,
            )
            .outerjoin(file, file.c.id == table.c.outgoing_id)
            .outerjoin(cases, cases.c.id == table.c.case_id)
            .outerjoin(sent, sent.c.id == cases.c.outgoing_id)
            .where(table.c.definition_id == id_of(definition), wanted)
            .order_by(table.c.id)
        )
        with self._database.reading() as connection:
            return tuple(_told_of(row) for row in connection.execute(query))


def _told_of(row: Row[Any]) -> Told:
    correction = from_json(Correction, row.payload)
    return Told(
        id=row.id,
        correction=evolve(
            correction,
            reference=row.reference or correction.reference,
            agency_case_number=row.agency_case_number or correction.agency_case_number,
        ),
        state=TellingState(row.state),
        source=row.source,
        reason=row.reason,
        created_at=row.created_at,
        file_name=row.file_name or "",
        sent_as=SentAs(row.customer_id or "", row.payout_account or ""),
        answer_code=row.answer_code,
        answer_text=row.answer_text,
        reported_by=row.reported_by,
        reported_on=row.reported_on,
        reported_reference=row.reported_reference,
    )


def insert_correction(
    connection: Connection, database: Database, definition_id: str, given: ToTell, now: datetime
) -> int:
    """Keep a correction to be told, and return its number; 0 if its booking was told already."""
    if given.source and told_before(connection, database, definition_id, given.source):
        return 0
    state = TellingState.WAITING if given.by_file else TellingState.BY_HAND
    return database.insert_row(
        connection,
        database.tables.corrections,
        definition_id=definition_id,
        invoice_number=given.correction.invoice_number,
        kind=given.correction.kind,
        state=TellingState.MOOT if given.moot else state,
        by_file=given.by_file,
        payload=to_json(given.correction),
        source=given.source,
        reason=given.reason,
        case_id=given.case_id,
        created_at=now,
        changed_at=now,
    )


def told_before(
    connection: Connection, database: Database, definition_id: str, source: str
) -> tuple[int, Correction] | None:
    """Return the number of the correction that tells a booking of the ERP's, and what it says; None if none does."""
    table = database.tables.corrections
    known = select(table.c.id, table.c.payload).where(
        table.c.definition_id == definition_id, table.c.source == source, table.c.source != ""
    )
    row = connection.execute(known).first()
    return None if row is None else (row.id, from_json(Correction, row.payload))
