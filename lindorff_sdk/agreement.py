"""What an agreement says of whom claims are sent as, and of what may be told."""

from enum import StrEnum

from attrs import frozen


class CreditNotes(StrEnum):
    """How credit notes are told to the agency; an agreement may know direct payments only (domain.md section 2)."""

    AS_CREDIT_NOTES = "as_credit_notes"
    PARTIAL_AS_PAYMENTS = "partial_as_payments"
    """One that leaves something of the claim is told as a direct payment."""
    AS_PAYMENTS = "as_payments"


@frozen(kw_only=True)
class Level:
    """Whom claims of one level of the reminder process are sent as.

    Attributes:
        customer_id: The creditor's id at the agency for them; the definition's unless given.
        payout_account: The account to which the agency pays out for them; the definition's unless given.
    """

    customer_id: str = ""
    payout_account: str = ""
