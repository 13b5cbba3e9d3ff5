from datetime import timedelta

import pytest
from attrs import evolve

from lindorff_sdk.journal import Journal, OutgoingState, ToTell
from lindorff_sdk.models.codes import CorrectionKind, FileStatus, NumberKind
from lindorff_sdk.models.corrections import Correction
from lindorff_sdk.reconciliation.matching import CaseState, SentCorrection, SentFile
from tests.journal.ledgers import (
    DAY,
    NOW,
    acknowledged,
    case,
    closed,
    posting,
    registered,
    rejected,
    renumbered,
    send,
    take_in,
)


def test_known_is_what_was_sent(journal: Journal) -> None:
    """Cases oldest first with claims in order; files sent, without those that only wait to be."""
    send(journal, "LS1", case("1", "1", "9", "5"), case("2"))
    journal.store_outgoing("nordlys", "cases", lambda _: ("LS2", b""), cases=[case("3")], now=NOW)
    known = journal.known("nordlys")
    assert [(item.reference, item.invoice_numbers, item.file_name) for item in known.cases] == [
        ("1", ("1", "9", "5"), "LS1"),
        ("2", ("2",), "LS1"),
        ("3", ("3",), "LS2"),
    ]
    assert known.files == (SentFile(name="LS1", sequence=1, transfer="cases"),)
    assert journal.known("other").cases == ()


def test_known_is_what_was_told(journal: Journal) -> None:
    """A file of corrections is known with what is in it, where a receipt is to be held against it."""
    kinds = [CorrectionKind.DIRECT_PAYMENT, CorrectionKind.CREDIT_NOTE]
    told = [
        ToTell(correction=Correction(kind=kind, invoice_number="1", amount=1, effective_on=DAY), by_file=True)
        for kind in kinds
    ]
    numbers = journal.tell("nordlys", told, now=NOW)
    file = journal.store_outgoing("nordlys", "corrections", lambda _: ("RD1", b""), corrections=numbers[:1], now=NOW)
    journal.mark_publishing(file.id, "temp", now=NOW)
    (known,) = journal.known("nordlys", transfer="receipts").files
    assert known.corrections == (SentCorrection("1", CorrectionKind.DIRECT_PAYMENT),)
    assert journal.known("nordlys", transfer="settlements").files[0].corrections == ()


def test_number_binds_to_its_case(journal: Journal) -> None:
    send(journal, "LS1", case("1"), case("2"))
    take_in(journal, "KV1", posting(registered("e1", "2", "T77", NumberKind.TEMPORARY)))
    first, second = journal.cases("nordlys")
    assert (first.state, first.agency_case_number) == (CaseState.SENT, "")
    assert (second.state, second.agency_case_number, second.number_kind) == (
        CaseState.REGISTERED,
        "T77",
        NumberKind.TEMPORARY,
    )
    assert journal.known("nordlys").by_number("T77") == second


def test_renumbering_keeps_the_history(journal: Journal) -> None:
    """A case is found by every number it ever had."""
    send(journal, "LS1", case("1"))
    take_in(journal, "KV1", posting(registered("e1", "1", "T1", NumberKind.TEMPORARY)))
    take_in(journal, "KV2", posting(renumbered("e2", "1", "T1", "F1")))
    take_in(journal, "KV3", posting(renumbered("e3", "1", "F1", "F2")))
    (only,) = journal.cases("nordlys")
    assert (only.agency_case_number, only.number_kind, only.previous_numbers) == ("F2", NumberKind.FINAL, ("T1", "F1"))
    known = journal.known("nordlys")
    assert known.by_number("T1") == known.by_number("F1") == known.by_number("F2") == only


def test_renumbering_tells_a_number_we_never_saw(journal: Journal) -> None:
    """Where the receipt with the first number never came, the renumbering still tells both."""
    send(journal, "LS1", case("1"))
    take_in(journal, "KV2", posting(renumbered("e2", "1", "T1", "F1")))
    assert journal.cases("nordlys")[0].previous_numbers == ("T1",)
    assert journal.cases("nordlys")[0].state is CaseState.REGISTERED


def test_closed_case_keeps_its_claims(journal: Journal) -> None:
    """A closed claim is not sent again by accident, and a late receipt does not open the case again."""
    send(journal, "LS1", case("1"))
    take_in(journal, "OP1", posting(closed("e1", "1")))
    take_in(journal, "KV1", posting(registered("e2", "1", "F1")), posting(rejected("e3", "1")))
    assert journal.live_invoices("nordlys") == {"1"}
    (only,) = journal.cases("nordlys")
    assert (only.state, only.agency_case_number) == (CaseState.CLOSED, "F1")


