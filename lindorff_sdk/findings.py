"""Findings: what was noticed, where, what was expected, what was found, and what to do about it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

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
        fixed: Whether the definition cannot change that: totals, and files that are not ours.
    """

    severity: Severity
    meaning: str
    cure: str
    hold: Hold = Hold.NOTHING
    fixed: bool = True


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
        return f"{self.severity} {self.code}: {self.message}{detail and f' ({detail})'}{place and f' [{place}]'}"


def _table(severity: Severity, rows: Mapping[str, tuple[str, str]]) -> dict[str, Code]:
    return {code: Code(severity, meaning, cure) for code, (meaning, cure) in rows.items()}


_DEFINITION = _table(
    Severity.ERROR,
    {
        "definition-unreadable": ("The file of definitions is missing or is not TOML.", "Mend the file."),
        "definition-missing": ("The file has no definition with this id.", "Use one of the ids it has."),
        "setting-unknown": ("A setting that does not exist.", "Correct the key, or remove it."),
        "setting-missing": ("A setting that is needed is not there.", "Add it; the agency states it in the agreement."),
        "setting-type": ("A setting of the wrong type.", "Write it as the type named; text stands in quotes."),
        "setting-value": ("A setting whose value cannot be used.", "Write one of the values named."),
        "setting-conflict": ("Two settings do not go together.", "Change one of them."),
    },
)

CHECKS: Mapping[str, Code] = MappingProxyType(
    _table(
        Severity.ERROR,
        {
            "invoice-number-missing": ("A claim has no invoice number.", "Number the invoice in the ERP."),
            "invoice-number-twice": ("An invoice stands twice in the group.", "Take one of the two off the list."),
            "amount-not-positive": ("There is nothing to collect.", "Take the invoice off the list."),
            "amount-over-original": ("More is claimed than was invoiced.", "Keep fees and interest out of the amount."),
            "not-overdue": ("The invoice is not overdue on the collection date.", "Take the invoice off the list."),
            "debtor-number-missing": ("The debtor has no customer number.", "Number the customer in the ERP."),
            "debtor-name-missing": ("The debtor has no name.", "Complete the customer in the ERP."),
            "debtor-postcode-missing": ("The address has no postcode.", "Complete the customer in the ERP."),
            "debtor-city-missing": ("The address has no town.", "Complete the customer in the ERP."),
            "postcode-not-four-digits": ("A Norwegian postcode has four digits.", "Correct postcode or country."),
            "debtor-differs": ("One customer number stands for different data.", "Correct the customer in the ERP."),
            "debtor-kind-contradicted": (
                "The debtor's kind and its identifier contradict each other.",
                "Correct one of them; set the check to off where sole proprietorships count as private.",
            ),
            "currency-not-nok": ("The amounts of claims are kroner.", "Set the definition's currency to NOK."),
        },
    )
    | _table(
        Severity.WARNING,
        {
            "amounts-do-not-add-up": (
                "Original amount less payments and credits is not the remaining amount.",
                "Correct the amounts in the ERP.",
            ),
            "kid-check-digit": ("The KID has a wrong check digit.", "Compare it with the invoice."),
            "kid-length": ("The KID has another length than agreed.", "Compare it with the invoice."),
            "organisation-number-check-digit": ("No valid organisation number.", "Look it up at brreg.no."),
            "national-id-check-digit": ("No valid national id or D-number.", "Ask the customer."),
            "account-check-digit": ("No valid account number.", "Compare it with the agreement."),
        },
    )
)
"""The checks before sending, with the severity each has unless the definition changes it."""

