"""How each kind of field reads and writes its text.

Every kind answers four questions about a field: which texts are canonical (a regular expression), what a text means
(tolerantly, saying what is amiss), how a value is written, and, where that is worth it, the Python expressions that
do both quickly. `compile.py` uses the expressions; everything else, and every doubtful line, uses the plain functions.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from attrs import frozen

from lindorff_sdk.files.layout import Align, Empty, Field, Kind, Sign
from lindorff_sdk.models.money import ORE, ZERO

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class UnreadableError(ValueError):
    """A text, or a value, that the field cannot hold. The message says what was expected."""


@frozen
class Value:
    """What a text means, and how the text differs from the one canonical way to write it (``""`` if it does not)."""

    value: object
    deviation: str = ""


@frozen
class Codec:
    """What a kind of field can do.

    Attributes:
        pattern: Regular expression of the canonical texts of a field.
        decode: Text to value.
        encode: Value to text of exactly the field's width in characters.
        read: Python expression for a captured text ``{}``; ``""`` to look the text up in a memo of ``decode``.
        write: Python expression for a value ``{}``; ``""`` to look the value up in a memo of ``encode``.
        describe: What the field expects, in words.
    """

    pattern: Callable[[Field], str]
    decode: Callable[[Field, str], Value]
    encode: Callable[[Field, object], str]
    describe: Callable[[Field], str]
    read: Callable[[Field], str] = lambda _: ""
    write: Callable[[Field], str] = lambda _: ""


def fill(item: Field, text: str) -> str:
    """Return ``text`` padded to the field's width, or raise `UnreadableError` if it is too long."""
    if len(text) > item.length:
        raise UnreadableError(f"at most {item.length} characters")
    return text.rjust(item.length, item.pad) if item.align is Align.RIGHT else text.ljust(item.length, item.pad)


def stripped(item: Field, text: str) -> str:
    """Return ``text`` without the pad that fills its field."""
    return text.lstrip(item.pad) if item.align is Align.RIGHT else text.rstrip(item.pad)


def blank(item: Field) -> str:
    """Return how the field writes "no value"."""
    return ("0" if item.empty is Empty.ZEROS else " ") * item.length


def _or_empty(item: Field, pattern: str) -> str:
    return pattern if item.empty is not Empty.BLANKS or item.is_total else f"(?:{pattern}|{blank(item)})"


def _is_empty(item: Field, text: str) -> Value | None:
    """Return the absent value if ``text`` says so. Blanks are accepted for zeros, and zeros for blanks in a date."""
    if item.empty is Empty.NEVER:
        return None
    if text == blank(item):
        # A total is always written, so one that is not stated is not canonical.
        return Value(None, "figures" if item.is_total and item.empty is Empty.BLANKS else "")
    if not text.strip(" ") or (item.kind in (Kind.DATE, Kind.DATETIME) and not text.strip("0")):
        return Value(None, f"{item.empty} for no value")
    return None


# Text ----------------------------------------------------------------------------------------------------------------


def _text_pattern(item: Field) -> str:
    # Whole files are tested for control characters first (charset.py), so any character may stand here.
    return f".{{{item.length}}}"


def _text_decode(item: Field, text: str) -> Value:
    if _CONTROL.search(text):
        raise UnreadableError("text without control characters")
    return Value(stripped(item, text))


def _text_encode(item: Field, value: object) -> str:
    if not isinstance(value, str):
        raise UnreadableError("text")
    if _CONTROL.search(value):
        raise UnreadableError("text without control characters or line ends")
    return fill(item, stripped(item, value))


def _text_read(item: Field) -> str:
    return f"{{}}.{'lstrip' if item.align is Align.RIGHT else 'rstrip'}({item.pad!r})"


def _text_write(item: Field) -> str:
    side = ">" if item.align is Align.RIGHT else "<"
    return f"{{{{{{}}:{item.pad}{side}{item.length}}}}}" if item.pad == " " else ""


# Digits and integers -------------------------------------------------------------------------------------------------


def _digits_pattern(item: Field) -> str:
    return _or_empty(item, f"[0-9]{{{item.length}}}")


def _all_digits(item: Field, text: str) -> str:
    """Return the digits of a right-aligned number; blanks in front are accepted for zeros."""
    digits = text.lstrip(" ").rjust(item.length, "0")
    if not re.fullmatch("[0-9]+", digits) or not text.strip(" "):
        raise UnreadableError(f"{item.length} digits")
    return digits


def _digits_decode(item: Field, text: str) -> Value:
    empty = _is_empty(item, text)
    if empty is not None:
        return Value("", empty.deviation)
    if not re.fullmatch("[0-9]+", text):
        raise UnreadableError(f"{item.length} digits")
    return Value(text)


def _digits_encode(item: Field, value: object) -> str:
    if value == "" and item.empty is not Empty.NEVER:
        return blank(item)
    if not isinstance(value, str) or not re.fullmatch(f"[0-9]{{{item.length}}}", value):
        raise UnreadableError(f"{item.length} digits")
    return value


