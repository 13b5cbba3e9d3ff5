"""The profiles of public layouts: the bank's OCR giro, and the two lengths of Mamut's NK003."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.errors import SerializeError
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.identifiers import kid_check_digit
from lindorff_sdk.models.bank import BankAssignment, BankFile, BankTransaction
from lindorff_sdk.models.cases import CaseFile, Claim, CollectionCase
from lindorff_sdk.models.codes import ClaimKind, DebtorKind, Transfer
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parties import Address, Debtor
from tests.files.support import LAW

NETS, NK003 = shipped("nets-ocr-giro"), shipped("mamut-nk003")

PAID = BankTransaction(
    transaction_type="10",
    booked_on=date(2026, 4, 20),
    amount=Decimal("100.01"),
    kid="123456782",
    centre_id="13",
    day_code="20",
    partial_settlement="1",
    serial_number="00001",
    form_number="0000000001",
    archive_reference="000000000",
    paid_on=date(2026, 4, 19),
    debit_account="99990512341",
)
TEXTED = evolve(PAID, transaction_type="21", kid="", text="Faktura 16, hilsen Åse", debit_account="", paid_on=None)
REVERSED = evolve(PAID, transaction_type="18", amount=Decimal("-40.00"), kid="1000005-")


def columns(*parts: tuple[int, int, str]) -> str:
    """Return a record put together from the columns that domain.md lists: first, last, text."""
    line = ""
    for first, last, text in parts:
        assert len(line) == first - 1, "the columns follow each other"
        line += text.ljust(last - first + 1)
    return line


def bank_file(*transactions: BankTransaction) -> BankFile:
    assignment = BankAssignment(
        agreement_id="001008585",
        number="0000001",
        account="99991042764",
        transactions=transactions,
        settled_on=date(2026, 4, 20),
    )
    envelope = Envelope(customer_id="00010200", sequence=170031)
    # Two assignments may have one number; they stay two.
    return BankFile(
        envelope=envelope, transmitter="00008080", assignments=(assignment,) * 2, settled_on=date(2026, 4, 20)
    )


FILE = bank_file(PAID, TEXTED, REVERSED)
DATA = serialize(FILE, NETS)


def test_a_bank_file_comes_back_as_it_went() -> None:
    """Every line is 80 bytes; øre, signs, a KID that ends in ``-``, and both assignments of one number survive."""
    assert {len(line) for line in DATA.split(b"\n")[:-1]} == {80}
    parsed = parse(DATA, NETS)
    assert parsed.findings == ()
    assert parsed.transfer is Transfer.BANK
    assert parsed.model == FILE
    reversal = parsed.require().assignments[1].transactions[2]  # type: ignore[union-attr]
    assert (reversal.amount, reversal.is_reversal, reversal.kid) == (Decimal("-40.00"), True, "1000005-")


def test_reversals_are_added_to_the_control_total() -> None:
    """The documented trap: money going out counts as if it came in."""
    end = DATA.split(b"\n")[-2]
    assert end[24:41] == b"%017d" % ((10001 + 10001 + 4000) * 2)


def test_the_sign_is_part_of_the_amount() -> None:
    plus = DATA.replace(b"00001-0000000000000400", b"0000100000000000000400")
    assert plus != DATA
    assert parse(plus, NETS).require().assignments[0].transactions[2].amount == Decimal("40.00")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        (b"NY00008900000006", b"NY00008900000007", "count-mismatch", "transactions"),
        (b"NY00008900000006000000", b"NY00008900000006000001", "count-mismatch", "records"),
        (b"00000000000048004", b"00000000000048005", "sum-mismatch", "amount"),
        (b"200426200426200426", b"200426190426200426", "date-mismatch", "earliest"),
        (b"NY0921310000002", b"NY0921310000009", "key-mismatch", "transaction_number"),
        (b"NY0921310000002", b"NY0920310000002", "key-mismatch", "type"),
        (b"NY0910300000001", b"NY0910300000007", "number-unexpected", "transaction_number"),
    ],
)
def test_what_was_altered_is_told(old: bytes, new: bytes, code: str, field: str) -> None:
    """A control total, a count, a date, the key of a line, a running number: each is noticed where it stands."""
    if old not in DATA:
        pytest.fail(f"the sample holds no {old!r}")
    parsed = parse(DATA.replace(old, new, 1), NETS)
    codes = {(found.code, found.field) for found in parsed.findings}
    assert (code, field) in codes


def test_a_removed_transaction_is_noticed() -> None:
    lines = DATA.split(b"\n")
    parsed = parse(b"\n".join(lines[:2] + lines[4:]), NETS)
    assert parsed.refused
    assert {"count-mismatch", "sum-mismatch"} <= {found.code for found in parsed.findings}


def test_a_filler_in_use_is_kept_and_written_back() -> None:
    """Columns 35-41 of amount item 2 are a filler in the manual, and in use in real files."""
    at = DATA.index(b"NY0910310000001") + 34
    used = DATA[:at] + b"1234567" + DATA[at + 7 :]
    parsed = parse(used, NETS)
    assert parsed.findings == ()
    assert serialize(parsed.require(), NETS, kept=parsed.kept) == used


KIDS = st.builds(
    lambda body, modulus: body + kid_check_digit(body, modulus),
    st.text("0123456789", min_size=1, max_size=24),
    st.sampled_from((10, 11)),
)


@pytest.mark.parametrize(
    "kid", ["123456783", "1000005-", "12345678901234567890123453"[:25], "0", "12345678A", "Faktura 1"]
)
def test_a_wrong_kid_is_told_where_it_stands(kid: str) -> None:
    """By which modulus is not known here: one that is wrong by both is told, with line and column, and kept."""
    parsed = parse(serialize(bank_file(PAID, evolve(PAID, kid=kid), PAID), NETS), NETS, file_name="OCR1")
    wrong = kid != "1000005-"
    assert [(found.code, found.severity, found.line) for found in parsed.findings] == (
        [("kid-wrong", "warning", 5), ("kid-wrong", "warning", 13)] if wrong else []
    )
    for found in parsed.findings:
        assert (found.file, found.record, found.field, found.column, found.width) == (
            "OCR1",
            "amount_item_1",
            "kid",
            50,
            25,
        )
        assert found.found == kid
    assert parsed.require().assignments[0].transactions[1].kid == kid  # type: ignore[union-attr]


@LAW
@given(
    st.lists(
        st.builds(
            evolve,
            st.sampled_from([PAID, TEXTED, REVERSED]),
            amount=st.integers(-(10**14), 10**14).map(lambda ore: Decimal(ore).scaleb(-2)),
            booked_on=st.dates(date(1969, 1, 1), date(2068, 12, 31)),
            kid=st.just("") | KIDS,
        ),
        max_size=4,
    )
)
def test_bank_files_keep_the_laws(transactions: list[BankTransaction]) -> None:
    """Round trips of whole files: models to bytes and back, bytes to models and back."""
    file = bank_file(*transactions)
    data = serialize(file, NETS)
    parsed = parse(data, NETS)
    assert parsed.model == file
    assert parsed.findings == ()
    assert serialize(parsed.require(), NETS) == data


_BY_HAND = [
    ((1, 8, "NY000010"), (9, 16, "00008080"), (17, 23, "0170031"), (24, 31, "00010200"), (32, 80, "0" * 49)),
    ((1, 8, "NY090020"), (9, 17, "001008585"), (18, 24, "0000002"), (25, 35, "99991042764"), (36, 80, "0" * 45)),
    (
        (1, 8, "NY091030"),
        (9, 15, "0000001"),
        (16, 21, "200499"),
        (22, 23, "13"),
        (24, 25, "20"),
        (26, 26, "1"),
        (27, 31, "00001"),
        (32, 32, "0"),
        (33, 49, "00000000000010001"),
        (50, 74, f"{'1000005-':>25}"),
        (75, 80, "000000"),
    ),
    (
        (1, 8, "NY091031"),
        (9, 15, "0000001"),
        (16, 25, "0000000001"),
        (26, 34, "000000000"),
        (35, 41, "0000000"),
        (42, 47, "000000"),
        (48, 58, "00000000000"),
        (59, 80, "0" * 22),
    ),
    (
        (1, 8, "NY092030"),
        (9, 15, "0000002"),
        (16, 21, "210499"),
        (22, 23, "13"),
        (24, 25, "20"),
        (26, 26, "1"),
        (27, 31, "00002"),
        (32, 32, "-"),
        (33, 49, "00000000000000400"),
        (50, 74, " " * 25),
        (75, 80, "000000"),
    ),
    (
        (1, 8, "NY092031"),
        (9, 15, "0000002"),
        (16, 25, "0000000002"),
        (26, 34, "000000000"),
        (35, 41, "0000000"),
        (42, 47, "200499"),
        (48, 58, "99990512341"),
        (59, 80, "0" * 22),
    ),
    ((1, 8, "NY092032"), (9, 15, "0000002"), (16, 55, "Tilbake, Åse"), (56, 80, "0" * 25)),
    (
        (1, 8, "NY090088"),
        (9, 16, "00000002"),
        (17, 24, "00000007"),
        (25, 41, "00000000000010401"),
        (42, 47, "210499"),
        (48, 53, "200499"),
        (54, 59, "210499"),
        (60, 80, "0" * 21),
    ),
    (
        (1, 8, "NY000089"),
        (9, 16, "00000002"),
        (17, 24, "00000009"),
        (25, 41, "00000000000010401"),
        (42, 47, "210499"),
        (48, 80, "0" * 33),
    ),
]


def test_a_bank_file_put_together_by_the_published_columns_is_read() -> None:
    """Each value of domain.md section 7 in its place: øre, sign, KID with a dash, text, an unknown day and account."""
    data = "".join(f"{columns(*parts)}\n" for parts in _BY_HAND).encode("iso-8859-1")
    parsed = parse(data, NETS)
    assert parsed.findings == ()
    file = parsed.require()
    assert (file.envelope.sequence, file.envelope.customer_id) == (170031, "00010200")
    (assignment,) = file.assignments  # type: ignore[union-attr]
    assert (assignment.number, assignment.account) == ("0000002", "99991042764")
    paid, back = assignment.transactions
    assert (paid.amount, paid.kid, paid.paid_on, paid.debit_account) == (Decimal("100.01"), "1000005-", None, "")
    assert (back.amount, back.text, back.paid_on) == (Decimal("-4.00"), "Tilbake, Åse", date(1999, 4, 20))
    assert (paid.is_reversal, back.is_reversal) == (False, True)
    assert serialize(file, NETS) == data


# NK003 ---------------------------------------------------------------------------------------------------------------

CLAIM = Claim(
    invoice_number="16",
    invoice_date=date(2009, 7, 20),
    due_date=date(2009, 7, 20),
    original_amount="712.50",
    remaining_amount="712.50",
)
CASE = CollectionCase(
    reference="30001",
    debtor=Debtor(
        number="30001",
        kind=DebtorKind.PRIVATE,
        name="Åse Øst",
        address=Address(line1="Storgata 1", postcode="0150", city="OSLO"),
    ),
    claims=(CLAIM, evolve(CLAIM, invoice_number="17", kind=ClaimKind.INVOICE, text="ref 5")),
)
CASES = CaseFile(
    envelope=Envelope(customer_id="000999"),
    cases=(CASE, evolve(CASE, reference="7", debtor=evolve(CASE.debtor, number="7"))),
)


@pytest.mark.parametrize(("layout", "width"), [("standard", 226), ("advanced", 287)])
def test_both_lengths_are_written_and_told_apart(layout: str, width: int) -> None:
    """The type code is the same; the record's length tells, also without being told."""
    organisation = "" if layout == "standard" else "00987654321"
    file = evolve(
        CASES, cases=tuple(evolve(c, debtor=evolve(c.debtor, organisation_number=organisation)) for c in CASES.cases)
    )
    data = serialize(file, NK003, layout=layout)
    lines = data.split(b"\r\n")[:-1]
    assert {len(line) for line in lines} == {width}
    assert lines[0].startswith(b"NK003000999000030001")
    assert lines[0].endswith(b"2009072020090720000071250F")
    parsed = parse(data, NK003)
    assert (parsed.layout, parsed.findings) == (layout, ())
    assert parsed.model == file
    assert serialize(parsed.require(), NK003, layout=parsed.layout) == data


