"""Damaged, foreign, repeated and unfinished files: kept with their bytes and findings, and none holds up another."""

import pytest
from attrs import evolve

from lindorff_sdk import AfterFetch, ExportDefinition, FetchReport, export_group, fetch_settlements, ingest
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.journal import Incoming, IncomingState
from lindorff_sdk.models.settlements import CaseClosure, Payment, SettlementEntry, SettlementFile
from lindorff_sdk.reconciliation.events import CaseRegistered, PaymentReceived
from lindorff_sdk.testing import Damage, Pays
from lindorff_sdk.testing.damage import damaged
from tests.exchange.erp import REFERENCE, Erp, evening, night, of, small_group
from tests.exchange.sites import Site

BAD = [how for how in Damage if how is not Damage.OTHER_BYTES]
LOCAL = pytest.mark.parametrize("site", ["local"], indirect=True)
NETWORK = pytest.mark.parametrize("site", ["local", "embedded sftp", "embedded ftp"], indirect=True)


async def fetch(site: Site, erp: Erp, day: int, definition: ExportDefinition | None = None) -> FetchReport:
    """Fetch, one evening."""
    return await fetch_settlements(
        definition or site.definition(), journal=erp.journal, connect=site.connect, now=evening(day)
    )


async def sent(site: Site, erp: Erp) -> tuple[str, str]:
    """Send a group; return the names of the receipt and of a settlement that the agency put out."""
    await export_group(small_group(), site.definition(), journal=erp.journal, connect=site.connect, now=evening(0))
    receipt = site.works("work", night(0))
    settlement = site.works("settle", night(1), [Pays("I1", "400.00"), Pays("I3", "1000.00", closes=True)])
    return receipt, settlement


def incoming(erp: Erp, name: str) -> list[Incoming]:
    """Return what came under a name."""
    return [file for file in erp.journal.incoming("nordlys") if file.name == name]


def kept(erp: Erp, name: str, data: bytes) -> None:
    """The file is in quarantine, its bytes and findings can be read, and no event left it."""
    [file] = [each for each in incoming(erp, name) if erp.journal.content(each).read() == data]
    assert file.state is IncomingState.QUARANTINED
    assert (file.postings, file.events) == (0, 0)
    findings = [each.finding for each in erp.journal.findings("nordlys") if each.incoming_id == file.id]
    assert any(found.severity == "error" for found in findings)
    assert all(found.file == name for found in findings)


@LOCAL
@pytest.mark.parametrize("which", ["receipt", "settlement"])
@pytest.mark.parametrize("how", BAD)
async def test_a_damaged_file(site: Site, erp: Erp, which: str, how: Damage) -> None:
    """It is quarantined, nothing leaves it, the other file is read; the good file sent later is read as if first."""
    await mended(site, erp, which, how)


async def mended(site: Site, erp: Erp, which: str, how: Damage) -> None:
    receipt, settlement = await sent(site, erp)
    bad, good = (receipt, settlement) if which == "receipt" else (settlement, receipt)
    site.agency.put_damaged(bad, how)
    data = site.read("out", bad)
    assert data != site.agency.written[bad]
    report = await fetch(site, erp, 1)
    assert [file.name for file in report.quarantined] == [bad]
    assert {file.name for file in report.files} == {receipt, settlement}
    assert [file.postings for file in report.quarantined] == [0]
    kept(erp, bad, data)
    erp.book_all(site.definition())
    assert {event.source.file for event in erp.booked()} == {good}

    site.agency.put_again(bad)
    report = await fetch(site, erp, 2)
    [file] = report.files
    assert file.name == bad
    assert not file.quarantined
    assert [found.code for found in file.findings] == ["name-reused"]
    erp.book_all(site.definition())
    everything_booked(erp)


@pytest.mark.parametrize("site", ["embedded sftp", "embedded ftp"], indirect=True)
async def test_a_damaged_file_over_the_network(site: Site, erp: Erp) -> None:
    """The same over the servers, where listings tell times to the second only."""
    await mended(site, erp, "settlement", Damage.CUT)


def everything_booked(erp: Erp) -> None:
    """The whole receipt and the whole settlement are in the ledger, once."""
    events = erp.booked()
    assert len(of(CaseRegistered, events)) == 5
    assert [event.amount for event in of(PaymentReceived, events)] == [400, 1000]


