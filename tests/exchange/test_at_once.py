"""Several exports of one agreement: in the same second, of groups that share claims, and by processes that race."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from lindorff_sdk import CaseRejected, ExportDefinition, export_group, to_json
from lindorff_sdk.definition import Protocol
from lindorff_sdk.errors import CollisionError, ConnectionLostError, FolderMissingError, LindorffError
from lindorff_sdk.exchange.connect import Connect
from lindorff_sdk.files.parser import parse
from lindorff_sdk.journal import OutgoingState
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.testing import EmbeddedAgency, Pays
from lindorff_sdk.transport import LocalTransport, RemoteFile, Transport
from tests.exchange.crashing import CONTEXT, Evening, in_process, spend
from tests.exchange.erp import NOW, REFERENCE, Erp, evening, group_of, listed, night, of, small_group, variant
from tests.exchange.sites import Site

PROCESSES = 3


def invoices(data: bytes) -> list[str]:
    """Return the invoices in a file of cases."""
    model = parse(data, REFERENCE).require()
    assert isinstance(model, CaseFile)
    return [claim.invoice_number for case in model.cases for claim in case.claims]


# --- One process ----------------------------------------------------------------------------------------------------


async def test_two_groups_in_one_second(site: Site, erp: Erp) -> None:
    """They get different names and numbers, and both arrive whole."""
    definition = site.definition()
    for number in ("A1", "B1", "C1"):
        group = group_of(listed(number))
        report = await export_group(group, definition, journal=erp.journal, connect=site.connect, now=NOW)
        assert len(report.sent) == 1
    files = erp.journal.outgoing(definition)
    assert [file.sequence for file in files] == [1, 2, 3]
    assert len({file.name for file in files}) == 3
    assert site.names("in") == sorted(file.name for file in files)
    assert [invoices(site.read("in", file.name)) for file in files] == [["A1"], ["B1"], ["C1"]]


async def test_a_second_is_free_again_only_for_another_name(local: Site, erp: Erp) -> None:
    """A name is not used twice, also where the agency took the file of that name away."""
    definition = local.definition()
    for number in ("A1", "B1"):
        await export_group(group_of(listed(number)), definition, journal=erp.journal, now=NOW)
        local.works("work", night(0))
    assert len({file.name for file in erp.journal.outgoing(definition)}) == 2


@pytest.mark.parametrize(("template", "names"), [("%Y%m%d%H%M", 2), ("%Y%m%d", 1)])
async def test_names_without_seconds(local: Site, erp: Erp, tmp_path: Path, template: str, names: int) -> None:
    """Where names tell the minute, the next minute's is taken; where they tell the day, the second file waits.

    It overwrites nothing, and is sent when the agency has taken the first away.
    """
    path = variant(
        tmp_path, ("LS{customer_id}{created_at:%Y%m%d%H%M%S}", f"LS{{customer_id}}{{created_at:{template}}}")
    )
    definition = local.definition(format=str(path))
    await export_group(group_of(listed("A1")), definition, journal=erp.journal, now=NOW)
    if names == 1:
        with pytest.raises(CollisionError):
            await export_group(group_of(listed("B1", 2)), definition, journal=erp.journal, now=NOW)
        local.works("work", night(0))
        await export_group(group_of(), definition, journal=erp.journal, now=NOW)
    else:
        await export_group(group_of(listed("B1", 2)), definition, journal=erp.journal, now=NOW)
    files = erp.journal.outgoing(definition)
    assert len({file.name for file in files}) == names
    assert {file.state for file in files} == {OutgoingState.SENT}
    local.works("work", night(1))
    assert [case.reference for case in local.agency.caseload.cases] == ["A1", "B1"]


async def test_a_claim_in_two_groups_is_sent_once(site: Site, erp: Erp) -> None:
    """The second group sends what is left of it, and tells what was left out."""
    definition = site.definition()
    first, second = group_of(listed("A1"), listed("A2", 2)), group_of(listed("A2", 2), listed("A3", 3))
    for group, left_out in ((first, ()), (second, ("A2",)), (second, ("A2", "A3"))):
        report = await export_group(group, definition, journal=erp.journal, connect=site.connect, now=NOW)
        assert report.left_out == left_out
    assert report.nothing_to_send
    sent = [invoices(data) for data in erp.uploads(definition).values()]
    assert sent == [["A1", "A2"], ["A3"]]


async def test_a_rejected_claim_may_go_again(local: Site, erp: Erp) -> None:
    """The agency refuses a case: its claims are free again, once, and the rest of the group stays where it is."""
    definition = local.definition()
    await export_group(small_group(), definition, journal=erp.journal, now=evening(0))
    local.works("work", night(0), reject={"I1": ("S12", "Ukjent skyldner")})
    await asyncio.to_thread(in_process, _fetching(local, erp))
    report = await export_group(small_group(), definition, journal=erp.journal, now=evening(2))
    assert report.claims == 2
    assert set(report.left_out) == {"I3", "I4", "I5", "I6"}
    assert [invoices(data) for data in erp.uploads(definition).values()][1] == ["I1", "I2"]
    again = await export_group(small_group(), definition, journal=erp.journal, now=evening(3))
    assert again.nothing_to_send
    local.works("work", night(3))
    local.works("settle", night(4), [Pays("I1", "1000.00")])
    await asyncio.to_thread(in_process, _fetching(local, erp))
    assert [event.reference for event in of(CaseRejected, erp.booked())] == ["I1"]
    assert not erp.journal.findings(definition)
    assert not list(erp.journal.pending(definition))


def _fetching(site: Site, erp: Erp) -> Evening:
    folder = Path(str(erp.journal.engine.url.database)).parent
    return Evening(folder=folder, agency=site.agency.folders.home, group=to_json(group_of()), now=evening(1))


async def test_two_agreements_keep_apart(local: Site, erp: Erp) -> None:
    """What is live under one definition is free under another."""
    one, other = local.definition(), local.definition(id="solvang")
    for day, definition in enumerate((one, other)):
        report = await export_group(small_group(), definition, journal=erp.journal, now=evening(day))
        assert report.claims == 6


async def test_tasks_of_one_process(local: Site, erp: Erp) -> None:
    """Tasks that export the same group at once send each claim once, and none of them fails."""
    definition = local.definition()
    reports = await asyncio.gather(
        *(export_group(small_group(), definition, journal=erp.journal, now=NOW) for _ in range(4))
    )
    assert sum(report.claims for report in reports) == 6
    assert_sent_once(local.agency, erp)


def assert_sent_once(agency: EmbeddedAgency, erp: Erp, claims: int = 6) -> None:
    """Every claim lies in one file at the agency, all files are sent, and nothing else lies there."""
    files = erp.journal.outgoing("nordlys")
    assert {file.state for file in files} == {OutgoingState.SENT}
    arrived = {path.name: path.read_bytes() for path in agency.folders.arrived()}
    assert arrived == erp.uploads("nordlys")
    counts = Counter(number for data in arrived.values() for number in invoices(data))
    assert set(counts.values()) == {1}
    assert len(counts) == claims
    left = [path.name for path in agency.folders.uploads.iterdir() if path.name not in arrived]
    assert not left, f"temporary files are left: {left}"


# --- Several processes ----------------------------------------------------------------------------------------------


def race(evenings: Sequence[Evening]) -> list[int | None]:
    """Spend evenings at the same time, each in a process of its own; return their exit statuses."""
    gate = CONTEXT.Barrier(len(evenings))
    processes = [CONTEXT.Process(target=_at_the_gate, args=(gate, each)) for each in evenings]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


def _at_the_gate(gate: Barrier, each: Evening) -> None:
    with Erp.open(each.folder):  # tables are made before the race
        gate.wait(30)
    spend(each)


def agency_in(folder: Path) -> EmbeddedAgency:
    """Return an agency on plain folders."""
    agency = EmbeddedAgency(folder / "agency", protocol=Protocol.LOCAL)
    agency.folders.make()
    return agency


@pytest.mark.parametrize("attempt", range(2))
def test_processes_that_export_the_same_group(tmp_path: Path, attempt: int) -> None:
    """Each claim is sent once, whoever wins, and nobody fails."""
    agency = agency_in(tmp_path)
    work = Evening(folder=tmp_path, agency=agency.folders.home, group=to_json(small_group()), now=NOW)
    assert race([work] * PROCESSES) == [0] * PROCESSES
    with Erp.open(tmp_path) as erp:
        assert len(erp.journal.outgoing("nordlys")) == 1
        assert_sent_once(agency, erp)


@pytest.mark.parametrize("attempt", range(2))
def test_processes_that_export_groups_of_their_own(tmp_path: Path, attempt: int) -> None:
    """In the same second, with a claim in common: names differ, and the common claim goes once."""
    agency = agency_in(tmp_path)
    works = [
        Evening(
            folder=tmp_path,
            agency=agency.folders.home,
            group=to_json(group_of(listed(f"P{number}", number + 1), listed("COMMON", 99))),
            now=NOW,
        )
        for number in range(PROCESSES)
    ]
    assert race(works) == [0] * PROCESSES
    with Erp.open(tmp_path) as erp:
        assert len({file.name for file in erp.journal.outgoing("nordlys")}) == PROCESSES
        assert_sent_once(agency, erp, PROCESSES + 1)


@pytest.mark.parametrize("after", ["leave", "move", "delete"])
def test_processes_that_fetch_at_once(tmp_path: Path, after: str) -> None:
    """Every event is booked once, and nobody fails."""
    agency = agency_in(tmp_path)
    work = Evening(
        folder=tmp_path, agency=agency.folders.home, group=to_json(small_group()), now=NOW, after_fetch=after
    )
    assert in_process(work) == 0
    agency.work(night(0))
    for day in range(1, 4):
        agency.settle(night(day), [Pays("I1", "100.00"), Pays("I3", "100.00")])
    assert race([evolve(work, now=evening(4), alone=False)] * PROCESSES) == [0] * PROCESSES
    with Erp.open(tmp_path) as erp:
        assert not erp.journal.unprocessed("nordlys")
        assert {file.deliveries for file in erp.journal.incoming("nordlys")} <= set(range(1, PROCESSES + 1))
        erp.book_all("nordlys")
        events = erp.booked()
        assert sum(getattr(event, "kind", "") == "payment_received" for event in events) == 6
        assert not erp.journal.findings("nordlys")
    assert in_process(evolve(work, now=evening(5))) == 0
    left = sorted(path.name for path in agency.folders.downloads.iterdir())
    assert left == (sorted(agency.written) if after == "leave" else [])


async def test_an_interrupted_export_is_finished_by_one_of_several(local: Site, erp: Erp) -> None:
    """Runs that find the same unfinished file at once send it once, and none of them fails."""
    wrong = local.definition(upload_folder="nowhere")
    with pytest.raises(FolderMissingError):
        await export_group(small_group(), wrong, journal=erp.journal, now=NOW)
    definition = local.definition()
    results: list[Any] = await asyncio.gather(
        *(export_group(group_of(), definition, journal=erp.journal, now=NOW) for _ in range(4)),
        return_exceptions=True,
    )
    assert not [result for result in results if isinstance(result, LindorffError)]
    assert_sent_once(local.agency, erp)


class Overtaken(LocalTransport):
    """Lets something happen right before a rename to a final name."""

    def __init__(self, root: Path, first: Callable[[], Awaitable[object]]) -> None:
        super().__init__(root)
        self.first = first

    async def move(self, file: RemoteFile, folder: str, name: str) -> None:
        await self.first()
        await super().move(file, folder, name)


@pytest.mark.parametrize("taken_away", [False, True])
async def test_a_run_that_is_overtaken_before_its_rename(local: Site, erp: Erp, *, taken_away: bool) -> None:
    """Another run finishes the file in between, and the agency may even take it away: it is sent once all the same."""
    definition, home = local.definition(), local.agency.folders.home

    async def overtake() -> None:
        other = await export_group(small_group(), definition, journal=erp.journal, now=NOW)
        assert [sent.finished for sent in other.sent] == [True]
        if taken_away:
            local.works("work", night(0))

    async def connect(_: ExportDefinition) -> Transport:
        return Overtaken(home, overtake)

    report = await export_group(small_group(), definition, journal=erp.journal, connect=connect, now=NOW)
    [file] = erp.journal.outgoing(definition)
    assert [sent.name for sent in report.sent] == [file.name]
    assert file.state is OutgoingState.SENT
    assert not report.unknown
    if taken_away:
        assert local.names("in") == []
        assert len(local.agency.caseload.cases) == 5
        assert len(list(local.agency.folders.archive.iterdir())) == 1
    else:
        assert_sent_once(local.agency, erp)


@pytest.mark.parametrize("how", ["moved", "linked"])
async def test_two_runs_that_finish_the_same_file(local: Site, erp: Erp, how: str) -> None:
    """Both find the complete temporary file, and one is quicker: the other sees the file there and is content.

    A rename that does not overwrite may be seen half-done: the final name is there, and the temporary one still is.
    """
    definition, home = local.definition(), local.agency.folders.home
    folder = local.agency.folders.uploads

    async def die() -> None:
        raise ConnectionLostError("cut")

    async def overtake() -> None:
        [temporary] = folder.iterdir()
        final = folder / erp.journal.outgoing(definition)[0].name
        if how == "moved":
            temporary.rename(final)
        else:
            final.write_bytes(temporary.read_bytes())

    def connecting(first: Callable[[], Awaitable[object]]) -> Connect:
        async def connect(_: ExportDefinition) -> Transport:
            return Overtaken(home, first)

        return connect

    with pytest.raises(ConnectionLostError):
        await export_group(small_group(), definition, journal=erp.journal, connect=connecting(die), now=NOW)
    report = await export_group(group_of(), definition, journal=erp.journal, connect=connecting(overtake), now=NOW)
    [file] = erp.journal.outgoing(definition)
    assert [(sent.name, sent.finished) for sent in report.sent] == [(file.name, True)]
    assert file.state is OutgoingState.SENT
    assert (folder / file.name).read_bytes() == erp.journal.content(file).read()
