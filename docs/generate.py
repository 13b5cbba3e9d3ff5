"""Write the pages that follow from tables: `python -m docs.generate`."""

from collections.abc import Callable
from pathlib import Path

from docs.attributes import attributes_page
from docs.states import states_page
from lindorff_sdk.files.describe import describe
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.findings import CODES, Severity

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
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "attributes.md": attributes_page,
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
