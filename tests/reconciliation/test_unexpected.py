"""A file that goes to the agency, found among those from there, is held with its bytes, and books nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lindorff_sdk.definition import AfterFetch, ExportDefinition, MoneySource
from lindorff_sdk.exchange import fetch_settlements, ingest, reprocess
from lindorff_sdk.journal import Decision, IncomingState, Journal
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.reconciliation.reconcile import Terms
from tests.exchange.erp import evening
from tests.exchange.readings import codes, read
from tests.files.support import sample_bytes

NAME = "LS0041720261125230000"
DATA = sample_bytes(Transfer.CASES)
TRANSFERS = pytest.mark.parametrize("transfer", [Transfer.CASES, Transfer.CORRECTIONS])


@pytest.fixture
def definition(tmp_path: Path) -> ExportDefinition:
    for folder in ("in", "out"):
        (tmp_path / folder).mkdir()
    return ExportDefinition(
        id="nordlys",
        protocol="local",
        server=str(tmp_path),
        upload_folder="in",
        download_folder="out",
        customer_id="00417",
        after_fetch=AfterFetch.DELETE,
    )


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.db") as opened:
        yield opened


def held_whole(journal: Journal, name: str, data: bytes) -> None:
    """The file is in quarantine with its bytes and one open finding, and nothing of it is pending."""
    [file] = journal.incoming("nordlys")
    assert (file.name, file.state, file.postings) == (name, IncomingState.QUARANTINED, 0)
    assert journal.content(file).read() == data
    [found] = journal.findings("nordlys")
    assert (found.finding.code, found.finding.file, found.finding.line) == ("transfer-unexpected", name, 1)
    assert not list(journal.pending("nordlys"))


@TRANSFERS
@pytest.mark.parametrize("source", list(MoneySource))
@pytest.mark.parametrize("customer_id", ["00417", "00418"])
def test_what_is_not_booked_is_told(transfer: Transfer, source: MoneySource, customer_id: str) -> None:
    """Whoever its envelope names and wherever the money comes from: the finding says which transfer it is."""
    terms = Terms(definition_id="nordlys", customer_id=customer_id, payments_from_agency=source is MoneySource.AGENCY)
    result = read(sample_bytes(transfer), terms)
    assert result.quarantined
    assert (result.postings, result.held) == ((), ())
    assert codes(result)[0] == "transfer-unexpected"
    assert (result.findings[0].file, result.findings[0].found) == ("OP1", str(transfer))


async def test_one_that_is_taken_in(journal: Journal, definition: ExportDefinition) -> None:
    """Its bytes are in the journal, with the finding; brought again it changes nothing."""
    for day in (0, 1):
        await ingest(DATA, NAME, definition, journal=journal, now=evening(day))
        held_whole(journal, NAME, DATA)


async def test_one_that_is_read_again(journal: Journal, definition: ExportDefinition) -> None:
    """What was noted first is superseded, what is still wrong is noted anew, and the bytes stay."""
    await ingest(DATA, NAME, definition, journal=journal, now=evening(0))
    [file] = journal.incoming("nordlys")
    [before] = journal.findings("nordlys")
    report = await reprocess(file, definition, journal=journal, now=evening(1))
    assert (report.transfer, report.quarantined) == ("cases", True)
    held_whole(journal, NAME, DATA)
    first, _ = sorted(journal.findings("nordlys", open_only=False), key=lambda each: each.id)
    assert (first.id, first.decision) == (before.id, Decision.SUPERSEDED)


@TRANSFERS
async def test_one_that_lies_in_the_download_folder(
    journal: Journal, definition: ExportDefinition, transfer: Transfer
) -> None:
    """It is held here and stays there, even where fetched files are deleted."""
    name, data = f"{'LS' if transfer is Transfer.CASES else 'RD'}0041720261125230000", sample_bytes(transfer)
    place = Path(definition.server) / "out" / name
    place.write_bytes(data)
    report = await fetch_settlements(definition, journal=journal, now=evening(1))
    assert [(file.name, file.quarantined) for file in report.files] == [(name, True)]
    held_whole(journal, name, data)
    assert place.read_bytes() == data
