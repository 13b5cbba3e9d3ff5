"""What a reminder may cost: a part of the collection rate (*inkassosats*), and at most two of them."""

from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from lindorff_sdk.models.money import ORE
from lindorff_sdk.statute.figures import Figures

HIGHEST_NUMBER_OF_FEES = 2
"""How many reminder or notice fees may be charged for a claim at most."""


def reminder_fee_limit(sent_on: date, *, figures: Figures | None = None) -> Decimal:
    """Return the most that one reminder or notice (*purregebyr*) may cost, in NOK.

    1/20 of the collection rate since 1 October 2020, 1/10 before. A fee also needs a letter that was sent at least 14
    days after the due date and gave at least 14 days to pay.

    Args:
        sent_on: The day the letter was sent.
        figures: Figures by date; None for those that come with the library.

    Raises:
        FigureMissingError: If no figure is known for that day.
    """
    known = figures or Figures.shipped()
    limit = known.collection_rate_on(sent_on).value * known.fee_share_on(sent_on).value
    return limit.quantize(ORE, ROUND_DOWN)


def highest_reminder_fee(first: date, last: date, *, figures: Figures | None = None) -> Decimal:
    """Return the most that one reminder or notice may have cost that was sent on some day of a period, in NOK.

    Args:
        first: First day of the period.
        last: Last day of it, counted too.
        figures: Figures by date; None for those that come with the library.

    Raises:
        FigureMissingError: If no figure is known for a day of the period.
    """
    known = figures or Figures.shipped()
    rows = (*known.collection_rate, *known.fee_share)
    # Between the days on which a row begins to hold, or no longer does, the limit stays as it is.
    changes = {row.since for row in rows} | {row.until + timedelta(days=1) for row in rows if row.until < date.max}
    days = {first, *(day for day in changes if first < day <= last)}
    return max(reminder_fee_limit(day, figures=known) for day in days)
