"""The databases that the journal's tests run on: SQLite in two ways, and a PostgreSQL that is started for them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from attrs import field, frozen
from sqlalchemy import URL, Engine, create_engine, event

from lindorff_sdk.journal import journal_ddl, journal_tables
from tests.servers import ServerMissingError, free_port


@frozen
class PostgreSQL:
    """A running server.

    Attributes:
        port: On 127.0.0.1.
        number: Counts the schemas that were made in it.
        free: Schemas with the tables of a journal that nobody uses.
    """

    port: int
    number: Iterator[int] = field(factory=lambda: count(1), repr=False)
    free: list[str] = field(factory=list, repr=False)

    def url(self, schema: str) -> URL:
        """Return the address under which tables without a schema are in this one."""
        options = {"options": f"-csearch_path={schema}"}
        return URL.create("postgresql+psycopg", "postgres", None, "127.0.0.1", self.port, "postgres", options)

    def fresh(self, script: str = "") -> URL:
        """Make a schema, run a script in it in one go, and return its address."""
        return self.url(self._make(script))

    @contextmanager
    def with_journal(self) -> Iterator[URL]:
        """Lend a schema with the tables of a journal, empty; it is used again, since to make one takes long."""
        schema = self.free.pop() if self.free else self._make(journal_ddl("postgresql"))
        yield self.url(schema)
        with self._connected(schema) as connection:
            if _empty(connection, schema):
                self.free.append(schema)

    def _make(self, script: str) -> str:
        schema = f"t{next(self.number)}"
        with self._connected(schema) as connection:
            connection.execute(f"CREATE SCHEMA {schema}; {script}".encode())
        return schema

    def _connected(self, schema: str) -> psycopg.Connection:
        options = f"-csearch_path={schema} -clock_timeout=30s"
        return psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", options=options)


def _empty(connection: psycopg.Connection, schema: str) -> bool:
    """Leave a schema as it was made: with the journal's tables, and only their version in them; say whether it is.

    It is not where a test broke it on purpose.
    """
    ours = [table.name for table in reversed(journal_tables().metadata.sorted_tables)]
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
    found = [name for (name,) in rows]
    if set(ours) - set(found):
        return False
    if others := [f'"{name}"' for name in found if name not in ours]:
        connection.execute(f"DROP TABLE {', '.join(others)} CASCADE".encode())
    delete = "; ".join(f"DELETE FROM {name}" for name in ours if name != "lindorff_meta")
    connection.execute(delete.encode())
    restart = "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, 1, false)"
    connection.execute(f"{restart} FROM pg_sequences WHERE schemaname = %s".encode(), [schema])
    return True


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a PostgreSQL on loopback. It does not wait for the disk: the tests kill its clients, not the machine."""
    if os.geteuid() != 0:
        raise ServerMissingError("PostgreSQL is started by root for the account postgres")
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        raise ServerMissingError("PostgreSQL is missing: run `make servers` as root")
    base = Path(tempfile.mkdtemp(prefix="lindorff-pg-"))
    shutil.chown(base, "postgres", "postgres")
    port = free_port()

    def run(program: str, *arguments: str) -> None:
        command = ["runuser", "-u", "postgres", "--", str(binaries[-1] / program), *arguments]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, cwd=base)

    settings = (
        f"-p {port} -k {base} -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off "
        "-c full_page_writes=off -c max_connections=60 -c shared_buffers=64MB"
    )
    try:
        run("initdb", "-D", str(base / "data"), "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        log = str(base / "log")
        run("pg_ctl", "-D", str(base / "data"), "-w", "-o", settings, "-l", log, "start")
        try:
            yield PostgreSQL(port)
        finally:
            run("pg_ctl", "-D", str(base / "data"), "-m", "immediate", "stop")
    finally:
        subprocess.run(["rm", "-rf", str(base)], check=False)  # many thousand files: quicker than by Python


def engine_of(url: URL | str, timeout: float = 30) -> Engine:
    """Return an engine as an ERP makes it; on SQLite it does not wait for the disk, so that the tests are quick."""
    if not str(url).startswith("sqlite"):
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": timeout})
    event.listen(engine, "connect", lambda driver, _: driver.execute("PRAGMA synchronous = OFF"))
    return engine
