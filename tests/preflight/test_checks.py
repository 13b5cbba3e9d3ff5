"""Checks before sending: each catches its own case, and only that."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.agreement import Level
from lindorff_sdk.definition import CheckLevel, ExportDefinition
from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.models.cases import ListedClaim
from lindorff_sdk.models.codes import ClaimKind, DebtorKind, StartLevel
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.preflight import Standing, check_group
from lindorff_sdk.statute import Figure, Figures
from tests.preflight.mistakes import CLAIM, COMPANY, DAY, DEBTOR, DEFINITION, TODAY, group, line


def check(*lines: ListedClaim, definition: ExportDefinition = DEFINITION) -> tuple[Finding, ...]:
    """Return what the checks catch in a group of these claims."""
    return check_group(group(*lines), definition, today=TODAY)


def places(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """Return code and field of each finding."""
    return [(finding.code, finding.field) for finding in findings]


def test_a_good_group_passes() -> None:
    """A group with nothing wrong has no finding."""
    assert check(line(), line(evolve(CLAIM, invoice_number="10024"), COMPANY)) == ()


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
            ({"due_date": TODAY + DAY}, "not-overdue", "due_date"),
            ({"due_date": TODAY - DAY}, "overdue-too-short", "due_date"),
            ({"due_date": None}, "due-date-missing", "due_date"),
            ({"original_amount": -1, "paid_amount": -601}, "amount-not-positive", "original_amount"),
            ({"remaining_amount": "1400.00", "reminder_fee": "70.00"}, "amount-over-original", "remaining_amount"),
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

    @pytest.mark.parametrize("sign", [1, -1])
    def test_a_credit_note_is_not_collected(self, sign: int) -> None:
        """It goes with what it lowers: of either sign, however small and new, without notice or due date."""
        note = evolve(
            CLAIM,
            kind=ClaimKind.CREDIT_NOTE,
            original_amount=sign * 100,
            remaining_amount=sign * 100,
            paid_amount=0,
            reminder_fee=500,
        )
        least = evolve(DEFINITION, minimum_claim=500)
        for due in (None, TODAY, TODAY - DAY):
            assert check(line(evolve(note, due_date=due), notice_date=None), definition=least) == ()

    def test_a_kid_is_optional(self) -> None:
        """No KID, no check; and without an agreed modulus or length either modulus and any length is good."""
        assert check(line(evolve(CLAIM, kid=""))) == ()
        free = evolve(DEFINITION, kid_modulus=None, kid_lengths=())
        assert check(line(evolve(CLAIM, kid="12345678903")), definition=free) == ()

    @pytest.mark.parametrize(
        ("fees", "excess", "code"),
        [
            ({"reminder_fee": "70.00"}, "70.00", "fees-in-principal"),
            ({"other_fees": "55.00"}, "55.00", "fees-in-principal"),
            ({"accrued_interest": "9.10"}, "9.10", "fees-in-principal"),
            ({"reminder_fee": "70.00", "accrued_interest": "9.10"}, "79.10", "fees-in-principal"),
            ({"reminder_fee": "70.00", "accrued_interest": "9.10"}, "9.10", "fees-in-principal"),
            ({"reminder_fee": "70.00", "accrued_interest": "9.10"}, "79.11", "amounts-do-not-add-up"),
            ({}, "70.00", "amounts-do-not-add-up"),
        ],
    )
    def test_fees_within_the_principal(self, fees: dict[str, Any], excess: str, code: str) -> None:
        """What remains too much is a fee or interest that is stated beside it: told as that, and as nothing else."""
        claim = evolve(CLAIM, remaining_amount=CLAIM.remaining_amount + Decimal(excess), **fees)
        (found,) = check(line(claim))
        assert (found.code, found.expected) == (code, "600.00")

    def test_fees_that_make_more_than_was_invoiced(self) -> None:
        """Of an invoice that nobody paid, fees within the principal are told once too."""
        claim = evolve(CLAIM, paid_amount=0, remaining_amount="1037.50", reminder_fee="37.50")
        assert [found.code for found in check(line(claim))] == ["fees-in-principal"]

    def test_the_agreed_days_are_counted_to_the_day_of_sending(self) -> None:
        """The agreed number of days is enough, whatever the collection date is."""
        due = line(evolve(CLAIM, due_date=TODAY - 14 * DAY))
        for collected in (TODAY - DAY, TODAY, TODAY + DAY):
            assert check_group(evolve(group(due), collection_date=collected), DEFINITION, today=TODAY) == ()
        agreed = evolve(DEFINITION, overdue_days=15)
        (found,) = check(due, definition=agreed)
        assert (found.code, found.expected) == ("overdue-too-short", "15 days or more")

    def test_a_claim_is_overdue_on_its_collection_date(self) -> None:
        """A group that comes before the due date of its claim is no group of overdue claims, however late it goes."""
        due = line(evolve(CLAIM, due_date=TODAY - 30 * DAY))
        early = evolve(group(due), collection_date=TODAY - 30 * DAY)
        assert places(check_group(early, DEFINITION, today=TODAY)) == [("not-overdue", "claim.due_date")]

    def test_minimum_amounts_are_their_own_limit(self) -> None:
        """The least is enough, and credit notes count against what a debtor owes."""
        least = evolve(DEFINITION, minimum_claim="600.00", minimum_debtor="600.00")
        assert check(line(), definition=least) == ()
        note = evolve(
            CLAIM, invoice_number="K1", kind=ClaimKind.CREDIT_NOTE, original_amount=1, remaining_amount=1, paid_amount=0
        )
        (found,) = check(line(), line(note), definition=least)
        assert (found.code, found.found, found.subject) == ("debtor-below-minimum", "599.00", "invoice 10023")

    @pytest.mark.parametrize(("standing", "left"), [(Standing.SENT, None), (Standing.CLOSED, "600.00")])
    def test_what_is_at_the_agency_is_owed_too(self, standing: Standing, left: str | None) -> None:
        """A small claim goes where the debtor owes enough with what is collected already, but not with what was."""
        least = evolve(DEFINITION, minimum_debtor="1200.00", checks={f"already-{standing}": CheckLevel.OFF})
        both = group(line(), line(evolve(CLAIM, invoice_number="10024")))
        findings = check_group(both, least, today=TODAY, standing={"10024": standing})
        assert [found.found for found in findings] == ([left] if left else [])


class TestStanding:
    SENT = evolve(CLAIM, invoice_number="10024", kid="1", due_date=TODAY)

    @pytest.mark.parametrize("standing", [Standing.SENT, Standing.CLOSED])
    def test_what_does_not_go_is_not_checked(self, standing: Standing) -> None:
        """An invoice at the agency is told as that, and its amounts and dates are nobody's concern any more."""
        findings = check_group(
            group(line(), line(self.SENT)), DEFINITION, today=TODAY, standing={"10024": standing, "77": standing}
        )
        assert [(found.code, found.subject) for found in findings] == [(f"already-{standing}", "invoice 10024")]

    def test_what_is_listed_elsewhere_is_checked_too(self) -> None:
        """It might go, so all else that is wrong with it is told as well."""
        findings = check_group(group(line(self.SENT)), DEFINITION, today=TODAY, standing={"10024": Standing.LISTED})
        assert [found.code for found in findings] == [
            "already-listed",
            "not-overdue",
            "kid-check-digit",
            "kid-length",
        ]


