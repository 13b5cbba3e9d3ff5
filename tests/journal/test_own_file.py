import multiprocessing
import stat
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from lindorff_sdk.errors import JournalBusyError, JournalError, RequestError
from lindorff_sdk.journal import Journal, journal_ddl, journal_tables
from tests.journal.ledgers import LEDGER, NOW, book, booked, ids, payment, posting, take_in


def test_own_file_is_private_and_durable(tmp_path: Path) -> None:
    """Only its owner may read it and what SQLite puts beside it; a commit survives a power cut."""
    with Journal.open(tmp_path / "journal.db") as journal:
        take_in(journal, "OP1", posting(payment("e1")))
        modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        with journal.engine.connect() as connection:
            names = ("journal_mode", "synchronous", "foreign_keys")
            settings = [connection.scalar(text(f"PRAGMA {name}")) for name in names]
    assert modes == {0o600}
    assert settings == ["wal", 2, 1]


def test_own_file_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.touch(0o644)
    with pytest.raises(JournalError, match="chmod 600"):
        Journal.open(path)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"no database at all" * 100)
    path.chmod(0o600)
    with pytest.raises(JournalError, match="no SQLite database"):
        Journal.open(path)
    with pytest.raises(JournalError, match="cannot be opened"):
        Journal.open(tmp_path / "missing" / "journal.db")


def test_host_may_book_in_the_same_file(tmp_path: Path) -> None:
    """The host's ledger in the journal's file is booked in one transaction with the mark."""
    with Journal.open(tmp_path / "journal.db") as journal:
        LEDGER.create(journal.engine)
        take_in(journal, "OP1", posting(payment("e1")))
        for item in journal.pending("nordlys"):
            with journal.applying(item) as connection:
                book(connection, item)
        assert booked(journal.engine) == ["e1"]


def test_reopening_finds_everything(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.db") as journal:
        take_in(journal, "OP1", posting(payment("e1")))
    with Journal.open(tmp_path / "journal.db") as journal:
        assert ids(journal.pending("nordlys")) == ["e1"]
        assert [(entry.name, entry.postings) for entry in journal.log("nordlys")] == [("OP1", 1)]


def test_busy_own_file(tmp_path: Path) -> None:
    """A second process waits as long as it was told, then gets a clear error."""
    with (
        Journal.open(tmp_path / "journal.db") as holder,
        Journal.open(tmp_path / "journal.db", busy_timeout=0.05) as other,
        holder.engine.begin() as connection,
    ):
        connection.execute(text("SELECT 1"))
        assert other.log("nordlys") == ()  # reading goes on
        with pytest.raises(JournalBusyError):
            other.receive("nordlys", "OP1", [b"x"], now=NOW)


def test_prefix_is_the_hosts_choice(tmp_path: Path) -> None:
    """Two journals may live in one database; every table and index carries its prefix."""
    engine = create_engine(f"sqlite:///{tmp_path / 'erp.db'}")
    take_in(Journal(engine, prefix="a_"), "OP1", posting(payment("e1")))
    assert ids(Journal(engine, prefix="b_").pending("nordlys")) == []
    with engine.connect() as connection:
        named = text("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        assert all(name.startswith(("a_", "b_")) for name in connection.execute(named).scalars())
    for bad in ("", "1a", "A_", "a-b", "a;drop", "å_", "a" * 31):
        with pytest.raises(RequestError, match="prefix"):
            journal_tables(bad)
    engine.dispose()


def test_tables_from_plain_ddl(tmp_path: Path) -> None:
    """A host that runs its own migrations makes the tables from our DDL; without them the journal says so."""
    engine = create_engine(f"sqlite:///{tmp_path / 'erp.db'}")
    with pytest.raises(JournalError, match="version none"):
        Journal(engine, create_tables=False)
    with engine.begin() as connection:
        for statement in journal_ddl("sqlite").split(";\n"):
            if statement.strip():
                connection.execute(text(statement))
    take_in(Journal(engine, create_tables=False), "OP1", posting(payment("e1")))
    assert "BYTEA" in journal_ddl("postgresql")
    with pytest.raises(RequestError, match="not on 'oracle'"):
        journal_ddl("oracle")
    with engine.begin() as connection:
        connection.execute(text("UPDATE lindorff_meta SET value = '99'"))
    with pytest.raises(JournalError, match="version 99"):
        Journal(engine)
    engine.dispose()


def _open_and_count(path: Path, results: "multiprocessing.Queue[str]") -> None:
    try:
        with Journal.open(path) as journal:
            journal.receive("nordlys", "OP1", [b"x"], now=NOW)
        results.put("fine")
    except BaseException as error:  # noqa: BLE001
        results.put(repr(error))


def test_several_processes_may_make_the_file_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[str] = context.Queue()
    workers = [context.Process(target=_open_and_count, args=(tmp_path / "journal.db", results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert [results.get(timeout=60) for _ in workers] == ["fine"] * 4
    for worker in workers:
        worker.join()
    with Journal.open(tmp_path / "journal.db") as journal:
        (file,) = journal.incoming("nordlys")
    assert file.deliveries == 4