def _integer_decode(item: Field, text: str) -> Value:
    empty = _is_empty(item, text)
    if empty is not None:
        return empty
    digits = _all_digits(item, text)
    return Value(int(digits), "" if digits == text else "leading zeros instead of blanks")


def _integer_encode(item: Field, value: object) -> str:
    if value is None and item.empty is not Empty.NEVER:
        return blank(item)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UnreadableError("a whole number, not negative")
    text = f"{value:0{item.length}d}"
    if len(text) > item.length:
        raise UnreadableError(f"a whole number of at most {item.length} digits")
    return text


# Amounts and rates ---------------------------------------------------------------------------------------------------


def _amount_pattern(item: Field) -> str:
    pattern = f"[0-9]{{{item.length}}}"
    if item.sign is Sign.LEADING:
        # Minus zero is not canonical: it would be written back as zero.
        pattern = f"(?:{pattern}|-(?!0{{{item.length - 1}}})[0-9]{{{item.length - 1}}})"
    if item.decimals > 2:
        pattern = pattern.replace(
            f"{{{item.length}}}", f"{{{item.length - item.decimals + 2}}}0{{{item.decimals - 2}}}"
        )
    return _or_empty(item, pattern)


def _amount_decode(item: Field, text: str) -> Value:
    empty = _is_empty(item, text)
    if empty is not None:
        return empty
    negative = item.sign is Sign.LEADING and text.lstrip(" ").startswith("-")
    if negative and text.endswith("-"):
        raise UnreadableError(_amount_describe(item))
    digits = _all_digits(item, text.replace("-", "0", 1) if negative else text)
    amount = _scaled(-int(digits) if negative else int(digits), item.decimals)
    exact = amount.quantize(ORE)
    if exact != amount:
        raise UnreadableError(
            f"an amount in whole øre: decimals beyond the second must be zero ({item.decimals} decimals)"
        )
    canonical = f"-{digits[1:]}" if negative and exact else digits
    return Value(exact or ZERO, "" if canonical == text else "zeros in front, the minus sign first")


def _scaled(units: int, decimals: int) -> Decimal:
    return Decimal(units).scaleb(-decimals)


def _amount_encode(item: Field, value: object) -> str:
    if value is None and item.empty is not Empty.NEVER:
        return blank(item)
    if not isinstance(value, Decimal) or not value.is_finite():
        raise UnreadableError("an amount")
    units = value.scaleb(item.decimals)
    if units != units.to_integral_value():
        raise UnreadableError(f"an amount with at most {item.decimals} decimals")
    if units < 0 and item.sign is Sign.NONE:
        raise UnreadableError("an amount that is not negative: the field has no sign")
    text = f"{int(units):0{item.length}d}"
    if len(text) > item.length:
        raise UnreadableError(f"an amount of at most {item.length - item.decimals} digits before the decimals")
    return text


def _amount_read(item: Field) -> str:
    if item.decimals != 2 or item.empty is not Empty.NEVER:
        return ""
    return f"ZERO if {{0}} == {'0' * item.length!r} else Decimal({{0}}[:-2] + '.' + {{0}}[-2:])"


def _amount_write(item: Field) -> str:
    # str() of an amount with two decimals has no exponent; a minus sign or an overflow fails the record's pattern.
    plain = item.decimals == 2 and item.empty is Empty.NEVER and item.sign is Sign.NONE
    return f"{{{{str({{}}).replace('.', '').rjust({item.length}, '0')}}}}" if plain else ""


def _rate_decode(item: Field, text: str) -> Value:
    empty = _is_empty(item, text)
    if empty is not None:
        return empty
    digits = _all_digits(item, text)
    return Value(_scaled(int(digits), item.decimals), "" if digits == text else "leading zeros instead of blanks")


def _rate_encode(item: Field, value: object) -> str:
    if isinstance(value, Decimal) and value < 0:
        raise UnreadableError("a rate that is not negative")
    return _amount_encode(item, value)


# Dates and times -----------------------------------------------------------------------------------------------------


def _date_decode(item: Field, text: str) -> Value:
    empty = _is_empty(item, text)
    if empty is not None:
        return empty
    try:
        moment = datetime.strptime(_ascii_digits(item, text), item.format)
    except ValueError:
        raise UnreadableError(_date_describe(item)) from None
    return Value(moment if item.kind is Kind.DATETIME else moment.date())


def _ascii_digits(item: Field, text: str) -> str:
    # strptime takes one digit where two are meant, and blanks; a layout does not.
    if not re.fullmatch(f"[0-9]{{{item.length}}}", text):
        raise UnreadableError(_date_describe(item))
    return text


def _date_encode(item: Field, value: object) -> str:
    if value is None and item.empty is not Empty.NEVER:
        return blank(item)
    wanted = datetime if item.kind is Kind.DATETIME else date
    if not isinstance(value, wanted) or isinstance(value, datetime) is not (wanted is datetime):
        raise UnreadableError("a date and time" if wanted is datetime else "a date")
    # strftime does not fill years below 1000 on every platform.
    text = value.strftime(item.format.replace("%Y", f"{value.year:04d}"))
    if datetime.strptime(text, item.format) != _midnight(value):
        raise UnreadableError(f"{_date_describe(item)}, with nothing finer")
    return text


