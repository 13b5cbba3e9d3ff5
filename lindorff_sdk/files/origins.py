"""Where each object of a file stood; the bytes are cut out only when somebody asks."""

import io
from collections.abc import Iterator, Mapping
from functools import cached_property

from lindorff_sdk.files.blocks import BLOCK, blocks
from lindorff_sdk.files.passing import Pass
from lindorff_sdk.files.reading import Reading
from lindorff_sdk.models.parsed import Origin


class Origins(Mapping[int, Origin]):
    """Origins by the identity of the object."""

    def __init__(self, reading: Reading, data: bytes) -> None:
        self._reading, self._data = reading, data

    @cached_property
    def _lines(self) -> list[str]:
        """The lines of the file; kept all along, they would take as much memory as the objects."""
        passing = Pass(self._reading)
        every = blocks(io.BytesIO(self._data), passing.padding, BLOCK)
        return [line for block in every for line in passing.lines_of(block)[0]]

    def __getitem__(self, key: int) -> Origin:
        number = self._reading.places[key]
        return origin(self._reading, number, self._lines[number - 1])

    def __iter__(self) -> Iterator[int]:
        return iter(self._reading.places)

    def __len__(self) -> int:
        return len(self._reading.places)


def origin(reading: Reading, number: int, line: str) -> Origin:
    """Return where an object stood, given the line that opens it."""
    codec = reading.profile.codec
    raw = line.encode(codec, "surrogateescape")
    return Origin(number, raw, reading.recogniser.unique(reading.charset.column_view(line), raw, codec))
