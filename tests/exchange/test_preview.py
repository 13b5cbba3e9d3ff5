"""A preview tells what the next export would do, to the byte, and leaves no trace."""

import socket
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import MetaData, select

from lindorff_sdk import (
    ExportDefinition,
    Journal,
    Standing,
    check_before_sending,
    export_group,
    fetch_settlements,
    preview,
    sync,
)
from lindorff_sdk.definition import CheckLevel
from lindorff_sdk.errors import FolderMissingError, GroupRefusedError
from lindorff_sdk.exchange import drafting
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.journal import Outgoing
from lindorff_sdk.models.codes import ClosingReason
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.testing import Closes
from tests.exchange.erp import REFERENCE, Erp, evening, group_of, listed, night, small_group
from tests.exchange.sites import Site


def everything_in(journal: Journal) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table of the journal's database."""
    tables = MetaData()
    tables.reflect(journal.engine)
    with journal.engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in tables.sorted_tables
        }


def stored(journal: Journal, definition: ExportDefinition) -> bytes:
    """Return the bytes of the file that was stored last."""
    return journal.content(journal.outgoing(definition)[-1]).read()


async def test_the_next_export_sends_just_that(local: Site, erp: Erp) -> None:
    """The bytes and the name of the preview are those that arrive, for the first file and for the next ones."""
    definition = local.definition()
    for day, group in enumerate((small_group(), group_of(listed("J1", 8)), group_of(listed("J2", 8)))):
        at = evening(min(day, 1))  # the last two at the same second: a name that is taken moves on
        seen = await preview(group, definition, journal=erp.journal, now=at)
        [file] = seen.files
        [sent] = (await export_group(group, definition, journal=erp.journal, now=at)).sent
        assert (file.name, file.sequence) == (sent.name, sent.sequence) == (file.name, day + 1)
        assert local.read("in", file.name) == file.data == stored(erp.journal, definition)
        assert str(seen).startswith(f"{file.name} would be sent: {len(seen.cases)} cases")


