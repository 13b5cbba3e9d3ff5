"""Checks before sending: each catches its own case, and only that."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk import preflight
from lindorff_sdk.definition import CheckLevel, ExportDefinition
from lindorff_sdk.findings import CHECKS, Finding, Severity
from lindorff_sdk.models.cases import Claim, CollectionGroup, ListedClaim
from lindorff_sdk.models.codes import ClaimKind, DebtorKind
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.preflight import check_group

TODAY = date(2026, 11, 24)
DEFINITION = ExportDefinition(
    id="nordlys",
    protocol="local",
    server=str(Path("/exchange")),
    upload_folder="in",
    download_folder="out",
    customer_id="00417",
    payout_account="86011117947",
    kid_modulus=10,
    kid_lengths=(9,),
)
DEBTOR = Debtor(
    number="1001",
    kind=DebtorKind.PRIVATE,
    name="Åse Bø",
    address=Address(line1="Sjøgata 1", postcode="0150", city="Oslo"),
    national_id="15908695043",
)
COMPANY = Debtor(
    number="2001",
    kind=DebtorKind.COMPANY,
    name="Fjord AS",
    address=Address(postcode="5003", city="Bergen"),
    organisation_number="988077917",
)
CLAIM = Claim(
    invoice_number="10023",
    invoice_date=date(2026, 8, 1),
    due_date=date(2026, 8, 15),
    original_amount=Decimal(1000),
    remaining_amount=Decimal(600),
    paid_amount=Decimal(400),
    kid="123456782",
)


def group(*lines: ListedClaim) -> CollectionGroup:
    """Return the group of these claims."""
    return CollectionGroup(collection_date=TODAY, claims=lines)


def line(claim: Claim = CLAIM, debtor: Debtor = DEBTOR, co_debtors: tuple[Debtor, ...] = ()) -> ListedClaim:
    """Return one listed claim."""
    return ListedClaim(claim=claim, debtor=debtor, co_debtors=co_debtors)


def check(*lines: ListedClaim, definition: ExportDefinition = DEFINITION) -> tuple[Finding, ...]:
    """Return what the checks catch in a group of these claims."""
    return check_group(group(*lines), definition, today=TODAY)


def places(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """Return code and field of each finding."""
    return [(finding.code, finding.field) for finding in findings]


def test_a_good_group_passes() -> None:
    """A group with nothing wrong has no finding."""
    assert check(line(), line(evolve(CLAIM, invoice_number="10024"), COMPANY)) == ()


def test_every_check_has_its_code() -> None:
    """The table of functions and the table of codes name the same checks."""
    assert preflight._CHECKS.keys() == CHECKS.keys()


class TestClaim:
    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"invoice_number": " "}, "invoice-number-missing", "invoice_number"),
            ({"remaining_amount": 0, "paid_amount": 1000}, "amount-not-positive", "remaining_amount"),
            ({"remaining_amount": "-0.01", "paid_amount": "1000.01"}, "amount-not-positive", "remaining_amount"),
            ({"remaining_amount": "1000.01", "paid_amount": "-0.01"}, "amount-over-original", "remaining_amount"),
            ({"remaining_amount": "599.99"}, "amounts-do-not-add-up", "remaining_amount"),
            ({"due_date": TODAY}, "not-overdue", "due_date"),
            ({"kid": "123456785"}, "kid-check-digit", "kid"),
            ({"kid": "2345676"}, "kid-length", "kid"),
        ],
    )
    def test_is_caught_by_its_own_check_alone(self, changes: dict[str, Any], code: str, field: str) -> None:
        """Each case is caught by one check, at one field."""
        assert places(check(line(evolve(CLAIM, **changes)))) == [(code, f"claim.{field}")]

    def test_an_invoice_number_twice(self) -> None:
        """The second invoice of a number is named, with the place of the first."""
        (finding,) = check(line(evolve(CLAIM, invoice_number="1")), line(), line())
        assert (finding.code, finding.subject) == ("invoice-number-twice", "invoice 10023")
        assert "Claim 2 of the group" in finding.message

    def test_claims_without_number_are_not_the_same(self) -> None:
        """A missing number is reported as missing, not as a repeat, and the claim is named by its place."""
        bare = line(evolve(CLAIM, invoice_number=""))
        findings = check(bare, bare)
        assert [finding.code for finding in findings] == ["invoice-number-missing"] * 2
        assert findings[1].subject == "claim 2 of the group, without invoice number"

    def test_a_credit_note_may_be_negative(self) -> None:
        """Amounts of credit notes are not held to the rules of invoices."""
        note = evolve(CLAIM, kind=ClaimKind.CREDIT_NOTE, original_amount=-100, remaining_amount=-100, paid_amount=0)
        assert check(line(note)) == ()

    def test_a_kid_is_optional(self) -> None:
        """No KID, no check; and without an agreed modulus or length either modulus and any length is good."""
        assert check(line(evolve(CLAIM, kid=""))) == ()
        free = evolve(DEFINITION, kid_modulus=None, kid_lengths=())
        assert check(line(evolve(CLAIM, kid="12345678903")), definition=free) == ()


class TestDebtor:
    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"number": ""}, "debtor-number-missing", "number"),
            ({"name": " "}, "debtor-name-missing", "name"),
            ({"address": Address(postcode="", city="Oslo")}, "debtor-postcode-missing", "address.postcode"),
            ({"address": Address(postcode="0150", city="")}, "debtor-city-missing", "address.city"),
            ({"address": Address(postcode="150", city="Oslo")}, "postcode-not-four-digits", "address.postcode"),
            ({"address": Address(postcode="\u0660150", city="Oslo")}, "postcode-not-four-digits", "address.postcode"),
            ({"organisation_number": "988077917"}, "debtor-kind-contradicted", "kind"),
            ({"kind": DebtorKind.COMPANY}, "debtor-kind-contradicted", "kind"),
            ({"kind": DebtorKind.PUBLIC}, "debtor-kind-contradicted", "kind"),
            ({"national_id": "15908695044"}, "national-id-check-digit", "national_id"),
        ],
    )
    @pytest.mark.parametrize("role", ["debtor", "co_debtors[0]"])
    def test_is_caught_by_its_own_check_alone(self, changes: dict[str, Any], code: str, field: str, role: str) -> None:
        """Each case is caught by one check, in the debtor and in a co-debtor."""
        bad = evolve(DEBTOR, **changes)
        listed = line(debtor=bad) if role == "debtor" else line(debtor=COMPANY, co_debtors=(bad,))
        assert places(check(listed)) == [(code, f"{role}.{field}")]

    def test_a_wrong_organisation_number(self) -> None:
        """A wrong check digit is a warning: refusing a real company is worse than passing a wrong number."""
        (finding,) = check(line(debtor=evolve(COMPANY, organisation_number="988077918")))
        assert (finding.code, finding.severity) == ("organisation-number-check-digit", Severity.WARNING)

    def test_a_foreign_postcode_is_not_judged(self) -> None:
        """Four digits are Norwegian."""
        assert (
            check(line(debtor=evolve(DEBTOR, address=Address(postcode="SE-411 05", city="Göteborg", country="SE"))))
            == ()
        )

    def test_one_number_with_other_data(self) -> None:
        """A customer number stands for one debtor; the fields that differ are named, and what they hold is not."""
        moved = evolve(DEBTOR, name="Åse Vik", address=evolve(DEBTOR.address, city="Moss"))
        (finding,) = check(line(), line(evolve(CLAIM, invoice_number="10024"), moved))
        assert (finding.code, finding.subject, finding.found) == (
            "debtor-differs",
            "invoice 10024",
            "name, address.city",
        )
        assert "Vik" not in str(finding)

    def test_national_ids_are_masked(self) -> None:
        """No finding shows a whole national id."""
        contradicted = evolve(COMPANY, national_id="15908695044", organisation_number="")
        findings = check(line(debtor=contradicted))
        assert {finding.found for finding in findings} == {"15*********"}
        assert "15908695044" not in "".join(map(repr, findings))


class TestDefinition:
    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"payout_account": "86011117949"}, "account-check-digit", "payout_account"),
            ({"agency_account": "1"}, "account-check-digit", "agency_account"),
            ({"currency": "SEK"}, "currency-not-nok", "currency"),
        ],
    )
    def test_is_checked_too(self, changes: dict[str, Any], code: str, field: str) -> None:
        """What the file takes from the definition is checked with the group."""
        (finding,) = check(line(), definition=evolve(DEFINITION, **changes))
        assert (finding.code, finding.field, finding.subject) == (code, field, "definition nordlys")

    def test_changes_a_severity(self) -> None:
        """The definition makes a check weigh more or less, or switches it off."""
        bad = line(evolve(CLAIM, kid="123456785", due_date=TODAY))
        checks = {"kid-check-digit": CheckLevel.ERROR, "not-overdue": CheckLevel.OFF}
        (finding,) = check(bad, definition=evolve(DEFINITION, checks=checks))
        assert (finding.code, finding.severity) == ("kid-check-digit", Severity.ERROR)


def test_findings_come_in_the_order_of_the_claims() -> None:
    """Everything about one invoice stands together, the definition's findings first."""
    bad = evolve(CLAIM, kid="1", due_date=TODAY)
    nameless = evolve(DEBTOR, name="", number="7")
    lines = [line(evolve(bad, invoice_number=number), nameless) for number in ("1", "2")]
    findings = check(*lines, definition=evolve(DEFINITION, payout_account="1"))
    assert [finding.subject for finding in findings] == ["definition nordlys", *["invoice 1"] * 4, *["invoice 2"] * 4]


@given(st.text(), st.text(), st.sampled_from(DebtorKind))
def test_no_text_raises(text: str, other: str, kind: DebtorKind) -> None:
    """Whatever the ERP's fields hold is answered by findings, never by an exception."""
    debtor = Debtor(
        number=text, kind=kind, name=other, national_id=other, organisation_number=text, address=Address(postcode=other)
    )
    assert check(line(evolve(CLAIM, kid=text, invoice_number=other), debtor, (debtor,)))
