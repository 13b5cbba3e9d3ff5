"""Hypothesis strategies derived from a layout: whole files that it can hold, their bytes, and damaged bytes.

They follow your own profile as well as the shipped one, since they read nothing but its tables::

    from hypothesis import given

    from lindorff_sdk.files.profile import load
    from lindorff_sdk.models.codes import Transfer
    from lindorff_sdk.testing.strategies import canonical_bytes, files

    PROFILE = load(Path("agreement.toml"))

    @given(files(PROFILE, Transfer.SETTLEMENTS))
    def test_every_settlement_is_booked(file): ...

    @given(canonical_bytes(PROFILE, Transfer.SETTLEMENTS))
    def test_every_file_is_read(data): ...

What they draw is synthetic: random texts and digits, no real person's identifier but by chance.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import cast

from attrs import frozen
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lindorff_sdk.files.batches import Batching, stand_in
from lindorff_sdk.files.binding import ROOTS, attributes, plain
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Occurs, Profile, Record, Sign
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.structure import batching, record_models
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.testing.field_values import FieldValues

_MOST = 3
"""Most objects that one record opens in a file."""
_MOST_BELOW = 2
"""Most objects that one record opens under another."""


def files(
    profile: Profile, transfer: Transfer, *, unknown_codes: bool = True, years: tuple[int, int] = (1, 9999)
) -> SearchStrategy[AnyFile]:
    """Return whole files of a transfer that the profile can hold.

    Every value drawn survives the way to bytes and back: texts without the pad that the file cannot tell from filling,
    no zero where zeros mean "none", dates as fine as the layout writes them. Records may be left out, or repeated, as
    the layout allows; attributes that it does not carry keep their defaults.

    Args:
        profile: Your profile, or a shipped one.
        transfer: Which of the four transfers.
        unknown_codes: Whether to draw codes that the profile does not list, where it keeps such codes raw. Parsing
            them gives a finding ``code-unknown`` each; otherwise a drawn file parses without any finding.
        years: First and last year of dates, where your system does not go as far as the layout.

    Raises:
        KeyError: If the profile has no layout for the transfer.
    """
    return cast("SearchStrategy[AnyFile]", _Drawing(profile, profile.file(transfer), unknown_codes, years).file())


def canonical_bytes(
    profile: Profile, transfer: Transfer, *, unknown_codes: bool = True, years: tuple[int, int] = (1, 9999)
) -> SearchStrategy[bytes]:
    """Return the bytes of whole files, as the serializer writes them; arguments as for `files`."""
    drawn = files(profile, transfer, unknown_codes=unknown_codes, years=years)
    return drawn.map(lambda file: serialize(file, profile))


# Damage --------------------------------------------------------------------------------------------------------------


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


def damaged(data: bytes, profile: Profile, transfer: Transfer, *kinds: Damage) -> SearchStrategy[bytes]:
    """Return damaged forms of a file; each differs from it.

    A layout with counts and sums must refuse what `Damage.DROPPED`, `Damage.DOUBLED`, `Damage.CUT` and `Damage.TOTAL`
    make. A changed byte may also change the one field it stands in, and swapped lines may make another file that is
    just as valid: nothing in a file can tell.

    Args:
        data: A file in canonical form.
        profile: The profile it follows.
        transfer: Which transfer it belongs to.
        kinds: The kinds of damage wanted; all of them if none is given. A kind that the file has no room for, such as
            a swap in a file of one line, is left out.
    """
    layout, end = profile.file(transfer), profile.line_end.encode()
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


# Files ---------------------------------------------------------------------------------------------------------------


@frozen
class _Drawing:
    """The drawing of one layout's files."""

    profile: Profile
    layout: FileLayout
    unknown_codes: bool
    years: tuple[int, int]

    def file(self) -> SearchStrategy[object]:
        return self._object(ROOTS[self.layout.transfer], "")

    def _object(self, model: type, opener: str) -> SearchStrategy[object]:
        """Return the objects that a record opens; those of the file itself for ``""``."""
        models = record_models(self.layout)
        own = [record for record in self.layout.records if not record.opens and self._opener(record) == opener]
        if opener:
            own.insert(0, self.layout.record(opener))
        series: dict[str, list[tuple[Record, SearchStrategy[object]]]] = defaultdict(list)
        for record in self.layout.records:
            if record.opens and self._opener(record) == opener:
                below = self._object(models[record.name], record.name)
                series[record.opens].append((record, below))
        parts = [self._record(record) for record in own]
        parts.append(st.just(self._from_batch(opener)))
        parts += [self._series(attribute, members) for attribute, members in series.items()]
        return st.tuples(*parts).map(lambda drawn: _built(model, drawn))

    def _from_batch(self, opener: str) -> dict[str, object]:
        """Return what an object's attributes are until the batch around gives them."""
        above = self._opener(self.layout.record(opener)) if opener else ""
        made = batching(self.layout, self.layout.record(above), object) if above else None
        model = record_models(self.layout).get(opener, object)
        return {path: stand_in(model, path) for path in (made.given if made else ()) if path in attributes(model)}

    def _opener(self, record: Record) -> str:
        """Return the record that opens the object under which a record stands; ``""`` for the file."""
        name = record.under
        while name and not self.layout.record(name).opens:
            name = self.layout.record(name).under
        return name

    def _record(self, record: Record) -> SearchStrategy[dict[str, object]]:
        """Return what a record's fields fill: attribute path to value."""
        ranges, codec = self._sums(), self.profile.codec
        parts = [
            FieldValues(item, codec, self.unknown_codes, self.years, ranges.get(f"{record.name}.{item.name}")).filled()
            for item in record.fields
            if item.to
        ]
        filled = st.tuples(*parts).map(_together)
        if record.occurs is Occurs.OPTIONAL and not record.opens:
            return st.just(dict[str, object]()) | filled
        return filled

    def _series(
        self, attribute: str, members: Sequence[tuple[Record, SearchStrategy[object]]]
    ) -> SearchStrategy[dict[str, object]]:
        """Return what one attribute holds: objects of one record, or of several that may alternate."""
        most = min(self._most(), _MOST_BELOW) if members[0][0].under else self._most()
        if len(members) == 1:
            record, items = members[0]
            batches = batching(self.layout, record, record_models(self.layout)[record.name])
            return _listed(items, int(record.needed), most if record.repeats else 1).map(
                lambda drawn: {attribute: tuple(_without(batches, drawn))}
            )
        needed = st.tuples(*(items for record, items in members if record.needed)).map(list)
        further = _listed(st.one_of(*(items for _, items in members)), 0, most)
        together = st.tuples(needed, further).flatmap(lambda lists: st.permutations(lists[0] + lists[1]))
        return together.map(lambda drawn: {attribute: tuple(drawn)})

    def _most(self) -> int:
        """Return how many objects a record may open, so that no count outgrows its field."""
        for most in range(_MOST, 1, -1):
            counted = [
                (item, sum(self._lines(record, most) for record in self.layout.records if _counts(item, record)))
                for record in self.layout.records
                for item in record.fields
                if item.total is not None and item.total.counts
            ]
            if all(lines < 10**item.length for item, lines in counted):
                return most
        return 1

    def _lines(self, record: Record, most: int) -> int:
        """Return how many lines of a record a file may have at most."""
        above = self._lines(self.layout.record(record.under), most) if record.under else 1
        # One more than `most`: records that alternate are drawn once by themselves, and then together.
        return above * (most + 1 if record.repeats else 1)

    def _sums(self) -> dict[str, tuple[int, int]]:
        """Return the range of each summed field, in its last decimal, that no stated sum can outgrow."""
        ranges: dict[str, tuple[int, int]] = {}
        for item in (item for record in self.layout.records for item in record.fields if item.total is not None):
            sums = item.total.sums if item.total is not None else ()
            if not sums:
                continue
            signed = item.sign is not Sign.NONE
            records = [self.layout.record(name.partition(".")[0]) for name in sums]
            high = (10 ** (item.length - signed) - 1) // sum(self._lines(record, self._most()) for record in records)
            for name in sums:
                low_before, high_before = ranges.get(name, (-high, high))
                ranges[name] = max(low_before, -high if signed else 0), min(high_before, high)
        return ranges