@pytest.mark.parametrize("how", BAD)
async def test_the_good_file_comes_under_another_name(local: Site, erp: Erp, how: Damage) -> None:
    """The agency mends a damaged settlement and sends it under a new name: it is read, without any doubt about it."""
    _, settlement = await sent(local, erp)
    local.agency.put_damaged(settlement, how)
    await fetch(local, erp, 1)
    local.agency.put_again(settlement, under="OP0041720261126120000")
    report = await fetch(local, erp, 2)
    assert [(file.name, file.quarantined, file.findings) for file in report.files] == [
        ("OP0041720261126120000", False, ())
    ]
    erp.book_all(local.definition())
    everything_booked(erp)


@LOCAL
async def test_the_same_bytes_under_another_name(site: Site, erp: Erp) -> None:
    """A suspected repeat is kept and told, never booked in silence and never dropped."""
    _, settlement = await sent(site, erp)
    await fetch(site, erp, 1)
    again = site.agency.put_again(settlement, under="OP0041720261126120000")
    report = await fetch(site, erp, 2)
    [file] = report.files
    assert (file.name, file.quarantined) == (again, True)
    [found] = file.findings
    assert (found.code, found.file, found.line, found.found) == ("file-repeated", again, 1, settlement)
    kept(erp, again, site.agency.written[settlement])
    erp.book_all(site.definition())
    everything_booked(erp)


@LOCAL
async def test_the_same_facts_in_other_bytes(site: Site, erp: Erp) -> None:
    """A file made anew says the same under its old name: its transactions are known, so nothing is booked again.

    That they were known is told.
    """
    _, settlement = await sent(site, erp)
    await fetch(site, erp, 1)
    site.agency.put_damaged(settlement, Damage.OTHER_BYTES)
    report = await fetch(site, erp, 2)
    [file] = report.files
    assert (file.name, file.quarantined, file.events) == (settlement, False, 0)
    assert {(found.code, found.file, found.line) for found in file.findings} == {
        ("name-reused", settlement, 1),
        ("events-known", settlement, 1),
    }
    assert incoming(erp, settlement)[1].skipped_events == 4, "two payments, a closure and the totals"
    erp.book_all(site.definition())
    everything_booked(erp)


@NETWORK
@pytest.mark.parametrize("after", list(AfterFetch))
async def test_a_file_delivered_again(site: Site, erp: Erp, after: AfterFetch) -> None:
    """However often the agency delivers the same file, it is read once, and the copies are put away like the first."""
    _, settlement = await sent(site, erp)
    definition = site.definition(after_fetch=after, done_folder="done")
    await fetch(site, erp, 1, definition)
    for day in range(2, 5):
        site.agency.put_again(settlement)
        report = await fetch(site, erp, day, definition)
        assert not report.files
        assert not report.failed
        assert report.redelivered == (settlement,)
        assert (settlement in site.names("out")) is (after is AfterFetch.LEAVE)
        again = await fetch(site, erp, day, definition)
        assert not again.files
        assert not again.redelivered
        assert not again.failed
    [file] = incoming(erp, settlement)
    assert file.deliveries == 4
    if after is AfterFetch.MOVE:
        copies = [name for name in site.names("done") if name.startswith(settlement)]
        assert len(copies) == 4
        assert {site.read("done", name) for name in copies} == {site.agency.written[settlement]}
    erp.book_all(definition)
    everything_booked(erp)


@LOCAL
@pytest.mark.parametrize("after", list(AfterFetch))
async def test_what_is_quarantined_stays_at_the_agency(site: Site, erp: Erp, after: AfterFetch) -> None:
    """A damaged file is left where it lies, to be looked at, whatever is done with the others; it is read once."""
    _, settlement = await sent(site, erp)
    site.agency.put_damaged(settlement, Damage.CUT)
    definition = site.definition(after_fetch=after, done_folder="done")
    for day in range(1, 4):
        report = await fetch(site, erp, day, definition)
        assert [file.name for file in report.quarantined] == ([settlement] if day == 1 else [])
        assert not report.failed
        assert settlement in site.names("out")
    assert len(incoming(erp, settlement)) == 1


@LOCAL
async def test_a_stranger(site: Site, erp: Erp) -> None:
    """A file that no layout recognises is kept like a damaged one, and holds up nobody."""
    await sent(site, erp)
    name = site.agency.put_stranger()
    report = await fetch(site, erp, 1)
    [stranger] = report.quarantined
    assert (stranger.name, stranger.transfer) == (name, "")
    kept(erp, name, site.read("out", name))
    erp.book_all(site.definition())
    everything_booked(erp)


