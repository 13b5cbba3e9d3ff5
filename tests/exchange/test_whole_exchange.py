"""The whole exchange, over each kind of server: sent, answered, settled, booked, and every sum equal to the files'."""

import asyncio
import os
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from lindorff_sdk import (
    AfterFetch,
    CaseClosed,
    CaseRegistered,
    CaseRejected,
    CaseRenumbered,
    CollectionGroup,
    ExchangeReport,
    ExportDefinition,
    FileAcknowledged,
    InterestNoteIssued,
    PaymentReceived,
    SettlementTotalled,
    exchange,
    to_json,
)
from lindorff_sdk.files.parser import parse
from lindorff_sdk.journal import IncomingState, OutgoingState
from lindorff_sdk.models.codes import CaseStatus, FileStatus, NumberKind
from lindorff_sdk.models.receipts import CaseReceipt, ReceiptFile
from lindorff_sdk.models.settlements import CaseClosure, InterestNote, Payment, SettlementFile, SettlementTotals
from lindorff_sdk.reconciliation.matching import CaseState
from lindorff_sdk.testing import PASSWORD_VARIABLE
from tests.exchange.erp import REFERENCE, Erp, evening, example_group, night, of, shares, total
from tests.exchange.sites import Site

ROOT = Path(__file__).parents[2]


async def an_evening(day: int, group: CollectionGroup, site: Site, erp: Erp, definition: ExportDefinition) -> int:
    """Exchange and book; return how many events were booked."""
    report = await exchange(group, definition, journal=erp.journal, connect=site.connect, now=evening(day))
    assert not report.fetched.failed
    assert not report.fetched.findings
    return erp.book_all(definition)


async def four_evenings(site: Site, erp: Erp, definition: ExportDefinition) -> CollectionGroup:
    """Let everything happen once; return the group without the claims that the agency refused."""
    group = example_group()
    nights = ("first_night", "second_night", "third_night")
    for day, name in enumerate(nights):
        await an_evening(day, group, site, erp, definition)
        refused = {number for event in of(CaseRejected, erp.booked()) for number in event.invoice_numbers}
        group = group.only(
            line.claim.invoice_number for line in group.claims if line.claim.invoice_number not in refused
        )
        assert site.works(name, night(day))
    await an_evening(len(nights), group, site, erp, definition)
    return group


def receipts(site: Site) -> list[CaseReceipt]:
    """Return what the agency's files say about cases."""
    files = of(ReceiptFile, (parse(data, REFERENCE).require() for data in site.agency.written.values()))
    return [case for file in files for receipt in file.receipts for case in receipt.cases]


def settled(site: Site) -> list[object]:
    """Return the entries of the agency's settlements."""
    files = of(SettlementFile, (parse(data, REFERENCE).require() for data in site.agency.written.values()))
    return [entry for file in files for entry in file.entries]


EVERY = [
    *((name, after) for name in ("embedded sftp", "embedded ftp") for after in AfterFetch),
    ("local", AfterFetch.LEAVE),
    ("memory", AfterFetch.MOVE),
    *(pytest.param("openssh", after, marks=pytest.mark.real_server) for after in AfterFetch),
]


@pytest.mark.parametrize(("site", "after"), EVERY, indirect=["site"])
async def test_everything_is_sent_and_booked_once(site: Site, erp: Erp, after: AfterFetch) -> None:
    """All claims arrive in one file; what comes back is booked whole, once, and adds up share by share, case by case.

    Fetched files are left, moved or deleted as the definition says. Another run, with the same journal or a new one
    opened on the same database, sends nothing and books nothing.
    """
    if after is AfterFetch.MOVE:
        definition = site.definition(after_fetch=after, done_folder="done")
    else:
        definition = site.definition(after_fetch=after)
    group = await four_evenings(site, erp, definition)

    sent_as_it_should_be(site, erp, definition)
    answered_as_the_receipts_say(site, erp, definition)
    adds_up(site, erp)
    lies_where_it_should(site, erp, definition, after)
    await does_nothing_again(group, site, erp, definition)


