import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import Engine, create_engine, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from lindorff_sdk.errors import AlreadyAppliedError, JournalBusyError, JournalError, JsonError, OutOfTurnError
from lindorff_sdk.journal import Journal
from lindorff_sdk.models.codes import ClosingReason, CorrectionKind, FileStatus, NumberKind, Party
from lindorff_sdk.reconciliation.events import (
    AnyEvent,
    CorrectionAcknowledged,
    CorrectionRejected,
    InterestNoteIssued,
    PaymentReversed,
    Posting,
    SettlementTotalled,
)
from tests.journal.ledgers import (
    DAY,
    LATER,
    LEDGER,
    NOW,
    SOURCE,
    acknowledged,
    book,
    booked,
    case,
    closed,
    ids,
    payment,
    posting,
    registered,
    rejected,
    renumbered,
    send,
    take_in,
)


class BookingError(Exception):
    """What an ERP raises when it cannot book."""


def test_postings_come_in_order_of_files_and_lines(journal: Journal) -> None:
    """Files in the order in which they were read, whatever their names; within them as they stand."""
    take_in(journal, "OP2", posting(payment("b1")), posting(payment("b2")))
    take_in(journal, "OP1", posting(payment("a1")))
    assert ids(journal.pending("nordlys")) == ["b1", "b2", "a1"]
    assert ids(journal.pending("other")) == []


def test_every_kind_of_event_comes_back_as_it_went_in(journal: Journal) -> None:
    base: dict[str, Any] = {"definition_id": "nordlys", "source": SOURCE, "counts_from": DAY, "reference": "R1"}
    events: list[AnyEvent] = [
        acknowledged("e1", "LS1", FileStatus.PARTLY_ACCEPTED),
        registered("e2", "R1", "007", NumberKind.TEMPORARY, duplicate=True),
        renumbered("e3", "R1", "007", "008"),
        rejected("e4", "R1", "1", "2"),
        CorrectionAcknowledged(id="e5", correction=CorrectionKind.DIRECT_PAYMENT, **base),
        CorrectionRejected(id="e6", correction=CorrectionKind.CREDIT_NOTE, reason_code="K1", reason_text="æøå", **base),
        payment("e7"),
        InterestNoteIssued(id="e8", amount="7.05", rate="9.25", period_from=DAY, payment_event_id="e7", **base),
        PaymentReversed(id="e9", amount=3, principal=1, interest=1, costs=1, reverses="T1", **base),
        evolve(closed("e10", "R1"), reason=ClosingReason.DECEASED, remaining_principal="0.10"),
        SettlementTotalled(id="e11", settlement_number="9", gross=5, kept_by_agency=1, vat=1, paid_out=3, **base),
        evolve(payment("e12"), received_by=Party.CREDITOR, kid="0012", settled_on=DAY, commission=2),
    ]
    take_in(journal, "OP1", posting(*events))
    (only,) = journal.pending("nordlys")
    assert only.events == tuple(events)
    assert only.case == ""


def test_stored_text_that_is_no_event_is_told(journal: Journal, erp: Engine) -> None:
    """What somebody changed in the database is not booked as something else; the error says what is wrong with it."""
    take_in(journal, "OP1", posting(payment("e1")))
    for text_ in ("{", '{"type":"payment_received"}', '{"type":"no_such"}', "[]"):
        with erp.begin() as connection:
            connection.execute(update(journal._database.tables.events).values(payload=text_))
        with pytest.raises(JsonError):
            list(journal.pending("nordlys"))


def test_booking_and_mark_commit_together(journal: Journal, erp: Engine) -> None:
    take_in(journal, "OP1", posting(payment("e1"), payment("e2")))
    for item in journal.pending("nordlys"):
        with journal.applying(item, now=LATER) as connection:
            book(connection, item)
    assert booked(erp) == ["e1", "e2"]
    assert ids(journal.pending("nordlys")) == []
    assert ids(journal.applied("nordlys")) == ["e1+e2"]


