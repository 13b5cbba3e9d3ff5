"""What may stand in a field: whether a line of one record may look like that of another."""

import re
from collections.abc import Iterator

from lindorff_sdk.files.dates import WORDS
from lindorff_sdk.files.layout import Align, Empty, Field, Kind, Sign

_DATES = (Kind.DATE, Kind.TIME, Kind.DATETIME)
_NUMBERS = (Kind.DIGITS, Kind.INTEGER, Kind.AMOUNT, Kind.RATE)
_RANGES = {"%d": range(1, 32), "%m": range(1, 13), "%H": range(24), "%M": range(60), "%S": range(60)}


def may_hold(item: Field, text: str, at: int = 0, *, whole: bool = False) -> bool:
    """Return whether a field may have a text from its character ``at`` on; what is doubtful it may.

    Args:
        item: The field.
        text: The text.
        at: From where on.
        whole: Whether the field holds nothing else: a value of a delimited line.
    """
    if item.matches:
        return True  # whatever stands in the field that it repeats
    if item.may_be_empty and not text.strip(" 0"):
        return True
    listed = _listed(item)
    if listed is not None:
        return any(each == text if whole else each[at : at + len(text)] == text for each in listed)
    if item.kind in _DATES:
        return any(each[at : at + len(text)] == text for each in _like(item, text, at))
    if item.kind in _NUMBERS:
        return set(text) <= _letters(item)
    return True


def _listed(item: Field) -> list[str] | None:
    """Return every text that a field may have; None where they are not listed."""
    if item.kind is Kind.CONSTANT:
        return [item.value]
    if item.kind is Kind.FILLER:
        return [item.pad * item.length]
    texts: list[str] = []
    if item.kind is Kind.SIGN:
        texts = list(item.signs)
    elif item.kind is Kind.FLAG or (item.kind is Kind.CODE and not item.unknown):
        texts = [*item.codes, *([item.none] if item.none else [])]
    else:
        return None
    return [_filled(item, each) for each in texts]


def _filled(item: Field, text: str) -> str:
    pad = item.pad or " "
    return text.rjust(item.length, pad) if item.align is Align.RIGHT else text.ljust(item.length, pad)


def _letters(item: Field) -> set[str]:
    """Return the characters of a number's text."""
    marks = [item.pad, item.decimal_mark, item.thousands, item.none]
    if item.sign is not Sign.NONE:
        marks += item.signs
    return {*"0123456789 ", *"".join(marks)}


def _like(item: Field, text: str, at: int) -> Iterator[str]:
    """Yield a text that a date or time may have, as near to the given one as its format lets it be."""
    likeness, place = "", 0
    for part in re.findall("%.|[^%]", item.format):
        width = len(WORDS.get(part, part))
        wanted = "".join(
            text[column - at] if 0 <= column - at < len(text) else "?" for column in range(place, place + width)
        )
        likeness += _nearest(part, wanted)
        place += width
    yield likeness
    if item.none:
        yield _filled(item, item.none)
    if item.empty is not Empty.NEVER:
        yield from (" " * place, "0" * place)


def _nearest(part: str, wanted: str) -> str:
    """Return a text of a part of a format that is as wanted (``?``: no matter), or another one where none is."""
    if part not in WORDS:
        return part
    numbers = _RANGES.get(part, range(10 ** len(wanted)))
    pattern = wanted.replace("?", "[0-9]") if re.fullmatch("[0-9?]*", wanted) else "(?!)"
    return next((f"{each:0{len(wanted)}d}" for each in numbers if re.fullmatch(pattern, f"{each:0{len(wanted)}d}")), "")
