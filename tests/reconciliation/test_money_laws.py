"""Money laws: what leaves a settlement is what stands in it, per share, per case and per file; to the øre."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from lindorff_sdk.models.codes import Party
from lindorff_sdk.models.settlements import Payment, PaymentReversal, SettlementEntry, SettlementFile
from lindorff_sdk.reconciliation.events import InterestNoteIssued, PaymentReceived, PaymentReversed
from tests.exchange.erp import of
from tests.exchange.readings import TERMS, events, held, note, payment, read, reversal, settlement

SHARES = ("amount", "principal", "interest", "costs")
CASES = {"7001": ("I1", "I1"), "7004": ("I4", "I4"), "9999": ("", "X9")}
ORE = st.integers(0, 10**9)


@st.composite
def entries(draw: st.DrawFn) -> tuple[SettlementEntry, ...]:
    """Draw payments and reversals on known and unknown cases, with notes for most interest shares, in any order."""
    found: list[SettlementEntry] = []
    for number in range(draw(st.integers(1, 8))):
        case = draw(st.sampled_from(sorted(CASES)))
        reference, invoice = CASES[case]
        parts = [Decimal(draw(ORE)) / 100 for _ in range(3)]
        split: dict[str, Any] = dict(zip(SHARES, (sum(parts), *parts), strict=True))
        key = f"T{number}"
        if draw(st.booleans()):
            party = draw(st.sampled_from(Party))
            found.append(
                payment(
                    key,
                    agency_case_number=case,
                    reference=reference,
                    invoice_number=invoice,
                    received_by=party,
                    **split,
                )
            )
            if parts[1] and draw(st.integers(0, 3)):
                found.append(note(key, str(parts[1]), agency_case_number=case, invoice_number=invoice))
        else:
            found.append(reversal(transaction_id=key, agency_case_number=case, reference=reference, **split))
    return tuple(draw(st.permutations(found)))


def settled(said: tuple[SettlementEntry, ...], off: Decimal = Decimal(0)) -> SettlementFile:
    """Return a settlement of these lines; what the creditor received itself is not in its gross."""
    gross = sum((each.amount for each in of(Payment, said) if each.received_by is Party.AGENCY), Decimal(0))
    gross -= sum((each.amount for each in of(PaymentReversal, said)), Decimal(0))
    return settlement(*said, gross=f"{gross}", paid_out=f"{gross + off}")


def sums(items: Iterable[Any]) -> dict[str, Counter[str]]:
    """Return the sums of each share by case number."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        for share in SHARES:
            found[item.agency_case_number][share] += int(getattr(item, share) * 100)
    return found


@settings(max_examples=60, deadline=None)
@given(entries())
def test_nothing_is_lost_and_nothing_is_made(said: tuple[SettlementEntry, ...]) -> None:
    """Booked or held, the events of a settlement come to its lines, per share and case; allocations add up."""
    result = read(settled(said))
    left = [*events(result), *held(result)]
    paid, taken = of(PaymentReceived, left), of(PaymentReversed, left)
    assert sums(paid) == sums(of(Payment, said))
    assert sums(taken) == sums(of(PaymentReversal, said))
    both: list[Any] = [*paid, *taken]
    assert all(event.principal + event.interest + event.costs == event.amount for event in both)
    assert len({event.id for event in left}) == len(left)


@settings(max_examples=40, deadline=None)
@given(entries())
def test_a_share_and_its_note_go_together(said: tuple[SettlementEntry, ...]) -> None:
    """In every posting that may be booked the notes come to the interest share, and stand before their payment."""
    for derived in (False, True):
        result = read(settled(said), evolve(TERMS, notes_are_records=not derived))
        for posting in result.postings:
            notes, paid = of(InterestNoteIssued, posting), of(PaymentReceived, posting)
            if paid:
                assert sum((each.amount for each in notes), Decimal(0)) == paid[0].interest
                assert posting.events[-1] is paid[0]
                assert {each.payment_event_id for each in notes} <= {paid[0].id}
            else:
                assert not notes


@settings(max_examples=40, deadline=None)
@given(entries(), st.integers(-5, 5).filter(bool))
def test_one_ore_off_and_nothing_leaves(said: tuple[SettlementEntry, ...], ore: int) -> None:
    """Totals before money: a settlement whose totals are wrong by an øre gives no event, held or free."""
    result = read(settled(said, Decimal(ore) / 100))
    assert result.quarantined
    assert not result.postings
    assert not result.held
