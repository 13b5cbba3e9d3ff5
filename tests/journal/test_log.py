from datetime import timedelta

from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.journal import Journal
from tests.journal.ledgers import NOW, case, payment, posting


def test_log_tells_files_in_time_order(journal: Journal) -> None:
    """Both directions in one list with name, size, digest, state and counts."""
    finding = Finding("unknown-claim", Severity.WARNING, "No such claim.")
    files = [
        journal.receive("nordlys", "OP1", [b"abc"], now=NOW + timedelta(hours=1)),
        journal.receive("nordlys", "OP2", [b"bad"], now=NOW + timedelta(hours=3)),
    ]
    journal.record(files[0].id, kind="settlements", sequence=7, postings=[posting(payment("e1"))], now=NOW)
    journal.record(files[1].id, findings=[finding, finding], quarantined=True, now=NOW)
    journal.store_outgoing("nordlys", "cases", lambda _: ("LS1", b"x"), cases=[case("1"), case("2")], now=NOW)
    journal.store_outgoing("nordlys", "corrections", lambda _: ("RD1", b""), now=NOW + timedelta(hours=2))
    journal.receive("other", "OP9", [b""], now=NOW)
    entries = journal.log("nordlys")
    assert [
        (entry.direction, entry.name, entry.transfer, entry.sequence, entry.state, entry.size) for entry in entries
    ] == [
        ("sent", "LS1", "cases", 1, "stored", 1),
        ("received", "OP1", "settlements", 7, "processed", 3),
        ("sent", "RD1", "corrections", 1, "stored", 0),
        ("received", "OP2", "", None, "quarantined", 3),
    ]
    assert [(entry.cases, entry.postings, entry.findings) for entry in entries] == [
        (2, 0, 0),
        (0, 1, 0),
        (0, 0, 0),
        (0, 0, 2),
    ]
    assert entries[1].sha256 == files[0].sha256
    assert all(entry.at.utcoffset() == timedelta(0) for entry in entries)


def test_findings_are_kept_as_they_were(journal: Journal) -> None:
    finding = Finding("c", Severity.INFO, "æ", "OP1", 1, 2, 3, "r", "f", "e", "1*********", "invoice 1")
    file = journal.receive("nordlys", "OP1", [b""], now=NOW)
    journal.record(file.id, findings=[finding], now=NOW)
    assert [kept.finding for kept in journal.findings("nordlys", open_only=False)] == [finding]
    assert journal.findings("other") == ()
