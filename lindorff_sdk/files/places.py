"""Where the objects of a file begin: written down as they come, and looked up only when somebody asks."""

from array import array
from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from lindorff_sdk.files.tally import Tally


class Places(Mapping[int, int]):
    """The line at which each object begins, by the identity of the object.

    A table of a million identities takes as long as reading a tenth of their lines, and few ask for it: until then
    objects and lines stand in the order in which they were read.

    Attributes:
        objects: Objects that are not in the table yet, each with its place in ``lines``.
        lines: The lines at which they begin.
    """

    def __init__(self) -> None:
        self.objects: list[object] = []
        self.lines = array("Q")
        self._by_identity: dict[int, int] = {}

    def put(self, item: object, line: int) -> None:
        """Write down where an object begins."""
        self.objects.append(item)
        self.lines.append(line)

    def move(self, old: int, new: int) -> None:
        """Give the place of one object to another that stands for it."""
        table = self._table()
        table[new] = table.pop(old)

    def keep(self, identities: Collection[int]) -> None:
        """Let go of all objects but these."""
        self._by_identity = {key: line for key, line in self._table().items() if key in identities}

    def _table(self) -> dict[int, int]:
        if self.objects:
            # Several threads may do this at the same time: each fills the table before it empties the lists.
            self._by_identity.update(zip(map(id, self.objects), self.lines, strict=False))
            self.objects.clear()
            del self.lines[:]
        return self._by_identity

    def __getitem__(self, key: int) -> int:
        return self._table()[key]

    def __iter__(self) -> Iterator[int]:
        return iter(self._table())

    def __len__(self) -> int:
        return len(self._table())


class Notes(Protocol):
    """What is written down while the lines of a file go by.

    Attributes:
        tally: The running figures.
        places: The line at which each object begins.
        kept: Reserved areas that are not blank, by the object's identity and the names of record and field.
    """

    tally: Tally
    places: Places
    kept: dict[tuple[int, str], str]
