"""A creditor with several ids at the agency, by the level of its reminders: a case stays with the one it went under."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from lindorff_sdk import ExportDefinition, exchange, export_group, preview
from lindorff_sdk.agreement import Level
from lindorff_sdk.collection_list import CollectionList, RemovalReason
from lindorff_sdk.errors import DefinitionError, GroupRefusedError
from lindorff_sdk.files.names import file_name
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.codes import CaseStatus, FileStatus, NumberKind, Transfer
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.receipts import CaseReceipt, FileReceipt, ReceiptFile
from tests.exchange.erp import DAY, REFERENCE, Erp, evening, group_of, listed, night
from tests.exchange.sites import Site

LEVELS = {"second": Level(customer_id="00999", payout_account="86011117947"), "third": Level()}


def at(number: str, level: str, debtor: int = 1) -> Any:
    """Return a claim of a level."""
    return evolve(listed(number, debtor), level=level)


def sent(site: Site) -> dict[str, tuple[str, str, list[str]]]:
    """Return what each upload states: the customer id, the pay-out account, and the invoices."""
    found = {}
    for name in site.names("in"):
        file: Any = parse(site.read("in", name), REFERENCE, file_name=name).require()
        claims = (
            [claim.invoice_number for case in file.cases for claim in case.claims]
            if name.startswith("LS")
            else [item.invoice_number for item in file.corrections]
        )
        found[name] = (file.envelope.customer_id, file.envelope.payout_account, claims)
    return found


async def test_each_id_has_its_own_file(local: Site, erp: Erp) -> None:
    """Claims of levels that are sent as one go together; the preview shows the same files to the byte."""
    definition = local.definition(levels=LEVELS)
    group = group_of(at("A1", "", 1), at("A2", "second", 1), at("A3", "third", 2), at("A4", "second", 3))
    seen = await preview(group, definition, journal=erp.journal, now=evening(0))
    report = await export_group(group, definition, journal=erp.journal, now=evening(0))
    assert (report.cases, report.claims) == (4, 4)
    stated = sent(local)
    assert sorted(stated.values()) == [
        ("00417", definition.payout_account, ["A1", "A3"]),
        ("00999", "86011117947", ["A2", "A4"]),
    ]
    assert {file.name: file.data for file in seen.files} == {name: local.read("in", name) for name in stated}
    assert [file.customer_id for file in seen.files] == ["00417", "00999"]
    assert [file.customer_id for file in erp.journal.outgoing(definition)] == ["00417", "00999"]


async def test_an_unknown_level_is_an_error(local: Site, erp: Erp) -> None:
    """It never falls back to the definition's own id in silence; who wants that switches the check off."""
    group = group_of(at("A1", "secnod"))
    with pytest.raises(GroupRefusedError) as caught:
        await export_group(group, local.definition(levels=LEVELS), journal=erp.journal, now=evening(0))
    [found] = caught.value.findings
    assert (found.code, found.field, found.found) == ("level-unknown", "level", "secnod")
    assert local.names("in") == []
    assert erp.journal.outgoing(local.definition()) == ()


async def test_what_follows_stays_with_the_id(local: Site, erp: Erp) -> None:
    """The receipt for it is taken, and its correction states it, also when the definition says otherwise by then."""
    definition = local.definition(levels=LEVELS)
    collection = CollectionList(erp.journal, definition)
    collection.add([at("A1", "", 1), at("A2", "second", 2)], DAY, now=evening(0))
    await exchange(collection.group(DAY, now=evening(0)), definition, journal=erp.journal, now=evening(0))
    name = receipt(local, definition, erp, "A2", "00999")
    moved = evolve(definition, levels={"second": Level(customer_id="00555")}, customer_id="00444")
    report = await exchange(group_of(), moved, journal=erp.journal, now=evening(1))
    assert [(file.name, file.findings) for file in report.fetched.files] == [(name, ())]
    assert collection.entry("A2", now=evening(1)).agency_case_number == "7000001"
    for name in local.names("in"):
        (local.agency.folders.uploads / name).unlink()
    collection = CollectionList(erp.journal, moved)
    for number in ("A1", "A2"):
        collection.remove(number, RemovalReason.PAID_DIRECTLY, amount=Decimal(1000), now=evening(1))
    report = await exchange(group_of(), moved, journal=erp.journal, now=evening(1))
    assert report.corrections.corrections == 2
    assert sorted(sent(local).values()) == [
        ("00417", definition.payout_account, ["A1"]),
        ("00999", "86011117947", ["A2"]),
    ]


def receipt(site: Site, definition: ExportDefinition, erp: Erp, reference: str, customer_id: str) -> str:
    """Put a receipt among the downloads that registers a case."""
    [file] = [each for each in erp.journal.outgoing(definition) if each.customer_id == customer_id]
    registered = CaseReceipt(
        reference=reference,
        status=CaseStatus.ACCEPTED,
        agency_case_number="7000001",
        number_kind=NumberKind.FINAL,
        debtor_number="D002",
    )
    answer = FileReceipt(file_name=file.name, sequence=file.sequence, status=FileStatus.ACCEPTED, cases=(registered,))
    envelope = Envelope(customer_id=customer_id, sequence=1, created_at=night(0))
    name = file_name(REFERENCE.file(Transfer.RECEIPTS), envelope)
    site.agency.folders.put(name, serialize(ReceiptFile(envelope=envelope, receipts=(answer,)), REFERENCE))
    return name


def test_levels_from_toml(tmp_path: Path, local: Site) -> None:
    """A table for each level; a setting that is none is named with its place."""
    text = local.agency.definition_toml() + '\n[definitions.nordlys.levels.second]\ncustomer_id = "00999"\n'
    path = tmp_path / "lindorff.toml"
    path.write_text(text, encoding="utf-8")
    definition = ExportDefinition.load(path, "nordlys")
    assert definition.levels == {"second": Level(customer_id="00999")}
    assert definition.customer_ids == ("00417", "00999")
    path.write_text(text + 'bank = "1"\n', encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"levels\.second\.bank"):
        ExportDefinition.load(path, "nordlys")
