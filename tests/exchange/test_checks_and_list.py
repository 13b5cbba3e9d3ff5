"""The checks before sending, with our collection list and with the levels of the reminder process."""

from datetime import timedelta

from attrs import evolve

from lindorff_sdk import CollectionGroup, export_group, preview
from lindorff_sdk.agreement import Level
from lindorff_sdk.collection_list import CollectionList, RemovalReason
from lindorff_sdk.definition import CheckLevel
from tests.exchange.erp import DAY, Erp, evening, group_of, listed, small_group
from tests.exchange.sites import Site

OTHER_DAY = DAY + timedelta(days=7)


async def told(group: CollectionGroup, local: Site, erp: Erp) -> list[tuple[str, str]]:
    """Return what a preview tells of a group."""
    seen = await preview(group, local.definition(), journal=erp.journal, now=evening(0))
    return [(found.code, found.subject) for found in seen.findings]


async def test_an_invoice_that_stands_in_another_group_is_told(local: Site, erp: Erp) -> None:
    """On our list an invoice stands in one group; one that the ERP sends with another is caught."""
    ours = CollectionList(erp.journal, local.definition())
    ours.add([listed("I1", 1)], DAY, now=evening(0))
    ours.add([listed("I3", 2)], OTHER_DAY, now=evening(0))
    group = group_of(listed("I1", 1), listed("I3", 2), listed("I4", 3))
    assert await told(group, local, erp) == [("already-listed", "invoice I3")]
    assert await told(evolve(group, collection_date=OTHER_DAY), local, erp) == [("already-listed", "invoice I1")]


async def test_a_group_of_the_list_is_clean(local: Site, erp: Erp) -> None:
    """What the list hands over stands there in that group, and nowhere else."""
    ours = CollectionList(erp.journal, local.definition())
    ours.add([listed("I1", 1), listed("I3", 2)], DAY, now=evening(0))
    assert await told(ours.group("I3", now=evening(0)), local, erp) == []


async def test_what_was_removed_or_sent_is_not_told_as_listed(local: Site, erp: Erp) -> None:
    """A claim taken off the list is kept back; one at the agency is told as sent, whatever group it was in."""
    ours = CollectionList(erp.journal, local.definition())
    ours.add([listed("I1", 1), listed("I3", 2)], OTHER_DAY, now=evening(0))
    await export_group(ours.group(OTHER_DAY, now=evening(0)), local.definition(), journal=erp.journal, now=evening(0))
    ours.add([listed("I4", 3)], OTHER_DAY, now=evening(0))
    ours.remove("I4", RemovalReason.OTHER, text="mistake", now=evening(0))
    group = group_of(listed("I1", 1), listed("I4", 3), listed("I5", 4))
    seen = await preview(group, local.definition(), journal=erp.journal, now=evening(0))
    assert [(found.code, found.subject) for found in seen.findings] == [("already-sent", "invoice I1")]
    assert (seen.left_out, seen.kept_back) == (("I1",), ("I4",))
    assert [case.reference for case in seen.cases] == ["I5"]
    assert erp.journal.listed_on(local.definition(), ["I1", "I4", "I5"]) == {"I1": OTHER_DAY}


async def test_another_agreements_list_does_not_matter(local: Site, erp: Erp) -> None:
    """Lists are by definition."""
    CollectionList(erp.journal, evolve(local.definition(), id="other")).add(
        [listed("I1", 1)], OTHER_DAY, now=evening(0)
    )
    assert await told(group_of(listed("I1", 1)), local, erp) == []


async def test_every_file_is_shown_to_the_byte(local: Site, erp: Erp) -> None:
    """Claims that are sent as several of the creditor's ids go in several files: each is previewed, and sent so."""
    definition = local.definition(levels={"late": Level(customer_id="00999", payout_account="12345678903")})
    lines = small_group().claims
    group = group_of(*lines[:3], *(evolve(line, level="late") for line in lines[3:]))
    seen = await preview(group, definition, journal=erp.journal, now=evening(0))
    assert [file.customer_id for file in seen.files] == [definition.customer_id, "00999"]
    report = await export_group(group, definition, journal=erp.journal, now=evening(0))
    assert [(file.name, file.sequence) for file in report.sent] == [(file.name, file.sequence) for file in seen.files]
    assert [local.read("in", file.name) for file in report.sent] == [file.data for file in seen.files]
    assert sum(len(case.claims) for case in seen.cases) == report.claims == len(lines)


async def test_a_level_that_nobody_defined_refuses_its_claim(local: Site, erp: Erp) -> None:
    """It is told with all else; with the check off the claim is sent as the definition's own."""
    group = group_of(evolve(listed("I1", 1), level="late"), listed("I3", 2))
    assert await told(group, local, erp) == [("level-unknown", "invoice I1")]
    off = local.definition(checks={"level-unknown": CheckLevel.OFF})
    [file] = (await preview(group, off, journal=erp.journal, now=evening(0))).files
    assert file.customer_id == off.customer_id
