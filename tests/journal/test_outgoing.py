import pickle
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.exc import IntegrityError

from lindorff_sdk.errors import AlreadySentError, IllegalMoveError, JournalError
from lindorff_sdk.journal import CHUNK, Journal, Outgoing, OutgoingState
from lindorff_sdk.journal.outgoing import ANSWERED, MOVES
from lindorff_sdk.models.codes import FileStatus
from tests.journal.ledgers import LATER, NOW, acknowledged, case, posting, rejected, send, take_in


def test_exact_bytes_name_and_sequence_are_kept(journal: Journal) -> None:
    """What was built is what is stored, byte for byte, under the number it was built with."""
    data = bytes(range(256)) * 3000
    first = journal.store_outgoing("nordlys", "cases", lambda number: (f"LS{number:04}", data), now=NOW)
    assert (first.name, first.sequence, first.state, first.size) == ("LS0001", 1, OutgoingState.STORED, len(data))
    assert journal.content(first).read() == data
    assert [len(chunk) for chunk in journal.content(first).chunks()] == [CHUNK, CHUNK, len(data) - 2 * CHUNK]
    assert journal.outgoing("nordlys") == (first,)


def test_each_series_counts_by_itself(journal: Journal) -> None:
    """Sequence numbers run per definition and transfer, without gaps."""
    series = [("a", "cases"), ("a", "cases"), ("a", "corrections"), ("b", "cases"), ("a", "cases")]
    files = [journal.store_outgoing(key, transfer, lambda _: ("n", b""), now=NOW) for key, transfer in series]
    assert [file.sequence for file in files] == [1, 2, 1, 1, 3]


def test_failed_build_stores_nothing_and_loses_no_number(journal: Journal) -> None:
    """If the file cannot be built, there is no row, no live claim, and the next file has the number."""

    def fail(_: int) -> tuple[str, bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        journal.store_outgoing("nordlys", "cases", fail, cases=[case("1")], now=NOW)
    assert journal.outgoing("nordlys") == ()
    assert journal.live_invoices("nordlys") == frozenset()
    assert journal.store_outgoing("nordlys", "cases", lambda _: ("n", b""), now=NOW).sequence == 1


def test_live_claim_is_refused(journal: Journal) -> None:
    """A claim in a live export is not stored again; the refusal names it and stores nothing."""
    send(journal, "LS1", case("1", "1", "2"))
    with pytest.raises(AlreadySentError, match="2") as caught:
        send(journal, "LS2", case("2", "2", "3"))
    assert caught.value.invoice_numbers == ("2",)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert journal.live_invoices("nordlys") == {"1", "2"}
    assert [file.name for file in journal.outgoing("nordlys")] == ["LS1"]


def test_claim_twice_in_one_export_is_refused(journal: Journal) -> None:
    with pytest.raises(AlreadySentError, match="twice"):
        send(journal, "LS1", case("1", "1", "2"), case("2", "2"))


def test_other_definitions_claims_do_not_collide(journal: Journal) -> None:
    """Two agreements may have invoices of the same number."""
    send(journal, "LS1", case("1"))
    journal.store_outgoing("other", "cases", lambda _: ("LS1", b""), cases=[case("1")], now=NOW)


def test_database_itself_refuses_a_second_live_claim(journal: Journal, erp: Engine) -> None:
    """The promise does not rest on our asking first."""
    send(journal, "LS1", case("1"))
    claims = journal._database.tables.claims
    row = {"case_id": 1, "position": 9, "definition_id": "nordlys", "invoice_number": "1", "live": True}
    with erp.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(claims).values(**row))


def test_rejected_file_frees_its_claims(journal: Journal) -> None:
    """A file the agency refuses as a whole may be corrected and sent again."""
    send(journal, "LS1", case("1"), case("2"))
    take_in(journal, "KV1", posting(acknowledged("e1", "LS1", FileStatus.REJECTED)))
    assert journal.live_invoices("nordlys") == frozenset()
    assert [known.state for known in journal.cases("nordlys")] == ["rejected", "rejected"]
    assert journal.outgoing("nordlys")[0].state is OutgoingState.REJECTED
    send(journal, "LS2", case("1"), case("2"))


def test_rejected_case_frees_only_its_own_claims(journal: Journal) -> None:
    send(journal, "LS1", case("1", "1", "2"), case("3"))
    take_in(journal, "KV1", posting(rejected("e1", "1", "1", "2")))
    assert journal.live_invoices("nordlys") == {"3"}


