"""Weeks in which anything may fail at any moment: in the end every claim was sent once and every krone booked once."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from lindorff_sdk import CaseRegistered, PaymentReceived, exchange
from lindorff_sdk.errors import (
    ConnectionLostError,
    DeadlineError,
    NoSpaceError,
    PermissionRefusedError,
    TransportError,
    TruncatedError,
    UnknownOutcomeError,
)
from lindorff_sdk.journal import OutgoingState
from lindorff_sdk.testing import Pays
from tests.exchange.erp import Erp, evening, group_of, listed, night, of
from tests.exchange.sites import MemorySite, in_memory

EVENINGS = 7
FAILURES: dict[str, tuple[type[TransportError], ...]] = {
    "list": (ConnectionLostError, DeadlineError),
    "stat": (ConnectionLostError,),
    "store": (ConnectionLostError, NoSpaceError, TruncatedError),
    "fetch": (ConnectionLostError, PermissionRefusedError, TruncatedError),
    "move": (UnknownOutcomeError, ConnectionLostError),
    "delete": (ConnectionLostError, PermissionRefusedError),
}


def trouble(site: MemorySite, chance: Random) -> None:
    """Let some of the next operations fail, before they are done or after."""
    for _ in range(chance.randrange(4)):
        operation = chance.choice(list(FAILURES))
        kind = chance.choice(FAILURES[operation])
        # A plain loss of the rename's answer would say that it did not happen.
        after = chance.random() < 0.5 and not (operation == "move" and kind is ConnectionLostError)
        error = kind("trouble", server="memory://agency", folder="", operation=operation)
        site.server.fail(operation, error, times=chance.randrange(1, 3), after=after)


@pytest.mark.parametrize("seed", range(6))
async def test_bad_evenings(tmp_path: Path, seed: int) -> None:
    """Whatever failed, after one good evening nothing is missing, and nothing happened twice."""
    chance = Random(seed)
    after_fetch = chance.choice(["leave", "move", "delete"])
    async with in_memory(tmp_path / "agency") as site:
        assert isinstance(site, MemorySite)
        definition = site.definition(after_fetch=after_fetch, done_folder="done")
        lines, paid, failed = [], Counter[str](), 0
        with Erp.open(tmp_path) as erp:
            for day in range(EVENINGS + 3):
                if day < EVENINGS:
                    lines += [listed(f"{day}-{number}", 10 * day + number) for number in range(1, 3)]
                    trouble(site, chance)
                else:
                    site.server._failures.clear()
                try:
                    await exchange(
                        group_of(*lines), definition, journal=erp.journal, connect=site.connect, now=evening(day)
                    )
                except TransportError:
                    failed += 1
                    assert day < EVENINGS
                erp.book_all(definition)
                if chance.random() < 0.7 or day >= EVENINGS:
                    site.works("work", night(day))
                    open_cases = site.agency.caseload.open_cases()
                    pays = [Pays(held.reference, "100.00") for held in open_cases if chance.random() < 0.4]
                    site.works("settle", night(day), pays)
                    paid.update(each.claim for each in pays)
            assert failed, "an evening without trouble shows nothing; choose another seed"
            await exchange(group_of(*lines), definition, journal=erp.journal, connect=site.connect, now=evening(20))
            erp.book_all(definition)
            everything_once(site, erp, [line.claim.invoice_number for line in lines], paid)


def everything_once(site: MemorySite, erp: Erp, invoices: list[str], paid: Counter[str]) -> None:
    """The agency has each claim once, and the ledger has each number and each payment once."""
    held = Counter(number for case in site.agency.caseload.cases for number in case.claims)
    assert held == Counter(invoices)
    files = erp.journal.outgoing("nordlys")
    assert {file.state for file in files} == {OutgoingState.ACCEPTED}
    assert len(list(site.agency.folders.archive.iterdir())) == len(files)
    events = erp.booked()
    assert Counter(number for event in of(CaseRegistered, events) for number in event.invoice_numbers) == held
    assert not [event for event in of(CaseRegistered, events) if event.duplicate]
    assert Counter(event.invoice_numbers[0] for event in of(PaymentReceived, events)) == paid
    assert not erp.journal.findings("nordlys")
    assert {site.read("done", name) for name in site.names("done")} <= set(site.agency.written.values())
