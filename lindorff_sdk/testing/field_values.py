"""What one field of a layout can hold, as a Hypothesis strategy."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from attrs import frozen
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lindorff_sdk.files.fill import fill, stripped
from lindorff_sdk.files.kinds import none_text, none_value
from lindorff_sdk.files.layout import Empty, Field, Kind, Only, Sign
from lindorff_sdk.models.money import LIMIT

_USUAL = " æøåÆØÅ09;\"'"
"""Likelier than other characters: blanks within a text and in front, letters beyond ASCII, what delimited lines use."""
_HIGHEST_RATE = Decimal("999.999999")
_FREE = 12
"""Characters of a text, or digits of a number, that the layout does not limit."""


@frozen
class FieldValues:
    """The values that a field carries: they come back from a file as they went in.

    Attributes:
        item: The field.
        codec: The profile's codec; texts are drawn from it, and are as wide as it makes them.
        unknown_codes: Whether codes that the profile does not list are drawn, where they are kept raw.
        years: First and last year of dates.
        allowed: Lowest and highest number, in units of the last decimal, where a stated sum must not outgrow its field.
        is_rate: Whether the attribute is a percentage, which is below 1000 and never negative.
        always: Whether it must have a value, although the field may be empty.
        without: Characters that no text may have, because the layout could not tell them.
    """

    item: Field
    codec: str
    unknown_codes: bool = True
    years: tuple[int, int] = (1, 9999)
    allowed: tuple[int, int] | None = None
    is_rate: bool = False
    always: bool = False
    without: str = ""

    @property
    def room(self) -> int:
        """Return how many bytes it takes at most."""
        return self.item.length or _FREE

    def filled(self) -> SearchStrategy[dict[str, object]]:
        """Return what the field fills: attribute path to value."""
        item = self.item
        if item.raw_to:
            return self._raw_codes().map(lambda pair: {item.raw_to: pair[0], **self._both(pair[1])})
        if item.rest_to:
            return self.texts().map(lambda text: dict(zip((item.to, item.rest_to), self._halves(text), strict=True)))
        return self.values().map(self._both)

    def values(self) -> SearchStrategy[object]:
        """Return what the field means, the absence of a value included."""
        item = self.item
        drawn = _BY_KIND[item.kind](self)
        if item.may_be_empty and item.kind is not Kind.TEXT and not self.always:
            drawn = st.just(none_value(item)) | drawn
        return drawn

    def _both(self, value: object) -> dict[str, object]:
        item = self.item
        return {path: value for path in (item.to, item.also_to) if path}

    def _halves(self, text: str) -> tuple[str, str]:
        head, _, rest = text.partition(self.item.split)
        return head, rest

    def texts(self) -> SearchStrategy[str]:
        """Return texts without control characters, up to the full width in bytes."""
        item, codec = self.item, self.codec
        without = [*self.without]
        letters = st.characters(codec=codec, exclude_categories=("Cc", "Cs"), exclude_characters=without)
        known = "".join(letter for letter in _USUAL.encode(codec, "ignore").decode(codec) if letter not in without)
        short = st.text(letters, max_size=min(self.room, 8))
        usual = st.text(known, max_size=min(self.room, 8))
        full = st.text(letters, min_size=1, max_size=3).map(lambda text: text * self.room)
        drawn = (short | usual | full).map(self._fitting)
        if item.may_be_empty:
            # What means "no text", or is read as such, is drawn as no text.
            drawn = drawn.map(lambda text: "" if fill(item, text) == none_text(item) or not text.strip(" ") else text)
        return drawn

    def _fitting(self, text: str) -> str:
        """Return as much of a text as the field holds, in the letters that it has."""
        item, codec = self.item, self.codec
        if item.upper:
            text = text.upper()
            text = "".join(letter for letter in text if letter.upper() == letter)
        text = text.encode(codec, "ignore")[: self.room].decode(codec, "ignore")
        return stripped(item, text)

    def digits(self) -> SearchStrategy[str]:
        """Return digits as they come back: of the full width where zeros fill it; no zeros where they mean "none"."""
        item = self.item
        if not item.leading_zeros:
            return self._numbers(0, 10**self.room - 1).map(str).filter(self._is_some)
        if item.length and item.pad in "0123456789":
            return st.text("0123456789", min_size=item.length, max_size=item.length).filter(self._is_some)
        return st.text("0123456789", min_size=1, max_size=self.room).filter(self._is_some)

    def _is_some(self, digits: str) -> bool:
        return not self.item.may_be_empty or fill(self.item, digits) != none_text(self.item)

    def integers(self) -> SearchStrategy[int]:
        """Return whole numbers, negative ones where the field has a sign."""
        return self._numbers(*self._range())

    def amounts(self) -> SearchStrategy[Decimal]:
        """Return amounts in whole øre, negative ones where the field has a sign."""
        decimals = min(self.item.decimals, 2)
        finer: int = 10 ** (self.item.decimals - decimals)
        low, high = self._range()
        limit = int((_HIGHEST_RATE if self.is_rate else LIMIT).scaleb(decimals))
        low = 0 if self.is_rate else -min(-low // finer, limit)
        return self._numbers(low, min(high // finer, limit)).map(lambda number: Decimal(number).scaleb(-decimals))

    def rates(self) -> SearchStrategy[Decimal]:
        """Return percentages from 0 to below 1000."""
        item = self.item
        highest = min(self._range()[1], int(_HIGHEST_RATE.scaleb(item.decimals)))
        return self._numbers(0, highest).map(lambda number: Decimal(number).scaleb(-item.decimals))

    def _range(self) -> tuple[int, int]:
        """Return the lowest and the highest number, in units of the last decimal, that the field has room for."""
        item = self.item
        plus, minus = ("", "") if item.sign is Sign.NONE else item.signs
        low = -highest(item, len(minus)) if item.sign is not Sign.NONE and item.only is Only.ANY else 0
        high = highest(item, max(len(plus), len(minus)) if item.only is Only.MINUS else len(plus))
        if item.sign_in:
            low = -high
        if self.allowed:
            low, high = max(low, self.allowed[0]), min(high, self.allowed[1])
        return low, high

    def dates(self) -> SearchStrategy[date]:
        """Return days that the field's format can tell apart."""
        return self.datetimes().map(lambda moment: moment.date())

    def times(self) -> SearchStrategy[time]:
        """Return times that the field's format can tell apart."""
        return self.datetimes().map(lambda moment: moment.time())

    def datetimes(self) -> SearchStrategy[datetime]:
        """Return times as fine as the field's format, without a zone."""
        pattern = self.item.format
        # Two digits of a year are read as a hundred years from the pivot on.
        known = (1900 + self.item.pivot, 1999 + self.item.pivot) if "%y" in pattern else (1, 9999)
        first, last = max(known[0], self.years[0]), min(known[1], self.years[1])
        moments = st.datetimes(datetime(first, 1, 1), datetime(last, 12, 31, 23, 59, 59))
        return moments.map(lambda moment: as_written(moment, pattern)).filter(self._is_told)

    def _is_told(self, moment: datetime) -> bool:
        """Return whether a field that may be empty tells this time from none."""
        return not self.item.may_be_empty or any(moment.strftime(self.item.format).strip("0"))

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
        none = self.item.none
        if self.item.empty is not Empty.ZEROS and not none:
            return st.integers(low, high)
        forbidden = {0} | ({int(digits) for digits in re.findall("[0-9]+", none)} if none else set())
        forbidden |= {-number for number in forbidden}
        return st.integers(low, high).filter(lambda number: number not in forbidden)