@pytest.mark.parametrize("start", OutgoingState)
def test_moves_are_those_of_the_table(journal: Journal, start: OutgoingState) -> None:
    """No way of marking moves a file where the table does not allow it; and an answer is never overwritten."""
    for target in OutgoingState:
        file = journal.store_outgoing("nordlys", "cases", lambda _, name=target: (name, b""), now=NOW)  # type: ignore[misc]
        _force(journal, file.id, start)
        refused = _mark(journal, file, target)
        allowed = target in MOVES[start] and target is not OutgoingState.RECEIVED  # no file says "received" yet
        assert journal.outgoing("nordlys")[-1].state is (target if allowed else start)
        # What the agency says is never an error here, and what it said already stands without one.
        said_before = start in {target, *ANSWERED} and target is not OutgoingState.PUBLISHING
        assert refused == (not allowed and not said_before and target not in ANSWERED)


def _mark(journal: Journal, file: Outgoing, target: OutgoingState) -> bool:
    """Try to move a file; say whether that was refused."""
    try:
        match target:
            case OutgoingState.STORED:
                journal.mark_unpublished(file.id, now=LATER)
            case OutgoingState.PUBLISHING:
                journal.mark_publishing(file.id, "t", now=LATER)
            case OutgoingState.SENT:
                journal.mark_sent(file.id, now=LATER)
            case OutgoingState.UNKNOWN:
                journal.mark_unknown(file.id, now=LATER)
            case OutgoingState.ACCEPTED | OutgoingState.PARTLY_ACCEPTED | OutgoingState.REJECTED:
                answer = acknowledged(f"e-{file.name}", file.name, FileStatus(target.value), file.sequence)
                take_in(journal, f"KV-{file.name}", posting(answer))
    except IllegalMoveError:
        return True
    return False


def _force(journal: Journal, outgoing_id: int, state: OutgoingState) -> None:
    table = journal._database.tables.outgoing
    with journal.engine.begin() as connection:
        connection.execute(table.update().where(table.c.id == outgoing_id).values(state=state))


def test_unfinished_files_come_oldest_first(journal: Journal) -> None:
    """After a crash the next run finds what is stored or half published, and the temporary name."""
    for number in range(4):
        journal.store_outgoing("nordlys", "cases", lambda _, n=number: (f"LS{n}", b""), now=NOW)  # type: ignore[misc]
    correction = journal.store_outgoing("nordlys", "corrections", lambda _: ("RD0", b""), now=NOW)
    ids = [file.id for file in journal.outgoing("nordlys")]
    journal.mark_publishing(ids[1], ".LS1.a.part", now=LATER)
    journal.mark_unpublished(ids[1], now=LATER)
    journal.mark_publishing(ids[1], ".LS1.b.part", now=LATER)
    for key in ids[2:4]:
        journal.mark_publishing(key, "t", now=LATER)
    journal.mark_sent(ids[2], now=LATER)
    journal.mark_unknown(ids[3], now=LATER)
    waiting = journal.unfinished("nordlys", "cases")
    assert [(file.name, file.temp_name) for file in waiting] == [("LS0", ""), ("LS1", ".LS1.b.part")]
    assert journal.unfinished("nordlys")[-1].id == correction.id
    assert waiting[1].changed_at == LATER


def test_unknown_number_of_a_file_is_an_error(journal: Journal) -> None:
    with pytest.raises(JournalError, match="no outgoing file 99"):
        journal.mark_sent(99, now=NOW)


def test_several_at_once_get_distinct_numbers(tmp_path: Path) -> None:
    """Eight threads of one ERP, each with 5 files: the numbers are 1 to 40."""
    engine = create_engine(f"sqlite:///{tmp_path / 'erp.db'}", connect_args={"timeout": 30})
    journal = Journal(engine)
    numbers: list[int] = []

    def work() -> None:
        for _ in range(5):
            file = journal.store_outgoing("nordlys", "cases", lambda n: (str(n), b"x"), now=NOW)
            numbers.append(file.sequence)

    _together(work for _ in range(8))
    engine.dispose()
    assert sorted(numbers) == list(range(1, 41))


def test_two_exports_of_one_claim_race(tmp_path: Path) -> None:
    """Of several exports of the same claim at the same time one is stored, the others are refused."""
    engine = create_engine(f"sqlite:///{tmp_path / 'erp.db'}", connect_args={"timeout": 30})
    journal = Journal(engine)
    outcomes: list[str] = []

    def work() -> None:
        try:
            send(journal, "LS", case("1"))
            outcomes.append("sent")
        except AlreadySentError:
            outcomes.append("refused")

    _together(work for _ in range(4))
    engine.dispose()
    assert sorted(outcomes) == ["refused", "refused", "refused", "sent"]


def _together(works: Iterator[object]) -> None:
    threads = [threading.Thread(target=work) for work in works]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
