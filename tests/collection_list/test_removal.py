"""A removal frees the invoice, and the agency is told if it has the claim: in a file, or by somebody, until it is."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import Engine

from lindorff_sdk.by_hand import ready_text
from lindorff_sdk.collection_list import CollectionList, ListState, RemovalReason
from lindorff_sdk.errors import AlreadySentError, IllegalMoveError, RequestError
from lindorff_sdk.exchange.corrections import unreported_now
from lindorff_sdk.exchange.reports import Unreported
from lindorff_sdk.journal import TellingState
from lindorff_sdk.models.codes import CorrectionKind, FileStatus
from tests.collection_list.scenes import DAY, DEFINITION, NO_CORRECTIONS, NOW, Scene
from tests.journal.ledgers import acknowledged

PAID: dict[str, Any] = {"reason": RemovalReason.PAID_DIRECTLY, "amount": Decimal("1000.00")}


def by_hand(scene: Scene) -> Scene:
    """Return the same list under an agreement without a correction file."""
    return Scene(scene.journal, CollectionList(scene.journal, NO_CORRECTIONS), scene.now, scene._numbers)


@pytest.mark.parametrize(
    ("reason", "amount", "kind"),
    [
        (RemovalReason.PAID_DIRECTLY, "700.00", CorrectionKind.DIRECT_PAYMENT),
        (RemovalReason.CREDITED, "1000.00", CorrectionKind.CREDIT_NOTE),
        (RemovalReason.SENT_IN_ERROR, None, CorrectionKind.SENT_IN_ERROR),
        (RemovalReason.DISPUTED, None, CorrectionKind.SENT_IN_ERROR),
        (RemovalReason.OTHER, None, CorrectionKind.SENT_IN_ERROR),
    ],
)
def test_what_the_agency_is_told(scene: Scene, reason: RemovalReason, amount: str | None, kind: CorrectionKind) -> None:
    """Nothing is left of the claim; the amount is what was given, and never worked out."""
    scene.add("A1")
    scene.send()
    scene.registers("A1")
    removal = scene.collection.remove(
        "A1", reason, on=date(2026, 11, 20), amount=None if amount is None else Decimal(amount), text="Hei", now=NOW
    )
    [told] = scene.journal.waiting_corrections(DEFINITION)
    assert (removal.told_id, removal.by_hand) == (told.id, False)
    assert told.correction.kind is kind
    assert told.correction.amount == Decimal(amount or 0)
    assert told.correction.remaining_amount == 0
    assert (told.correction.effective_on, told.correction.text) == (date(2026, 11, 20), "Hei")
    assert (told.correction.reference, told.reason) == ("A1", reason)
    assert told.correction.agency_case_number.startswith("70")
    assert told.sent_as.customer_id == "00417"
    assert scene.state("A1") is ListState.REMOVED
    scene.collection.require_unlocked("A1")


def test_what_was_never_sent_is_told_to_nobody(scene: Scene) -> None:
    """Listed or stopped: the agency knows nothing of it."""
    scene.add("A1", "A2")
    scene.collection.stop("A2", now=NOW)
    for number in ("A1", "A2"):
        removal = scene.collection.remove(number, RemovalReason.DISPUTED, now=NOW)
        assert (removal.told_id, removal.by_hand) == (None, False)
    assert scene.told() == []


@pytest.mark.parametrize("amount", [None, Decimal(0), Decimal(-1)])
def test_what_was_paid_must_be_said(scene: Scene, amount: Decimal | None) -> None:
    """A payment is never worked out from what was left, whether the claim was sent or not; other reasons have none."""
    scene.add("A1")
    for reason in (RemovalReason.PAID_DIRECTLY, RemovalReason.CREDITED):
        with pytest.raises(RequestError, match="what was paid or credited"):
            scene.collection.remove("A1", reason, amount=amount, now=NOW)
    with pytest.raises(RequestError, match="no amount to tell"):
        scene.collection.remove("A1", RemovalReason.DISPUTED, amount=Decimal(1), now=NOW)
    assert scene.state("A1") is ListState.LISTED


def test_a_full_credit_note_is_told_as_the_agreement_demands(scene: Scene) -> None:
    """As a direct payment where the agreement knows nothing else."""
    scene.add("A1", "A2")
    scene.send()
    for number, setting in (("A1", "as_payments"), ("A2", "partial_as_payments")):
        its = CollectionList(scene.journal, evolve(DEFINITION, credit_notes=setting))
        its.remove(number, RemovalReason.CREDITED, amount=Decimal(1000), now=NOW)
    assert [kind for _, kind, _ in scene.told()] == ["direct_payment", "credit_note"]


def test_by_hand_until_somebody_has_told_it(scene: Scene) -> None:
    """Without a correction file it stands among what is to be reported, counted by age, until somebody marks it."""
    scene = by_hand(scene)
    scene.add("A1", "A2", "A3")
    scene.send()
    scene.registers("A1")
    for number, days in (("A1", 40), ("A2", 10), ("A3", 0)):
        removal = scene.collection.remove(number, **PAID, now=NOW - timedelta(days=days))
        assert removal.by_hand
    report = unreported_now(NO_CORRECTIONS, scene.journal, NOW)
    assert report == Unreported(this_week=1, this_month=1, older=1)
    assert "NOT REPORTED to the agency: 3 (1 older than 30 days" in str(report)
    first, second, _ = scene.collection.to_report()
    scene.collection.mark_reported(first.id, by="Kari", on=DAY, reference="e-post 17", now=NOW)
    assert scene.collection.to_report()[0].id == second.id
    [told, *_] = scene.journal.told(NO_CORRECTIONS)
    assert (told.state, told.reported_by, told.reported_on) == (TellingState.REPORTED, "Kari", DAY)
    assert told.reported_reference == "e-post 17"
    with pytest.raises(IllegalMoveError):
        scene.collection.mark_reported(first.id, by="Ola", on=DAY, now=NOW)


def test_the_text_is_ready_in_both_languages(scene: Scene) -> None:
    """It names the customer number, the invoice, the case and what happened, in each language's own way."""
    scene = by_hand(scene)
    scene.add("A1", "A2")
    scene.send()
    scene.registers("A1")
    day = date(2026, 11, 20)
    scene.collection.remove("A1", RemovalReason.PAID_DIRECTLY, amount=Decimal("12345.60"), on=day, now=NOW)
    scene.collection.remove("A2", RemovalReason.DISPUTED, on=day, now=NOW)
    first, second = scene.collection.to_report()
    number = first.correction.agency_case_number
    assert ready_text(first).norwegian == (
        f"Kundenummer 00417. Faktura A1, sak {number}: 12 345,60 kroner er betalt direkte til oss 20.11.2026. "
        "Det er ingenting igjen av kravet; vi ber om at saken avsluttes."
    )
    assert ready_text(first).english == (
        f"Customer number 00417. Invoice A1, case {number}: NOK 12,345.60 was paid directly to us on 2026-11-20. "
        "Nothing is left of the claim; please close the case."
    )
    assert "vår referanse A2: Kravet trekkes tilbake fra 20.11.2026." in ready_text(second).norwegian
    assert "Kravet er bestridt" in ready_text(second).norwegian
    assert "our reference A2: The claim is withdrawn from 2026-11-20 on." in ready_text(second).english


