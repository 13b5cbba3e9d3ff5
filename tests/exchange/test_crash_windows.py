"""Real processes that die at each point of an evening: the next one loses nothing and repeats nothing."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import create_engine

from lindorff_sdk import CaseRejected, CollectionGroup, PaymentReceived, to_json
from lindorff_sdk.definition import Protocol
from lindorff_sdk.journal import OutgoingState
from lindorff_sdk.models.codes import ClosingReason, FileStatus
from lindorff_sdk.reconciliation.events import AnyEvent, FileAcknowledged
from lindorff_sdk.testing import Closes, EmbeddedAgency, Pays
from tests.exchange.crashing import DEAD, EXPORT, FETCH, Evening, in_process
from tests.exchange.erp import BOOKED, Erp, evening, night, of, small_group
from tests.journal.databases import PostgreSQL


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real_server)])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the ERP's database is; ``""`` for SQLite's in its folder."""
    if request.param == "sqlite":
        yield ""
        return
    server: PostgreSQL = request.getfixturevalue("server")
    with server.with_journal() as url:
        engine = create_engine(url)
        BOOKED.metadata.create_all(engine)
        engine.dispose()
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def agency(tmp_path: Path) -> EmbeddedAgency:
    """An agency on plain folders."""
    return agency_in(tmp_path)


def agency_in(folder: Path) -> EmbeddedAgency:
    """Return an agency on plain folders below a folder."""
    agency = EmbeddedAgency(folder / "agency", protocol=Protocol.LOCAL)
    agency.folders.make()
    return agency


def first_evening(tmp_path: Path, agency: EmbeddedAgency, database: str = "", **changes: Any) -> Evening:
    """Return the evening on which a small group is exported."""
    group = to_json(small_group())
    made = Evening(folder=tmp_path, agency=agency.folders.home, group=group, now=evening(0), database=database)
    return evolve(made, **changes)


def opened(work: Evening) -> AbstractContextManager[Erp]:
    """Open the ERP's database as it was left."""
    return Erp.open(work.folder, database=work.database)


def uploads(agency: EmbeddedAgency) -> list[str]:
    """Return the names under which the agency sees files of ours."""
    return [path.name for path in agency.folders.arrived()]


# --- Exporting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", EXPORT)
def test_death_while_exporting(tmp_path: Path, agency: EmbeddedAgency, database: str, point: str) -> None:
    """The next run finishes the export with the bytes and the name that were stored; every claim arrives once."""
    work = first_evening(tmp_path, agency, database)
    assert in_process(evolve(work, die=point)) == DEAD
    with opened(work) as erp:
        [(name, data)] = erp.uploads("nordlys").items()
        assert uploads(agency) == ([name] if point == "after rename, before mark_sent" else [])
    assert in_process(evolve(work, now=evening(1))) == 0
    assert uploads(agency) == [name]
    assert (agency.folders.uploads / name).read_bytes() == data
    with opened(work) as erp:
        [file] = erp.journal.outgoing("nordlys")
        assert file.state is OutgoingState.SENT
    agency.work(night(1))
    assert len(agency.caseload.cases) == 5
    assert in_process(evolve(work, now=evening(2))) == 0
    assert uploads(agency) == []
    with opened(work) as erp:
        assert {case.file_name for case in erp.journal.cases("nordlys")} == {name}
        assert [event.status for event in of(FileAcknowledged, erp.booked())] == [FileStatus.ACCEPTED]


@pytest.mark.parametrize("removes", [True, False])
def test_death_after_the_agency_took_the_file_away(
    tmp_path: Path, agency: EmbeddedAgency, database: str, *, removes: bool
) -> None:
    """Renamed, not written down as sent, and gone: where the agency takes files away the outcome is unknown.

    It is told, and never sent again blindly; the agency's receipt resolves it. Where the agency takes nothing away,
    what is gone was never there, and is sent.
    """
    evening_0 = first_evening(tmp_path, agency, database, agency_removes_files=removes)
    assert in_process(evolve(evening_0, die="after rename, before mark_sent")) == DEAD
    [name] = uploads(agency)
    if not removes:
        (agency.folders.uploads / name).rename(tmp_path / name)
        assert in_process(evolve(evening_0, now=evening(1))) == 0
        assert uploads(agency) == [name]
        assert (agency.folders.uploads / name).read_bytes() == (tmp_path / name).read_bytes()
        return
    taken = agency.folders.uploads / name
    taken.rename(tmp_path / name)
    for day in (1, 2):
        assert in_process(evolve(evening_0, now=evening(day))) == 0
        assert uploads(agency) == []
        with opened(evening_0) as erp:
            [file] = erp.journal.outgoing("nordlys")
            assert file.state is OutgoingState.UNKNOWN
            assert len(erp.journal.live_invoices("nordlys")) == 6, "its claims would be sent again"
    (tmp_path / name).rename(taken)
    agency.work(night(2))
    assert in_process(evolve(evening_0, now=evening(3))) == 0
    with opened(evening_0) as erp:
        [file] = erp.journal.outgoing("nordlys")
        assert file.state is OutgoingState.ACCEPTED
        assert len(of(FileAcknowledged, erp.booked())) == 1
    assert uploads(agency) == []


