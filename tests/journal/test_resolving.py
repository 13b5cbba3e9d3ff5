"""Postings that findings hold, and what somebody decides about them, on the record."""

import pytest
from sqlalchemy import Engine

from lindorff_sdk.errors import IllegalMoveError, JournalError, OutOfTurnError
from lindorff_sdk.findings import Hold, Severity, finding
from lindorff_sdk.journal import Decision, IncomingState, Journal
from lindorff_sdk.reconciliation.events import Posting
from lindorff_sdk.reconciliation.holding import Held
from lindorff_sdk.reconciliation.matching import CaseState
from tests.journal.ledgers import LATER, NOW, book, case, closed, ids, payment, posting, send, take_in

UNKNOWN = finding("claim-unknown", "The line names no claim; it is held.", file="OP1", line=3)
CONFLICT = finding("match-conflict", "The line contradicts itself; it is held.", file="OP1", line=3)


def hold(journal: Journal, *postings: Posting, by: tuple[int, ...] = (0,), **more: object) -> int:
    """Take in a file in which findings hold postings; return the journal's number of the first finding."""
    file = journal.receive("nordlys", "OP1", [b"x"], now=NOW)
    found = [UNKNOWN, CONFLICT][: max(by) + 1]
    held = [Held(each, by) for each in postings]
    done = journal.record(file.id, kind="settlements", findings=found, held=held, now=NOW, **more)  # type: ignore[arg-type]
    assert (done.held, done.postings) == (len(postings), 0)
    return journal.findings("nordlys")[0].id


def test_what_is_held_is_not_pending_and_not_lost(journal: Journal) -> None:
    """It is listed as held, its finding says how much it holds, and nobody can book it by the way."""
    hold(journal, posting(payment("e1")), posting(payment("e2")))
    assert ids(journal.pending("nordlys")) == []
    held = list(journal.held("nordlys"))
    assert ids(iter(held)) == ["e1", "e2"]
    assert [(each.holds, each.postings) for each in journal.findings("nordlys")] == [(Hold.LINE, 2)]
    with pytest.raises(OutOfTurnError, match="held"), journal.applying(held[0]):
        pytest.fail("it is held")
    with pytest.raises(JournalError, match="may be booked"):
        journal.acknowledge(held[0], now=NOW)


def test_released(journal: Journal) -> None:
    """It is booked from then on, in its place, and the record says who, when and why."""
    number = hold(journal, posting(payment("e1")))
    take_in(journal, "OP2", posting(payment("e2")))
    done = journal.resolve(number, Decision.RELEASE, by="Kari", note="The debtor called.", now=LATER)
    assert (done.released, done.dismissed, done.still_held) == (1, 0, 0)
    assert ids(journal.pending("nordlys")) == ["e1", "e2"]
    assert journal.findings("nordlys") == ()
    (kept,) = journal.findings("nordlys", open_only=False)
    assert (kept.decision, kept.resolved_by, kept.note, kept.resolved_at) == (
        Decision.RELEASE,
        "Kari",
        "The debtor called.",
        LATER,
    )


def test_dismissed(journal: Journal) -> None:
    """It is never booked, also when its event comes again."""
    number = hold(journal, posting(payment("e1")))
    assert journal.resolve(number, Decision.DISMISS, by="Kari", note="Not ours.", now=LATER).dismissed == 1
    take_in(journal, "OP2", posting(payment("e1")), posting(payment("e2")))
    assert ids(journal.pending("nordlys")) == ["e2"]
    assert ids(journal.held("nordlys")) == []


def test_two_findings_hold_one_posting(journal: Journal) -> None:
    """Both have to be resolved before it is booked."""
    hold(journal, posting(payment("e1")), by=(0, 1))
    first, second = journal.findings("nordlys")
    assert journal.resolve(first.id, Decision.RELEASE, by="Kari", note="Asked the agency.", now=LATER).still_held == 1
    assert ids(journal.pending("nordlys")) == []
    assert journal.resolve(second.id, Decision.RELEASE, by="Kari", note="Asked the agency.", now=LATER).released == 1
    assert ids(journal.pending("nordlys")) == ["e1"]


def test_resolved_once(journal: Journal) -> None:
    number = hold(journal, posting(payment("e1")))
    journal.resolve(number, Decision.DISMISS, by="Kari", note="Asked the agency.", now=LATER)
    with pytest.raises(IllegalMoveError, match="before"):
        journal.resolve(number, Decision.RELEASE, by="Ola", note="Asked the agency.", now=LATER)
    with pytest.raises(JournalError, match="no finding"):
        journal.resolve(99, Decision.RELEASE, by="Ola", note="Asked the agency.", now=LATER)
    for decision, who, why in (
        (Decision.SUPERSEDED, "Ola", "Read again."),
        (Decision.RELEASE, " ", "Asked."),
        (Decision.RELEASE, "Ola", " "),
    ):
        with pytest.raises(JournalError, match="Say who"):
            journal.resolve(number, decision, by=who, note=why, now=LATER)
    assert ids(journal.pending("nordlys")) == []


