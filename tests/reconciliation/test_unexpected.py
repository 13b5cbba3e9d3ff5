"""A file of a transfer that the definition does not book is held with its bytes: no money is dropped in silence."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from attrs import evolve

from lindorff_sdk.definition import AfterFetch, ExportDefinition, MoneySource
from lindorff_sdk.exchange import fetch_settlements, ingest, reprocess
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.journal import Decision, IncomingState, Journal
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.reconciliation.lines import Reconciled
from lindorff_sdk.reconciliation.reconcile import Terms, reconcile
from tests.exchange.erp import NOW, REFERENCE, evening
from tests.exchange.readings import KNOWN, codes
from tests.files.support import sample_bytes
from tests.files.test_files_shipped import DATA as BANK_BYTES

NETS = shipped("nets-ocr-giro")
AT_THE_BANK, AT_THE_AGENCY = "00010200", "00417"
NAME = "OCR20261125230000"
SOURCES = pytest.mark.parametrize("source", list(MoneySource))


def definition(source: MoneySource, **changes: object) -> ExportDefinition:
    """Return a definition that reads the bank's format."""
    plain = ExportDefinition(
        id="nordlys",
        protocol="local",
        server="/tmp",
        upload_folder="in",
        download_folder="out",
        customer_id=AT_THE_BANK,
        format="nets-ocr-giro",
        money_source=source,
    )
    return evolve(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.db") as opened:
        yield opened


def held_whole(journal: Journal, name: str, data: bytes) -> None:
    """The file is in quarantine with its bytes and one open finding, and nothing of it is pending."""
    [file] = journal.incoming("nordlys")
    assert (file.name, file.state, file.postings) == (name, IncomingState.QUARANTINED, 0)
    assert journal.content(file).read() == data
    assert [each.finding.code for each in journal.findings("nordlys")] == ["transfer-unexpected"]
    assert not list(journal.pending("nordlys"))


def came_to(data: bytes, profile: Profile, customer_id: str, *, from_agency: bool) -> Reconciled:
    """Return what a file comes to; a bank file does not say when it was made."""
    terms = Terms(definition_id="nordlys", customer_id=customer_id, payments_from_agency=from_agency)
    parsed = parse(data, profile, file_name="OP1")
    return reconcile(parsed, sha256(data).hexdigest(), KNOWN, terms, received_on=NOW.date())


@pytest.mark.parametrize("from_agency", [True, False])
@pytest.mark.parametrize("customer_id", [AT_THE_BANK, AT_THE_AGENCY])
@pytest.mark.parametrize(
    ("transfer", "data", "profile"),
    [
        (Transfer.CASES, sample_bytes(Transfer.CASES), REFERENCE),
        (Transfer.CORRECTIONS, sample_bytes(Transfer.CORRECTIONS), REFERENCE),
        (Transfer.BANK, BANK_BYTES, NETS),
    ],
)
def test_what_is_not_booked_is_told(
    transfer: Transfer, data: bytes, profile: Profile, customer_id: str, from_agency: bool
) -> None:
    """Whoever its envelope names and wherever the money comes from: the finding says which transfer it is."""
    result = came_to(data, profile, customer_id, from_agency=from_agency)
    assert result.quarantined
    assert (result.postings, result.held) == ((), ())
    assert codes(result)[0] == "transfer-unexpected"
    assert (result.findings[0].file, result.findings[0].found) == ("OP1", str(transfer))


@pytest.mark.parametrize(("from_agency", "says"), [(True, "from the agency's"), (False, "does not book those yet")])
def test_a_bank_file_says_why_alone(from_agency: bool, says: str) -> None:
    """The bank's id of the receiver is not compared with the agency's: that it differs says nothing."""
    [found] = came_to(BANK_BYTES, NETS, AT_THE_AGENCY, from_agency=from_agency).findings
    assert says in found.message


@SOURCES
async def test_a_bank_file_that_is_taken_in(journal: Journal, source: MoneySource) -> None:
    """Its bytes are in the journal, with the finding; brought again it changes nothing."""
    for day in (0, 1):
        await ingest(BANK_BYTES, NAME, definition(source), journal=journal, now=evening(day))
        held_whole(journal, NAME, BANK_BYTES)


@SOURCES
async def test_a_bank_file_that_is_read_again(journal: Journal, source: MoneySource) -> None:
    """What was noted first is superseded, what is still wrong is noted anew, and the bytes stay."""
    await ingest(BANK_BYTES, NAME, definition(source), journal=journal, now=NOW)
    [file] = journal.incoming("nordlys")
    [before] = journal.findings("nordlys")
    report = await reprocess(file, definition(source), journal=journal, now=evening(1))
    assert (report.transfer, report.quarantined) == ("bank", True)
    held_whole(journal, NAME, BANK_BYTES)
    first, _ = sorted(journal.findings("nordlys", open_only=False), key=lambda each: each.id)
    assert (first.id, first.decision) == (before.id, Decision.SUPERSEDED)


@pytest.mark.parametrize(
    ("name", "data", "settings"),
    [
        (NAME, BANK_BYTES, {}),
        (
            "LS0041720261125230000",
            sample_bytes(Transfer.CASES),
            {"format": "lindorff-reference", "customer_id": AT_THE_AGENCY},
        ),
        (
            "RD0041720261125230000",
            sample_bytes(Transfer.CORRECTIONS),
            {"format": "lindorff-reference", "customer_id": AT_THE_AGENCY},
        ),
    ],
    ids=["bank", "cases", "corrections"],
)
async def test_a_file_that_lies_in_the_download_folder(
    journal: Journal, tmp_path: Path, name: str, data: bytes, settings: dict[str, str]
) -> None:
    """It is held here and stays there, even where fetched files are deleted."""
    for folder in ("in", "out"):
        (tmp_path / folder).mkdir()
    (tmp_path / "out" / name).write_bytes(data)
    fetched = definition(MoneySource.AGENCY, server=str(tmp_path), after_fetch=AfterFetch.DELETE, **settings)
    report = await fetch_settlements(fetched, journal=journal, now=evening(1))
    assert [(file.name, file.quarantined) for file in report.files] == [(name, True)]
    held_whole(journal, name, data)
    assert (tmp_path / "out" / name).read_bytes() == data
