"""A file read again from its stored bytes: only what was not yet applied appears; and files held as a whole."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from attrs import evolve

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import IllegalMoveError
from lindorff_sdk.exchange import ingest, reprocess
from lindorff_sdk.files.profile import load
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.journal import Decision, IncomingState, Journal
from lindorff_sdk.models.codes import CaseStatus, ClosingReason, Transfer
from lindorff_sdk.models.settlements import Payment, PaymentReversal, SettlementEntry
from lindorff_sdk.reconciliation.events import CaseClosed, PaymentReceived
from lindorff_sdk.reconciliation.matching import CaseState
from tests.exchange.erp import NOW, REFERENCE, evening, night, variant
from tests.exchange.readings import answer, closure, payment, receipts, reversal, settlement
from tests.files.support import sample_bytes
from tests.journal.ledgers import case
from tests.reconciliation.bank_files import bank_bytes, paid

DEFINITION = ExportDefinition(
    id="nordlys", protocol="local", server="/tmp", upload_folder="in", download_folder="out", customer_id="00417"
)
NO_KEYS = [('unique = ["transaction_id"]\n', ""), ('unique = ["settlement_number"]\n', "")]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal that knows cases I1 and I4 by their numbers."""
    with Journal.open(tmp_path / "journal.db") as opened:
        cases = [evolve(case("I1"), agency_case_number="7001"), evolve(case("I4"), agency_case_number="7004")]
        opened.adopt("nordlys", cases, now=NOW)
        yield opened


def data(*entries: SettlementEntry, sequence: int = 1, number: str = "S1", **wrong: object) -> bytes:
    """Return the bytes of a file of one settlement."""
    theirs = (
        evolve(entry, settlement_number=number) if isinstance(entry, Payment | PaymentReversal) else entry
        for entry in entries
    )
    file = settlement(*theirs, envelope={"sequence": sequence}, settlement_number=number, **wrong)
    return serialize(file, REFERENCE)


def said(journal: Journal) -> list[str]:
    """Return what is pending: kinds and line numbers."""
    return [f"{event.kind} {event.source.line}" for item in journal.pending("nordlys") for event in item]


async def test_only_what_was_not_applied_appears(journal: Journal, tmp_path: Path) -> None:
    """Read with a corrected profile, what waited says it the new way; what was booked stays as it was booked."""
    await ingest(data(payment(amount="40.00"), closure()), "OP1", DEFINITION, journal=journal, now=NOW)
    first, closing, _ = journal.pending("nordlys")
    with journal.applying(first):
        pass
    (event,) = closing
    assert isinstance(event, CaseClosed)
    assert event.reason is ClosingReason.DISPUTED
    corrected = load(variant(tmp_path, ('08 = "disputed"', '08 = "withdrawn"')))
    (file,) = journal.incoming("nordlys")
    report = await reprocess(file, DEFINITION, journal=journal, profile=corrected, now=evening(1))
    assert (report.postings, report.quarantined) == (2, False)
    assert said(journal) == ["case_closed 3", "settlement_totalled 4"]
    (event,) = next(journal.pending("nordlys"))
    assert isinstance(event, CaseClosed)
    assert event.reason is ClosingReason.WITHDRAWN
    assert journal.cases("nordlys")[0].paid == 40


async def test_a_quarantined_file_is_read_with_a_profile_that_fits(journal: Journal, tmp_path: Path) -> None:
    """Its findings are closed as superseded, and its postings are there."""
    bad = load(variant(tmp_path, ('08 = "disputed"', '08 = "withdrawn"')))
    wrong = evolve(DEFINITION, customer_id="9")
    await ingest(data(payment()), "OP1", wrong, journal=journal, now=NOW)
    (file,) = journal.incoming("nordlys")
    assert (file.state, said(journal)) == (IncomingState.QUARANTINED, [])
    await reprocess(file, DEFINITION, journal=journal, profile=bad, now=evening(1))
    assert said(journal) == ["payment_received 2", "settlement_totalled 3"]
    assert journal.findings("nordlys") == ()
    (before,) = journal.findings("nordlys", open_only=False)
    assert (before.finding.code, before.decision) == ("customer-id-differs", Decision.SUPERSEDED)