class TestLetters:
    DUE = date(2026, 8, 15)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"notice_date": None, "start_level": StartLevel.NOTICE}, None),
            ({"notice_date": None, "start_level": StartLevel.REMINDER}, None),
            ({"notice_date": TODAY - 15 * DAY}, None),
            ({"notice_date": TODAY - 14 * DAY}, "notice-deadline-not-over"),
            ({"notice_date": TODAY + DAY}, "notice-deadline-not-over"),
            ({"notice_date": TODAY - 14 * DAY, "start_level": StartLevel.NOTICE}, None),
            ({"notice_date": TODAY - 14 * DAY, "notice_deadline": TODAY - DAY}, None),
            ({"notice_date": TODAY - 30 * DAY, "notice_deadline": TODAY}, "notice-deadline-not-over"),
        ],
    )
    def test_the_notice(self, changes: dict[str, Any], code: str | None) -> None:
        """A demand needs a notice whose deadline is over; the debtor may pay on the last day of it."""
        assert [found.code for found in check(line(**changes))] == ([code] if code else [])

    def test_the_days_of_the_notice_are_a_setting(self) -> None:
        """Where a claim states no deadline, the agreement's number of days holds."""
        sent = line(notice_date=TODAY - 15 * DAY)
        (found,) = check(sent, definition=evolve(DEFINITION, notice_days=15))
        assert (found.code, found.found) == ("notice-deadline-not-over", str(TODAY))

    @pytest.mark.parametrize(
        ("fee", "letters", "sent", "limit"),
        [
            ("75.00", (), 0, None),
            ("75.01", (), 0, "75.00"),
            ("37.50", (), 1, None),
            ("37.51", (), 1, "37.50"),
            ("75.01", (), 3, "75.00"),
            ("37.50", (14,), 0, None),
            ("37.51", (14,), 2, "37.50"),
            ("75.00", (14, 28), 0, None),
            ("75.01", (14, 28, 42), 3, "75.00"),
        ],
    )
    def test_fees_are_limited(self, fee: str, letters: tuple[int, ...], sent: int, limit: str | None) -> None:
        """A twentieth of the collection rate for each of at most two letters; dates count before a mere number."""
        dates = tuple(self.DUE + days * DAY for days in letters)
        findings = check(line(evolve(CLAIM, reminder_fee=fee, reminders_sent=sent), letter_dates=dates))
        expected = [("reminder-fee-over-limit", f"at most {limit}")] if limit else []
        assert [(found.code, found.expected) for found in findings] == expected

    def test_the_day_of_the_letter_decides(self) -> None:
        """A letter of 2025 may cost 35.00; where no date is known, the dearest day is allowed."""
        old = evolve(CLAIM, due_date=date(2025, 11, 1), reminder_fee="37.50", reminders_sent=1)
        (found,) = check(line(old, letter_dates=(date(2025, 12, 1),)))
        assert (found.code, found.expected) == ("reminder-fee-over-limit", "at most 35.00")
        assert check(line(old)) == ()
        # 70.00 in 2019 is more than what the first letter, of 2016, and one of today may cost.
        older = evolve(CLAIM, due_date=date(2016, 11, 1), reminder_fee="70.00", reminders_sent=1)
        assert check(line(older)) == ()
        (found,) = check(line(evolve(older, reminder_fee="70.01")))
        assert found.expected == "at most 70.00"

    @pytest.mark.parametrize(
        ("letters", "field"),
        [((14, 28), None), ((13,), 0), ((28, 14), None), ((14, 27), 1), ((-1,), 0), ((13, 14), 0)],
    )
    def test_fees_are_not_charged_too_early(self, letters: tuple[int, ...], field: int | None) -> None:
        """14 days from the due date to the first letter, and from one letter to the next; the first breach is told."""
        dates = tuple(self.DUE + days * DAY for days in letters)
        listed = line(evolve(CLAIM, reminder_fee="37.50"), letter_dates=dates)
        expected = [] if field is None else [("reminder-fee-too-early", f"letter_dates[{field}]")]
        assert places(check(listed)) == expected
        free = evolve(listed, claim=CLAIM)
        assert check(free) == (), "a letter that cost nothing may come at any time"

    def test_a_letter_is_named_by_its_place(self) -> None:
        """The place is that in the claim, whatever order the letters stand in."""
        dates = (self.DUE + 30 * DAY, self.DUE + 13 * DAY)
        assert places(check(line(evolve(CLAIM, reminder_fee="37.50"), letter_dates=dates))) == [
            ("reminder-fee-too-early", "letter_dates[1]")
        ]

    @pytest.mark.parametrize(("days", "early"), [(1, True), (13, True), (14, False)])
    def test_no_letter_can_have_been_late_enough(self, days: int, early: bool) -> None:
        """Where the dates of letters are not known, a fee needs 14 days since the due date all the same."""
        claim = evolve(CLAIM, due_date=TODAY - days * DAY, reminder_fee="37.50")
        expected = [("reminder-fee-too-early", "claim.reminder_fee")] if early else []
        assert places(check(line(claim), definition=evolve(DEFINITION, overdue_days=0))) == expected

    @pytest.mark.parametrize("days", [0, -3])
    def test_a_fee_of_what_is_not_due_is_no_second_mistake(self, days: int) -> None:
        """An invoice that is not overdue is told as that alone."""
        claim = evolve(CLAIM, due_date=TODAY - days * DAY, reminder_fee="37.50")
        assert places(check(line(claim))) == [("not-overdue", "claim.due_date")]

    def test_an_unknown_rate_does_not_stop_the_checks(self) -> None:
        """The fee is not checked, which is told; everything else is."""
        claim = evolve(CLAIM, reminder_fee="999.00", kid="1")
        bare = evolve(DEFINITION, figures=Figures())
        assert {found.code for found in check(line(claim), definition=bare)} == {
            "rate-unknown",
            "kid-check-digit",
            "kid-length",
        }
        assert check(line(), definition=bare) == (), "without a fee no figure is needed"

    def test_figures_of_ones_own_are_used(self) -> None:
        """A fee is held against the figures of the definition."""
        row = Figure(since=date(2026, 1, 1), until=date(2026, 12, 31), value=2000, source="made up")
        dear = evolve(DEFINITION, figures=Figures.shipped().extended(collection_rate=[row]))
        assert check(line(evolve(CLAIM, reminder_fee="200.00")), definition=dear) == ()


