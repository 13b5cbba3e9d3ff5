"""A large settlement is read part by part, and comes to what it comes to when it is read at once."""

import sys
import tracemalloc
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from attrs import evolve, frozen
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, create_engine, select

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.exchange.ingest import read_waiting
from lindorff_sdk.exchange.reports import FetchedFile
from lindorff_sdk.files.profile import load
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import Hold
from lindorff_sdk.journal import Decision, Journal, PostingState
from lindorff_sdk.models.cases import Claim
from lindorff_sdk.models.codes import ClosingReason, Party
from lindorff_sdk.models.settlements import Payment, PaymentReversal, SettlementEntry
from tests.exchange.erp import NOW, REFERENCE, variant
from tests.exchange.readings import closure, note, payment, reversal, settlement
from tests.journal.databases import PostgreSQL
from tests.journal.ledgers import case

DEFINITION = ExportDefinition(
    id="nordlys", protocol="local", server="/tmp", upload_folder="in", download_folder="out", customer_id="00417"
)
CASES = {"7001": "I1", "7004": "I4", "9999": "X9"}
POLICED = ("claim-unknown", "payment-after-closure", "amount-over-outstanding", "suspected-repeat", "match-conflict")
# Not by name: the package has functions that are called as its modules are.
INGEST, PARTED = (sys.modules[f"lindorff_sdk.exchange.{name}"] for name in ("ingest", "large"))


@st.composite
def entries(draw: st.DrawFn) -> tuple[SettlementEntry, ...]:
    """Draw lines that have to do with each other: ids that come again, notes anywhere, closures before payments."""
    found: list[SettlementEntry] = []
    for _ in range(draw(st.integers(1, 7))):
        number = draw(st.sampled_from(sorted(CASES)))
        names = {"agency_case_number": number, "reference": CASES[number]}
        key = f"T{draw(st.integers(1, 4))}"
        match draw(st.integers(0, 5)):
            case 0:
                found.append(closure(transaction_id=f"C{len(found)}", reason=ClosingReason.DISPUTED, **names))
            case 1:
                found.append(reversal(transaction_id=f"V{len(found)}", reverses=key, **names))
            case 2:
                found.append(note(key, "10.00", transaction_id=f"N{len(found)}", agency_case_number=number))
            case _:
                interest = draw(st.sampled_from(["0.00", "10.00"]))
                amount = Decimal(draw(st.sampled_from(["40.00", "90.00"])))
                names |= {"invoice_number": CASES[number]}
                found.append(
                    payment(key, f"{amount + Decimal(interest)}", principal=amount, interest=interest, **names)
                )
    return tuple(draw(st.permutations(found)))


def file_of(lines: Iterable[SettlementEntry], number: str, **wrong: Any) -> bytes:
    """Return the bytes of a settlement."""
    theirs = (
        evolve(each, settlement_number=number) if isinstance(each, Payment | PaymentReversal) else each
        for each in lines
    )
    file = settlement(*theirs, envelope={"sequence": int(number)}, settlement_number=number, **wrong)
    return serialize(file, REFERENCE)


def written(journal: Journal) -> dict[str, list[Any]]:
    """Return all that the journal keeps of files, cases and findings; findings by what they say."""
    tables = journal._database.tables
    with journal.engine.connect() as connection:

        def rows(table: Any, *left_out: str) -> list[Any]:
            columns = [column for column in table.c if column.name not in left_out]
            return sorted(connection.execute(select(*columns)).all(), key=repr)

        said = select(tables.findings.c.payload, tables.holds.c.posting_id).join_from(tables.holds, tables.findings)
        return {
            "postings": rows(tables.postings),
            "events": rows(tables.events),
            "holds": sorted(connection.execute(said).all()),
            "findings": rows(tables.findings, "id"),
            "cases": rows(tables.cases),
            "claims": rows(tables.claims),
            "incoming": rows(tables.incoming),
        }


def taken_in(
    files: Mapping[str, bytes], definition: ExportDefinition, part: int | None, database: str | URL = "sqlite://"
) -> tuple[Journal, list[Any]]:
    """Take in files, at once or in parts; return the journal and the reports."""
    journal = Journal(create_engine(database))
    cases = [evolve(case("I1"), agency_case_number="7001"), evolve(case("I4"), agency_case_number="7004")]
    journal.adopt("nordlys", cases, now=NOW)
    reports: list[FetchedFile] = []
    limit = 10**9 if part is None else 0
    with mock.patch.object(INGEST, "LARGE", limit), mock.patch.object(PARTED, "PART", part or 1):
        for name, data in files.items():
            journal.receive("nordlys", name, [data], now=NOW)
            reports += read_waiting(definition, journal, NOW)
    return journal, [evolve(each, findings=tuple(sorted(each.findings, key=repr))) for each in reports]


@frozen
class Trial:
    """Files, and how they are read.

    Attributes:
        part: Lines in a part.
        holds: What findings hold.
        unique: Whether lines have ids of their own.
        copied: Whether the first file comes again under another name.
    """

    files: list[tuple[SettlementEntry, ...]]
    part: int
    holds: dict[str, Hold]
    unique: bool
    copied: bool


TRIALS = st.builds(
    Trial,
    st.lists(entries(), min_size=1, max_size=2),
    st.integers(1, 3),
    st.dictionaries(st.sampled_from(POLICED), st.sampled_from(Hold)),
    st.booleans(),
    st.booleans(),
)


