"""Batches in files whose models know none: start and end records, totals of each, what a start says of all below."""

import io
from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.errors import ProfileError, SerializeError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.stream import iter_parse
from lindorff_sdk.models.codes import ClosingReason, Transfer
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.settlements import CaseClosure, Payment, SettlementFile
from tests.files.support import LAW

_BATCHES = """
id = "batches"
version = "1"
holds_from = 2026-01-01
origin = "Made by a test."
codec = "iso-8859-1"
line_end = "lf"

[files.settlements]
name = "OP{sequence}"
recognised_by = ["code"]

[[files.settlements.records]]
name = "start"
fields = [
    { name = "code", length = 1, kind = "constant", value = "S" },
    { name = "customer", length = 5, to = "envelope.customer_id" },
    { name = "batches", length = 2, kind = "integer", counts = ["batch"] },
]

[[files.settlements.records]]
name = "batch"
opens = "entries"
batch = true
occurs = "*"
fields = [
    { name = "code", length = 1, kind = "constant", value = "B" },
    { name = "number", length = 3, kind = "integer", numbers = "batch" },
    { name = "settlement", length = 4, to = "settlement_number" },
    { name = "settled", kind = "date", format = "%d%m%y", to = "settled_on", empty = "zeros" },
    { name = "payments", length = 2, kind = "integer", counts = ["payment"] },
]

[[files.settlements.records]]
name = "payment"
under = "batch"
opens = "entries"
model = "Payment"
occurs = "*"
fields = [
    { name = "code", length = 1, kind = "constant", value = "P" },
    { name = "number", length = 2, kind = "integer", numbers = "payment", within = "batch" },
    { name = "id", length = 3, to = "transaction_id" },
    { name = "amount", length = 6, kind = "amount", to = "amount", also_to = "principal" },
    { name = "paid", kind = "date", format = "%d%m%y", to = "paid_on" },
]

[[files.settlements.records]]
name = "closure"
under = "batch"
opens = "entries"
model = "CaseClosure"
occurs = "*"
fields = [
    { name = "code", length = 1, kind = "constant", value = "C" },
    { name = "id", length = 3, to = "transaction_id" },
    { name = "on", kind = "date", format = "%d%m%y", to = "closed_on" },
    { name = "why", length = 1, kind = "code", to = "reason", codes = { A = "bankrupt", B = "other" } },
]

[[files.settlements.records]]
name = "batch_end"
under = "batch"
fields = [
    { name = "code", length = 1, kind = "constant", value = "E" },
    { name = "number", length = 3, kind = "digits", matches = "number" },
    { name = "lines", length = 2, kind = "integer", counts = ["*"] },
    { name = "sum", length = 8, kind = "amount", sums = ["payment.amount"] },
    { name = "latest", kind = "date", format = "%d%m%y", lasts = ["payment.paid"], empty = "zeros" },
]

[[files.settlements.records]]
name = "end"
fields = [
    { name = "code", length = 1, kind = "constant", value = "Z" },
    { name = "lines", length = 2, kind = "integer", counts = ["*"], offset = -2 },
    { name = "sum", length = 8, kind = "amount", sums = ["payment.amount"] },
]
"""


def profile(old: str = "", new: str = "") -> Profile:
    assert old in _BATCHES
    return load_text(_BATCHES.replace(old, new, 1) if old else _BATCHES, "batches.toml")


CLOSURE = '[[files.settlements.records]]\nname = "closure"'
MORE = """
[[files.settlements.records]]
name = "more"
under = "payment"
occurs = "*"
fields = [
    { name = "code", length = 1, kind = "constant", value = "M" },
    { name = "again", length = 4, to = "settlement_number" },
]
"""
PAID = Payment(
    transaction_id="T1",
    amount="10.00",
    principal="10.00",
    paid_on=date(2026, 11, 1),
    settlement_number="7001",
    settled_on=date(2026, 11, 3),
)
CLOSED = CaseClosure(transaction_id="T2", closed_on=date(2026, 11, 2), reason=ClosingReason.BANKRUPT)
OTHER = evolve(PAID, transaction_id="T3", amount="2.50", principal="2.50", settlement_number="7002", settled_on=None)
FILE = SettlementFile(
    envelope=Envelope(customer_id="417"), entries=(PAID, CLOSED, evolve(PAID, transaction_id="T4"), OTHER)
)
TEXT = """\
S417  02
B001700103112602
P01T1 001000011126
CT2 021126A
P02T4 001000011126
E0010500002000011126
B002700200000001
P01T3 000250011126
E0020300000250011126
Z0800002250
"""


