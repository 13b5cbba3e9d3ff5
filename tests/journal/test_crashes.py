"""Real processes that die at a chosen point, and processes that race. The ledger has no unique key to save us."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine

from lindorff_sdk.errors import AlreadyAppliedError, OutOfTurnError
from lindorff_sdk.journal import Journal, OutgoingState
from tests.journal.databases import engine_of
from tests.journal.ledgers import LEDGER, NOW, book, booked, case, payment, posting, registered, send, take_in

FORK = multiprocessing.get_context("fork")
DEAD = 17
"""Exit status of a process that died on purpose."""


def _in_process(work: Callable[[str], None], path: str) -> int | None:
    process = FORK.Process(target=work, args=(path,))
    process.start()
    process.join(60)
    return process.exitcode


def _erp(path: str) -> Engine:
    return engine_of(path, timeout=60)


@pytest.fixture
def path(prepared: URL) -> str:
    """An ERP's database with ledger and journal, and three postings of two cases that came."""
    engine = engine_of(prepared)
    LEDGER.create(engine)
    journal = Journal(engine)
    take_in(journal, "OP1", posting(payment("a1", "A")), posting(payment("b1", "B")), posting(payment("a2", "A")))
    engine.dispose()
    return prepared.render_as_string(hide_password=False)


def _work_through(path: str, before: str = "", after: str = "") -> None:
    """Book what is pending; die inside the transaction of one posting, or right after its commit."""
    engine = _erp(path)
    journal = Journal(engine)
    for item in journal.pending("nordlys"):
        with journal.applying(item) as connection:
            book(connection, item)
            if item.id == before:
                os._exit(DEAD)
        if item.id == after:
            os._exit(DEAD)
    engine.dispose()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("where", ["a1", "b1", "a2"])
def test_death_while_booking(path: str, when: str, where: str) -> None:
    """A process that dies before or after a commit loses nothing, and the next one repeats nothing."""
    assert _in_process(lambda place: _work_through(place, **{when: where}), path) == DEAD
    assert _in_process(_work_through, path) == 0
    engine = _erp(path)
    assert booked(engine) == ["a1", "b1", "a2"]
    engine.dispose()


def _fetch(path: str, die: str) -> None:
    engine = _erp(path)
    journal = Journal(engine)
    arrival = journal.begin_receive("nordlys", "OP2", now=NOW)
    arrival.add(bytes(300_000))
    if die == "during the download":
        os._exit(DEAD)
    file = arrival.finish()
    if die == "after the download":
        os._exit(DEAD)

    def postings() -> object:
        yield posting(payment("c1", "C"))
        if die == "while recording":
            os._exit(DEAD)
        yield posting(payment("c2", "C"))

    for waiting in journal.unprocessed("nordlys"):
        journal.record(waiting.id, postings=postings(), now=NOW)  # type: ignore[arg-type]
    if die == "between fetching and booking":
        os._exit(DEAD)
    assert file.id
    _work_through(path)
    engine.dispose()


@pytest.mark.parametrize(
    "die", ["during the download", "after the download", "while recording", "between fetching and booking"]
)
def test_death_while_fetching(path: str, die: str) -> None:
    """Wherever a fetch dies, the next run (the file still lies at the agency) ends with each event booked once."""
    assert _in_process(lambda place: _fetch(place, die), path) == DEAD
    assert _in_process(_fetch_again, path) == 0
    engine = _erp(path)
    assert booked(engine) == ["a1", "b1", "a2", "c1", "c2"]
    journal = Journal(engine)
    assert [file.name for file in journal.incoming("nordlys")] == ["OP1", "OP2"]
    engine.dispose()


def _fetch_again(path: str) -> None:
    engine = _erp(path)
    journal = Journal(engine)
    journal.receive("nordlys", "OP2", [bytes(300_000)], now=NOW)
    for waiting in journal.unprocessed("nordlys"):
        journal.record(waiting.id, postings=[posting(payment(key, "C")) for key in ("c1", "c2")], now=NOW)
    _work_through(path)
    engine.dispose()


