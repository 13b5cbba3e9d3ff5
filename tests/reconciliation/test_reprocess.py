"""A file read again from its stored bytes: only what was not yet applied appears; and files held as a whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.exchange import ingest, reprocess
from lindorff_sdk.files.profile import load
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.journal import Decision, IncomingState, Journal
from lindorff_sdk.models.codes import ClosingReason
from lindorff_sdk.models.settlements import SettlementEntry
from lindorff_sdk.reconciliation.events import CaseClosed, PaymentReceived
from tests.exchange.erp import NOW, REFERENCE, evening, variant
from tests.exchange.readings import closure, payment, reversal, settlement
from tests.journal.ledgers import case

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


def data(*entries: SettlementEntry, sequence: int = 1) -> bytes:
    """Return a settlement's bytes."""
    return serialize(settlement(*entries, envelope={"sequence": sequence}), REFERENCE)


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
    journal.resolve(first.id, Decision.DISMISS, by="Kari", note="", now=NOW)
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
    """What both say is booked once, without any doubt about it."""
    await ingest(data(payment("T1", "10.00")), "OP1", DEFINITION, journal=journal, now=NOW)
    both = data(payment("T1", "10.00"), payment("T2", "20.00"), sequence=2)
    [report] = await ingest(both, "OP2", DEFINITION, journal=journal, now=NOW)
    assert [found.code for found in report.findings] == ["events-known"]
    paid = [event for item in journal.pending("nordlys") for event in item if isinstance(event, PaymentReceived)]
    assert [event.transaction_id for event in paid] == ["T1", "T2"]
    assert journal.cases("nordlys")[0].paid == 30


async def test_a_reversal_finds_the_case_by_the_payments_transaction(journal: Journal) -> None:
    """It names only the payment that it takes back, which another file brought."""
    await ingest(data(payment("T0", "40.00")), "OP1", DEFINITION, journal=journal, now=NOW)
    await ingest(data(reversal(agency_case_number=""), sequence=2), "OP2", DEFINITION, journal=journal, now=NOW)
    assert journal.findings("nordlys") == ()
    assert {item.case for item in journal.pending("nordlys")} == {"I1", ""}
    assert journal.cases("nordlys")[0].paid == 0


async def test_more_than_is_left_over_several_files(journal: Journal) -> None:
    """What earlier files brought counts: 100.00 was sent, 60.00 paid, so 40.01 is too much."""
    await ingest(data(payment("T1", "60.00")), "OP1", DEFINITION, journal=journal, now=NOW)
    await ingest(data(payment("T2", "40.01"), sequence=2), "OP2", DEFINITION, journal=journal, now=NOW)
    (found,) = journal.findings("nordlys")
    assert (found.finding.code, found.finding.expected) == ("amount-over-outstanding", "at most 40.00")
