"""Receipts to events: which files arrived, which cases have which number, which were refused and why."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from lindorff_sdk.models.codes import CaseStatus, FileStatus, NumberKind
from lindorff_sdk.models.receipts import CaseReceipt, CorrectionReceipt, FileReceipt, ReceiptFile
from lindorff_sdk.reconciliation.checks import check_reopened
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
from lindorff_sdk.reconciliation.matching import KnownCase, SentCorrection, SentFile, match


def receipt_postings(file: ReceiptFile, lines: Lines) -> Iterator[Posting]:
    """Yield the postings of a file of receipts."""
    day = lines.made_on
    for receipt in file.receipts:
        yield from _file(receipt, day, lines)
        for case_receipt in receipt.cases:
            yield from _case(case_receipt, receipt.file_name, day, lines)
        for correction in receipt.corrections:
            yield _correction(correction, day, lines)


def _file(receipt: FileReceipt, day: date, lines: Lines) -> Iterator[Posting]:
    sent = _sent(receipt, lines)
    if sent is None:
        lines.note(
            "receipt-for-unknown-file",
            "The receipt answers a file that was never sent under this definition.",
            receipt,
            found=receipt.file_name,
        )
        return
    answered = sent.answered or receipt.file_name in lines.answered
    lines.answered.add(receipt.file_name)
    if answered and not _renumbers(receipt):
        message = "The file was answered before; this is a second receipt for it."
        lines.note("receipt-repeated", message, receipt, found=receipt.file_name)
    elif not answered:
        _note_missing(receipt, lines)
        _note_corrections(receipt, sent, lines)
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


def _sent(receipt: FileReceipt, lines: Lines) -> SentFile | None:
    """Return the file a receipt answers: a name may come again, a name with its running number does not."""
    named = [sent for sent in lines.known.files if sent.name == receipt.file_name]
    return next((sent for sent in named if sent.sequence == receipt.sequence), named[-1] if named else None)


def _renumbers(receipt: FileReceipt) -> bool:
    return bool(receipt.cases) and all(case.status is CaseStatus.RENUMBERED for case in receipt.cases)


def _note_missing(receipt: FileReceipt, lines: Lines) -> None:
    """Note a receipt for a file that is silent about some of its cases; one that refuses the file names none."""
    if receipt.status is FileStatus.REJECTED:
        return
    sent = lines.known.in_file(receipt.file_name)
    named = {case.reference for case in receipt.cases}
    silent = [case.reference for case in sent if case.reference not in named]
    if silent:
        message = f"The receipt says nothing of {len(silent)} of the file's cases, the first of them {silent[0]}."
        lines.note("receipt-cases-missing", message, receipt, expected=f"{len(sent)} cases", found=f"{len(named)}")


def _note_corrections(receipt: FileReceipt, sent: SentFile, lines: Lines) -> None:
    """Note a receipt that is silent about some of a file's corrections, or names others than the file had.

    One that only accepts or refuses the file speaks of all that is in it.
    """
    if not sent.corrections:
        return
    silent = Counter(sent.corrections)
    for each in receipt.corrections:
        told = SentCorrection(each.invoice_number, each.kind)
        if silent[told]:
            silent[told] -= 1
        elif lines.known.by_invoice(each.invoice_number):  # of another it is told that nobody knows it
            message = "The receipt names a correction that is not in the file it answers; it is held."
            lines.note("receipt-correction-elsewhere", message, each, found=f"{each.kind}")
    speaks_of_all = receipt.status is not FileStatus.PARTLY_ACCEPTED and not receipt.corrections
    if not speaks_of_all and (count := silent.total()):
        first = next(silent.elements())
        message = (
            f"The receipt says nothing of {count} of the file's corrections, the first of them a {first.kind} "
            f"of invoice {first.invoice_number}."
        )
        expected, found = (f"{len(each.corrections)} corrections" for each in (sent, receipt))
        lines.note("receipt-corrections-missing", message, receipt, expected=expected, found=found)


def _of_file(case: KnownCase, receipt: CaseReceipt, file_name: str, lines: Lines) -> KnownCase:
    """Return the case as it was sent in the file that is answered; a claim may have been sent again since."""
    if case.file_name == file_name or not any(sent.name == file_name for sent in lines.known.files):
        return case
    for other in reversed(lines.known.in_file(file_name)):
        if other.reference == case.reference or set(other.invoice_numbers) & set(case.invoice_numbers):
            return other
    message = "The receipt names a case that is not in the file it answers; it is held."
    lines.note("receipt-case-elsewhere", message, receipt, expected=case.file_name, found=file_name)
    return case


def _case(receipt: CaseReceipt, file_name: str, day: date, lines: Lines) -> Iterator[Posting]:
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
        names = (receipt.reference, receipt.invoice_number, receipt.previous_number)
        if not lines.note_elsewhere(receipt, *names):
            message = "The receipt names a case that was never sent under this definition."
            lines.note("case-unknown", message, receipt, found=receipt.reference)
    else:
        yield from _answered(receipt, _of_file(found.case, receipt, file_name, lines), day, lines)


def _answered(receipt: CaseReceipt, case: KnownCase, day: date, lines: Lines) -> Iterator[Posting]:
    if receipt.status is CaseStatus.REJECTED:
        yield lines.posting(
            CaseRejected(
                **lines.facts(CaseRejected, receipt, day, case, receipt.invoice_number),
                file_name=case.file_name,
                reason_code=receipt.reason_code,
                reason_text=receipt.reason_text,
                next_actor=receipt.next_actor,
                contact=receipt.contact,
            )
        )
    elif not receipt.agency_case_number:
        message = "The agency took the case but gave it no number; ask for it."
        lines.note("case-number-missing", message, receipt, case=case)
    else:
        yield _numbered(receipt, case, day, lines)


def _numbered(receipt: CaseReceipt, case: KnownCase, day: date, lines: Lines) -> Posting:
    kind = receipt.number_kind or NumberKind.FINAL
    previous = receipt.previous_number or case.agency_case_number
    renumbers = bool(previous) and previous != receipt.agency_case_number
    # A closed case that is only given another number is not taken up by that.
    opens = case.is_reopened_on(day) and not (renumbers and receipt.status is CaseStatus.RENUMBERED)
    check_reopened(receipt, case, lines, "a receipt takes it up", opens=opens)
    if renumbers and not opens:
        return lines.posting(
            CaseRenumbered(
                **lines.facts(CaseRenumbered, receipt, day, case),
                file_name=case.file_name,
                number_kind=kind,
                previous_number=previous,
            )
        )
    return lines.posting(
        CaseRegistered(
            **lines.facts(CaseRegistered, receipt, day, case),
            file_name=case.file_name,
            number_kind=kind,
            duplicate=receipt.status is CaseStatus.DUPLICATE,
        )
    )


def _correction(receipt: CorrectionReceipt, day: date, lines: Lines) -> Posting:
    case = lines.known.by_invoice(receipt.invoice_number)
    if case is None and not lines.note_elsewhere(receipt, receipt.invoice_number):
        message = "The receipt answers a correction of a claim that was never sent under this definition; it is held."
        lines.note("claim-unknown", message, receipt, found=receipt.invoice_number)
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