# What the agency refused, and took up after all ----------------------------------------------------------------------


@pytest.mark.parametrize("between", ["nothing", "stopped", "corrected", "sent twice"])
@pytest.mark.parametrize("file", [True, False])
def test_what_was_refused_and_removed_is_told_when_the_agency_takes_it_up(
    scene: Scene, between: str, *, file: bool
) -> None:
    """It chases a debtor who has paid: the next file says so, or somebody must. Until then there is nothing to tell."""
    scene = scene if file else by_hand(scene)
    scene.add("A1")
    refused = scene.send()
    scene.rejects_file(refused)
    if between == "stopped":
        scene.collection.stop("A1", now=NOW)
    if between in {"corrected", "sent twice"}:
        scene.collection.correct("A1", now=NOW)
    if between == "sent twice":
        scene.rejects_file(scene.send())
    removal = scene.collection.remove("A1", **PAID, now=NOW)
    assert (removal.told_id, removal.by_hand) == (None, False)
    assert {state for _, _, state in scene.told()} == {"moot"}
    assert scene.collection.to_report() == ()
    assert scene.journal.waiting_corrections(DEFINITION) == ()
    scene.registers("A1")
    assert scene.state("A1") is ListState.REMOVED
    told = scene.journal.waiting_corrections(DEFINITION) if file else scene.collection.to_report()
    assert [(each.correction.invoice_number, each.correction.amount) for each in told] == [("A1", Decimal(1000))]
    assert scene.journal.live_claims(DEFINITION) == {}