async def test_what_was_dismissed_stays_dismissed(journal: Journal) -> None:
    """Reading again does not undo a decision; what is still wrong is noted anew."""
    lines = (payment("T1", reference="I4"), payment("T2", "20.00"), payment("T3", "30.00", reference="I4"))
    await ingest(data(*lines), "OP1", DEFINITION, journal=journal, now=NOW)
    first, second = journal.findings("nordlys")
    journal.resolve(first.id, Decision.DISMISS, by="Kari", note="Asked the agency.", now=NOW)
    (file,) = journal.incoming("nordlys")
    report = await reprocess(file, DEFINITION, journal=journal, now=evening(1))
    assert (report.postings, report.held) == (2, 1)
    assert [event.source.line for item in journal.held("nordlys") for event in item] == [4]
    assert second.id not in {found.id for found in journal.findings("nordlys")}


async def test_reading_again_changes_nothing_by_itself(journal: Journal) -> None:
    """However often, the sums of the cases and what waits are the same."""
    await ingest(data(payment(amount="40.00"), closure()), "OP1", DEFINITION, journal=journal, now=NOW)
    before = said(journal)
    (file,) = journal.incoming("nordlys")
    for day in range(3):
        await reprocess(file, DEFINITION, journal=journal, now=evening(day))
        assert said(journal) == before
        assert journal.cases("nordlys")[0].paid == 40


# --- The same again -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", [Decision.RELEASE, Decision.DISMISS])
async def test_the_same_bytes_under_another_name_are_held(journal: Journal, tmp_path: Path, decision: Decision) -> None:
    """Where lines have no ids of their own two files may be equal and honest: held, until somebody decides."""
    keyless = evolve(DEFINITION, format=str(variant(tmp_path, *NO_KEYS)))
    for name in ("OP1", "OP2"):
        await ingest(data(payment(amount="10.00")), name, keyless, journal=journal, now=NOW)
    assert said(journal) == ["payment_received 2", "settlement_totalled 3"]
    (found,) = journal.findings("nordlys")
    assert (found.finding.code, found.postings) == ("file-repeated", 2)
    journal.resolve(found.id, decision, by="Kari", note="Asked the agency.", now=evening(1))
    assert len(said(journal)) == (4 if decision is Decision.RELEASE else 2)
    assert not list(journal.held("nordlys"))


async def test_overlapping_settlements(journal: Journal) -> None:
    """What both say is booked once; that the second's totals are another settlement's is told."""
    await ingest(data(payment("T1", "10.00")), "OP1", DEFINITION, journal=journal, now=NOW)
    both = data(payment("T1", "10.00"), payment("T2", "20.00"), sequence=2)
    [report] = await ingest(both, "OP2", DEFINITION, journal=journal, now=NOW)
    assert [(found.code, found.line) for found in report.findings] == [("settlement-repeated", 4), ("events-known", 1)]
    paid = [event for item in journal.pending("nordlys") for event in item if isinstance(event, PaymentReceived)]
    assert [event.transaction_id for event in paid] == ["T1", "T2"]
    assert journal.cases("nordlys")[0].paid == 30


async def test_a_reversal_finds_the_case_by_the_payments_transaction(journal: Journal) -> None:
    """It names only the payment that it takes back, which another file brought."""
    await ingest(data(payment("T0", "40.00")), "OP1", DEFINITION, journal=journal, now=NOW)
    await ingest(
        data(reversal(agency_case_number=""), sequence=2, number="S2"), "OP2", DEFINITION, journal=journal, now=NOW
    )
    assert journal.findings("nordlys") == ()
    assert {item.case for item in journal.pending("nordlys")} == {"I1", ""}
    assert journal.cases("nordlys")[0].paid == 0


async def test_more_than_is_left_over_several_files(journal: Journal) -> None:
    """What earlier files brought counts: 100.00 was sent, 60.00 paid, so 40.01 is too much."""
    await ingest(data(payment("T1", "60.00")), "OP1", DEFINITION, journal=journal, now=NOW)
    await ingest(data(payment("T2", "40.01"), sequence=2, number="S2"), "OP2", DEFINITION, journal=journal, now=NOW)
    (found,) = journal.findings("nordlys")
    assert (found.finding.code, found.finding.expected) == ("amount-over-outstanding", "at most 40.00")


# --- What is known, and said otherwise ------------------------------------------------------------------------------


