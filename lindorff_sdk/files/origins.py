"""Where each object of a file stood; the bytes are cut out only when somebody asks."""

from collections.abc import Iterator, Mapping, Sequence

from lindorff_sdk.files.reading import Reading
from lindorff_sdk.models.parsed import Origin


class Origins(Mapping[int, Origin]):
    """Origins by the identity of the object."""

    def __init__(self, reading: Reading, lines: Sequence[str]) -> None:
        self._reading, self._lines = reading, lines

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