_STANDARD = (
    (1, 5, "NK003"),
    (6, 11, "000999"),
    (12, 20, "000030001"),
    (21, 60, "Åse Øst"),
    (61, 100, "Storgata 1"),
    (101, 125, "0150"),
    (126, 160, "OSLO"),
    (161, 180, "16"),
    (181, 200, "0"),
    (201, 208, "20090720"),
    (209, 216, "20090720"),
    (217, 225, "000071250"),
    (226, 226, "F"),
)
_ADVANCED = (
    (1, 5, "NK003"),
    (6, 11, "000999"),
    (12, 20, "000030001"),
    (21, 31, "00987654321"),
    (32, 71, "Åse Øst"),
    (72, 111, "Storgata 1"),
    (112, 136, "0150"),
    (137, 171, "OSLO"),
    (172, 191, "0"),
    (192, 211, "16"),
    (212, 241, "Ola"),
    (242, 261, "0"),
    (262, 269, "20090720"),
    (270, 277, "20090720"),
    (278, 286, "000071250"),
    (287, 287, "F"),
)


@pytest.mark.parametrize(("parts", "width", "text"), [(_STANDARD, 226, ""), (_ADVANCED, 287, "0")])
def test_records_put_together_by_the_published_columns_are_read(
    parts: tuple[tuple[int, int, str], ...], width: int, text: str
) -> None:
    """Each value in its place; "0" means blank where the description says so, and only there."""
    data = f"{columns(*parts)}\r\n".encode("iso-8859-1")
    assert len(data) == width + 2
    parsed = parse(data, NK003)
    assert parsed.findings == ()
    (case,) = parsed.require().cases  # type: ignore[union-attr]
    assert (case.debtor.number, case.debtor.email, case.debtor.address.city) == ("30001", "", "OSLO")
    (claim,) = case.claims
    assert (claim.invoice_number, claim.text, claim.remaining_amount) == ("16", text, Decimal("712.50"))
    assert parsed.require().envelope.customer_id == "000999"
    assert serialize(parsed.require(), NK003, layout=parsed.layout, kept=parsed.kept) == data


def test_the_published_example_is_read() -> None:
    """Client 000999, customer 000030001, invoice 16, balance 712.50: as help.mamut.com shows them."""
    (case, _) = parse(serialize(CASES, NK003), NK003).require().cases  # type: ignore[union-attr]
    assert (case.debtor.number, case.claims[0].remaining_amount) == ("30001", Decimal("712.50"))


def test_what_the_layout_cannot_tell_is_refused() -> None:
    """A remaining amount that is not the original one, a zero in front of a customer number: one field, two values."""
    claim = evolve(CLAIM, remaining_amount="1.00")
    zero = evolve(CASE, reference="007", debtor=evolve(CASE.debtor, number="007"))
    with pytest.raises(SerializeError) as refused:
        serialize(evolve(CASES, cases=(evolve(CASE, claims=(claim,)), zero)), NK003)
    assert {found.field for found in refused.value.findings} == {"claims[].remaining_amount", "debtor.number"}