QUICKLY: Any = {"deadline": None, "phases": (Phase.explicit, Phase.reuse, Phase.generate)}


@settings(max_examples=25, **QUICKLY)
@given(TRIALS)
def test_parts_come_to_the_whole(tmp_path_factory: pytest.TempPathFactory, trial: Trial) -> None:
    """Postings, their order, what holds them, findings, cases and reports, whatever the lines and the policy are."""
    _hold_against_each_other(trial, tmp_path_factory, "sqlite://", "sqlite://")


@pytest.mark.real_server
@settings(max_examples=6, **QUICKLY)
@given(TRIALS)
def test_parts_come_to_the_whole_on_postgresql(
    server: PostgreSQL, tmp_path_factory: pytest.TempPathFactory, trial: Trial
) -> None:
    """The same on PostgreSQL."""
    with server.with_journal() as one, server.with_journal() as other:
        _hold_against_each_other(trial, tmp_path_factory, one, other)


def _hold_against_each_other(trial: Trial, folders: pytest.TempPathFactory, one: str | URL, other: str | URL) -> None:
    profile = "lindorff-reference" if trial.unique else str(_without_ids(folders))
    definition = evolve(DEFINITION, holds=trial.holds, format=(profile,))
    files = {f"OP{number}": file_of(lines, f"{number}") for number, lines in enumerate(trial.files, 1)}
    if trial.copied:
        files["OP9"] = files["OP1"]
    at_once, told = taken_in(files, definition, None, one)
    in_parts, told_in_parts = taken_in(files, definition, trial.part, other)
    with at_once, in_parts:
        assert told_in_parts == told
        assert written(in_parts) == written(at_once)


_PROFILES: list[Path] = []


def _without_ids(folders: pytest.TempPathFactory) -> Path:
    """Return the reference profile without unique fields, made once."""
    if not _PROFILES:
        path = variant(folders.mktemp("profile"), ('unique = ["transaction_id"]\n', ""))
        load(path)
        _PROFILES.append(path)
    return _PROFILES[0]


def test_totals_that_do_not_hold() -> None:
    """Nothing leaves it, as when it is read at once."""
    files = {"OP1": file_of([payment()], "1", gross="1.00", paid_out="1.00"), "OP2": b"XX\r\n"}
    at_once, told = taken_in(files, DEFINITION, None)
    in_parts, told_in_parts = taken_in(files, DEFINITION, 1)
    assert told_in_parts == told
    assert written(in_parts) == written(at_once)
    assert not list(in_parts.pending("nordlys"))


def test_a_file_finding_at_the_end_holds_what_stands_before() -> None:
    """What it holds counts as paid, and closes a case, only once it is released; and then once."""
    stranger = payment("T2", agency_case_number="9999", reference="X9", invoice_number="X9")
    lines: list[SettlementEntry] = [payment("T1"), closure(reference="I4"), stranger]
    definition = evolve(DEFINITION, holds={"claim-unknown": Hold.FILE})
    journal, (report,) = taken_in({"OP1": file_of(lines, "1")}, definition, 1)
    assert (report.postings, report.held) == (0, 4)
    assert [(int(each.paid), each.state.value) for each in journal.cases("nordlys")] == [(0, "registered")] * 2
    (found,) = journal.findings("nordlys")
    assert found.postings == 4
    journal.resolve(found.id, Decision.RELEASE, by="Kari", note="Ours.", now=NOW)
    assert [(int(each.paid), each.state.value) for each in journal.cases("nordlys")] == [
        (100, "registered"),
        (0, "closed"),
    ]
    assert {row.state for row in written(journal)["postings"]} == {PostingState.PENDING}


def test_a_payment_without_an_id_says_nothing_of_the_next(tmp_path: Path) -> None:
    """Payments that the agency gives no ids are matched each by what it names itself."""
    path = variant(tmp_path, ('unique = ["transaction_id"]\n', ""))
    definition = evolve(DEFINITION, format=(str(path),))
    lines = [
        payment("", received_by=Party.AGENCY),
        payment("", "50.00", agency_case_number="7004", reference="I4", invoice_number="I4"),
    ]
    for part in (None, 1):
        journal, _ = taken_in({"OP1": file_of(lines, "1")}, definition, part)
        assert [item.case for item in journal.pending("nordlys")] == ["I1", "I4", ""]


def _of_much() -> Claim:
    """Return invoice I1 with much outstanding."""
    return evolve(case("I1").claims[0], original_amount=10**6, remaining_amount=10**6)


def test_parts_take_little_memory() -> None:
    """Of some thousand payments a few are in memory at a time; `make bench` measures a million."""

    count = 3000

    def peak(limit: int) -> int:
        lines = [payment(f"T{number}", "1.00") for number in range(count)]
        data = file_of(lines, "1")
        with (
            mock.patch.object(PARTED, "PART", 50),
            mock.patch.object(INGEST, "LARGE", limit),
            mock.patch("lindorff_sdk.files.stream.BLOCK", 8192),
        ):
            journal = Journal(create_engine("sqlite://"))
            journal.adopt("nordlys", [evolve(case("I1"), agency_case_number="7001", claims=(_of_much(),))], now=NOW)
            journal.receive("nordlys", "OP1", [data], now=NOW)
            del data, lines
            tracemalloc.start()
            (report,) = read_waiting(DEFINITION, journal, NOW)
            assert (report.postings, report.findings) == (count + 1, ())
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return most

    assert peak(0) * 3 < peak(10**9)
