"""Which of the creditor's claims are with the agency now, and in which settlements it brought money for them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from attrs import frozen
from sqlalchemy import select

from lindorff_sdk.journal.database import Database, HasId, chunks, id_of, journal_errors
from lindorff_sdk.journal.stored_events import stored_events
from lindorff_sdk.reconciliation.events import PaymentReceived, PaymentReversed, SettlementTotalled
from lindorff_sdk.reconciliation.matching import CaseState


class ClaimState(StrEnum):
    """Whether a claim that was sent is with the agency."""

    OPEN = "open"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """The creditor removed it from the list."""
    CLOSED = "closed"


@frozen(kw_only=True)
class Claimed:
    """A claim as it was sent last.

    Attributes:
        sent_at: When its file was stored for sending.
        case_id: The journal's number of its case.
        reference: The creditor's reference of the case.
        agency_case_number: The agency's number of the case; ``""`` while there is none.
    """

    invoice_number: str
    state: ClaimState
    sent_at: datetime
    case_id: int
    reference: str
    agency_case_number: str = ""


_PAID = (PaymentReceived.kind, PaymentReversed.kind)


class ClaimedInvoices:
    """The part of the journal that knows what was sent of an invoice, and in which settlements money came for it."""

    _database: Database

    @journal_errors
    def claimed(self, definition: str | HasId, invoices: Sequence[str]) -> Mapping[str, Claimed]:
        """Return the claims of these invoices as they were sent last; what was never sent is not among them."""
        tables = self._database.tables
        claims, cases, outgoing = tables.claims, tables.cases, tables.outgoing
        query = (
            select(claims, cases.c.reference, cases.c.state, cases.c.agency_case_number, outgoing.c.stored_at)
            .join_from(claims, cases)
            .join(outgoing, outgoing.c.id == cases.c.outgoing_id)
            .where(claims.c.definition_id == id_of(definition))
            # What is live comes last, so that it is what counts: a case refused earlier may be the one that stands.
            .order_by(claims.c.live, claims.c.case_id)
        )
        found: dict[str, Claimed] = {}
        with self._database.reading() as connection:
            for some in chunks(invoices):
                for row in connection.execute(query.where(claims.c.invoice_number.in_(some))):
                    found[row.invoice_number] = Claimed(
                        invoice_number=row.invoice_number,
                        state=_state(row.state, live=row.live, withdrawn=row.withdrawn),
                        sent_at=row.stored_at,
                        case_id=row.case_id,
                        reference=row.reference,
                        agency_case_number=row.agency_case_number,
                    )
        return found

    @journal_errors
    def customer_ids(self, definition: str | HasId) -> tuple[str, ...]:
        """Return the creditor's ids that files were sent under, in alphabetical order."""
        table = self._database.tables.outgoing
        query = select(table.c.customer_id).where(table.c.definition_id == id_of(definition), table.c.customer_id != "")
        with self._database.reading() as connection:
            return tuple(connection.execute(query.distinct().order_by(table.c.customer_id)).scalars())

    @journal_errors
    def settlement_numbers(
        self, definition: str | HasId, numbers: Collection[str], references: Collection[str]
    ) -> frozenset[str]:
        """Return those of the numbers that are the agency's own of settlements that came in, and were not purged.

        Args:
            definition: The definition, or its id.
            numbers: Numbers of settlements.
            references: The cases whose payments may name them, where a settlement has no totals to name it.
        """
        tables = self._database.tables
        query = (
            select(tables.events.c.payload)
            .join_from(tables.events, tables.postings)
            .where(tables.postings.c.definition_id == id_of(definition), tables.events.c.payload != "")
        )
        queries = [query.where(tables.events.c.kind == SettlementTotalled.kind)]
        theirs = query.where(tables.events.c.kind.in_(_PAID))
        queries += [theirs.where(tables.postings.c.case_reference.in_(some)) for some in chunks(list(references))]
        found: set[str] = set()
        with self._database.reading() as connection:
            for each in queries:
                if found.issuperset(numbers):
                    break
                events = stored_events(connection.execute(each).scalars().all())
                found.update(getattr(event, "settlement_number", "") for event in events)
        return frozenset(found.intersection(numbers))


def _state(case: str, *, live: bool, withdrawn: bool) -> ClaimState:
    if withdrawn:
        return ClaimState.WITHDRAWN
    if case == CaseState.CLOSED:
        return ClaimState.CLOSED
    return ClaimState.OPEN if live else ClaimState.REJECTED
