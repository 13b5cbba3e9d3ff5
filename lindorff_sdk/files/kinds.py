"""How each kind of field reads and writes its text.

Reading is tolerant: it takes every text whose meaning is beyond doubt. Writing is strict: each value has one canonical
text. A text that differs from how its meaning would be written is reported, never refused for that alone.
"""

import re
from collections.abc import Callable

from attrs import frozen

from lindorff_sdk.files import amounts, codes, dates, texts
from lindorff_sdk.files.fill import UnreadableError, fill
from lindorff_sdk.files.layout import Empty, Field, Kind


@frozen
class Value:
    """What a text means.

    Attributes:
        value: The meaning.
        canonical: How the layout writes it; differs from the text where the text is only tolerated.
        unknown: Whether it is a code that the profile does not list.
    """

    value: object
    canonical: str
    unknown: bool = False


@frozen
class Codec:
    """What a kind of field can do.

    Attributes:
        decode: Text to value; tolerant.
        encode: Value to its one text.
        describe: What the field expects, in words.
        pattern: Regular expression of texts that ``read`` may be given; ``""`` if only `decode` can tell.
        read: Python expression for a captured text ``{}``; ``""`` to look the text up in a memo.
        write: Python format expression for a value ``{}``; ``""`` to look the value up in a memo.
    """

    decode: Callable[[Field, str], object]
    encode: Callable[[Field, object], str]
    describe: Callable[[Field], str]
    pattern: Callable[[Field], str] = lambda _: ""
    read: Callable[[Field], str] = lambda _: ""
    write: Callable[[Field], str] = lambda _: ""


CODECS: dict[Kind, Codec] = {
    Kind.TEXT: Codec(texts.decode, texts.encode, texts.describe, texts.pattern, texts.read, texts.write),
    Kind.DIGITS: Codec(
        texts.decode_digits,
        texts.encode_digits,
        texts.describe_digits,
        texts.pattern_digits,
        texts.read_digits,
        texts.write_digits,
    ),
    Kind.INTEGER: Codec(
        amounts.decode_integer,
        amounts.encode_integer,
        amounts.describe,
        amounts.pattern,
        amounts.read_integer,
    ),
    Kind.AMOUNT: Codec(
        amounts.decode_amount,
        amounts.encode_decimal,
        amounts.describe,
        amounts.pattern,
        amounts.read_amount,
        amounts.write_amount,
    ),
    Kind.RATE: Codec(amounts.decode_rate, amounts.encode_decimal, amounts.describe),
    Kind.DATE: Codec(dates.decode, dates.encode, dates.describe),
    Kind.TIME: Codec(dates.decode, dates.encode, dates.describe),
    Kind.DATETIME: Codec(dates.decode, dates.encode, dates.describe),
    Kind.FLAG: Codec(codes.decode, codes.encode, codes.describe),
    Kind.CODE: Codec(codes.decode, codes.encode, codes.describe),
    Kind.SIGN: Codec(amounts.decode_sign, amounts.encode_sign, amounts.describe_sign),
    Kind.CONSTANT: Codec(
        texts.decode_constant, texts.encode_constant, lambda item: repr(item.value), lambda item: re.escape(item.value)
    ),
    Kind.FILLER: Codec(texts.decode_reserved, texts.encode_filler, texts.describe_filler, texts.pattern_filler),
    Kind.RESERVED: Codec(texts.decode_reserved, texts.encode_reserved, lambda item: f"{item.length} bytes"),
}
"""The codec of each kind."""


def read_value(item: Field, text: str) -> Value:
    """Return what a field's text means.

    Raises:
        UnreadableError: If it means nothing; the message says what was expected.
    """
    if item.may_be_empty and _says_none(item, text):
        return Value(none_value(item), amounts.units_text(item, 0) if item.is_figure else none_text(item))
    value = CODECS[item.kind].decode(item, text)
    if item.kind is Kind.CODE and not codes.is_listed(item, text):
        return Value(value, text, unknown=True)
    return Value(value, text if item.raw_to else write_value(item, value))


def write_value(item: Field, value: object) -> str:
    """Return the one text of a value, as wide as the field in characters.

    Raises:
        UnreadableError: If the field cannot hold it; the message says what it can.
    """
    if value is None or value == none_value(item):
        if item.may_be_empty:
            return none_text(item)
        if value is None:
            raise UnreadableError(f"a value: {describe(item)}")
    text = CODECS[item.kind].encode(item, value)
    if item.none and text == none_text(item):
        raise UnreadableError(f"anything but {item.none!r}, which means no value here")
    return text


def raw_text(item: Field, raw: object, meaning: object) -> str:
    """Return the text of a code whose raw form is kept beside its meaning; the two must agree.

    Raises:
        UnreadableError: If they do not.
    """
    text = fill(item, raw) if isinstance(raw, str) and not texts.CONTROL.search(raw) else ""
    try:
        meant = bool(text) and read_value(item, text).value == meaning
    except UnreadableError:
        meant = False
    if not meant:
        raise UnreadableError(f"a raw code that means {meaning}, or none")
    return text


def describe(item: Field) -> str:
    """Return what a field expects, in words."""
    none = f"{item.none!r}" if item.none else item.empty.value
    return CODECS[item.kind].describe(item) + (f", or {none} for none" if item.may_be_empty else "")


def none_text(item: Field) -> str:
    """Return how a field says that it has no value."""
    if item.none:
        return fill(item, item.none)
    if item.empty is Empty.ZEROS:
        return "0" * ((item.length if item.pad else 0) or dates.width(item.format) or 1)
    return " " * item.length if item.pad else ""


def none_value(item: Field) -> object:
    """Return the value of a field without one: an empty text for texts, else None or what its attribute then is."""
    return "" if item.kind in (Kind.TEXT, Kind.DIGITS) else item.nothing


def _says_none(item: Field, text: str) -> bool:
    if text == none_text(item) or not text.strip(" "):
        return True
    # A date of zeros is no date, whatever the layout says of blanks. A time of zeros is midnight.
    return item.kind in (Kind.DATE, Kind.DATETIME) and not text.strip("0")