def sent_as_it_should_be(site: Site, erp: Erp, definition: ExportDefinition) -> None:
    """One file went out, byte for byte what the journal holds, and nothing else is left in the folder."""
    [file] = erp.journal.outgoing(definition)
    [(name, data)] = erp.uploads(definition).items()
    assert (site.agency.folders.archive / name).read_bytes() == data
    assert site.names("in") == []
    assert file.state is OutgoingState.PARTLY_ACCEPTED
    parsed = parse(data, REFERENCE, file_name=name)
    assert not parsed.findings
    invoices = {claim.invoice_number for case in parsed.require().cases for claim in case.claims}  # type: ignore[union-attr]
    assert invoices == {line.claim.invoice_number for line in example_group().claims}


def answered_as_the_receipts_say(site: Site, erp: Erp, definition: ExportDefinition) -> None:
    """Every case is registered, rejected or renumbered as the receipts say, one with a temporary number first."""
    events, answers = erp.booked(), receipts(site)
    rejected, registered = of(CaseRejected, events), of(CaseRegistered, events)
    assert [each.reference for each in rejected] == [
        each.reference for each in answers if each.status is CaseStatus.REJECTED
    ]
    assert len(rejected) == 1
    assert rejected[0].reason_code
    assert rejected[0].reason_text
    given = {each.reference: each.agency_case_number for each in answers if each.status is CaseStatus.ACCEPTED}
    assert {each.reference: each.agency_case_number for each in registered} == given
    [temporary] = [each for each in registered if each.number_kind is NumberKind.TEMPORARY]
    [renumbered] = of(CaseRenumbered, events)
    assert renumbered.reference == temporary.reference
    assert renumbered.previous_number == temporary.agency_case_number
    assert renumbered.number_kind is NumberKind.FINAL
    known = {case.reference: case for case in erp.journal.cases(definition)}
    assert known[renumbered.reference].agency_case_number == renumbered.agency_case_number
    assert known[renumbered.reference].previous_numbers == (renumbered.previous_number,)
    assert known[rejected[0].reference].state is CaseState.REJECTED
    assert {each.status for each in of(FileAcknowledged, events)} == {FileStatus.PARTLY_ACCEPTED}


def adds_up(site: Site, erp: Erp) -> None:
    """The sums of the events are those of the files, per share and per case, and those of the agency's books."""
    events, entries = erp.booked(), settled(site)
    paid, told = of(PaymentReceived, events), of(Payment, entries)
    assert shares(paid) == {name: total(getattr(each, name) for each in told) for name in shares(())}
    assert all(amount for amount in shares(paid).values()), "a share that nobody paid proves nothing"
    by_case: defaultdict[str, list[PaymentReceived]] = defaultdict(list)
    for event in paid:
        by_case[event.reference].append(event)
    for reference, payments in by_case.items():
        theirs = [each for each in told if each.reference == reference]
        assert shares(payments) == {name: total(getattr(each, name) for each in theirs) for name in shares(())}
    notes = of(InterestNoteIssued, events)
    assert [each.amount for each in notes] == [each.amount for each in of(InterestNote, entries)]
    assert total(each.amount for each in notes) == shares(paid)["interest"]
    ids = {each.id for each in paid}
    assert all(each.payment_event_id in ids for each in notes)
    closed, ended = of(CaseClosed, events), of(CaseClosure, entries)
    assert [(each.reference, each.reason) for each in closed] == [(each.reference, each.reason) for each in ended]
    assert {each.reason.value for each in closed} >= {"paid_to_agency", "disputed", "bankrupt"}
    totals, stated = of(SettlementTotalled, events), of(SettlementTotals, entries)
    assert [(each.gross, each.paid_out) for each in totals] == [(each.gross, each.paid_out) for each in stated]
    assert total(each.gross for each in totals) == shares(paid)["amount"]
    left = {
        held.claim.invoice_number: held.remaining
        for case in site.agency.caseload.cases
        for held in case.claims.values()
    }
    principal: defaultdict[str, Decimal] = defaultdict(Decimal)
    for event in paid:
        principal[event.invoice_numbers[0]] += event.principal
    for line in example_group().claims:
        if (number := line.claim.invoice_number) in left and principal[number]:
            assert line.claim.remaining_amount - principal[number] == left[number]
    assert len(principal) > len(by_case) > 5, "several claims of one debtor were paid"