@pytest.mark.parametrize("file", [True, False])
def test_what_was_removed_and_then_refused_nags_nobody(scene: Scene, *, file: bool) -> None:
    """The correction of a claim that the agency does not have is not sent and not reported, however far it had come."""
    scene = scene if file else by_hand(scene)
    scene.add("A1")
    sent = scene.send()
    scene.collection.remove("A1", **PAID, now=NOW)
    scene.rejects_file(sent)
    assert scene.told() == [("A1", "direct_payment", "moot")]
    assert scene.journal.waiting_corrections(DEFINITION) == ()
    assert scene.collection.to_report() == ()


@pytest.mark.parametrize("first", ["case", "correction"])
def test_a_correction_refused_with_its_case_nags_nobody(scene: Scene, first: str) -> None:
    """Whichever of the two answers comes first. If the agency takes the case up later, the correction goes anew."""
    scene.add("A1")
    scene.send()
    scene.collection.remove("A1", **PAID, now=NOW)
    [told] = scene.send_corrections()
    if first == "case":
        scene.rejects("A1")
    scene.answers("A1", CorrectionKind.DIRECT_PAYMENT, refuses=True)
    if first == "correction":
        scene.rejects("A1")
    assert scene.told() == [("A1", "direct_payment", "moot")]
    assert scene.collection.to_report() == ()
    scene.registers("A1")
    assert [each.id for each in scene.send_corrections()] == [told.id]
    scene.answers("A1", CorrectionKind.DIRECT_PAYMENT)
    assert scene.told() == [("A1", "direct_payment", "accepted")]


def test_a_refused_correction_is_told_by_hand_or_again(scene: Scene) -> None:
    """Somebody must do one of the two: the agency has the claim."""
    scene.add("A1", "A2")
    scene.send()
    for number in ("A1", "A2"):
        scene.registers(number)
        scene.collection.remove(number, RemovalReason.SENT_IN_ERROR, now=NOW)
    first, second = scene.send_corrections()
    scene.answers("A1", CorrectionKind.SENT_IN_ERROR, refuses=True)
    scene.answers("A2", CorrectionKind.SENT_IN_ERROR, refuses=True)
    assert [(told.id, told.answer_code) for told in scene.collection.to_report()] == [
        (first.id, "K01"),
        (second.id, "K01"),
    ]
    scene.collection.mark_reported(first.id, by="Kari", on=DAY, now=NOW)
    scene.journal.tell_again(second.id, now=NOW)
    assert scene.collection.to_report() == ()
    assert [told.id for told in scene.send_corrections()] == [second.id]
    with pytest.raises(IllegalMoveError):
        scene.journal.tell_again(first.id, now=NOW)


