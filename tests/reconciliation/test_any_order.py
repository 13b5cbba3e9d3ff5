"""Any interleaving of what the ERP and the agency do, of crashes and restarts, against a model of a few lines."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from attrs import define, evolve, field
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Engine, insert, make_url, select
from sqlalchemy.event import listen

from lindorff_sdk import ExportDefinition, Journal, to_json
from lindorff_sdk.definition import MoneySource, Protocol
from lindorff_sdk.errors import JournalError
from lindorff_sdk.exchange import export_group, fetch_settlements, reprocess
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.journal import Decision
from lindorff_sdk.json_models import event_from_json
from lindorff_sdk.models.bank import BankTransaction
from lindorff_sdk.models.codes import ClosingReason
from lindorff_sdk.models.settlements import SettlementFile
from lindorff_sdk.reconciliation.events import (
    BankPaymentReceived,
    BankPaymentReversed,
    CaseClosed,
    CaseRegistered,
    CaseRenumbered,
    PaymentReceived,
    PaymentReversed,
    Posting,
)
from lindorff_sdk.reconciliation.matching import CaseState
from lindorff_sdk.testing import Closes, EmbeddedAgency, Pays, Reverses
from tests.exchange.erp import BOOKED, NOW, REFERENCE, evening, group_of, listed, night, of
from tests.journal.databases import PostgreSQL, engine_of
from tests.journal.test_laws import AT_ONCE
from tests.reconciliation.bank_files import bank_bytes, kid_of, paid

FUSES = st.none() | st.integers(0, 60)
"""After how many of the statements and commits to come the process ends; None if it does not."""


class Crash(BaseException):
    """The process ends here."""


@define
class Fuse:
    """Ends the process at a statement of the database, whoever makes it: the journal or the ERP."""

    left: int | None = None
    connections: list[Any] = field(factory=list)

    def attach(self, engine: Engine) -> None:
        """Burn with each statement of an engine."""
        listen(engine, "connect", lambda driver, _: self.connections.append(driver))
        listen(engine, "before_cursor_execute", lambda *_: self._burn())
        listen(engine, "commit", lambda _: self._burn())

    def end(self, engine: Engine) -> None:
        """Close what the dead process had open, as its system does; the exception's frames hold on to it."""
        for driver in self.connections:
            driver.close()
        self.connections.clear()
        engine.dispose(close=False)

    def _burn(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise Crash


class Evenings(RuleBasedStateMachine):
    """What the agency has in its books is what the ledger has, whatever happened on the way."""

    database: Any = None  # lends an empty one

    @initialize(after=st.sampled_from(["leave", "move", "delete"]), source=st.sampled_from(MoneySource))
    def begin(self, after: str, source: MoneySource) -> None:
        self.folder = TemporaryDirectory()
        root = Path(self.folder.name)
        self.agency = EmbeddedAgency(root / "agency", protocol=Protocol.LOCAL)
        self.agency.folders.make()
        self.definition = ExportDefinition(
            id="nordlys",
            protocol="local",
            server=str(self.agency.folders.home),
            upload_folder="in",
            download_folder="out",
            done_folder="done",
            after_fetch=after,
            customer_id="00417",
            payout_account="15000200023",
            agency_account="97100100014",
            money_source=source,
        )
        self.bank: list[BankTransaction] = []  # what the bank has on the creditor's account
        self.lent = ExitStack()
        self.engine: Engine = engine_of(self.lent.enter_context(type(self).database(root)))
        self.fuse = Fuse()
        self.fuse.attach(self.engine)
        BOOKED.metadata.create_all(self.engine)
        self.seen: list[Posting] = []
        self.restart()
        self.listed: list[Any] = []
        self.back: dict[str, bytes] = {}  # files that come later
        self.day = 0
        self.ore = 100
        # Half of the interleavings would end before anything is with the agency.
        self.export(4, None)
        self.agency.work(night(0))

    @rule()
    def restart(self) -> None:
        self.fuse.left = None
        self.journal = Journal(self.engine, retry=AT_ONCE)

    # The ERP ---------------------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 4), fuse=FUSES)
    def export(self, count: int, fuse: int | None) -> None:
        """More claims are listed, and the list is exported; two of them may be one debtor's."""
        for _ in range(count):
            number = len(self.listed)
            self.listed.append(listed(f"I{number}", number * 2 // 3, kid=kid_of(f"I{number}")))
        with self._perhaps_dying(fuse):
            self._export()

    @rule(fuse=FUSES)
    def fetch(self, fuse: int | None) -> None:
        with self._perhaps_dying(fuse):
            asyncio.run(fetch_settlements(self.definition, journal=self.journal, now=evening(self.day)))

    @rule(which=st.integers(0, 9), fuse=FUSES)
    def read_again(self, which: int, fuse: int | None) -> None:
        """Somebody has the stored bytes of a file read anew."""
        files = self.journal.incoming(self.definition)
        if files:
            with self._perhaps_dying(fuse):
                again = reprocess(
                    files[which % len(files)], self.definition, journal=self.journal, now=evening(self.day)
                )
                asyncio.run(again)

    @rule(cut=st.integers(1, 4))
    def a_worker_looks(self, cut: int) -> None:
        """Another worker takes some postings to its desk, and books them later."""
        self.seen += islice(self.journal.pending(self.definition), cut)

    @rule()
    def a_worker_books_what_it_saw(self) -> None:
        """Out of order, or again, or what is not there any more: the journal says so."""
        other = Journal(self.engine, retry=AT_ONCE)
        for item in self.seen:
            with suppress(JournalError), other.applying(item) as connection:
                self._write(item, connection)
        self.seen.clear()

    @rule(fails=st.sets(st.integers(0, 9)), batch=st.booleans(), fuse=FUSES)
    def book(self, fails: set[int], fuse: int | None, *, batch: bool) -> None:
        """What waits is booked, but for what fails; in a batch all of it or nothing."""
        with self._perhaps_dying(fuse):
            self._book(fails, batch=batch)

    def _book(self, fails: set[int], *, batch: bool) -> None:
        if batch:
            with suppress(ZeroDivisionError), self.journal.applying_batch(self.definition, size=5) as items:
                for item in items:
                    self._write(item, items.connection)
                _ = 1 / (0 not in fails)
            return
        for place, item in enumerate(self.journal.pending(self.definition)):
            with suppress(ZeroDivisionError), self.journal.applying(item) as connection:
                self._write(item, connection)
                _ = 1 / (place not in fails)

    # The agency ------------------------------------------------------------------------------------------------------

    @rule(temporary=st.booleans())
    def agency_takes(self, *, temporary: bool) -> None:
        self.day += 1
        references = {f"I{number}" for number in range(len(self.listed))} if temporary else set()
        self.agency.work(night(self.day), temporary=references)

    @rule()
    def agency_numbers(self) -> None:
        self.agency.finalise(night(self.day))

    @rule(picks=st.lists(st.integers(0, 20), min_size=1, max_size=4), closes=st.booleans(), reverses=st.booleans())
    def agency_settles(self, picks: list[int], *, closes: bool, reverses: bool) -> None:
        """Part payments with interest, no two of one amount; closures, and payments that are taken back.

        Where the money comes by the bank, the agency only closes.
        """
        happenings: list[Any] = []
        cases = self.agency.caseload.open_cases()
        if not cases:
            return
        by_bank = self.definition.money_source is MoneySource.BANK
        for pick in () if by_bank else picks:
            held = cases[pick % len(cases)]
            self.ore += 1
            amount = Decimal(self.ore) / 100 + 1
            happenings.append(Pays(next(iter(held.claims)), amount, Decimal(1)))
        if closes:
            happenings.append(Closes(cases[picks[0] % len(cases)].reference, ClosingReason.DISPUTED))
        if reverses and not by_bank and self.agency.caseload.payments:
            happenings.append(Reverses(next(iter(self.agency.caseload.payments))))
        self.day += 1
        if happenings:
            self.agency.settle(night(self.day), happenings)

    @rule(
        picks=st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=3),
        again=st.integers(0, 5),
        named=st.sampled_from(["OCR", "AA", "innbetalinger "]),
    )
    def the_bank_sends(self, picks: list[tuple[int, bool]], again: int, named: str) -> None:
        """Payments and reversals, and a file that overlaps with what came before; under any name."""
        invoices = [invoice for held in self.agency.caseload.cases for invoice in held.claims]
        if self.definition.money_source is not MoneySource.BANK or not invoices:
            return
        for pick, back in picks:
            self.ore += 1
            ore = Decimal(self.ore) / 100
            line = paid(invoices[pick % len(invoices)], ore, self.ore)
            self.bank.append(evolve(line, transaction_type="18", amount=-ore) if back else line)
        self.agency.folders.put(f"{named}{self.ore:07}", bank_bytes(*self.bank[-len(picks) :], number=self.ore))
        if again:
            overlapping = bank_bytes(*reversed(self.bank[-again:]), number=self.ore)
            self.agency.folders.put(f"{named}{self.ore:07} (1)", overlapping)

    @rule(which=st.integers(0, 9), renamed=st.booleans())
    def a_file_comes_again(self, which: int, *, renamed: bool) -> None:
        if not self.agency.written:
            return
        name = sorted(self.agency.written)[which % len(self.agency.written)]
        if name not in self.back:
            self.agency.put_again(name, under=f"ZZ{which}{name}" if renamed else "")

    @rule(which=st.integers(0, 9))
    def an_overlapping_file_comes(self, which: int) -> None:
        """A settlement with the lines of an earlier one, under a name and a date of its own."""
        names = [name for name in sorted(self.agency.written) if isinstance(self._model(name), SettlementFile)]
        if not names:
            return
        model = self._model(names[which % len(names)])
        made = evolve(model, envelope=evolve(model.envelope, sequence=0, created_at=night(60 + self.day)))
        self.agency.folders.put(f"OP00417{which}{self.day:04}", serialize(made, REFERENCE))

    @rule(which=st.integers(0, 9))
    def a_file_is_late(self, which: int) -> None:
        """One that nobody fetched yet comes only later, so that files come in another order."""
        folder = self.agency.folders.downloads
        fetched = {file.name for file in self.journal.incoming("nordlys")}
        names = sorted(path.name for path in folder.iterdir() if path.name not in fetched)
        if not names:
            return
        path = folder / names[which % len(names)]
        self.back[path.name] = path.read_bytes()
        path.unlink()

    @rule()
    def late_files_come(self) -> None:
        for name, data in self.back.items():
            self.agency.folders.put(name, data)
        self.back.clear()

    # The end ---------------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        try:
            self._finish()
            self._compare()
        finally:
            self.engine.dispose()
            self.lent.close()
            self.folder.cleanup()

    def _finish(self) -> None:
        """One quiet evening; and somebody decides about what is held."""
        self.restart()
        self.late_files_come()
        for _ in range(2):
            self._export()
            self.agency.work(night(self.day))
            asyncio.run(fetch_settlements(self.definition, journal=self.journal, now=evening(self.day)))
        for found in self.journal.findings("nordlys"):
            same = found.finding.code in {"file-repeated", "file-sequence-repeated"}
            decision = Decision.DISMISS if same else Decision.RELEASE
            self.journal.resolve(found.id, decision, by="Kari", note="Asked the agency.", now=NOW)
        for item in self.journal.pending(self.definition):
            with self.journal.applying(item) as connection:
                self._write(item, connection)

    def _compare(self) -> None:
        with self.engine.connect() as connection:
            rows = connection.execute(select(BOOKED).order_by(BOOKED.c.id)).all()
        assert not [key for key, times in Counter(row.event_id for row in rows).items() if times > 1]
        events = [event_from_json(row.event) for row in rows]
        books = self.agency.caseload
        claims = Counter(invoice for held in books.cases for invoice in held.claims)
        assert claims == Counter(line.claim.invoice_number for line in self.listed), "sent twice, or never"
        self._compare_bank(events)
        settled = [
            entry
            for name in self.agency.written
            if isinstance(self._model(name), SettlementFile)
            for entry in self._model(name).entries
        ]
        paid = {entry.transaction_id: entry for entry in settled if type(entry).__name__ == "Payment"}
        booked = of(PaymentReceived, events)
        assert {event.transaction_id for event in booked} == set(paid), "lost, or never paid"
        for event in booked:
            line = paid[event.transaction_id]
            assert (event.amount, event.principal, event.interest) == (line.amount, line.principal, line.interest)
        taken_back = {entry.transaction_id for entry in settled if type(entry).__name__ == "PaymentReversal"}
        assert {event.transaction_id for event in of(PaymentReversed, events)} == taken_back
        principal = self._from_bank(events)
        for event in booked:
            principal[event.reference] += int(event.principal * 100)
        for back in of(PaymentReversed, events):
            principal[back.reference] -= int(back.principal * 100)
        known = {case.reference: case for case in self.journal.cases("nordlys")}
        for held in books.cases:
            case = known[held.reference]
            assert int(case.paid * 100) == principal[held.reference]
            # The agency opens a case again when it takes a payment back.
            assert case.state is CaseState.CLOSED or held.closed is None
        closed = {event.reference for event in of(CaseClosed, events)}
        assert closed >= {held.reference for held in books.cases if held.closed is not None}
        numbers = {event.agency_case_number for event in (*of(CaseRegistered, events), *of(CaseRenumbered, events))}
        assert {held.number for held in books.cases} <= numbers

    def _compare_bank(self, events: list[Any]) -> None:
        """Every line of the bank's is in the ledger once, with its amount and the claim that has its KID."""
        booked: list[Any] = [*of(BankPaymentReceived, events), *of(BankPaymentReversed, events)]
        assert Counter((event.kid, event.amount) for event in booked) == Counter(
            (line.kid, abs(line.amount)) for line in self.bank
        )
        assert len(of(BankPaymentReversed, events)) == sum(line.is_reversal for line in self.bank)
        assert all([kid_of(invoice) for invoice in event.invoice_numbers] == [event.kid] for event in booked)

    @staticmethod
    def _from_bank(events: list[Any]) -> Counter[str]:
        """Return what came by the bank for each case, less what went back, in øre."""
        came: Counter[str] = Counter()
        for event in of(BankPaymentReceived, events):
            came[event.reference] += int(event.amount * 100)
        for back in of(BankPaymentReversed, events):
            came[back.reference] -= int(back.amount * 100)
        return came

    def _model(self, name: str) -> Any:
        return parse(self.agency.written[name], REFERENCE, file_name=name).model

    def _export(self) -> None:
        if self.listed:
            group = group_of(*self.listed)
            asyncio.run(export_group(group, self.definition, journal=self.journal, now=evening(self.day)))

    @contextmanager
    def _perhaps_dying(self, fuse: int | None) -> Iterator[None]:
        """Let what is done here die at a statement; what comes after begins anew, in a process that knows nothing."""
        self.fuse.left = fuse
        try:
            yield
        except Crash:
            self.fuse.end(self.engine)
        self.restart()

    @staticmethod
    def _write(item: Any, connection: Any) -> None:
        connection.execute(insert(BOOKED), [{"event_id": event.id, "event": to_json(event)} for event in item])


def run(database: Any, *, examples: int) -> None:
    """Try so many interleavings on databases that ``database`` lends, given a folder."""
    kind = type("EveningsHere", (Evenings,), {"database": staticmethod(database)})
    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=examples,
            phases=(Phase.explicit, Phase.generate),
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


def test_on_sqlite() -> None:
    """Every event once and every sum right, on SQLite."""
    run(lambda folder: nullcontext(make_url(f"sqlite:///{folder / 'erp.db'}")), examples=12)


@pytest.mark.real_server
def test_on_postgresql(server: PostgreSQL) -> None:
    """The same on PostgreSQL."""
    run(lambda _: server.with_journal(), examples=5)