def test_applied_posting_is_refused(journal: Journal, erp: Engine) -> None:
    """Booking a posting that was booked is refused before anything is done."""
    take_in(journal, "OP1", posting(payment("e1")))
    (item,) = journal.pending("nordlys")
    assert _book_all(journal) == ["e1"]
    with pytest.raises(AlreadyAppliedError), journal.applying(item):
        pytest.fail("it was booked before")
    assert booked(erp) == ["e1"]


def test_failed_booking_leaves_no_trace_but_its_count(journal: Journal, erp: Engine) -> None:
    """Nothing of it is booked, it stays pending, and only the error's class is kept: messages hold personal data."""
    take_in(journal, "OP1", posting(payment("e1"), payment("e2")))
    (item,) = journal.pending("nordlys")
    with pytest.raises(BookingError, match="01017012345"):
        _fail_to_book(journal, item, "no customer 01017012345")
    assert booked(erp) == []
    assert ids(journal.pending("nordlys")) == ["e1+e2"]
    with erp.connect() as connection:
        postings = journal._database.tables.postings
        assert tuple(connection.execute(select(postings.c.failures, postings.c.last_error)).one()) == (
            1,
            "BookingError",
        )
    _book_all(journal)
    assert booked(erp) == ["e1", "e2"]


def test_failure_blocks_only_its_own_case(journal: Journal, erp: Engine) -> None:
    """What comes after a failed posting of a case waits; the other cases, and file events, go on."""
    take_in(
        journal,
        "OP1",
        posting(payment("a1", "A")),
        posting(payment("b1", "B")),
        posting(acknowledged("f1", "LS1", FileStatus.ACCEPTED)),
        posting(closed("a2", "A")),
        posting(acknowledged("f2", "LS1", FileStatus.ACCEPTED)),
        posting(payment("b2", "B")),
    )
    handed = _book_all(journal, failing={"a1", "f1"})
    assert handed == ["a1", "b1", "f1", "f2", "b2"]
    assert booked(erp) == ["b1", "f2", "b2"]
    assert ids(journal.pending("nordlys")) == ["a1", "f1", "a2"]
    assert _book_all(journal) == ["a1", "f1", "a2"]


def test_listing_hides_nothing(journal: Journal) -> None:
    """Looking at what is pending shows all of it, also after a failure."""
    take_in(journal, "OP1", posting(payment("a1", "A")), posting(payment("a2", "A")))
    _book_all(journal, failing={"a1"})
    assert ids(journal.pending("nordlys")) == ["a1", "a2"]


def test_case_is_booked_in_order_whoever_books(journal: Journal, erp: Engine) -> None:
    """The database refuses a posting while an earlier one of its case is pending, also from another process."""
    take_in(journal, "OP1", posting(payment("a1", "A")))
    take_in(journal, "OP2", posting(payment("a2", "A")))
    first, second = journal.pending("nordlys")
    other = Journal(erp)
    with pytest.raises(OutOfTurnError), other.applying(second):
        pytest.fail("it was not its turn")
    for item in (first, second):
        with other.applying(item) as connection:
            book(connection, item)
    assert booked(erp) == ["a1", "a2"]


def test_unknown_posting_is_an_error(journal: Journal) -> None:
    stranger = posting(payment("e9"))
    with pytest.raises(JournalError, match="no posting"), journal.applying(stranger):
        pytest.fail("there is no such posting")
    with pytest.raises(JournalError, match="no posting"):
        journal.acknowledge(stranger, now=NOW)


def test_erps_own_transaction(journal: Journal, erp: Engine) -> None:
    """On the ERP's connection the ERP commits: until then neither booking nor mark is there for others."""
    take_in(journal, "OP1", posting(payment("a1", "A")), posting(payment("a2", "A")))
    with erp.begin() as connection:
        for item in journal.pending("nordlys"):
            with journal.applying(item, connection=connection):
                book(connection, item)
        assert ids(journal.applied("nordlys")) == []
    assert booked(erp) == ["a1", "a2"]
    assert ids(journal.applied("nordlys")) == ["a1", "a2"]


