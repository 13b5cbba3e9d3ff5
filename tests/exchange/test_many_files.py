"""Many files in one run: side by side and yet in order, tried again, within limits, and told as they come."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from lindorff_sdk import ExportDefinition, exchange, export_group, fetch_settlements, sync
from lindorff_sdk.errors import ConnectionLostError, DeadlineError, JournalError, LoginRefusedError, UnknownOutcomeError
from lindorff_sdk.journal import Arrival, OutgoingState
from lindorff_sdk.transport.base import RemoteFile
from lindorff_sdk.transport.memory import MemoryTransport
from tests.exchange.erp import Erp, evening, group_of, listed, night, small_group
from tests.exchange.sites import MemorySite, Site

MEMORY = pytest.mark.parametrize("site", ["memory"], indirect=True)


def settlements(site: Site, count: int) -> list[str]:
    return [site.works("settle", night(day), []) for day in range(count)]


def lost(operation: str) -> ConnectionLostError:
    return ConnectionLostError("cut", server="memory://agency", operation=operation)


async def test_all_of_a_night(site: Site, erp: Erp) -> None:
    """Over every kind of server all files are read, in the order of the listing, and the progress ends at the total."""
    names = settlements(site, 12)
    told: list[tuple[int, int]] = []
    definition = site.definition()
    report = await fetch_settlements(
        definition,
        journal=erp.journal,
        connect=site.connect,
        now=evening(0),
        progress=lambda done, total: told.append((done, total)),
    )
    assert [file.name for file in report.files] == names
    assert [file.name for file in erp.journal.incoming(definition)] == names
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] == sum(file.size for file in erp.journal.incoming(definition))


async def test_the_progress_of_an_export(site: Site, erp: Erp) -> None:
    """Over every kind of server the bytes sent grow to those of the file."""
    told: list[tuple[int, int]] = []
    await export_group(
        small_group(),
        site.definition(),
        journal=erp.journal,
        connect=site.connect,
        now=evening(0),
        progress=lambda done, total: told.append((done, total)),
    )
    [file] = erp.journal.outgoing(site.definition())
    assert told == sorted(told)
    assert told[-1] == (file.size, file.size)


@MEMORY
@pytest.mark.parametrize("happened", ["store", "renamed", "not renamed"])
async def test_the_progress_of_an_export_that_is_tried_again(site: MemorySite, erp: Erp, happened: str) -> None:
    """What is sent twice, or was sent before, counts once: the bytes never fall and never pass the whole."""
    definition = site.definition(attempts=3)
    if happened == "store":
        site.server.fail("store", lost("store"), after=True)
    else:
        answer = UnknownOutcomeError("no answer", server="memory://agency", operation="move")
        site.server.fail("move", answer, after=happened == "renamed")
    told: list[tuple[int, int]] = []
    await export_group(
        small_group(),
        definition,
        journal=erp.journal,
        connect=site.connect,
        now=evening(0),
        progress=lambda done, total: told.append((done, total)),
    )
    [file] = erp.journal.outgoing(definition)
    assert told == [(file.size, file.size)]


@MEMORY
async def test_the_progress_counts_what_an_earlier_run_left(site: MemorySite, erp: Erp) -> None:
    """An interrupted export is sent by the next call, and is part of the whole from the start."""
    definition = site.definition()
    site.server.fail("store", lost("store"), after=False)
    with pytest.raises(ConnectionLostError):
        await export_group(small_group(), definition, journal=erp.journal, connect=site.connect, now=evening(0))
    told: list[tuple[int, int]] = []
    await export_group(
        group_of(listed("J1")),
        definition,
        journal=erp.journal,
        connect=site.connect,
        now=evening(1),
        progress=lambda done, total: told.append((done, total)),
    )
    first, second = (file.size for file in erp.journal.outgoing(definition))
    assert told == [(first, first + second), (first + second, first + second)]


async def test_the_progress_of_an_exchange(site: Site, erp: Erp) -> None:
    """Both ways are told together, and come to the bytes of both."""
    settlements(site, 3)
    told: list[tuple[int, int]] = []
    definition = site.definition()
    await exchange(
        small_group(),
        definition,
        journal=erp.journal,
        connect=site.connect,
        now=evening(0),
        progress=lambda done, total: told.append((done, total)),
    )
    sizes = [file.size for file in erp.journal.outgoing(definition)]
    sizes += [file.size for file in erp.journal.incoming(definition)]
    assert len(sizes) == 4
    assert told == sorted(told)
    assert told[-1] == (sum(sizes), sum(sizes))


@pytest.mark.parametrize("site", ["local"], indirect=True)
async def test_the_progress_of_the_calls_without_await(site: Site, erp: Erp) -> None:
    """The twins pass it on."""
    told: list[tuple[int, int]] = []

    def calls() -> None:
        for day, call in enumerate((sync.export_group, sync.exchange)):
            call(
                group_of(listed(f"J{day}")),
                site.definition(),
                journal=erp.journal,
                now=evening(day),
                progress=lambda done, total: told.append((done, total)),
            )

    await asyncio.to_thread(calls)
    sizes = [file.size for file in erp.journal.outgoing(site.definition())]
    assert told == [(size, size) for size in sizes]


@MEMORY
async def test_the_first_file_is_the_slowest(site: MemorySite, erp: Erp) -> None:
    """Files get their numbers in the order of the listing, whichever is whole first."""
    names = settlements(site, 8)

    class Slow(MemoryTransport):
        async def fetch(self, file: RemoteFile) -> AsyncGenerator[bytes, None]:
            await asyncio.sleep(0.02 * (len(names) - names.index(file.name)))
            async for chunk in super().fetch(file):
                yield chunk

    async def connect(_: ExportDefinition) -> Any:
        return Slow(site.server)

    definition = site.definition()
    await fetch_settlements(definition, journal=erp.journal, connect=connect, now=evening(0))
    assert [file.name for file in erp.journal.incoming(definition)] == names


@MEMORY
async def test_a_lost_connection_is_made_up_for(site: MemorySite, erp: Erp) -> None:
    """Further attempts go on where the last one was; nothing is fetched or told twice, and the order stays."""
    names = settlements(site, 8)
    for operation in ("list", "fetch", "fetch"):
        site.server.fail(operation, lost(operation))
    definition = site.definition(attempts=4)
    report = await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(0))
    assert [file.name for file in report.files] == names
    assert [file.name for file in erp.journal.incoming(definition)] == names
    assert not report.failed
    assert not report.redelivered


@MEMORY
@pytest.mark.parametrize("happened", [True, False])
async def test_a_lost_answer_is_gone_into(site: MemorySite, erp: Erp, happened: bool) -> None:
    """The next attempt looks at what happened to the rename, and sends nothing twice."""
    site.server.fail("move", UnknownOutcomeError("lost"), after=happened)
    definition = site.definition(attempts=3)
    report = await export_group(small_group(), definition, journal=erp.journal, connect=site.connect, now=evening(0))
    [sent] = report.sent
    assert site.names("in") == [sent.name]
    [file] = erp.journal.outgoing(definition)
    assert file.state is OutgoingState.SENT


@MEMORY
async def test_a_lost_answer_where_the_agency_takes_files_away(site: MemorySite, erp: Erp) -> None:
    """With neither name there, no attempt sends it again."""
    site.server.fail("move", UnknownOutcomeError("lost"), after=True)
    definition = site.definition(attempts=3, agency_removes_files=True)
    connections = 0

    async def connect(_: ExportDefinition) -> Any:
        nonlocal connections
        connections += 1
        if connections == 2:
            for name in site.server.names("in"):
                site.server.take("in", name)
        return site.server.connect()

    report = await export_group(small_group(), definition, journal=erp.journal, connect=connect, now=evening(0))
    assert report.unknown
    assert not report.sent
    assert site.names("in") == []


@MEMORY
async def test_a_refused_log_in_is_tried_once(site: MemorySite, erp: Erp) -> None:
    """Further attempts would lock the account."""
    calls = 0

    async def connect(_: ExportDefinition) -> Any:
        nonlocal calls
        calls += 1
        raise LoginRefusedError("no")

    with pytest.raises(LoginRefusedError):
        await fetch_settlements(site.definition(attempts=5), journal=erp.journal, connect=connect, now=evening(0))
    assert calls == 1


@MEMORY
async def test_a_run_ends_at_its_deadline(site: MemorySite, erp: Erp) -> None:
    """Whatever hangs, the call returns when its time is over."""

    async def connect(_: ExportDefinition) -> Any:
        await asyncio.Event().wait()

    definition = site.definition(run_timeout=0.2)
    async with asyncio.timeout(1.2):
        with pytest.raises(DeadlineError):
            await fetch_settlements(definition, journal=erp.journal, connect=connect, now=evening(0))
        with pytest.raises(DeadlineError):
            await export_group(small_group(), definition, journal=erp.journal, connect=connect, now=evening(0))


@MEMORY
async def test_a_failing_journal_does_not_hang(site: MemorySite, erp: Erp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that wait for their turn are let go when the one before them cannot be stored."""
    settlements(site, 6)

    def fail(*_: object, **__: object) -> None:
        raise JournalError("the disk is gone")

    monkeypatch.setattr(Arrival, "finish", fail)
    async with asyncio.timeout(5):
        with pytest.raises(JournalError):
            await fetch_settlements(site.definition(), journal=erp.journal, connect=site.connect, now=evening(0))


