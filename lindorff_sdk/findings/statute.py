"""What is noticed about statutory figures."""

from lindorff_sdk.findings.model import Severity, table

STATUTE = table(
    Severity.WARNING,
    {
        "interest-note-differs": (
            "An interest note is not what the law's rates come to for its period.",
            "Ask the agency; give the agreed rate if there is one.",
        ),
        "rate-unknown": (
            "A check needs a statutory figure of days for which none is known.",
            "Look it up, and add it to the figures (docs/statute.md).",
        ),
    },
)
