"""Fields that hold numbers: whole numbers, amounts, rates, and the sign that stands apart from its amount."""

import re
from decimal import Decimal

from lindorff_sdk.files.fill import UnreadableError, fill, stripped
from lindorff_sdk.files.layout import Align, Empty, Field, Kind, Only, Sign
from lindorff_sdk.models.money import LIMIT, ORE

_DIGITS_OF_MONEY = len(LIMIT.as_tuple().digits)


def is_plain(item: Field) -> bool:
    """Return whether a field is digits only, filled with zeros: what most layouts have, and what is read fastest."""
    return (
        bool(item.length)
        and item.pad == "0"
        and item.sign is Sign.NONE
        and not item.decimal_mark
        and not item.thousands
        and not item.none
        and item.nothing is None
    )


def units_of(item: Field, text: str) -> int:
    """Return a number's text in units of its last decimal.

    Raises:
        UnreadableError: If it is no number as the field has them.
    """
    negative, body = _unsigned(item, _without_blanks(item, text))
    whole, mark, decimals = body.partition(item.decimal_mark) if item.decimal_mark else (body, "", "")
    if item.thousands and re.fullmatch(rf"[0-9]{{1,3}}(?:{re.escape(item.thousands)}[0-9]{{3}})+", whole):
        whole = whole.replace(item.thousands, "")
    if not re.fullmatch("[0-9]+", whole) or (mark and not re.fullmatch(f"[0-9]{{1,{item.decimals}}}", decimals)):
        raise UnreadableError(describe(item))
    number = int(whole + decimals.ljust(item.decimals, "0") if item.decimal_mark else whole)
    if number and item.only is (Only.PLUS if negative else Only.MINUS):
        raise UnreadableError(describe(item))
    return -number if negative and item.only is Only.ANY else number


def is_negative(item: Field, text: str) -> bool:
    """Return whether a number's text says, with the field's sign, that something is taken off."""
    negative, body = _unsigned(item, _without_blanks(item, text))
    return negative and bool(body.strip("0., "))


def _without_blanks(item: Field, text: str) -> str:
    """Return a number without what fills its field; where zeros fill in front, a blank behind is a lost digit."""
    if item.length and item.pad not in ("", "0", " "):
        text = stripped(item, text)
    if not item.length or item.pad != "0" or item.align is Align.LEFT:
        return text.strip(" ")
    blank_plus = item.sign is Sign.TRAILING and item.signs[0].isspace()
    return (text.removesuffix(item.signs[0]) if blank_plus else text).lstrip(" ")


def _unsigned(item: Field, text: str) -> tuple[bool, str]:
    if item.sign is Sign.NONE:
        return False, text
    for negative, sign in ((True, item.signs[1]), (False, item.signs[0])):
        if sign.strip(" ") and item.sign is Sign.LEADING and text.startswith(sign):
            return negative, text.removeprefix(sign).lstrip(" ")
        if sign.strip(" ") and item.sign is Sign.TRAILING and text.endswith(sign):
            return negative, text.removesuffix(sign).rstrip(" ")
    return False, text


def units_text(item: Field, units: int) -> str:
    """Return the one text of a number given in units of its last decimal.

    Raises:
        UnreadableError: If the field cannot hold it.
    """
    if units < 0 and (item.sign is Sign.NONE or item.only is not Only.ANY):
        reason = "the field has no sign" if item.only is Only.ANY else "its sign says what the line is"
        raise UnreadableError(f"{_noun(item)} that is not negative: {reason}")
    minus = units < 0 or (units > 0 and item.only is Only.MINUS)
    sign = "" if item.sign is Sign.NONE else item.signs[1] if minus else item.signs[0]
    body = _body(item, abs(units))
    if item.length and item.pad == "0":
        body = body.rjust(item.length - len(sign), "0")
    text = f"{sign}{body}" if item.sign is Sign.LEADING else f"{body}{sign}"
    if item.length and len(text) > item.length:
        raise UnreadableError(_limit(item, item.length - len(sign)))
    return fill(item, text)


def _noun(item: Field) -> str:
    return {Kind.AMOUNT: "an amount", Kind.RATE: "a rate"}.get(item.kind, "a whole number")


def _limit(item: Field, room: int) -> str:
    if item.decimal_mark or item.thousands:
        return f"{_noun(item)} of at most {room} characters"
    before = " before the decimals" if item.decimals else ""
    return f"{_noun(item)} of at most {room - item.decimals} digits{before}"


def _body(item: Field, units: int) -> str:
    if not item.decimal_mark and not item.thousands:
        return str(units)
    digits = str(units).rjust(item.decimals + 1, "0")
    whole, decimals = (digits[: -item.decimals], digits[-item.decimals :]) if item.decimals else (digits, "")
    if item.thousands:
        whole = f"{int(whole):,}".replace(",", item.thousands)
    return f"{whole}{item.decimal_mark}{decimals}" if decimals else whole


def decode_integer(item: Field, text: str) -> int:
    """Return a whole number."""
    return units_of(item, text)


