"""Several workers on one journal, in processes of their own."""

import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Engine, text

from lindorff_sdk.errors import AlreadyAppliedError, OutOfTurnError
from lindorff_sdk.journal import Journal
from tests.journal.databases import PostgreSQL, engine_of
from tests.journal.ledgers import LEDGER, NOW, book, booked, ids, payment, posting, take_in
from tests.journal.workers import expected, postings_of, work

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def erp(prepared: URL) -> Iterator[Engine]:
    """The ERP's database with its ledger, for processes to meet in."""
    engine = engine_of(prepared)
    LEDGER.create(engine)
    Journal(engine)
    engine.dispose()
    yield engine
    engine.dispose()


@pytest.fixture
def postgres(server: PostgreSQL) -> Iterator[Engine]:
    """The same on PostgreSQL."""
    engine = engine_of(server.fresh())
    LEDGER.create(engine)
    Journal(engine)
    yield engine
    engine.dispose()


def address_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def in_order(keys: list[str], case: list[str]) -> list[str]:
    return [key for key in keys if key in set(case)]


@pytest.mark.real_server
def test_eight_workers_are_as_good_as_one(postgres: Engine) -> None:
    """200 overlapping files, taken in, read and booked by eight: each event once, each case in the order of files.

    Half of them book in batches, the others one by one.
    """
    count, per = 8, 25
    workers = [
        FORK.Process(
            target=work,
            args=(address_of(postgres), number * per, (number + 1) * per),
            kwargs={"batches": number % 2 == 0},
        )
        for number in range(count)
    ]
    postgres.dispose()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * count
    journal, ledger = Journal(postgres), booked(postgres)
    read = [
        int(file.name[2:]) for file in sorted(journal.incoming("nordlys"), key=lambda file: file.receive_sequence or 0)
    ]
    assert sorted(read) == list(range(count * per))
    twice = [key for key, times in Counter(ledger).items() if times > 1]
    assert not twice
    for case in expected(read).values():
        assert in_order(ledger, case) == case, "as one worker would book the files in the order in which they were read"
    assert not list(journal.pending("nordlys"))


@pytest.mark.real_server
def test_a_posting_that_is_being_booked_is_not_waited_for(postgres: Engine) -> None:
    """A second worker is told at once, for it and for the rest of its case, and goes on with the others."""
    journal, other = Journal(postgres), Journal(postgres)
    take_in(journal, "OP1", *(posting(payment(key, key[0])) for key in ("a1", "a2", "b1")))
    first, second, third = journal.pending("nordlys")
    with journal.applying(first) as connection:
        book(connection, first)
        start = time.monotonic()
        with pytest.raises(OutOfTurnError, match="Another worker"), other.applying(first):
            pytest.fail("it is being booked")
        with pytest.raises(OutOfTurnError, match="earlier"), other.applying(second):
            pytest.fail("it was not its turn")
        with other.applying(third) as theirs:
            book(theirs, third)
        assert time.monotonic() - start < 1
    with pytest.raises(AlreadyAppliedError), other.applying(first):
        pytest.fail("it was booked")
    assert sorted(booked(postgres)) == ["a1", "b1"]


@pytest.mark.real_server
def test_nobody_waits_for_a_reader(postgres: Engine) -> None:
    """While one worker reads a long file, another takes files in, books, and reads for other definitions."""
    journal, other = Journal(postgres), Journal(postgres)
    take_in(journal, "OP1", posting(payment("a1", "A")))
    long = journal.receive("nordlys", "OP2", [b"long"], now=NOW)

    def reading() -> Iterator[object]:
        yield posting(payment("b1", "B"))
        start = time.monotonic()
        with other.reading("nordlys") as mine:
            assert not mine
        with other.reading("fjellheim") as mine:
            assert mine
        other.receive("nordlys", "OP3", [b"short"], now=NOW)
        (item,) = other.pending("nordlys")
        with other.applying(item) as connection:
            book(connection, item)
        assert time.monotonic() - start < 1
        yield posting(payment("b2", "B"))

    with journal.reading("nordlys") as mine:
        assert mine
        journal.record(long.id, postings=reading(), now=NOW)  # type: ignore[arg-type]
    assert booked(postgres) == ["a1"]
    assert ids(journal.pending("nordlys")) == ["b1", "b2"]
    with other.reading("nordlys") as mine:
        assert mine


def _hold(url: str, ready: "multiprocessing.Queue[str]") -> None:
    engine = engine_of(url)
    journal = Journal(engine)
    (item, *_) = journal.pending("nordlys")
    with journal.reading("nordlys"), journal.applying(item) as connection:
        book(connection, item)
        ready.put("holding")
        time.sleep(60)


def test_what_a_dead_worker_held_is_free_within_seconds(erp: Engine) -> None:
    """Killed in the middle of reading and of booking: the next one reads and books, and nothing is there twice."""
    take_in(Journal(erp), "OP1", posting(payment("a1", "A")), posting(payment("a2", "A")))
    erp.dispose()
    ready = FORK.Queue()
    worker = FORK.Process(target=_hold, args=(address_of(erp), ready))
    worker.start()
    assert ready.get(timeout=30) == "holding"
    os.kill(worker.pid or 0, signal.SIGKILL)
    worker.join()
    start = time.monotonic()
    journal = Journal(erp)
    with journal.reading("nordlys") as mine:
        assert mine
    for item in journal.pending("nordlys"):
        with journal.applying(item) as connection:
            book(connection, item)
    assert time.monotonic() - start < 3
    assert booked(erp) == ["a1", "a2"]


@pytest.mark.real_server
def test_a_file_is_recorded_once_even_without_the_lock(postgres: Engine) -> None:
    """The database is the guarantee; the lock only saves work."""
    journal = Journal(postgres)
    file = journal.receive("nordlys", "OP0000", [b"0"], now=NOW)
    url = address_of(postgres)
    postgres.dispose()
    done = FORK.Queue()

    def record() -> None:
        engine = engine_of(url)
        try:
            Journal(engine).record(file.id, postings=postings_of(0), now=NOW)
            done.put("recorded")
        except Exception as error:  # noqa: BLE001
            done.put(type(error).__name__)
        engine.dispose()

    workers = [FORK.Process(target=record) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert Counter(done.get(timeout=30) for _ in workers) == {"recorded": 1, "IllegalMoveError": 3}
    for worker in workers:
        worker.join()
    with postgres.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM lindorff_postings")).scalar() == len(postings_of(0))
