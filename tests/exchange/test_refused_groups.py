"""Bad claims: all problems told at once, each with invoice and field; nothing of the group stored, nothing sent."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from lindorff_sdk import ExportDefinition, ListedClaim, Severity, export_group
from lindorff_sdk.errors import FolderMissingError, GroupRefusedError, RequestError
from lindorff_sdk.findings import CODES
from tests.exchange.erp import Erp, evening, group_of, listed, small_group, variant
from tests.exchange.sites import Site


def owed_by(number: str, debtor: int, *, postcode: str = "9008", **changes: Any) -> ListedClaim:
    """Return an invoice whose debtor differs."""
    line = listed(number, debtor)
    address = evolve(line.debtor.address, postcode=postcode)
    return evolve(line, debtor=evolve(line.debtor, address=address, **changes))


BAD = {
    "negative amount": (listed("B1", 11, "-5.00"), "invoice B1", "claim.remaining_amount"),
    "no postcode": (owed_by("B2", 12, postcode=""), "invoice B2", "debtor.address.postcode"),
    "outside the codec": (owed_by("B3", 13, name="Łukasz Prøve"), "invoice B3", "debtor.name"),
    "over-long name": (owed_by("B4", 14, name="N" * 61), "invoice B4", "debtor.name"),
    "over-long invoice number": (listed("B" * 21, 15), f"invoice {'B' * 21}", "claim.invoice_number"),
    "line end in a text": (listed("B6", 16, text="en\nto"), "invoice B6", "claim.text"),
    "twice": (listed("I1", 1), "invoice I1", "claim.invoice_number"),
    "not overdue": (listed("B7", 17, due_date=evening(1).date()), "invoice B7", "claim.due_date"),
}
"""What makes a claim a bad one, with the invoice and the field that its problem must name."""


async def refused(site: Site, erp: Erp, bad: Iterable[ListedClaim], definition: ExportDefinition) -> GroupRefusedError:
    """Export a group of good claims and bad ones; nothing of it is stored or sent."""
    before = erp.journal.outgoing(definition)
    with pytest.raises(GroupRefusedError) as caught:
        await export_group(
            group_of(*small_group().claims, *bad),
            definition,
            journal=erp.journal,
            connect=site.connect,
            now=evening(0),
        )
    assert erp.journal.outgoing(definition) == before
    assert isinstance(caught.value, RequestError), "it is mended in the ERP"
    return caught.value


def told(error: GroupRefusedError) -> set[tuple[str, str]]:
    """Return invoice and field of each problem; each has both, and stands in the text."""
    assert all(found.severity is Severity.ERROR for found in error.findings)
    assert all(found.subject.startswith("invoice ") and found.field for found in error.findings)
    assert all(found.subject in str(error) and found.field in str(error) for found in error.findings)
    return {(found.subject, found.field) for found in error.findings}


@pytest.mark.parametrize("kind", BAD)
async def test_one_bad_claim(local: Site, erp: Erp, kind: str) -> None:
    """The group is refused whole, naming just the bad claim's invoice and field."""
    line, invoice, field = BAD[kind]
    problems = told(await refused(local, erp, [line], local.definition()))
    assert (invoice, field) in problems
    assert {subject for subject, _ in problems} == {invoice}
    assert not erp.journal.outgoing(local.definition())
    assert not erp.journal.live_invoices(local.definition())
    assert local.names("in") == []


async def test_every_problem_of_every_claim_at_once(local: Site, erp: Erp) -> None:
    """Nobody has to mend one claim to hear of the next: checks and layout are told together."""
    error = await refused(local, erp, [line for line, _, _ in BAD.values()], local.definition())
    assert told(error) >= {(invoice, field) for _, invoice, field in BAD.values()}
    assert local.names("in") == []


async def test_a_debtor_of_several_invoices(local: Site, erp: Erp) -> None:
    """What is wrong with a debtor is told of each of its invoices, not of a case that the ERP never saw."""
    lines = [owed_by(number, 20, name="Ω AS") for number in ("B8", "B9")]
    assert told(await refused(local, erp, lines, local.definition())) == {
        ("invoice B8", "debtor.name"),
        ("invoice B9", "debtor.name"),
    }


async def test_a_number_that_names_the_case(local: Site, erp: Erp) -> None:
    """A case goes by its first invoice: a number that is too long is told of that one, not of the others in it."""
    lines = [listed("B" * 21, 15), listed("B9", 15)]
    assert told(await refused(local, erp, lines, local.definition())) == {
        (f"invoice {'B' * 21}", "claim.invoice_number")
    }


