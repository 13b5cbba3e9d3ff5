"""What can be wrong with a field by itself."""

import re
from collections import Counter
from collections.abc import Iterator

from attrs import fields_dict

from lindorff_sdk.files.dates import WORDS, width
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Only, Record, Sign

Mistake = tuple[str, str]
"""Key path within the file's table, and what is wrong there."""

_NUMBERS = (Kind.INTEGER, Kind.AMOUNT, Kind.RATE)
_DATES = (Kind.DATE, Kind.TIME, Kind.DATETIME)
NOWHERE = {Kind.CONSTANT, Kind.FILLER, Kind.RESERVED, Kind.SIGN}
"""Kinds that fill no attribute."""
_MOST_DIGITS = 24
"""Of a number: decimal arithmetic rounds at 28 digits, and amounts of money end far below."""
MAY_BE_EMPTY = {Kind.TEXT, Kind.DIGITS, *_NUMBERS, *_DATES, Kind.CODE, Kind.FLAG}
"""Kinds of fields that may be without a value."""
_ONLY = {
    "codes": (Kind.CODE, Kind.FLAG),
    "unknown": (Kind.CODE,),
    "raw_to": (Kind.CODE,),
    "rest_to": (Kind.TEXT,),
    "join": (Kind.TEXT,),
    "upper": (Kind.TEXT,),
    "cut": (Kind.TEXT,),
    "decimals": (Kind.AMOUNT, Kind.RATE),
    "decimal_mark": (Kind.AMOUNT, Kind.RATE),
    "thousands": _NUMBERS,
    "sign": _NUMBERS,
    "only": _NUMBERS,
    "sign_in": (Kind.AMOUNT,),
    "signs": (*_NUMBERS, Kind.SIGN),
    "pivot": _DATES,
    "format": _DATES,
    "value": (Kind.CONSTANT,),
    "leading_zeros": (Kind.DIGITS,),
    "numbers": (Kind.INTEGER,),
}
"""Keys that mean something for some kinds only."""
_UNSET = fields_dict(Field)


def each_field(layout: FileLayout) -> Iterator[tuple[str, Record, Field]]:
    """Yield every field with its key path and its record."""
    for record in layout.records:
        for item in record.fields:
            yield f"records[{record.name}].fields[{item.name}]", record, item


def field_mistakes(layout: FileLayout) -> Iterator[Mistake]:
    """Yield what is wrong with each field by itself."""
    for path, _, item in each_field(layout):
        if item.length < (layout.delimited is None):
            yield f"{path}.length", "A field is at least one byte wide."
        if len(item.pad) != 1 and not (layout.delimited is not None and not item.pad):
            yield f"{path}.pad", "The pad is one character."
        if item.may_be_empty and item.kind not in MAY_BE_EMPTY:
            yield f"{path}.empty", f"A field of kind {item.kind} is never without a value."
        if item.kind is Kind.TEXT and item.may_be_empty and not item.none:
            yield f"{path}.empty", "A text without a value is blank anyway; 'none' is for another text that means it."
        for key, kinds in _ONLY.items():
            if getattr(item, key) not in (_UNSET[key].default, {}) and item.kind not in kinds:
                yield f"{path}.{key}", f"A field of kind {item.kind} has no {key}."
        for key, message in (
            *_widths(item, layout),
            *_numbers(item),
            *_codes(item),
            *_beside(item),
            *_parting(item, layout),
        ):
            yield f"{path}.{key}", message
    yield from _optional(layout)


def _beside(item: Field) -> Iterator[Mistake]:
    """Yield the keys that need another one beside them."""
    for key in ("also_to", "rest_to", "raw_to"):
        if getattr(item, key) and not item.to:
            yield key, f"A field with {key} also says where its value goes: 'to'."
    if item.rest_to and item.join is not None:
        yield "join", "A field is either parted or joined to another."
    if not item.split:
        yield "split", "It is at least one character."
    if item.within and not item.numbers:
        yield "within", "Only a running number ('numbers') begins anew."
    if (item.numbers or item.matches) and item.to:
        yield "to", "The field is known without a value of its own, and fills nothing."
    if item.total is None:
        return
    if item.numbers or item.matches:
        yield "numbers" if item.numbers else "matches", "The field states a total already."


def _optional(layout: FileLayout) -> Iterator[Mistake]:
    for record in layout.records:
        behind = False
        for item in record.fields:
            if behind and not item.optional:
                path = f"records[{record.name}].fields[{item.name}].optional"
                yield path, "Older versions end before an optional field, so those after it are optional too."
            behind |= item.optional


