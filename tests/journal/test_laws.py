"""Any interleaving of files, bookings, failures and restarts, against a model of a few lines."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import create_engine, event

from lindorff_sdk.errors import AlreadyAppliedError, OutOfTurnError
from lindorff_sdk.journal import Journal, Retry
from lindorff_sdk.reconciliation.events import Posting
from tests.journal.ledgers import LEDGER, NOW, book, booked, payment, posting

AT_ONCE = Retry((timedelta(0),) * 1000)
"""Nothing is put off here: when a posting is tried again has its own tests."""
EVENTS = st.lists(st.integers(0, 12), min_size=1, max_size=5, unique=True)


class ExactlyOnce(RuleBasedStateMachine):
    """Every event once, in the order of its case, whatever happens in between."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.engine = create_engine(f"sqlite:///{Path(self.folder.name) / 'erp.db'}")
        event.listen(self.engine, "connect", lambda driver, _: driver.execute("PRAGMA synchronous = OFF"))
        LEDGER.create(self.engine)
        self.journal = Journal(self.engine, retry=AT_ONCE)
        self.said: list[str] = []  # every event once, in the order in which it was first said
        self.done: list[str] = []  # what must be in the ledger
        self.seen: list[Posting] = []  # postings some worker still holds in its hands

    @rule(keys=EVENTS, name=st.integers(0, 4), together=st.booleans())
    def file_comes(self, keys: list[int], name: int, *, together: bool) -> None:
        """A file with new and old events; the same again is a redelivery."""
        events = [payment(f"e{key}", f"R{key % 3}") for key in keys]
        # Events of one posting are of one case.
        groups = [tuple(item for item in events if item.reference == f"R{case}") for case in range(3)]
        postings = [posting(*group) for group in groups if group] if together else [posting(item) for item in events]
        content = repr([item.id for item in postings]).encode()
        file = self.journal.receive("nordlys", f"OP{name}", [content], now=NOW)
        if file.redelivered:
            assert self.journal.unprocessed("nordlys") == ()
            return
        self.journal.record(file.id, postings=postings, now=NOW)
        self.said += [item.id for group in postings for item in group if item.id not in self.said]

    @rule(cut=st.integers(0, 4))
    def worker_looks(self, cut: int) -> None:
        """A worker takes some postings to its desk and books them later, or never."""
        self.seen += list(self.journal.pending("nordlys"))[:cut]

    @rule(which=st.integers(0, 9), fails=st.booleans(), own=st.booleans())
    def worker_books(self, which: int, *, fails: bool, own: bool) -> None:
        """One of them is booked, out of order or again perhaps, in the ERP's transaction or the journal's."""
        if self.seen:
            item = self.seen[which % len(self.seen)]
            if self._try(item, fails=fails, own=own):
                self.done += [done.id for done in item]

    @rule(failing=st.sets(st.integers(0, 12)))
    def night_run(self, failing: set[int]) -> None:
        """All that is pending is booked, but for what fails and what comes after it in its case."""
        for item in self.journal.pending("nordlys"):
            if self._try(item, fails=any(one.id == f"e{key}" for one in item for key in failing), own=False):
                self.done += [done.id for done in item]

    @rule()
    def restart(self) -> None:
        self.journal = Journal(self.engine, retry=AT_ONCE)

    def _try(self, item: Posting, *, fails: bool, own: bool) -> bool:
        try:
            if own:
                with self.engine.begin() as connection, self.journal.applying(item, connection=connection):
                    book(connection, item)
                    _fail(fails)
            else:
                with self.journal.applying(item) as connection:
                    book(connection, item)
                    _fail(fails)
        except (AlreadyAppliedError, OutOfTurnError, ZeroDivisionError):
            return False
        return True

    @invariant()
    def ledger_is_the_models(self) -> None:
        if not hasattr(self, "journal"):
            return
        ledger = booked(self.engine)
        assert ledger == self.done
        assert len(set(ledger)) == len(ledger)
        waiting = [item.id for group in self.journal.pending("nordlys") for item in group]
        assert sorted(ledger + waiting) == sorted(self.said)
        for case in range(3):
            mine = [key for key in self.said if int(key[1:]) % 3 == case]
            assert [key for key in ledger if key in mine] == mine[: sum(key in mine for key in ledger)]

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.engine.dispose()
            self.folder.cleanup()


def _fail(fails: bool) -> None:
    if fails:
        raise ZeroDivisionError


TestExactlyOnce = ExactlyOnce.TestCase
TestExactlyOnce.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
