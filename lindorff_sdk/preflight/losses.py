"""Checks of what the layout has no field for: nothing that the ERP says is dropped without a word."""

from collections import defaultdict
from collections.abc import Iterator

from lindorff_sdk.models.cases import Claim
from lindorff_sdk.models.parties import shown
from lindorff_sdk.preflight.sending import Loss, Problem, Sending

_NAMES = ("reference", "agency_case_number", "collection_date", "number")
"""By what parties and lists know a case or a debtor: a file that does without has another of them."""


def amount_not_carried(sending: Sending) -> Iterator[Problem]:
    """Yield the claims of which another amount would be collected: their remaining amount, or their sign, is lost."""
    claims = {line.claim.invoice_number: (position, line.claim) for position, line in sending.lines()}
    lost = _by_claim(sending)
    for each in sending.losses:
        position, claim = claims[each.invoice_number]
        if _decides(each, claim, lost[each.invoice_number]):
            yield _problem([each], position)


def value_not_carried(sending: Sending) -> Iterator[Problem]:
    """Yield what else is lost, each attribute once for each case, at the first of its claims that has it."""
    claims = {line.claim.invoice_number: (position, line.claim) for position, line in sending.lines()}
    lost, told = _by_claim(sending), defaultdict[tuple[str, str], list[Loss]](list)
    for each in sending.losses:
        claim = claims[each.invoice_number][1]
        follows = _follows(each.field, claim, lost[each.invoice_number])
        if not (follows or _decides(each, claim, lost[each.invoice_number]) or each.field.split(".")[-1] in _NAMES):
            told[each.case, each.field].append(each)
    for its in told.values():
        yield _problem(its, claims[its[0].invoice_number][0])


def _by_claim(sending: Sending) -> dict[str, set[str]]:
    """Return which attributes of a claim are lost, by its invoice."""
    lost = defaultdict[str, set[str]](set)
    for each in sending.losses:
        lost[each.invoice_number].add(each.field)
    return lost


def _decides(each: Loss, claim: Claim, lost: set[str]) -> bool:
    """Return whether without it another amount would be collected."""
    return each.field in ("claim.kind", "claim.remaining_amount") and not _follows(each.field, claim, lost)


def _follows(field: str, claim: Claim, lost: set[str]) -> bool:
    """Return whether the amounts that the file has beside it say the same."""
    if field == "claim.original_amount":
        return claim.original_amount == claim.remaining_amount and "claim.remaining_amount" not in lost
    if field in ("claim.paid_amount", "claim.credited_amount"):
        return not lost & {"claim.original_amount", "claim.remaining_amount"}
    if field != "claim.remaining_amount" or "claim.original_amount" in lost:
        return False
    less = {"claim.paid_amount": claim.paid_amount, "claim.credited_amount": claim.credited_amount}
    left = claim.original_amount - sum(amount for path, amount in less.items() if path not in lost)
    return left == claim.remaining_amount


def _problem(its: list[Loss], position: int) -> Problem:
    first = its[0]
    message = "The layout has no field for it, and the agency is not told."
    if first.otherwise not in (None, ""):
        message = f"The layout has no field for it: the agency takes it for {shown(first.field, first.otherwise)}."
    found = dict.fromkeys(_found(each) for each in its)
    return Problem(first.field, message, found=", ".join(found), position=position)


def _found(each: Loss) -> str:
    if isinstance(each.value, tuple):
        return f"{len(each.value)} of them"
    return shown(each.field, each.value)