async def test_a_settlement_number_in_two_files(journal: Journal) -> None:
    """Two settlements with one number, even of equal totals: the second's money is booked, and its totals are told."""
    await ingest(data(payment("T1", "10.00")), "OP1", DEFINITION, journal=journal, now=NOW)
    other = data(payment("T2", "4.00"), payment("T3", "6.00"), sequence=2)
    await ingest(other, "OP2", DEFINITION, journal=journal, now=NOW)
    [found] = journal.findings("nordlys")
    assert (found.finding.code, found.finding.file, found.finding.line) == ("settlement-repeated", "OP2", 4)
    assert (found.finding.found, found.postings) == ("S1", 0)
    assert len(said(journal)) == 4


async def test_the_same_settlement_made_anew(journal: Journal) -> None:
    """A file with nothing but what is known says the same settlement: its totals are no other's."""
    await ingest(data(payment("T1", "10.00")), "OP1", DEFINITION, journal=journal, now=NOW)
    [report] = await ingest(data(payment("T1", "10.00"), sequence=2), "OP2", DEFINITION, journal=journal, now=NOW)
    assert [found.code for found in report.findings] == ["events-known"]


async def test_a_transaction_id_that_says_something_else(journal: Journal) -> None:
    """What was read first holds; the other line is told, with where that was and what differs, not what it says."""
    await ingest(data(payment("T1", "10.00")), "OP1", DEFINITION, journal=journal, now=NOW)
    again = data(payment("T9", "1.00"), payment("T1", "20.00"), sequence=2, number="S2")
    [report] = await ingest(again, "OP2", DEFINITION, journal=journal, now=NOW)
    differs = report.findings[0]
    assert (differs.code, differs.file, differs.line) == ("transaction-differs", "OP2", 3)
    assert differs.found == "amount, principal, settlement_number"
    assert differs.message.startswith("Transaction T1 was read before, from OP1, line 2, and said something else;")
    amounts = [
        event.amount for item in journal.pending("nordlys") for event in item if isinstance(event, PaymentReceived)
    ]
    assert amounts == [10, 1]


@pytest.mark.parametrize(("level", "held"), [("line", []), ("case", [2, 5]), ("file", [2, 4, 5, 6])])
async def test_what_a_known_transaction_holds_is_the_definitions_to_say(
    journal: Journal, level: str, held: list[int]
) -> None:
    """Nothing of the line itself can be booked; its case, in later files too, or its file may wait as well."""
    careful = evolve(DEFINITION, holds={"transaction-differs": level})
    await ingest(data(payment("T1", "10.00")), "OP1", careful, journal=journal, now=NOW)
    other = payment("T5", "2.00", agency_case_number="7004", reference="I4", invoice_number="I4")
    lines = (payment("T9", "1.00"), payment("T1", "20.00"), other, payment("T8", "3.00"))
    await ingest(data(*lines, sequence=2, number="S2"), "OP2", careful, journal=journal, now=NOW)
    waiting = [event.source.line for item in journal.held("nordlys") for event in item]
    assert sorted(waiting) == held
    later = data(payment("T7", "1.50"), sequence=3, number="S3")
    await ingest(later, "OP3", careful, journal=journal, now=evening(1))
    assert ("payment_received 2" in said(journal)[-2:]) is (level != "case")
    [found] = journal.findings("nordlys")
    journal.resolve(found.id, Decision.RELEASE, by="Kari", note="Asked.", now=evening(1))
    assert not list(journal.held("nordlys"))


async def test_where_and_when_it_was_read_makes_no_difference(journal: Journal) -> None:
    """The same line on another line of another file, of a case that has its final number now, says the same."""
    await ingest(data(payment("T1", "10.00", agency_case_number="")), "OP1", DEFINITION, journal=journal, now=NOW)
    again = data(payment("T9", "1.00", reference="", invoice_number="I1"), payment("T1", "10.00"), sequence=2)
    [report] = await ingest(again, "OP2", DEFINITION, journal=journal, now=evening(3))
    assert "transaction-differs" not in [found.code for found in report.findings]


