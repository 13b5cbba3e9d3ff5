import asyncio
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from lindorff_sdk.errors import IllegalMoveError, JournalError
from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.journal import CHUNK, IncomingState, Journal
from tests.journal.ledgers import LATER, NOW, payment, posting, take_in


def test_bytes_are_here_before_anybody_parses(journal: Journal) -> None:
    """A received file is committed and waits to be read; its bytes are the agency's."""
    file = journal.receive("nordlys", "OP1", [b"ab", b"", b"c"], remote_modified=NOW, now=LATER)
    assert journal.content(file).read() == b"abc"
    assert (file.size, file.state, file.received_at, file.redelivered) == (3, IncomingState.RECEIVED, LATER, False)
    assert journal.unprocessed("nordlys") == (file,)
    assert journal.undisposed("nordlys") == ()


def test_empty_file(journal: Journal) -> None:
    file = journal.receive("nordlys", "OP1", [], now=NOW)
    assert (file.size, journal.content(file).read()) == (0, b"")


def test_redelivery_is_the_file_that_is_here(journal: Journal, erp: Engine) -> None:
    """The same name with the same bytes is no second file, takes no room, and must leave the agency again."""
    first = take_in(journal, "OP1", posting(payment("e1")))
    journal.mark_disposed(first.id, now=NOW)
    again = journal.receive("nordlys", "OP1", [b"OP1"], remote_modified=LATER, now=LATER)
    assert (again.id, again.redelivered, again.deliveries, again.state) == (first.id, True, 2, IncomingState.PROCESSED)
    assert [file.id for file in journal.undisposed("nordlys")] == [first.id]
    assert not again.name_reused
    with erp.connect() as connection:
        assert connection.execute(select(func.count()).select_from(journal._database.tables.contents)).scalar() == 1


def test_name_used_again_is_a_new_file(journal: Journal) -> None:
    first = journal.receive("nordlys", "OP1", [b"a"], now=NOW)
    second = journal.receive("nordlys", "OP1", [b"b"], now=NOW)
    assert (first.name_reused, second.name_reused, second.redelivered) == (False, True, False)
    assert second.id != first.id


def test_same_bytes_under_another_name_are_a_new_file_that_says_so(journal: Journal) -> None:
    first = journal.receive("nordlys", "OP1", [b"a"], now=NOW)
    second = journal.receive("nordlys", "OP2", [b"a"], now=NOW)
    assert (second.same_bytes_as, second.redelivered, second.name_reused) == (first.id, False, False)


def test_definitions_do_not_meet(journal: Journal) -> None:
    journal.receive("nordlys", "OP1", [b"a"], now=NOW)
    other = journal.receive("other", "OP1", [b"a"], now=NOW)
    assert (other.redelivered, other.name_reused, other.same_bytes_as) == (False, False, None)
    assert len(journal.incoming("nordlys")) == 1


@pytest.mark.parametrize(
    ("name", "size", "modified", "seen"),
    [
        ("OP1", 3, NOW, True),
        ("OP2", 3, NOW, False),
        ("OP1", 4, NOW, False),
        ("OP1", 3, LATER, False),
        ("OP1", None, NOW, False),
        ("OP1", 3, None, False),
    ],
)
def test_seen_needs_name_size_and_time(
    journal: Journal, name: str, size: int | None, modified: datetime | None, seen: bool
) -> None:
    """A file that stays at the agency is not fetched each night; where there is any doubt, it is."""
    journal.receive("nordlys", "OP1", [b"OP1"], remote_modified=NOW, now=NOW)
    assert journal.seen("nordlys", name, size, modified) is seen


def test_seen_follows_the_last_delivery(journal: Journal) -> None:
    """A file that the agency touched is fetched once more, and then not again."""
    journal.receive("nordlys", "OP1", [b"OP1"], remote_modified=NOW, now=NOW)
    journal.receive("nordlys", "OP1", [b"OP1"], remote_modified=LATER, now=LATER)
    assert journal.seen("nordlys", "OP1", 3, LATER)


async def test_bytes_from_async_code(journal: Journal) -> None:
    """Between the chunks nothing is locked, so that a slow network stops nobody from writing."""
    arrival = await asyncio.to_thread(journal.begin_receive, "nordlys", "OP1", now=NOW)
    for _ in range(3):
        await asyncio.to_thread(arrival.add, bytes(CHUNK - 1))
        take_in(journal, f"OP-{arrival._size}")
    assert "OP1" not in [file.name for file in journal.incoming("nordlys")]
    file = await asyncio.to_thread(arrival.finish)
    assert (file.size, len(journal.content(file).read())) == (3 * (CHUNK - 1),) * 2


