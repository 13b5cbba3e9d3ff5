"""Which of the creditor's claims are with the agency now, asked for by their invoices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from attrs import frozen
from sqlalchemy import select

from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors
from lindorff_sdk.journal.listed import chunks
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


class ClaimedInvoices:
    """The part of the journal that knows what was sent of an invoice."""

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


def _state(case: str, *, live: bool, withdrawn: bool) -> ClaimState:
    if withdrawn:
        return ClaimState.WITHDRAWN
    if case == CaseState.CLOSED:
        return ClaimState.CLOSED
    return ClaimState.OPEN if live else ClaimState.REJECTED
