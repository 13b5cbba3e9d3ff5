"""Hypothesis strategies of damage: what can happen to a file of any layout on its way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lindorff_sdk.files.layout import Field, FileLayout, Kind, Profile
from lindorff_sdk.models.codes import Transfer


class Damage(StrEnum):
    """What can happen to a file on its way."""

    BYTE = "byte"
    """One byte is another."""
    DROPPED = "dropped"
    """A line is gone."""
    DOUBLED = "doubled"
    """A line stands twice."""
    SWAPPED = "swapped"
    """Two lines that differ stand in each other's place."""
    CUT = "cut"
    """The file ends too early: at least one byte of its last record is missing."""
    TOTAL = "total"
    """A count or sum that the file states is another."""
    DELIMITER = "delimiter"
    """A delimiter at the end of a delimited line is gone, or one is too many."""


def damaged(data: bytes, profile: Profile, transfer: Transfer | str, *kinds: Damage) -> SearchStrategy[bytes]:
    """Return damaged forms of a file; each differs from it.

    A layout with counts and sums must refuse what `Damage.DROPPED`, `Damage.DOUBLED`, `Damage.CUT` and `Damage.TOTAL`
    make. A changed byte may also change the one field it stands in, and swapped lines may make another file that is
    just as valid: nothing in a file can tell.

    Args:
        data: A file in canonical form.
        profile: The profile it follows.
        transfer: Which transfer it belongs to, or the id of its layout.
        kinds: The kinds of damage wanted; all of them if none is given. A kind that the file has no room for, such as
            a swap in a file of one line, is left out.
    """
    layout = profile.file(transfer)
    end = profile.of(layout).line_end.encode()
    lines = data.removesuffix(end).split(end)
    drawn: Mapping[Damage, Callable[[], SearchStrategy[bytes]]] = {
        Damage.BYTE: lambda: _changed_byte(data),
        Damage.DROPPED: lambda: st.sampled_from(range(len(lines))).map(lambda at: _joined(lines, end, {at: ()})),
        Damage.DOUBLED: lambda: st.sampled_from(range(len(lines))).map(
            lambda at: _joined(lines, end, {at: (lines[at],) * 2})
        ),
        Damage.SWAPPED: lambda: _swapped(lines, end),
        Damage.CUT: lambda: st.integers(0, len(data) - len(end) - 1).map(lambda length: data[:length]),
        Damage.TOTAL: lambda: _another_total(lines, end, layout),
        Damage.DELIMITER: lambda: _another_end(lines, end, layout),
    }
    return st.one_of(*(drawn[kind]() for kind in kinds or Damage))


def _joined(lines: Sequence[bytes], end: bytes, instead: Mapping[int, Sequence[bytes]]) -> bytes:
    """Return the file of these lines, with others instead of some."""
    return b"".join(line + end for at, old in enumerate(lines) for line in instead.get(at, (old,)))


def _changed_byte(data: bytes) -> SearchStrategy[bytes]:
    # Bytes that mean something to a file are likelier than chance would have them.
    other = st.sampled_from(b"0123456789 -\r\n\x00\x0c\x1a\x85\xa0") | st.integers(0, 255)
    return st.tuples(st.integers(0, len(data) - 1), other).flatmap(
        lambda drawn: (
            st.nothing()
            if data[drawn[0]] == drawn[1]
            else st.just(data[: drawn[0]] + bytes([drawn[1]]) + data[drawn[0] + 1 :])
        )
    )


def _swapped(lines: Sequence[bytes], end: bytes) -> SearchStrategy[bytes]:
    pairs = [(a, b) for a in range(len(lines)) for b in range(a) if lines[a] != lines[b]]
    if not pairs:
        return st.nothing()
    return st.sampled_from(pairs).map(
        lambda pair: _joined(lines, end, {pair[0]: (lines[pair[1]],), pair[1]: (lines[pair[0]],)})
    )


def _another_end(lines: Sequence[bytes], end: bytes, layout: FileLayout) -> SearchStrategy[bytes]:
    if layout.delimited is None:
        return st.nothing()
    mark = layout.delimited.delimiter.encode()
    changes = [(at, line + mark) for at, line in enumerate(lines)]
    changes += [(at, line.removesuffix(mark)) for at, line in enumerate(lines) if line.endswith(mark)]
    return st.sampled_from(changes).map(lambda change: _joined(lines, end, {change[0]: (change[1],)}))


def _another_total(lines: Sequence[bytes], end: bytes, layout: FileLayout) -> SearchStrategy[bytes]:
    places = [(at, item) for at, line in enumerate(lines) for item in _totals_of(layout, line)]
    if not places:
        return st.nothing()

    def changed(place: tuple[int, Field]) -> SearchStrategy[bytes]:
        at, item = place
        line = lines[at]
        stated = line[item.start : item.end]
        others = st.integers(0, 10**item.length - 1).map(lambda number: b"%0*d" % (item.length, number))
        return others.filter(lambda text: text != stated).map(
            lambda text: _joined(lines, end, {at: (line[: item.start] + text + line[item.end :],)})
        )

    return st.sampled_from(places).flatmap(changed)


def _totals_of(layout: FileLayout, line: bytes) -> Iterator[Field]:
    for record in layout.records:
        constants = [item for item in record.fields if item.kind is Kind.CONSTANT]
        if all(line[item.start : item.end] == item.value.encode() for item in constants):
            yield from (item for item in record.fields if item.total is not None)
