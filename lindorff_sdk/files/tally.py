"""What is counted, added up and remembered while the lines of a file go by, read or written."""

from collections.abc import Sequence

from attrs import define, frozen


@frozen
class Scope:
    """What a tally was when an object's lines began, so that totals of that object alone can be told."""

    counts: tuple[int, ...]
    others: int
    sums: tuple[int, ...]
    earliest: tuple[object, ...]
    latest: tuple[object, ...]


@define(eq=False)
class Tally:
    """The running figures of one file.

    Attributes:
        counts: Lines by the index of their record.
        sums: Sums by accumulator, in units of the field's last decimal.
        earliest: First dates by extreme.
        latest: Last dates by extreme.
        bases: By numbering: how many there had been when it began anew.
        remembered: Texts of openers that lines below repeat.
        stated: Totals stated, by index.
        others: Lines that are no record of the layout.
    """

    counts: list[int]
    sums: list[int]
    earliest: list[object]
    latest: list[object]
    bases: list[int]
    remembered: list[str]
    stated: list[object]
    others: int = 0

    def scope(self) -> Scope:
        """Return the figures as they are, and begin the dates anew."""
        opened = Scope(tuple(self.counts), self.others, tuple(self.sums), tuple(self.earliest), tuple(self.latest))
        self.earliest = [None] * len(self.earliest)
        self.latest = [None] * len(self.latest)
        return opened

    def leave(self, opened: Scope) -> None:
        """Go back to the object around, whose dates take those of the inner one in."""
        self.earliest = [_least(pair) for pair in zip(opened.earliest, self.earliest, strict=True)]
        self.latest = [_greatest(pair) for pair in zip(opened.latest, self.latest, strict=True)]

    def see(self, index: int, day: object) -> None:
        """Keep a date if it is the first or the last one."""
        low, high = self.earliest[index], self.latest[index]
        if low is None or high is None or day is None or not low <= day <= high:  # type: ignore[operator]
            self.earliest[index] = _least((low, day))
            self.latest[index] = _greatest((high, day))


def _least(days: Sequence[object]) -> object:
    return min((day for day in days if day is not None), default=None)  # type: ignore[type-var]


def _greatest(days: Sequence[object]) -> object:
    return max((day for day in days if day is not None), default=None)  # type: ignore[type-var]
