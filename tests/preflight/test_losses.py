"""What the layout has no field for is told before sending: each value once, masked where it is personal."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from lindorff_sdk import Journal, check_before_sending, preview
from lindorff_sdk.definition import CheckLevel
from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.models.cases import ListedClaim
from lindorff_sdk.models.codes import ClaimKind, DebtorKind, StartLevel
from tests.preflight.mistakes import CLAIM, DEBTOR, DEFINITION, group, line

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
EMPTY = """
id = "lean"
version = "1"
holds_from = 2026-01-01
origin = "A test."
codec = "iso-8859-1"
line_end = "lf"

[files.cases]
name = "LS{customer_id}{created_at:%H%M%S}"
recognised_by = ["code"]
defaults = { "envelope.customer_id" = "00417" }

[[files.cases.records]]
name = "case"
opens = "cases"
occurs = "*"
defaults = { "debtor.number" = "", "debtor.kind" = "private" }
fields = [
    { name = "code", kind = "constant", value = "S" },
    { name = "reference", length = 10, to = "reference" },
    { name = "name", length = 30, to = "debtor.name" },
    CASE
]

[[files.cases.records]]
name = "claim"
under = "case"
opens = "claims"
occurs = "+"
defaults = { DEFAULTS }
fields = [
    { name = "code", kind = "constant", value = "K" },
    { name = "number", length = 10, to = "invoice_number" },
    { name = "dated", kind = "date", to = "invoice_date" },
    { name = "due", kind = "date", to = "due_date" },
    FIELDS
]
"""
ORIGINAL = '{ name = "original", length = 9, kind = "amount", to = "original_amount" },'
REMAINING = '{ name = "remaining", length = 9, kind = "amount", to = "remaining_amount" },'
PAID = '{ name = "paid", length = 9, kind = "amount", to = "paid_amount" },'
CASE = """
    { name = "line1", length = 30, to = "debtor.address.line1" },
    { name = "postcode", length = 4, to = "debtor.address.postcode" },
    { name = "city", length = 20, to = "debtor.address.city" },
    { name = "national_id", length = 11, to = "debtor.national_id" },
    { name = "notice_date", kind = "date", empty = "zeros", to = "notice_date" },
"""
PLAIN = evolve(CLAIM, kid="", paid_amount=0, remaining_amount=CLAIM.original_amount)


def told(folder: Path, *lines: ListedClaim, fields: str = ORIGINAL + REMAINING, **changes: Any) -> tuple[Finding, ...]:
    """Return what is told of claims in a layout with these fields of a claim."""
    lacks = {name: f'{name}_amount = "0.00"' for name in ("original", "remaining") if f'"{name}"' not in fields}
    text = EMPTY.replace("CASE", CASE).replace("FIELDS", fields).replace("DEFAULTS", ", ".join(lacks.values()))
    path = folder / "lean.toml"
    path.write_text(text, encoding="utf-8")
    definition = evolve(DEFINITION, format=str(path), **changes)
    return check_before_sending(group(*lines), definition, now=NOW)


def places(findings: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    return [(found.code, found.field, found.found) for found in findings]


def test_nothing_is_told_where_nothing_is_lost(tmp_path: Path) -> None:
    """Names, empty values and what the layout says it always is are no loss: the layout lacks the debtor's number."""
    assert told(tmp_path, line(PLAIN)) == ()


def test_every_value_without_a_field_is_told(tmp_path: Path) -> None:
    """Of claim, case, debtor and co-debtors; the personal ones masked; as warnings that stop nothing."""
    claim = evolve(PLAIN, reminder_fee="35.00", vat_amount="200.00", reminders_sent=2, text="Hemmelig vare")
    debtor = evolve(DEBTOR, birth_date=date(1986, 9, 15), email="aase@example.org", language="nn")
    lines = line(
        claim,
        debtor,
        (evolve(DEBTOR, number="9"),),
        start_level=StartLevel.NOTICE,
        disputed=True,
        dispute_text="Feil vare",
    )
    found = told(tmp_path, lines, checks={"disputed": CheckLevel.OFF})
    assert set(places(found)) == {
        ("value-not-carried", "claim.reminder_fee", "35.00"),
        ("value-not-carried", "claim.vat_amount", "200.00"),
        ("value-not-carried", "claim.reminders_sent", "2"),
        ("value-not-carried", "claim.text", "'He***********'"),
        ("value-not-carried", "debtor.birth_date", "'19********'"),
        ("value-not-carried", "debtor.email", "'aa**************'"),
        ("value-not-carried", "debtor.language", "'nn'"),
        ("value-not-carried", "co_debtors", "1 of them"),
        ("value-not-carried", "start_level", "'notice'"),
        ("value-not-carried", "disputed", "True"),
        ("value-not-carried", "dispute_text", "'Fe*******'"),
    }
    assert {each.severity for each in found} == {Severity.WARNING}
    assert {each.subject for each in found} == {"invoice 10023"}


