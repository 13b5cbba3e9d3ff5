"""Settlements to events: payments with their interest notes, reversals, closures and totals.

The split of a payment is read from the agency's data and never computed, and a balance never becomes a payment
(domain.md section 4).
"""

from collections.abc import Iterator

from lindorff_sdk.models.money import ZERO
from lindorff_sdk.models.settlements import (
    CaseClosure,
    InterestNote,
    Payment,
    PaymentReversal,
    SettlementFile,
    SettlementTotals,
)
from lindorff_sdk.reconciliation.checks import check_closure, check_notes, check_payment, check_reopened, count_paid
from lindorff_sdk.reconciliation.events import (
    CaseClosed,
    InterestNoteIssued,
    PaymentReceived,
    PaymentReversed,
    Posting,
    SettlementTotalled,
)
from lindorff_sdk.reconciliation.gathering import Around, Notes, Sums
from lindorff_sdk.reconciliation.lines import Lines
from lindorff_sdk.reconciliation.matching import KnownCase, match


def settlement_postings(
    file: SettlementFile, lines: Lines, around: Around, *, notes_are_records: bool, money: bool = True
) -> Iterator[Posting]:
    """Yield the postings of a file of settlements, in its order; an interest note stands in its payment's posting.

    Args:
        file: The file, or some of its lines.
        lines: Its lines; what is noted of one that has a posting holds the posting.
        around: What of the whole file matters for the lines.
        notes_are_records: Whether interest notes are records of their own.
        money: Whether the agency's payments are those that are booked.
    """
    for entry in file.entries:
        match entry:
            case Payment():
                yield from _payment(entry, around.notes if notes_are_records else None, lines, money=money)
            case PaymentReversal():
                yield from _reversal(entry, lines)
            case InterestNote():
                if money and (not notes_are_records or entry.payment_transaction_id in around.strays):
                    _stray(entry, lines, notes_are_records=notes_are_records)
            case CaseClosure():
                yield _closure(entry, lines)
            case SettlementTotals():
                yield _totals(entry, lines)


def totals_hold(sums: Sums, lines: Lines) -> bool:
    """Return whether each settlement's totals agree with its payments; note each that does not, with both figures."""
    holds = True
    for entry in sums.totals:
        for what, stated, found in (
            ("gross", entry.gross, sums.gross[entry.settlement_number]),
            ("paid out", entry.paid_out, entry.gross - entry.kept_by_agency - entry.vat),
        ):
            if stated != found:
                holds = False
                message = f"Settlement {entry.settlement_number} states another amount {what} than its lines come to."
                lines.note("settlement-mismatch", message, entry, expected=f"{found}", found=f"{stated}")
    return holds


def _case_of(entry: Payment | PaymentReversal | CaseClosure, lines: Lines) -> KnownCase | None:
    """Return the case of an entry, or None after noting why there is none."""
    transaction = entry.reverses if isinstance(entry, PaymentReversal) else entry.transaction_id
    if case := lines.transactions.get(transaction):
        return case
    found = match(
        lines.known,
        transaction=transaction,
        number=entry.agency_case_number,
        invoice_number=getattr(entry, "invoice_number", ""),
        reference=entry.reference,
        kid=getattr(entry, "kid", ""),
    )
    if found.problem:
        lines.note("match-conflict", f"The line contradicts itself: {found.problem}; it is held.", entry)
    elif found.case is None:
        _note_unknown(entry, lines)
    return found.case


def _note_unknown(entry: Payment | PaymentReversal | CaseClosure, lines: Lines) -> None:
    if not lines.note_elsewhere(entry, entry.agency_case_number, getattr(entry, "invoice_number", "")):
        taken = "takes back no payment that came, and " if isinstance(entry, PaymentReversal) else ""
        message = f"The line {taken}names no case or claim that was sent under this definition; it is held."
        lines.note("claim-unknown", message, entry, found=_names(entry))


def _names(entry: Payment | PaymentReversal | CaseClosure) -> str:
    """Return what an entry names besides the case, invoice and KID that its finding is about."""
    by = {
        "transaction": entry.transaction_id,
        "which takes back": getattr(entry, "reverses", ""),
        "reference": entry.reference,
    }
    return ", ".join(f"{word} {value}" for word, value in by.items() if value)


def _adds_up(entry: Payment | PaymentReversal, case: KnownCase | None, lines: Lines) -> bool:
    split = entry.principal + entry.interest + entry.costs
    if split == entry.amount:
        return True
    message = "Principal, interest and costs do not add up to the amount; nothing is booked of the line."
    lines.note("allocation-mismatch", message, entry, expected=f"{entry.amount}", found=f"{split}", case=case)
    return False