@pytest.mark.parametrize(("status", "state"), [(FileStatus.ACCEPTED, "accepted"), (FileStatus.REJECTED, "rejected")])
def test_the_word_on_a_correction_file_is_for_all_in_it(scene: Scene, status: FileStatus, state: str) -> None:
    """Until the agency says more of one of them."""
    scene.add("A1", "A2")
    scene.send()
    for number in ("A1", "A2"):
        scene.collection.remove(number, RemovalReason.OTHER, now=NOW)
    scene.send_corrections()
    [_, file] = scene.journal.outgoing(DEFINITION)
    scene.says(acknowledged("k1", file.name, status, file.sequence))
    scene.answers("A2", CorrectionKind.SENT_IN_ERROR, refuses=status is FileStatus.ACCEPTED)
    other = "accepted" if state == "rejected" else "rejected"
    assert [each for _, _, each in scene.told()] == [state, other]


def test_a_removal_waits_for_its_case_to_go(scene: Scene) -> None:
    """A file that was stored and not sent goes first; one that may be there or not is told about."""
    scene.add("A1")
    file = scene.store()
    scene.collection.remove("A1", **PAID, now=NOW)
    assert scene.journal.waiting_corrections(DEFINITION) == ()
    scene.journal.mark_publishing(file.id, ".part", now=NOW)
    assert scene.journal.waiting_corrections(DEFINITION) == ()
    scene.journal.mark_unknown(file.id, now=NOW)
    assert len(scene.journal.waiting_corrections(DEFINITION)) == 1


def test_a_correction_is_in_one_file(scene: Scene) -> None:
    """Of two runs that store it at once the second is told, and stores nothing."""
    scene.add("A1")
    scene.send()
    scene.collection.remove("A1", **PAID, now=NOW)
    [told] = scene.send_corrections()
    with pytest.raises(AlreadySentError, match=f"Correction {told.id}"):
        scene.journal.store_outgoing(DEFINITION, "corrections", lambda _: ("RD9", b"x"), corrections=[told.id], now=NOW)
    assert len(scene.journal.outgoing(DEFINITION)) == 2


def test_what_was_removed_may_be_listed_and_sent_anew(scene: Scene) -> None:
    """The old case is told away, the new one lives; the agency's late word on the old one does not bring it back."""
    scene.add("A1")
    old = scene.send()
    scene.collection.remove("A1", RemovalReason.DISPUTED, now=NOW)
    scene.later(days=1)
    scene.add("A1", day=date(2026, 12, 1))
    new = scene.send("A1")
    assert scene.collection.entry("A1", now=scene.now).file_name == new.name
    assert [told.state for told in scene.journal.waiting_corrections(DEFINITION)] == [TellingState.WAITING]
    scene.rejects_file(old)
    assert scene.state("A1") is ListState.SENT
    assert scene.told() == [("A1", "sent_in_error", "moot")]


def test_purging_forgets_the_list_too(scene: Scene, erp: Engine) -> None:
    """What left the list, and what was told and is done with, keeps no debtor's data; what is open keeps all."""
    scene.add("A1", "A2", "A3")
    scene.send()
    scene.closes("A1")
    scene.collection.remove("A2", RemovalReason.OTHER, text="Kari Prøve er død", now=NOW)
    [told] = scene.send_corrections()
    tables = scene.journal.database.tables

    def kept() -> tuple[list[bool], bool]:
        with erp.connect() as connection:
            claims = connection.execute(tables.listed.select().order_by(tables.listed.c.id)).all()
            words = connection.execute(tables.corrections.select()).all()
        return [bool(row.payload) for row in claims], "Kari" in str(words)

    later = NOW + timedelta(days=400)
    purged = scene.journal.purge(DEFINITION, payloads_before=later, now=later)
    assert (purged.listed, purged.corrections) == (2, 0)
    assert kept() == ([False, False, True], True), "a correction without its answer is not done with"
    scene.answers("A2", CorrectionKind.SENT_IN_ERROR)
    purged = scene.journal.purge(DEFINITION, payloads_before=later, now=later)
    assert (purged.listed, purged.corrections) == (0, 1)
    assert kept() == ([False, False, True], False)
    [known] = scene.journal.told(DEFINITION)
    assert (known.id, known.correction.kind, known.state) == (told.id, told.correction.kind, TellingState.ACCEPTED)
    assert scene.state("A1") is ListState.CLOSED
