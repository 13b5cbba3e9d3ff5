"""What happens to the embedded agency's cases, and the settlement that tells it."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from attrs import define, field, frozen

from lindorff_sdk.models.codes import ClosingReason, Party
from lindorff_sdk.models.money import ORE, ZERO, money
from lindorff_sdk.models.settlements import (
    CaseClosure,
    InterestNote,
    Payment,
    PaymentReversal,
    SettlementEntry,
    SettlementTotals,
)
from lindorff_sdk.testing.caseload import Caseload, HeldCase, HeldClaim, Settled

RATE = Decimal("12.00")
"""Late interest in per cent a year where a claim has no rate of its own: what this agency says, made up for tests."""
VAT = Decimal(25)
"""VAT (*mva*) on the agency's commission, in per cent."""


@frozen
class Pays:
    """A debtor pays; principal = amount - interest - costs.

    Attributes:
        claim: The invoice number; the case's reference or number where the case has one claim.
        amount: What the creditor receives, in NOK.
        interest: Late interest in it; it makes an interest note (*rentenota*).
        costs: Fees due to the creditor in it.
        closes: Whether it ends the case: paid to the agency.
        paid_on: When; None for the day of the settlement.
        received_by: Who received it; what the creditor received itself is told, but not paid out.
    """

    claim: str
    amount: Decimal = field(converter=money)
    interest: Decimal = field(default=ZERO, converter=money)
    costs: Decimal = field(default=ZERO, converter=money)
    closes: bool = field(default=False, kw_only=True)
    paid_on: date | None = field(default=None, kw_only=True)
    received_by: Party = field(default=Party.AGENCY, kw_only=True)


@frozen
class Reverses:
    """A payment is taken back whole: its transaction id. A case that it closed is open again."""

    transaction_id: str
    text: str = "Betalingen er tilbakeført"


@frozen
class Closes:
    """A case ends (*saksavslutning*): its reference, number or one of its invoice numbers, and why."""

    case: str
    reason: ClosingReason
    text: str = ""


Happening = Pays | Reverses | Closes
"""One thing that happened to a case."""


