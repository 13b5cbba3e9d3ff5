"""What is refused when something in a file cannot be used, and how much is said about it."""

from enum import StrEnum

MAX_FINDINGS = 1000
"""How many findings of one file are kept; the rest are counted."""
MAX_UNREAD = 1024 * 1024
"""How many bytes are kept of lines of which nothing is used."""


class OnError(StrEnum):
    """What is refused when something in a file cannot be used."""

    REFUSE_FILE = "refuse-file"
    REFUSE_RECORD = "refuse-record"
    """The record, with all that stands below it. Totals that do not hold, or cannot be told, refuse the file."""


OF_RECORDS = frozenset(
    {
        "byte-unknown",
        "field-unreadable",
        "key-mismatch",
        "line-unparted",
        "lines-disagree",
        "lines-scattered",
        "record-length",
        "record-misplaced",
        "record-missing",
        "record-unknown",
    }
)
"""Errors that concern one record only."""