def test_cut_download_leaves_nothing(journal: Journal) -> None:
    """A download that fails is no file, and its chunks are gone."""

    def cut() -> Iterator[bytes]:
        yield bytes(3 * CHUNK)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        journal.receive("nordlys", "OP1", cut(), now=NOW)
    assert journal.incoming("nordlys") == ()
    assert _chunks(journal) == 0


def test_leftovers_of_a_crash_are_removed_a_day_later(journal: Journal) -> None:
    """Chunks nobody finished go away, but not those of a download that may still be running."""
    for _ in range(2):
        journal.begin_receive("nordlys", "OP1", now=NOW).add(bytes(CHUNK))
    journal.begin_receive("nordlys", "OP2", now=LATER)
    assert _chunks(journal) == 2
    journal.begin_receive("nordlys", "OP3", now=NOW + timedelta(days=2))
    assert _chunks(journal) == 0


def test_a_download_that_was_cleaned_away_is_refused(journal: Journal) -> None:
    slow = journal.begin_receive("nordlys", "OP1", now=NOW)
    slow.add(bytes(CHUNK))
    journal.begin_receive("nordlys", "OP2", now=NOW + timedelta(days=2))
    with pytest.raises(JournalError, match="fetch it again"):
        slow.finish()
    with pytest.raises(JournalError, match="fetch the file again"):
        slow.finish()


def test_changed_bytes_in_the_database_are_noticed(journal: Journal, erp: Engine) -> None:
    file = journal.receive("nordlys", "OP1", [b"abc"], now=NOW)
    with erp.begin() as connection:
        connection.execute(update(journal._database.tables.chunks).values(data=b"abd"))
    with pytest.raises(JournalError, match="does not hold the bytes"):
        journal.content(file).read()


def test_large_file_costs_no_memory(tmp_path: Path) -> None:
    """64 MB in and out again take a few chunks of memory."""
    with Journal.open(tmp_path / "journal.db") as journal:
        tracemalloc.start()
        file = journal.receive("nordlys", "OP1", (bytes(64 * 1024) for _ in range(1024)), now=NOW)
        got = sum(len(chunk) for chunk in journal.content(file).chunks())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert got == 64 * 1024 * 1024
    assert peak < 12 * CHUNK


def test_quarantined_file_keeps_bytes_and_findings(journal: Journal) -> None:
    """A bad file is out of the way with its bytes and what was found; it has no postings."""
    file = journal.receive("nordlys", "OP1", [b"bad"], now=NOW)
    finding = Finding("total-wrong", Severity.ERROR, "The sum is wrong.", file="OP1", line=9, expected="1", found="2")
    done = journal.record(file.id, findings=[finding], quarantined=True, now=LATER)
    assert (done.postings, done.findings) == (0, 1)
    (kept,) = journal.findings("nordlys")
    assert (kept.finding, kept.incoming_id, kept.found_at, kept.resolved_at) == (finding, file.id, LATER, None)
    assert journal.incoming("nordlys")[0].state is IncomingState.QUARANTINED
    assert journal.unprocessed("nordlys") == ()
    assert journal.content(file).read() == b"bad"


def test_quarantined_file_with_postings_is_refused(journal: Journal) -> None:
    file = journal.receive("nordlys", "OP1", [b"bad"], now=NOW)
    with pytest.raises(JournalError, match="no postings"):
        journal.record(file.id, postings=[posting(payment("e1"))], quarantined=True, now=NOW)
    assert [item.id for item in journal.unprocessed("nordlys")] == [file.id]


def test_file_is_recorded_once(journal: Journal) -> None:
    """Two workers reading the same file record it once."""
    file = take_in(journal, "OP1", posting(payment("e1")))
    with pytest.raises(IllegalMoveError, match="processed already"):
        journal.record(file.id, postings=[posting(payment("e2"))], now=NOW)
    assert [item.id for item in journal.pending("nordlys")] == ["e1"]


def test_file_leaves_the_agency_only_when_recorded(journal: Journal) -> None:
    file = journal.receive("nordlys", "OP1", [b"a"], now=NOW)
    with pytest.raises(JournalError, match="must stay at the agency"):
        journal.mark_disposed(file.id, now=NOW)
    journal.record(file.id, now=NOW)
    assert [item.id for item in journal.undisposed("nordlys")] == [file.id]
    journal.mark_disposed(file.id, now=NOW)
    assert journal.undisposed("nordlys") == ()


def test_unknown_file_is_an_error(journal: Journal) -> None:
    with pytest.raises(JournalError, match="no incoming file 7"):
        journal.record(7, now=NOW)


def _chunks(journal: Journal) -> int:
    with journal.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(journal._database.tables.chunks)).scalar_one()
