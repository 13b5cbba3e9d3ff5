"""Bring the journal's tables to this release's schema: ``python -m lindorff_sdk.journal.migrate <database>``."""

import argparse
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, select, update

from lindorff_sdk.errors import JournalError
from lindorff_sdk.journal.database import Database, journal_errors
from lindorff_sdk.journal.schema import VERSION, journal_tables

SCRIPTS = Path(__file__).parent / "migrations"
"""Where the revisions are: an Alembic script directory."""


@journal_errors
def migrate(engine: Engine, *, prefix: str = "lindorff_") -> tuple[str, ...]:
    """Bring the journal's tables to this release's version, in one transaction.

    Args:
        engine: The database that holds the tables. Stop what works on the journal meanwhile.
        prefix: What the names of the tables start with.

    Returns:
        The versions gone through; none if there was nothing to do.

    Raises:
        JournalError: If there is no journal, or it is of a version that this release does not know.
    """
    if not inspect(engine).has_table(f"{prefix}meta"):
        raise JournalError(f"There are no tables of a journal with the prefix {prefix!r} in this database.")
    database = Database(engine, journal_tables(prefix))
    meta = database.tables.meta
    mine = meta.c.name == "version"
    with database.writing() as connection:
        # A write first: of two that migrate at once the second waits, and finds nothing left to do.
        connection.execute(update(meta).where(mine).values(value=meta.c.value))
        found = str(connection.execute(select(meta.c.value).where(mine)).scalar())
        done = _upgrade(connection, found, prefix)
        connection.execute(update(meta).where(mine).values(value=VERSION))
    return done


def _upgrade(connection: Connection, found: str, prefix: str) -> tuple[str, ...]:
    scripts = ScriptDirectory(str(SCRIPTS))
    known = {script.revision for script in scripts.walk_revisions()}
    if found not in known:
        raise JournalError(f"The journal's tables have version {found}, which this release does not know.")
    steps = [script for script in scripts.iterate_revisions("head", found) if script.revision != found]
    with Operations.context(MigrationContext.configure(connection)):
        for script in reversed(steps):
            script.module.upgrade(prefix)
    return tuple(script.revision for script in reversed(steps))


def main(arguments: list[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m lindorff_sdk.journal.migrate", description=__doc__)
    parser.add_argument("database", help="URL as SQLAlchemy takes it, such as sqlite:////var/lib/erp/journal.db")
    parser.add_argument("--prefix", default="lindorff_", help="what the names of the journal's tables start with")
    given = parser.parse_args(arguments)
    engine = create_engine(given.database, hide_parameters=True)
    try:
        done = migrate(engine, prefix=given.prefix)
    finally:
        engine.dispose()
    print(f"The journal is at version {VERSION}" + (f", by way of {', '.join(done)}." if done else " already."))  # noqa: T201


if __name__ == "__main__":
    main()
