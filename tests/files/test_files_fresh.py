"""Two record descriptions that the grammar was not made for: one terse, one messy, both invented as an agency writes.

`fresh/` holds the descriptions as they came, the profiles that were transcribed from them with docs/profiles.md alone,
and sample files that were put together from the descriptions, not by the serializer.
"""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.stream import iter_parse
from lindorff_sdk.models.cases import CaseFile, CollectionCase
from lindorff_sdk.models.codes import ClosingReason, DebtorKind, Party
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.models.receipts import ReceiptFile
from lindorff_sdk.models.settlements import Payment, PaymentReversal, SettlementEntry, SettlementFile
from lindorff_sdk.testing.strategies import files
from tests.files.support import LAW

FRESH = Path(__file__).with_name("fresh")
TERSE, MESSY = load(FRESH / "terse.toml"), load(FRESH / "messy.toml")
SAMPLES: dict[str, tuple[Profile, str]] = {
    "NS004177261124.012": (TERSE, "cases"),
    "OP004177.261201": (TERSE, "settlements"),
    "saker_04177_20261124103000.csv": (MESSY, "cases"),
    "FK31.DAT": (MESSY, "receipts"),
    "FK32.DAT": (MESSY, "settlements"),
}


def sample(name: str) -> bytes:
    return (FRESH / name).read_bytes()


def model(name: str) -> AnyFile:
    return parse(sample(name), SAMPLES[name][0], file_name=name).require()


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_told_read_and_written_again(name: str) -> None:
    """Each is told by its name and its content, says nothing that needs a finding, and comes back to the byte."""
    profile, layout = SAMPLES[name]
    parsed = parse(sample(name), profile, file_name=name)
    assert parsed.layout == layout
    assert {found.code for found in parsed.findings} <= {"code-unknown"}
    assert serialize(parsed.require(), profile, kept=parsed.kept) == sample(name)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_streamed(name: str) -> None:
    """The same objects, one by one."""
    profile, _ = SAMPLES[name]
    streamed = [one.item for one in iter_parse(io.BytesIO(sample(name)), profile, file_name=name)]
    assert streamed == list(objects(model(name)))


def objects(file: AnyFile) -> Sequence[object]:
    """Return the objects directly in a file."""
    attribute = {CaseFile: "cases", ReceiptFile: "receipts", SettlementFile: "entries"}[type(file)]
    return cast("Sequence[object]", getattr(file, attribute))


def test_the_terse_cases() -> None:
    first, second = cast("CaseFile", model("NS004177261124.012")).cases
    assert (first.reference, first.debtor.name, first.debtor.address.city) == ("10042", "Åse Ødegård", "OSLO")
    assert [claim.original_amount for claim in first.claims] == [Decimal("2000.00"), Decimal("-12.50")]
    text = "Varer/september/2026/levert/Moss/ordre/123 se/vedlegg/til/fakturaen/som/ble/sendt/1 purret/to/ganger"
    assert first.claims[0].text == text
    assert (second.debtor.kind, second.claims[0].kid) == (DebtorKind.COMPANY, "1000005-")
    assert second.claims[0].invoice_date == date(1999, 1, 5)


def test_the_terse_settlement() -> None:
    entries = cast("SettlementFile", model("OP004177.261201")).entries
    payments = [entry for entry in entries if isinstance(entry, Payment)]
    assert [(each.settlement_number, each.received_by) for each in payments] == [
        ("000071", Party.AGENCY),
        ("000072", Party.CREDITOR),
    ]
    (taken_back,) = [entry for entry in entries if isinstance(entry, PaymentReversal)]
    assert (taken_back.settlement_number, taken_back.amount) == ("000071", Decimal("25.00"))
    closures = [(getattr(entry, "reason", None), getattr(entry, "reason_code", None)) for entry in entries[2:4]]
    assert closures == [(ClosingReason.BANKRUPT, "03"), (ClosingReason.OTHER, "17")]


def test_the_messy_cases() -> None:
    """Columns in another order, scattered lines and a blank for no are told, and read the same."""
    cases = cast("CaseFile", model("saker_04177_20261124103000.csv")).cases
    assert [(case.debtor.name, len(case.claims), case.disputed) for case in cases] == [
        ("Ås; Øst & Co", 2, False),
        ("Kari Nordmann", 1, True),
    ]
    assert [claim.reminder_fee for claim in cases[0].claims] == [Decimal("35.00"), Decimal("0.00")]
    assert (cases[0].debtor.email, cases[1].debtor.address.postcode) == ("", "0150")
    name = "saker_04177_20261124113000.csv"
    parsed = parse(sample(name), MESSY, file_name=name)
    assert {found.code for found in parsed.findings} == {"columns-differ", "lines-merged", "field-not-canonical"}
    again = cast("CaseFile", parsed.require())
    assert [case.claims for case in again.cases] == [case.claims for case in cases]


