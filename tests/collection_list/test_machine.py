"""A claim goes the ways that the table of states draws, whatever the ERP and the agency do in whatever order."""

from contextlib import ExitStack
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lindorff_sdk.collection_list import LOCKED, MOVES, CollectionList, ListState, Move, RemovalReason
from lindorff_sdk.errors import IllegalMoveError, InvoiceLockedError, NotListedError
from lindorff_sdk.journal import Journal, TellingState
from lindorff_sdk.models.codes import CorrectionKind
from tests.collection_list.scenes import DAY, DEFINITION, Scene
from tests.exchange.erp import listed
from tests.journal.databases import engine_of

NUMBERS = ("A1", "A2", "A3")
INVOICES = st.sampled_from(NUMBERS)


@cache
def empty() -> bytes:
    """Return a database with the tables of a journal, made once: a copy is quicker."""
    with TemporaryDirectory() as folder:
        engine = engine_of(f"sqlite:///{Path(folder) / 'erp.db'}")
        Journal(engine)
        engine.dispose()
        return (Path(folder) / "erp.db").read_bytes()


class ClaimLife(RuleBasedStateMachine):
    """Three invoices, each of a debtor of its own, and everything that can happen to them.

    The model knows of each invoice where it stands and which cases the agency has of it. After each step the list says
    the same, every move is one of the table's, and no debtor whom the creditor has let go is chased untold.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()

    @initialize()
    def begin(self) -> None:
        path = Path(self.open.enter_context(TemporaryDirectory())) / "erp.db"
        path.write_bytes(empty())
        engine = engine_of(f"sqlite:///{path}")
        self.open.callback(engine.dispose)
        journal = Journal(engine)
        self.scene = Scene(journal, CollectionList(journal, DEFINITION))
        self.stands: dict[str, ListState | None] = dict.fromkeys(NUMBERS)

    def teardown(self) -> None:
        self.open.close()

    # What happens ----------------------------------------------------------------------------------------------------

    @rule(number=INVOICES)
    def add(self, number: str) -> None:
        """It comes on the list; what is there already stays."""
        self.scene.later(minutes=1)
        added = self.scene.collection.add([listed(number, NUMBERS.index(number))], DAY, now=self.scene.now)
        stays = self.stands[number] in LOCKED
        assert (number in added.already) is stays
        if not stays:
            self.moved(number, Move.ADD)

    @rule(number=INVOICES, move=st.sampled_from([Move.STOP, Move.START, Move.CORRECT, Move.REMOVE]))
    def decide(self, number: str, move: Move) -> None:
        """The ERP's user does something with it: it is refused just where the table has no such move."""
        self.scene.later(minutes=1)
        state, collection, now = self.stands[number], self.scene.collection, self.scene.now
        try:
            match move:
                case Move.STOP:
                    collection.stop(number, now=now)
                case Move.START:
                    collection.start(number, now=now)
                case Move.CORRECT:
                    collection.correct(number, now=now)
                case _:
                    collection.remove(number, RemovalReason.PAID_DIRECTLY, amount=Decimal(1000), now=now)
        except NotListedError:
            assert state is None
        except IllegalMoveError:
            assert state is not None
            assert move not in MOVES[state]
        else:
            self.moved(number, move)

    @rule()
    def export(self) -> None:
        """What may go is sent in one file."""
        self.scene.later(minutes=1)
        going = [number for number in NUMBERS if self.stands[number] is ListState.LISTED]
        if going:
            self.scene.send(going[0])
        for number in going:
            self.moved(number, Move.EXPORT)

    @rule(number=INVOICES, word=st.sampled_from([Move.REGISTER, Move.REJECT, Move.PAY, Move.REVERSE, Move.CLOSE]))
    def answer(self, number: str, word: Move) -> None:
        """The agency says something about the latest case of an invoice that was sent."""
        cases = [case for case in self.scene.journal.cases(DEFINITION) if case.reference == number]
        if not cases or (word is Move.REVERSE and cases[-1].paid < 100):
            return
        self.scene.later(minutes=1)
        match word:
            case Move.REGISTER:
                self.scene.registers(number)
            case Move.REJECT:
                self.scene.rejects(number)
            case Move.PAY:
                self.scene.pays(number, 100 + len(self.told_money))
                self.told_money.append(number)
            case Move.REVERSE:
                self.scene.reverses(number, 100)
            case _:
                self.scene.closes(number)
        self.moved(number, word)

    @property
    def told_money(self) -> list[str]:
        """Payments so far: each has an amount of its own, for none may look like a repeat."""
        found: list[str] = self.__dict__.setdefault("_money", [])
        return found

    @precondition(lambda self: self.scene.journal.waiting_corrections(DEFINITION))
    @rule(refused=st.booleans())
    def send_corrections(self, *, refused: bool) -> None:
        """The corrections that wait are sent and answered."""
        for told in self.scene.send_corrections():
            self.scene.answers(told.correction.invoice_number, CorrectionKind.DIRECT_PAYMENT, refuses=refused)

    # What holds ------------------------------------------------------------------------------------------------------

    def moved(self, number: str, move: Move) -> None:
        """Whatever the list says now is where the table lets the move lead, or where the claim stood."""
        before, after = self.stands[number], self.scene.state(number)
        self.stands[number] = after
        if before is None:
            assert (move, after) == (Move.ADD, ListState.LISTED)
        elif after is not before:
            assert after in MOVES[before].get(move, ()), f"{before} cannot go to {after} by {move}"
        elif move in {Move.ADD, Move.START, Move.REMOVE, Move.EXPORT}:
            pytest.fail(f"{number} did not move by {move} from {before}")

    @invariant()
    def the_list_is_where_it_should_be(self) -> None:
        """Nothing moves by itself, and the groups count what the entries say."""
        on_it = {number: state for number, state in self.stands.items() if state is not None}
        for number, state in on_it.items():
            assert self.scene.state(number) is state
        groups = self.scene.collection.groups(now=self.scene.now)
        assert sum(sum(group.states.values()) for group in groups) == len(on_it)
        going = {number for group in groups for number in group.may_go}
        assert going == {number for number, state in on_it.items() if state is ListState.LISTED}

    @invariant()
    def locks_follow_the_state(self) -> None:
        """Locked just where the claim is being collected, or is to be."""
        for number, state in self.stands.items():
            if state in LOCKED:
                with pytest.raises(InvoiceLockedError):
                    self.scene.collection.require_unlocked(number)
            else:
                self.scene.collection.require_unlocked(number)

    @invariant()
    def nobody_who_was_let_go_is_chased_untold(self) -> None:
        """A case of a removed claim that the agency has is told, or about to be, or somebody is to tell it."""
        journal, tables = self.scene.journal, self.scene.journal.database.tables
        told = {each.id: each.state for each in journal.told(DEFINITION)}
        with journal.database.reading() as connection:
            claims = connection.execute(
                tables.claims.select()
                .join(tables.cases, tables.cases.c.id == tables.claims.c.case_id)
                .with_only_columns(tables.claims, tables.cases.c.state)
                .where(tables.claims.c.withdrawn)
            ).all()
            corrections = connection.execute(tables.corrections.select()).all()
        for claim in claims:
            its = [told[row.id] for row in corrections if row.case_id == claim.case_id]
            if claim.state in {"sent", "registered"}:
                assert its, "told to nobody"
                assert TellingState.MOOT not in its
            if claim.state == "rejected":
                assert not set(its) & {TellingState.BY_HAND, TellingState.WAITING, TellingState.REJECTED}, "nags"


TestClaimLife = ClaimLife.TestCase
TestClaimLife.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