_BY_KIND: Mapping[Kind, Callable[[FieldValues], SearchStrategy[object]]] = {
    Kind.TEXT: FieldValues.texts,
    Kind.DIGITS: FieldValues.digits,
    Kind.INTEGER: FieldValues.integers,
    Kind.AMOUNT: FieldValues.amounts,
    Kind.RATE: FieldValues.rates,
    Kind.DATE: FieldValues.dates,
    Kind.TIME: FieldValues.times,
    Kind.DATETIME: FieldValues.datetimes,
    Kind.FLAG: FieldValues.codes,
    Kind.CODE: FieldValues.codes,
    Kind.CONSTANT: FieldValues.constants,
}


def highest(item: Field, sign: int = 0) -> int:
    """Return the highest number, in units of the last decimal, beside a sign of so many characters."""
    room = (item.length or _FREE + 6) - sign
    after = item.decimals + len(item.decimal_mark) if item.decimals else 0
    before = room - after
    if item.thousands:
        before -= before // 4 * len(item.thousands)
    return int(10 ** (before + item.decimals) - 1)


def as_written(moment: datetime, pattern: str) -> datetime:
    """Return a time as a format keeps it: what it lacks is the earliest."""
    year = moment.year if "%Y" in pattern or "%y" in pattern else 1
    month = moment.month if "%m" in pattern else 1
    day = moment.day if "%d" in pattern else 1
    if "%d" in pattern and not (year == moment.year and month == moment.month):
        day = min(day, 28)
    hour = moment.hour if "%H" in pattern else 0
    minute = moment.minute if "%M" in pattern else 0
    return datetime(year, month, day, hour, minute, moment.second if "%S" in pattern else 0)
