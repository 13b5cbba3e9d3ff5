"""Files from the bank made up payment by payment, against the cases of the readings, whose claims have KIDs here."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import evolve

from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.identifiers import kid_check_digit
from lindorff_sdk.models.bank import BankAssignment, BankFile, BankTransaction
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.reconciliation.matching import KnownCase, KnownClaim
from lindorff_sdk.reconciliation.reconcile import Terms
from tests.exchange.readings import KNOWN

NETS = shipped("nets-ocr-giro")
DAY = date(2026, 11, 25)
AGREEMENT, ACCOUNT = "001008585", "99991042764"
BANK_TERMS = Terms(definition_id="nordlys", customer_id="00417", payments_from_agency=False)


def kid_of(invoice: str) -> str:
    """Return the KID of an invoice: its digits, and the check digit (modulus 10)."""
    body = f"{int(invoice.lstrip('IX')):07}"
    return body + kid_check_digit(body, 10)


def _with_kids(case: KnownCase) -> KnownCase:
    claims = (
        KnownClaim(invoice_number=number, remaining_amount=Decimal(1000), kid=kid_of(number))
        for number in case.invoice_numbers
    )
    return evolve(case, claims=tuple(claims))


BANK_KNOWN = evolve(KNOWN, cases=tuple(map(_with_kids, KNOWN.cases)))
"""The cases I1 (with I2), I3 and I4; 1 000.00 is left of each claim."""


def paid(invoice: str = "I1", amount: str | Decimal = "100.00", serial: int = 1, **changes: Any) -> BankTransaction:
    """Return a payment with the KID of an invoice."""
    plain = BankTransaction(
        transaction_type="10",
        booked_on=DAY,
        amount=amount,
        kid=kid_of(invoice),
        centre_id="13",
        day_code="20",
        partial_settlement="1",
        serial_number=f"{serial:05}",
        form_number="0000000000",
        archive_reference="000000000",
        paid_on=DAY,
        debit_account="99990512341",
    )
    return evolve(plain, **changes)


def taken_back(invoice: str = "I1", **changes: Any) -> BankTransaction:
    """Return a reversal."""
    return evolve(paid(invoice, "-40.00", 9, transaction_type="18"), **changes)


def assignment(transactions: Iterable[BankTransaction], **changes: Any) -> BankAssignment:
    """Return an assignment of these transactions."""
    plain = BankAssignment(
        agreement_id=AGREEMENT, number="0000001", account=ACCOUNT, transactions=tuple(transactions), settled_on=DAY
    )
    return evolve(plain, **changes)


def bank(*transactions: BankTransaction, number: int = 1) -> BankFile:
    """Return a file of one assignment."""
    return bank_of(assignment(transactions), number=number)


def bank_of(*assignments: BankAssignment, number: int = 1) -> BankFile:
    """Return a file of these assignments."""
    envelope = Envelope(customer_id="00010200", sequence=number)
    return BankFile(envelope=envelope, transmitter="00008080", assignments=assignments, settled_on=DAY)


def bank_bytes(*transactions: BankTransaction, number: int = 1) -> bytes:
    """Return the bytes of a file of one assignment."""
    return serialize(bank(*transactions, number=number), NETS)