def test_each_attribute_is_told_once_for_a_case(tmp_path: Path) -> None:
    """A case of three invoices with two fees: one finding with both, at the first that has one."""
    fees = ("0.00", "35.00", "70.00")
    claims = [evolve(PLAIN, invoice_number=f"{number}", reminder_fee=fee) for number, fee in enumerate(fees)]
    other = evolve(PLAIN, invoice_number="9", reminder_fee="35.00")
    found = told(tmp_path, *map(line, claims), line(other, evolve(DEBTOR, number="2", national_id="")))
    assert [(each.subject, each.field, each.found) for each in found] == [
        ("invoice 1", "claim.reminder_fee", "35.00, 70.00"),
        ("invoice 9", "claim.reminder_fee", "35.00"),
    ]


def test_what_the_file_says_instead_is_told(tmp_path: Path) -> None:
    """A layout that does not tell private from company takes a company for a private person."""
    company = evolve(DEBTOR, kind=DebtorKind.COMPANY, national_id="", organisation_number="988077917")
    found = {each.field: each.message for each in told(tmp_path, line(PLAIN, company))}
    assert found.keys() == {"debtor.kind", "debtor.organisation_number"}
    assert "the agency takes it for 'private'." in found["debtor.kind"]


WRONG, LOST = "amount-not-carried", "value-not-carried"
PART_PAID = evolve(CLAIM, kid="")
CREDITED = evolve(PART_PAID, paid_amount=300, credited_amount=100)


@pytest.mark.parametrize(
    ("fields", "claim", "expected"),
    [
        (ORIGINAL + REMAINING, CREDITED, []),
        (ORIGINAL + PAID, PART_PAID, []),
        (ORIGINAL, PLAIN, []),
        (REMAINING, PLAIN, []),
        (ORIGINAL, PART_PAID, [("amount-not-carried", "remaining_amount"), ("value-not-carried", "paid_amount")]),
        (
            ORIGINAL + PAID,
            CREDITED,
            [("amount-not-carried", "remaining_amount"), ("value-not-carried", "credited_amount")],
        ),
        (REMAINING, PART_PAID, [("value-not-carried", "original_amount"), ("value-not-carried", "paid_amount")]),
        (ORIGINAL + REMAINING, evolve(PLAIN, kind=ClaimKind.CREDIT_NOTE), [("amount-not-carried", "kind")]),
    ],
)
def test_an_amount_that_would_be_collected_wrongly_stops_the_group(
    tmp_path: Path, fields: str, claim: Any, expected: list[tuple[str, str]]
) -> None:
    """It is an error unless the amounts beside it say the same; what has no say in it is a warning."""
    found = told(tmp_path, line(claim), fields=fields)
    assert [(each.code, each.field.removeprefix("claim.")) for each in found] == expected
    stops = {WRONG: Severity.ERROR, LOST: Severity.WARNING}
    assert all(each.severity is stops[each.code] for each in found)


async def test_the_preview_shows_it(tmp_path: Path) -> None:
    """With the files all the same: a warning stops nothing."""
    assert told(tmp_path, line(PLAIN)) == ()
    definition = evolve(DEFINITION, format=str(tmp_path / "lean.toml"))
    with Journal.open(tmp_path / "journal.db") as journal:
        seen = await preview(group(line(evolve(PLAIN, other_fees=Decimal(12)))), definition, journal=journal, now=NOW)
    assert places(seen.findings) == [("value-not-carried", "claim.other_fees", "12.00")]
    assert len(seen.files) == 1
