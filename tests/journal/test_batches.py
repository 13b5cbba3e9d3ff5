"""Many postings in one transaction, several workers at once, and iteration from async code."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from lindorff_sdk.journal import Batch, Journal
from tests.journal.conftest import ERPS_POSTGRESQL
from tests.journal.ledgers import LATER, NOW, book, booked, ids, payment, posting, take_in


def test_a_batch_is_booked_whole_and_in_order(journal: Journal, erp: Engine) -> None:
    """As many as asked for, in order, until nothing is left."""
    wanted = [f"e{number}" for number in range(25)]
    take_in(journal, "OP1", *(posting(payment(key, f"R{number % 3}")) for number, key in enumerate(wanted)))
    assert list(_sizes(journal, 10)) == [10, 10, 5, 0]
    assert booked(erp) == wanted
    assert ids(journal.applied("nordlys")) == wanted


def test_a_failure_undoes_the_whole_batch(journal: Journal, erp: Engine) -> None:
    """Nothing is booked or counted as failed; one by one is the way on."""
    take_in(journal, "OP1", *(posting(payment(key, key)) for key in "abc"))
    with pytest.raises(ZeroDivisionError), journal.applying_batch("nordlys") as batch:
        _book_and_fail(batch)
    assert booked(erp) == []
    assert journal.failures("nordlys") == ()
    assert ids(journal.pending("nordlys")) == ["a", "b", "c"]


@pytest.mark.parametrize("erp", [ERPS_POSTGRESQL], indirect=True)
def test_batches_of_two_workers_do_not_meet(journal: Journal, erp: Engine) -> None:
    """What one worker is booking the other leaves alone, with the rest of its case, and waits for nothing."""
    keys = ("a1", "a2", "b1", "a3", "b2", "c1")
    take_in(journal, "OP1", *(posting(payment(key, key[0])) for key in keys))
    with journal.applying_batch("nordlys", size=2) as first:
        assert ids(iter(first)) == ["a1", "a2"]
        with Journal(erp).applying_batch("nordlys") as second:
            assert ids(iter(second)) == ["b1", "b2", "c1"]
    assert ids(journal.pending("nordlys")) == ["a3"]


def test_a_batch_leaves_out_what_comes_after_a_failure(journal: Journal, erp: Engine) -> None:
    """A case whose earlier posting is tried later waits in batches as well; the others are booked."""
    take_in(journal, "OP1", *(posting(payment(key, key[0])) for key in ("a1", "b1", "a2", "b2")))
    first = next(journal.pending("nordlys", now=NOW))
    for _ in range(2):
        journal.failed(first, ZeroDivisionError(), now=NOW)
    with journal.applying_batch("nordlys", now=NOW) as batch:
        assert ids(iter(batch)) == ["b1", "b2"]
    with journal.applying_batch("nordlys", now=LATER) as batch:
        assert ids(iter(batch)) == ["a1", "a2"]


def test_workers_share_the_work(journal: Journal, erp: Engine) -> None:
    """Four workers with batches: each posting once, each case in order."""
    wanted = [f"e{number}" for number in range(120)]
    take_in(journal, "OP1", *(posting(payment(key, f"R{number % 7}")) for number, key in enumerate(wanted)))

    def work() -> None:
        own = Journal(erp)
        while ids(own.pending("nordlys")):
            with own.applying_batch("nordlys", size=7) as batch:
                for item in batch:
                    book(batch.connection, item)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = booked(erp)
    assert sorted(found) == sorted(wanted)
    for case in range(7):
        mine = wanted[case::7]
        assert [key for key in found if key in mine] == mine


async def test_async_iteration_gives_the_same(journal: Journal) -> None:
    """In the same order, and over more than one page."""
    take_in(journal, "OP1", *(posting(payment(f"e{number}", f"R{number}")) for number in range(230)))
    got = [item.id async for item in journal.pending_async("nordlys")]
    assert got == ids(journal.pending("nordlys"))
    assert len(got) == 230


def _book_and_fail(batch: Batch) -> None:
    for item in batch:
        book(batch.connection, item)
    raise ZeroDivisionError


def _sizes(journal: Journal, size: int) -> Iterator[int]:
    count = 1
    while count:
        with journal.applying_batch("nordlys", size=size) as batch:
            for item in batch:
                book(batch.connection, item)
            count = len(batch)
        yield count
