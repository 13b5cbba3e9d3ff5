"""Norwegian days: files state local time, and deadlines are days in Norway."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

NORWAY = ZoneInfo("Europe/Oslo")


def day_of(moment: datetime) -> date:
    """Return the day that a time with a zone is in Norway."""
    return moment.astimezone(NORWAY).date()
