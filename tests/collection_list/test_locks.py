"""What is on the list takes no booking of the ERP's own; what the agency brings passes; two users are kept apart."""

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, create_engine, insert, select, text

from lindorff_sdk.collection_list import LOCKED, CollectionList, ListState, RemovalReason
from lindorff_sdk.errors import InvoiceLockedError, JournalBusyError, JournalError
from lindorff_sdk.journal import Journal
from lindorff_sdk.journal import listed as journal_listed
from tests.collection_list.scenes import DAY, DEFINITION, NOW, Scene
from tests.exchange.erp import listed as claim
from tests.journal.ledgers import LEDGER


def books(connection: Connection, number: str) -> None:
    """Book something on an invoice."""
    connection.execute(insert(LEDGER).values(event_id=number, amount="1"))


def booked(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(LEDGER.c.event_id).order_by(LEDGER.c.id)).scalars())


def test_what_is_on_the_list_is_locked_until_it_leaves(scene: Scene, erp: Engine) -> None:
    """In every state but closed and removed; an invoice that was never on it is free."""
    scene.collection.require_unlocked("never listed")
    for at, state in enumerate(ListState):
        number = f"A{at}"
        scene.bring_to(number, state)
        if state in LOCKED:
            with pytest.raises(InvoiceLockedError, match=f"{number} is locked.*where it is {state}"):
                scene.collection.require_unlocked(number)
            with pytest.raises(InvoiceLockedError), scene.collection.unlocked(number, "never listed") as connection:
                books(connection, number)
        else:
            scene.collection.require_unlocked(number)
            with scene.collection.unlocked(number, "never listed") as connection:
                books(connection, number)
        if state is ListState.LISTED:
            scene.collection.stop(number, now=NOW)
    assert booked(erp) == ["A6", "A7"]


def test_the_error_says_why_since_when_where_and_what_to_do(scene: Scene) -> None:
    """The user reads the group, the file, the agency's number and the way out, whether the agency is told or not."""
    scene.add("A1")
    with pytest.raises(InvoiceLockedError) as caught:
        scene.collection.require_unlocked("A1")
    error = caught.value
    assert (error.invoice_number, error.since, error.collection_date) == ("A1", NOW, DAY)
    assert (error.state, error.file_name) == ("listed", "")
    assert "remove it from the list with that reason; then it is free" in str(error)
    file = scene.send()
    scene.registers("A1")
    with pytest.raises(InvoiceLockedError) as caught:
        scene.collection.require_unlocked("A1")
    assert (caught.value.state, caught.value.file_name) == ("registered", file.name)
    told = str(caught.value)
    assert f"sent in {file.name}" in told
    assert "It is case 70" in told
    assert "remove it from the list with that reason, and the agency is told" in told


@pytest.mark.parametrize("how", ["one", "batch"])
def test_what_the_agency_brings_passes_the_lock(scene: Scene, how: str) -> None:
    """Its own invoice only, while the posting is booked, in that thread."""
    scene.add("A1", "A2")
    scene.send()
    scene.pays("A1")
    with booking(scene, how):
        scene.collection.require_unlocked("A1")
        with pytest.raises(InvoiceLockedError):
            scene.collection.require_unlocked("A2")
        elsewhere: list[object] = []
        thread = threading.Thread(target=lambda: elsewhere.append(is_locked(scene, "A1")))
        thread.start()
        thread.join()
        assert elsewhere == [True]
    with pytest.raises(InvoiceLockedError):
        scene.collection.require_unlocked("A1")


@contextmanager
def booking(scene: Scene, how: str) -> Iterator[None]:
    if how == "batch":
        with scene.journal.applying_batch(DEFINITION) as batch:
            assert len(batch) == 1
            yield
    else:
        [item] = scene.journal.pending(DEFINITION)
        with scene.journal.applying(item):
            yield


def is_locked(scene: Scene, number: str) -> bool:
    try:
        scene.collection.require_unlocked(number)
    except InvoiceLockedError:
        return True
    return False


def fails_after_booking(connection: Connection) -> None:
    books(connection, "A1")
    raise ZeroDivisionError


