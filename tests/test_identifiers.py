"""Identifiers: vectors from their sources, and laws."""

import doctest
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.no import orgnr

from lindorff_sdk import identifiers
from lindorff_sdk.identifiers import is_account, is_kid, is_national_id, is_organisation_number, kid_check_digit

MODULI: st.SearchStrategy[Literal[10, 11]] = st.sampled_from((10, 11))


def digits(shortest: int, longest: int) -> st.SearchStrategy[str]:
    """Return texts of ASCII digits."""
    return st.text("0123456789", min_size=shortest, max_size=longest)


def test_the_documented_examples_hold() -> None:
    """The examples in the docstrings are true."""
    assert doctest.testmod(identifiers).failed == 0


@given(st.text() | digits(0, 30) | st.text("0123456789-٣ .", max_size=26))
def test_no_text_raises(text: str) -> None:
    """Whatever a file or a user gives is answered with True or False."""
    answers = [is_kid(text), is_kid(text, 10, [9]), is_organisation_number(text), is_account(text)]
    answers += [is_national_id(text), is_national_id(text, synthetic=True)]
    assert all(type(answer) is bool for answer in answers)


class TestKid:
    @pytest.mark.parametrize(
        ("kid", "modulus"),
        [("123456782", 10), ("123456785", 11), ("2345676", 10), ("12345678903", 11), ("1000005-", 11)],
    )
    def test_vectors(self, kid: str, modulus: Literal[10, 11]) -> None:
        """The vectors of domain.md section 8 are KIDs under their modulus, and where no modulus is agreed."""
        assert is_kid(kid, modulus)
        assert is_kid(kid)

    def test_the_modulus_matters(self) -> None:
        """A KID of the other modulus is refused, the dash above all."""
        assert not is_kid("123456785", 10)
        assert not is_kid("123456782", 11)
        assert not is_kid("1000005-", 10)

    @given(digits(1, 24), MODULI)
    def test_a_check_digit_makes_a_kid(self, body: str, modulus: Literal[10, 11]) -> None:
        """What the check digit completes is a KID, of its own length only."""
        kid = body + kid_check_digit(body, modulus)
        assert is_kid(kid, modulus)
        assert is_kid(kid, modulus, [len(kid)])
        assert not is_kid(kid, modulus, [len(kid) + 1])

    @given(digits(1, 24), MODULI, st.data())
    def test_one_wrong_digit_is_caught(self, body: str, modulus: Literal[10, 11], data: st.DataObject) -> None:
        """Both moduli catch every single wrong digit."""
        last = kid_check_digit(body, modulus)
        place = data.draw(st.integers(0, len(body) - 1))
        other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != body[place]))
        assert not is_kid(body[:place] + other + body[place + 1 :] + last, modulus)

    @given(digits(2, 24), st.data())
    def test_modulus_11_catches_a_swap(self, body: str, data: st.DataObject) -> None:
        """Modulus 11 catches two neighbours that are swapped; Luhn misses 09 and 90."""
        place = data.draw(st.integers(0, len(body) - 2))
        swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
        assume(swapped != body)
        assert not is_kid(swapped + kid_check_digit(body, 11), 11)

    @pytest.mark.parametrize("body", ["", "1" * 25, "12a", "12 ", "-", "١٢"])
    def test_a_bad_body_is_refused(self, body: str) -> None:
        """A check digit is given for 1 to 24 ASCII digits only, and no KID is made of anything else."""
        for modulus in (10, 11):
            with pytest.raises(ValueError, match="1 to 24 digits"):
                kid_check_digit(body, modulus)
        assert not is_kid(body + "0")

    def test_another_modulus_is_refused(self) -> None:
        """There are two moduli."""
        with pytest.raises(ValueError, match="10 or 11"):
            kid_check_digit("1", 9)  # type: ignore[arg-type]


class TestOrganisationNumber:
    @pytest.mark.parametrize("number", ["988077917", "995525828"])
    def test_vectors(self, number: str) -> None:
        """Numbers known to be right are accepted; as they stand in a file, without blanks."""
        assert is_organisation_number(number)
        assert not is_organisation_number(f"{number[:3]} {number[3:]}")

    @given(digits(9, 9))
    def test_agrees_with_stdnum(self, number: str) -> None:
        """The rule is python-stdnum's."""
        assert is_organisation_number(number) == orgnr.is_valid(number)


class TestAccount:
    @given(digits(10, 10))
    def test_eleven_digits_with_their_check_digit(self, body: str) -> None:
        """The check digit is modulus 11; a body whose check digit would be ``-`` has no account."""
        last = kid_check_digit(body, 11)
        assert is_account(body + last) is (last != "-")

    @pytest.mark.parametrize("number", ["4090403", "8601.11.17947", "8601111794", "860111179470"])
    def test_always_eleven_plain_digits(self, number: str) -> None:
        """The seven digits that python-stdnum reduces an old account to are no account, nor is one with dots."""
        assert not is_account(number)


class TestNationalId:
    @pytest.mark.parametrize("number", ["15108695088", "02013299997", "30108299920"])
    def test_numbers_by_the_old_rule(self, number: str) -> None:
        """Examples of python-stdnum and of the tax administration."""
        assert is_national_id(number)

    @pytest.mark.parametrize("number", ["02013299903", "02013299806", "30108299939"])
    def test_numbers_by_the_rule_of_2032(self, number: str) -> None:
        """The tax administration's examples of the wider rule are accepted."""
        assert is_national_id(number)

    @given(digits(5, 5))
    def test_the_first_check_digit_leaves_0_to_3(self, rest: str) -> None:
        """Just those first check digits pass whose weighted sum leaves 0, 1, 2 or 3 by 11, each with one second."""
        body = "1510" + rest
        for first in "0123456789":
            number = body + first
            remainder = weighted(number, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
            second = -weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
            passing = [number + str(second)] if remainder <= 3 and second < 10 else []
            assert [number + last for last in "0123456789" if is_national_id(number + last)] == passing

    def test_a_d_number(self) -> None:
        """A D-number has 40 added to the day."""
        assert is_national_id(completed("550686950"))
        assert not is_national_id(completed("750686950"))

    @pytest.mark.parametrize("body", ["159086950", "559086950"])
    def test_synthetic_numbers_on_request(self, body: str) -> None:
        """A Tenor number (month + 80) is no real person's: good where test data is expected, and only there."""
        assert is_national_id(completed(body), synthetic=True)
        assert not is_national_id(completed(body))

    @pytest.mark.parametrize("body", ["321086950", "311186950", "151386950", "155086950", "001086950"])
    def test_the_date_must_exist(self, body: str) -> None:
        """Right check digits do not make up for a date there is none of; help numbers are refused too."""
        assert not is_national_id(completed(body), synthetic=True)

    @given(
        st.sampled_from(["15108695088", "02013299997", "30108299939"]),
        st.integers(0, 10),
        st.sampled_from("0123456789"),
    )
    def test_one_wrong_digit_is_caught(self, number: str, place: int, digit: str) -> None:
        """A wrong digit never passes: the second check digit covers all the others."""
        assume(number[place] != digit)
        assert not is_national_id(number[:place] + digit + number[place + 1 :])


def weighted(number: str, weights: tuple[int, ...]) -> int:
    """Return the weighted sum of digits."""
    return sum(weight * int(digit) for weight, digit in zip(weights, number, strict=True))


def completed(body: str) -> str:
    """Return nine digits with check digits, by either rule."""
    for first in range(10):
        for second in range(10):
            number = f"{body}{first}{second}"
            if identifiers._has_check_digits(number):
                return number
    raise AssertionError(body)
