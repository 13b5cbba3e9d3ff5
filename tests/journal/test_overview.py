"""What somebody should look at, what is forgotten after a time, and what is taken over at the beginning."""

from datetime import timedelta

import pytest
from attrs import evolve
from sqlalchemy import Engine, select

from lindorff_sdk.errors import AlreadySentError, JournalError
from lindorff_sdk.findings import finding
from lindorff_sdk.journal import Decision, Journal, PostingState
from lindorff_sdk.models.codes import FileStatus, NumberKind
from lindorff_sdk.reconciliation.matching import CaseState, match
from tests.journal.ledgers import (
    LATER,
    NOW,
    acknowledged,
    book,
    case,
    closed,
    ids,
    payment,
    posting,
    registered,
    send,
    take_in,
)

SOON = NOW + timedelta(seconds=1)


def test_cases_without_a_receipt(journal: Journal) -> None:
    """Sent before the agreed time, and named by no receipt."""
    send(journal, "LS1", case("1"), case("2"))
    assert [each.reference for each in journal.without_receipt("nordlys", before=SOON)] == ["1", "2"]
    assert journal.without_receipt("nordlys", before=NOW) == ()
    take_in(journal, "KV1", posting(registered("e1", "1", "F1")))
    (left,) = journal.without_receipt("nordlys", before=SOON)
    assert (left.reference, left.file_name, left.agency_case_number, left.since) == ("2", "LS1", "", NOW)


def test_temporary_numbers_never_replaced(journal: Journal) -> None:
    send(journal, "LS1", case("1"), case("2"))
    take_in(
        journal,
        "KV1",
        posting(registered("e1", "1", "T1", NumberKind.TEMPORARY)),
        posting(registered("e2", "2", "F2")),
    )
    (left,) = journal.temporary_numbers("nordlys", before=SOON)
    assert (left.reference, left.agency_case_number) == ("1", "T1")
    assert journal.temporary_numbers("nordlys", before=NOW) == ()


def test_cases_and_definitions_without_news(journal: Journal) -> None:
    """Open cases that no file named since a time; and agreements from which nothing came at all."""
    send(journal, "LS1", case("1"), case("2"), case("3"))
    assert journal.quiet_definitions(before=SOON) == {"nordlys": None}
    take_in(journal, "OP1", posting(payment("e1", "1")), posting(closed("e2", "2")))
    assert [each.reference for each in journal.without_news("nordlys", before=NOW)] == []
    assert [each.reference for each in journal.without_news("nordlys", before=SOON)] == ["1", "3"]
    assert journal.quiet_definitions(before=NOW) == {}
    assert journal.quiet_definitions(before=SOON) == {"nordlys": NOW}


def test_files_in_an_unknown_state(journal: Journal) -> None:
    file = journal.store_outgoing("nordlys", "cases", lambda _: ("LS1", b"x"), now=NOW)
    assert journal.unknown_files("nordlys") == ()
    journal.mark_publishing(file.id, "temp", now=NOW)
    journal.mark_unknown(file.id, now=NOW)
    assert [each.name for each in journal.unknown_files("nordlys")] == ["LS1"]


def test_from_a_file_to_what_it_changed(journal: Journal) -> None:
    """Every event with its line, and whether it was booked."""
    file = take_in(journal, "OP1", posting(payment("e1", "A")), posting(payment("e2", "A"), payment("e3", "A")))
    first = next(journal.pending("nordlys"))
    with journal.applying(first, now=LATER) as connection:
        book(connection, first)
    found = journal.updates(file.id)
    assert [(each.event.id, each.state, each.applied_at) for each in found] == [
        ("e1", PostingState.APPLIED, LATER),
        ("e2", PostingState.PENDING, None),
        ("e3", PostingState.PENDING, None),
    ]
    assert found[0].event.source.line == 3


# --- Purging --------------------------------------------------------------------------------------------------------


def test_bytes_go_and_digests_stay(journal: Journal, erp: Engine) -> None:
    """A purged file is still known when it comes again; what is not done with keeps its bytes."""
    send(journal, "LS1", case("1"))
    done = take_in(journal, "OP1", posting(payment("e1", "1")))
    waits = journal.receive("nordlys", "OP2", [b"waits"], now=NOW)
    assert journal.purge("nordlys", bytes_before=NOW, now=LATER).files == 0
    assert journal.purge("nordlys", bytes_before=SOON, now=LATER).files == 1
    assert journal.purge("nordlys", bytes_before=SOON, now=LATER).files == 0
    with pytest.raises(JournalError, match="purged"):
        journal.content(done).read()
    assert journal.content(waits).read() == b"waits"
    assert journal.receive("nordlys", "OP1", [b"OP1"], now=LATER).redelivered
    take_in(journal, "KV1", posting(acknowledged("e2", "LS1", FileStatus.ACCEPTED)))
    assert journal.purge("nordlys", bytes_before=SOON, now=LATER).files == 2
    digests = {file.sha256 for file in journal.outgoing("nordlys")}
    digests |= {file.sha256 for file in journal.incoming("nordlys")}
    assert {entry.sha256 for entry in journal.log("nordlys")} == digests