def test_batches_are_written_and_read() -> None:
    """The models hold the entries in their order, each with what its batch says of it; closures have no settlement."""
    assert serialize(FILE, profile()).decode() == TEXT
    parsed = parse(TEXT.encode(), profile())
    assert parsed.findings == ()
    assert parsed.model == FILE
    entries = parsed.require().entries  # type: ignore[union-attr]
    assert [parsed.origin(entry).line for entry in entries] == [3, 4, 5, 8]


@pytest.mark.parametrize(
    ("old", "new", "code", "field", "line"),
    [
        ("B001700103112602", "B001700103112603", "count-mismatch", "payments", 2),
        ("S417  02", "S417  03", "count-mismatch", "batches", 1),
        ("E00105", "E00106", "count-mismatch", "lines", 6),
        ("00002000011126", "00002001011126", "sum-mismatch", "sum", 6),
        ("00000250011126\nZ", "00000250021126\nZ", "date-mismatch", "latest", 9),
        ("Z0800002250", "Z0800002251", "sum-mismatch", "sum", 10),
        ("Z08", "Z09", "count-mismatch", "lines", 10),
        ("E002", "E003", "key-mismatch", "number", 9),
        ("B002", "B003", "number-unexpected", "number", 7),
        ("P01T3", "P03T3", "number-unexpected", "number", 8),
    ],
)
def test_each_total_of_each_batch_is_verified(old: str, new: str, code: str, field: str, line: int) -> None:
    """In the start and in the end of a batch, and of the file."""
    parsed = parse(TEXT.replace(old, new, 1).encode(), profile())
    found = [(each.code, each.field, each.line) for each in parsed.findings]
    assert (code, field, line) in found
    assert parsed.refused or code == "number-unexpected"


@pytest.mark.parametrize("lost", [1, 5, 6, 8])
def test_a_batch_without_its_start_or_end_is_refused(lost: int) -> None:
    lines = TEXT.splitlines(keepends=True)
    del lines[lost]
    assert parse("".join(lines).encode(), profile()).refused


def test_batches_that_models_cannot_tell_are_reported() -> None:
    """An empty batch, or one that says what the one before said: the file written again has one less."""
    empty = TEXT.replace("S417  02", "S417  03").replace("Z08", "B003700200000000\nE0030200000000000000\nZ10")
    parsed = parse(empty.encode(), profile())
    assert [(found.code, found.line) for found in parsed.findings] == [("batch-lost", 10)]
    assert parsed.model == FILE
    alike = TEXT.replace("B002700200000001", "B002700103112601")
    parsed = parse(alike.encode(), profile())
    assert [(found.code, found.line) for found in parsed.findings] == [("batch-lost", 7)]


def test_a_file_without_batches() -> None:
    none = evolve(FILE, entries=())
    assert serialize(none, profile()).decode() == "S417  00\nZ0000000000\n"
    assert parse(serialize(none, profile()), profile()).model == none


def test_what_a_batch_says_must_fit() -> None:
    with pytest.raises(SerializeError) as refused:
        serialize(evolve(FILE, entries=(evolve(PAID, settlement_number="70011"),)), profile())
    assert [found.field for found in refused.value.findings] == ["settlement_number"]


def test_batches_are_streamed() -> None:
    """An entry is handed out with what its batch says, from its place; all of them, or those of one record."""
    lines = dict(zip((3, 4, 5, 8), FILE.entries, strict=True))
    payments = {line: entry for line, entry in lines.items() if isinstance(entry, Payment)}
    for each, expected in (("", lines), ("payment", payments)):
        streamed = list(iter_parse(io.BytesIO(TEXT.encode()), profile(), each=each))
        assert {one.origin.line: one.item for one in streamed} == expected
    many = evolve(FILE, entries=tuple(evolve(PAID, settlement_number=f"{n:04}") for n in range(90)) * 1)
    long = profile(
        'length = 2, kind = "integer", counts = ["*"], offset', 'length = 5, kind = "integer", counts = ["*"], offset'
    )
    assert [one.item for one in iter_parse(io.BytesIO(serialize(many, long)), long)] == list(many.entries)


