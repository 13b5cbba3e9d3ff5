"""Lines told by the sign of an amount, and a header before several kinds of line: settlements as tables have them."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.errors import ProfileError, SerializeError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.settlements import Payment, PaymentReversal, SettlementEntry, SettlementFile
from tests.files.support import LAW, small

_HEAD = """
id = "p"
version = "1"
holds_from = 2026-01-01
origin = "A test."
codec = "utf-8"
line_end = "lf"

[files.settlements]
name = "OP"
recognised_by = ["amount"]
defaults = { "envelope.customer_id" = "417" }
"""
TABLE = "delimited = { header = true }\n"
_NUMBER = 'kind = "amount", sign = "trailing", decimal_mark = ",", thousands = "."'
_FIXED = 'kind = "amount", sign = "trailing", length = 9'


def _record(name: str, model: str, day: str, amount: str, extra: str = "") -> str:
    fields = f"""
    {{ name = "id", length = 3, to = "transaction_id" }},
    {{ name = "amount", {amount}, to = "amount" }},
    {{ name = "principal", {amount}, empty = "blanks", to = "principal" }},
    {{ name = "day", kind = "date", to = "{day}" }},
    {{ name = "text", length = 5, to = "text" }},"""
    return f"""
[[files.settlements.records]]
name = "{name}"
opens = "entries"
model = "{model}"
occurs = "*"
defaults = {{ principal = "0.00"{extra} }}
fields = [{fields}
]
"""


def profile(number: str = _NUMBER, file: str = TABLE, more: str = "") -> Profile:
    """Return a profile of lines that are payments, or reversals if their amount is negative."""
    reversal = _record("back", "PaymentReversal", "reversed_on", f'{number}, only = "minus"', ', reverses = ""')
    return load_text(
        _HEAD + file + _record("paid", "Payment", "paid_on", f'{number}, only = "plus"') + reversal + more, "p.toml"
    )


PAID = Payment(transaction_id="T1", amount="1250.50", principal="1250.50", paid_on=date(2026, 1, 2), text="kr")
BACK = PaymentReversal(
    transaction_id="T2", reverses="", amount="1250.50", principal="0.00", reversed_on=date(2026, 1, 3)
)
HEADER = "id;amount;principal;day;text\n"
LINES = "T1;1.250,50;1.250,50;20260102;kr\nT2;1.250,50-;;20260103;\n"
FIXED = profile(_FIXED, "")


def _file(*entries: SettlementEntry) -> SettlementFile:
    return SettlementFile(envelope=Envelope(customer_id="417"), entries=entries)


def test_a_line_with_a_negative_amount_is_a_reversal_of_a_positive_one() -> None:
    data = (HEADER + LINES).encode()
    parsed = parse(data, profile())
    assert (parsed.model, parsed.findings) == (_file(PAID, BACK), ())
    assert serialize(parsed.require(), profile()) == data


def test_parts_of_the_other_sign_are_refused() -> None:
    """A reversal of which a part is positive is no reversal, nor is a payment with a negative part one."""
    for line in ("T2;1.250,50-;1.250,50;20260103;\n", "T1;1.250,50;1.250,50-;20260102;\n"):
        (found,) = parse((HEADER + line).encode(), profile()).errors()
        assert (found.code, found.field) == ("field-unreadable", "principal")


@pytest.mark.parametrize("layout", [profile(), FIXED], ids=["table", "fixed"])
def test_a_reversal_of_nothing_is_not_written_as_a_payment(layout: Profile) -> None:
    with pytest.raises(SerializeError) as refused:
        serialize(_file(evolve(BACK, amount="0.00")), layout)
    (found,) = refused.value.findings
    assert ("read as record paid" in found.message, found.expected) == (True, "amount with the sign that tells it")


@pytest.mark.parametrize("entry", [PAID, BACK])
def test_negative_amounts_are_not_written(entry: Payment | PaymentReversal) -> None:
    with pytest.raises(SerializeError, match="not negative"):
        serialize(_file(evolve(entry, amount=Decimal("-1.00"))), profile())


TOTAL = """
[[files.settlements.records]]
name = "end"
recognised_by = ["code"]
wins_over = ["paid", "back"]
fields = [
    { name = "code", kind = "constant", value = "SUM" },
    { name = "sum", kind = "amount", sign = "trailing", length = 12, sums = ["paid.amount"], less = ["back.amount"] },
]
"""
TRAILER = TOTAL.replace(", length = 12", ', decimal_mark = ","')


AMOUNTS = st.decimals("0.01", "99999.99", places=2)


@LAW
@given(paid=st.lists(st.tuples(AMOUNTS, st.booleans()), max_size=5), fixed=st.booleans())
def test_signs_come_back_as_what_they_tell(paid: list[tuple[Decimal, bool]], fixed: bool) -> None:
    """Payments and reversals in any order; the sum of the one less the other is what a total states."""
    entries = [evolve(BACK if back else PAID, amount=amount) for amount, back in paid]
    layout = profile(_FIXED, "", TOTAL) if fixed else profile(more=TRAILER)
    written = serialize(_file(*entries), layout)
    parsed = parse(written, layout, Transfer.SETTLEMENTS)
    assert (parsed.model, parsed.findings) == (_file(*entries), ())
    found = sum((-amount if back else amount for amount, back in paid), Decimal(0))
    stated = written.decode().splitlines()[-1]
    assert stated.startswith("SUM")
    assert stated.endswith("-") is (found < 0)


def test_a_trailer_stands_below_a_table_with_columns_of_its_own() -> None:
    """Its columns are not those of the header, however that orders the others."""
    layout = profile(more=TRAILER)
    moved = "text;id;principal;amount;day\nkr;T1;1.250,50;1.250,50;20260102\n;T2;;1.250,50-;20260103\nSUM;0,00\n"
    for data in (HEADER + LINES + "SUM;0,00\n", moved):
        parsed = parse(data.encode(), layout)
        assert parsed.model == _file(PAID, BACK)
        assert {found.code for found in parsed.findings} <= {"columns-differ"}
    wrong = parse((HEADER + LINES + "SUM;1,00\n").encode(), layout)
    assert [found.code for found in wrong.errors()] == ["sum-mismatch"]


def test_records_below_a_header_have_its_columns_or_a_constant() -> None:
    with pytest.raises(ProfileError) as refused:
        profile(more=TRAILER.replace('kind = "constant", value = "SUM"', 'to = "envelope.payout_account"'))
    assert "files.settlements.records[end].fields" in {found.field for found in refused.value.findings}


def test_a_payment_is_never_negative_whatever_the_profile_says() -> None:
    """Where one record reads both, a negative amount is refused; nor does a field of its own hold the sign."""
    text = _HEAD.replace('recognised_by = ["amount"]', "") + TABLE + _record("paid", "Payment", "paid_on", _NUMBER)
    layout = load_text(text)
    assert parse((HEADER + LINES.partition("\n")[0] + "\n").encode(), layout).model == _file(PAID)
    (found,) = parse((HEADER + LINES).encode(), layout).errors()
    assert (found.code, found.line, found.field) == ("field-unreadable", 3, "amount")
    assert "never negative" in found.expected
    apart = text.replace(f'{_NUMBER}, to = "amount"', 'kind = "amount", sign_in = "s", to = "amount"')
    with pytest.raises(ProfileError, match="one record for each, told by the sign"):
        load_text(apart.replace('{ name = "day"', '{ name = "s", kind = "sign" }, { name = "day"'))


def test_only_is_about_a_sign_within_a_number() -> None:
    field = '{ name = "amount", length = 8, kind = "amount", only = "minus", to = "amount" },'
    with pytest.raises(ProfileError, match="say 'sign'"):
        small(fields=field)
    layout = small(fields=field.replace("only", 'sign = "leading", only'))
    assert layout.file(Transfer.CORRECTIONS).record("correction").field("amount").only == "minus"
