"""Attributes that several fields or lines fill: joined on reading, parted again on writing."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import cast

from attrs import frozen

from lindorff_sdk.files.fill import UnreadableError, stripped
from lindorff_sdk.files.kinds import read_value, write_value
from lindorff_sdk.files.layout import Field, Kind

_OF_MOMENTS = (Kind.DATE, Kind.TIME)


@frozen(eq=False)
class Joined:
    """An attribute that several fields, or lines, fill together.

    Attributes:
        fields: In the order of the file.
        places: Where each field's part is gathered: the slot, and the place within the line's values.
        endless: Whether the last field stands on as many lines as are needed.
    """

    fields: tuple[Field, ...]
    places: tuple[tuple[int, int], ...]
    endless: bool

    def values(self, parts: Sequence[object]) -> list[object]:
        """Return the parts that were gathered."""
        found: list[object] = []
        for slot, place in self.places:
            gathered = cast("Sequence[Sequence[object]]", parts[slot])
            if self.endless and slot == self.places[-1][0]:
                found += [line[place] for line in gathered]
            else:
                found.append(gathered[place])
        return found


def merge(fields: Sequence[Field], values: Sequence[object]) -> object:
    """Return the value of an attribute, given those of the fields that fill it, in the order of the file.

    A date and a time make a moment. Texts are joined by the ``join`` of the last field; without one they follow each
    other as they stand, so that a word that goes on in the next field stays whole.

    Raises:
        UnreadableError: If there is a time of day and no day.
    """
    if any(item.kind in _OF_MOMENTS for item in fields):
        days = [value for value in values if isinstance(value, date)]
        times = [value for value in values if isinstance(value, time)]
        if not days and any(at != time.min for at in times):
            raise UnreadableError("a day to the time of day")
        return datetime.combine(days[0], times[0] if times else time.min) if days else None
    join = _join(fields)
    texts = [value for value in values if isinstance(value, str)]
    return join.join(text for text in texts if text) if join else stripped(fields[-1], "".join(texts))


def part(
    fields: Sequence[Field], value: object, *, endless: bool = False, size: Callable[[str], int] = len
) -> list[object]:
    """Return what each of the fields gets of an attribute's value.

    Args:
        fields: In the order of the file.
        value: The attribute's value.
        endless: Whether the last field stands on as many lines as are needed: none where nothing is left for it.
        size: How many bytes a text takes.

    Raises:
        UnreadableError: If the parts would not make the value again.
    """
    if any(item.kind in _OF_MOMENTS for item in fields):
        parts = [_of_moment(item, value) for item in fields]
        if merge(fields, parts) != value:
            raise UnreadableError("a day without a time: the layout has no field for it")
        return parts
    if not isinstance(value, str):
        raise UnreadableError("text")
    join = _join(fields)
    parted = _at_join if join else _at_width
    pieces = parted(fields, value, endless, size)
    back = [_back(item, piece, join, size) for item, piece in zip(_spread(fields, pieces), pieces, strict=False)]
    capitals = any(item.upper for item in fields)
    if merge(fields, back) != stripped(fields[-1], value.upper() if capitals else value):
        raise UnreadableError(f"text that comes back whole when it is parted at {join!r}" if join else "shorter text")
    return list(pieces)


def is_as_written(
    fields: Sequence[Field], values: Sequence[object], *, endless: bool, size: Callable[[str], int]
) -> bool:
    """Return whether an attribute's parts stand as `part` would part it; otherwise other bytes say the same."""
    try:
        pieces = part(fields, merge(fields, values), endless=endless, size=size)
    except UnreadableError:
        return False
    if any(item.kind in _OF_MOMENTS for item in fields):
        return [*map(write_value, fields, pieces)] == [*map(write_value, fields, values)]
    if not _join(fields):
        pieces = [_whole(item, str(piece), size) for item, piece in zip(_spread(fields, pieces), pieces, strict=False)]
    return pieces == list(values) or (
        endless and pieces == list(values[: len(pieces)]) and not any(values[len(pieces) :])
    )


def _join(fields: Sequence[Field]) -> str:
    return " " if fields[-1].join is None else fields[-1].join


def _spread(fields: Sequence[Field], pieces: Sequence[object]) -> list[Field]:
    """Return the field of each piece; the last one takes what is left."""
    return [*fields, *[fields[-1]] * (len(pieces) - len(fields))]


def _of_moment(item: Field, value: object) -> object:
    if not isinstance(value, datetime):
        return None
    return value.time() if item.kind is Kind.TIME else value.date()


def _at_join(fields: Sequence[Field], value: str, endless: bool, size: Callable[[str], int]) -> list[str]:
    join = _join(fields)
    pieces = value.split(join, len(fields) - 1)
    pieces += [""] * (len(fields) - len(pieces))
    if not endless and all(_fits(item, piece, size) for item, piece in zip(fields, pieces, strict=True)):
        return pieces
    packed = _packed(fields, value.split(join), join, size) if value else []
    if len(packed) > len(fields) and not endless:
        raise UnreadableError(f"parts of at most {', '.join(str(item.length) for item in fields)} characters")
    return packed + [""] * (len(fields) - endless - len(packed))


def _fits(item: Field, piece: str, size: Callable[[str], int]) -> bool:
    return not item.length or size(piece) <= item.length


def _packed(fields: Sequence[Field], words: Sequence[str], join: str, size: Callable[[str], int]) -> list[str]:
    """Return words in as few parts as hold them, each as full as it can be; a field too narrow for one is left out."""
    packed: list[str] = []
    for word in words:
        if packed and _fits(fields[min(len(packed), len(fields)) - 1], f"{packed[-1]}{join}{word}", size):
            packed[-1] += join + word
            continue
        while len(packed) < len(fields) - 1 and not _fits(fields[len(packed)], word, size):
            packed.append("")
        packed.append(word)
    return packed


def _at_width(fields: Sequence[Field], value: str, endless: bool, size: Callable[[str], int]) -> list[str]:
    pieces, rest = [], value
    for item in fields[:-1] if endless else fields:
        pieces.append(_beginning(rest, item.length, size))
        rest = rest[len(pieces[-1]) :]
    while endless and rest:
        pieces.append(_beginning(rest, fields[-1].length, size))
        rest = rest[len(pieces[-1]) :]
        if not pieces[-1]:
            break
    if rest:
        raise UnreadableError(f"at most {sum(item.length for item in fields)} bytes")
    return pieces


def _beginning(text: str, length: int, size: Callable[[str], int]) -> str:
    piece = text[:length]
    while size(piece) > length:
        piece = piece[:-1]
    return piece


def _back(item: Field, piece: str, join: str, size: Callable[[str], int]) -> object:
    """Return what is read of a part once it is written."""
    return read_value(item, write_value(item, piece)).value if join else _whole(item, piece, size)


def _whole(item: Field, piece: str, size: Callable[[str], int]) -> str:
    text = piece.upper() if item.upper else piece
    return text + item.pad * (item.length - size(text))