def test_a_refused_record_leaves_its_batch() -> None:
    """Where nothing is summed, the rest of the batch is used."""
    plain = _BATCHES
    for total in ('{ name = "sum", length = 8, kind = "amount", sums = ["payment.amount"] },',):
        plain = plain.replace(total, "")
    layout = load_text(plain.replace('lasts = ["payment.paid"], empty = "zeros"', 'to = "booked_on", empty = "zeros"'))
    text = TEXT.replace("00002000", "").replace("00000250011126\nZ", "011126\nZ").replace("Z0800002250", "Z08")
    parsed = parse(text.replace("P02T4 0010", "P02T4 0x10").encode(), layout, on_error=OnError.REFUSE_RECORD)
    entries = parsed.require().entries  # type: ignore[union-attr]
    assert [getattr(entry, "transaction_id", "") for entry in entries] == ["T1", "T2", "T3"]
    assert {entry.booked_on for entry in entries if isinstance(entry, Payment)} == {date(2026, 11, 1)}


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ('opens = "entries"\nbatch = true', "batch = true", "records[batch].batch", "of what"),
        ("batch = true", 'batch = true\nmodel = "Payment"', "records[batch].model", "class"),
        ('to = "settlement_number" }', 'to = "reserves" }', "records[batch].fields[settlement].to", "no attribute"),
        (
            'to = "transaction_id" },\n    { name = "amount"',
            'to = "settlement_number" },\n    { name = "amount"',
            "records[payment].fields[id].to",
            "batch gives",
        ),
        (
            CLOSURE,
            MORE + CLOSURE,
            "records[more].fields[again].to",
            "batch gives",
        ),
        (
            'format = "%d%m%y", to = "paid_on"',
            'format = "%d%m%y", to = "booked_on"',
            "records[payment]",
            "Nothing fills 'paid_on'",
        ),
        (
            'name = "sum", length = 8, kind = "amount", sums = ["payment.amount"] },\n    { name = "latest"',
            'name = "sum", length = 8, kind = "amount", to = "gross" },\n    { name = "latest"',
            "records[batch_end].fields[sum].to",
            "no object in the batch (Payment, CaseClosure) has 'gross'. Let a record under 'batch' open",
        ),
        (
            "batch = true",
            'batch = true\ndefaults = { gross = "1.00" }',
            "records[batch].defaults.gross",
            "would be lost",
        ),
        (
            'name = "closure"\nunder = "batch"',
            'name = "closure"\nunder = "payment"',
            "records[closure].opens",
            "Payment has no attribute 'entries', which is one of what 'batch' opens: say under = 'batch'.",
        ),
        (
            'length = 3, to = "transaction_id"',
            'length = 3, to = "^envelope.payout_account"',
            "records[payment].fields[id].to",
            "which is one of the file: a field of record 'batch' can give it, by '^envelope.payout_account'.",
        ),
        (
            'length = 3, to = "transaction_id"',
            'length = 3, to = "envelope.payout_account"',
            "records[payment].fields[id].to",
            "Payment has no attribute 'envelope.payout_account', which is one of the file",
        ),
        (
            'length = 3, to = "transaction_id"',
            'length = 3, to = "^reference"',
            "records[payment].fields[id].to",
            "the batch of 'batch', which keeps nothing for itself: say 'reference'.",
        ),
        (
            'length = 3, to = "transaction_id"',
            'length = 3, to = "^no_such"',
            "records[payment].fields[id].to",
            "'^' leads from here to the batch of 'batch', which keeps nothing for itself.",
        ),
        (
            'length = 3, to = "transaction_id"',
            'length = 3, to = "^envelope.payout_account"',
            "records[payment].fields[id].to",
            "The batch of 'batch' has no attribute 'envelope.payout_account'",
        ),
        ('to = "settlement_number"', 'to = "settlement"', "records[batch].fields[settlement].to", "A batch of entries"),
    ],
)
def test_mistakes_about_batches_are_named(old: str, new: str, path: str, words: str) -> None:
    with pytest.raises(ProfileError) as refused:
        profile(old, new)
    found = [(each.field.removeprefix("files.settlements."), each.message) for each in refused.value.findings]
    assert any(at == path and words in message for at, message in found), found