def test_erps_rollback_takes_the_mark_along(journal: Journal, erp: Engine) -> None:
    take_in(journal, "OP1", posting(payment("e1")))
    (item,) = journal.pending("nordlys")
    with erp.connect() as connection:
        with journal.applying(item, connection=connection):
            book(connection, item)
        connection.rollback()
    assert booked(erp) == []
    assert ids(journal.pending("nordlys")) == ["e1"]


def test_failure_inside_the_erps_transaction_undoes_only_its_posting(journal: Journal, erp: Engine) -> None:
    """An ERP that books a batch and catches one failure commits the others; the failed one is pending, unbooked."""
    take_in(journal, "OP1", *(posting(payment(key, key)) for key in "abc"))
    with erp.begin() as connection:
        for item in journal.pending("nordlys"):
            with suppress(BookingError), journal.applying(item, connection=connection):
                book(connection, item)
                _fail_if(item, {"b"})
    assert booked(erp) == ["a", "c"]
    assert ids(journal.pending("nordlys")) == ["b"]


def test_autocommit_is_refused(tmp_path: Path) -> None:
    """Where each statement commits by itself booking and mark would not be one; the journal says so at once."""
    plain = create_engine(f"sqlite:///{tmp_path / 'erp.db'}")
    LEDGER.create(plain)
    journal = Journal(plain)
    take_in(journal, "OP1", posting(payment("e1")))
    (item,) = journal.pending("nordlys")
    with (
        plain.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        pytest.raises(JournalError, match="autocommit"),
        journal.applying(item, connection=connection),
    ):
        pytest.fail("nothing may be booked here")
    with pytest.raises(JournalError, match="autocommit"):
        Journal(plain.execution_options(isolation_level="AUTOCOMMIT"))
    assert ids(journal.pending("nordlys")) == ["e1"]
    assert booked(plain) == []
    plain.dispose()


def test_raw_autocommit_driver_is_refused(tmp_path: Path) -> None:
    """Also where the driver was set so behind SQLAlchemy's back."""
    engine = create_engine(f"sqlite:///{tmp_path / 'erp.db'}", connect_args={"isolation_level": None})
    with pytest.raises(JournalError, match="autocommit"):
        Journal(engine)
    engine.dispose()


def test_host_that_writes_begin_itself(tmp_path: Path) -> None:
    """SQLAlchemy's recipe for SQLite (the driver in autocommit, BEGIN written by an event) works as well."""
    engine = create_engine(f"sqlite:///{tmp_path / 'erp.db'}", connect_args={"isolation_level": None})
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    LEDGER.create(engine)
    journal = Journal(engine)
    take_in(journal, "OP1", posting(payment("a", "A")), posting(payment("b", "B")))
    _book_all(journal, failing={"a"})
    assert booked(engine) == ["b"]
    assert ids(journal.pending("nordlys")) == ["a"]
    engine.dispose()


def test_busy_database_is_a_clear_error(sqlite: Engine, tmp_path: Path) -> None:
    """Another writer for longer than the ERP waits: nothing is booked, and the posting stays pending."""
    erp, journal = sqlite, Journal(sqlite)
    take_in(journal, "OP1", posting(payment("a1", "A")), posting(payment("a2", "A")))
    impatient = create_engine(erp.url, connect_args={"timeout": 0.05})
    other = Journal(impatient)
    with sqlite3.connect(tmp_path / "erp.db") as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        for item in other.pending("nordlys"):
            assert item.id == "a1"  # and a2 waits for it
            with pytest.raises(JournalBusyError, match="Another process"), other.applying(item) as connection:
                book(connection, item)
        with pytest.raises(JournalBusyError):
            other.acknowledge(item, now=NOW)
    blocker.close()
    assert booked(erp) == []
    assert ids(journal.pending("nordlys")) == ["a1", "a2"]
    impatient.dispose()