@define(eq=False)
class Settling:
    """One settlement being worked out.

    Attributes:
        caseload: The agency's books; every happening changes them.
        sequence: The file's sequence number: transaction ids are made of it, so that no two files share one.
        day: The day of the settlement.
        commission: What the agency keeps, in per cent of what it received.
    """

    caseload: Caseload
    sequence: int
    day: date
    commission: Decimal
    entries: list[SettlementEntry] = field(factory=list)

    @property
    def number(self) -> str:
        """The settlement's number."""
        return f"{self.day.year}-{self.sequence:05}"

    def settle(self, happenings: Iterable[Happening]) -> tuple[SettlementEntry, ...]:
        """Return the entries that tell what happened, with the totals at the end.

        Raises:
            LookupError: If the agency holds no such claim, case or payment.
            ValueError: If a case is closed already, or a payment is more than what is left.
        """
        for happening in happenings:
            match happening:
                case Pays():
                    self._pay(happening)
                case Reverses():
                    self._reverse(happening)
                case Closes():
                    self._close(_open(self.caseload.case(happening.case)), happening.reason, happening.text)
        self.entries.append(self._totals())
        return tuple(self.entries)

    def _transaction(self) -> str:
        return f"OP{self.sequence:06}-{len(self.entries) + 1:05}"

    def _pay(self, pays: Pays) -> None:
        case, claim = _open(self.caseload.case(pays.claim)), self.caseload.claim(pays.claim)
        principal = pays.amount - pays.interest - pays.costs
        if not ZERO <= principal <= claim.remaining:
            invoice = claim.claim.invoice_number
            raise ValueError(f"{principal} does not fit the principal left of invoice {invoice}: {claim.remaining}.")
        claim.remaining -= principal
        payment = self._payment(pays, principal, case, claim)
        self.caseload.payments[payment.transaction_id] = Settled(payment, case, claim)
        self.entries.append(payment)
        if pays.interest:
            self._note(payment, claim)
        if pays.closes:
            self._close(case, ClosingReason.PAID_TO_AGENCY)

    def _payment(self, pays: Pays, principal: Decimal, case: HeldCase, claim: HeldClaim) -> Payment:
        ours = pays.received_by is Party.AGENCY
        commission = _percent(self.commission, pays.amount) if ours else ZERO
        return Payment(
            transaction_id=self._transaction(),
            amount=pays.amount,
            principal=principal,
            interest=pays.interest,
            costs=pays.costs,
            agency_case_number=case.number,
            reference=case.reference,
            invoice_number=claim.claim.invoice_number,
            kid=claim.claim.kid,
            paid_on=pays.paid_on or self.day,
            booked_on=self.day,
            settled_on=self.day,
            received_by=pays.received_by,
            settlement_number=self.number,
            commission=commission,
            vat_set_off=_percent(VAT, commission),
            remaining_principal=claim.remaining,
        )

    def _note(self, payment: Payment, claim: HeldClaim) -> None:
        # Interest runs up to and with the day of payment (Lovavdelingen 2006); the next note goes on from there.
        period_from, claim.interest_from = claim.interest_from, payment.paid_on + timedelta(days=1)
        transaction_id = self._transaction()
        self.entries.append(
            InterestNote(
                transaction_id=transaction_id,
                payment_transaction_id=payment.transaction_id,
                note_number=transaction_id.replace("OP", "RN"),
                agency_case_number=payment.agency_case_number,
                reference=payment.reference,
                invoice_number=payment.invoice_number,
                amount=payment.interest,
                issued_on=self.day,
                period_from=min(period_from, payment.paid_on),
                period_to=payment.paid_on,
                rate=rate_of(claim),
            )
        )

    def _reverse(self, reverses: Reverses) -> None:
        settled = self.caseload.payments.pop(reverses.transaction_id, None)
        if settled is None:
            raise LookupError(f"The agency has settled no payment {reverses.transaction_id!r} that still stands.")
        payment, case = settled.payment, settled.case
        settled.claim.remaining += payment.principal
        case.closed = None
        self.entries.append(
            PaymentReversal(
                transaction_id=self._transaction(),
                reverses=payment.transaction_id,
                amount=payment.amount,
                principal=payment.principal,
                interest=payment.interest,
                costs=payment.costs,
                agency_case_number=case.number,
                reference=case.reference,
                invoice_number=payment.invoice_number,
                reversed_on=self.day,
                settlement_number=self.number,
                text=reverses.text,
            )
        )

    def _close(self, case: HeldCase, reason: ClosingReason, text: str = "") -> None:
        case.closed = reason
        self.entries.append(
            CaseClosure(
                transaction_id=self._transaction(),
                closed_on=self.day,
                reason=reason,
                agency_case_number=case.number,
                reference=case.reference,
                remaining_principal=case.remaining,
                text=text,
            )
        )

    def _totals(self) -> SettlementTotals:
        """Return the totals. The commission of a payment that was reversed is kept."""
        payments = [entry for entry in self.entries if isinstance(entry, Payment)]
        gross = sum((entry.amount for entry in payments if entry.received_by is Party.AGENCY), ZERO)
        gross -= sum((entry.amount for entry in self.entries if isinstance(entry, PaymentReversal)), ZERO)
        kept = sum((entry.commission for entry in payments), ZERO)
        vat = sum((entry.vat_set_off for entry in payments), ZERO)
        return SettlementTotals(
            settlement_number=self.number,
            settled_on=self.day,
            gross=gross,
            kept_by_agency=kept,
            vat=vat,
            paid_out=gross - kept - vat,
        )


def rate_of(claim: HeldClaim) -> Decimal:
    """Return the late interest of a claim, in per cent a year."""
    return RATE if claim.claim.interest_rate is None else claim.claim.interest_rate


def _percent(rate: Decimal, amount: Decimal) -> Decimal:
    return (amount * rate / 100).quantize(ORE, ROUND_HALF_UP)


def _open(case: HeldCase) -> HeldCase:
    if case.closed is not None:
        raise ValueError(f"Case {case.reference} is closed: {case.closed}.")
    return case
