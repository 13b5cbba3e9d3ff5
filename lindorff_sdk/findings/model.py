"""What a finding is, and what the table of codes says of its kind."""

from collections.abc import Mapping
from enum import StrEnum

from attrs import evolve, frozen


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    """What it concerns is not used: the file is quarantined, the line held, the claim not sent."""
    WARNING = "warning"
    """What it concerns is used; somebody should look."""
    INFO = "info"
    """Worth knowing: accepted, but not as the layout writes it."""


class Hold(StrEnum):
    """What a finding in a file from the agency keeps from being booked until somebody resolves it."""

    NOTHING = "nothing"
    LINE = "line"
    CASE = "case"
    """Everything of the line's case in this file and in those to come."""
    FILE = "file"


@frozen
class Code:
    """One kind of finding, as the documentation lists it.

    Attributes:
        hold: What it holds unless the definition says otherwise.
        choices: What the definition may let it hold; nothing where it cannot change that: totals, files that are not
            ours, and all that is not noticed in a file from the agency.
    """

    severity: Severity
    meaning: str
    cure: str
    hold: Hold = Hold.NOTHING
    choices: tuple[Hold, ...] = ()


@frozen
class Finding:
    """One thing noticed in a profile, a file, a claim or a settlement.

    Attributes:
        code: Stable name of the kind of finding; a key of `CODES`.
        severity: How much it weighs.
        message: Plain English: what is wrong, and what to do.
        file: Name of the file, or ``""``.
        line: Line in the file, from 1; 0 where none applies.
        column: First byte column on the line, from 1; 0 where none applies.
        width: Width of the field in bytes; 0 where none applies.
        record: Name of the record in the profile, or ``""``.
        field: Name of the field in the record or model, or ``""``.
        expected: What should have been there.
        found: What was there; personal data is masked.
        subject: What it is about, where a line does not say it: ``invoice 10023``, ``case 4711``.
    """

    code: str
    severity: Severity
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    width: int = 0
    record: str = ""
    field: str = ""
    expected: str = ""
    found: str = ""
    subject: str = ""

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                self.file,
                self.line and f"line {self.line}",
                self.column and f"column {self.column}",
                self.width and f"width {self.width}",
                self.record and f"record {self.record}",
                self.field and f"field {self.field}",
                self.subject,
            )
            if part
        )
        detail = "; ".join(
            part
            for part in (self.expected and f"expected {self.expected}", self.found and f"found {self.found}")
            if part
        )
        told = f"{self.severity} {self.code}: {self.message}{detail and f' ({detail})'}{place and f' [{place}]'}"
        return _printable(told)


def _printable(text: str) -> str:
    """Return a text that a terminal or a log shows as it is, whatever stood in the file."""
    return text if text.isprintable() else "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def table(severity: Severity, rows: Mapping[str, tuple[str, str]]) -> dict[str, Code]:
    """Return codes of one severity, given meaning and cure of each."""
    return {code: Code(severity, meaning, cure) for code, (meaning, cure) in rows.items()}


def held(hold: Hold, codes: dict[str, Code], *, least: Hold = Hold.NOTHING) -> dict[str, Code]:
    """Return codes with what they hold, and the least that the definition may let them hold."""
    words = tuple(Hold)
    choices = words[words.index(least) :] if least is not Hold.FILE else ()
    return {code: evolve(row, hold=hold, choices=choices) for code, row in codes.items()}


def masked(text: str, keep: int = 2) -> str:
    """Return ``text`` with all but its first ``keep`` characters replaced by ``*``.

    National ids, names and contact data are shown this way in findings and logs.
    """
    return text[:keep] + "*" * max(len(text) - keep, 0)
