"""The bank's files for tests of integrations: read without a finding, and one payment per payment."""

from datetime import date
from decimal import Decimal

import pytest

from lindorff_sdk.errors import SerializeError
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.reconciliation.bank import identified
from lindorff_sdk.reconciliation.identity import FileIdentity
from lindorff_sdk.testing import PaysTheBank, bank_file

NETS = shipped("nets-ocr-giro")
DAY = date(2026, 11, 25)
PAYMENTS = [PaysTheBank("123456782", "400.00"), PaysTheBank("1000005-", "12.50", taken_back=True)] * 2


def ids(data: bytes, name: str = "OCR1") -> list[str]:
    parsed = parse(data, NETS, file_name=name)
    assert parsed.findings == ()
    return [each.id for each in identified(parsed.require(), parsed, FileIdentity("n", name, ""))]  # type: ignore[arg-type]


def test_it_reads_as_what_it_was_made_of() -> None:
    """Amounts, KIDs and which way the money went; agreement and account as given."""
    parsed = parse(bank_file(PAYMENTS, day=DAY, agreement_id="001008586", account="99991042765"), NETS)
    assert parsed.findings == ()
    [assignment] = parsed.require().assignments  # type: ignore[union-attr]
    assert (assignment.agreement_id, assignment.account) == ("001008586", "99991042765")
    assert [(each.kid, each.amount, each.is_reversal) for each in assignment.transactions] == [
        ("123456782", Decimal("400.00"), False),
        ("1000005-", Decimal("-12.50"), True),
    ] * 2


def test_payments_are_told_apart_by_the_number() -> None:
    """The same number delivers the same payments again; another brings others, however alike they are."""
    first = ids(bank_file(PAYMENTS, day=DAY))
    assert len(set(first)) == 4
    assert ids(bank_file(PAYMENTS, day=DAY), "OCR2") == first
    assert not set(ids(bank_file(PAYMENTS, day=DAY, number=2))) & set(first)


def test_what_a_file_cannot_be() -> None:
    """A number or an amount that the layout cannot hold is told."""
    with pytest.raises(ValueError, match="from 1 to 99"):
        bank_file(PAYMENTS, day=DAY, number=100)
    with pytest.raises(SerializeError):
        bank_file(PAYMENTS, day=DAY, account="123")
