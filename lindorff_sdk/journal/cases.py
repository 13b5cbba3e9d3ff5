"""Cases that were sent: their claims, their numbers at the agency, and where they stand."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from attrs import field, frozen
from sqlalchemy import Connection, bindparam, exists, func, insert, select, update

from lindorff_sdk.journal.answers import answer_correction, answer_file, case_taken_up, claims_refused
from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors
from lindorff_sdk.journal.knowing import Ground
from lindorff_sdk.journal.listed import link_listed
from lindorff_sdk.journal.outgoing import OutgoingState, move_outgoing
from lindorff_sdk.models.codes import FileStatus, NumberKind
from lindorff_sdk.models.days import day_of
from lindorff_sdk.reconciliation.events import (
    AnyEvent,
    BankPaymentReceived,
    BankPaymentReversed,
    CaseClosed,
    CaseRegistered,
    CaseRejected,
    CaseRenumbered,
    CorrectionAcknowledged,
    CorrectionRejected,
    FileAcknowledged,
    PaymentReceived,
    PaymentReversed,
)
from lindorff_sdk.reconciliation.matching import CaseState, Known, KnownCase

MOVES: Mapping[CaseState, frozenset[CaseState]] = MappingProxyType(
    {
        CaseState.SENT: frozenset({CaseState.REGISTERED, CaseState.REJECTED, CaseState.CLOSED}),
        CaseState.REGISTERED: frozenset({CaseState.REJECTED, CaseState.CLOSED}),
        # The agency may think again.
        CaseState.REJECTED: frozenset({CaseState.REGISTERED, CaseState.CLOSED}),
        # A receipt takes it up again, and was made after the closure came; a late one leaves it closed.
        CaseState.CLOSED: frozenset({CaseState.REGISTERED}),
    }
)
"""Where a case may go from each state; another move is left out, for the agency's word cannot be refused here."""

_FILE_STATES = MappingProxyType(
    {
        FileStatus.ACCEPTED: OutgoingState.ACCEPTED,
        FileStatus.PARTLY_ACCEPTED: OutgoingState.PARTLY_ACCEPTED,
        FileStatus.REJECTED: OutgoingState.REJECTED,
    }
)


Money = PaymentReceived | PaymentReversed | BankPaymentReceived | BankPaymentReversed
"""Events that pay something of a case, or take it back."""
Moves = (
    FileAcknowledged
    | CaseRegistered
    | CaseRenumbered
    | CaseRejected
    | CaseClosed
    | CorrectionAcknowledged
    | CorrectionRejected
)
"""Events that move a case or a file from one state to another."""


class Cases:
    """The part of the journal that knows the cases that were sent."""

    _database: Database

    @journal_errors
    def known(
        self,
        definition: str | HasId,
        *,
        transactions: Collection[str] = (),
        names: Collection[str] = (),
        kids: Collection[str] = (),
        events: Collection[str] = (),
        transfer: str = "",
    ) -> Known:
        """Return what is known under a definition: what a file from the agency is matched against.

        Args:
            definition: The definition, or its id.
            transactions: The agency's transaction ids that the file names.
            names: Case numbers and invoice numbers that the file names.
            kids: KIDs that the file names.
            events: Ids of the events that the file makes.
            transfer: Which transfer the file is.
        """
        with self._database.reading() as connection:
            ground = Ground(connection, self._database, id_of(definition))
            known = ground.known(transfer)
            return ground.naming(known, transactions=transactions, names=names, kids=kids, events=events)

    @journal_errors
    def cases(self, definition: str | HasId) -> tuple[KnownCase, ...]:
        """Return every case that was sent, oldest first, with its claims, numbers and state."""
        with self._database.reading() as connection:
            return Ground(connection, self._database, id_of(definition)).cases()