def test_many_resolved_at_once(journal: Journal) -> None:
    """As many findings as there are, in one transaction, each on the record; what two of them hold is free."""
    file = journal.receive("nordlys", "OP1", [b"x"], now=NOW)
    many = [UNKNOWN] * 600
    held = [Held(posting(payment(f"e{number}", "A", 1)), (number, (number + 1) % 600)) for number in range(600)]
    journal.record(file.id, findings=many, held=held, now=NOW)
    found = [each.id for each in journal.findings("nordlys", codes=["claim-unknown"], file=file.id)]
    done = journal.resolve(found, Decision.RELEASE, by="Kari", note="All ours.", now=LATER)
    assert (done.released, done.still_held, len(list(journal.pending("nordlys")))) == (600, 0, 600)
    kept = journal.findings("nordlys", open_only=False)
    assert {(each.decision, each.resolved_by, each.note) for each in kept} == {(Decision.RELEASE, "Kari", "All ours.")}
    assert journal.resolve([], Decision.RELEASE, by="Kari", note="None.", now=LATER).released == 0


def test_many_resolved_all_or_nothing(journal: Journal) -> None:
    """One that was resolved before, or that does not exist, and nothing is changed."""
    hold(journal, posting(payment("e1")), by=(0, 1))
    first, second = (each.id for each in journal.findings("nordlys"))
    with pytest.raises(JournalError, match="no finding"):
        journal.resolve([first, second, 99], Decision.RELEASE, by="Kari", note="Ours.", now=LATER)
    journal.resolve(first, Decision.RELEASE, by="Kari", note="Ours.", now=LATER)
    with pytest.raises(IllegalMoveError, match="before"):
        journal.resolve([first, second], Decision.DISMISS, by="Kari", note="Ours.", now=LATER)
    assert [each.id for each in journal.findings("nordlys")] == [second]
    assert ids(journal.held("nordlys")) == ["e1"]
    assert journal.resolve([second], Decision.DISMISS, by="Kari", note="Not ours.", now=LATER).dismissed == 1


def test_case_moves_when_its_event_is_released(journal: Journal) -> None:
    """A held closure closes nothing; released, it does."""
    send(journal, "LS1", case("1"))
    number = hold(journal, posting(closed("e1", "1")))
    assert journal.cases("nordlys")[0].state is CaseState.SENT
    journal.resolve(number, Decision.RELEASE, by="Kari", note="Asked the agency.", now=LATER)
    assert journal.cases("nordlys")[0].state is CaseState.CLOSED


def test_what_is_paid_counts_when_it_is_released(journal: Journal) -> None:
    send(journal, "LS1", case("1"))
    number = hold(journal, posting(payment("e1", "1", 60)))
    take_in(journal, "OP2", posting(payment("e2", "1", 30)))
    assert journal.cases("nordlys")[0].outstanding == 70
    journal.resolve(number, Decision.RELEASE, by="Kari", note="Asked the agency.", now=LATER)
    (only,) = journal.cases("nordlys")
    assert only.outstanding == 10
    assert only.paid == 90


def test_a_case_stays_held_in_later_files(journal: Journal) -> None:
    """A finding that holds a case holds what other files bring of it, until it is resolved; other cases go on."""
    number = hold(journal, posting(payment("a1", "A")), cases_held=[(0, "A")], holds={"claim-unknown": Hold.CASE})
    take_in(journal, "OP2", posting(payment("a2", "A")), posting(payment("b1", "B")))
    assert ids(journal.pending("nordlys")) == ["b1"]
    assert journal.resolve(number, Decision.RELEASE, by="Kari", note="Asked the agency.", now=LATER).released == 2
    assert ids(journal.pending("nordlys")) == ["a1", "a2", "b1"]
    take_in(journal, "OP3", posting(payment("a3", "A")))
    assert ids(journal.pending("nordlys"))[-1] == "a3"


def test_a_file_held_as_a_whole_may_leave_the_agency_when_released(journal: Journal) -> None:
    """It was quarantined; released, it is processed like any other."""
    file = journal.receive("nordlys", "OP1", [b"x"], now=NOW)
    why = finding("file-repeated", "The same bytes came before.", file="OP1")
    journal.record(file.id, findings=[why], held=[Held(posting(payment("e1")), (0,))], quarantined=True, now=NOW)
    (noted,) = journal.findings("nordlys")
    assert noted.holds is Hold.FILE
    journal.resolve(noted.id, Decision.RELEASE, by="Kari", note="Asked the agency.", now=LATER)
    assert journal.incoming("nordlys")[0].state is IncomingState.PROCESSED
    assert ids(journal.pending("nordlys")) == ["e1"]