def _export(path: str, die: str) -> None:
    engine = _erp(path)
    journal = Journal(engine)

    def build(sequence: int) -> tuple[str, bytes]:
        if die == "building":
            os._exit(DEAD)
        return f"LS{sequence}", b"bytes"

    if not journal.unfinished("nordlys") and not journal.live_invoices("nordlys"):
        journal.store_outgoing("nordlys", "cases", build, cases=[case("1"), case("2")], now=NOW)
    if die == "stored":
        os._exit(DEAD)
    for file in journal.unfinished("nordlys"):
        if file.state is OutgoingState.PUBLISHING:
            journal.mark_unpublished(file.id, now=NOW)  # as a look into the agency's folder may show
        journal.mark_publishing(file.id, "temp", now=NOW)
        if die == "publishing":
            os._exit(DEAD)
        journal.mark_sent(file.id, now=NOW)
    engine.dispose()


@pytest.mark.parametrize("die", ["building", "stored", "publishing"])
def test_death_while_exporting(path: str, die: str) -> None:
    """The next run finishes the same file: one file, one sequence number, same name and bytes."""
    assert _in_process(lambda place: _export(place, die), path) == DEAD
    assert _in_process(lambda place: _export(place, ""), path) == 0
    engine = _erp(path)
    journal = Journal(engine)
    (file,) = journal.outgoing("nordlys")
    assert (file.name, file.sequence, file.state, journal.content(file).read()) == ("LS1", 1, "sent", b"bytes")
    assert journal.live_invoices("nordlys") == {"1", "2"}
    engine.dispose()


def test_two_processes_race_for_each_posting(tmp_path: Path) -> None:
    """Both try to book every posting at the same moment: each is booked once, and each case in order."""
    engine = _erp(f"sqlite:///{tmp_path / 'erp.db'}")
    LEDGER.create(engine)
    journal = Journal(engine)
    wanted = [f"e{number}" for number in range(80)]
    take_in(journal, "OP1", *(posting(payment(key, f"R{number % 4}")) for number, key in enumerate(wanted)))
    engine.dispose()
    barrier, outcomes = FORK.Barrier(2), FORK.Queue()

    def race() -> None:
        mine = _erp(f"sqlite:///{tmp_path / 'erp.db'}")
        own = Journal(mine)
        for item in own.pending("nordlys"):
            barrier.wait(60)
            try:
                with own.applying(item) as connection:
                    book(connection, item)
                outcomes.put("booked")
            except (AlreadyAppliedError, OutOfTurnError) as error:
                outcomes.put(type(error).__name__)
        mine.dispose()

    processes = [FORK.Process(target=race) for _ in range(2)]
    for process in processes:
        process.start()
    counted = Counter(outcomes.get(timeout=60) for _ in range(2 * len(wanted)))
    for process in processes:
        process.join(60)
    assert counted == {"booked": 80, "AlreadyAppliedError": 80}
    engine = _erp(f"sqlite:///{tmp_path / 'erp.db'}")
    assert booked(engine) == wanted
    engine.dispose()


def test_two_processes_record_overlapping_files(prepared: URL) -> None:
    """Two workers read two files with the same events at once: each event is there once, none is an error."""
    engine = engine_of(prepared)
    journal = Journal(engine)
    send(journal, "LS1", case("R"))
    files = [journal.receive("nordlys", f"OP{number}", [str(number).encode()], now=NOW) for number in range(2)]
    engine.dispose()
    barrier = FORK.Barrier(2)

    def read(incoming_id: int) -> None:
        mine = engine_of(prepared)
        barrier.wait(60)
        postings = [posting(registered("n", "R", "F1")), *(posting(payment(f"e{key}")) for key in range(700))]
        Journal(mine).record(incoming_id, postings=postings, now=NOW)
        mine.dispose()

    processes = [FORK.Process(target=read, args=(file.id,)) for file in files]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    engine = engine_of(prepared)
    assert len(list(Journal(engine).pending("nordlys"))) == 701
    assert sorted(file.events for file in Journal(engine).incoming("nordlys")) == [0, 701]
    engine.dispose()