def test_check_and_booking_stand_or_fall_together(scene: Scene, erp: Engine) -> None:
    """What is raised inside undoes the booking; without it, it is committed."""
    with pytest.raises(ZeroDivisionError), scene.collection.unlocked("A1") as connection:
        fails_after_booking(connection)
    assert booked(erp) == []
    with scene.collection.unlocked("A1") as connection:
        books(connection, "A1")
    assert booked(erp) == ["A1"]


@contextmanager
def drivers(erp: Engine) -> Iterator[Any]:
    """Give a connection of the driver's own, as an ERP without SQLAlchemy has it."""
    if erp.dialect.name == "sqlite":
        connection: Any = sqlite3.connect(str(erp.url.database), timeout=0.2)
    else:
        options = str(erp.url.query["options"])
        connection = psycopg.connect(
            host=erp.url.host, port=erp.url.port, user=erp.url.username, dbname=erp.url.database, options=options
        )
    try:
        yield connection
    finally:
        connection.close()


def test_on_a_drivers_own_connection(scene: Scene, erp: Engine) -> None:
    """The ERP commits itself; a locked invoice is told in the same words."""
    scene.add("A1")
    with drivers(erp) as connection:
        with scene.collection.unlocked("A2", connection=connection) as given:
            assert given is connection
            connection.execute("INSERT INTO ledger (event_id, amount) VALUES ('A2', '1')")
        assert booked(erp) == []
        connection.commit()
        assert booked(erp) == ["A2"]
        with (
            pytest.raises(InvoiceLockedError, match=f"since {re.escape(str(NOW))}: .* group of {DAY}"),
            scene.collection.unlocked("A1", connection=connection),
        ):
            pass
        connection.rollback()


def test_a_connection_that_commits_each_statement_is_refused(scene: Scene, erp: Engine) -> None:
    """Check and booking would not be one."""
    with (
        erp.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        pytest.raises(JournalError, match="autocommit"),
        scene.collection.unlocked("A1", connection=connection),
    ):
        pass


# Two users at once ---------------------------------------------------------------------------------------------------


class Other:
    """Another user, at work in a thread and on connections of its own."""

    def __init__(self, work: Callable[[CollectionList], object], erp: Engine) -> None:
        self.done = threading.Event()
        self.error: BaseException | None = None
        self._engine = create_engine(erp.url, **({"connect_args": {"timeout": 5}} if "sqlite" in str(erp.url) else {}))
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work(CollectionList(Journal(self._engine), DEFINITION))
        except BaseException as error:  # noqa: BLE001 - handed over to the other thread
            self.error = error
        finally:
            self._engine.dispose()
            self.done.set()

    def ends(self) -> BaseException | None:
        """Wait for the end; return the error."""
        self._thread.join(10)
        assert self.done.is_set()
        return self.error


def test_listing_waits_for_a_booking(scene: Scene, erp: Engine) -> None:
    """One user books on an invoice while another puts it on the list: booked first, then locked."""
    order: list[str] = []

    def put(theirs: CollectionList) -> None:
        theirs.add([claim("A1")], DAY, now=NOW)
        order.append("listed")

    with scene.collection.unlocked("A1") as connection:
        other = Other(put, erp)
        time.sleep(0.3)
        assert not other.done.is_set()
        books(connection, "A1")
        order.append("booked")
    assert other.ends() is None
    assert order == ["booked", "listed"]
    assert scene.state("A1") is ListState.LISTED


def test_a_booking_waits_for_a_change_of_the_list_and_sees_it(scene: Scene, erp: Engine) -> None:
    """One user is putting an invoice on the list when another wants to book: it waits, and is refused."""

    def pay(theirs: CollectionList) -> None:
        with theirs.unlocked("A1") as connection:
            books(connection, "A1")

    with scene.collection._changing() as connection:
        other = Other(pay, erp)
        time.sleep(0.3)
        assert not other.done.is_set()
        _insert(scene, connection)
    assert isinstance(other.ends(), InvoiceLockedError)
    assert booked(erp) == []


def _insert(scene: Scene, connection: Connection) -> None:
    """Put an invoice on the list within a transaction that is open already."""
    table = scene.journal.database.tables.listed
    connection.execute(
        insert(table).values(
            definition_id=DEFINITION.id,
            invoice_number="A1",
            collection_date=DAY,
            amount_ore=1,
            payload="",
            latest=True,
            listed_at=NOW,
            changed_at=NOW,
        )
    )


