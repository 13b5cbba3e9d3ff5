"""Late-payment interest (*forsinkelsesrente*): simple interest by the half-year's rate, rounded once.

Actual days over 365, and over 366 in leap years (Lovavdelingen 2006). A new half-year's rate applies to running claims
too. The due date is not counted, the day of payment is.
"""

import calendar
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from attrs import frozen

from lindorff_sdk.errors import FigureMissingError
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.models.money import from_ore, money
from lindorff_sdk.models.settlements import InterestNote
from lindorff_sdk.statute.figures import Figure, Figures

_DAY = timedelta(days=1)


@frozen(kw_only=True)
class InterestSegment:
    """Days of one rate and one year.

    Attributes:
        first: First day that is counted.
        last: Last day that is counted.
        principal: What bears interest, in NOK.
        rate: Per cent a year.
        source: Where the rate was found.
    """

    first: date
    last: date
    principal: Decimal
    rate: Decimal
    source: str

    @property
    def days(self) -> int:
        """How many days are counted."""
        return (self.last - self.first).days + 1

    @property
    def days_in_year(self) -> int:
        """365, or 366 in a leap year."""
        return 366 if calendar.isleap(self.first.year) else 365

    @property
    def interest(self) -> Fraction:
        """The interest in NOK, not rounded: `rounded` rounds the sum of all segments once."""
        return Fraction(self.principal) * Fraction(self.rate) / 100 * self.days / self.days_in_year


def late_payment_interest(
    principal: Decimal | int | str, due_on: date, paid_on: date, *, figures: Figures | None = None
) -> Decimal:
    """Return the interest on a claim that was due on one day and paid on another, in NOK.

    A claim that is paid in parts bears interest on what is left: add the `interest_segments` of each part of the
    period, and take `rounded` of them all.

    Args:
        principal: What was due, in NOK: no fees, no interest.
        due_on: The due date; not counted.
        paid_on: The day of payment; counted. Not after the due date: no interest.
        figures: Rates by date; None for those that come with the library.

    Raises:
        FigureMissingError: If no rate is known for a day of the period.
        TypeError: If the amount is a float.
        ValueError: If it is negative or no amount.
    """
    return rounded(interest_segments(principal, due_on + _DAY, paid_on, figures=figures))


def interest_segments(
    principal: Decimal | int | str, first: date, last: date, *, figures: Figures | None = None
) -> tuple[InterestSegment, ...]:
    """Return the parts of a period, each of one rate and one year; none if ``last`` is before ``first``.

    Args:
        principal: What bears interest all the time, in NOK.
        first: The first day that is counted.
        last: The last day that is counted.
        figures: Rates by date; None for those that come with the library.

    Raises:
        FigureMissingError: If no rate is known for a day of the period.
        TypeError: If the amount is a float.
        ValueError: If it is negative or no amount.
    """
    amount = money(principal)
    if amount < 0:
        raise ValueError(f"Interest is on what is owed, not on {amount}.")
    rates = figures or Figures.shipped()
    return tuple(
        InterestSegment(first=begin, last=end, principal=amount, rate=rate.value, source=rate.source)
        for begin, end in _pieces(first, last, rates)
        for rate in [rates.late_interest_on(begin)]
    )


def _pieces(first: date, last: date, figures: Figures) -> Iterator[tuple[date, date]]:
    """Yield the parts of a period in which neither the year nor the figures change."""
    if last < first:
        return
    starts = {date(year, 1, 1) for year in range(first.year + 1, last.year + 1)}
    for figure in figures.late_interest:
        starts.add(figure.since)
        if figure.until < last:
            starts.add(figure.until + _DAY)
    begins = [first, *sorted(day for day in starts if first < day <= last)]
    yield from zip(begins, [*(day - _DAY for day in begins[1:]), last], strict=True)


def rounded(segments: Iterable[InterestSegment]) -> Decimal:
    """Return the interest of segments together, rounded once to whole øre, half an øre up."""
    exact = sum((segment.interest for segment in segments), Fraction(0)) * 100
    return from_ore(int(exact + Fraction(1, 2)))


def check_interest_note(
    note: InterestNote,
    principal: Decimal | int | str,
    *,
    figures: Figures | None = None,
    agreed_rate: Decimal | int | str | None = None,
    differs_by: Decimal | int | str = 1,
) -> tuple[Finding, ...]:
    """Return a finding if an interest note (*rentenota*) is not what the law's rates come to.

    Args:
        note: The note. If it states no period there is nothing to compare. Its two days are both counted. The rate it
            states is not taken for right.
        principal: What bore interest during the whole period, in NOK.
        figures: Rates by date; None for those that come with the library.
        agreed_rate: Per cent a year where creditor and debtor agreed on a rate of their own; None for the law's.
        differs_by: By how much, in NOK, it may differ; a note that counts a day more or less at an end differs by
            one day's interest.

    Returns:
        Nothing, ``interest-note-differs``, or ``rate-unknown`` where a rate is missing.

    Raises:
        TypeError: If an amount is a float.
        ValueError: If it is negative or no amount.
    """
    if note.period_from is None or note.period_to is None:
        return ()
    if agreed_rate is not None:
        figures = _agreed(agreed_rate)
    try:
        segments = interest_segments(principal, note.period_from, note.period_to, figures=figures)
    except FigureMissingError as missing:
        return (finding("rate-unknown", str(missing), field="amount", subject=_subject(note)),)
    expected = rounded(segments)
    if abs(note.amount - expected) <= money(differs_by):
        return ()
    rates = ", ".join(f"{segment.days} days at {segment.rate} %" for segment in segments)
    return (
        finding(
            "interest-note-differs",
            f"The interest note of {note.issued_on} is not what its period comes to ({rates}). Ask the agency.",
            field="amount",
            expected=f"{expected}",
            found=f"{note.amount}",
            subject=_subject(note),
        ),
    )


def _agreed(rate: Decimal | int | str) -> Figures:
    return Figures(late_interest=(Figure(since=date.min, until=date.max, value=rate, source="agreed"),))


def _subject(note: InterestNote) -> str:
    return f"interest note {note.note_number or note.transaction_id}"
