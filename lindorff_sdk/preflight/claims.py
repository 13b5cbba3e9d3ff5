"""Checks of one claim: its number, amounts, dates and payment reference, and where it stands."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from lindorff_sdk.identifiers import is_kid
from lindorff_sdk.models.cases import Claim, ListedClaim
from lindorff_sdk.models.codes import ClaimKind
from lindorff_sdk.models.money import ZERO
from lindorff_sdk.preflight.sending import Check, Problem, Sending, Standing

_PARTS = ("claim.original_amount", "claim.paid_amount", "claim.credited_amount")


def invoice_number_missing(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    """An invoice needs a number: everything that comes back is matched by it."""
    if not line.claim.invoice_number.strip():
        yield Problem("claim.invoice_number", "The invoice number is missing.", expected="an invoice number")


def invoice_number_twice(sending: Sending) -> Iterator[Problem]:
    """An invoice stands in the group once."""
    first: dict[str, int] = {}
    for position, line in sending.lines():
        number = line.claim.invoice_number
        if number.strip() and first.setdefault(number, position) != position:
            message = f"Claim {first[number] + 1} of the group has the same invoice number."
            yield Problem("claim.invoice_number", message, "each invoice once", number, position)


def standing(wanted: Standing, message: str) -> Check:
    """Return the check for invoices that stand somewhere already."""

    def check(sending: Sending) -> Iterator[Problem]:
        for position, line in enumerate(sending.group.claims):
            number = line.claim.invoice_number
            if sending.standing.get(number) is wanted:
                yield Problem("claim.invoice_number", message, found=number, position=position)

    return check


# Amounts -------------------------------------------------------------------------------------------------------------


def amount_not_positive(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    """There must be something to collect."""
    claim = line.claim
    if min(claim.remaining_amount, claim.original_amount) > 0:
        return
    field = "remaining_amount" if claim.remaining_amount <= 0 else "original_amount"
    yield Problem(
        f"claim.{field}",
        "There is nothing to collect.",
        "more than 0.00",
        str(getattr(claim, field)),
        covers=("claim.remaining_amount", "claim.original_amount"),
    )


def fees_in_principal(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    """What remains is principal only: the agency adds fees and interest itself."""
    if fees := _fees_within(line.claim):
        message = f"What remains holds {fees}, which is stated beside it."
        expected, found = str(_left(line.claim)), str(line.claim.remaining_amount)
        yield Problem("claim.remaining_amount", message, expected, found)


def amount_over_original(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    """No more remains than was invoiced."""
    claim = line.claim
    if _is_over(claim) and not _fees_within(claim):
        message = "More remains than was invoiced."
        expected = f"at most {claim.original_amount}"
        yield Problem("claim.remaining_amount", message, expected, str(claim.remaining_amount), covers=_PARTS)


def amounts_do_not_add_up(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    """What was invoiced less what was paid and credited is what remains."""
    claim = line.claim
    if claim.remaining_amount != _left(claim) and not _is_over(claim) and not _fees_within(claim):
        message = "Original amount less payments and credits is not what remains."
        yield Problem("claim.remaining_amount", message, str(_left(claim)), str(claim.remaining_amount))


def invoice_below_minimum(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """The agency takes no invoice below its minimum."""
    claim, minimum = line.claim, sending.definition.minimum_claim
    if 0 < claim.remaining_amount < minimum:
        message = "Less remains than the agency collects."
        yield Problem("claim.remaining_amount", message, f"at least {minimum}", str(claim.remaining_amount))


def _left(claim: Claim) -> Decimal:
    return claim.original_amount - claim.paid_amount - claim.credited_amount


def _is_over(claim: Claim) -> bool:
    return claim.kind is ClaimKind.INVOICE and 0 < claim.original_amount < claim.remaining_amount


def _fees_within(claim: Claim) -> str:
    """Return which fees and interest make up just what remains too much, or ``""``."""
    excess = claim.remaining_amount - _left(claim)
    stated = {"reminder_fee": claim.reminder_fee, "other_fees": claim.other_fees, "interest": claim.accrued_interest}
    charged = [name for name, amount in stated.items() if amount > 0]
    if claim.kind is not ClaimKind.INVOICE or excess <= 0 or claim.original_amount <= 0:
        return ""
    for count in range(1, len(charged) + 1):
        for names in combinations(charged, count):
            if sum((stated[name] for name in names), ZERO) == excess:
                return " and ".join(name.replace("_", " ") for name in names)
    return ""


# Dates ---------------------------------------------------------------------------------------------------------------


def due_date_missing(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    """Without a due date nothing is overdue."""
    if line.claim.due_date is None:
        yield Problem("claim.due_date", "The due date is missing.", expected="a date")


def not_overdue(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """A claim is overdue on its collection date, and on the day of sending where that comes before."""
    due, day = line.claim.due_date, min(sending.today, sending.group.collection_date)
    if due is not None and due >= day:
        yield Problem("claim.due_date", "The invoice is not overdue.", f"before {day}", str(due))


def overdue_too_short(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """A claim must have been overdue for the agreed number of days."""
    due, agreed = line.claim.due_date, sending.definition.overdue_days
    if due is None or any(not_overdue(line, sending)):
        return
    days = (sending.today - due).days
    if days < agreed:
        message = "The invoice has not been overdue for as long as agreed."
        yield Problem("claim.due_date", message, f"{agreed} days or more", f"{days}: {due}")


# Payment reference, disputes, what the customer has to its credit ----------------------------------------------------


def kid_check_digit(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """A KID has a check digit by the agreed modulus."""
    kid, modulus = line.claim.kid, sending.definition.kid_modulus
    if kid and not is_kid(kid, modulus):
        expected = f"a check digit by modulus {modulus or '10 or 11'}"
        yield Problem("claim.kid", "The KID has a wrong check digit.", expected, kid)


def kid_length(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """A KID has one of the agreed lengths."""
    kid, lengths = line.claim.kid, sending.definition.kid_lengths
    if kid and lengths and len(kid) not in lengths:
        expected = " or ".join(str(length) for length in sorted(lengths)) + " characters"
        yield Problem("claim.kid", "The KID has another length than agreed.", expected, f"{len(kid)}: {kid}")


def disputed(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    """A disputed claim is seldom one for collection."""
    if line.disputed:
        yield Problem("disputed", "The debtor disputes the invoice.")


def unmatched_credit(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    """Money or a credit note that the customer has, and that no invoice was matched with, may have paid the claim."""
    if line.unmatched_credit:
        message = "The customer has payments or credit notes that are matched with no invoice."
        yield Problem("unmatched_credit", message, "0.00", str(line.unmatched_credit))