def lies_where_it_should(site: Site, erp: Erp, definition: ExportDefinition, after: AfterFetch) -> None:
    """Fetched files lie where the definition wants them, whole, and in the journal in any case."""
    written = site.agency.written
    folder = {AfterFetch.LEAVE: "out", AfterFetch.MOVE: "done", AfterFetch.DELETE: ""}[after]
    for place in ("out", "done"):
        assert site.names(place) == (sorted(written) if place == folder else [])
    if folder:
        assert {name: site.read(folder, name) for name in site.names(folder)} == written
    incoming = erp.journal.incoming(definition)
    assert {file.name: erp.journal.content(file).read() for file in incoming} == written
    assert {file.state for file in incoming} == {IncomingState.PROCESSED}
    assert {file.deliveries for file in incoming} == {1}


async def does_nothing_again(group: CollectionGroup, site: Site, erp: Erp, definition: ExportDefinition) -> None:
    """Another run, here or on a newly opened journal, sends nothing and books nothing."""
    before, log = erp.booked(), erp.journal.log(definition)
    report = await exchange(group, definition, journal=erp.journal, connect=site.connect, now=evening(9))
    nothing_happened(report)
    assert erp.book_all(definition) == 0
    with Erp.open(Path(str(erp.journal.engine.url.database)).parent) as again:
        nothing_happened(
            await exchange(group, definition, journal=again.journal, connect=site.connect, now=evening(10))
        )
        assert again.book_all(definition) == 0
        assert again.booked() == before
        assert [entry.name for entry in again.journal.log(definition)] == [entry.name for entry in log]
    assert site.names("in") == []


def nothing_happened(report: ExchangeReport) -> None:
    """Nothing was sent and nothing was read, and the report says so."""
    assert report.exported.nothing_to_send
    assert "Nothing was left to send" in str(report)
    assert report.exported.left_out
    assert not report.fetched.files
    assert not report.fetched.failed


AGAIN = """
import asyncio, sys
from pathlib import Path
from lindorff_sdk import CollectionGroup, ExportDefinition, exchange, from_json
from tests.exchange.erp import Erp, evening

definition = ExportDefinition.load(sys.argv[1], "nordlys")
group = from_json(CollectionGroup, Path(sys.argv[2]).read_text(encoding="utf-8"))
with Erp.open(Path(sys.argv[3])) as erp:
    report = asyncio.run(exchange(group, definition, journal=erp.journal, now=evening(11)))
    print(report)
    sys.exit(not (report.exported.nothing_to_send and not report.fetched.files and not erp.book_all(definition)))
"""


@pytest.mark.parametrize("site", ["embedded sftp"], indirect=True)
async def test_another_process_repeats_nothing(site: Site, erp: Erp, tmp_path: Path) -> None:
    """A new process on the same database, with its definition from a file, finds nothing to send or to book."""
    definition = site.definition()
    group = await four_evenings(site, erp, definition)
    before = erp.booked()
    (tmp_path / "group.json").write_text(to_json(group), encoding="utf-8")
    (tmp_path / "lindorff.toml").write_text(toml(definition), encoding="utf-8")
    process = await run(
        [sys.executable, "-c", AGAIN, str(tmp_path / "lindorff.toml"), str(tmp_path / "group.json"), str(tmp_path)],
        {PASSWORD_VARIABLE: site.agency.password},
    )
    assert process.returncode == 0, process.stderr
    assert b"Nothing was left to send" in process.stdout
    assert erp.booked() == before


async def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run a command while this process goes on serving."""
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, cwd=ROOT, env={**os.environ, **environment}, check=False
    )


def toml(definition: ExportDefinition) -> str:
    """Return a definition as it stands in a file, with the password from the environment."""
    texts = ("server", "username", "host_key", "upload_folder", "download_folder", "customer_id")
    lines = [f'{key} = "{getattr(definition, key)}"' for key in texts]
    return "\n".join(
        ("[definitions.nordlys]", *lines, f"port = {definition.port}", f'password = {{ env = "{PASSWORD_VARIABLE}" }}')
    )
