"""What the agency must be told of the ERP's bookings: each line says why it is in or out, and each is told once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.agreement import CreditNotes
from lindorff_sdk.collection_list import RemovalReason
from lindorff_sdk.corrections import (
    Booking,
    BookingKind,
    CorrectionLine,
    Ground,
    Why,
    corrections_since,
    tell,
    work_out,
)
from lindorff_sdk.errors import RequestError
from lindorff_sdk.journal.standing import Claimed, ClaimState
from lindorff_sdk.models.codes import CorrectionKind
from tests.collection_list.scenes import DEFINITION, NO_CORRECTIONS, NOW, Scene

LATER = NOW + timedelta(hours=1)
AGENCY = "9710 01 00014"
"""The agency's account as an ERP may write it."""


def booking(key: str = "p1", number: str = "A1", **changes: Any) -> Booking:
    """Return a direct payment on an invoice."""
    given: dict[str, Any] = {"kind": BookingKind.PAYMENT, "amount": "100.00", "booked_at": LATER, **changes}
    return Booking(id=key, invoice_number=number, **given)


CLAIMS = {
    str(state): Claimed(invoice_number=state, state=state, sent_at=NOW, case_id=at, reference=state)
    for at, state in enumerate(ClaimState)
}
GROUND = Ground(
    claims=CLAIMS,
    told={"old"},
    since=NOW - timedelta(days=30),
    agency_account="97100100014",
    agency_batches={"B7"},
    settlements={"2026-00001"},
)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, Why.TOLD),
        ({"account": AGENCY}, Why.AGENCY_ACCOUNT),
        ({"settlement_number": "2026-00001"}, Why.AGENCY_SETTLEMENT),
        ({"settlement_number": "2026-99999"}, Why.SETTLEMENT_UNKNOWN),
        ({"batch": "B7"}, Why.AGENCY_BATCH),
        ({"batch": "B8"}, Why.TOLD),
        ({"id": "old"}, Why.TOLD_BEFORE),
        ({"booked_at": NOW - timedelta(days=31)}, Why.BEFORE_SINCE),
        ({"booked_at": NOW - timedelta(days=1)}, Why.BEFORE_SENDING),
        ({"invoice_number": "never sent"}, Why.NOT_SENT),
        ({"invoice_number": "rejected"}, Why.REJECTED),
        ({"invoice_number": "withdrawn"}, Why.REMOVED),
        ({"invoice_number": "closed"}, Why.CLOSED),
        ({"amount": "0.00"}, Why.NO_AMOUNT),
        ({"amount": "-5.00"}, Why.NO_REMAINING),
        ({"amount": "-5.00", "remaining_amount": "900.00"}, Why.TOLD),
        ({"kind": BookingKind.NEW_TOTAL}, Why.NO_REMAINING),
        ({"kind": BookingKind.WITHDRAWAL, "amount": "0.00"}, Why.TOLD),
    ],
)
def test_each_line_says_why_it_is_in_or_out(changes: dict[str, Any], why: Why) -> None:
    """One reason each; only what is in has a correction."""
    given = {"id": "p1", "invoice_number": "open", **changes}
    key, number = given.pop("id"), given.pop("invoice_number")
    [line] = work_out([booking(key, number, **given)], GROUND)
    assert line.why is why
    assert (line.correction is not None) is (why is Why.TOLD)
    assert ("not told" in str(line)) is (why is not Why.TOLD)
    assert str(line).startswith(f"{key} on invoice {number}: ")


def test_every_reason_has_its_words() -> None:
    """None is told by its code alone."""
    words = {str(line).partition("since ")[2] for line in (CorrectionLine(booking=booking(), why=why) for why in Why)}
    assert len(words) == len(Why)


