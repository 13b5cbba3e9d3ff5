"""What one field of a layout can hold, as a Hypothesis strategy."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from attrs import frozen
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lindorff_sdk.files.fill import fill, stripped
from lindorff_sdk.files.kinds import none_text
from lindorff_sdk.files.layout import Empty, Field, Kind, Sign
from lindorff_sdk.models.money import LIMIT

_USUAL = " æøåÆØÅ09"
"""Likelier than other characters: blanks within a text and in front of it, letters beyond ASCII, digits."""
_HIGHEST_RATE = Decimal("999.999999")


@frozen
class FieldValues:
    """The values that a field carries: they come back from a file as they went in.

    Attributes:
        item: The field.
        codec: The profile's codec; texts are drawn from it, and are as wide as it makes them.
        unknown_codes: Whether codes that the profile does not list are drawn, where they are kept raw.
        years: First and last year of dates.
        allowed: Lowest and highest number, in units of the last decimal, where a stated sum must not outgrow its field.
    """

    item: Field
    codec: str
    unknown_codes: bool = True
    years: tuple[int, int] = (1, 9999)
    allowed: tuple[int, int] | None = None

    def filled(self) -> SearchStrategy[dict[str, object]]:
        """Return what the field fills: attribute path to value."""
        item = self.item
        if item.raw_to:
            return self._raw_codes().map(lambda pair: {item.raw_to: pair[0], item.to: pair[1]})
        drawn = _BY_KIND[item.kind](self)
        if item.empty is not Empty.NEVER:
            drawn = st.just("" if item.kind is Kind.DIGITS else None) | drawn
        return drawn.map(lambda value: {item.to: value})

    def texts(self) -> SearchStrategy[str]:
        """Return texts without control characters, up to the full width in bytes."""
        item, codec = self.item, self.codec
        letters = st.characters(codec=codec, exclude_categories=("Cc", "Cs"))
        short = st.text(letters, max_size=min(item.length, 8))
        usual = st.text(_USUAL.encode(codec, "ignore").decode(codec), max_size=min(item.length, 8))
        full = st.text(letters, min_size=1, max_size=3).map(lambda text: text * item.length)
        return (short | usual | full).map(lambda text: stripped(item, _cut(text, item.length, codec)))

    def digits(self) -> SearchStrategy[str]:
        """Return texts of exactly the field's width in digits; no zeros where they mean "none"."""
        return self.integers().map(lambda number: f"{number:0{self.item.length}d}")

    def integers(self) -> SearchStrategy[int]:
        """Return whole numbers that are not negative."""
        highest = 10**self.item.length - 1
        return self._numbers(0, min(highest, self.allowed[1]) if self.allowed else highest)

    def amounts(self) -> SearchStrategy[Decimal]:
        """Return amounts in whole øre, negative ones where the field has a sign."""
        item, decimals = self.item, min(self.item.decimals, 2)
        finer: int = 10 ** (item.decimals - decimals)
        limit = int(LIMIT.scaleb(decimals))
        low = -(10 ** (item.length - 1) - 1) if item.sign is Sign.LEADING else 0
        high = 10**item.length - 1
        if self.allowed:
            low, high = max(low, self.allowed[0]), min(high, self.allowed[1])
        numbers = self._numbers(-min(-low // finer, limit), min(high // finer, limit))
        return numbers.map(lambda number: Decimal(number).scaleb(-decimals))

    def rates(self) -> SearchStrategy[Decimal]:
        """Return percentages from 0 to below 1000."""
        item = self.item
        highest = min(10**item.length - 1, int(_HIGHEST_RATE.scaleb(item.decimals)))
        return self._numbers(0, highest).map(lambda number: Decimal(number).scaleb(-item.decimals))

    def dates(self) -> SearchStrategy[date]:
        """Return days that the field's format can tell apart."""
        return self.datetimes().map(lambda moment: moment.date())

    def datetimes(self) -> SearchStrategy[datetime]:
        """Return times as fine as the field's format, without a zone."""
        pattern = self.item.format
        # Two digits of a year are read as a hundred years from the pivot on.
        known = (1900 + self.item.pivot, 1999 + self.item.pivot) if "%y" in pattern else (1, 9999)
        first, last = max(known[0], self.years[0]), min(known[1], self.years[1])
        moments = st.datetimes(datetime(first, 1, 1), datetime(last, 12, 31, 23, 59, 59))
        return moments.map(lambda moment: _as_written(moment, pattern))

    def constants(self) -> SearchStrategy[str]:
        """Return what the layout always has here."""
        return st.just(self.item.value)

    def codes(self) -> SearchStrategy[object]:
        """Return the meanings of the codes listed."""
        return st.sampled_from(list(dict.fromkeys(self.item.codes.values())))

    def _raw_codes(self) -> SearchStrategy[tuple[str, object]]:
        """Return pairs of a raw code and its meaning."""
        item = self.item
        listed: list[tuple[str, object]] = [(stripped(item, code), meaning) for code, meaning in item.codes.items()]
        drawn: SearchStrategy[tuple[str, object]] = st.sampled_from([pair for pair in listed if pair[0]])
        if item.unknown and self.unknown_codes:
            taken = {fill(item, code) for code in item.codes} | {"0" * item.length, none_text(item)}
            unlisted = self.texts().filter(lambda text: text.strip() != "" and fill(item, text) not in taken)
            drawn |= unlisted.map(lambda text: (text, item.unknown))
        if item.empty is not Empty.NEVER:
            drawn |= st.just((stripped(item, none_text(item)), None))
        return drawn

    def _numbers(self, low: int, high: int) -> SearchStrategy[int]:
        """Return whole numbers, without zero where the field takes zeros for "none"."""
        if self.item.empty is not Empty.ZEROS:
            return st.integers(low, high)
        return st.integers(1, high) if low >= 0 else st.integers(low, high).filter(bool)


_BY_KIND: Mapping[Kind, Callable[[FieldValues], SearchStrategy[object]]] = {
    Kind.TEXT: FieldValues.texts,
    Kind.DIGITS: FieldValues.digits,
    Kind.INTEGER: FieldValues.integers,
    Kind.AMOUNT: FieldValues.amounts,
    Kind.RATE: FieldValues.rates,
    Kind.DATE: FieldValues.dates,
    Kind.DATETIME: FieldValues.datetimes,
    Kind.FLAG: FieldValues.codes,
    Kind.CODE: FieldValues.codes,
    Kind.CONSTANT: FieldValues.constants,
}


def _cut(text: str, width: int, codec: str) -> str:
    """Return as much of a text as fits a width in bytes."""
    return text.encode(codec)[:width].decode(codec, "ignore")


def _as_written(moment: datetime, pattern: str) -> datetime:
    """Return a time as a format keeps it."""
    # strftime does not fill years below 1000 on every platform.
    return datetime.strptime(moment.strftime(pattern.replace("%Y", f"{moment.year:04d}")), pattern)
