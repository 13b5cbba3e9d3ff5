"""Where each object of a file stood; the bytes are cut out only when somebody asks."""

from collections.abc import Iterator, Mapping

from lindorff_sdk.files.charset import Charset
from lindorff_sdk.files.recognition import Recogniser
from lindorff_sdk.models.parsed import Origin


class Origins(Mapping[int, Origin]):
    """Origins by the identity of the object."""

    def __init__(
        self, lines: list[str], places: dict[int, int], codec: str, recogniser: Recogniser, charset: Charset
    ) -> None:
        self._lines, self._places, self._codec = lines, places, codec
        self._recogniser, self._charset = recogniser, charset

    def __getitem__(self, key: int) -> Origin:
        number = self._places[key]
        line = self._lines[number - 1]
        raw = line.encode(self._codec, "surrogateescape")
        view = self._charset.column_view(line)
        return Origin(number, raw, self._recogniser.unique(view, raw, self._codec))

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
