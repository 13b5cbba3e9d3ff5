"""Attributes that several fields or lines fill: joined on reading, parted again on writing."""

from collections.abc import Sequence
from datetime import date, datetime, time

from lindorff_sdk.files.fill import UnreadableError, stripped
from lindorff_sdk.files.layout import Field, Kind


def merge(fields: Sequence[Field], values: Sequence[object]) -> object:
    """Return the value of an attribute, given those of the fields that fill it, in the order of the file.

    A date and a time make a moment. Texts are joined by the ``join`` of the last field; without one they follow each
    other as they stand, so that a word that goes on in the next field stays whole.
    """
    if any(item.kind is Kind.TIME for item in fields):
        days = [value for value in values if isinstance(value, date)]
        times = [value for value in values if isinstance(value, time)]
        return datetime.combine(days[0], times[0] if times else time.min) if days else None
    join = _join(fields)
    texts = [value for value in values if isinstance(value, str)]
    return join.join(text for text in texts if text) if join else stripped(fields[-1], "".join(texts))


def part(fields: Sequence[Field], value: object, *, endless: bool = False) -> list[object]:
    """Return what each of the fields gets of an attribute's value.

    Args:
        fields: In the order of the file.
        value: The attribute's value.
        endless: Whether the last field stands on as many lines as are needed.

    Raises:
        UnreadableError: If the parts would not make the value again.
    """
    if any(item.kind is Kind.TIME for item in fields):
        return [_of_moment(item, value) for item in fields]
    if not isinstance(value, str):
        raise UnreadableError("text")
    join = _join(fields)
    pieces: list[object] = list(_at_join(fields, value, join, endless) if join else _at_width(fields, value, endless))
    spread = [*fields, *[fields[-1]] * (len(pieces) - len(fields))]
    whole = pieces if join else [_whole(item, piece) for item, piece in zip(spread, pieces, strict=False)]
    if merge(spread, whole) != stripped(fields[-1], value):
        raise UnreadableError(f"text that comes back whole when it is parted at {join!r}" if join else "shorter text")
    return pieces


def _join(fields: Sequence[Field]) -> str:
    return " " if fields[-1].join is None else fields[-1].join


def _of_moment(item: Field, value: object) -> object:
    if not isinstance(value, datetime):
        return None
    return value.time() if item.kind is Kind.TIME else value.date()


def _at_join(fields: Sequence[Field], value: str, join: str, endless: bool) -> list[str]:
    if endless:
        return value.split(join) if value else []
    pieces = value.split(join, len(fields) - 1)
    return pieces + [""] * (len(fields) - len(pieces))


def _at_width(fields: Sequence[Field], value: str, endless: bool) -> list[str]:
    pieces, rest = [], value
    for item in fields[:-1] if endless else fields:
        pieces.append(rest[: item.length])
        rest = rest[item.length :]
    width = fields[-1].length
    if endless:
        return pieces + [rest[at : at + width] for at in range(0, len(rest), width)]
    if rest:
        raise UnreadableError(f"at most {sum(item.length for item in fields)} characters")
    return pieces


def _whole(item: Field, piece: object) -> str:
    return str(piece).ljust(item.length, item.pad)
