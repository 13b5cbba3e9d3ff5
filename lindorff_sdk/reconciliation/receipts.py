"""Receipts to events: which files arrived, which cases have which number, which were refused and why."""

from collections.abc import Iterator
from datetime import date

from lindorff_sdk.models.codes import CaseStatus, NumberKind
from lindorff_sdk.models.receipts import CaseReceipt, CorrectionReceipt, FileReceipt, ReceiptFile
from lindorff_sdk.reconciliation.events import (
    CaseRegistered,
    CaseRejected,
    CaseRenumbered,
    CorrectionAcknowledged,
    CorrectionRejected,
    FileAcknowledged,
    Posting,
)
from lindorff_sdk.reconciliation.lines import Lines
from lindorff_sdk.reconciliation.matching import KnownCase, match


def receipt_postings(file: ReceiptFile, lines: Lines) -> Iterator[Posting]:
    """Yield the postings of a file of receipts."""
    day = lines.made_on
    for receipt in file.receipts:
        yield from _file(receipt, day, lines)
        for case_receipt in receipt.cases:
            yield from _case(case_receipt, day, lines)
        for correction in receipt.corrections:
            yield _correction(correction, day, lines)


def _file(receipt: FileReceipt, day: date, lines: Lines) -> Iterator[Posting]:
    if not any(sent.name == receipt.file_name for sent in lines.known.files):
        lines.note(
            "receipt-for-unknown-file",
            "The receipt answers a file that was never sent under this definition.",
            receipt,
            found=receipt.file_name,
        )
        return
    yield lines.posting(
        FileAcknowledged(
            **lines.facts(FileAcknowledged, receipt, day, None),
            file_name=receipt.file_name,
            sequence=receipt.sequence,
            status=receipt.status,
            reason_code=receipt.reason_code,
            reason_text=receipt.reason_text,
        )
    )


def _case(receipt: CaseReceipt, day: date, lines: Lines) -> Iterator[Posting]:
    # The number in a receipt is new to us, so the creditor's own references come first here; a number that is
    # replaced is known.
    found = match(
        lines.known,
        number=receipt.previous_number,
        invoice_number=receipt.invoice_number,
        reference=receipt.reference,
    )
    if found.problem:
        lines.note("match-conflict", f"The receipt contradicts itself: {found.problem}.", receipt)
    elif found.case is None:
        message = "The receipt names a case that was never sent under this definition."
        lines.note("case-unknown", message, receipt, found=receipt.reference)
    elif receipt.status is CaseStatus.REJECTED:
        yield lines.posting(
            CaseRejected(
                **lines.facts(CaseRejected, receipt, day, found.case, receipt.invoice_number),
                reason_code=receipt.reason_code,
                reason_text=receipt.reason_text,
                next_actor=receipt.next_actor,
                contact=receipt.contact,
            )
        )
    elif not receipt.agency_case_number:
        lines.note("case-number-missing", "The agency took the case but gave it no number; ask for it.", receipt)
    else:
        yield _numbered(receipt, found.case, day, lines)


def _numbered(receipt: CaseReceipt, case: KnownCase, day: date, lines: Lines) -> Posting:
    kind = receipt.number_kind or NumberKind.FINAL
    previous = receipt.previous_number or case.agency_case_number
    if previous and previous != receipt.agency_case_number:
        return lines.posting(
            CaseRenumbered(
                **lines.facts(CaseRenumbered, receipt, day, case), number_kind=kind, previous_number=previous
            )
        )
    return lines.posting(
        CaseRegistered(
            **lines.facts(CaseRegistered, receipt, day, case),
            number_kind=kind,
            duplicate=receipt.status is CaseStatus.DUPLICATE,
        )
    )


def _correction(receipt: CorrectionReceipt, day: date, lines: Lines) -> Posting:
    case = lines.known.by_invoice(receipt.invoice_number)
    if receipt.status is CaseStatus.REJECTED:
        return lines.posting(
            CorrectionRejected(
                **lines.facts(CorrectionRejected, receipt, day, case, receipt.invoice_number),
                correction=receipt.kind,
                reason_code=receipt.reason_code,
                reason_text=receipt.reason_text,
            )
        )
    return lines.posting(
        CorrectionAcknowledged(
            **lines.facts(CorrectionAcknowledged, receipt, day, case, receipt.invoice_number), correction=receipt.kind
        )
    )
