"""An ERP books on its own connection: a driver's, or Django's, by its models."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import atomic
from sqlalchemy import Engine

from lindorff_sdk.errors import AlreadyAppliedError, JournalError, OutOfTurnError, RequestError
from lindorff_sdk.journal import Journal
from tests.journal import django_host
from tests.journal.ledgers import LEDGER, NOW, booked, ids, payment, posting, take_in


@pytest.fixture(params=["driver", "django"])
def host(request: pytest.FixtureRequest, erp: Engine) -> Iterator[Any]:
    """A connection that SQLAlchemy has no hand in."""
    if request.param == "django":
        connection = django_host.connect(erp.url)
        yield connection
        connection.close()
        return
    pooled = erp.raw_connection()
    driver: Any = pooled.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.isolation_level = "DEFERRED"
    yield driver
    pooled.invalidate()


@contextmanager
def transaction(host: Any) -> Iterator[None]:
    """Begin and commit as the host does."""
    if is_django(host):
        with atomic():
            yield
        return
    try:
        yield
    except BaseException:
        host.rollback()
        raise
    host.commit()


def is_django(host: Any) -> bool:
    return isinstance(host, BaseDatabaseWrapper)


def book(host: Any, key: str) -> None:
    if is_django(host):
        django_host.Entry.objects.create(event_id=key, amount="1")
        return
    mark = "?" if isinstance(host, sqlite3.Connection) else "%s"
    cursor = host.cursor()
    cursor.execute(f"INSERT INTO {LEDGER.name} (event_id, amount) VALUES ({mark}, {mark})", (key, "1"))
    cursor.close()


def test_booking_and_mark_commit_together(journal: Journal, erp: Engine, host: Any) -> None:
    """In the host's transaction, committed by the host; again it is refused."""
    take_in(journal, "OP1", posting(payment("a1", "A")), posting(payment("a2", "A")))
    items = list(journal.pending("nordlys"))
    with transaction(host):
        for item in items:
            with journal.applying(item, connection=host, now=NOW) as connection:
                assert connection is host
                book(host, item.id)
    assert booked(erp) == ["a1", "a2"]
    assert ids(journal.applied("nordlys")) == ["a1", "a2"]
    with transaction(host), pytest.raises(AlreadyAppliedError), journal.applying(items[0], connection=host):
        pytest.fail("it was booked before")


def test_rollback_takes_the_mark_along(journal: Journal, erp: Engine, host: Any) -> None:
    take_in(journal, "OP1", posting(payment("e1")))
    (item,) = journal.pending("nordlys")
    with suppress(ZeroDivisionError), transaction(host):
        with journal.applying(item, connection=host):
            book(host, "e1")
        raise ZeroDivisionError
    assert booked(erp) == []
    assert ids(journal.pending("nordlys")) == ["e1"]


def test_a_failure_undoes_only_its_posting(journal: Journal, erp: Engine, host: Any) -> None:
    """The host goes on in the same transaction; the failed posting is pending, and its failure counted."""
    take_in(journal, "OP1", *(posting(payment(key, key)) for key in "abc"))
    items = list(journal.pending("nordlys"))
    with transaction(host):
        for item in items:
            with suppress(ZeroDivisionError), journal.applying(item, connection=host, now=NOW):
                book(host, item.id)
                _ = 1 / (item.id != "b")
    assert booked(erp) == ["a", "c"]
    (failed,) = journal.failures("nordlys")
    assert (failed.posting.id, failed.failures, failed.last_error) == ("b", 1, "ZeroDivisionError")
    assert ids(journal.pending("nordlys")) == ["b"]


def test_order_within_a_case(journal: Journal, host: Any) -> None:
    take_in(journal, "OP1", posting(payment("a1", "A")), posting(payment("a2", "A")))
    _, second = journal.pending("nordlys")
    with transaction(host), pytest.raises(OutOfTurnError, match="earlier"), journal.applying(second, connection=host):
        pytest.fail("it was not its turn")
    stranger = posting(payment("x"))
    with transaction(host), pytest.raises(JournalError, match="no post"), journal.applying(stranger, connection=host):
        pytest.fail("there is no such posting")


def test_autocommit_is_refused(journal: Journal, erp: Engine, host: Any) -> None:
    """Where each statement commits by itself nothing is marked."""
    take_in(journal, "OP1", posting(payment("e1")))
    (item,) = journal.pending("nordlys")
    if isinstance(host, sqlite3.Connection):
        host.isolation_level = None
    elif not is_django(host):
        host.autocommit = True
    with pytest.raises(JournalError, match="autocommit"), journal.applying(item, connection=host):
        pytest.fail("nothing may be booked here")
    assert ids(journal.pending("nordlys")) == ["e1"]


def test_what_is_no_connection(journal: Journal) -> None:
    take_in(journal, "OP1", posting(payment("e1")))
    (item,) = journal.pending("nordlys")
    with pytest.raises(RequestError, match="no connection"), journal.applying(item, connection=object()):  # type: ignore[call-overload]
        pytest.fail("nothing may be booked here")
