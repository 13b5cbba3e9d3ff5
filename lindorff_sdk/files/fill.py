"""Filling a field to its width, and taking the filling off again."""

from collections.abc import Callable

from lindorff_sdk.files.layout import Align, Field


class UnreadableError(ValueError):
    """A text, or a value, that the field cannot hold. The message says what was expected."""


class UncodableError(UnreadableError):
    """A text with a character that the profile's codec lacks."""


def fill(item: Field, text: str) -> str:
    """Return ``text`` padded to the field's width; a field without a width, or a pad, takes it as it is.

    Raises:
        UnreadableError: If it is too long.
    """
    if not item.length:
        return text
    if len(text) > item.length:
        raise UnreadableError(f"at most {item.length} characters")
    if not item.pad:
        return text
    return text.rjust(item.length, item.pad) if item.align is Align.RIGHT else text.ljust(item.length, item.pad)


def stripped(item: Field, text: str) -> str:
    """Return ``text`` without the pad that fills its field."""
    if not item.length:
        return text
    return text.lstrip(item.pad) if item.align is Align.RIGHT else text.rstrip(item.pad)


def repeated_key(item: Field, text: str, size: Callable[[str], int]) -> str:
    """Return how a field repeats the text of another one: to the letter if it is as wide, else filled anew.

    Args:
        item: The field.
        text: The other one's text, with its filling.
        size: How many bytes a text takes.

    Raises:
        UnreadableError: If it is too long.
    """
    return text if size(text) == item.length else fill(item, text.strip())
