"""Fields that hold text: free text, digits that stay text, constants, fillers and reserved areas."""

import re

from lindorff_sdk.files.fill import UnreadableError, fill, stripped
from lindorff_sdk.files.layout import Align, Empty, Field

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DIGITS = re.compile("[0-9]+")


def decode(item: Field, text: str) -> str:
    """Return free text without its filling."""
    if CONTROL.search(text):
        raise UnreadableError("text without control characters")
    return stripped(item, text)


def encode(item: Field, value: object) -> str:
    """Return free text filled to the width; in capitals, and cut, where the layout says so."""
    if not isinstance(value, str):
        raise UnreadableError("text")
    if CONTROL.search(value):
        raise UnreadableError("text without control characters or line ends")
    text = stripped(item, value.upper() if item.upper else value)
    return fill(item, stripped(item, text[: item.length]) if item.cut and item.length else text)


def describe(item: Field) -> str:
    """Return what a text field expects."""
    width = f" of {item.length}" if item.length else ""
    return f"text{width}" + (" in capitals" if item.upper else "")


def pattern(item: Field) -> str:
    """Return what fast reading takes for text."""
    # Whole files are tested for control characters first (charset.py), so any character may stand here.
    return "" if item.upper or item.may_be_empty else f".{{{item.length}}}"


def read(item: Field) -> str:
    """Return the expression that reads a text."""
    if not pattern(item):
        return ""
    return f"{{}}.{'lstrip' if item.align is Align.RIGHT else 'rstrip'}({item.pad!r})"


def write(item: Field) -> str:
    """Return the expression that writes a text; one that is too long makes a line that is too long."""
    side = ">" if item.align is Align.RIGHT else "<"
    plain = pattern(item) and item.pad == " " and not item.cut
    return f"{{{{{{}}:{item.pad}{side}{item.length}}}}}" if plain else ""


def decode_digits(item: Field, text: str) -> str:
    """Return digits as text, with the zeros in front unless they only fill."""
    digits = (text if item.pad == "0" else stripped(item, text)).strip(" ")
    if not _DIGITS.fullmatch(digits) or (item.pad == "0" and digits != text):
        raise UnreadableError(describe_digits(item))
    return digits if item.leading_zeros else digits.lstrip("0") or "0"


def encode_digits(item: Field, value: object) -> str:
    """Return digits filled to the width."""
    if not isinstance(value, str) or not _DIGITS.fullmatch(value):
        raise UnreadableError(describe_digits(item))
    if not item.leading_zeros and value != (value.lstrip("0") or "0"):
        raise UnreadableError("digits without zeros in front: the layout cannot tell them from filling")
    if item.leading_zeros and item.pad == "0" and len(value) != item.length:
        raise UnreadableError(f"{describe_digits(item)}: zeros that fill would be read as digits of the value")
    return fill(item, value)


def describe_digits(item: Field) -> str:
    """Return what a field of digits expects."""
    return f"{item.length} digits" if item.length else "digits"


def pattern_digits(item: Field) -> str:
    """Return what fast reading takes for digits."""
    plain = item.length and item.pad == "0" and item.leading_zeros and not item.none
    digits = f"[0-9]{{{item.length}}}"
    return "" if not plain else f"(?:{digits}| {{{item.length}}})" if item.empty is Empty.BLANKS else digits


def read_digits(item: Field) -> str:
    """Return the expression that reads digits."""
    if not pattern_digits(item):
        return ""
    nothing = ("0" if item.empty is Empty.ZEROS else " ") * item.length
    return "{0}" if item.empty is Empty.NEVER else f"('' if {{0}} == {nothing!r} else {{0}})"


def write_digits(item: Field) -> str:
    """Return the expression that writes digits; others than the width wants, marked where short, fail the pattern."""
    if not pattern_digits(item):
        return ""
    filled = f"{{{{{{0}}.rjust({item.length}, '?')}}}}"
    nothing = ("0" if item.empty is Empty.ZEROS else " ") * item.length
    return filled if item.empty is Empty.NEVER else f"{{{{{{0}}.rjust({item.length}, '?') if {{0}} else {nothing!r}}}}}"


def decode_constant(item: Field, text: str) -> str:
    """Return a constant's text if it is the right one."""
    if text != item.value:
        raise UnreadableError(repr(item.value))
    return text


def encode_constant(item: Field, value: object) -> str:
    """Return a constant's text; an attribute that is bound to it must agree."""
    if value not in (None, item.value):
        raise UnreadableError(f"{item.value!r}, which the layout always has here")
    return item.value


def decode_reserved(_: Field, text: str) -> str:
    """Return what stands in a filler or a reserved area."""
    return text


def encode_filler(item: Field, _: object) -> str:
    """Return the filling."""
    return item.pad * item.length


def encode_reserved(item: Field, value: object) -> str:
    """Return what was kept of a reserved area, or blanks."""
    return value if isinstance(value, str) and value else item.pad * item.length


def describe_filler(item: Field) -> str:
    """Return what a filler expects."""
    return f"nothing but {item.pad!r}"


def pattern_filler(item: Field) -> str:
    """Return what fast reading takes for a filler."""
    return f"{re.escape(item.pad)}{{{item.length}}}"
