"""The sync door: the same calls without await, and a clear word where an event loop runs already."""

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import lindorff_sdk
from lindorff_sdk import sync
from lindorff_sdk.definition import Protocol
from lindorff_sdk.errors import FolderMissingError, RequestError
from lindorff_sdk.testing import EmbeddedAgency
from tests.exchange.erp import Erp, evening, night, small_group

CALLS = sorted(sync.__all__)


@pytest.fixture
def agency(tmp_path: Path) -> EmbeddedAgency:
    """An agency on plain folders."""
    running = EmbeddedAgency(tmp_path / "agency", protocol=Protocol.LOCAL)
    running.folders.make()
    return running


@pytest.fixture
def erp(tmp_path: Path) -> Iterator[Erp]:
    """The ERP."""
    with Erp.open(tmp_path) as opened:
        yield opened


def test_the_whole_exchange_without_await(agency: EmbeddedAgency, erp: Erp) -> None:
    """Exported, answered, fetched and booked; both halves at once do nothing more."""
    definition = agency.definition()
    exported = sync.export_group(small_group(), definition, journal=erp.journal, now=evening(0))
    assert exported.claims == 6
    receipt = agency.work(night(0))
    fetched = sync.fetch_settlements(definition, journal=erp.journal, now=evening(1))
    assert [file.name for file in fetched.files] == [receipt]
    assert erp.book_all(definition) == 6
    report = sync.exchange(small_group(), definition, journal=erp.journal, now=evening(2))
    assert report.exported.nothing_to_send
    assert not report.fetched.files
    name = agency.settle(night(2))
    assert len(sync.ingest(agency.written[name], name, definition, journal=erp.journal, now=evening(3))) == 1
    assert erp.book_all(definition) == 1


def test_errors_are_the_same(agency: EmbeddedAgency, erp: Erp) -> None:
    """An exception reaches the caller as it is, notes and all."""
    wrong = agency.definition(upload_folder="nowhere", download_folder="nowhere-too")
    with pytest.raises(FolderMissingError) as caught:
        sync.exchange(small_group(), wrong, journal=erp.journal, now=evening(0))
    assert caught.value.folder == "nowhere"
    assert "'nowhere-too'" in caught.value.__notes__[0]


def test_in_a_thread_of_its_own(agency: EmbeddedAgency, erp: Erp) -> None:
    """Code in a thread beside a running loop may use it."""

    async def beside() -> int:
        definition = agency.definition()
        report = await asyncio.to_thread(
            sync.export_group, small_group(), definition, journal=erp.journal, now=evening(0)
        )
        return report.claims

    assert asyncio.run(beside()) == 6


@pytest.mark.parametrize("call", CALLS)
async def test_inside_a_running_loop(agency: EmbeddedAgency, erp: Erp, call: str) -> None:
    """It is refused before anything is done, and names the call to await; no coroutine is left behind."""
    definition = agency.definition()
    arguments = {
        "exchange": (small_group(), definition),
        "export_corrections": (definition,),
        "export_group": (small_group(), definition),
        "fetch_settlements": (definition,),
        "ingest": (b"", "OP1", definition),
        "preview": (small_group(), definition),
        "reprocess": (None, definition),
    }[call]
    with pytest.raises(RequestError, match=rf"await lindorff_sdk\.{call}\(\)"):
        getattr(sync, call)(*arguments, journal=erp.journal)
    assert not erp.journal.log(definition)


@pytest.mark.parametrize("call", CALLS)
def test_it_is_the_same_call(call: str) -> None:
    """Name, parameters and documentation are those of the async call, and it is no coroutine function."""
    ours, theirs = getattr(sync, call), getattr(lindorff_sdk, call)
    assert inspect.iscoroutinefunction(theirs)
    assert not inspect.iscoroutinefunction(ours)
    assert inspect.signature(ours).parameters == inspect.signature(theirs).parameters
    assert (ours.__name__, ours.__doc__) == (theirs.__name__, theirs.__doc__)


def test_no_call_is_missing() -> None:
    """Every coroutine function of the package has its twin."""
    wanted = {name for name in lindorff_sdk.__all__ if inspect.iscoroutinefunction(getattr(lindorff_sdk, name))}
    assert wanted == set(sync.__all__)
