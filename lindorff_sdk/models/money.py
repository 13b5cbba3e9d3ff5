"""Money: `Decimal` kroner with exactly two decimals, and whole øre at the edge of a file."""

from decimal import Decimal, InvalidOperation

ORE = Decimal("0.01")
"""One øre, in kroner."""
ZERO = Decimal("0.00")
LIMIT = Decimal("9999999999999.99")
"""The largest amount accepted: fifteen digits, far below where decimal arithmetic would round."""
_HIGHEST_DIGIT = LIMIT.adjusted()


def money(value: Decimal | int | str) -> Decimal:
    """Return an amount in kroner with two decimals, exactly as given.

    Args:
        value: Kroner as a `Decimal`, as whole kroner, or as text such as ``"1250.50"``.

    Raises:
        TypeError: If ``value`` is a float (which cannot hold øre exactly), a bool, or anything else.
        ValueError: If it has more than two decimals, an exponent, is not a finite number, or is beyond `LIMIT`.
    """
    if type(value) is Decimal and value.same_quantum(ORE) and value.adjusted() <= _HIGHEST_DIGIT:
        return value
    return _exact(value)


def money_or_none(value: Decimal | int | str | None) -> Decimal | None:
    """Return `money` of ``value``, or None for None."""
    return None if value is None else money(value)


def _exact(value: Decimal | int | str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise TypeError(f"An amount is a Decimal, whole kroner as int, or text, not {type(value).__name__}.")
    if isinstance(value, str) and not value.isascii():
        raise ValueError("An amount is written with the digits 0 to 9.")
    if isinstance(value, str) and set(value) & set("eE_ "):
        raise ValueError(f"An amount has no exponent, blank or underscore: {value!r}.")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"Not an amount: {value!r}.") from None
    if not amount.is_finite():
        raise ValueError(f"An amount is a finite number, not {value}.")
    if not -2 <= int(amount.as_tuple().exponent) <= 0:
        raise ValueError(f"An amount has at most two decimals and no exponent: {value}.")
    if abs(amount) > LIMIT:
        raise ValueError(f"An amount is at most {LIMIT}: {value}.")
    return amount.quantize(ORE)


def to_ore(amount: Decimal) -> int:
    """Return the whole øre of an amount in kroner with two decimals."""
    return int(amount.scaleb(2))


def from_ore(ore: int) -> Decimal:
    """Return the amount in kroner, with two decimals, of whole øre."""
    return Decimal(ore).scaleb(-2)


def rate_or_none(value: Decimal | int | str | None) -> Decimal | None:
    """Return an interest rate in per cent a year, exactly as given; None where none is agreed.

    Raises:
        TypeError: If ``value`` is a float or a bool.
        ValueError: If it is no finite, non-negative number below 1000.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise TypeError(f"A rate is a Decimal, an int or text, not {type(value).__name__}.")
    try:
        rate = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"Not a rate: {value!r}.") from None
    if not rate.is_finite() or not 0 <= rate < 1000:
        raise ValueError(f"A rate is a percentage from 0 to below 1000: {value}.")
    return rate
