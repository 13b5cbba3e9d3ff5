"""Checks of what was sent to the debtor before: the collection notice, and letters with a fee (domain.md section 9)."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from lindorff_sdk.errors import FigureMissingError
from lindorff_sdk.models.cases import ListedClaim
from lindorff_sdk.models.codes import StartLevel
from lindorff_sdk.models.money import ZERO
from lindorff_sdk.preflight.sending import Problem, Sending
from lindorff_sdk.statute import HIGHEST_NUMBER_OF_FEES, highest_reminder_fee, reminder_fee_limit

_LETTER = timedelta(days=14)
"""From the due date to the first letter with a fee, and from one such letter to the next: its deadline."""


def notice_missing(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    """An agency that starts with a demand sends no notice of its own: the creditor must have sent it."""
    if line.start_level is StartLevel.DEMAND and line.notice_date is None:
        message = "The case would start with a demand, and no collection notice (inkassovarsel) was sent."
        yield Problem("notice_date", message, expected="the day it was sent")


def notice_deadline_not_over(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """The debtor has until the end of the notice's deadline to pay."""
    if line.start_level is not StartLevel.DEMAND or line.notice_date is None:
        return
    deadline = line.notice_deadline or line.notice_date + timedelta(days=sending.definition.notice_days)
    if sending.today <= deadline:
        field = "notice_deadline" if line.notice_deadline else "notice_date"
        message = "The deadline of the collection notice is not over."
        yield Problem(field, message, f"before {sending.today}", str(deadline))


def reminder_fee_over_limit(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """Fees of reminders and the notice are limited by law, and so is their number."""
    try:
        limit = _limit(line, sending)
    except FigureMissingError:
        return  # told by rate_unknown
    if line.claim.reminder_fee > limit:
        message = "The reminder fee is more than the law allows."
        yield Problem("claim.reminder_fee", message, f"at most {limit}", str(line.claim.reminder_fee))


def rate_unknown(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """A fee cannot be held against a limit that is not known."""
    try:
        _limit(line, sending)
    except FigureMissingError as error:
        yield Problem("claim.reminder_fee", f"The reminder fee was not checked. {error}")


def reminder_fee_too_early(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """A letter with a fee comes 14 days after the due date at the earliest, and so long after the one before."""
    due = line.claim.due_date
    if not line.claim.reminder_fee or due is None:
        return
    message = "A fee was charged for a letter that was sent too early."
    if not line.letter_dates and due < sending.today < due + _LETTER:
        # No letter that was sent can have been late enough, whenever it was.
        yield Problem("claim.reminder_fee", message, f"a letter of {due + _LETTER} or later", "no date of it")
    for before, letter in pairwise((due, *sorted(line.letter_dates))):
        if letter < before + _LETTER:
            field = f"letter_dates[{line.letter_dates.index(letter)}]"
            yield Problem(field, message, f"{before + _LETTER} or later", str(letter))
            return


def _limit(line: ListedClaim, sending: Sending) -> Decimal:
    """Return the most that the letters may have cost; of letters without dates, what the dearest day allows."""
    if not line.claim.reminder_fee:
        return ZERO
    if line.letter_dates:
        days = sorted(line.letter_dates)[:HIGHEST_NUMBER_OF_FEES]
        return sum((_fee(day, sending) for day in days), ZERO)
    due = line.claim.due_date
    first = sending.today if due is None else min(due + _LETTER, sending.today)
    letters = min(line.claim.reminders_sent or HIGHEST_NUMBER_OF_FEES, HIGHEST_NUMBER_OF_FEES)
    return letters * highest_reminder_fee(first, sending.today, figures=sending.definition.figures)


def _fee(day: date, sending: Sending) -> Decimal:
    return reminder_fee_limit(day, figures=sending.definition.figures)
