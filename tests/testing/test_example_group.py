"""The example group: realistic, right, and nobody in it real."""

import runpy
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lindorff_sdk import check_before_sending
from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.identifiers import is_national_id
from lindorff_sdk.json_models import from_json
from lindorff_sdk.models.cases import CollectionGroup
from lindorff_sdk.models.codes import DebtorKind

EXAMPLES = Path(__file__).parents[2] / "examples"
DEFINITION = ExportDefinition(
    id="nordlys",
    protocol="local",
    server=str(EXAMPLES),
    upload_folder="in",
    download_folder="out",
    customer_id="00417",
    payout_account="86011117947",
    kid_modulus=10,
    kid_lengths=(11,),
)


@pytest.fixture(scope="module")
def group() -> CollectionGroup:
    """The group as it stands in the repository."""
    return from_json(CollectionGroup, (EXAMPLES / "group.json").read_text(encoding="utf-8"))


def test_is_what_its_generator_makes(group: CollectionGroup) -> None:
    """The file is never edited by hand: the generator gives the same bytes and the same models each time."""
    maker = runpy.run_path(str(EXAMPLES / "make_group.py"))
    assert maker["make_group"]() == group
    assert maker["to_text"](group) == (EXAMPLES / "group.json").read_text(encoding="utf-8")


def test_passes_every_check(group: CollectionGroup) -> None:
    """The demo's group is fit to be sent; the one warning is of the one claim that is disputed."""
    [warning] = check_before_sending(group, DEFINITION, now=datetime(2026, 11, 24, 18, tzinfo=UTC))
    assert (warning.code, warning.subject) == ("disputed", "invoice 10008")


def test_has_what_real_groups_have(group: CollectionGroup) -> None:
    """Many invoices of fewer debtors of every kind; disputed, part-paid, credited; several rates of VAT; æ, ø, å."""
    claims = [line.claim for line in group.claims]
    debtors = {line.debtor.number: line.debtor for line in group.claims}
    assert len(claims) >= 40
    assert 25 <= len(debtors) < len(claims)
    assert {debtor.kind for debtor in debtors.values()} == set(DebtorKind)
    assert len(group.cases()) > len(debtors)
    assert [line.disputed for line in group.claims].count(True) == 1
    assert any(line.co_debtors for line in group.claims)
    assert (
        {claim.paid_amount > 0 for claim in claims} == {claim.credited_amount > 0 for claim in claims} == {True, False}
    )
    assert len({(claim.vat_amount / claim.original_amount).quantize(Decimal("0.01")) for claim in claims}) == 4
    assert all(letter in "".join(debtor.name for debtor in debtors.values()) for letter in "ÆØÅæøå")


def test_keeps_the_statutory_limits(group: CollectionGroup) -> None:
    """At most two fees of 37.50, each for a letter 14 days or more after the due date; all deadlines are over."""
    assert group.collection_date == date(2026, 11, 24)
    for line in group.claims:
        assert line.claim.reminder_fee in {Decimal(0), Decimal("37.50") * line.claim.reminders_sent}
        assert line.claim.reminders_sent <= 2
        assert line.notice_date is not None
        assert line.claim.due_date is not None
        assert (line.notice_date - line.claim.due_date).days >= 14 * line.claim.reminders_sent
        assert (group.collection_date - line.notice_date).days > 14
        assert date(2026, 8, 1) <= line.claim.due_date <= date(2026, 10, 31)


def test_nobody_is_real(group: CollectionGroup) -> None:
    """National ids are valid as synthetic ones only, organisation numbers are test ones, and mail goes nowhere."""
    for debtor in {line.debtor for line in group.claims}:
        assert not debtor.national_id or not is_national_id(debtor.national_id)
        assert not debtor.organisation_number or debtor.organisation_number.startswith("3")
        assert not debtor.email or debtor.email.endswith(".example")


def test_fits_iso_8859_1(group: CollectionGroup) -> None:
    """The reference profile writes ISO-8859-1; the demo's group needs nothing outside it."""
    assert (EXAMPLES / "group.json").read_text(encoding="utf-8").encode("iso-8859-1")
