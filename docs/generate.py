"""Write the pages that follow from tables: `python -m docs.generate`."""

from collections.abc import Callable
from pathlib import Path

from docs.attributes import attributes_page
from docs.checks import checks_page
from docs.states import states_page
from lindorff_sdk.files.describe import describe
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.findings import CODES, Hold, Severity

_HEADINGS = {
    Severity.ERROR: "Errors: what they concern is not used",
    Severity.WARNING: "Warnings: what they concern is used; somebody should look",
    Severity.INFO: "Information: accepted, but not as the layout writes it",
}


def findings_page() -> str:
    """Return the page of finding codes."""
    lines = ["# Findings", "", "Every code that a finding can have, what it means, and what to do about it."]
    for severity, heading in _HEADINGS.items():
        lines += ["", f"## {heading}", "", "| code | meaning | cure |", "| --- | --- | --- |"]
        lines += [
            f"| `{code}` | {row.meaning} | {row.cure} |" for code, row in CODES.items() if row.severity is severity
        ]
    lines += [
        "",
        "## What they hold",
        "",
        *_HOLDING,
        "",
        "| code | holds | may hold as well |",
        "| --- | --- | --- |",
    ]
    lines += [
        f"| `{code}` | {row.hold.value} | {', '.join(hold for hold in row.choices if hold is not row.hold) or '-'} |"
        for code, row in CODES.items()
        if row.hold is not Hold.NOTHING or row.choices
    ]
    return "\n".join(lines) + "\n"


_HOLDING = (
    "A finding in a file from the agency or the bank keeps its line, its case or its file from being booked, until",
    "somebody resolves it ([what is held](journal/held.md)). Where a code may hold something else, `holds` in the",
    "definition says so; totals, and files that are not ours, cannot be softened, and what cannot be booked holds at",
    "least its line.",
)

PAGES: dict[str, Callable[[], str]] = {
    "attributes.md": attributes_page,
    "checks.md": checks_page,
    "collection-list-states.md": states_page,
    "findings.md": findings_page,
    "lindorff-reference.md": lambda: describe(shipped("lindorff-reference")),
    "mamut-nk003.md": lambda: describe(shipped("mamut-nk003")),
    "nets-ocr-giro.md": lambda: describe(shipped("nets-ocr-giro")),
}
"""The written pages by name."""


if __name__ == "__main__":
    for name, page in PAGES.items():
        (Path(__file__).parent / name).write_text(page(), encoding="utf-8")