def _payment(entry: Payment, notes: Notes | None, lines: Lines, *, money: bool) -> Iterator[Posting]:
    case = _case_of(entry, lines)
    if not _adds_up(entry, case, lines):
        return
    if money:
        _noted(entry, notes, lines)
        check_notes((notes or {}).get(entry.transaction_id, ()), case, lines)
        check_payment(entry, case, lines)
    payment = PaymentReceived(
        **lines.facts(PaymentReceived, entry, entry.paid_on, case, entry.invoice_number),
        amount=entry.amount,
        principal=entry.principal,
        interest=entry.interest,
        costs=entry.costs,
        paid_on=entry.paid_on,
        settled_on=entry.settled_on,
        settlement_number=entry.settlement_number,
        received_by=entry.received_by,
        transaction_id=entry.transaction_id,
        kid=entry.kid,
        commission=entry.commission,
        vat_set_off=entry.vat_set_off,
        remaining_principal=entry.remaining_principal,
    )
    if notes is not None:
        issued = [_note(note, payment, case, lines) for note in notes.get(entry.transaction_id, ())]
    else:
        issued = [_derived(entry, payment, case, lines)] if entry.interest else []
    yield lines.posting(*issued, payment)


def _noted(entry: Payment, notes: Notes | None, lines: Lines) -> None:
    """Note a payment whose interest share is not covered by interest notes."""
    if notes is None:
        return
    noted = sum((note.amount for note in notes.get(entry.transaction_id, ())), ZERO)
    if noted == entry.interest:
        return
    code = "interest-note-missing" if not noted else "interest-note-mismatch"
    message = "The payment's interest share is not what its interest notes come to; it is held."
    lines.note(code, message, entry, expected=f"{entry.interest}", found=f"{noted}")


def _note(note: InterestNote, payment: PaymentReceived, case: KnownCase | None, lines: Lines) -> InterestNoteIssued:
    invoice = note.invoice_number or (payment.invoice_numbers[0] if len(payment.invoice_numbers) == 1 else "")
    return InterestNoteIssued(
        **lines.facts(InterestNoteIssued, note, note.issued_on, case, invoice),
        amount=note.amount,
        note_number=note.note_number,
        period_from=note.period_from,
        period_to=note.period_to,
        rate=note.rate,
        payment_event_id=payment.id,
    )


def _derived(entry: Payment, payment: PaymentReceived, case: KnownCase | None, lines: Lines) -> InterestNoteIssued:
    return InterestNoteIssued(
        **lines.facts(InterestNoteIssued, entry, entry.paid_on, case, entry.invoice_number),
        amount=entry.interest,
        payment_event_id=payment.id,
    )


def _stray(note: InterestNote, lines: Lines, *, notes_are_records: bool) -> None:
    case = match(
        lines.known, number=note.agency_case_number, invoice_number=note.invoice_number, reference=note.reference
    ).case
    if notes_are_records:
        message = "The interest note names a payment that is not in this file; nothing is booked of it."
        lines.note("interest-note-stray", message, note, found=note.payment_transaction_id, case=case)
    else:
        message = "The profile derives interest notes from payments, but the file holds one; it is not booked as well."
        lines.note("interest-note-unexpected", message, note, case=case)


def _reversal(entry: PaymentReversal, lines: Lines) -> Iterator[Posting]:
    case = _case_of(entry, lines)
    if not _adds_up(entry, case, lines):
        return
    if case is not None:
        count_paid(case, -entry.principal, lines)
        check_reopened(entry, case, lines, "a payment on it is taken back")
    yield lines.posting(
        PaymentReversed(
            **lines.facts(PaymentReversed, entry, entry.reversed_on, case, entry.invoice_number),
            amount=entry.amount,
            principal=entry.principal,
            interest=entry.interest,
            costs=entry.costs,
            transaction_id=entry.transaction_id,
            reverses=entry.reverses,
            settlement_number=entry.settlement_number,
            text=entry.text,
        )
    )


def _closure(entry: CaseClosure, lines: Lines) -> Posting:
    case = _case_of(entry, lines)
    if case is not None:
        check_closure(entry, case, lines)
    return lines.posting(
        CaseClosed(
            **lines.facts(CaseClosed, entry, entry.closed_on, case),
            reason=entry.reason,
            reason_code=entry.reason_code,
            remaining_principal=entry.remaining_principal,
        )
    )


def _totals(entry: SettlementTotals, lines: Lines) -> Posting:
    return lines.posting(
        SettlementTotalled(
            **lines.facts(SettlementTotalled, entry, entry.settled_on, None),
            settlement_number=entry.settlement_number,
            gross=entry.gross,
            kept_by_agency=entry.kept_by_agency,
            vat=entry.vat,
            paid_out=entry.paid_out,
        )
    )