def test_what_must_be_there_may_come_from_the_batch() -> None:
    """A payment's date that only the batch states."""
    layout = load_text(
        _BATCHES.replace('format = "%d%m%y", to = "paid_on"', 'format = "%d%m%y", to = "booked_on", empty = "zeros"')
        .replace('to = "settled_on", empty = "zeros"', 'to = "paid_on"')
        .replace('lasts = ["payment.paid"]', 'to = "settled_on"')
    )
    file = evolve(FILE, entries=(evolve(PAID, settled_on=None), CLOSED))
    parsed = parse(serialize(file, layout), layout)
    assert parsed.model == file


_DAYS = st.dates(date(1969, 1, 1), date(2068, 12, 31))
_SAID = {"settlement_number": st.sampled_from(["", "7", "æ", "7001"]), "settled_on": st.none() | _DAYS}
_IDS = st.text("æA1", max_size=3)
_AMOUNTS = st.integers(0, 999_999).map(lambda ore: Decimal(ore).scaleb(-2))
_PAYMENTS = st.builds(
    lambda amount, **more: Payment(amount=amount, principal=amount, **more),
    amount=_AMOUNTS,
    transaction_id=_IDS,
    paid_on=_DAYS,
    **_SAID,
)
_REASONS = st.sampled_from([ClosingReason.BANKRUPT, ClosingReason.OTHER])
_CLOSURES = st.builds(CaseClosure, transaction_id=_IDS, closed_on=_DAYS, reason=_REASONS)
_FILES = st.builds(
    SettlementFile,
    envelope=st.just(Envelope(customer_id="417")),
    entries=st.lists(_PAYMENTS | _CLOSURES, max_size=9).map(tuple),
)


@LAW
@given(_FILES)
def test_files_of_batches_keep_the_laws(file: SettlementFile) -> None:
    """Models to bytes and back, bytes to models and back; whichever entries follow each other."""
    data = serialize(file, profile())
    parsed = parse(data, profile())
    assert parsed.findings == ()
    assert parsed.model == file
    assert serialize(parsed.require(), profile()) == data
    total = sum((entry.amount for entry in file.entries if isinstance(entry, Payment)), Decimal(0))
    assert data.splitlines()[-1][3:] == b"%08d" % (total * 100)
    assert tuple(streamed.item for streamed in iter_parse(io.BytesIO(data), profile())) == file.entries


_CASES = """
[files.cases]
name = "LS{created_at:%Y%m%d}"
recognised_by = ["code"]
defaults = { "envelope.customer_id" = "417" }

[[files.cases.records]]
name = "day"
opens = "cases"
batch = true
occurs = "*"
fields = [
    { name = "code", length = 1, kind = "constant", value = "D" },
    { name = "collected", kind = "date", to = "collection_date" },
    { name = "level", length = 1, kind = "code", to = "start_level", codes = { N = "notice", D = "demand" } },
    { name = "cases", length = 2, kind = "integer", counts = ["case"] },
]

[[files.cases.records]]
name = "case"
under = "day"
opens = "cases"
occurs = "+"
defaults = { "debtor.kind" = "company" }
fields = [
    { name = "code", length = 1, kind = "constant", value = "C" },
    { name = "reference", length = 3, to = "reference" },
    { name = "name", length = 5, to = "debtor.name", also_to = "debtor.number" },
    { name = "theirs", length = 2, kind = "reserved" },
]

[[files.cases.records]]
name = "claim"
under = "case"
opens = "claims"
occurs = "+"
fields = [
    { name = "code", length = 1, kind = "constant", value = "I" },
    { name = "invoice", length = 3, to = "invoice_number" },
    { name = "date", kind = "date", to = "invoice_date" },
    { name = "due", kind = "date", to = "due_date" },
    { name = "owed", length = 6, kind = "amount", to = "original_amount", also_to = "remaining_amount" },
]

[[files.cases.records]]
name = "day_end"
under = "day"
fields = [
    { name = "code", length = 1, kind = "constant", value = "E" },
    { name = "owed", length = 8, kind = "amount", sums = ["claim.owed"] },
]

[files.corrections]
name = "RD{created_at:%Y%m%d}"
recognised_by = ["code"]
defaults = { "envelope.customer_id" = "417" }

[[files.corrections.records]]
name = "kind"
opens = "corrections"
batch = true
occurs = "*"
fields = [
    { name = "code", length = 1, kind = "constant", value = "K" },
    { name = "kind", length = 1, kind = "code", to = "kind", codes = { P = "direct_payment", C = "credit_note" } },
    { name = "amount", length = 8, kind = "amount", sums = ["correction.amount"] },
]

[[files.corrections.records]]
name = "correction"
under = "kind"
opens = "corrections"
occurs = "+"
fields = [
    { name = "code", length = 1, kind = "constant", value = "L" },
    { name = "invoice", length = 3, to = "invoice_number" },
    { name = "date", kind = "date", to = "effective_on" },
    { name = "amount", length = 6, kind = "amount", to = "amount" },
]
"""