# --- limits and finished files ----------------------------------------------------------------------------------------


@MEMORY
async def test_limits(site: MemorySite, erp: Erp) -> None:
    """A file beyond the limit is told; what one run may not fetch is left for the next."""
    names = settlements(site, 3)
    site.server.put("out", "OPhuge.txt", bytes(100_001))
    definition = site.definition(max_file_bytes=100_000, max_run_files=2)
    first = await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(0))
    assert [file.name for file in first.files] == names[:2]
    assert len(first.failed) == 1
    assert "max_file_bytes" in first.failed[0]
    assert first.left == (f"{names[2]}: beyond what one run may fetch",)
    second = await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(1))
    assert [file.name for file in second.files] == names[2:]


@MEMORY
async def test_a_server_that_understates_a_size(site: MemorySite, erp: Erp) -> None:
    """The limit is counted, not believed."""
    site.server.put("out", "OPhuge.txt", bytes(1_000_000))

    class Lying(MemoryTransport):
        async def list(self, folder: str) -> tuple[RemoteFile, ...]:
            return tuple(RemoteFile(file.folder, file.name) for file in await super().list(folder))

    async def connect(_: ExportDefinition) -> Any:
        return Lying(site.server)

    definition = site.definition(max_file_bytes=100_000)
    report = await fetch_settlements(definition, journal=erp.journal, connect=connect, now=evening(0))
    assert "max_file_bytes" in report.failed[0]
    assert not erp.journal.incoming(definition)


@MEMORY
async def test_markers_go_with_their_files(site: MemorySite, erp: Erp) -> None:
    """Only marked files are read; file and marker leave the folder together, the others stay and are told."""
    names = settlements(site, 2)
    site.server.put("out", f"{names[0]}.ok", b"")
    definition = site.definition(marker=".ok", after_fetch="move", done_folder="done")
    report = await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(0))
    assert [file.name for file in report.files] == names[:1]
    assert report.left == (f"{names[1]}: not marked as finished yet",)
    assert site.names("out") == names[1:]
    assert site.names("done") == names[:1]


async def test_an_agreed_age(site: Site, erp: Erp) -> None:
    """Over every kind of server a young file is left."""
    settlements(site, 1)
    definition = site.definition(min_age_seconds=timedelta(hours=1).total_seconds())
    report = await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(0))
    assert not report.files
    assert len(report.left) == 1
    assert report.left[0].endswith("younger than agreed")
