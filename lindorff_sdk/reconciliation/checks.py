"""What a line from the agency says, held against what is known of its case: amounts, closures, balances."""

from collections.abc import Iterable
from decimal import Decimal

from lindorff_sdk.models.bank import BankTransaction
from lindorff_sdk.models.codes import ClosingReason
from lindorff_sdk.models.money import ZERO
from lindorff_sdk.models.settlements import CaseClosure, InterestNote, Payment
from lindorff_sdk.reconciliation.lines import Lines
from lindorff_sdk.reconciliation.matching import CaseState, KnownCase
from lindorff_sdk.statute import check_interest_note

_NOT_BY_PAYING = frozenset(
    {
        ClosingReason.PAID_TO_CREDITOR,
        ClosingReason.PAID_BEFORE_COLLECTION,
        ClosingReason.CREDITED,
        ClosingReason.WITHDRAWN,
        ClosingReason.SENT_IN_ERROR,
        ClosingReason.DEBT_SETTLEMENT,
        ClosingReason.TIME_BARRED,
        ClosingReason.TOO_SMALL,
    }
)
"""Reasons that say by themselves why nothing is left: the creditor knows of it, or nobody asks for it any more."""


def check_payment(entry: Payment, case: KnownCase | None, lines: Lines) -> None:
    """Note a payment after its case was closed, or of more principal than is left; count its principal."""
    if case is None or entry.transaction_id in lines.known.transactions:
        return  # its transaction is known: it was checked when it first came, and is not booked again
    lines.remember(entry.transaction_id, case)
    check_money(entry, entry.principal, case, lines)


def check_money(entry: Payment | BankTransaction, amount: Decimal, case: KnownCase, lines: Lines) -> None:
    """Note money after its case was closed, or more than is left of what was sent; count it.

    Args:
        entry: The line.
        amount: The principal of it; of the bank's money, which has no split, all of it.
        case: Its case.
        lines: The lines of the file.
    """
    if case.state is CaseState.CLOSED or case.reference in lines.closed:
        message = "The case is closed, and a payment on it comes; it is held."
        lines.note("payment-after-closure", message, entry)
    left = _left(case, lines)
    if left is not None and amount > left:
        owed = max(left, ZERO)
        fees = "; fees and interest may be in it" if isinstance(entry, BankTransaction) else ""
        message = f"{amount - owed} more is paid than is left of the principal that was sent{fees}. It is held."
        lines.note("amount-over-outstanding", message, entry, expected=f"at most {owed}", found=f"{amount}")
        return
    count_paid(case, amount, lines)


def check_notes(notes: Iterable[InterestNote], case: KnownCase | None, lines: Lines) -> None:
    """Note interest notes that are not what the law gives, where the agreement asks for that; none is held for it."""
    if lines.note_within is None:
        return
    for note in notes:
        principal = _principal(note, case, lines)
        if principal is None or principal < ZERO or note.period_from is None or note.period_to is None:
            message = "Of the interest note, the period or what its interest ran on is not known; it was not checked."
            lines.note("interest-note-unchecked", message, note)
            continue
        for odd in check_interest_note(note, principal, figures=lines.figures, differs_by=lines.note_within):
            lines.note(odd.code, odd.message, note, expected=odd.expected, found=odd.found)


def check_reopened(entry: object, case: KnownCase, lines: Lines, why: str, *, opens: bool = False) -> None:
    """Note that the agency goes on with a case that is closed; only a receipt that takes it up opens it here."""
    if case.state is CaseState.CLOSED or case.reference in lines.closed:
        here = "it is open again here" if opens else "it stays closed here"
        lines.note("case-reopened", f"The case is closed, and {why}; {here}.", entry)


def check_closure(entry: CaseClosure, case: KnownCase, lines: Lines) -> None:
    """Note the closure of a case that was never registered, or of a balance of zero without a payment.

    Where the bank's files bring the payments, those read so far are what counts.
    """
    lines.closed.add(case.reference)
    if case.state in {CaseState.SENT, CaseState.REJECTED} and not case.agency_case_number:
        message = "No receipt registered the case that is closed here; the closure is held."
        lines.note("closure-unregistered", message, entry)
    paid = case.paid + lines.paid.get(case.reference, ZERO)
    if entry.remaining_principal == ZERO and entry.reason not in _NOT_BY_PAYING and not paid:
        message = "The agency says that nothing is left to pay, but no file brought a payment; none is booked."
        lines.note("zero-balance-unpaid", message, entry)


def count_paid(case: KnownCase, amount: Decimal, lines: Lines) -> None:
    """Remember what a line paid of its case, or took back."""
    lines.paid[case.reference] = lines.paid.get(case.reference, ZERO) + amount


def _principal(note: InterestNote, case: KnownCase | None, lines: Lines) -> Decimal | None:
    """Return what the interest of a note ran on: what was left of its claim before the payment it came with."""
    if case is None or len(case.claims) == 1:
        return None if case is None else _left(case, lines)
    if case.paid or lines.paid.get(case.reference):
        return None  # which of the claims was paid is not kept
    amounts = {claim.invoice_number: claim.remaining_amount for claim in case.claims}
    return amounts.get(note.invoice_number)


def _left(case: KnownCase, lines: Lines) -> Decimal | None:
    left = case.outstanding
    return None if left is None else left - lines.paid.get(case.reference, ZERO)
