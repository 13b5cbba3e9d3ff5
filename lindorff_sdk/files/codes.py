"""Fields that hold codes: mapped to our vocabularies, or to yes and no."""

from lindorff_sdk.files.fill import UnreadableError, fill
from lindorff_sdk.files.layout import Field
from lindorff_sdk.files.texts import CONTROL


def decode(item: Field, text: str) -> object:
    """Return what a code means; one that is not listed means ``unknown``, where the profile has that."""
    for code, meaning in item.codes.items():
        if fill(item, code) == text:
            return meaning
    if item.unknown and text.strip(" ") and not CONTROL.search(text):
        return item.unknown
    raise UnreadableError(describe(item))


def is_listed(item: Field, text: str) -> bool:
    """Return whether the profile lists a code."""
    return any(fill(item, code) == text for code in item.codes)


def encode(item: Field, value: object) -> str:
    """Return the first code that has this meaning."""
    for code, meaning in item.codes.items():
        if meaning == value and isinstance(meaning, bool) is isinstance(value, bool):
            return fill(item, code)
    raise UnreadableError("one of " + ", ".join(str(meaning) for meaning in item.codes.values()))


def describe(item: Field) -> str:
    """Return what a field of codes expects."""
    return "one of " + ", ".join(item.codes)
