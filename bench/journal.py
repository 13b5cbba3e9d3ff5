"""The journal against plain inserts of the same rows: bytes to pending postings, and pending to booked in batches.

The peer does no parsing, no checking and no matching: it has the rows ready, and hands them to SQLAlchemy in one
transaction, as `executemany`.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attrs import define, field
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
    select,
    update,
)

from bench.measure import Result, rate, rate_of_times, timed
from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.exchange.ingest import read_waiting
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.journal import CHUNK, Journal
from lindorff_sdk.models.cases import Claim, CollectionCase
from lindorff_sdk.models.codes import DebtorKind
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parties import Debtor
from lindorff_sdk.models.settlements import Payment, SettlementEntry, SettlementFile, SettlementTotals
from tests.journal.databases import postgresql

COUNT, PER_CASE = 5_000, 10
DAY, NOW = date(2026, 11, 25), datetime(2026, 11, 25, 23, tzinfo=UTC)
DEFINITION = ExportDefinition(
    id="nordlys", protocol="local", server="/tmp", upload_folder="in", download_folder="out", customer_id="00417"
)
LEDGER = Table(
    "ledger", MetaData(), Column("id", Integer, primary_key=True), Column("event_id", String), Column("ore", Integer)
)


def settlement(number: int, count: int) -> bytes:
    """Return a settlement of so many payments on the cases that `cases` returns."""
    entries: list[SettlementEntry] = [
        Payment(
            transaction_id=f"T{number:04}-{each:08}",
            amount=Decimal(each % 90 + 10),
            principal=Decimal(each % 90 + 10),
            paid_on=DAY + timedelta(days=number),  # another day in each file: none looks like a repeat
            agency_case_number=f"{each // PER_CASE % (COUNT // PER_CASE):08}",
            settlement_number=f"S{number}",
        )
        for each in range(count)
    ]
    gross = sum((entry.amount for entry in entries if isinstance(entry, Payment)), Decimal(0))
    entries.append(
        SettlementTotals(
            settlement_number=f"S{number}", settled_on=DAY, gross=gross, kept_by_agency=0, vat=0, paid_out=gross
        )
    )
    envelope = Envelope(customer_id="00417", sequence=number, created_at=datetime(2026, 11, 25, 23))
    return serialize(SettlementFile(envelope=envelope, entries=tuple(entries)), shipped("lindorff-reference"))


def cases(count: int) -> list[CollectionCase]:
    """Return cases that the payments of a settlement name, with much outstanding."""
    owed = Decimal(10_000_000)
    return [
        CollectionCase(
            reference=f"I{number}",
            agency_case_number=f"{number:08}",
            debtor=Debtor(number=f"{number}", kind=DebtorKind.COMPANY, name="Prøve AS"),
            collection_date=DAY,
            claims=(
                Claim(
                    invoice_number=f"I{number}",
                    invoice_date=DAY,
                    due_date=DAY,
                    original_amount=owed,
                    remaining_amount=owed,
                ),
            ),
        )
        for number in range(count // PER_CASE + 1)
    ]


@define
class Bench:
    """One database with a journal, the ERP's ledger, and tables for the peer that are shaped like the journal's."""

    engine: Engine
    journal: Journal
    peer: Journal
    number: int = 0
    ready: dict[str, list[Mapping[str, Any]]] = field(factory=dict)
    rows: dict[str, list[Mapping[str, Any]]] = field(factory=dict)
    rounds: int = 0

    @classmethod
    def on(cls, engine: Engine) -> "Bench":
        LEDGER.create(engine)
        made = cls(engine, Journal(engine), Journal(engine, prefix="peer_"))
        made.journal.adopt("nordlys", cases(COUNT), now=NOW)
        made.ingest(settlement(0, COUNT))
        made.keep_rows()
        return made

    def ingest(self, data: bytes) -> None:
        """Bytes to pending postings: stored, parsed, checked, matched, recorded."""
        self.journal.receive("nordlys", f"OP{self.number}", [data], now=NOW)
        (report,) = read_waiting(DEFINITION, self.journal, NOW)
        assert report.postings == COUNT + 1, report
        self.number += 1

    def keep_rows(self) -> None:
        """Keep what the journal wrote of a file, for the peer to write again."""
        tables = self.journal._database.tables  # noqa: SLF001
        with self.engine.connect() as connection:
            for name in ("postings", "events"):
                self.rows[name] = [row._asdict() for row in connection.execute(select(getattr(tables, name)))]

    def prepare(self) -> None:
        """Make the rows that the peer inserts next; that takes none of its time."""
        self.rounds += 1
        tables, mark = self.peer._database.tables, f"-{self.rounds}"  # noqa: SLF001
        with self.engine.begin() as connection:
            content = self.peer._database.insert_row(connection, tables.contents, started_at=NOW)  # noqa: SLF001
            incoming = self.peer._database.insert_row(  # noqa: SLF001
                connection,
                tables.incoming,
                definition_id="nordlys",
                name=mark,
                sha256="",
                size=0,
                content_id=content,
                state="processed",
                received_at=NOW,
                name_reused=False,
            )
        self.ready["postings"] = [
            {**row, "id": row["id"] + mark, "incoming_id": incoming, "receive_sequence": self.rounds}
            for row in self.rows["postings"]
        ]
        self.ready["events"] = [
            {**row, "id": row["id"] + mark, "posting_id": row["posting_id"] + mark} for row in self.rows["events"]
        ]

    def insert_plainly(self) -> float:
        """Insert the same rows, in one transaction; return how long it took."""
        self.prepare()
        return timed(self._insert_ready)

    def _insert_ready(self) -> None:
        tables = self.peer._database.tables  # noqa: SLF001
        with self.engine.begin() as connection:
            connection.execute(insert(tables.postings), self.ready["postings"])
            connection.execute(insert(tables.events), self.ready["events"])

    def apply(self) -> None:
        """Book what one file brought, 1,000 postings in a transaction."""
        for _ in range(COUNT // 1000):
            with self.journal.applying_batch("nordlys", size=1000, now=NOW) as batch:
                rows = [{"event_id": each.id, "ore": 1} for posting in batch for each in posting]
                assert len(rows) == 1000
                batch.connection.execute(insert(LEDGER), rows)

    def book_plainly(self) -> None:
        """Insert the same rows into the ledger, and mark as many postings by their ids, 1,000 in a transaction.

        That is all that exactly once takes; the peer reads no event and heeds no order within a case.
        """
        table = self.peer._database.tables.postings  # noqa: SLF001
        mark = update(table).where(table.c.id == bindparam("mine")).values(state="applied", applied_at=NOW)
        ids = [f"{row['id']}-1" for row in self.rows["postings"]]
        for start in range(0, COUNT, 1000):
            some = ids[start : start + 1000]
            with self.engine.begin() as connection:
                connection.execute(mark, [{"mine": each} for each in some])
                connection.execute(insert(LEDGER), [{"event_id": each, "ore": 1} for each in some])


def results() -> Iterator[Result]:
    """Yield every result; needs root, and PostgreSQL of ``make servers``."""
    with TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/bench.db")
        event.listen(engine, "connect", _write_ahead)
        yield from _on("sqlite", engine)
    with postgresql() as server:
        yield from _on("postgres", create_engine(server.fresh()))
    yield _memory()


def _on(name: str, engine: Engine) -> Iterator[Result]:
    bench = Bench.on(engine)
    files = iter([settlement(number, COUNT) for number in range(1, 30)])
    yield rate_of_times(
        f"journal.{name}.ingest.vs_executemany",
        lambda: timed(partial(bench.ingest, next(files))),
        bench.insert_plainly,
        count=COUNT,
        aim=0.5,
    )
    yield rate(f"journal.{name}.apply.vs_executemany", bench.apply, bench.book_plainly, count=COUNT, aim=0.5)
    engine.dispose()


def _write_ahead(driver: Any, _: object) -> None:
    driver.execute("PRAGMA journal_mode = WAL")
    driver.execute("PRAGMA synchronous = FULL")


def _memory() -> Result:
    """Compare the peak memory of reading a file of 1,000,000 payments with one of 10,000, in processes of their own."""
    large, small = (_peak(count) for count in (1_000_000, 10_000))
    return Result(
        name="memory.settlement_1m_vs_10k",
        ours=large,
        peer=small,
        unit="MB",
        ratio=round(large / small, 3),
        aim=1.2,
        better="lower",
    )


def _peak(count: int) -> float:
    """Return the most memory, in MB, of a process that takes in a file of so many payments."""
    command = [sys.executable, "-m", "bench.journal", str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)


def _take_in(path: Path) -> None:
    with TemporaryDirectory() as folder, Journal.open(Path(folder) / "journal.db") as journal:
        journal.adopt("nordlys", cases(COUNT), now=NOW)
        with path.open("rb") as file:
            journal.receive("nordlys", "OP1", iter(lambda: file.read(CHUNK), b""), now=NOW)
        read_waiting(DEFINITION, journal, NOW)


def _main() -> None:
    """Print the peak memory of taking in a file; the file is made by another process."""
    with TemporaryDirectory() as folder:
        path, count = Path(folder) / "file", int(sys.argv[1])
        maker = get_context("spawn").Process(target=_make, args=(path, count))
        maker.start()
        maker.join()
        _take_in(path)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _make(path: Path, count: int) -> None:
    path.write_bytes(settlement(1, count))


if __name__ == "__main__":
    _main()
