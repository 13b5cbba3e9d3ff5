from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.models.cases import Claim, CollectionGroup, ListedClaim
from lindorff_sdk.models.codes import DebtorKind, StartLevel
from lindorff_sdk.models.money import LIMIT, from_ore, money, money_or_none, rate_or_none, to_ore
from lindorff_sdk.models.parties import Debtor

KARI = Debtor(
    number="7",
    kind=DebtorKind.PRIVATE,
    name="Kari Prøve",
    national_id="01017012345",
    birth_date=date(1970, 1, 1),
)
OLA = Debtor(number="8", kind=DebtorKind.PRIVATE, name="Ola Prøve")


def line(invoice: str, debtor: Debtor = KARI) -> ListedClaim:
    claim = Claim(
        invoice_number=invoice,
        invoice_date=date(2026, 1, 1),
        due_date=date(2026, 1, 15),
        original_amount=Decimal(100),
        remaining_amount=Decimal(100),
    )
    return ListedClaim(claim=claim, debtor=debtor)


class TestMoney:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (Decimal("12.5"), "12.50"),
            (12, "12.00"),
            ("12.50", "12.50"),
            ("-0.01", "-0.01"),
            (Decimal("12.50"), "12.50"),
            (LIMIT, "9999999999999.99"),
        ],
    )
    def test_gives_two_decimals(self, value: Decimal | int | str, text: str) -> None:
        assert str(money(value)) == text

    @pytest.mark.parametrize("value", [12.5, 12.0, True, None, b"12", [12]])
    def test_refuses_what_is_no_amount_by_nature(self, value: object) -> None:
        """A float cannot hold øre exactly, and True is not one krone."""
        with pytest.raises(TypeError):
            money(value)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "value",
        ["1e3", "1E3", "12.505", "0.001", Decimal("1E+3"), Decimal("1.000"), "", "x", "1_000", " 1", "1 000", "1,5"],
    )
    def test_refuses_exponents_blanks_and_a_third_decimal(self, value: Decimal | str) -> None:
        with pytest.raises(ValueError, match="amount"):
            money(value)

    @pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", Decimal("NaN")])
    def test_refuses_what_is_not_finite(self, value: Decimal | str) -> None:
        with pytest.raises(ValueError, match="amount"):
            money(value)

    @pytest.mark.parametrize("value", [LIMIT + Decimal("0.01"), -LIMIT - 1, 10**13, "10000000000000.00"])
    def test_refuses_overflow(self, value: Decimal | int | str) -> None:
        with pytest.raises(ValueError, match="at most"):
            money(value)

    @pytest.mark.parametrize("value", ["\u0661\u0662", "\uff11\uff12"])
    def test_refuses_digits_of_other_scripts(self, value: str) -> None:
        with pytest.raises(ValueError, match="0 to 9"):
            money(value)

    @given(st.integers(-(10**15) + 1, 10**15 - 1))
    def test_ore_and_back(self, ore: int) -> None:
        """Øre at the edge of a file and kroner inside are the same amount, to the last øre."""
        amount = from_ore(ore)
        assert to_ore(amount) == ore
        assert money(amount) == amount
        assert money(str(amount)) == amount
        assert str(money(amount)).rpartition(".")[2].__len__() == 2

    def test_none_where_none_is_allowed(self) -> None:
        assert money_or_none(None) is None
        assert money_or_none("1") == Decimal("1.00")


@pytest.mark.parametrize("value", ["0", "9.25", 12, Decimal("999.999")])
def test_rate_is_kept_as_given(value: Decimal | int | str) -> None:
    assert str(rate_or_none(value)) == str(value)


@pytest.mark.parametrize("value", ["-0.1", "1000", "NaN", "x", Decimal("Infinity")])
def test_rate_out_of_range_is_refused(value: Decimal | str) -> None:
    with pytest.raises(ValueError, match="rate"):
        rate_or_none(value)


@pytest.mark.parametrize("value", [9.25, True])
def test_rate_is_no_float(value: float) -> None:
    with pytest.raises(TypeError):
        rate_or_none(value)  # type: ignore[arg-type]


def test_repr_masks_what_identifies_a_person() -> None:
    """National id and birth date are not whole in repr, wherever the debtor stands."""
    for text in (repr(KARI), repr(line("1")), str([KARI])):
        assert "01017012345" not in text
        assert "1970" not in text.replace("19********", "")
    assert "national_id='01*********'" in repr(KARI)
    assert "national_id=''" in repr(OLA)


def test_models_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        KARI.name = "x"  # type: ignore[misc]


def test_model_takes_no_float() -> None:
    with pytest.raises(TypeError):
        evolve(line("1").claim, remaining_amount=12.5)  # type: ignore[arg-type]


class TestGathering:
    def group(self, *lines: ListedClaim) -> CollectionGroup:
        return CollectionGroup(collection_date=date(2026, 3, 2), claims=lines)

    def test_claims_on_one_debtor_are_one_case(self) -> None:
        """In the order in which debtors first appear; the reference is the first invoice."""
        cases = self.group(line("1"), line("2", OLA), line("3")).cases()
        assert [(case.reference, [claim.invoice_number for claim in case.claims]) for case in cases] == [
            ("1", ["1", "3"]),
            ("2", ["2"]),
        ]
        assert [case.debtor for case in cases] == [KARI, OLA]
        assert all(case.collection_date == date(2026, 3, 2) for case in cases)

    @pytest.mark.parametrize(
        "other",
        [
            evolve(line("2"), start_level=StartLevel.REMINDER),
            evolve(line("2"), disputed=True, dispute_text="wrong goods"),
            evolve(line("2"), co_debtors=(OLA,)),
            line("2", evolve(KARI, number="9")),
        ],
    )
    def test_what_cannot_be_one_case_is_two(self, other: ListedClaim) -> None:
        """Start level, dispute, co-debtors and debtor are the case's own."""
        assert [case.reference for case in self.group(line("1"), other).cases()] == ["1", "2"]

    def test_case_has_the_latest_notice_and_every_reason(self) -> None:
        first = evolve(line("1"), disputed=True, dispute_text="late", notice_date=date(2026, 2, 1))
        second = evolve(line("2"), disputed=True, dispute_text="wrong", notice_date=date(2026, 2, 9))
        third = evolve(line("3"), disputed=True, dispute_text="late")
        (case,) = self.group(first, second, third).cases()
        assert case.notice_date == date(2026, 2, 9)
        assert case.dispute_text == "late; wrong"

    def test_only_keeps_order_and_date(self) -> None:
        group = self.group(line("1"), line("2"), line("3"))
        assert [kept.claim.invoice_number for kept in group.only(["3", "1", "9"]).claims] == ["1", "3"]
        assert group.only([]).cases() == ()

    @given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(StartLevel)), max_size=20))
    def test_no_claim_is_lost_or_doubled(self, picks: list[tuple[int, StartLevel]]) -> None:
        debtors = [evolve(KARI, number=str(number)) for number in range(4)]
        lines = [
            evolve(line(str(number), debtors[pick]), start_level=level) for number, (pick, level) in enumerate(picks)
        ]
        cases = self.group(*lines).cases()
        assert sorted(claim.invoice_number for case in cases for claim in case.claims) == sorted(
            str(number) for number in range(len(lines))
        )
        assert len({case.reference for case in cases}) == len(cases)