class TestTogether:
    OTHER = evolve(CLAIM, invoice_number="10024")

    def test_claims_on_one_debtor_belong_together(self) -> None:
        """Another start level or other co-debtors part a debtor's claims; a dispute may."""
        assert check(line(), line(self.OTHER)) == ()
        parted = line(self.OTHER, start_level=StartLevel.NOTICE)
        assert places(check(line(), parted)) == [("debtor-split", "start_level")]
        assert places(check(line(), line(self.OTHER, co_debtors=(COMPANY,)))) == [("debtor-split", "co_debtors")]
        assert places(check(line(), line(self.OTHER, disputed=True))) == [("disputed", "disputed")]
        levels = evolve(DEFINITION, levels={"late": Level(customer_id="00418")})
        assert places(check(line(), line(self.OTHER, level="late"), definition=levels)) == [("debtor-split", "level")]

    @pytest.mark.parametrize("owner", [DEBTOR, COMPANY])
    def test_one_debtor_under_two_customer_numbers(self, owner: Debtor) -> None:
        """A national id or an organisation number tells that two customers are one; what is none tells nothing."""
        lines = line(debtor=owner), line(self.OTHER, evolve(owner, number="1"))
        (found,) = check(*lines)
        assert (found.code, found.field, found.subject) == ("debtor-split", "debtor.number", "invoice 10024")
        assert DEBTOR.national_id not in str(found)

    def test_an_identifier_that_is_none_tells_nobody_apart(self) -> None:
        """A number that was made up stands for many customers in an ERP that asks for something."""
        made_up = evolve(COMPANY, organisation_number="123456789")
        found = check(line(debtor=made_up), line(self.OTHER, evolve(made_up, number="1")))
        assert {each.code for each in found} == {"organisation-number-check-digit"}

    def test_each_split_claim_is_told_against_the_first(self) -> None:
        """The message names the invoice that the others are parted from."""
        lines = [
            line(evolve(CLAIM, invoice_number=f"{number}"), start_level=level)
            for number, level in enumerate((StartLevel.DEMAND, StartLevel.NOTICE, StartLevel.NOTICE), 1)
        ]
        findings = check(*lines)
        assert [found.subject for found in findings] == ["invoice 2", "invoice 3"]
        assert all("Invoice 1 " in found.message for found in findings)