_FILES = (
    _table(
        Severity.ERROR,
        {
            "profile-mistake": ("A profile says something that cannot be.", "Correct the key that is named."),
            "file-empty": ("The file holds no bytes.", "Ask the agency for the file again."),
            "file-unrecognised": (
                "No layout of the profile begins like this file.",
                "Compare its first line with the agreement; move it away if it is no business of ours.",
            ),
            "record-unknown": ("No record of the layout has this code.", "Compare the line with the agreement."),
            "record-misplaced": ("A record stands where it may not.", "Ask the agency for the file again."),
            "record-missing": (
                "A record that must be there is not; a file without its end record was cut.",
                "Ask the agency for the file again.",
            ),
            "record-length": ("A line is longer or shorter than its record.", "Ask the agency for the file again."),
            "field-unreadable": (
                "A field holds what its kind does not allow.",
                "Compare the field with the agreement.",
            ),
            "byte-unknown": ("A byte that the profile's codec does not have.", "Check the codec in the profile."),
            "count-mismatch": ("A stated count is not the count of the records.", "Ask the agency for the file again."),
            "sum-mismatch": ("A stated sum is not the sum of the records.", "Ask the agency for the file again."),
            "date-mismatch": ("A stated first or last date is another.", "Ask the agency for the file again."),
            "key-mismatch": ("A line repeats another key than its opener has.", "Ask the agency for the file again."),
            "lines-disagree": ("Lines of one object disagree about what they share.", "Ask which line is right."),
            "lines-scattered": ("Lines of one object do not stand together.", "Set 'scattered' in the profile."),
            "column-missing": ("The header lacks a column.", "Compare the header with the agreement."),
            "field-unwritable": ("The layout cannot hold a value.", "Shorten or correct the value in the ERP."),
        },
    )
    | _table(
        Severity.WARNING,
        {
            "code-unknown": ("A code that the profile does not list; it is kept raw.", "Add the code to the profile."),
            "number-unexpected": ("A running number is another.", "Ask the agency whether a line is missing."),
            "lines-differ": ("Lines of one object differ; the first one holds.", "Ask which line is right."),
            "filler-filled": ("A filler holds something; it is kept raw.", "Ask the agency whether the layout grew."),
        },
    )
    | _table(
        Severity.INFO,
        {
            "field-not-canonical": ("A field is readable, but not written as the layout says.", "None is needed."),
            "record-short": ("A record ends before fields of newer versions.", "None is needed."),
            "record-idle": ("A record says only what holds without it.", "None is needed."),
            "line-not-stripped": ("A line ends with blanks that the layout leaves out.", "None is needed."),
            "lines-merged": ("Lines of one object did not stand together.", "None is needed."),
            "columns-differ": ("Columns stand in another order, or there are more.", "None is needed."),
            "line-end-differs": ("Lines end otherwise than the profile says.", "None is needed."),
            "file-end-differs": ("The last line has no end, or empty lines or Ctrl-Z follow it.", "None is needed."),
            "findings-cut": ("More was found than is kept.", "Mend the first ones; the rest often follow from them."),
        },
    )
)


def _held(hold: Hold, codes: dict[str, Code], *, fixed: bool = False) -> dict[str, Code]:
    return {code: evolve(row, hold=hold, fixed=fixed) for code, row in codes.items()}