# --- What cannot be released ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["transfer-unexpected", "customer-id-differs", "settlement-mismatch"])
async def test_what_is_of_no_use_is_not_released(journal: Journal, code: str) -> None:
    """A file of which nothing could be booked never becomes processed by a decision: only by reading it again."""
    bad = {
        "transfer-unexpected": sample_bytes(Transfer.CASES),
        "customer-id-differs": data(payment()),
        "settlement-mismatch": data(payment(), paid_out="1.00"),
    }[code]
    definition = evolve(DEFINITION, customer_id="9") if code == "customer-id-differs" else DEFINITION
    await ingest(bad, "OP1", definition, journal=journal, now=NOW)
    [found] = [each for each in journal.findings("nordlys") if each.finding.code == code]
    with pytest.raises(IllegalMoveError, match=rf"{code}.*reprocess") as refused:
        journal.resolve(found.id, Decision.RELEASE, by="Kari", note="Asked the agency.", now=NOW)
    assert "Dismiss" in str(refused.value)
    assert found in journal.findings("nordlys")
    [file] = journal.incoming("nordlys")
    assert file.state is IncomingState.QUARANTINED
    journal.resolve(found.id, Decision.DISMISS, by="Kari", note="Not ours.", now=NOW)
    [file] = journal.incoming("nordlys")
    assert file.state is IncomingState.QUARANTINED
    assert not said(journal)


async def test_the_same_bytes_of_a_file_of_no_use(journal: Journal) -> None:
    """The second copy says what is wrong with it as well, and cannot be released either."""
    for name in ("OP1", "OP2"):
        await ingest(data(payment(), paid_out="1.00"), name, DEFINITION, journal=journal, now=NOW)
    _, repeated, mismatch = journal.findings("nordlys")
    assert [each.finding.code for each in (repeated, mismatch)] == ["file-repeated", "settlement-mismatch"]
    with pytest.raises(IllegalMoveError):
        journal.resolve(repeated.id, Decision.RELEASE, by="Kari", note="Asked the agency.", now=NOW)
    assert {file.state for file in journal.incoming("nordlys")} == {IncomingState.QUARANTINED}


async def test_the_same_bytes_with_a_line_in_doubt(journal: Journal, tmp_path: Path) -> None:
    """To release the file is not to release its lines: each is held by its own finding as well."""
    keyless = evolve(DEFINITION, format=str(variant(tmp_path, *NO_KEYS)))
    for name in ("OP1", "OP2"):
        await ingest(data(payment("T1", reference="I4"), payment("T2")), name, keyless, journal=journal, now=NOW)
    _, repeated, doubt = journal.findings("nordlys")
    assert [(each.finding.code, each.finding.line, each.postings) for each in (repeated, doubt)] == [
        ("file-repeated", 1, 3),
        ("match-conflict", 2, 1),
    ]
    result = journal.resolve(repeated.id, Decision.RELEASE, by="Kari", note="Both count.", now=NOW)
    assert (result.released, result.still_held) == (2, 1)
    assert [event.source.line for item in journal.held("nordlys") for event in item] == [2, 2]


# --- Closed, and yet it goes on --------------------------------------------------------------------------------------


async def test_a_case_that_is_opened_again(journal: Journal) -> None:
    """A payment that is taken back does not open a closed case, nor does a late receipt; a younger one does."""
    await ingest(data(payment("T0", "40.00"), closure()), "OP1", DEFINITION, journal=journal, now=NOW)
    await ingest(
        data(closure(reference="I1", transaction_id="C2"), sequence=2, number="S2"),
        "OP2",
        DEFINITION,
        journal=journal,
        now=NOW,
    )
    await ingest(data(reversal(), sequence=3, number="S3"), "OP3", DEFINITION, journal=journal, now=NOW)
    late = receipts(answer("I4", agency_case_number="7004"), file_name="adopted-1", envelope={"created_at": night(0)})
    taken_up = serialize(late, REFERENCE)
    await ingest(taken_up, "KV1", DEFINITION, journal=journal, now=NOW)
    found = [each.finding for each in journal.findings("nordlys", codes=["case-reopened"])]
    assert [(each.file, each.line) for each in found] == [("OP3", 2), ("KV1", 3)]
    assert {known.state for known in journal.cases("nordlys")} == {CaseState.CLOSED}

    younger = {"created_at": night(1), "sequence": 2}
    file = receipts(answer("I4", agency_case_number="7009"), file_name="adopted-1", envelope=younger)
    await ingest(serialize(file, REFERENCE), "KV2", DEFINITION, journal=journal, now=evening(2))
    other = receipts(
        answer("I1", status=CaseStatus.RENUMBERED, previous_number="7001", agency_case_number="7008"),
        file_name="adopted-1",
        envelope={**younger, "sequence": 3},
    )
    await ingest(serialize(other, REFERENCE), "KV3", DEFINITION, journal=journal, now=evening(2))
    *_, opened, numbered = (each.finding for each in journal.findings("nordlys", codes=["case-reopened"]))
    assert ("open again" in opened.message, "stays closed" in numbered.message) == (True, True)
    assert {known.reference: (known.state, known.agency_case_number) for known in journal.cases("nordlys")} == {
        "I1": (CaseState.CLOSED, "7008"),
        "I4": (CaseState.REGISTERED, "7009"),
    }
    money = data(
        payment("T5", "5.00", agency_case_number="7009", reference="I4", invoice_number="I4"),
        payment("T6", "5.00", agency_case_number="7008"),
        sequence=4,
        number="S4",
    )
    await ingest(money, "OP4", DEFINITION, journal=journal, now=evening(3))
    assert [each.finding.line for each in journal.findings("nordlys", codes=["payment-after-closure"])] == [3]


