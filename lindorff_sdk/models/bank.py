"""What the bank reports: payments with KID, in the file of the second money model (domain.md, sections 2 and 7)."""

from datetime import date
from decimal import Decimal

from attrs import field, frozen

from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.money import money

_REVERSALS = frozenset({"18", "20"})


@frozen(kw_only=True)
class BankTransaction:
    """One payment into the creditor's account, or one taken back.

    Attributes:
        transaction_type: The bank's code, 10 to 21; 18 and 20 are reversals, 20 and 21 have a text and no KID.
        booked_on: When the bank booked it.
        amount: NOK; negative where the file gives it a minus sign.
        kid: Payment reference; it may end in ``-`` (modulus 11).
        text: What the payer wrote, where there is no KID.
        archive_reference: The bank's reference, or the debtor's agreement.
        paid_on: When the payer's bank took the money; None if unknown.
        debit_account: The payer's account; ``""`` if unknown.
    """

    transaction_type: str
    booked_on: date
    amount: Decimal = field(converter=money)
    kid: str = ""
    centre_id: str = ""
    day_code: str = ""
    partial_settlement: str = ""
    serial_number: str = ""
    form_number: str = ""
    archive_reference: str = ""
    paid_on: date | None = None
    debit_account: str = ""
    text: str = ""

    @property
    def is_reversal(self) -> bool:
        """Whether money goes out: the type says so, or the sign."""
        return self.transaction_type in _REVERSALS or self.amount < 0


@frozen(kw_only=True)
class BankAssignment:
    """The payments into one account under one agreement (*oppdrag*)."""

    agreement_id: str
    number: str
    account: str
    transactions: tuple[BankTransaction, ...] = ()
    settled_on: date | None = None


@frozen(kw_only=True)
class BankFile:
    """A file from the bank (*forsendelse*).

    Attributes:
        envelope: The receiver's id at the bank (``customer_id``) and the transmission's number (``sequence``).
        transmitter: Who sent it.
    """

    envelope: Envelope
    transmitter: str
    assignments: tuple[BankAssignment, ...] = ()
    settled_on: date | None = None