async def test_a_group_is_written_once(local: Site, erp: Erp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes that showed whether the layout can hold the group are those that are stored."""
    written: list[bytes] = []

    def counted(file: AnyFile, profile: Profile) -> bytes:
        written.append(serialize(file, profile))
        return written[-1]

    monkeypatch.setattr(drafting, "serialize", counted)
    definition = local.definition()
    [sent] = (await export_group(small_group(), definition, journal=erp.journal, now=evening(0))).sent
    assert written == [local.read("in", sent.name)]
    await preview(group_of(listed("J1", 8)), definition, journal=erp.journal, now=evening(1))
    assert len(written) == 2


async def test_a_number_that_another_export_took_is_not_stored(
    local: Site, erp: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the checks and the storing another run may send: the file states the number that it was allotted."""
    definition, store = local.definition(), erp.journal.store_outgoing

    def late(*args: Any, **options: Any) -> Outgoing:
        monkeypatch.undo()
        sync.export_group(group_of(listed("J1", 8)), definition, journal=erp.journal, now=evening(0))
        return store(*args, **options)

    monkeypatch.setattr(erp.journal, "store_outgoing", late)
    report = await export_group(small_group(), definition, journal=erp.journal, now=evening(0))
    first, second = erp.journal.outgoing(definition)
    assert (first.sequence, second.sequence) == (1, 2)
    assert first.name != second.name
    assert {file.name for file in report.sent} | {first.name} == {first.name, second.name}
    assert parse(stored(erp.journal, definition), REFERENCE).require().envelope.sequence == 2


@pytest.mark.parametrize("what", ["clean", "refused", "sent", "waiting"])
async def test_nothing_is_touched(local: Site, erp: Erp, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a row of the journal changes, no file appears and nobody is called, whatever the preview says."""
    definition = local.definition()
    group = group_of(listed("B1", amount="-1.00")) if what == "refused" else small_group()
    if what == "sent":
        await export_group(group, definition, journal=erp.journal, now=evening(0))
    if what == "waiting":
        with pytest.raises(FolderMissingError):
            await export_group(group, local.definition(upload_folder="no"), journal=erp.journal, now=evening(0))
    rows, files = everything_in(erp.journal), local.names("in")
    for call in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, call, lambda *_: pytest.fail("the network was used"))
    for _ in range(2):
        seen = await preview(group, definition, journal=erp.journal, now=evening(1))
        assert bool(seen.files) is (what == "clean")
    assert everything_in(erp.journal) == rows
    assert local.names("in") == files


async def test_the_cases_are_those_that_would_be_gathered(local: Site, erp: Erp) -> None:
    """Claims of one debtor stand in one case; what is at the agency is left out and told."""
    definition = local.definition()
    await export_group(group_of(listed("I3", 2)), definition, journal=erp.journal, now=evening(0))
    seen = await preview(small_group(), definition, journal=erp.journal, now=evening(1))
    assert [[claim.invoice_number for claim in case.claims] for case in seen.cases] == [
        ["I1", "I2"],
        ["I4"],
        ["I5"],
        ["I6"],
    ]
    assert seen.left_out == ("I3",)
    assert [(found.code, found.subject) for found in seen.findings] == [("already-sent", "invoice I3")]
    assert not seen.refused


async def test_a_refused_group_is_told_whole_and_has_no_file(local: Site, erp: Erp) -> None:
    """The preview says what the export's error will say, with the warnings, and shows no bytes that are never sent."""
    group = group_of(listed("B1", amount="-1.00"), listed("I2", kid="12345678901"))
    definition = local.definition()
    seen = await preview(group, definition, journal=erp.journal, now=evening(0))
    assert (seen.refused, seen.files) == (True, ())
    assert [found.code for found in seen.findings] == ["amount-not-positive", "kid-check-digit"]
    assert str(seen) == "The group would be refused: 1 problems in its claims."
    with pytest.raises(GroupRefusedError) as caught:
        await export_group(group, definition, journal=erp.journal, now=evening(0))
    assert tuple(caught.value.findings) == seen.findings[:1]


async def test_a_group_that_could_be_written_is_not_shown_if_it_is_refused(local: Site, erp: Erp) -> None:
    """Bytes that no export would send are not shown as if one would."""
    group = group_of(listed("B2", due_date=evening(0).date()))
    seen = await preview(group, local.definition(), journal=erp.journal, now=evening(0))
    assert [found.code for found in seen.findings] == ["not-overdue"]
    assert (len(seen.cases), seen.files) == (1, ())


async def test_a_file_that_waits_is_told(local: Site, erp: Erp) -> None:
    """An interrupted export goes first."""
    with pytest.raises(FolderMissingError):
        await export_group(
            group_of(listed("J1")), local.definition(upload_folder="no"), journal=erp.journal, now=evening(0)
        )
    [waiting] = erp.journal.unfinished(local.definition())
    seen = await preview(small_group(), local.definition(), journal=erp.journal, now=evening(1))
    assert seen.waiting == (waiting.name,)


async def test_a_closed_case_is_told_as_closed(local: Site, erp: Erp) -> None:
    """An invoice whose case the agency has closed is no longer merely sent."""
    definition, group = local.definition(), group_of(listed("I1", 1), listed("I3", 2))
    await export_group(group, definition, journal=erp.journal, now=evening(0))
    local.agency.work(night(0))
    local.agency.settle(night(1), [Closes("I1", ClosingReason.WITHDRAWN)])
    await fetch_settlements(definition, journal=erp.journal, now=evening(2))
    seen = await preview(group, definition, journal=erp.journal, now=evening(2))
    assert [(found.code, found.subject) for found in seen.findings] == [
        ("already-closed", "invoice I1"),
        ("already-sent", "invoice I3"),
    ]
    assert str(seen) == "Nothing is left to send: 2 claims are at the agency already."


async def test_a_rejected_claim_goes_again_without_a_word(local: Site, erp: Erp) -> None:
    """What the agency refused is not at the agency: it is no repeat, and nothing is told of it."""
    definition, group = local.definition(), group_of(listed("I1", 1), listed("I3", 2))
    await export_group(group, definition, journal=erp.journal, now=evening(0))
    local.agency.work(night(0), reject={"I1": ("S12", "Ukjent skyldner")})
    await fetch_settlements(definition, journal=erp.journal, now=evening(1))
    seen = await preview(group, definition, journal=erp.journal, now=evening(1))
    assert [case.reference for case in seen.cases] == ["I1"]
    assert [(found.code, found.subject) for found in seen.findings] == [("already-sent", "invoice I3")]


async def test_a_level_of_error_refuses_what_was_sent_before(local: Site, erp: Erp) -> None:
    """An ERP that wants to hear of it has the group refused instead of the claim left out."""
    definition: ExportDefinition = local.definition()
    await export_group(small_group(), definition, journal=erp.journal, now=evening(0))
    strict = evolve(definition, checks={"already-sent": CheckLevel.ERROR})
    assert (await preview(small_group(), strict, journal=erp.journal, now=evening(1))).refused
    with pytest.raises(GroupRefusedError, match="6 problems"):
        await export_group(small_group(), strict, journal=erp.journal, now=evening(1))


def own(folder: Path) -> ExportDefinition:
    """Return the definition of an agreement without an agency."""
    return ExportDefinition(
        id="own",
        protocol="local",
        server=str(folder),
        upload_folder="in",
        download_folder="out",
        customer_id="1",
        payout_account="86011117947",
    )


def test_the_checks_need_no_journal(tmp_path: Path) -> None:
    """An ERP with a list of its own asks in one call, and says itself what was sent before."""
    group = group_of(listed("B1", amount="-1.00"), listed("I2", 2))
    findings = check_before_sending(group, own(tmp_path), standing={"I2": Standing.SENT}, now=evening(0))
    assert [(found.code, found.subject) for found in findings] == [
        ("amount-not-positive", "invoice B1"),
        ("already-sent", "invoice I2"),
    ]


def test_without_await(tmp_path: Path) -> None:
    """`lindorff_sdk.sync` has it too."""
    with Journal.open(tmp_path / "journal.db") as journal:
        [file] = sync.preview(small_group(), own(tmp_path), journal=journal, now=evening(0)).files
        assert file.sequence == 1
