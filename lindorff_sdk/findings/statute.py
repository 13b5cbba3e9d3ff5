"""What is noticed about statutory figures."""

from lindorff_sdk.findings.model import Hold, Severity, held, table

STATUTE = held(
    Hold.NOTHING,
    table(
        Severity.WARNING,
        {
            "interest-note-differs": (
                "An interest note is not what the law's rates come to for its period.",
                "Ask the agency; give the agreed rate if there is one.",
            ),
            "interest-note-unchecked": (
                "An interest note states no period, or what its interest ran on is not known.",
                "Check it by hand, or by check_interest_note.",
            ),
        },
    ),
)