def _listed(items: SearchStrategy[object], low: int, high: int) -> SearchStrategy[list[object]]:
    """Return lists, every length of which is as likely: `hypothesis.strategies.lists` prefers short ones."""
    return st.integers(low, high).flatmap(lambda size: st.lists(items, min_size=size, max_size=size))


def _without(batches: Batching | None, drawn: Iterable[object]) -> Iterator[object]:
    """Yield objects, those of a batch in its place with what it says of them."""
    for item in drawn:
        if batches is None:
            yield item
        else:
            yield from (given for _, given in batches.objects(item))


def _counts(item: Field, record: Record) -> bool:
    return item.total is not None and ("*" in item.total.counts or record.name in item.total.counts)


def _together(parts: Iterable[Mapping[str, object]]) -> dict[str, object]:
    return {path: value for part in parts for path, value in part.items()}


def _built(model: type, parts: Iterable[Mapping[str, object]]) -> object:
    """Return the object that has these values at these attribute paths."""
    direct: dict[str, object] = {}
    below: dict[str, dict[str, object]] = defaultdict(dict)
    for path, value in _together(parts).items():
        name, _, rest = path.partition(".")
        if rest:
            below[name][rest] = value
        else:
            direct[name] = value
    nested = {name: _built(_class_of(model, name), [deeper]) for name, deeper in below.items()}
    return model(**direct, **nested)


@cache
def _class_of(model: type, attribute: str) -> type:
    return cast("type", plain(attributes(model)[attribute]))