def test_a_younger_receipt_opens_a_closed_case(journal: Journal) -> None:
    """Made after the news of the closure came, it says that the agency goes on; what it closed since is closed."""
    send(journal, "LS1", case("1"))
    take_in(journal, "OP1", posting(closed("e1", "1")))
    younger = evolve(registered("e2", "1", "F1"), counts_from=DAY + timedelta(days=2))
    take_in(journal, "KV1", posting(younger))
    assert journal.cases("nordlys")[0].state is CaseState.REGISTERED
    take_in(journal, "OP2", posting(closed("e3", "1")))
    take_in(journal, "KV2", posting(evolve(younger, id="e4", counts_from=NOW.date())))
    assert journal.cases("nordlys")[0].state is CaseState.CLOSED
    assert journal.live_invoices("nordlys") == {"1"}


def test_one_refused_claim_leaves_the_case_standing(journal: Journal) -> None:
    send(journal, "LS1", case("1", "1", "2"))
    take_in(journal, "KV1", posting(registered("e0", "1", "F1")), posting(rejected("e1", "1", "2")))
    assert journal.live_invoices("nordlys") == {"1"}
    assert journal.cases("nordlys")[0].state is CaseState.REGISTERED
    take_in(journal, "KV2", posting(rejected("e2", "1", "1")))
    assert journal.cases("nordlys")[0].state is CaseState.REJECTED


def test_latest_of_two_cases_with_one_reference(journal: Journal) -> None:
    """A case corrected and sent again has the reference it had: the answer is about the later one."""
    send(journal, "LS1", case("1"))
    take_in(journal, "KV1", posting(rejected("e1", "1")))
    send(journal, "LS2", case("1"))
    take_in(journal, "KV2", posting(registered("e2", "1", "F1")))
    assert [item.state for item in journal.cases("nordlys")] == [CaseState.REJECTED, CaseState.REGISTERED]
    assert journal.live_invoices("nordlys") == {"1"}


def test_event_finds_its_case_by_number(journal: Journal) -> None:
    """A number names its case, also where the reference was used again since."""
    send(journal, "LS1", case("1", "1"))
    take_in(journal, "KV1", posting(registered("e1", "1", "F1")))
    take_in(journal, "KV2", posting(rejected("e2", "1")))
    send(journal, "LS2", case("1", "1"))
    take_in(journal, "KV3", posting(registered("e3", "1", "F1")))
    assert [item.state for item in journal.cases("nordlys")] == [CaseState.REGISTERED, CaseState.SENT]


def test_case_registered_after_a_rejection_is_live_again(journal: Journal) -> None:
    """If the agency has the case after all, its claims must not be sent a second time."""
    send(journal, "LS1", case("1", "1", "2"))
    take_in(journal, "KV1", posting(rejected("e1", "1")))
    assert journal.live_invoices("nordlys") == frozenset()
    take_in(journal, "KV2", posting(registered("e2", "1", "F1")))
    assert journal.live_invoices("nordlys") == {"1", "2"}


@pytest.mark.parametrize("first", [FileStatus.ACCEPTED, FileStatus.REJECTED])
def test_second_word_on_a_file_changes_nothing(journal: Journal, first: FileStatus) -> None:
    send(journal, "LS1", case("1"))
    take_in(journal, "KV1", posting(acknowledged("e1", "LS1", first)))
    for number, status in enumerate(FileStatus):
        take_in(journal, f"KV-{number}", posting(acknowledged(f"f{number}", "LS1", status)))
    assert journal.outgoing("nordlys")[0].state is OutgoingState(first.value)


def test_rejected_file_does_not_free_a_case_registered_by_name(journal: Journal) -> None:
    """Contradicting answers: better not sent than sent twice."""
    send(journal, "LS1", case("1"), case("2"))
    take_in(
        journal,
        "KV1",
        posting(registered("e1", "1", "F1")),
        posting(acknowledged("e2", "LS1", FileStatus.REJECTED)),
    )
    assert journal.live_invoices("nordlys") == {"1"}


def test_answer_names_the_file_by_name_and_sequence(journal: Journal) -> None:
    """Where a name was used twice, the sequence number tells which file is meant."""
    send(journal, "LS", case("1"))
    send(journal, "LS", case("2"))
    take_in(journal, "KV1", posting(acknowledged("e1", "LS", FileStatus.REJECTED, sequence=1)))
    assert journal.live_invoices("nordlys") == {"2"}


def test_events_about_nothing_known_change_nothing(journal: Journal) -> None:
    """The ERP still gets them; the journal has no case to write them on."""
    take_in(
        journal,
        "KV1",
        posting(registered("e1", "1", "F1")),
        posting(rejected("e2", "1")),
        posting(closed("e3", "1")),
        posting(acknowledged("e4", "LS1", FileStatus.ACCEPTED)),
    )
    assert journal.cases("nordlys") == ()
    assert len(list(journal.pending("nordlys"))) == 4
