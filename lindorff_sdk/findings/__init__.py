"""Findings: what was noticed, where, what was expected, what was found, and what to do about it."""

from collections.abc import Mapping
from types import MappingProxyType

from lindorff_sdk.findings.checks import CHECKS
from lindorff_sdk.findings.definitions import DEFINITION
from lindorff_sdk.findings.files import FILES
from lindorff_sdk.findings.model import Code, Finding, Hold, Severity, masked
from lindorff_sdk.findings.reconciliation import RECONCILIATION
from lindorff_sdk.findings.statute import STATUTE

__all__ = ["CHECKS", "CODES", "HOLDS", "QUARANTINES", "Code", "Finding", "Hold", "Severity", "finding", "masked"]

CODES: Mapping[str, Code] = MappingProxyType({**DEFINITION, **CHECKS, **FILES, **RECONCILIATION, **STATUTE})
"""Every code with its severity, meaning and cure; the documentation is generated from this table."""

HOLDS: Mapping[str, Hold] = MappingProxyType({code: row.hold for code, row in CODES.items() if row.choices})
"""What a finding holds, of the codes for which the definition may say so itself."""

QUARANTINES = frozenset(code for code, row in CODES.items() if row.hold is Hold.FILE and not row.choices) | frozenset(
    code for code, row in FILES.items() if row.severity is Severity.ERROR
)
"""Codes of findings that make a file of no use as it was read, whatever anybody decides."""


def finding(
    code: str,
    message: str,
    *,
    file: str = "",
    line: int = 0,
    column: int = 0,
    width: int = 0,
    record: str = "",
    field: str = "",
    expected: str = "",
    found: str = "",
    subject: str = "",
) -> Finding:
    """Return a finding whose severity is the one the table of codes gives.

    Raises:
        KeyError: If ``code`` is not in `CODES`.
    """
    return Finding(
        code,
        CODES[code].severity,
        message,
        file=file,
        line=line,
        column=column,
        width=width,
        record=record,
        field=field,
        expected=expected,
        found=found,
        subject=subject,
    )