def test_bytes_of_what_is_of_no_use_go_once_it_is_decided(journal: Journal) -> None:
    """A quarantined file and a file that only its cases were answered of are not kept for ever."""
    send(journal, "LS1", case("1"))
    file = journal.receive("nordlys", "OP1", [b"x"], now=NOW)
    journal.record(file.id, findings=[finding("customer-id-differs", "A.")], quarantined=True, now=NOW)
    assert journal.purge("nordlys", bytes_before=SOON, now=LATER).files == 0
    (found,) = journal.findings("nordlys")
    journal.resolve(found.id, Decision.DISMISS, by="Kari", note="Not ours.", now=NOW)
    assert journal.purge("nordlys", bytes_before=SOON, now=LATER).files == 1
    take_in(journal, "OP2", posting(closed("e1", "1")))
    assert journal.purge("nordlys", bytes_before=SOON, now=LATER).files == 2
    with pytest.raises(JournalError, match="purged"):
        journal.content(file).read()


def test_payloads_go_and_ids_stay(journal: Journal, erp: Engine) -> None:
    """What was booked says nothing any more, and is not booked again; what waits keeps all it says."""
    take_in(journal, "OP1", posting(payment("e1", "A")), posting(payment("e2", "B")))
    first = next(journal.pending("nordlys"))
    with journal.applying(first, now=NOW) as connection:
        book(connection, first)
    assert journal.purge("nordlys", payloads_before=SOON, now=LATER).events == 1
    assert [len(item) for item in journal.applied("nordlys")] == [0]
    with erp.connect() as connection:
        events = journal._database.tables.events
        assert connection.execute(select(events.c.id).order_by(events.c.id)).scalars().all() == ["e1", "e2"]
    take_in(journal, "OP2", posting(payment("e1", "A")))
    assert ids(journal.pending("nordlys")) == ["e2"]
    assert [len(item) for item in journal.pending("nordlys")] == [1]


def test_findings_keep_what_was_decided(journal: Journal) -> None:
    """The wording of a resolved finding goes, code and decision stay; open ones are left alone."""
    file = journal.receive("nordlys", "OP1", [b"x"], now=NOW)
    journal.record(file.id, findings=[finding("claim-unknown", "A.", found="R1")] * 2, now=NOW)
    first, second = journal.findings("nordlys")
    journal.resolve(first.id, Decision.DISMISS, by="Kari", note="Not ours.", now=NOW)
    assert journal.purge("nordlys", payloads_before=SOON, now=LATER).findings == 1
    purged, kept = journal.findings("nordlys", open_only=False)
    assert (purged.finding.code, purged.finding.found, purged.note) == ("claim-unknown", "", "Not ours.")
    assert kept == second


# --- The first load -------------------------------------------------------------------------------------------------


def test_adopted_cases_are_known_and_not_sent_again(journal: Journal) -> None:
    """The first settlement finds them by number; their claims are live; what was adopted is on the record."""
    file = journal.adopt("nordlys", [evolve(case("1", "1", "2"), agency_case_number="F1")], now=NOW)
    (only,) = journal.cases("nordlys")
    assert (only.state, only.agency_case_number) == (CaseState.REGISTERED, "F1")
    assert only.outstanding == 200
    assert match(journal.known("nordlys"), number="F1").case == only
    assert journal.live_invoices("nordlys") == {"1", "2"}
    assert journal.unfinished("nordlys") == ()
    assert b'"agency_case_number":"F1"' in journal.content(file).read()
    assert [(entry.transfer, entry.cases) for entry in journal.log("nordlys")] == [("adopted", 1)]


def test_what_cannot_be_adopted(journal: Journal) -> None:
    """A case without a number, or with a claim that is live; nothing of the others is stored."""
    with_number = evolve(case("1"), agency_case_number="F1")
    with pytest.raises(JournalError, match="number cannot be adopted: 2"):
        journal.adopt("nordlys", [with_number, case("2")], now=NOW)
    assert journal.cases("nordlys") == ()
    send(journal, "LS1", case("1"))
    with pytest.raises(AlreadySentError):
        journal.adopt("nordlys", [with_number], now=NOW)
