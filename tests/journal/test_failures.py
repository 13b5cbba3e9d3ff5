"""Bookings that fail: counted, tried again later and later, parked in the end; and only their case waits."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from lindorff_sdk.errors import JournalError
from lindorff_sdk.journal import Journal, Retry
from tests.journal.ledgers import LATER, NOW, book, booked, closed, ids, payment, posting, take_in

MINUTE = timedelta(minutes=1)


@pytest.fixture
def journal(erp: Engine) -> Journal:
    """A journal that tries at once, after a minute, after ten, and then no more."""
    return Journal(erp, retry=Retry((timedelta(0), MINUTE, 10 * MINUTE)))


def fail(journal: Journal, key: str, *, at: timedelta = timedelta(0)) -> None:
    (item,) = (item for item in journal.pending("nordlys", now=NOW + at) if item.id == key)
    with suppress(ZeroDivisionError), journal.applying(item, now=NOW + at):
        raise ZeroDivisionError


def test_later_and_later_and_then_parked(journal: Journal) -> None:
    """Each failure puts the next try off for longer; after the last one the posting is parked, and told."""
    take_in(journal, "OP1", posting(payment("a1", "A")))
    fail(journal, "a1")
    fail(journal, "a1")
    for early, due in ((MINUTE * 0.9, MINUTE), (MINUTE * 10.9, MINUTE * 11)):
        assert ids(journal.pending("nordlys", now=NOW + early)) == []
        fail(journal, "a1", at=due)
    assert ids(journal.pending("nordlys", now=NOW + timedelta(days=900))) == []
    (failed,) = journal.failures("nordlys")
    assert (failed.failures, failed.parked, failed.last_error) == (4, True, "ZeroDivisionError")
    assert failed.posting.id == "a1"


def test_it_blocks_only_its_own_case(journal: Journal, erp: Engine) -> None:
    """While a posting waits for its next try, or is parked, later ones of its case wait with it; others do not."""
    take_in(journal, "OP1", posting(payment("a1", "A")), posting(payment("b1", "B")))
    take_in(journal, "OP2", posting(closed("a2", "A")), posting(payment("b2", "B")))
    fail(journal, "a1")
    fail(journal, "a1")
    assert ids(journal.pending("nordlys", now=NOW)) == ["b1", "b2"]
    with journal.applying_batch("nordlys", now=NOW) as batch:
        for item in batch:
            book(batch.connection, item)
    assert booked(erp) == ["b1", "b2"]
    assert ids(journal.pending("nordlys", now=LATER)) == ["a1", "a2"]


def test_somebody_brings_it_back(journal: Journal) -> None:
    """As if it had never failed; what does not wait cannot be brought back."""
    take_in(journal, "OP1", posting(payment("a1", "A")))
    for at in (timedelta(0), timedelta(0), MINUTE, MINUTE * 11):
        fail(journal, "a1", at=at)
    assert ids(journal.pending("nordlys", now=LATER)) == []
    journal.try_again("a1")
    assert ids(journal.pending("nordlys", now=NOW)) == ["a1"]
    assert journal.failures("nordlys") == ()
    with pytest.raises(JournalError, match="waits"):
        journal.try_again("a9")


def test_failures_of_an_erp_elsewhere_count_too(journal: Journal) -> None:
    take_in(journal, "OP1", posting(payment("a1", "A")))
    (item,) = journal.pending("nordlys", now=NOW)
    journal.failed(item, ZeroDivisionError(), now=NOW)
    journal.failed(item, ZeroDivisionError(), now=NOW)
    assert ids(journal.pending("nordlys", now=NOW)) == []
    journal.acknowledge(item, now=NOW)
    assert journal.failures("nordlys") == ()
