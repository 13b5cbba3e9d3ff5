"""KIDs looked at many at a time: the same are wrong as when each is looked at by itself."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.files.kids import wrong_kids
from lindorff_sdk.identifiers import is_kid
from tests.files.test_files_shipped import NETS, PAID

DIGITS = st.text("0123456789", min_size=1, max_size=31)


def told(kids: list[str]) -> list[str]:
    """Return the KIDs of payments that are told to be wrong."""
    payments = [evolve(PAID, kid=kid) for kid in kids]
    return [payment.kid for payment, _ in wrong_kids(payments, NETS.files["bank"])]


@given(st.lists(DIGITS, max_size=8))
def test_the_same_kids_are_wrong_as_one_by_one(kids: list[str]) -> None:
    """Of any lengths, also beyond those of a KID."""
    assert sorted(told(kids)) == sorted(kid for kid in kids if not is_kid(kid))


@pytest.mark.parametrize("length", range(2, 32))
def test_a_sum_of_digits_never_runs_into_the_next_kid(length: int) -> None:
    """The largest sums there are, beside a KID of zeros, whose sum is none."""
    nines, zeros = "9" * length, "0" * length
    assert told([zeros, nines, zeros, nines]) == [kid for kid in (zeros, nines, zeros, nines) if not is_kid(kid)]