def test_errors_hold_no_personal_data(journal: Journal, erp: Engine) -> None:
    """SQLAlchemy's errors hold the statement's values; ours hold neither them nor the error."""
    send(journal, "LS1", case("01017012345"))
    with erp.begin() as connection:
        connection.execute(text("ALTER TABLE lindorff_claims RENAME TO gone"))
    with pytest.raises(JournalError) as caught:
        send(journal, "LS2", case("01017012345"))
    error: BaseException | None = caught.value
    assert "01017012345" not in str(error)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_acknowledging_for_an_erp_elsewhere(journal: Journal) -> None:
    """At least once: pending until acknowledged; saying it twice does no harm; a failure holds its case back."""
    take_in(journal, "OP1", posting(payment("a1", "A")), posting(payment("a2", "A")), posting(payment("b1", "B")))
    handed = []
    for item in journal.pending("nordlys"):
        handed.append(item.id)
        if item.id == "a1":
            journal.failed(item, BookingError("x"))
        else:
            journal.acknowledge(item, now=NOW)
            journal.acknowledge(item, now=NOW)
    assert handed == ["a1", "b1"]
    assert ids(journal.pending("nordlys")) == ["a1", "a2"]
    assert ids(journal.applied("nordlys")) == ["b1"]


def test_known_events_are_left_out(journal: Journal, erp: Engine) -> None:
    """An event comes once, in whichever file and with whichever neighbours it is read again; the rest is told."""
    take_in(journal, "OP1", posting(payment("e1")), posting(payment("e2")))
    _book_all(journal)
    file = journal.receive("nordlys", "OP2", [b"more"], now=NOW)
    again = [
        posting(payment("e1")),
        posting(payment("e2"), payment("e3")),
        posting(payment("e4")),
        posting(payment("e4")),
    ]
    done = journal.record(file.id, kind="settlements", sequence=2, postings=again, now=NOW)
    assert (done.postings, done.events, done.skipped_events, done.skipped_postings) == (2, 2, 3, 2)
    assert [[item.id for item in waiting] for waiting in journal.pending("nordlys")] == [["e3"], ["e4"]]
    kept = journal.incoming("nordlys")[1]
    assert (kept.kind, kept.sequence, kept.receive_sequence) == ("settlements", 2, 2)
    assert (kept.postings, kept.events, kept.skipped_events) == (2, 2, 3)
    _book_all(journal)
    assert booked(erp) == ["e1", "e2", "e3", "e4"]


def test_known_events_do_not_move_cases_again(journal: Journal) -> None:
    """A rejection that is read again does not free the claims of the case that was sent since."""
    send(journal, "LS1", case("1"))
    take_in(journal, "KV1", posting(rejected("e1", "1")))
    send(journal, "LS2", case("1"))
    take_in(journal, "KV1-again", posting(rejected("e1", "1")))
    assert journal.live_invoices("nordlys") == {"1"}


def test_record_is_all_or_nothing(journal: Journal) -> None:
    """If reading breaks off, there is no posting, no case is moved, and the file waits to be read again."""
    send(journal, "LS1", case("1"))
    file = journal.receive("nordlys", "KV1", [b"x"], now=NOW)

    def broken() -> Iterator[Posting]:
        yield posting(rejected("e1", "1"))
        raise BookingError

    with pytest.raises(BookingError):
        journal.record(file.id, postings=broken(), now=NOW)
    assert ids(journal.pending("nordlys")) == []
    assert journal.live_invoices("nordlys") == {"1"}
    assert [item.id for item in journal.unprocessed("nordlys")] == [file.id]
    assert journal.record(file.id, postings=[posting(rejected("e1", "1"))], now=NOW).postings == 1


def test_posting_of_another_definition_is_refused(journal: Journal) -> None:
    with pytest.raises(JournalError, match="another definition"):
        take_in(journal, "OP1", evolve(posting(payment("e1")), definition_id="other"))