def _widths(item: Field, layout: FileLayout) -> Iterator[Mistake]:
    if item.kind is Kind.CONSTANT and layout.delimited is None and len(item.value) != item.length:
        yield "value", f"The constant {item.value!r} does not fill its width of {item.length}."
    if len(item.none) > item.length > 0:
        yield "none", f"{item.none!r} does not fit the width of {item.length}."
    if item.kind not in _DATES:
        return
    parts = re.findall("%.", item.format)
    if not parts or not set(parts) <= set(WORDS) or any(times > 1 for times in Counter(parts).values()):
        yield "format", f"The format {item.format!r} is not made of {', '.join(WORDS)}, each at most once."
    elif item.length and width(item.format) != item.length:
        yield "length", f"The format {item.format!r} is {width(item.format)} wide, not {item.length}."
    if not 0 <= item.pivot <= 100:
        yield "pivot", "It is from 0 to 100."


def _numbers(item: Field) -> Iterator[Mistake]:
    if item.kind in _NUMBERS and item.length > _MOST_DIGITS:
        yield "length", f"A number has at most {_MOST_DIGITS} digits."
    if item.decimals < 0 or item.decimals > _MOST_DIGITS:
        yield "decimals", f"There are no fewer than 0 decimals, and no more than {_MOST_DIGITS}."
    yield from _marks(item)
    yield from _signs(item)


def _marks(item: Field) -> Iterator[Mistake]:
    signs = max(map(len, item.signs)) if item.sign is not Sign.NONE else 0
    if item.kind in _NUMBERS and 0 < item.length <= item.decimals + len(item.decimal_mark) + signs:
        yield "decimals", "No digit is left before the decimals, beside sign and mark."
    if item.thousands and item.decimals and not item.decimal_mark:
        yield "thousands", "Where thousands are marked, decimals are too."
    if item.kind in _NUMBERS and item.thousands and item.pad == "0":
        yield "thousands", "Groups of thousands are filled with blanks, not with zeros."
    if item.decimal_mark and item.decimal_mark == item.thousands:
        yield "thousands", "Decimals and thousands have different marks."
    for key in ("decimal_mark", "thousands"):
        mark = getattr(item, key)
        if mark and (len(mark) != 1 or mark.isalnum() or mark in "+-"):
            yield key, "It is one character, neither a digit, a letter nor a sign."


def _signs(item: Field) -> Iterator[Mistake]:
    if item.only is not Only.ANY and (item.sign is Sign.NONE or item.total is not None):
        yield (
            "only",
            "It is about the sign within a number that is no total: say 'sign', or give a sign of its own codes.",
        )
    if item.kind in (*_NUMBERS, Kind.SIGN) and item.signs[0] == item.signs[1]:
        yield "signs", "Plus and minus look the same."
    if item.kind in _NUMBERS and item.sign is not Sign.NONE and not item.signs[1].strip(" "):
        yield "signs", "A minus that is blank cannot be told from filling."
    if any(sign.isdecimal() for sign in item.signs) and item.kind in _NUMBERS and item.sign is not Sign.NONE:
        yield "signs", "A sign within a number is no digit."
    if item.kind in _NUMBERS and (
        item.pad in set("123456789") or (item.sign is not Sign.NONE and item.pad == item.signs[1])
    ):
        yield "pad", f"What fills a number is told from it: {item.pad!r} may be a part of it."


def _parting(item: Field, layout: FileLayout) -> Iterator[Mistake]:
    """Yield the marks within a value that would part a line without quotes."""
    how = layout.delimited
    if how is None or how.quote:
        return
    for key in ("decimal_mark", "thousands", "value", "format"):
        if how.delimiter in getattr(item, key) and (key != "format" or item.kind in _DATES):
            yield key, f"{how.delimiter!r} parts the values of a line, and nothing stands around them."


def _codes(item: Field) -> Iterator[Mistake]:
    if item.kind is Kind.FLAG and {*map(repr, item.codes.values())} != {"False", "True"}:
        yield "codes", "A flag has codes for true and for false."
    if item.kind is Kind.CODE and not item.codes:
        yield "codes", "The codes are missing."
    for code in item.codes:
        if (not code and item.length) or len(code) > item.length > 0:
            yield f"codes.{code}", f"The code does not fit the width of {item.length}."
    for code, times in Counter(code.strip(item.pad) for code in item.codes).items():
        if times > 1:
            yield f"codes.{code}", "Filled with the pad, two of the codes are the same."
