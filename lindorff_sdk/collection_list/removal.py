"""Taking a claim off the list: the invoice is free, and the agency is told if it has the claim."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from attrs import frozen
from sqlalchemy import Connection, select, update

from lindorff_sdk.agreement import CreditNotes
from lindorff_sdk.collection_list.entries import ListEntry
from lindorff_sdk.corrections import kind_of_credit_note
from lindorff_sdk.journal.database import Database
from lindorff_sdk.journal.events import PostingState, read_postings
from lindorff_sdk.journal.telling import ToTell, insert_correction
from lindorff_sdk.models.codes import CorrectionKind
from lindorff_sdk.models.corrections import Correction
from lindorff_sdk.models.money import ZERO
from lindorff_sdk.reconciliation.events import PaymentReceived, PaymentReversed


class RemovalReason(StrEnum):
    """Why a claim is taken off the list."""

    PAID_DIRECTLY = "paid_directly"
    CREDITED = "credited"
    SENT_IN_ERROR = "sent_in_error"
    DISPUTED = "disputed"
    OTHER = "other"


_WORDS: Mapping[RemovalReason, str] = MappingProxyType(
    {RemovalReason.DISPUTED: "Kravet er bestridt", RemovalReason.SENT_IN_ERROR: "Sendt ved en feil"}
)


@frozen(kw_only=True)
class Removal:
    """What a removal came to.

    Attributes:
        invoice_number: The invoice, which is free now.
        told_id: The journal's number of the correction by which the agency is told; None if it has nothing to know.
        by_hand: Whether somebody must tell it: see `CollectionList.to_report`.
    """

    invoice_number: str
    told_id: int | None = None
    by_hand: bool = False


@frozen(kw_only=True)
class Removing:
    """One removal of a claim that is with the agency, within the transaction that takes it off the list.

    Attributes:
        entry: The claim as it stands on the list.
        case_id: The journal's number of its case.
        by_file: Whether the agreement has a correction file.
        amount: What was paid or credited; None for all that is left.
        source: The ERP's booking that this removal tells as well, or ``""``.
    """

    connection: Connection
    database: Database
    definition_id: str
    entry: ListEntry
    case_id: int
    reason: RemovalReason
    on: date
    amount: Decimal | None
    text: str
    source: str
    credit_notes: CreditNotes
    by_file: bool
    now: datetime

    def tell(self) -> int:
        """Keep the correction by which the agency is told, and withdraw the claim; return the correction's number."""
        self.withdraw()
        kind = self._kind()
        money = kind in {CorrectionKind.DIRECT_PAYMENT, CorrectionKind.CREDIT_NOTE}
        correction = Correction(
            kind=kind,
            invoice_number=self.entry.invoice_number,
            effective_on=self.on,
            amount=(self._left() if self.amount is None else self.amount) if money else ZERO,
            remaining_amount=ZERO,
            text=self.text or _WORDS.get(self.reason, ""),
        )
        told = ToTell(correction=correction, source=self.source, reason=self.reason, case_id=self.case_id)
        return insert_correction(
            self.connection, self.database, self.definition_id, told, by_file=self.by_file, now=self.now
        )

    def withdraw(self) -> None:
        """Take the claim out of what is live: it may be sent again if it is added anew."""
        claims = self.database.tables.claims
        mine = (claims.c.case_id == self.case_id) & (claims.c.invoice_number == self.entry.invoice_number)
        self.connection.execute(update(claims).where(mine).values(live=False, withdrawn=True))

    def _kind(self) -> CorrectionKind:
        match self.reason:
            case RemovalReason.PAID_DIRECTLY:
                return CorrectionKind.DIRECT_PAYMENT
            case RemovalReason.CREDITED:
                return kind_of_credit_note(self.credit_notes, full=True)
            case _:
                # The agency knows one word for a claim that the creditor takes back, whatever the reason.
                return CorrectionKind.SENT_IN_ERROR

    def _left(self) -> Decimal:
        """Return what is left of the claim's principal as it was sent, less what the agency brought on it."""
        postings, cases = self.database.tables.postings, self.database.tables.cases
        reference = select(cases.c.reference).where(cases.c.id == self.case_id).scalar_subquery()
        theirs = select(postings).where(
            postings.c.definition_id == self.definition_id,
            postings.c.case_reference == reference,
            postings.c.state.in_([PostingState.PENDING, PostingState.APPLIED]),
        )
        left = self.entry.amount
        rows = self.connection.execute(theirs).all()
        for posting in read_postings(self.connection, self.database, rows):
            for event in posting:
                if event.invoice_numbers != (self.entry.invoice_number,):
                    continue
                if isinstance(event, PaymentReceived):
                    left -= event.principal
                elif isinstance(event, PaymentReversed):
                    left += event.principal
        return max(left, ZERO)