class TestDebtor:
    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"kind": None}, "debtor-kind-missing", "kind"),
            (
                {"address": Address(postcode="0150", city="Oslo", country=" ")},
                "debtor-country-missing",
                "address.country",
            ),
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

    def test_synthetic_people_are_told_where_real_ones_are_sent(self) -> None:
        """A number of the test population is good, unless the definition says otherwise."""
        real = evolve(DEFINITION, synthetic_national_ids=False)
        assert DEBTOR.national_id[2] == "9"
        assert check(line()) == ()
        (finding,) = check(line(), definition=real)
        assert (finding.code, finding.severity) == ("national-id-check-digit", Severity.WARNING)
        assert "test population" in finding.expected

    def test_a_co_debtor_need_not_be_a_customer(self) -> None:
        """The debtor has a customer number; who owes as well may have none."""
        nobody = evolve(DEBTOR, number=" ")
        assert places(check(line(debtor=nobody))) == [("debtor-number-missing", "debtor.number")]
        assert check(line(debtor=COMPANY, co_debtors=(nobody, evolve(nobody, name="Siv Bø", national_id="")))) == ()

    def test_a_wrong_organisation_number(self) -> None:
        """A wrong check digit is a warning: refusing a real company is worse than passing a wrong number."""
        (finding,) = check(line(debtor=evolve(COMPANY, organisation_number="988077918")))
        assert (finding.code, finding.severity) == ("organisation-number-check-digit", Severity.WARNING)

    def test_the_country_may_be_written_small(self) -> None:
        """A country is the same in small letters."""
        address = Address(postcode="150", city="Oslo", country="no")
        assert places(check(line(debtor=evolve(DEBTOR, address=address)))) == [
            ("postcode-not-four-digits", "debtor.address.postcode")
        ]

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
            ({"bank_accounts": ("86011117947", "86011117949")}, "account-check-digit", "bank_accounts[1]"),
            ({"currency": "SEK"}, "currency-not-nok", "currency"),
            ({"payout_account": " "}, "settings-missing", "payout_account"),
            ({"money_source": "bank"}, "settings-missing", "agency_account"),
        ],
    )
    def test_is_checked_too(self, changes: dict[str, Any], code: str, field: str) -> None:
        """What the file takes from the definition is checked with the group."""
        (finding,) = check(line(), definition=evolve(DEFINITION, **changes))
        assert (finding.code, finding.field, finding.subject) == (code, field, "definition nordlys")

    @pytest.mark.parametrize(
        ("own", "of_level", "expected"),
        [
            ("86011117947", "", []),
            ("", "86011117947", []),
            ("", "", [("settings-missing", "payout_account")]),
            ("86011117947", "86011117949", [("account-check-digit", "levels.late.payout_account")]),
            ("86011117949", "86011117947", []),
        ],
    )
    def test_the_account_of_the_level_counts(self, own: str, of_level: str, expected: list[tuple[str, str]]) -> None:
        """The accounts that are checked are those that the claims are paid out to."""
        levels = {"late": Level(payout_account=of_level), "other": Level(payout_account="1")}
        definition = evolve(DEFINITION, payout_account=own, levels=levels)
        assert places(check(line(level="late"), definition=definition)) == expected

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
