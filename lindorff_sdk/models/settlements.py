"""Transfer 4: payments, reversals, interest notes and closures from the agency. Amounts in NOK.

The split of a payment and who keeps which share is contract-specific: it is read here, never computed
(domain.md section 4).
"""

from datetime import date
from decimal import Decimal

from attrs import field, frozen

from lindorff_sdk.models.codes import ClosingReason, Party
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.money import ZERO, money, money_or_none, rate_or_none


@frozen(kw_only=True)
class Payment:
    """Money received on a claim.

    Attributes:
        transaction_id: The agency's own id of this payment.
        amount: What the creditor receives: principal + interest + costs.
        principal: The part that pays the invoice (*hovedstol*).
        interest: The creditor's share of late interest; it needs an interest note to be booked against.
        costs: Fees that are due to the creditor.
        paid_on: When the debtor paid.
        booked_on: When the agency booked it.
        settled_on: When it is paid out to the creditor.
        received_by: Who received the money: the agency, or the creditor itself.
        vat_set_off: VAT set off against the creditor.
        commission: What the agency keeps for its work.
        remaining_principal: What is left of the principal by the agency's books; never a payment by itself.
        text: The agency's remark (*merknad*).
    """

    transaction_id: str
    amount: Decimal = field(converter=money)
    principal: Decimal = field(converter=money)
    paid_on: date
    interest: Decimal = field(default=ZERO, converter=money)
    costs: Decimal = field(default=ZERO, converter=money)
    agency_case_number: str = ""
    reference: str = ""
    invoice_number: str = ""
    kid: str = ""
    booked_on: date | None = None
    settled_on: date | None = None
    received_by: Party = Party.AGENCY
    settlement_number: str = ""
    vat_set_off: Decimal = field(default=ZERO, converter=money)
    commission: Decimal = field(default=ZERO, converter=money)
    remaining_principal: Decimal | None = field(default=None, converter=money_or_none)
    text: str = ""


@frozen(kw_only=True)
class PaymentReversal:
    """A payment taken back: money going out of the creditor's account.

    Attributes:
        transaction_id: The agency's own id of the reversal.
        reverses: Transaction id of the payment that is taken back; ``""`` where the agency does not say: then the
            case is told by its number, the invoice or the reference, as that of a payment is.
        amount: How much, as a positive number: principal + interest + costs.
    """

    transaction_id: str
    reverses: str
    amount: Decimal = field(converter=money)
    principal: Decimal = field(converter=money)
    reversed_on: date
    interest: Decimal = field(default=ZERO, converter=money)
    costs: Decimal = field(default=ZERO, converter=money)
    agency_case_number: str = ""
    reference: str = ""
    invoice_number: str = ""
    settlement_number: str = ""
    text: str = ""


@frozen(kw_only=True)
class InterestNote:
    """Late interest the creditor charges (*rentenota*), to book the interest share of a payment against.

    Attributes:
        transaction_id: The agency's own id of the note.
        payment_transaction_id: The payment whose interest share it covers.
        amount: The interest.
        period_from: First day it covers; None where the agency does not say.
        period_to: Last day it covers.
        rate: Per cent a year.
    """

    transaction_id: str
    payment_transaction_id: str
    amount: Decimal = field(converter=money)
    issued_on: date
    note_number: str = ""
    agency_case_number: str = ""
    reference: str = ""
    invoice_number: str = ""
    period_from: date | None = None
    period_to: date | None = None
    rate: Decimal | None = field(default=None, converter=rate_or_none)


@frozen(kw_only=True)
class CaseClosure:
    """The end of a case at the agency (*saksavslutning*).

    Attributes:
        reason: The normalised reason.
        reason_code: The agency's own code, kept raw.
        remaining_principal: What is left unpaid; a zero without a payment is reported, never booked.
    """

    transaction_id: str
    closed_on: date
    reason: ClosingReason
    reason_code: str = ""
    agency_case_number: str = ""
    reference: str = ""
    remaining_principal: Decimal | None = field(default=None, converter=money_or_none)
    text: str = ""


@frozen(kw_only=True)
class SettlementTotals:
    """What one settlement comes to (*oppgjør*).

    Attributes:
        gross: Payments the agency received, less reversals.
        kept_by_agency: Commission.
        vat: VAT set off.
        paid_out: What reaches the creditor's account: gross - kept by the agency - VAT.
    """

    settlement_number: str
    settled_on: date
    gross: Decimal = field(converter=money)
    kept_by_agency: Decimal = field(converter=money)
    vat: Decimal = field(converter=money)
    paid_out: Decimal = field(converter=money)


SettlementEntry = Payment | PaymentReversal | InterestNote | CaseClosure | SettlementTotals


@frozen(kw_only=True)
class SettlementFile:
    """A file of settlements: its entries in the order in which they stand."""

    envelope: Envelope
    entries: tuple[SettlementEntry, ...] = ()
