"""Transfer 3: what the agency answers to the files it was sent."""

from attrs import frozen

from lindorff_sdk.models.codes import CaseStatus, CorrectionKind, FileStatus, NumberKind, Party
from lindorff_sdk.models.envelope import Envelope


@frozen(kw_only=True)
class CaseReceipt:
    """What the agency did with one case.

    Attributes:
        reference: The creditor's reference of the case.
        status: Accepted, rejected, a duplicate of a case it has, or given another number.
        agency_case_number: The agency's number; empty for a rejected case.
        number_kind: Whether that number is temporary or final.
        previous_number: The number it replaces, where ``status`` is renumbered.
        invoice_number: The one claim concerned, where the receipt is not about the whole case.
        reason_code: The agency's code for a rejection, kept raw.
        reason_text: The reason in words.
        next_actor: Who must act next.
        contact: How to reach them.
    """

    reference: str
    status: CaseStatus
    agency_case_number: str = ""
    number_kind: NumberKind | None = None
    previous_number: str = ""
    debtor_number: str = ""
    invoice_number: str = ""
    reason_code: str = ""
    reason_text: str = ""
    next_actor: Party | None = None
    contact: str = ""


@frozen(kw_only=True)
class CorrectionReceipt:
    """What the agency did with one correction."""

    kind: CorrectionKind
    invoice_number: str
    status: CaseStatus
    reason_code: str = ""
    reason_text: str = ""


@frozen(kw_only=True)
class FileReceipt:
    """What the agency did with one file it was sent.

    Attributes:
        file_name: Name of the file it answers.
        sequence: Sequence number of that file.
        status: Accepted, partly accepted or rejected as a whole.
    """

    file_name: str
    sequence: int
    status: FileStatus
    reason_code: str = ""
    reason_text: str = ""
    cases: tuple[CaseReceipt, ...] = ()
    corrections: tuple[CorrectionReceipt, ...] = ()


@frozen(kw_only=True)
class ReceiptFile:
    """A file of receipts."""

    envelope: Envelope
    receipts: tuple[FileReceipt, ...] = ()