def test_batches_of_cases_say_their_collection_date_and_level() -> None:
    """Objects with objects below them stand in batches too; reserved areas stay with their case."""
    layout = load_text(_BATCHES.partition("[files.")[0] + _CASES)
    text = (
        "D20261101N02\nC1  Ola  R1\nI10 2026090120260915000100\nC2  Kari   \nI11 2026090120260915000200\n"
        "I12 2026090120260915000300\nE00000600\nD20261101D01\nC3  Per    \nI13 2026090120260915000400\nE00000400\n"
    )
    parsed = parse(text.encode(), layout, Transfer.CASES)
    assert parsed.findings == ()
    cases = parsed.require().cases  # type: ignore[union-attr]
    said = [(case.reference, case.start_level, case.collection_date, len(case.claims)) for case in cases]
    day = date(2026, 11, 1)
    assert said == [("1", "notice", day, 1), ("2", "notice", day, 2), ("3", "demand", day, 1)]
    assert serialize(parsed.require(), layout, kept=parsed.kept).decode() == text


def test_batches_of_corrections_say_their_kind() -> None:
    """A kind that must be there, and that only the batch states."""
    layout = load_text(_BATCHES.partition("[files.")[0] + _CASES)
    text = "KP00000300\nL10 20261101000100\nL11 20261101000200\nKC00000300\nL12 20261101000300\n"
    parsed = parse(text.encode(), layout, Transfer.CORRECTIONS)
    assert parsed.findings == ()
    corrections = parsed.require().corrections  # type: ignore[union-attr]
    assert [(each.kind, each.invoice_number) for each in corrections] == [
        ("direct_payment", "10"),
        ("direct_payment", "11"),
        ("credit_note", "12"),
    ]
    assert serialize(parsed.require(), layout).decode() == text


_KINDS = """
[files.settlements]
name = "OP"
recognised_by = ["code"]
defaults = { "envelope.customer_id" = "417" }

[[files.settlements.records]]
name = "ours"
opens = "entries"
batch = true
occurs = "*"
defaults = { received_by = "agency" }
fields = [
    { name = "code", kind = "constant", value = "A" },
    { name = "number", length = 2, to = "settlement_number" },
]

[[files.settlements.records]]
name = "our_payment"
under = "ours"
opens = "entries"
model = "Payment"
occurs = "*"
fields = [
    { name = "code", kind = "constant", value = "P" },
    { name = "id", length = 2, to = "transaction_id" },
    { name = "amount", length = 4, kind = "amount", to = "amount", also_to = "principal" },
    { name = "paid", kind = "date", format = "%d%m%y", to = "paid_on" },
]

[[files.settlements.records]]
name = "theirs"
opens = "entries"
batch = true
occurs = "+"
defaults = { received_by = "creditor" }
fields = [
    { name = "code", kind = "constant", value = "B" },
    { name = "number", length = 2, to = "settlement_number" },
    { name = "payments", length = 2, kind = "integer", counts = ["their_payment"] },
]

[[files.settlements.records]]
name = "their_payment"
under = "theirs"
opens = "entries"
model = "Payment"
occurs = "*"
fields = [
    { name = "code", kind = "constant", value = "P" },
    { name = "paid", kind = "date", format = "%d%m%y", to = "paid_on" },
    { name = "id", length = 2, to = "transaction_id" },
    { name = "amount", length = 4, kind = "amount", to = "amount", also_to = "principal" },
]

[[files.settlements.records]]
name = "closure"
opens = "entries"
model = "CaseClosure"
occurs = "*"
fields = [
    { name = "code", kind = "constant", value = "C" },
    { name = "id", length = 2, to = "transaction_id" },
    { name = "on", kind = "date", format = "%d%m%y", to = "closed_on" },
    { name = "why", length = 1, kind = "code", to = "reason", codes = { A = "bankrupt", B = "other" } },
]
"""