def test_the_messy_receipt() -> None:
    (receipt,) = cast("ReceiptFile", model("FK31.DAT")).receipts
    assert [(case.reference, case.agency_case_number) for case in receipt.cases] == [
        ("10042", "9000001"),
        ("10077", ""),
    ]
    text = "Fakturaen er bestridt; saken kan ikke behandles før innsigelsen er besvart"
    assert (receipt.cases[1].reason_code, receipt.cases[1].reason_text) == ("E17", text)


def test_the_messy_settlement() -> None:
    """One code is a payment or what takes it back, by its sign; the batch says who received it."""
    paid, back, _, theirs = cast("SettlementFile", model("FK32.DAT")).entries
    assert isinstance(paid, Payment)
    assert isinstance(back, PaymentReversal)
    assert isinstance(theirs, Payment)
    assert (back.reverses, back.amount) == (paid.transaction_id, paid.amount)
    assert (paid.received_by, theirs.received_by) == (Party.AGENCY, Party.CREDITOR)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("NS004177261124.012", b"00000002", b"00000003", ("count-mismatch", 1, "cases")),
        ("NS004177261124.012", b"000000251250", b"000000251251", ("sum-mismatch", 1, "principal")),
        ("NS004177261124.012", b"02  ", b"01  ", ("count-mismatch", 2, "invoices")),
        ("NS004177261124.012", b"A2110042     0102", b"A2110042     0202", ("key-mismatch", 5, "number")),
        ("NS004177261124.012", b"A2010077", b"A2010042", ("key-mismatch", 8, "reference")),
        ("NS004177261124.012", b"A9900000009", b"A9900000008", ("count-mismatch", 9, "records")),
        ("OP004177.261201", b"00002 ", b"00001 ", ("count-mismatch", 2, "payments")),
        ("OP004177.261201", b" 261128 ", b" 261129 ", ("date-mismatch", 7, "latest")),
        ("OP004177.261201", b"S9900000005", b"S9900000004", ("count-mismatch", 11, "entries")),
        ("FK31.DAT", b"000002", b"000003", ("count-mismatch", 1, "cases")),
        ("FK31.DAT", b"#5502", b"#5503", ("number-unexpected", 6, "line")),
        ("FK32.DAT", b"#0800002", b"#0800003", ("count-mismatch", 5, "payments")),
        ("FK32.DAT", b"#99000004000000010000", b"#99000004000000271000", ("sum-mismatch", 10, "amount")),
    ],
)
def test_what_was_altered_is_told(name: str, old: bytes, new: bytes, told: tuple[str, int, str]) -> None:
    assert old in sample(name)
    parsed = parse(sample(name).replace(old, new, 1), SAMPLES[name][0], file_name=name)
    assert told in {(found.code, found.line, found.field) for found in parsed.findings}
    assert parsed.refused or told[0] == "number-unexpected"


@LAW
@given(st.sampled_from(list(SAMPLES)), st.data())
def test_whatever_the_layouts_hold_keeps_the_laws(name: str, data: st.DataObject) -> None:
    """Files drawn from the profiles themselves: models to bytes and back, bytes to models and back."""
    profile, layout = SAMPLES[name]
    file = data.draw(files(profile, profile.file(layout).transfer, years=(1960, 2049)))
    written = serialize(file, profile)
    parsed = parse(written, profile, layout)
    assert {found.code for found in parsed.findings} <= {"code-unknown", "file-empty"}
    assert parsed.model == file or not written
    assert not written or serialize(parsed.require(), profile) == written


@LAW
@given(st.sampled_from([name for name in SAMPLES if name != "FK31.DAT"]), st.data())
def test_files_of_the_same_objects_keep_the_laws(name: str, data: st.DataObject) -> None:
    """Any of them, in any order and number: models to bytes and back, bytes to models and back."""
    profile, _ = SAMPLES[name]
    file = model(name)
    drawn = data.draw(st.lists(st.sampled_from(objects(file)), min_size=1, max_size=8))
    if isinstance(file, CaseFile):
        cases = {case.reference: case for case in cast("Sequence[CollectionCase]", drawn)}
        file = evolve(file, cases=tuple(cases.values()))
    else:
        file = evolve(cast("SettlementFile", file), entries=tuple(cast("Sequence[SettlementEntry]", drawn)))
    written = serialize(file, profile)
    parsed = parse(written, profile, file_name=name)
    assert {found.code for found in parsed.findings} <= {"code-unknown"}
    assert parsed.model == file
    assert serialize(parsed.require(), profile) == written