@pytest.mark.parametrize(
    ("kind", "remaining", "setting", "told"),
    [
        ("payment", "500.00", "as_credit_notes", CorrectionKind.DIRECT_PAYMENT),
        ("payment", "0.00", "as_credit_notes", CorrectionKind.DIRECT_PAYMENT),
        ("credit_note", "500.00", "as_credit_notes", CorrectionKind.CREDIT_NOTE),
        ("credit_note", "0.00", "as_credit_notes", CorrectionKind.CREDIT_NOTE),
        ("credit_note", "500.00", "partial_as_payments", CorrectionKind.DIRECT_PAYMENT),
        ("credit_note", None, "partial_as_payments", CorrectionKind.DIRECT_PAYMENT),
        ("credit_note", "0.00", "partial_as_payments", CorrectionKind.CREDIT_NOTE),
        ("credit_note", "0.00", "as_payments", CorrectionKind.DIRECT_PAYMENT),
        ("withdrawal", None, "as_payments", CorrectionKind.SENT_IN_ERROR),
        ("new_total", "1200.00", "as_payments", CorrectionKind.TOTAL_CLAIM),
    ],
)
def test_the_kind_follows_the_booking_and_the_agreement(
    kind: str, remaining: str | None, setting: str, told: CorrectionKind
) -> None:
    """Payments and credits are told with their amounts, a new total with what is left, a withdrawal with nothing."""
    ground = evolve(GROUND, credit_notes=CreditNotes(setting))
    [line] = work_out([booking(number="open", kind=BookingKind(kind), remaining_amount=remaining)], ground)
    correction = line.correction
    assert correction is not None
    assert correction.kind is told
    if told is CorrectionKind.SENT_IN_ERROR:
        assert (correction.amount, correction.remaining_amount) == (Decimal(0), Decimal(0))
    else:
        assert correction.remaining_amount == (None if remaining is None else Decimal(remaining))
        assert correction.amount == Decimal(remaining if told is CorrectionKind.TOTAL_CLAIM and remaining else "100.00")


def test_a_payment_taken_back_is_told_as_the_new_total() -> None:
    """No kind of correction takes one back."""
    [line] = work_out([booking(number="open", amount="-100.00", remaining_amount="1000.00")], GROUND)
    assert line.correction is not None
    assert (line.correction.kind, line.correction.amount) == (CorrectionKind.TOTAL_CLAIM, Decimal("1000.00"))


def test_a_booking_given_twice_is_told_once() -> None:
    """Also within one call."""
    lines = work_out([booking(number="open"), booking(number="open")], GROUND)
    assert [line.why for line in lines] == [Why.TOLD, Why.TOLD_BEFORE]


BOOKINGS = st.builds(
    Booking,
    id=st.sampled_from(["p1", "p2", "p3", "old"]),
    invoice_number=st.sampled_from([*ClaimState, "never sent"]),
    kind=st.sampled_from(BookingKind),
    amount=st.sampled_from(["0.00", "10.00", "-10.00"]),
    booked_at=st.sampled_from([NOW - timedelta(days=40), NOW - timedelta(days=1), LATER]),
    remaining_amount=st.sampled_from([None, "0.00", "5.00"]),
    account=st.sampled_from(["", "97100100014", "15000200023"]),
    settlement_number=st.sampled_from(["", "2026-00001", "x"]),
    batch=st.sampled_from(["", "B7", "B8"]),
)


@given(st.lists(BOOKINGS, max_size=12))
def test_every_booking_has_one_verdict_and_the_agencys_own_money_none_but_no(given: list[Booking]) -> None:
    """Each booking gets its line, in order; none is told twice; nothing the agency paid is ever sent back to it."""
    lines = list(work_out(given, GROUND))
    assert [line.booking for line in lines] == given
    told = [line.booking for line in lines if line.correction is not None]
    assert len({each.id for each in told}) == len(told)
    for each in told:
        assert each.account != "97100100014"
        assert not each.settlement_number
        assert each.batch != "B7"
        assert each.invoice_number == ClaimState.OPEN
    assert {line.why for line in lines if line.correction is not None} <= {Why.TOLD}