def encode_integer(item: Field, value: object) -> str:
    """Return a whole number's text."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableError("a whole number")
    return units_text(item, value)


def decode_amount(item: Field, text: str) -> Decimal:
    """Return an amount in kroner with two decimals; a layout's further decimals must be zero."""
    amount = decode_rate(item, text)
    exact = amount.quantize(ORE)
    if exact != amount:
        raise UnreadableError(f"an amount in whole øre: of {item.decimals} decimals those beyond the second are zero")
    return exact + 0  # no minus zero


def decode_rate(item: Field, text: str) -> Decimal:
    """Return a number with the field's decimals."""
    return Decimal(units_of(item, text)).scaleb(-item.decimals)


def encode_decimal(item: Field, value: object) -> str:
    """Return the text of an amount or a rate."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise UnreadableError(_noun(item))
    return units_text(item, decimal_units(item, value))


def decimal_units(item: Field, value: Decimal) -> int:
    """Return an amount or rate in units of the field's last decimal."""
    units = value.scaleb(item.decimals)
    if units != units.to_integral_value():
        raise UnreadableError(f"{_noun(item)} with at most {item.decimals} decimals")
    return int(units)


def decode_sign(item: Field, text: str) -> int:
    """Return -1 for the text of minus, and 1 for that of plus."""
    for factor, sign in ((1, item.signs[0]), (-1, item.signs[1])):
        if text == fill(item, sign):
            return factor
    raise UnreadableError(describe_sign(item))


def encode_sign(item: Field, value: object) -> str:
    """Return the sign of an amount."""
    if not isinstance(value, Decimal | int):
        raise UnreadableError("an amount beside it")
    return fill(item, item.signs[1] if value < 0 else item.signs[0])


def signed(amount: Decimal, sign: int) -> Decimal:
    """Return an amount with the sign that stands apart from it; there is no minus zero."""
    if sign < 0 and not amount:
        raise UnreadableError("plus with an amount of zero")
    return -amount if sign < 0 else amount


def describe_sign(item: Field) -> str:
    """Return what a field of kind sign expects."""
    return f"{item.signs[0]!r} for plus or {item.signs[1]!r} for minus"


def describe(item: Field) -> str:
    """Return what a field that holds a number expects."""
    what = "digits" if item.pad == "0" and not (item.decimal_mark or item.thousands) else "characters"
    parts = [f"{item.length} {what}" if item.length else "a number"]
    if item.decimals:
        after = f"up to {item.decimals} decimals after {item.decimal_mark!r}"
        parts.append(after if item.decimal_mark else f"the last {item.decimals} of them decimals")
    if item.thousands:
        parts.append(f"{item.thousands!r} between thousands")
    if item.sign is not Sign.NONE:
        plus, minus = ("" if not sign.strip(" ") else repr(sign) for sign in item.signs)
        where = "in front" if item.sign is Sign.LEADING else "behind"
        minus = "a minus sign" if minus == "'-'" else minus
        if item.only is not Only.ANY:
            what = "never negative" if item.only is Only.PLUS else f"{minus} {where}, unless it is 0"
            return ", ".join([*parts, what])
        parts.append(f"{minus} {where} if negative" + (f", {plus} if not" if plus else ""))
    return ", ".join(parts)


# Fast reading and writing ------------------------------------------------------------------------------------------


def pattern(item: Field) -> str:
    """Return what fast reading takes for a number."""
    if not is_plain(item):
        return ""
    # More digits than money has room for are left to the reading that refuses them.
    beyond = max(0, item.length - _DIGITS_OF_MONEY) if item.kind is Kind.AMOUNT else 0
    figures = "0" * beyond + f"[0-9]{{{item.length - beyond}}}"
    return f"(?:{figures}| {{{item.length}}})" if item.empty is Empty.BLANKS and not item.is_figure else figures


def _or_none(item: Field, expression: str) -> str:
    """Return the expression that reads a number which may be absent."""
    nothing = ("0" if item.empty is Empty.ZEROS else " ") * item.length
    return expression if item.empty is Empty.NEVER else f"(None if {{0}} == {nothing!r} else {expression})"


def read_integer(item: Field) -> str:
    """Return the expression that reads a whole number."""
    return _or_none(item, "int({0})") if is_plain(item) else ""


def read_amount(item: Field) -> str:
    """Return the expression that reads an amount of two implied decimals; what it gives needs no conversion."""
    if not is_plain(item) or item.decimals != 2:
        return ""
    # Many shares and fees are zero: one object for all of them takes less time, and a large file less memory.
    return _or_none(item, f"(ZERO if {{0}} == {'0' * item.length!r} else Decimal({{0}} + 'E-2'))")


def write_amount(item: Field) -> str:
    """Return the expression that writes such an amount; a minus sign or an overflow fails the record's pattern."""
    # str() of an amount with two decimals has no exponent.
    plain = is_plain(item) and item.decimals == 2 and item.align is Align.RIGHT
    if not plain:
        return ""
    filled = f"str({{0}}).replace('.', '').rjust({item.length}, '0')"
    nothing = ("0" if item.empty is Empty.ZEROS else " ") * item.length
    absent = "" if item.empty is Empty.NEVER else f" if {{0}} is not None else {nothing!r}"
    return f"{{{{{filled}{absent}}}}}"
