"""Values of attributes that several fields or lines fill, as Hypothesis strategies."""

from collections.abc import Sequence
from datetime import date, datetime, time

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from lindorff_sdk.files.fill import stripped
from lindorff_sdk.files.layout import Kind
from lindorff_sdk.testing.field_values import FieldValues

_MOST_LINES = 3


def joined(sources: Sequence[FieldValues], *, endless: bool) -> SearchStrategy[object]:
    """Return what an attribute holds that is joined of these fields, in the order of the file.

    Args:
        sources: The values of each field.
        endless: Whether the last field stands on as many lines as are needed.
    """
    if any(source.item.kind in (Kind.DATE, Kind.TIME) for source in sources):
        return _moments(sources)
    join = sources[-1].item.join
    lines = [*sources, *[sources[-1]] * (_MOST_LINES if endless else 0)]
    return _unbroken(lines) if join == "" else _at(lines, " " if join is None else join)


def _moments(sources: Sequence[FieldValues]) -> SearchStrategy[object]:
    """Return moments of a day and, where a field has it, a time."""
    (day,) = (source.values() for source in sources if source.item.kind is Kind.DATE)
    times: list[SearchStrategy[object]] = [s.values() for s in sources if s.item.kind is Kind.TIME]
    parts = st.tuples(day, times[0] if times else st.none())

    def combined(drawn: tuple[object, object]) -> datetime | None:
        on, at = drawn
        return datetime.combine(on, at if isinstance(at, time) else time.min) if isinstance(on, date) else None

    return parts.map(combined)


@st.composite
def _at(draw: DrawFn, lines: Sequence[FieldValues], join: str) -> str:
    """Draw texts that are parted where ``join`` stands: each part fits its field, and is no part of another."""
    wanted = draw(st.integers(0, len(lines)))
    pieces = []
    for source in lines[:wanted]:
        piece = "".join(letter for letter in draw(source.texts()) if letter not in join)
        pieces.append(stripped(source.item, piece))
    return join.join(piece for piece in pieces if piece)


@st.composite
def _unbroken(draw: DrawFn, lines: Sequence[FieldValues]) -> str:
    """Draw texts that go on in the next field: ASCII, so that the width in bytes is that in characters."""
    room = sum(source.item.length for source in lines)
    letters = st.characters(min_codepoint=32, max_codepoint=126, exclude_characters=lines[-1].without)
    text = draw(st.text(letters, max_size=8) | st.text(letters, min_size=1, max_size=3).map(lambda part: part * room))
    return stripped(lines[-1].item, text[:room])