def test_what_was_told_is_not_told_again(scene: Scene) -> None:
    """Asked for any number of times, over any time, by two users at once: one correction for each booking."""
    scene.add("A1", "A2")
    scene.send()
    scene.registers("A1")
    given = [booking("p1"), booking("p2", "A2", amount="1000.00", remaining_amount="0.00"), booking("p3", "other")]
    lines = corrections_since(given, DEFINITION, journal=scene.journal, since=NOW)
    again = corrections_since(given, DEFINITION, journal=scene.journal, since=NOW)
    assert [line.why for line in lines] == [Why.TOLD, Why.TOLD, Why.NOT_SENT]
    assert tell(lines, DEFINITION, journal=scene.journal, now=LATER) == 2
    assert tell(again, DEFINITION, journal=scene.journal, now=LATER) == 0, "another user had looked before"
    lines = corrections_since(given, DEFINITION, journal=scene.journal)
    assert [line.why for line in lines] == [Why.TOLD_BEFORE, Why.TOLD_BEFORE, Why.NOT_SENT]
    first, _ = scene.send_corrections()
    assert first.correction.agency_case_number.startswith("70")
    assert tell(lines, DEFINITION, journal=scene.journal, now=LATER) == 0


def test_the_agencys_own_payments_are_known_by_its_settlements(scene: Scene) -> None:
    """What it brought is left out by the settlement's number; a number that it never sent is looked at by somebody."""
    scene.add("A1")
    scene.send()
    paid = scene.pays("A1", 300, settlement="2026-00042")
    given = [
        booking("p1", amount=str(paid.amount), settlement_number="2026-00042"),
        booking("p2", settlement_number="2026-00043"),
        booking("p3"),
    ]
    lines = corrections_since(given, DEFINITION, journal=scene.journal)
    assert [line.why for line in lines] == [Why.AGENCY_SETTLEMENT, Why.SETTLEMENT_UNKNOWN, Why.TOLD]


def test_where_there_is_no_file_it_is_told_by_hand(scene: Scene) -> None:
    """The same corrections, among what somebody reports."""
    scene.add("A1")
    scene.send()
    lines = corrections_since([booking()], NO_CORRECTIONS, journal=scene.journal)
    assert tell(lines, NO_CORRECTIONS, journal=scene.journal, now=LATER) == 1
    assert [told.source for told in scene.journal.unreported(DEFINITION)] == ["p1"]


def test_a_removal_tells_its_booking(scene: Scene) -> None:
    """The payment that it was removed for is told by the removal, and by nothing else."""
    scene.add("A1")
    scene.send()
    scene.collection.remove("A1", RemovalReason.PAID_DIRECTLY, amount=Decimal("1000.00"), booking="p1", now=NOW)
    lines = corrections_since([booking("p1", amount="1000.00")], DEFINITION, journal=scene.journal)
    assert [line.why for line in lines] == [Why.TOLD_BEFORE]


def test_a_removal_for_a_booking_that_was_told(scene: Scene) -> None:
    """Told as one that left nothing, it needs no more; told as a part, another booking must have settled the rest."""
    scene.add("A1", "A2")
    scene.send()
    given = [booking("p1", "A1", amount="400.00"), booking("p2", "A2", amount="1000.00", remaining_amount="0.00")]
    tell(corrections_since(given, DEFINITION, journal=scene.journal), DEFINITION, journal=scene.journal, now=LATER)
    money: dict[str, Any] = {"reason": RemovalReason.PAID_DIRECTLY, "amount": Decimal("1000.00"), "now": LATER}
    with pytest.raises(RequestError, match="p1 was told before, and not as one that leaves nothing of invoice A1"):
        scene.collection.remove("A1", booking="p1", **money)
    removal = scene.collection.remove("A2", booking="p2", **money)
    assert removal.told_id == scene.journal.waiting_corrections(DEFINITION)[1].id
    scene.collection.remove("A1", booking="p3", **money)
    assert [told.source for told in scene.journal.waiting_corrections(DEFINITION)] == ["p1", "p2", "p3"]