# --- The day it came -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hour", "day"), [(22, 24), (23, 25)])
async def test_the_day_it_came_is_norways(journal: Journal, tmp_path: Path, hour: int, day: int) -> None:
    """A file that does not say when it was made counts from the day of receipt in Norway, for whatever is asked."""
    stamped = '{ name = "created_at", length = 14, kind = "datetime", to = "envelope.created_at" }'
    blank = '{ name = "created_at", length = 14, kind = "filler" }'
    text = variant(tmp_path).read_text(encoding="utf-8").replace(stamped, blank)
    for name, holds_from in (("old", "2026-01-01"), ("new", "2026-11-25")):
        version = text.replace("holds_from = 2026-01-01", f"holds_from = {holds_from}")
        if name == "new":
            version = version.replace('A = "accepted"', 'B = "accepted"')
        (tmp_path / f"{name}.toml").write_text(version, encoding="utf-8")
    definition = evolve(DEFINITION, format=[str(tmp_path / "old.toml"), str(tmp_path / "new.toml")])
    profile = load(tmp_path / ("old.toml" if day == 24 else "new.toml"))
    file = serialize(receipts(answer("I1", agency_case_number="7001"), file_name="adopted-1"), profile)
    await ingest(file, "kvittering", definition, journal=journal, now=datetime(2026, 11, 24, hour, 59, tzinfo=UTC))
    days = {event.counts_from for item in journal.pending("nordlys") for event in item}
    assert days == {date(2026, 11, day)}


# --- Read again, doubted again ---------------------------------------------------------------------------------------


async def test_what_is_held_is_held_when_it_is_read_again(journal: Journal) -> None:
    """To read a file again is no way around a decision: too much, and money on a closed case, stay held."""
    await ingest(data(closure()), "OP1", DEFINITION, journal=journal, now=NOW)
    lines = (
        payment("T1", "150.00"),
        payment("T2", "20.00"),
        payment("T3", "5.00", agency_case_number="7004", reference="I4", invoice_number="I4"),
    )
    await ingest(data(*lines, sequence=2, number="S2"), "OP2", DEFINITION, journal=journal, now=NOW)
    before = said(journal), [(each.finding.code, each.finding.line) for each in journal.findings("nordlys")]
    assert before[1] == [("amount-over-outstanding", 2), ("payment-after-closure", 4)]
    file = journal.incoming("nordlys")[1]
    for day in (1, 2):
        await reprocess(file, DEFINITION, journal=journal, now=evening(day))
        assert (
            said(journal),
            [(each.finding.code, each.finding.line) for each in journal.findings("nordlys")],
        ) == before


async def test_what_the_bank_brought_is_held_when_it_is_read_again(journal: Journal) -> None:
    """The same for the bank's payments: unknown, twice in the file."""
    by_bank = evolve(DEFINITION, money_source="bank")
    await ingest(bank_bytes(paid("X9"), paid("X9")), "OCR1", by_bank, journal=journal, now=NOW)
    before = [(each.finding.code, each.finding.line) for each in journal.findings("nordlys")]
    assert before == [("kid-unknown", 3), ("kid-unknown", 5), ("bank-line-repeated", 5)]
    await reprocess(journal.incoming("nordlys")[0], by_bank, journal=journal, now=evening(1))
    assert [(each.finding.code, each.finding.line) for each in journal.findings("nordlys")] == before
    assert said(journal) == []
    assert len(list(journal.held("nordlys"))) == 2