# --- Fetching and booking -------------------------------------------------------------------------------------------


def a_week(agency: EmbeddedAgency) -> None:
    """The agency answers and settles: a rejection, a part payment, a full one with interest, a closure."""
    agency.work(night(0), reject={"I6": ("S12", "Ukjent skyldner")}, temporary={"I3"})
    agency.finalise(night(1))
    agency.settle(night(1), [Pays("I1", "400.00"), Pays("I3", "1047.00", "12.00", "35.00", closes=True)])
    agency.settle(night(2), [Pays("I1", "600.00"), Closes("I4", ClosingReason.DISPUTED)])


def in_short(events: Sequence[AnyEvent]) -> list[tuple[str, str]]:
    """Return what is compared: the events with their ids, in the order of each case."""
    return sorted((event.reference, f"{place:03} {event!r}") for place, event in enumerate(events))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[AnyEvent]:
    """What the ledger holds where nothing dies."""
    folder = tmp_path_factory.mktemp("undisturbed")
    agency = agency_in(folder)
    assert in_process(first_evening(folder, agency)) == 0
    a_week(agency)
    assert in_process(first_evening(folder, agency, now=evening(3))) == 0
    with Erp.open(folder) as erp:
        return erp.booked()


@pytest.mark.parametrize("point", FETCH)
def test_death_while_fetching_and_booking(
    tmp_path: Path, agency: EmbeddedAgency, database: str, undisturbed: list[AnyEvent], point: str
) -> None:
    """Whatever dies, the ledger (which has no unique key) ends as one where nothing died, in the same order."""
    work = first_evening(tmp_path, agency, database, after_fetch="move")
    assert in_process(work) == 0
    a_week(agency)
    third = evolve(work, now=evening(3), group=to_json(rest()))
    assert in_process(evolve(third, die=point)) == DEAD
    for _ in range(2):
        assert in_process(third) == 0
        with opened(work) as erp:
            assert in_short(erp.booked()) == in_short(undisturbed)
            assert not list(erp.journal.pending("nordlys"))
            assert not erp.journal.findings("nordlys")
    assert sorted(path.name for path in agency.folders.done.iterdir()) == sorted(agency.written)
    assert not list(agency.folders.downloads.iterdir())
    assert uploads(agency) == []


def rest() -> CollectionGroup:
    """Return the group without the claim that the agency rejects."""
    return small_group().only({"I1", "I2", "I3", "I4", "I5"})


def test_the_comparison_bites(undisturbed: list[AnyEvent]) -> None:
    """The ledger that everything is compared with holds what it should."""
    assert [str(event.amount) for event in of(PaymentReceived, undisturbed)] == ["400.00", "1047.00", "600.00"]
    assert len(of(CaseRejected, undisturbed)) == 1
    assert in_short(undisturbed) != in_short(undisturbed[:-1])


def test_pending_after_a_death_between_fetching_and_booking(
    tmp_path: Path, agency: EmbeddedAgency, database: str
) -> None:
    """The postings of a run that died wait in the journal, before anything is fetched again."""
    work = first_evening(tmp_path, agency, database)
    assert in_process(work) == 0
    a_week(agency)
    assert in_process(evolve(work, now=evening(3), die="after reading, before booking")) == DEAD
    with opened(work) as erp:
        assert erp.booked() == []
        waiting = [event for posting in erp.journal.pending("nordlys") for event in posting]
        assert len(of(PaymentReceived, waiting)) == 3