def test_pages_join_without_gap_or_repeat(journal: Journal, erp: Engine) -> None:
    """More postings than are read at a time, booked while they are read."""
    wanted = [f"e{number}" for number in range(450)]
    take_in(journal, "OP1", *(posting(payment(key, key)) for key in wanted[:250]))
    take_in(journal, "OP2", *(posting(payment(key, key)) for key in wanted[250:]))
    for item in journal.pending("nordlys"):
        with journal.applying(item) as connection:
            book(connection, item)
    assert booked(erp) == wanted


def test_reading_pending_stops_nobody(sqlite: Engine, tmp_path: Path) -> None:
    """Between two postings nothing is held: another process may take the database for itself alone."""
    journal = Journal(sqlite)
    take_in(journal, "OP1", *(posting(payment(f"e{number}")) for number in range(500)))
    for _ in islice(journal.pending("nordlys"), 300):
        pass
    waiting = journal.pending("nordlys")
    next(waiting)
    with sqlite3.connect(tmp_path / "erp.db", timeout=0) as other:
        other.execute("BEGIN EXCLUSIVE")
    other.close()
    assert len(list(waiting)) == 499


def test_several_threads_book_each_posting_once(tmp_path: Path) -> None:
    """Four threads of an ERP go through the same pending postings: each is booked once, each case in order."""
    engine = create_engine(f"sqlite:///{tmp_path / 'erp.db'}", connect_args={"timeout": 30})
    event.listen(engine, "connect", lambda driver, _: driver.execute("PRAGMA synchronous = OFF"))
    LEDGER.create(engine)
    journal = Journal(engine)
    wanted = [f"e{number}" for number in range(60)]
    take_in(journal, "OP1", *(posting(payment(key, f"R{number % 3}")) for number, key in enumerate(wanted)))
    _together(4, lambda: _book_all(journal))
    ledger = booked(engine)
    assert sorted(ledger) == sorted(wanted)
    for which in range(3):
        assert [key for key in ledger if int(key[1:]) % 3 == which] == wanted[which::3]
    engine.dispose()


def test_what_is_being_booked_has_not_failed(journal: Journal, erp: Engine) -> None:
    """Another thread that goes through the same postings leaves nothing out because of one that is being booked."""
    take_in(journal, "OP1", *(posting(payment(key)) for key in ("e1", "e2")))
    others = journal.pending("nordlys")
    first = next(others)
    with journal.applying(first) as connection:
        assert next(others).id == "e2"
        book(connection, first)
    with suppress(AlreadyAppliedError), journal.applying(first):
        pytest.fail("it is booked")
    assert (ids(journal.pending("nordlys")), booked(erp)) == (["e2"], ["e1"])


def test_wrong_rows_of_the_host_fail_the_booking(journal: Journal, erp: Engine) -> None:
    """The host's own database error comes through as it is, and the mark goes with the booking."""
    take_in(journal, "OP1", posting(payment("e1")))
    (item,) = journal.pending("nordlys")
    with pytest.raises(IntegrityError) as caught, journal.applying(item) as connection:
        connection.execute(insert(LEDGER).values(event_id=None, amount="1"))
    assert not isinstance(caught.value, JournalError)
    assert ids(journal.pending("nordlys")) == ["e1"]


def _book_all(journal: Journal, failing: frozenset[str] | set[str] = frozenset()) -> list[str]:
    """Book what is pending as a careful ERP does; return the postings that were handed out."""
    handed = []
    for item in journal.pending("nordlys"):
        handed.append(item.id)
        try:
            with journal.applying(item) as connection:
                book(connection, item)
                _fail_if(item, failing)
        except (BookingError, AlreadyAppliedError, OutOfTurnError):
            continue
    return handed


def _fail_if(item: Posting, failing: frozenset[str] | set[str]) -> None:
    if item.id in failing:
        raise BookingError


def _fail_to_book(journal: Journal, item: Posting, message: str) -> None:
    with journal.applying(item) as connection:
        book(connection, item)
        raise BookingError(message)


def _together(count: int, work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
