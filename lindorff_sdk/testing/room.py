"""What the totals of a layout leave room for: how many lines a file may have, and how large its numbers may be."""

from collections.abc import Iterator
from functools import cached_property

from attrs import define

from lindorff_sdk.files.layout import Field, FileLayout, Record, Sign, Total
from lindorff_sdk.files.plan import PlannedRecord
from lindorff_sdk.testing.field_values import highest


@define(eq=False, slots=False)
class Room:
    """The room that the totals of a layout leave."""

    layout: FileLayout
    MOST = 3
    """Most objects that one record opens in a file."""
    MOST_BELOW = 2
    """Most objects that one record opens under another."""

    @cached_property
    def _totals(self) -> list[tuple[Field, Total]]:
        return [(item, item.total) for record in self.layout.records for item in record.fields if item.total]

    @cached_property
    def most(self) -> int:
        """Return how many objects a record may open, so that no count outgrows its field."""
        for most in range(self.MOST, 1, -1):
            if all(
                sum(self._lines(record, most) for record in self.layout.records if _counts(total, record))
                + total.offset
                < 10**item.length * total.divisor
                for item, total in self._totals
                if total.counts and item.length
            ):
                return most
        return 1

    def _lines(self, record: Record, most: int) -> int:
        """Return how many lines of a record a file may have at most."""
        above = self._lines(self.layout.record(record.under), most) if record.under else 1
        # One more than `most`: records that alternate are drawn once by themselves, and then together. A grouped object
        # has several lines, a text of many lines perhaps twelve.
        times = most + 1 if record.repeats else 1
        if record.repeats and not record.opens:
            times = 12
        return above * times * (self.MOST_BELOW if record.group_by else 1)

    def least(self, planned: PlannedRecord) -> int:
        """Return how many objects a record must open, so that no total lacks what it states."""
        record = planned.layout
        taken = (total for item, total in self._totals if not item.may_be_empty)
        dates = {name.partition(".")[0] for total in taken for name in (*total.firsts, *total.lasts)}
        dated = any(record.name in self._above(self.layout.record(name)) for name in dates)
        short = max((-total.offset for _, total in self._totals if record.name in total.counts), default=0)
        alone = not record.under and not any(each.needed for each in self.layout.records if not each.under)
        return max(int(dated), int(alone), short if record.repeats else 0)

    def _above(self, record: Record) -> Iterator[str]:
        """Yield a record and those that it stands below."""
        yield record.name
        if record.under:
            yield from self._above(self.layout.record(record.under))

    def is_needed(self, name: str) -> bool:
        """Return whether a field (``record.field``) must have a value: a first or last date that is always stated."""
        return any(name in (*t.firsts, *t.lasts) and not item.may_be_empty for item, t in self._totals)

    def years(self, name: str, years: tuple[int, int]) -> tuple[int, int]:
        """Return the years that a date may have, so that its first and last can be stated."""
        first, last = years
        for item, total in self._totals:
            if name in (*total.firsts, *total.lasts) and "%y" in item.format:
                first, last = max(first, 1900 + item.pivot), min(last, 1999 + item.pivot)
        return first, last

    def range(self, name: str) -> tuple[int, int] | None:
        """Return the range of a summed field, in its last decimal, that no stated sum can outgrow."""
        low, high = -(10**24), 10**24
        for item, total in self._sums(name):
            records = [self.layout.record(each.partition(".")[0]) for each in (*total.sums, *total.less)]
            lines = sum(self._lines(record, self.most) for record in records)
            signed = item.sign is not Sign.NONE or bool(item.sign_in) or total.absolute or bool(total.modulus)
            limit = (10**24 if total.modulus or not item.length else _highest(item)) // max(lines, 1)
            low, high = max(low, -limit if signed else 0), min(high, limit)
        return low, high

    def _sums(self, name: str) -> Iterator[tuple[Field, Total]]:
        return ((item, total) for item, total in self._totals if name in (*total.sums, *total.less))


def _highest(item: Field) -> int:
    sign = 0 if item.sign is Sign.NONE else max(map(len, item.signs))
    return highest(item, sign)


def _counts(total: Total, record: Record) -> bool:
    return "*" in total.counts or record.name in total.counts
