"""Cases that were sent: their claims, their numbers at the agency, and where they stand."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import chain
from types import MappingProxyType

from attrs import field, frozen
from sqlalchemy import Connection, bindparam, exists, func, insert, literal_column, select, update

from lindorff_sdk.journal.answers import answer_correction, answer_file, case_taken_up, claims_refused
from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors
from lindorff_sdk.journal.listed import link_listed
from lindorff_sdk.journal.outgoing import ANSWERED, OutgoingState, move_outgoing
from lindorff_sdk.models.codes import FileStatus, NumberKind
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
from lindorff_sdk.reconciliation.matching import CaseState, Known, KnownCase, KnownClaim, SentFile

MOVES: Mapping[CaseState, frozenset[CaseState]] = MappingProxyType(
    {
        CaseState.SENT: frozenset({CaseState.REGISTERED, CaseState.REJECTED, CaseState.CLOSED}),
        CaseState.REGISTERED: frozenset({CaseState.REJECTED, CaseState.CLOSED}),
        # The agency may think again.
        CaseState.REJECTED: frozenset({CaseState.REGISTERED, CaseState.CLOSED}),
        CaseState.CLOSED: frozenset(),
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
        mine = id_of(definition)
        with self._database.reading() as connection:
            files = self._sent_files(connection, mine)
            by_transaction = self._transactions(connection, mine, list(transactions))
            elsewhere = self._elsewhere(connection, mine, list(names), frozenset(kids))
            known_events = self._events(connection, list(events))
            sequences = self._sequences(connection, mine, transfer)
        return Known(self.cases(definition), files, by_transaction, elsewhere, sequences, known_events)

    def _sent_files(self, connection: Connection, definition_id: str) -> tuple[SentFile, ...]:
        table = self._database.tables.outgoing
        query = select(table.c.name, table.c.sequence, table.c.transfer, table.c.state).where(
            table.c.definition_id == definition_id, table.c.state != OutgoingState.STORED
        )
        return tuple(
            SentFile(name=row.name, sequence=row.sequence, transfer=row.transfer, answered=row.state in ANSWERED)
            for row in connection.execute(query.order_by(table.c.id))
        )

    def _transactions(self, connection: Connection, definition_id: str, ids: list[str]) -> dict[str, str]:
        postings, events = self._database.tables.postings, self._database.tables.events
        # Looked up from within, and the empty text written out: SQLite goes through all postings for a join, and does
        # not use a partial index for a parameter.
        case = select(postings.c.case_reference).where(
            postings.c.id == events.c.posting_id, postings.c.definition_id == definition_id
        )
        query = select(events.c.transaction_id, case.scalar_subquery().label("case")).where(
            events.c.transaction_id != literal_column("''"), events.c.kind == PaymentReceived.kind
        )
        found: dict[str, str] = {}
        for some in _chunks(ids):
            rows = connection.execute(query.where(self._database.among(events.c.transaction_id, some)))
            found.update({row.transaction_id: row.case for row in rows if row.case is not None})
        return found

    def _events(self, connection: Connection, ids: list[str]) -> frozenset[str]:
        events = self._database.tables.events
        found = (
            connection.execute(select(events.c.id).where(self._database.among(events.c.id, some))).scalars()
            for some in _chunks(ids)
        )
        return frozenset(chain.from_iterable(found))

    def _elsewhere(
        self, connection: Connection, definition_id: str, names: list[str], kids: frozenset[str]
    ) -> dict[str, str]:
        claims, numbers = self._database.tables.claims, self._database.tables.case_numbers
        found: dict[str, str] = {}
        if kids:  # gone through once: KIDs have no index, and a bank's file names many that nobody sent
            others = select(claims.c.kid, claims.c.definition_id).where(
                claims.c.definition_id != definition_id, claims.c.kid != ""
            )
            found.update({row.kid: row.definition_id for row in connection.execute(others) if row.kid in kids})
        for some in _chunks(names):
            for table, name in ((claims, claims.c.invoice_number), (numbers, numbers.c.number)):
                query = select(name, table.c.definition_id).where(
                    self._database.among(name, some), table.c.definition_id != definition_id
                )
                found.update({row[0]: row[1] for row in connection.execute(query)})
        return found

    def _sequences(self, connection: Connection, definition_id: str, transfer: str) -> dict[int, str]:
        table = self._database.tables.incoming
        query = select(table.c.sequence, table.c.name).where(
            table.c.definition_id == definition_id,
            table.c.kind == transfer,
            table.c.state == "processed",
            table.c.sequence.is_not(None),
        )
        return {row.sequence: row.name for row in connection.execute(query)} if transfer else {}

    @journal_errors
    def cases(self, definition: str | HasId) -> tuple[KnownCase, ...]:
        """Return every case that was sent, oldest first, with its claims, numbers and state."""
        cases, outgoing = self._database.tables.cases, self._database.tables.outgoing
        query = (
            select(cases, outgoing.c.name.label("file_name"))
            .join_from(cases, outgoing)
            .where(cases.c.definition_id == id_of(definition))
            .order_by(cases.c.id)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            claims = self._claims(connection, id_of(definition))
            numbers = self._numbers(connection, id_of(definition))
        return tuple(
            KnownCase(
                reference=row.reference,
                invoice_numbers=tuple(claim.invoice_number for claim in claims[row.id]),
                claims=tuple(claims[row.id]),
                paid=Decimal(row.paid_ore).scaleb(-2),
                file_name=row.file_name,
                state=CaseState(row.state),
                agency_case_number=row.agency_case_number,
                number_kind=NumberKind(row.number_kind) if row.number_kind else None,
                previous_numbers=tuple(number for number in numbers[row.id] if number != row.agency_case_number),
            )
            for row in rows
        )

    def _claims(self, connection: Connection, definition_id: str) -> Mapping[int, list[KnownClaim]]:
        table = self._database.tables.claims
        query = select(table).where(table.c.definition_id == definition_id)
        result = defaultdict(list)
        for row in connection.execute(query.order_by(table.c.case_id, table.c.position)):
            amount = None if row.remaining_amount is None else Decimal(row.remaining_amount)
            result[row.case_id].append(
                KnownClaim(invoice_number=row.invoice_number, remaining_amount=amount, kid=row.kid)
            )
        return result

    def _numbers(self, connection: Connection, definition_id: str) -> Mapping[int, list[str]]:
        table = self._database.tables.case_numbers
        query = select(table.c.case_id, table.c.number).where(table.c.definition_id == definition_id)
        result = defaultdict(list)
        for row in connection.execute(query.order_by(table.c.case_id, table.c.position)):
            result[row.case_id].append(row.number)
        return result


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
        self.connection.execute(
            update(cases)
            .where(cases.c.id == case_id)
            .values(agency_case_number=event.agency_case_number, number_kind=kind, changed_at=self.now)
        )
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


def _chunks(values: list[str]) -> Iterator[list[str]]:
    """Yield a list in pieces that one statement takes."""
    for start in range(0, len(values), 500):
        yield values[start : start + 500]
