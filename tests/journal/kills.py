"""Three workers that export, fetch and book over a real server, and are killed at random moments.

The agency works meanwhile. In the end one worker finishes what is left, and the ledger, which has no unique key, is
held against what the agency has in its books. The soak runs the same for longer.
"""

import asyncio
import multiprocessing
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import define, field, frozen
from sqlalchemy import create_engine, insert, select

from lindorff_sdk import CollectionGroup, ExportDefinition, Journal, Secret, exchange, from_json, to_json
from lindorff_sdk.errors import AlreadyAppliedError, JournalBusyError, OutOfTurnError, TransportError
from lindorff_sdk.json_models import event_from_json
from lindorff_sdk.testing import EmbeddedAgency, Pays
from tests.exchange.erp import BOOKED, NOW, group_of, listed, night
from tests.exchange.sites import FOLDERS
from tests.servers import PASSWORD, USERNAME, RunningServer

PARTS = 20
"""In how many parts each claim is paid: so much to book that many a kill comes in the middle of it."""


@frozen(kw_only=True)
class Work:
    """What a worker is told: where the journal is, where the agency is, and where the groups lie."""

    database: str
    port: int
    host_key: str
    groups: Path
    errors: Path

    def definition(self) -> ExportDefinition:
        """Return the agreement."""
        return ExportDefinition(
            id="nordlys",
            server="127.0.0.1",
            port=self.port,
            username=USERNAME,
            password=Secret(PASSWORD),
            host_key=self.host_key,
            upload_folder="in",
            download_folder="out",
            done_folder="done",
            after_fetch="move",
            customer_id="00417",
            payout_account="15000200023",
            agency_account="97100100014",
            attempts=1,
        )


def worker(work: Work) -> None:
    """Work until killed."""
    engine = create_engine(work.database)
    journal = Journal(engine)
    try:
        while True:
            for path in sorted(work.groups.glob("*.json")):
                group = from_json(CollectionGroup, path.read_text(encoding="utf-8"))
                once(journal, work.definition(), group)
    except BaseException as error:
        (work.errors / f"{os.getpid()}").write_text(repr(error))
        raise


def once(journal: Journal, definition: ExportDefinition, group: CollectionGroup) -> None:
    """Export a group, fetch what came, and book what waits; another worker's being quicker is no failure."""
    with suppress(TransportError, JournalBusyError):
        asyncio.run(exchange(group, definition, journal=journal, now=NOW))
    for posting in journal.pending(definition, now=NOW + timedelta(days=900)):
        others = suppress(AlreadyAppliedError, OutOfTurnError, JournalBusyError)
        with others, journal.applying(posting) as connection:
            rows = [{"event_id": event.id, "event": to_json(event)} for event in posting]
            connection.execute(insert(BOOKED), rows)
            time.sleep(0.004)  # an ERP has more to do before it is done, and may be killed in the middle of it


def _fork_server() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


CONTEXT = _fork_server()


def check(done: "Trial", ledger: "Ledger") -> None:
    """Hold a run's end against the agency's books."""
    errors = [path.read_text() for path in done.work.errors.iterdir()]
    assert not errors
    twice = [key for key, count in Counter(ledger.keys).items() if count > 1]
    assert not twice, "booked twice"
    assert not ledger.pending
    assert not ledger.findings
    booked = {event.transaction_id for event in ledger.events if event.kind == "payment_received"}
    assert booked == set(done.agency.caseload.payments), "lost, or never paid"
    assert len(booked) == done.rounds * 6 * PARTS
    references = [held.reference for held in done.agency.caseload.cases]
    assert len(references) == len(set(references)) == done.rounds * 3, "a case was sent twice, or never"
    assert len(ledger.sent) == len(set(ledger.sent))


def empty_folders(server: RunningServer) -> None:
    """Make the account's folders anew."""
    for name in FOLDERS:
        path = server.root / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o755)
        shutil.chown(path, USERNAME, USERNAME)