_REFUSED = _table(
    Severity.ERROR,
    {
        "customer-id-differs": ("The file is for another customer id.", "Tell the agency; it is not used."),
        "currency-differs": ("The file is in another currency.", "Compare it with the definition."),
        "transfer-unexpected": ("A file to the agency among those from there.", "Move it out of the folder."),
        "settlement-mismatch": ("A settlement's totals are not what its lines come to.", "Ask the agency."),
    },
)
_NO_POSTING = _table(
    Severity.ERROR,
    {
        "allocation-mismatch": ("The parts of a payment do not add up.", "Ask the agency for the right split."),
        "case-unknown": ("A receipt names a case that was never sent.", "Ask the agency which case it means."),
        "case-number-missing": ("The agency took a case and gave it no number.", "Ask the agency for the number."),
        "interest-note-stray": ("An interest note for a payment that is not there.", "Ask the agency for it."),
        "interest-note-unexpected": (
            "An interest note where the profile derives them.",
            "Set interest_notes to records in the profile.",
        ),
        "transaction-repeated": ("Two lines with the same unique fields.", "Ask the agency which one holds."),
    },
)
_OTHER_CHANNEL = _table(
    Severity.ERROR,
    {
        "payment-in-other-channel": (
            "A payment that another channel brings: the bank's where money_source is the bank, else the agency's.",
            "Check money_source; release it only if the other channel does not bring it, or it is booked twice.",
        ),
    },
)
_LINES = _table(
    Severity.ERROR,
    {
        "claim-unknown": ("A line names no claim that was sent.", "Ask the agency which claim it means."),
        "case-of-other-definition": (
            "A line names a case that was sent under another definition.",
            "Tell the agency which customer id it belongs to; dismiss it here.",
        ),
        "match-conflict": ("The references of a line lead to different cases.", "Ask the agency which is meant."),
        "amount-over-outstanding": (
            "More principal is paid than is left of what was sent.",
            "Compare it with the ERP's ledger; release it if the debtor paid too much.",
        ),
        "payment-after-closure": (
            "A payment on a case that is closed.",
            "Release it if the debtor paid late; ask the agency otherwise.",
        ),
        "closure-unregistered": (
            "A case is closed that no receipt registered.",
            "Look for the receipt; release it if the agency has closed the case indeed.",
        ),
        "receipt-case-elsewhere": (
            "A receipt names a case that is not in the file it answers.",
            "Ask the agency which file it means.",
        ),
        "interest-note-missing": (
            "A payment has an interest share and no interest note.",
            "Ask the agency for the note, or let the profile derive it.",
        ),
        "interest-note-mismatch": ("Interest notes and interest share differ.", "Ask the agency which is right."),
        "suspected-repeat": (
            "Another file brought a payment of the same case, amount and date.",
            "Ask the agency; release it if the debtor paid twice, dismiss it if it is the same payment.",
        ),
    },
)
_FILES_HELD = _table(
    Severity.ERROR,
    {
        "file-repeated": (
            "The same bytes came before under another name.",
            "Ask the agency whether it is the same file; dismiss it if it is, release it if both count.",
        ),
        "file-sequence-repeated": (
            "Another file of the agency had this running number.",
            "Ask the agency which of the two holds; release it if both do.",
        ),
    },
)
_TOLD = _table(
    Severity.WARNING,
    {
        "receipt-for-unknown-file": ("A receipt answers a file never sent.", "Ask the agency which file it means."),
        "receipt-repeated": ("A second receipt for a file that was answered.", "Compare the two."),
        "receipt-cases-missing": (
            "A receipt names fewer cases than the file had.",
            "Ask the agency what became of the others.",
        ),
        "zero-balance-unpaid": (
            "The agency says that nothing is left, but brought no payment; a balance is never booked.",
            "Ask the agency for the payment.",
        ),
        "file-sequence-gap": (
            "Running numbers of the agency's files are missing.",
            "Ask the agency for the files in between.",
        ),
    },
)
_KNOWN_BEFORE = _table(
    Severity.WARNING,
    {
        "events-known": ("Events of the file were known before and not booked again.", "None is needed."),
        "name-reused": ("Another file came under this name before.", "None is needed if the agency reuses names."),
    },
)
_RECONCILIATION = {
    **_held(Hold.FILE, _REFUSED, fixed=True),
    **_held(Hold.LINE, {**_NO_POSTING, **_OTHER_CHANNEL}, fixed=True),
    **_held(Hold.LINE, _LINES),
    **_held(Hold.FILE, _FILES_HELD),
    **_held(Hold.NOTHING, _TOLD),
    **_KNOWN_BEFORE,
}

CODES: Mapping[str, Code] = MappingProxyType({**_DEFINITION, **CHECKS, **_FILES, **_RECONCILIATION})
"""Every code with its severity, meaning and cure; the documentation is generated from this table."""

HOLDS: Mapping[str, Hold] = MappingProxyType({code: row.hold for code, row in CODES.items() if not row.fixed})
"""What a finding holds, of the codes for which the definition may say so itself."""


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


def masked(text: str, keep: int = 2) -> str:
    """Return ``text`` with all but its first ``keep`` characters replaced by ``*``.

    National ids, names and contact data are shown this way in findings and logs.
    """
    return text[:keep] + "*" * max(len(text) - keep, 0)