async def test_a_setting_that_the_layout_cannot_hold(local: Site, erp: Erp) -> None:
    """What the file states of the agreement is told of the definition, by the name of the setting."""
    [found] = (await refused(local, erp, [], local.definition(customer_id="00417004170"))).findings
    assert (found.subject, found.field) == (f"definition {local.definition().id}", "customer_id")


async def test_a_total_that_the_layout_cannot_hold(local: Site, erp: Erp, tmp_path: Path) -> None:
    """Where every claim fits and their sum does not, that is told; where a claim does not, its sum is not told too."""
    total = '{ name = "original_amount", length = 15, kind = "amount", sums = ["claim.original_amount"] }'
    path = variant(tmp_path, (total, total.replace("15", "5")))
    definition = local.definition(format=str(path))
    [found] = (await refused(local, erp, [], definition)).findings
    assert (found.code, found.record, found.field) == ("field-unwritable", "end", "original_amount")
    error = await refused(local, erp, [BAD["over-long name"][0]], definition)
    assert told(error) == {BAD["over-long name"][1:]}


@pytest.mark.parametrize("kind", BAD)
async def test_one_mistake_is_told_once(local: Site, erp: Erp, kind: str) -> None:
    """What a check catches and the layout cannot hold either is one problem, not two; it says what to do."""
    [found] = (await refused(local, erp, [BAD[kind][0]], local.definition())).findings
    assert found.message.endswith(CODES[found.code].cure)


async def test_no_personal_data_is_told(local: Site, erp: Erp) -> None:
    """A name that cannot be written is masked."""
    error = await refused(local, erp, [owed_by("B3", 13, name="Łukasz Hemmelig")], local.definition())
    assert "Hemmelig" not in str(error)
    assert "Hemmelig" not in repr(error)


async def test_a_mended_group_goes_out(local: Site, erp: Erp) -> None:
    """A refusal leaves no trace: the same claims, mended, are the first file of the series."""
    definition = local.definition()
    await refused(local, erp, [BAD["no postcode"][0]], definition)
    group = group_of(*small_group().claims, owed_by("B2", 12))
    report = await export_group(group, definition, journal=erp.journal, now=evening(1))
    assert [(sent.sequence, sent.finished) for sent in report.sent] == [(1, False)]
    assert (report.cases, report.claims) == (6, 7)


async def test_an_interrupted_export_is_finished_first(site: Site, erp: Erp) -> None:
    """A refused group does not hold up the file that waits: it is sent, and only then the refusal is raised."""
    with pytest.raises(FolderMissingError):
        await export_group(
            group_of(listed("J1")),
            site.definition(upload_folder="nowhere"),
            journal=erp.journal,
            connect=site.connect,
            now=evening(0),
        )
    definition = site.definition()
    [waiting] = erp.journal.unfinished(definition)
    with pytest.raises(GroupRefusedError):
        await export_group(
            group_of(listed("B1", amount="-1.00")),
            definition,
            journal=erp.journal,
            connect=site.connect,
            now=evening(0),
        )
    assert site.names("in") == [waiting.name]
    assert site.read("in", waiting.name) == erp.journal.content(waiting).read()
    assert not erp.journal.unfinished(definition)


async def test_claims_at_the_agency_are_not_checked_again(local: Site, erp: Erp) -> None:
    """A claim that was sent is left out before the checks: paid down since, it is no bad claim of this export."""
    definition = local.definition()
    await export_group(small_group(), definition, journal=erp.journal, now=evening(0))
    paid = [evolve(line, claim=evolve(line.claim, remaining_amount="0.00")) for line in small_group().claims]
    report = await export_group(group_of(*paid), definition, journal=erp.journal, now=evening(1))
    assert report.nothing_to_send
    assert set(report.left_out) == {"I1", "I2", "I3", "I4", "I5", "I6"}


async def test_warnings_are_told_and_do_not_stop(local: Site, erp: Erp) -> None:
    """A wrong check digit is a warning: the claim is sent, and the report tells."""
    report = await export_group(
        group_of(listed("I1", kid="12345678901")), local.definition(), journal=erp.journal, now=evening(0)
    )
    assert [(found.code, found.severity, found.subject) for found in report.findings] == [
        ("kid-check-digit", Severity.WARNING, "invoice I1")
    ]
    assert report.claims == 1