def test_one_code_is_another_record_in_another_kind_of_batch() -> None:
    """What the batch is tells who received a payment, and where its fields stand; closures stand in none."""
    layout = load_text(_BATCHES.partition("[files.")[0] + _KINDS)
    text = "A01\nPT10100011126\nC99011126A\nB0202\nP011126T20100\nP021126T30200\nA02\nPT40100011126\n"
    parsed = parse(text.encode(), layout)
    assert parsed.findings == ()
    entries = parsed.require().entries  # type: ignore[union-attr]
    said = [(getattr(e, "received_by", None), getattr(e, "settlement_number", None)) for e in entries]
    assert said == [("agency", "01"), (None, None), ("creditor", "02"), ("creditor", "02"), ("agency", "02")]
    assert serialize(parsed.require(), layout).decode() == text
    assert [one.item for one in iter_parse(io.BytesIO(text.encode()), layout)] == list(entries)
    lacking = parse(text.replace("B0202\nP011126T20100\nP021126T30200\n", "").encode(), layout)
    assert [(found.code, found.record) for found in lacking.errors()] == [("record-missing", "theirs")]


def test_what_may_stand_in_either_kind_of_batch_stands_in_that_before_it() -> None:
    """A note says nothing of who received a payment: it is written where the payment before it was."""
    note = """
[[files.settlements.records]]
name = "NAME"
under = "UNDER"
opens = "entries"
model = "InterestNote"
occurs = "*"
defaults = { payment_transaction_id = "", issued_on = 2026-11-01 }
fields = [
    { name = "code", kind = "constant", value = "N" },
    { name = "id", length = 2, to = "transaction_id" },
    { name = "amount", length = 4, kind = "amount", to = "amount" },
]
"""
    notes = "".join(note.replace("NAME", f"note_{under}").replace("UNDER", under) for under in ("ours", "theirs"))
    layout = load_text(_BATCHES.partition("[files.")[0] + _KINDS + notes)
    text = "A01\nPT10100011126\nN010100\nB0201\nP011126T20100\nN020100\nA03\nPT50100011126\n"
    parsed = parse(text.encode(), layout)
    assert parsed.findings == ()
    assert serialize(parsed.require(), layout).decode() == text
    moved = text.replace("P011126T20100\n", "").replace("B0201", "B0200")
    parsed = parse(moved.encode(), layout)
    assert [(found.code, found.line) for found in parsed.findings] == [("batch-lost", 4)]


def test_what_no_object_of_a_batch_has_a_place_for_is_told() -> None:
    """A batch of closures that says when it is settled: closures do not."""
    alone = TEXT.replace("P01T1 001000011126\n", "").replace("P02T4 001000011126\n", "").replace("B0017001", "B001    ")
    alone = alone.replace("03112602", "03112600").replace("E0010500002000011126", "E0010300000000000000")
    parsed = parse(alone.replace("Z0800002250", "Z0600000250").encode(), profile())
    assert [(found.code, found.line) for found in parsed.findings] == [("batch-lost", 2)]


def test_kinds_of_batch_that_nothing_tells_apart_are_a_mistake() -> None:
    with pytest.raises(ProfileError) as refused:
        load_text(_BATCHES.partition("[files.")[0] + _KINDS.replace('"creditor"', '"agency"'))
    (found,) = refused.value.findings
    assert (found.field, "'ours'" in found.message) == ("files.settlements.records[theirs]", True)


def test_lines_are_numbered_where_they_stand() -> None:
    """A line that states totals is written last, but its number is that of its place."""
    numbered = _BATCHES.replace(
        '{ name = "payments", length = 2, kind = "integer", counts = ["payment"] }',
        '{ name = "line", length = 2, kind = "integer", numbers = "*" },\n'
        '    { name = "payments", length = 2, kind = "integer", counts = ["payment"] }',
    )
    layout = load_text(numbered)
    data = serialize(FILE, layout)
    assert [line[14:16] for line in data.decode().splitlines() if line.startswith("B")] == ["02", "07"]
    assert parse(data, layout).findings == ()
