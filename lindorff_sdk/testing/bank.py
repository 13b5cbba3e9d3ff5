"""The bank's files, for tests of an integration whose payments come by the bank."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from attrs import field, frozen

from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.bank import BankAssignment, BankFile, BankTransaction
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.money import money

_MANY = 1000
"""Payments that one file may have: each has a serial number of its own, also among those of other files."""


@frozen
class PaysTheBank:
    """A debtor pays to the creditor's account.

    Attributes:
        kid: Payment reference of the claim.
        amount: NOK.
        taken_back: Whether the bank takes the money back instead.
        debit_account: The payer's account.
    """

    kid: str
    amount: Decimal = field(converter=money)
    taken_back: bool = False
    debit_account: str = "99990512341"


def bank_file(
    payments: Iterable[PaysTheBank],
    *,
    day: date,
    number: int = 1,
    agreement_id: str = "001008585",
    account: str = "99991042764",
) -> bytes:
    """Return an OCR giro file of one assignment, as the bank delivers it.

    Args:
        payments: What it holds, at most 1,000.
        day: When it was all paid, booked and settled.
        number: Number of the transmission, 1 to 99. The payments of two numbers are told apart however alike they are;
            those of one number are the same payments delivered again.
        agreement_id: The creditor's agreement with the bank: nine digits.
        account: The creditor's account: eleven digits.

    Raises:
        SerializeError: If the file cannot hold something.
        ValueError: If there are too many payments, or the number is another.
    """
    transactions = [_transaction(payment, number * _MANY + place, day) for place, payment in enumerate(payments)]
    if len(transactions) > _MANY or not 1 <= number <= 99:
        raise ValueError("A file has at most 1,000 payments, and a number from 1 to 99.")
    assignment = BankAssignment(
        agreement_id=agreement_id,
        number=f"{number:07}",
        account=account,
        transactions=tuple(transactions),
        settled_on=day,
    )
    envelope = Envelope(customer_id="00010200", sequence=number)
    file = BankFile(envelope=envelope, transmitter="00008080", assignments=(assignment,), settled_on=day)
    return serialize(file, shipped("nets-ocr-giro"))


def _transaction(payment: PaysTheBank, serial: int, day: date) -> BankTransaction:
    return BankTransaction(
        transaction_type="18" if payment.taken_back else "10",
        booked_on=day,
        amount=-payment.amount if payment.taken_back else payment.amount,
        kid=payment.kid,
        centre_id="13",
        day_code="20",
        partial_settlement="1",
        serial_number=f"{serial:05}",
        form_number=f"{serial:010}",
        archive_reference="000000000",
        paid_on=day,
        debit_account=payment.debit_account,
    )