# --- Running numbers -------------------------------------------------------------------------------------------------


async def test_running_numbers_over_several_files(journal: Journal) -> None:
    """A number that comes too early is told, a late one is as good, one that came before holds its file."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    for name, number in (("OP1", 1), ("OP3", 3), ("OP2", 2), ("OP3b", 3), ("OP4", 4)):
        file = data(payment(f"T-{name}", f"{len(found) + 1}.00"), sequence=number, number=f"S-{name}")
        [report] = await ingest(file, name, DEFINITION, journal=journal, now=NOW)
        found[name] = [(each.code, each.line, each.found) for each in report.findings]
        assert (report.held > 0) is (name == "OP3b")
    assert found == {
        "OP1": [],
        "OP3": [("file-sequence-gap", 1, "3")],
        "OP2": [],
        "OP3b": [("file-sequence-repeated", 1, "3, which OP3 had")],
        "OP4": [],
    }


async def test_numbers_of_receipts_and_settlements_are_two_series(journal: Journal) -> None:
    """And the bank's are none: they begin anew."""
    await ingest(data(payment(amount="1.00"), sequence=1), "OP1", DEFINITION, journal=journal, now=NOW)
    receipt = receipts(answer("I1", agency_case_number="7001"), file_name="adopted-1", envelope={"sequence": 9})
    [report] = await ingest(serialize(receipt, REFERENCE), "KV9", DEFINITION, journal=journal, now=NOW)
    assert "file-sequence-gap" not in {each.code for each in report.findings}
    for name, number in (("OCR1", 170031), ("OCR2", 2), ("OCR3", 2)):
        bytes_of = bank_bytes(paid("X9", serial=number % 99999), number=number)
        [report] = await ingest(bytes_of, name, DEFINITION, journal=journal, now=NOW)
        assert not {each.code for each in report.findings} & {"file-sequence-gap", "file-sequence-repeated"}


_TWO_KINDS = """
id = "two-kinds"
version = "1"
holds_from = 2026-01-01
origin = "Made by a test."
codec = "utf-8"
line_end = "lf"

[files.paid]
transfer = "settlements"
name = "paid-{sequence}"
defaults = { "envelope.customer_id" = "00417" }

[files.paid.delimited]
header = true

[[files.paid.records]]
name = "payment"
opens = "entries"
model = "Payment"
occurs = "*"
unique = ["id"]
fields = [
    { name = "id", to = "transaction_id" },
    { name = "invoice", to = "invoice_number" },
    { name = "paid", kind = "date", to = "paid_on" },
    { name = "amount", kind = "amount", decimal_mark = ",", to = "amount", also_to = "principal" },
]

[files.closed]
transfer = "settlements"
name = "closed-{sequence}"
defaults = { "envelope.customer_id" = "00417" }

[files.closed.delimited]
header = true

[[files.closed.records]]
name = "closure"
opens = "entries"
model = "CaseClosure"
occurs = "*"
unique = ["closure"]
fields = [
    { name = "closure", to = "transaction_id" },
    { name = "case", to = "agency_case_number" },
    { name = "on", kind = "date", to = "closed_on" },
    { name = "why", kind = "code", to = "reason", codes = { 1 = "other" } },
]
"""


async def test_each_kind_of_file_of_a_transfer_has_its_own_series(journal: Journal, tmp_path: Path) -> None:
    """Numbers that stand in the names alone count too; the first of the one is no repetition of the other's."""
    profile = tmp_path / "two.toml"
    profile.write_text(_TWO_KINDS, "utf-8")
    definition = evolve(DEFINITION, format=(str(profile),))
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name in ("paid-1", "closed-1", "paid-2", "closed-3", "paid-4"):
        lines = "id;invoice;paid;amount\n" if name.startswith("paid") else "closure;case;on;why\n"
        [report] = await ingest(lines.encode(), name, definition, journal=journal, now=NOW)
        found[name] = [(each.code, each.expected, each.found) for each in report.findings]
    assert found == {
        "paid-1": [],
        "closed-1": [],
        "paid-2": [],
        "closed-3": [("file-sequence-gap", "2", "3")],
        "paid-4": [("file-sequence-gap", "3", "4")],
    }
