"""The reconciliation is a function: what it is given says all that comes of it, every time and in every process."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from lindorff_sdk.findings import HOLDS, Hold
from lindorff_sdk.journal.stored_events import stored_events
from lindorff_sdk.json_models import to_json
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.reconciliation.events import AnyEvent
from lindorff_sdk.reconciliation.lines import Reconciled
from lindorff_sdk.reconciliation.matching import CaseState, Known
from lindorff_sdk.reconciliation.reconcile import Terms
from tests.exchange.readings import KNOWN, TERMS, answer, closure, note, payment, read, receipts, reversal, settlement
from tests.reconciliation.bank_files import BANK_KNOWN, BANK_TERMS, bank, paid, taken_back
from tests.test_json_models import strategy

FILES: dict[str, tuple[AnyFile, Terms, Known]] = {
    "settlement": (
        settlement(
            payment("T1", principal="90.00", interest="10.00"),
            note("T1"),
            payment("T2", agency_case_number="", reference="I3", invoice_number="I3", amount="1200.00"),
            payment("T3", agency_case_number="", reference="X9", invoice_number="X9"),
            payment("T4", reference="I3"),
            reversal(),
            closure(),
            payment("T5", agency_case_number="7004", reference="", invoice_number=""),
            closure(reference="I3", transaction_id="C2"),
        ),
        TERMS,
        evolve(KNOWN, elsewhere={"X9": "solvang", "X8": "vang"}),
    ),
    "receipts": (receipts(answer(), answer("I1", agency_case_number="7001"), answer("X9")), TERMS, KNOWN),
    "bank": (
        bank(paid("I3"), paid("X9", serial=2), paid("I3"), taken_back("I4"), paid("I1", "2000.01", 3)),
        BANK_TERMS,
        BANK_KNOWN,
    ),
}


def came_to(name: str, known: Known | None = None) -> Reconciled:
    file, terms, theirs = FILES[name]
    return read(file, terms, known=known or theirs)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_the_order_of_what_is_known_does_not_matter(name: str, data: st.DataObject) -> None:
    """Cases and files in another order give the same, to the last word.

    Of a claim that was sent twice the latest counts: there the order says something, and is part of the input.
    """
    known = FILES[name][2]
    shuffled = evolve(
        known,
        cases=tuple(data.draw(st.permutations(known.cases))),
        files=tuple(data.draw(st.permutations(known.files))),
        elsewhere=dict(data.draw(st.permutations(list(known.elsewhere.items())))),
    )
    assert came_to(name, shuffled) == came_to(name)


@pytest.mark.parametrize("name", FILES)
def test_nothing_that_is_given_is_changed(name: str) -> None:
    """The input is the same afterwards, and gives the same a second time."""
    file, terms, known = FILES[name]
    before = (repr(file), repr(terms), repr(known))
    assert came_to(name) == came_to(name)
    assert (repr(file), repr(terms), repr(known)) == before


def digest() -> str:
    """Return a digest of everything that comes of the files."""
    return sha256(repr([came_to(name) for name in FILES]).encode()).hexdigest()


def test_another_process_says_the_same() -> None:
    """No order of a set or of hashes gets into the result."""
    root = Path(__file__).parents[2]
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        command = [sys.executable, "-c", "from tests.reconciliation.test_pure import digest; print(digest())"]
        said = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, cwd=root)
        assert said.stdout.strip() == digest()


# Policies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", Hold)
@pytest.mark.parametrize(
    "code",
    [
        "kid-unknown",
        "bank-line-repeated",
        "amount-over-outstanding",
        "case-reopened",
    ],
)
def test_the_policy_of_the_banks_codes(code: str, level: Hold) -> None:
    """Each may hold nothing, its line, its case or its file; the rest is handed over, with a case or without."""
    file, terms, known = FILES["bank"]
    closed = evolve(known, cases=(*known.cases[:2], evolve(known.cases[2], state=CaseState.CLOSED)))
    plain = dict.fromkeys(HOLDS, Hold.NOTHING)
    result = read(file, evolve(terms, holds={**plain, code: level}), known=closed)
    lines = {found.line for found in result.findings if found.code == code}
    assert lines
    held = {event.source.line for each in result.held for event in each.posting}
    free = {event.source.line for posting in result.postings for event in posting}
    assert held | free == {3, 5, 7, 9, 11}
    if level is Hold.NOTHING:
        assert not held
    elif level is Hold.FILE:
        assert not free
    elif level is Hold.LINE:
        assert held == lines
    else:
        cases = {each.posting.case for each in result.held} - {""}
        assert lines <= held
        assert not cases & {posting.case for posting in result.postings}


# JSON, both ways -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", get_args(AnyEvent))
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_the_journal_reads_back_what_it_wrote(cls: Any, data: st.DataObject) -> None:
    """Every kind of event, with every field filled or left out, comes back from the journal's text as it was."""
    event = data.draw(strategy(cls))
    assert stored_events([to_json(event)])[0] == event
    assert to_json(stored_events([to_json(event)])[0]) == to_json(event)