def _midnight(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)


def _date_describe(item: Field) -> str:
    words = {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%H": "hh", "%M": "mm", "%S": "ss"}
    text = item.format
    for letter, word in words.items():
        text = text.replace(letter, word)
    return f"a date as {text}" + (f", or {item.empty.value} for none" if item.empty is not Empty.NEVER else "")


# Codes, flags, constants, fillers ------------------------------------------------------------------------------------


def _code_pattern(item: Field) -> str:
    # Where two codes mean the same and the raw one is not kept, only the first of them is ever written.
    first = {meaning: code for code, meaning in reversed(list(item.codes.items()))}
    codes = item.codes if item.raw_to else first.values()
    return _or_empty(item, "(?:" + "|".join(re.escape(fill(item, code)) for code in codes) + ")")


def _code_decode(item: Field, text: str) -> Value:
    for code, meaning in item.codes.items():
        if fill(item, code) == text:
            first = _code_encode(item, meaning)
            return Value(meaning, "" if item.raw_to or first == text else f"{first!r} for {meaning}")
    empty = _is_empty(item, text)
    if empty is not None:
        return empty
    if item.unknown and not _CONTROL.search(text):
        return Value(item.unknown, "unknown")
    raise UnreadableError(_code_describe(item))


def _code_encode(item: Field, value: object) -> str:
    if value is None and item.empty is not Empty.NEVER:
        return blank(item)
    for code, meaning in item.codes.items():
        if meaning == value and isinstance(meaning, bool) is isinstance(value, bool):
            return fill(item, code)
    raise UnreadableError("one of " + ", ".join(str(meaning) for meaning in item.codes.values()))


def code_text(item: Field, raw: object, meaning: object) -> str:
    """Return the text of a code whose raw form is kept beside its meaning; the two must agree."""
    if not raw:
        return _code_encode(item, meaning)
    text = fill(item, raw) if isinstance(raw, str) else ""
    try:
        meant = bool(text) and _code_decode(item, text).value == meaning
    except UnreadableError:
        meant = False
    if not meant:
        raise UnreadableError(f"a raw code that means {meaning}, or none")
    return text


def _code_describe(item: Field) -> str:
    return "one of " + ", ".join(item.codes)


def _constant_decode(item: Field, text: str) -> Value:
    if text != item.value:
        raise UnreadableError(repr(item.value))
    return Value(text)


def _constant_encode(item: Field, value: object) -> str:
    if value not in (None, item.value):
        raise UnreadableError(f"{item.value!r}, which the layout always has here")
    return item.value


def _filler_decode(item: Field, text: str) -> Value:
    return Value(text, "" if text == item.pad * item.length else f"nothing but {item.pad!r}")


def _digits_describe(item: Field) -> str:
    return f"{item.length} digits" + (f", or {item.empty.value} for none" if item.empty is not Empty.NEVER else "")


def _amount_describe(item: Field) -> str:
    sign = ", a minus sign in front if negative" if item.sign is Sign.LEADING else ""
    none = f", or {item.empty.value} for none" if item.empty is not Empty.NEVER else ""
    return f"{item.length} digits, the last {item.decimals} of them decimals{sign}{none}"


_CODED = Codec(_code_pattern, _code_decode, _code_encode, _code_describe)
_DATED = Codec(_digits_pattern, _date_decode, _date_encode, _date_describe)

CODECS: dict[Kind, Codec] = {
    Kind.TEXT: Codec(
        _text_pattern, _text_decode, _text_encode, lambda item: f"text of {item.length}", _text_read, _text_write
    ),
    Kind.DIGITS: Codec(_digits_pattern, _digits_decode, _digits_encode, _digits_describe),
    Kind.INTEGER: Codec(
        _digits_pattern, _integer_decode, _integer_encode, _digits_describe,
        lambda item: "int({})" if item.empty is Empty.NEVER else "",
    ),
    Kind.AMOUNT: Codec(_amount_pattern, _amount_decode, _amount_encode, _amount_describe, _amount_read, _amount_write),
    Kind.RATE: Codec(_digits_pattern, _rate_decode, _rate_encode, _amount_describe),
    Kind.DATE: _DATED,
    Kind.DATETIME: _DATED,
    Kind.FLAG: _CODED,
    Kind.CODE: _CODED,
    Kind.CONSTANT: Codec(
        lambda item: re.escape(item.value), _constant_decode, _constant_encode, lambda item: repr(item.value)
    ),
    Kind.FILLER: Codec(
        lambda item: f"{re.escape(item.pad)}{{{item.length}}}",
        _filler_decode,
        lambda item, _: item.pad * item.length,
        lambda item: f"nothing but {item.pad!r}",
    ),
}  # fmt: skip
"""The codec of each kind."""