def test_listed_by_code_severity_and_file(journal: Journal) -> None:
    hold(journal, posting(payment("e1")), by=(0, 1))
    file = journal.receive("nordlys", "OP2", [b"y"], now=NOW)
    journal.record(file.id, findings=[finding("name-reused", "Again.")], now=NOW)

    def listed(**only: object) -> list[str]:
        return [each.finding.code for each in journal.findings("nordlys", **only)]  # type: ignore[arg-type]

    assert listed() == ["claim-unknown", "match-conflict", "name-reused"]
    assert listed(codes=["match-conflict"]) == ["match-conflict"]
    assert listed(severities=[Severity.WARNING]) == ["name-reused"]
    assert listed(file=file.id) == ["name-reused"]
    assert listed(codes=["claim-unknown"], severities=[Severity.WARNING]) == []


# --- Suspected repeats ----------------------------------------------------------------------------------------------


def test_a_suspected_repeat_is_held(journal: Journal, erp: Engine) -> None:
    """The same case, amount and date in another file: never booked in silence, never dropped."""
    take_in(journal, "OP1", posting(payment("e1", "A", 100)))
    take_in(journal, "OP2", posting(payment("e2", "A", 100)), posting(payment("e3", "A", 101)))
    assert ids(journal.pending("nordlys")) == ["e1", "e3"]
    (noted,) = journal.findings("nordlys")
    assert (noted.finding.code, noted.finding.found, noted.finding.line) == ("suspected-repeat", "OP1", 3)
    journal.resolve(noted.id, Decision.RELEASE, by="Kari", note="Paid twice.", now=LATER)
    assert ids(journal.pending("nordlys")) == ["e1", "e2", "e3"]


def test_a_suspected_repeat_names_the_latest(journal: Journal, erp: Engine) -> None:
    """Whatever order the database has its rows in, as after one of them was booked."""
    take_in(journal, "OP1", posting(payment("e1", "A", 100)))
    take_in(journal, "OP2", posting(payment("e2", "A", 100)))
    first, _ = (*journal.pending("nordlys"), *journal.held("nordlys"))
    with journal.applying(first) as connection:
        book(connection, first)
    take_in(journal, "OP3", posting(payment("e3", "A", 100)))
    assert [each.finding.found for each in journal.findings("nordlys")] == ["OP1", "OP2"]


def test_twins_in_one_file_are_two_payments(journal: Journal) -> None:
    """One file speaks of both, so it means both."""
    take_in(journal, "OP1", posting(payment("e1", "A", 100)), posting(payment("e2", "A", 100)))
    assert ids(journal.pending("nordlys")) == ["e1", "e2"]
    assert journal.findings("nordlys") == ()


def test_what_was_dismissed_is_no_reason_for_doubt(journal: Journal) -> None:
    """If the first of two was dismissed, the second is no repeat of anything that is booked."""
    number = hold(journal, posting(payment("e1", "A", 100)))
    journal.resolve(number, Decision.DISMISS, by="Kari", note="Asked the agency.", now=LATER)
    take_in(journal, "OP2", posting(payment("e2", "A", 100)))
    assert ids(journal.pending("nordlys")) == ["e2"]


@pytest.mark.parametrize(
    ("level", "free"),
    [
        (Hold.NOTHING, ["e1", "e0", "e2", "e3", "b1"]),
        (Hold.LINE, ["e1", "e0", "e3", "b1"]),
        (Hold.CASE, ["e1", "b1"]),
        (Hold.FILE, ["e1"]),
    ],
)
def test_a_repeat_holds_what_the_policy_says(journal: Journal, level: Hold, free: list[str]) -> None:
    """Its line, its case, or its file, before and after it; it is told in any case."""
    take_in(journal, "OP1", posting(payment("e1", "A", 100)))
    file = journal.receive("nordlys", "OP2", [b"2"], now=NOW)
    said = [payment("e0", "A"), payment("e2", "A", 100), payment("e3", "A"), payment("b1", "B")]
    done = journal.record(file.id, postings=map(posting, said), holds={"suspected-repeat": level}, now=NOW)
    assert ids(journal.pending("nordlys")) == free
    assert len(done.repeats) == len(journal.findings("nordlys")) == 1
    assert done.held == len(said) - len(free) + 1
    assert done.postings == len(free) - 1
    journal.resolve(journal.findings("nordlys")[0].id, Decision.RELEASE, by="Kari", note="Asked the agency.", now=LATER)
    assert ids(journal.pending("nordlys")) == ["e1", "e0", "e2", "e3", "b1"]