@define
class Trial:
    """One run.

    Attributes:
        kills: How many workers are killed.
        seed: Of the moments.
        killed: How many were.
    """

    work: Work
    agency: EmbeddedAgency
    kills: int
    seed: int = 7
    rounds: int = 4
    killed: int = 0
    paid: set[str] = field(factory=set)
    workers: list[Any] = field(factory=list)

    def run(self) -> None:
        """Give out work, kill, and in the end let one worker finish."""
        chance = random.Random(self.seed)
        self.workers = [self._start() for _ in range(3)]
        engine = create_engine(self.work.database)
        journal = Journal(engine)
        for number in range(self.rounds):
            self._give(number)
            goal = self.kills * (number + 1) // self.rounds
            end = time.monotonic() + max(10.0, self.kills / self.rounds * 4)
            while (self.killed < goal or not self._all_here(number)) and time.monotonic() < end:
                time.sleep(chance.uniform(0.02, 0.3))
                # Often while something is booked, and now and then at any other moment.
                booking = next(journal.pending("nordlys"), None) is not None
                if self.killed < goal and chance.random() < (0.8 if booking else 0.15):
                    self._kill(chance.randrange(3))
                if chance.random() < 0.3:
                    self._agency_works(number)
        engine.dispose()
        for each in self.workers:
            _end(each)
        self._finish()

    def _start(self) -> Any:
        process = CONTEXT.Process(target=worker, args=(self.work,), daemon=True)
        process.start()
        return process

    def _kill(self, which: int) -> None:
        _end(self.workers[which])
        self.killed += 1
        self.workers[which] = self._start()

    def _give(self, number: int) -> None:
        claims = [
            listed(f"I{number}{place}", number * 10 + place // 2, f"{100 + number * 10 + place}.00")
            for place in range(6)
        ]
        path = self.work.groups / f"{number}.json"
        path.with_suffix(".tmp").write_text(to_json(group_of(*claims)), encoding="utf-8")
        path.with_suffix(".tmp").rename(path)

    def _all_here(self, number: int) -> bool:
        return len(self.agency.caseload.cases) >= (number + 1) * 3

    def _agency_works(self, number: int) -> None:
        """Take in what came, and settle every claim that was not settled yet, in parts."""
        self.agency.work(night(number))
        happenings: list[Any] = []
        for held in self.agency.caseload.open_cases():
            for invoice in held.claims:
                if invoice not in self.paid:
                    self.paid.add(invoice)
                    happenings += [Pays(invoice, Decimal(5), Decimal(1))] * PARTS
        if happenings:
            self.agency.settle(night(number), happenings)

    def _finish(self) -> None:
        """Let one worker, undisturbed, do what is left; the agency as well."""
        engine = create_engine(self.work.database)
        journal, definition = Journal(engine), self.work.definition()
        for _ in range(3):
            for path in sorted(self.work.groups.glob("*.json")):
                once(journal, definition, from_json(CollectionGroup, path.read_text(encoding="utf-8")))
            self._agency_works(self.rounds)
        engine.dispose()


@frozen
class Ledger:
    """What a run ended with: the events in the ledger, and what the journal says is left to do or look at."""

    events: list[Any]
    keys: list[str]
    pending: int
    findings: list[str]
    sent: list[str]

    @classmethod
    def of(cls, database: str) -> "Ledger":
        """Read it."""
        engine = create_engine(database)
        journal = Journal(engine)
        with engine.connect() as connection:
            rows = connection.execute(select(BOOKED).order_by(BOOKED.c.id)).all()
        found = cls(
            [event_from_json(row.event) for row in rows],
            [row.event_id for row in rows],
            len(list(journal.pending("nordlys"))),
            [noted.finding.code for noted in journal.findings("nordlys")],
            [file.name for file in journal.outgoing("nordlys")],
        )
        engine.dispose()
        return found

    def in_short(self) -> Counter[tuple[str, ...]]:
        """Return what two runs have in common, whenever the agency wrote which file."""
        wanted = ("payment_received", "interest_note_issued", "case_registered")
        return Counter(
            (event.kind, event.reference, *event.invoice_numbers, str(getattr(event, "amount", "")))
            for event in self.events
            if event.kind in wanted
        )


@contextmanager
def trial(server: RunningServer, database: str, folder: Path, *, kills: int, rounds: int = 4) -> Iterator[Trial]:
    """Prepare a run: empty folders at the server, an agency on them, and the ledger's table."""
    engine = create_engine(database)
    BOOKED.metadata.create_all(engine)
    Journal(engine)
    engine.dispose()
    agency = EmbeddedAgency(folder / "agency", protocol="local")  # type: ignore[arg-type]
    agency.folders.make()
    agency.folders.uploads, agency.folders.downloads, agency.folders.done = (server.root / name for name in FOLDERS)
    groups, errors = folder / "groups", folder / "errors"
    for made in (groups, errors):
        made.mkdir(parents=True)
    empty_folders(server)
    work = Work(database=database, port=server.port, host_key=server.host_key, groups=groups, errors=errors)
    yield Trial(work, agency, kills, rounds=rounds)


def _end(process: Any) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.join()
