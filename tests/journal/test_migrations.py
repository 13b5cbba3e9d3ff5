"""The schema's versions: migrated tables are those that are made new, and what was in them is still there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, inspect, text

from lindorff_sdk.errors import JournalError
from lindorff_sdk.journal import Journal
from lindorff_sdk.journal.migrate import SCRIPTS, main, migrate
from lindorff_sdk.journal.schema import VERSION, journal_ddl, journal_tables
from tests.journal.databases import engine_of
from tests.journal.ledgers import NOW, ids, payment, posting, send, take_in
from tests.journal.ledgers import case as a_case

HERE = Path(__file__).parent


@pytest.fixture
def engine(address: URL) -> Iterator[Engine]:
    """An empty database."""
    made = engine_of(address)
    yield made
    made.dispose()


def run(engine: Engine, script: str) -> None:
    """Run statements one by one, as a host's own migration does."""
    with engine.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)


def first_version(engine: Engine, version: str = "1") -> None:
    """Make the tables as they were in a version."""
    run(engine, (HERE / f"schema_{version}_{engine.dialect.name}.sql").read_text())


def shape(engine: Engine) -> dict[str, object]:
    """Return what the database says of the journal's tables."""
    found = inspect(engine)
    return {
        name: {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(name)),
            "key": sorted(found.get_pk_constraint(name)["constrained_columns"]),
            "indexes": sorted((i["name"], str(i["column_names"]), bool(i["unique"])) for i in found.get_indexes(name)),
            "foreign": sorted(
                str((k["constrained_columns"], k["referred_table"])) for k in found.get_foreign_keys(name)
            ),
        }
        for name in found.get_table_names()
        if name.startswith("lindorff_")
    }


@pytest.mark.parametrize(("version", "steps"), [("1", ("2", "3")), ("2", ("3",))])
def test_migrated_tables_are_those_made_new(engine: Engine, version: str, steps: tuple[str, ...]) -> None:
    """Through every revision from each version, the tables come to what a new journal has; once only."""
    first_version(engine, version)
    assert migrate(engine) == steps
    assert migrate(engine) == ()
    migrated = shape(engine)
    with engine.begin() as connection:
        for table in reversed(journal_tables().metadata.sorted_tables):
            connection.execute(text(f"DROP TABLE {table.name}"))
    Journal(engine)
    assert migrated == shape(engine)


def test_plain_ddl_makes_the_same_tables(engine: Engine) -> None:
    """Our DDL, run by the host, and the journal by itself make the same."""
    run(engine, journal_ddl(engine.dialect.name))
    plain = shape(engine)
    Journal(engine, create_tables=False)
    with engine.begin() as connection:
        for table in reversed(journal_tables().metadata.sorted_tables):
            connection.execute(text(f"DROP TABLE {table.name}"))
    Journal(engine)
    assert plain == shape(engine)


def test_an_older_journal_says_what_to_run(engine: Engine) -> None:
    """It is not opened, nothing is changed by the way, and after the migration all that was in it is there."""
    first_version(engine)
    with pytest.raises(JournalError, match=r"version 1; .* python -m lindorff_sdk\.journal\.migrate"):
        Journal(engine)
    migrate(engine)
    journal = Journal(engine)
    send(journal, "LS1", a_case("1"))
    take_in(journal, "OP1", posting(payment("e1", "1")))
    assert ids(journal.pending("nordlys")) == ["e1"]


def test_rows_of_version_1_survive(engine: Engine) -> None:
    """A posting that waited before the migration waits afterwards."""
    first_version(engine)
    at = f"'{NOW:%Y-%m-%d %H:%M:%S}'"
    no = "0" if engine.dialect.name == "sqlite" else "false"
    run(
        engine,
        f"INSERT INTO lindorff_contents VALUES (1, 0, '', {at});\n"
        f"INSERT INTO lindorff_incoming VALUES (1, 'nordlys', 'OP1', '', 0, 1, 'processed', {at}, NULL, 1, {no}, NULL,"
        f" 'settlements', 1, 1, {at}, NULL, 1, 0, 0);\n"
        "INSERT INTO lindorff_postings VALUES ('e1', 'nordlys', 'A', 1, 1, 0, 'pending', 0, '', NULL)",
    )
    migrate(engine)
    assert ids(Journal(engine).pending("nordlys")) == ["e1"]


def test_what_cannot_be_migrated_is_refused(engine: Engine) -> None:
    """No journal at all, and one of a release to come."""
    with pytest.raises(JournalError, match="no tables of a journal"):
        migrate(engine)
    first_version(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE lindorff_meta SET value = '99'"))
    with pytest.raises(JournalError, match="version 99, which"):
        migrate(engine)


def test_a_failed_migration_changes_nothing(engine: Engine) -> None:
    """All or nothing: a migration that fails on the way leaves the older version whole."""
    first_version(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE lindorff_holds (x INTEGER)"))
    before = shape(engine)
    with pytest.raises(JournalError):
        migrate(engine)
    assert shape(engine) == before


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command that the error names."""
    path = f"sqlite:///{tmp_path / 'erp.db'}"
    engine = engine_of(path)
    first_version(engine)
    engine.dispose()
    main([path])
    main([path, "--prefix", "lindorff_"])
    assert capsys.readouterr().out.splitlines() == [
        "The journal is at version 3, by way of 2, 3.",
        "The journal is at version 3 already.",
    ]


def test_the_last_revision_is_this_releases_version() -> None:
    """Nobody changes the schema without a revision."""
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == VERSION
