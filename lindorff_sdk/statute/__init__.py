"""Statutory figures by date, and what follows from them: late-payment interest and the highest reminder fee."""

from lindorff_sdk.statute.fees import HIGHEST_NUMBER_OF_FEES, highest_reminder_fee, reminder_fee_limit
from lindorff_sdk.statute.figures import Figure, Figures
from lindorff_sdk.statute.interest import (
    InterestSegment,
    check_interest_note,
    interest_segments,
    late_payment_interest,
    rounded,
)

__all__ = [
    "HIGHEST_NUMBER_OF_FEES",
    "Figure",
    "Figures",
    "InterestSegment",
    "check_interest_note",
    "highest_reminder_fee",
    "interest_segments",
    "late_payment_interest",
    "reminder_fee_limit",
    "rounded",
]