@LOCAL
async def test_a_file_that_is_still_being_written(site: Site, erp: Erp) -> None:
    """What has a temporary name is not touched; under its final name it is read."""
    _, settlement = await sent(site, erp)
    (site.agency.folders.downloads / settlement).unlink()
    names = [site.agency.put_unfinished(settlement)]
    for ending in (".part", ".tmp", ".TMP", ".filepart"):
        names.append(f"{settlement}{ending}")
        (site.agency.folders.downloads / names[-1]).write_bytes(b"half")
    report = await fetch(site, erp, 1)
    assert len(report.files) == report.listed == 1
    assert {file.name for file in erp.journal.incoming("nordlys")}.isdisjoint(names)
    site.agency.put_again(settlement)
    await fetch(site, erp, 2)
    erp.book_all(site.definition())
    everything_booked(erp)


async def test_an_empty_file(local: Site, erp: Erp) -> None:
    """An empty file is a damaged one."""
    (local.agency.folders.downloads / "OP0041720261126120000").write_bytes(b"")
    report = await fetch(local, erp, 1)
    assert len(report.quarantined) == 1
    kept(erp, "OP0041720261126120000", b"")


async def test_our_own_file_comes_back(local: Site, erp: Erp) -> None:
    """A file of cases among those from the agency is kept, not read as anything."""
    await sent(local, erp)
    [file] = erp.journal.outgoing("nordlys")
    data = erp.journal.content(file).read()
    (local.agency.folders.downloads / file.name).write_bytes(data)
    report = await fetch(local, erp, 1)
    assert [(each.name, each.quarantined) for each in report.files if each.name == file.name] == [(file.name, True)]
    kept(erp, file.name, data)


async def test_all_at_once(local: Site, erp: Erp) -> None:
    """Everything bad in one folder, and the good files among it are read all the same."""
    _, settlement = await sent(local, erp)
    folder, good = local.agency.folders.downloads, local.agency.written[settlement]
    for number, how in enumerate(BAD):
        (folder / f"OP00417202611250100{number:02}").write_bytes(damaged(good, REFERENCE, how))
    local.agency.put_stranger()
    report = await fetch(local, erp, 1)
    assert len(report.quarantined) == len(BAD) + 1
    assert not report.failed
    erp.book_all(local.definition())
    everything_booked(erp)


async def test_receipts_are_read_before_settlements(local: Site, erp: Erp) -> None:
    """A settlement may name a case by its number only; the receipt of the same run, read first, tells whose it is.

    Here the settlement comes first by name, and its lines name nothing but the number.
    """
    receipt, settlement = await sent(local, erp)
    model = parse(local.agency.written[settlement], REFERENCE).require()
    assert isinstance(model, SettlementFile)
    entries = [_by_number_only(entry) for entry in model.entries]
    folder = local.agency.folders.downloads
    (folder / settlement).unlink()
    early = "AA-first-by-name"
    (folder / early).write_bytes(serialize(evolve(model, entries=tuple(entries)), REFERENCE))
    report = await fetch(local, erp, 1)
    assert [file.name for file in report.files] == [receipt, early]
    assert not report.findings
    erp.book_all(local.definition())
    everything_booked(erp)


def _by_number_only(entry: SettlementEntry) -> SettlementEntry:
    if isinstance(entry, Payment):
        return evolve(entry, reference="", invoice_number="")
    return evolve(entry, reference="") if isinstance(entry, CaseClosure) else entry


async def test_carried_by_hand(local: Site, erp: Erp) -> None:
    """A file from an e-mail is taken in like a fetched one; fetching it as well changes nothing."""
    receipt, settlement = await sent(local, erp)
    for name in (receipt, settlement):
        data = local.agency.written[name]
        [read] = await ingest(data, name, local.definition(), journal=erp.journal, now=evening(1))
        assert (read.name, read.quarantined) == (name, False)
        assert await ingest(data, name, local.definition(), journal=erp.journal, now=evening(1)) == ()
    report = await fetch(local, erp, 1)
    assert not report.files
    assert set(report.redelivered) == {receipt, settlement}
    erp.book_all(local.definition())
    everything_booked(erp)