@frozen
class CaseUpdates:
    """What events say about cases and files, written within the transaction that stores the events."""

    connection: Connection
    database: Database
    now: datetime
    paid: Counter[str] = field(factory=Counter)

    def apply_all(self, events: Iterable[AnyEvent]) -> None:
        """Write what the events of a posting say, and add up what they pay."""
        for event in events:
            self.apply(event)

    def count(self, events: Iterable[AnyEvent]) -> None:
        """Add up what the events of a posting pay."""
        for event in events:
            if isinstance(event, Money):
                self.paid[event.reference] += _paid(event)

    def move(self, events: Iterable[AnyEvent]) -> None:
        """Write what the events of a posting say, but for what they pay."""
        for event in events:
            if isinstance(event, Moves):
                self.apply(event)

    def uncount(self, events: Iterable[AnyEvent]) -> None:
        """Take what the events of a posting paid off again: the posting is forgotten."""
        for event in events:
            if isinstance(event, Money):
                self.paid[event.reference] -= _paid(event)

    def finish(self, definition_id: str) -> None:
        """Write what was paid on each case, once it is all added up."""
        cases = self.database.tables.cases
        latest = (
            select(func.max(cases.c.id))
            .where(cases.c.definition_id == definition_id, cases.c.reference == bindparam("of_case"))
            .scalar_subquery()
        )
        add = update(cases).where(cases.c.id == latest).values(paid_ore=cases.c.paid_ore + bindparam("more"))
        if rows := [{"of_case": case, "more": ore} for case, ore in self.paid.items() if case and ore]:
            self.connection.execute(add, rows)
        self.paid.clear()

    def apply(self, event: AnyEvent) -> None:
        """Write what one event says; most say nothing about the state of a case."""
        match event:
            case FileAcknowledged():
                self._acknowledge(event)
            case CaseRegistered():
                self._number(event, event.number_kind)
            case CaseRenumbered():
                self._number(event, event.number_kind, event.previous_number)
            case CaseRejected():
                self._reject(event)
            case CaseClosed():
                if case_id := self._find(event):
                    self._move(case_id, CaseState.CLOSED)
            case CorrectionAcknowledged() | CorrectionRejected():
                answer_correction(self.connection, self.database, event, self.now)
            case PaymentReceived() | PaymentReversed() | BankPaymentReceived() | BankPaymentReversed():
                self.paid[event.reference] += _paid(event)
            case _:
                pass

    def _acknowledge(self, event: FileAcknowledged) -> None:
        table = self.database.tables.outgoing
        query = (
            select(table.c.id)
            .where(table.c.definition_id == event.definition_id, table.c.name == event.file_name)
            # A name may come again, a name with its sequence number does not.
            .order_by((table.c.sequence == event.sequence).desc(), table.c.id.desc())
        )
        outgoing_id = self.connection.execute(query.limit(1)).scalar()
        if outgoing_id is None:
            return
        moved = move_outgoing(self.connection, self.database, outgoing_id, _FILE_STATES[event.status], self.now)
        if moved and event.status is FileStatus.REJECTED:
            self._reject_file(outgoing_id)
        if moved:
            answer_file(self.connection, self.database, outgoing_id, event, self.now)

    def _reject_file(self, outgoing_id: int) -> None:
        # A case the agency registered by name is not freed by the word on its file: better not sent than sent twice.
        cases, claims = self.database.tables.cases, self.database.tables.claims
        waiting = (cases.c.outgoing_id == outgoing_id) & (cases.c.state == CaseState.SENT)
        refused = claims.c.case_id.in_(select(cases.c.id).where(waiting))
        claims_refused(self.connection, self.database, refused, self.now)
        self.connection.execute(update(cases).where(waiting).values(state=CaseState.REJECTED, changed_at=self.now))

    def _number(self, event: CaseRegistered | CaseRenumbered, kind: NumberKind, previous: str = "") -> None:
        case_id = self._find(event, previous)
        if case_id is None:
            return
        cases, numbers = self.database.tables.cases, self.database.tables.case_numbers
        mine = numbers.c.case_id == case_id
        had = self.connection.execute(select(numbers.c.number).where(mine)).scalars().all()
        for number, its_kind in ((previous, NumberKind.TEMPORARY), (event.agency_case_number, kind)):
            if number and number not in had:
                count = select(func.count()).select_from(numbers).where(mine)
                self.connection.execute(
                    insert(numbers).values(
                        case_id=case_id,
                        position=self.connection.execute(count).scalar_one(),
                        definition_id=event.definition_id,
                        number=number,
                        kind=its_kind,
                    )
                )
        one = cases.c.id == case_id
        was = self.connection.execute(select(cases.c.state, cases.c.changed_at).where(one)).one()
        self.connection.execute(
            update(cases)
            .where(one)
            .values(agency_case_number=event.agency_case_number, number_kind=kind, changed_at=self.now)
        )
        opens = isinstance(event, CaseRegistered) and event.counts_from > day_of(was.changed_at)
        if was.state == CaseState.CLOSED and not opens:
            return
        if self._move(case_id, CaseState.REGISTERED):
            case_taken_up(self.connection, self.database, case_id, self.now)
            self._revive(event.definition_id, case_id)

    def _revive(self, definition_id: str, case_id: int) -> None:
        """Make the claims of a case the agency has after all live again, unless they were sent anew meanwhile."""
        claims = self.database.tables.claims
        other = claims.alias()
        taken = exists().where(
            other.c.definition_id == claims.c.definition_id,
            other.c.invoice_number == claims.c.invoice_number,
            other.c.live,
        )
        self.connection.execute(
            update(claims)
            .where(claims.c.case_id == case_id, claims.c.live.is_(False), claims.c.withdrawn.is_(False), ~taken)
            .values(live=True)
        )
        theirs = select(claims.c.invoice_number).where(claims.c.case_id == case_id, claims.c.live)
        invoices = self.connection.execute(theirs).scalars().all()
        link_listed(self.connection, self.database, definition_id, case_id, invoices, self.now)

    def _reject(self, event: CaseRejected) -> None:
        case_id = self._find(event)
        if case_id is None:
            return
        cases, claims = self.database.tables.cases, self.database.tables.claims
        closed = select(cases.c.id).where(cases.c.id == case_id, cases.c.state == CaseState.CLOSED)
        if self.connection.execute(closed).first():
            return
        mine = claims.c.case_id == case_id
        # One claim of a case may be refused while the others stand.
        refused = mine & claims.c.invoice_number.in_(event.invoice_numbers) if event.invoice_numbers else mine
        claims_refused(self.connection, self.database, refused, self.now)
        if not self.connection.execute(select(claims.c.case_id).where(mine, claims.c.live)).first():
            self._move(case_id, CaseState.REJECTED)

    def _move(self, case_id: int, state: CaseState) -> bool:
        cases = self.database.tables.cases
        origins = [origin for origin, targets in MOVES.items() if state in targets]
        result = self.connection.execute(
            update(cases)
            .where(cases.c.id == case_id, cases.c.state.in_(origins))
            .values(state=state, changed_at=self.now)
        )
        return result.rowcount == 1

    def _find(self, event: AnyEvent, previous: str = "") -> int | None:
        """Return the case an event is about: by its number if the agency gave one, else the latest so referenced."""
        cases, numbers = self.database.tables.cases, self.database.tables.case_numbers
        given = [number for number in (previous, event.agency_case_number) if number]
        query = select(cases.c.id).where(cases.c.definition_id == event.definition_id).order_by(cases.c.id.desc())
        by_number = query.where(
            cases.c.id.in_(
                select(numbers.c.case_id).where(
                    numbers.c.definition_id == event.definition_id, numbers.c.number.in_(given)
                )
            )
        )
        attempts = [by_number]
        file_name = getattr(event, "file_name", "")
        if event.reference and file_name:
            outgoing = self.database.tables.outgoing
            in_file = query.join(outgoing, outgoing.c.id == cases.c.outgoing_id).where(
                cases.c.reference == event.reference, outgoing.c.name == file_name
            )
            attempts = [in_file, by_number, query.where(cases.c.reference == event.reference)]
        elif event.reference:
            # The same invoice may have been sent again after a rejection, under the same reference.
            by_reference = query.where(cases.c.reference == event.reference)
            attempts = [by_number.where(cases.c.reference == event.reference), by_reference]
        for attempt in attempts:
            found: int | None = self.connection.execute(attempt.limit(1)).scalar()
            if found is not None:
                return found
        return None


def _paid(event: Money) -> int:
    """Return the principal in øre that an event pays; less than nothing where a payment is taken back.

    Of the bank's money, which has no split, all of it counts: it says whether there was a payment, and an upper bound.
    """
    paid = event.principal if isinstance(event, PaymentReceived | PaymentReversed) else event.amount
    ore = int(paid.scaleb(2))
    return ore if isinstance(event, PaymentReceived | BankPaymentReceived) else -ore
