"""Connections cut at byte after byte, in both halves: nothing half there, nothing lost, nothing twice."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import define

from lindorff_sdk import ExportDefinition, exchange, export_group, fetch_settlements
from lindorff_sdk.definition import Protocol
from lindorff_sdk.errors import (
    ConnectionLostError,
    DeadlineError,
    TransportError,
    TruncatedError,
    UnknownOutcomeError,
)
from lindorff_sdk.journal import OutgoingState
from lindorff_sdk.reconciliation.events import AnyEvent
from tests.exchange.erp import Erp, evening, example_group, group_of, night, small_group
from tests.exchange.sites import Site
from tests.faultproxy import Fault, FaultProxy, How

CUT = (ConnectionLostError, DeadlineError, TruncatedError, UnknownOutcomeError)
OPENSSH = pytest.param("openssh", marks=pytest.mark.real_server)
NETWORK = pytest.mark.parametrize("site", ["embedded sftp", "embedded ftp", OPENSSH], indirect=True)
EMBEDDED_POINTS, OPENSSH_POINTS = 3, 2
SECONDS = 0.4
"""Time limit of the runs that meet silence."""


@asynccontextmanager
async def through(
    site: Site, control: Fault | None, data: Fault | None = None
) -> AsyncIterator[tuple[Site, FaultProxy]]:
    """Put a proxy with faults on the first connection before the site; its deadlines are short where it is silent."""
    faults = [[fault] if fault else [] for fault in (control, data)]
    definition = site.definition()
    ftp = definition.protocol is Protocol.FTP
    proxy = FaultProxy(definition.port, faults[0], faults[1], ftp=ftp)
    silent = any(fault is not None and fault.how is How.SILENCE for fault in (control, data))
    async with proxy:
        yield Site(site.agency, {**site.changes, "port": proxy.port, **_limits(SECONDS if silent else 5.0)}), proxy


def _limits(seconds: float) -> dict[str, float]:
    return dict.fromkeys(("connect_timeout", "login_timeout", "operation_timeout"), seconds)


def faults(size: list[int], points: int) -> Iterator[Fault]:
    """Yield cuts of what goes up and what comes down, by reset and by close, and one silence each way.

    They lie in the later part: the tests of the transport cut logins.
    """
    up, down = size
    for number in range(points):
        how = (How.RESET, How.CLOSE)[number % 2]
        at = 0.4 + 0.58 * number / (points - 1)
        yield Fault(up=round(up * at), how=how)
        yield Fault(down=round(down * at), how=how)
    yield Fault(up=round(up * 0.8), how=How.SILENCE)
    yield Fault(down=round(down * 0.9), how=How.SILENCE)


def points(site: Site) -> int:
    """Return how many cuts are made each way; each costs two runs."""
    return OPENSSH_POINTS if site.changes else EMBEDDED_POINTS


async def failure_of(call: object) -> TransportError | None:
    """Return what a run raises, or None; anything but the documented exceptions fails the test."""
    try:
        await call  # type: ignore[misc]
    except CUT as error:
        return error
    return None


def at_place(error: TransportError, definition: ExportDefinition) -> bool:
    """Return whether the message names the server."""
    return f"{definition.protocol}://{definition.username}@{definition.server}:{definition.port}" in str(error)


@define
class Sizes:
    """Bytes up and down of an undisturbed run: of its control connection and of its first data connection."""

    control: list[int]
    data: list[int]

    @classmethod
    def of(cls, proxy: FaultProxy) -> "Sizes":
        data = proxy.data.counts if proxy.data is not None else []
        return cls(list(proxy.counts[0]), list(max(data, key=sum, default=[0, 0])))


# --- Up -------------------------------------------------------------------------------------------------------------


@NETWORK
async def test_an_export_cut_anywhere(site: Site, tmp_path: Path) -> None:
    """No cut leaves a file under its final name that is not whole; the next run ends with the file there, once.

    The bytes and the name are those stored first, and the next run after that has nothing left to do.
    """
    with Erp.open(fresh(tmp_path, "measure")) as erp:
        async with through(site, None) as (way, proxy):
            await export_group(example_group(), way.definition(), journal=erp.journal, now=evening(0))
            sizes = Sizes.of(proxy)
        sent_whole(site, erp)
    met = 0
    for number, fault in enumerate(faults(sizes.control, points(site))):
        met += await export_through(site, fresh(tmp_path, f"control-{number}"), fault, None)
    for number, at in enumerate((1, sizes.data[0] // 2, sizes.data[0] - 1) if any(sizes.data) else ()):
        met += await export_through(site, fresh(tmp_path, f"data-{number}"), None, Fault(up=at, how=How.CLOSE))
    assert met > points(site), "the cuts did not meet the work"


async def export_through(site: Site, folder: Path, control: Fault | None, data: Fault | None) -> bool:
    """Cut one export and finish it; return whether it failed."""
    with Erp.open(folder) as erp:
        async with through(site, control, data) as (way, _):
            definition = way.definition()
            error = await failure_of(export_group(example_group(), definition, journal=erp.journal, now=evening(0)))
        [stored] = erp.journal.outgoing(definition)
        visible = [name for name in site.names("in") if not name.startswith(".")]
        assert visible in ([], [stored.name])
        if visible:
            assert site.read("in", stored.name) == erp.journal.content(stored).read()
        if error is None:
            assert visible
        else:
            assert at_place(error, definition), error
        report = await export_group(group_of(), site.definition(), journal=erp.journal, now=evening(1))
        assert [(sent.name, sent.sha256) for sent in report.sent] in ([], [(stored.name, stored.sha256)])
        assert not report.unknown, "the agency took nothing away"
        sent_whole(site, erp)
        return error is not None


def sent_whole(site: Site, erp: Erp) -> None:
    """The agency has the one file of the journal under its final name; it takes it away."""
    [file] = erp.journal.outgoing(site.definition())
    assert file.state is OutgoingState.SENT
    assert [name for name in site.names("in") if not name.startswith(".")] == [file.name]
    assert site.read("in", file.name) == erp.journal.content(file).read()
    for path in site.agency.folders.uploads.iterdir():
        path.unlink()


def fresh(tmp_path: Path, name: str) -> Path:
    """Return a new folder for an ERP."""
    folder = tmp_path / name
    folder.mkdir()
    return folder


# --- Down -----------------------------------------------------------------------------------------------------------


@NETWORK
async def test_a_fetch_cut_anywhere(site: Site, tmp_path: Path) -> None:
    """Whatever a cut leaves, the next run ends with the same events, each booked once, in the same order."""
    base = fresh(tmp_path, "base")
    with Erp.open(base) as erp:
        await export_group(small_group(), site.definition(), journal=erp.journal, now=evening(0))
    for day, call in enumerate(("first_night", "second_night", "third_night")):
        site.works(call, night(day))
    with Erp.open(copied(base, "undisturbed")) as erp:
        async with through(site, None) as (way, proxy):
            await fetch_settlements(way.definition(), journal=erp.journal, now=evening(3))
            sizes = Sizes.of(proxy)
        erp.book_all(site.definition())
        expected = erp.booked()
    met = 0
    for number, fault in enumerate(faults(sizes.control, points(site))):
        met += await fetch_through(site, copied(base, f"control-{number}"), fault, None, expected)
    for number, at in enumerate((1, sizes.data[1] // 2, sizes.data[1] - 1) if any(sizes.data) else ()):
        fault = Fault(down=at, how=How.CLOSE)
        met += await fetch_through(site, copied(base, f"data-{number}"), None, fault, expected)
    assert met > points(site), "the cuts did not meet the work"


async def fetch_through(
    site: Site, folder: Path, control: Fault | None, data: Fault | None, expected: list[AnyEvent]
) -> bool:
    """Cut one fetch, book what came, and finish it; return whether it failed."""
    with Erp.open(folder) as erp:
        async with through(site, control, data) as (way, _):
            definition = way.definition()
            error = await failure_of(fetch_settlements(definition, journal=erp.journal, now=evening(3)))
        assert error is None or at_place(error, definition)
        erp.book_all(definition)
        first = erp.booked()
        assert first == [event for event in expected if event in first], "booked out of order"
        report = await fetch_settlements(site.definition(), journal=erp.journal, now=evening(4))
        assert not report.findings
        erp.book_all(definition)
        # Files of one kind come in the order of their names; a receipt that a cut kept back is read later.
        assert sorted(event.id for event in erp.booked()) == sorted(event.id for event in expected)
        return error is not None


def copied(base: Path, name: str) -> Path:
    """Return a copy of an ERP's folder."""
    return Path(shutil.copytree(base, base.parent / name))


# --- Both -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["embedded sftp"], indirect=True)
async def test_both_halves_cut(site: Site, erp: Erp, tmp_path: Path) -> None:
    """The export's error is raised, with a note of the other half's; the next run does it all."""
    site.works("settle", night(0), [])
    with Erp.open(fresh(tmp_path, "measure")) as other:
        async with through(site, None) as (way, proxy):
            await fetch_settlements(way.definition(), journal=other.journal, now=evening(0))
            up = proxy.counts[0][0]
    async with through(site, None) as (way, proxy):
        proxy.faults = [Fault(up=round(up * 0.9))] * 2
        with pytest.raises(ConnectionLostError) as caught:
            await exchange(example_group(), way.definition(), journal=erp.journal, now=evening(0))
    [note] = caught.value.__notes__
    assert note.startswith("The fetching half of this exchange: failed too: ")
    report = await exchange(group_of(), site.definition(), journal=erp.journal, now=evening(1))
    assert [sent.finished for sent in report.exported.sent] == [True]
    assert len(report.fetched.files) == 1
    sent_whole(site, erp)
    assert erp.book_all(site.definition()) == 1