def test_a_removal_waits_for_an_export_that_has_begun(scene: Scene, erp: Engine) -> None:
    """What is being stored for sending when another user removes it was sent, and so it is told."""
    scene.add("A1")
    cases = scene.collection.group("A1", now=NOW).cases()
    removing: list[Other] = []

    def build(_: int) -> tuple[str, bytes]:
        removing.append(Other(lambda theirs: theirs.remove("A1", RemovalReason.DISPUTED, now=NOW), erp))
        time.sleep(0.3)
        assert not removing[0].done.is_set()
        return "LS1", b"x"

    scene.journal.store_outgoing(DEFINITION, "cases", build, cases=cases, now=NOW)
    assert removing[0].ends() is None
    assert [kind for _, kind, _ in scene.told()] == ["sent_in_error"]


def test_removal_and_export_do_not_cross(scene: Scene, erp: Engine) -> None:
    """A claim that one user removes while another sends it is either not sent, or sent and told."""
    for number in ("A1", "A2", "A3", "A4"):
        scene.add(number)
        group = scene.collection.group(number, now=NOW).only([number])

        def sends(theirs: CollectionList, group: Any = group, number: str = number) -> None:
            theirs._journal.store_outgoing(
                DEFINITION, "cases", lambda _: (f"LS{number}", b"x"), cases=group.cases(), now=NOW
            )

        other = Other(sends, erp)
        removal = scene.collection.remove(number, RemovalReason.DISPUTED, now=NOW)
        refused = other.ends()
        assert (removal.told_id is None) == isinstance(refused, JournalError), (removal, refused)
        assert scene.state(number) is ListState.REMOVED


# PostgreSQL ----------------------------------------------------------------------------------------------------------


only_postgresql = pytest.mark.parametrize(
    "erp", [pytest.param("postgresql", marks=pytest.mark.real_server)], indirect=True
)
"""SQLite has one writer at a time."""


@only_postgresql
def test_bookings_do_not_wait_for_each_other(scene: Scene, erp: Engine) -> None:
    """Two users book side by side."""

    def pay(theirs: CollectionList) -> None:
        with theirs.unlocked("A2") as connection:
            books(connection, "A2")

    with scene.collection.unlocked("A1") as connection:
        assert Other(pay, erp).ends() is None
        books(connection, "A1")
    assert booked(erp) == ["A2", "A1"]


def test_waiting_has_an_end(scene: Scene, erp: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody holds the list for too long: a clear error on either side, and what waits is not lost."""
    monkeypatch.setattr(journal_listed, "PATIENCE", "200ms")
    quick = erp if erp.dialect.name == "postgresql" else create_engine(erp.url, connect_args={"timeout": 0.2})
    mine = CollectionList(Journal(quick), DEFINITION)
    with scene.collection.unlocked("A1"), pytest.raises(JournalBusyError, match="try again"):
        mine.add([claim("A1")], DAY, now=NOW)
    with scene.collection._changing():
        with pytest.raises(JournalBusyError), mine.unlocked("A1"):
            pass
        with drivers(erp) as connection, pytest.raises(JournalBusyError), mine.unlocked("A1", connection=connection):
            pass
    mine.add([claim("A1")], DAY, now=NOW)
    quick.dispose()


@only_postgresql
def test_the_erps_own_patience_is_left_alone(scene: Scene, erp: Engine) -> None:
    """Its transaction waits for other locks as long as it did before."""
    with erp.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '7s'"))
        with scene.collection.unlocked("A1", connection=connection):
            assert connection.execute(text("SHOW lock_timeout")).scalar() == "7s"


@only_postgresql
def test_a_transaction_that_would_not_see_the_list_is_refused(scene: Scene, erp: Engine) -> None:
    """It looks at the database as it was before the invoice was listed."""
    with erp.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("SELECT count(*) FROM ledger"))
        scene.add("A1")
        with pytest.raises(JournalBusyError), scene.collection.unlocked("A1", connection=connection):
            books(connection, "A1")
        connection.rollback()
    assert booked(erp) == []
