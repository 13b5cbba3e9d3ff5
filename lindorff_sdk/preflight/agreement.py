"""Checks of what the file takes from the definition, and of what the agreement asks of several claims together."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from lindorff_sdk.definition import MoneySource
from lindorff_sdk.identifiers import is_account
from lindorff_sdk.models.cases import Claim, ListedClaim
from lindorff_sdk.models.codes import ClaimKind
from lindorff_sdk.models.money import ZERO
from lindorff_sdk.preflight.sending import Problem, Sending

_PARTED_BY = ("start_level", "co_debtors", "level")
"""What parts claims on one debtor without good reason; see `CollectionGroup.cases`."""


def account_check_digit(sending: Sending) -> Iterator[Problem]:
    """An account number has its check digit."""
    for field in ("payout_account", "agency_account"):
        account = getattr(sending.definition, field)
        if account.strip() and not is_account(account):
            yield Problem(field, "This is no account number.", "eleven digits with their check digit", account)


def settings_missing(sending: Sending) -> Iterator[Problem]:
    """What the file states of the agreement must be known, and so must what money is told apart by."""
    needed = {"payout_account"} & sending.states
    if sending.definition.money_source is MoneySource.BANK:
        needed = needed | {"agency_account"}
    for field in sorted(needed):
        if not getattr(sending.definition, field).strip():
            yield Problem(field, "The setting is missing.", expected="an account number")


def level_unknown(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """A level of the reminder process decides whom a claim is sent as: it must be one that the definition has."""
    if line.level and line.level not in sending.definition.levels:
        known = ", ".join(sending.definition.levels) or "no level: the definition has none"
        yield Problem("level", "The definition has no such level.", known, line.level)


def currency_not_nok(sending: Sending) -> Iterator[Problem]:
    """Claims are in kroner."""
    if sending.definition.currency != "NOK":
        yield Problem("currency", "The amounts of claims are kroner.", "NOK", sending.definition.currency)


def debtor_below_minimum(sending: Sending) -> Iterator[Problem]:
    """The agency takes no debtor who owes less than its minimum in all."""
    minimum = sending.definition.minimum_debtor
    if not minimum:
        return
    owed: dict[str, Decimal] = defaultdict(lambda: ZERO)
    first: dict[str, int] = {}
    for position, line in sending.lines():
        if line.debtor.number.strip():
            first.setdefault(line.debtor.number, position)
            owed[line.debtor.number] += _owed(line.claim)
    nothing = {line.debtor.number for _, line in sending.lines() if _owed(line.claim) <= 0 and _is_invoice(line.claim)}
    for number, position in first.items():
        if owed[number] < minimum and number not in nothing:  # which is told of its invoice
            message = f"Customer {number} owes less in all than the agency collects."
            yield Problem("debtor", message, f"at least {minimum}", str(owed[number]), position)


def debtor_split(sending: Sending) -> Iterator[Problem]:
    """Claims on one debtor belong in one case, so that fees are charged once. A dispute parts them for good reason."""
    first: dict[str, tuple[int, dict[str, object]]] = {}
    for position, line in sending.lines():
        if not line.debtor.number.strip():
            continue
        number, form = line.debtor.number, {name: getattr(line, name) for name in _PARTED_BY}
        if line.level not in sending.definition.levels:
            form["level"] = ""  # an unknown one is told by itself
        place, known = first.setdefault(number, (position, form))
        if differs := [name for name in _PARTED_BY if form[name] != known[name]]:
            other = sending.group.claims[place]
            message = f"Invoice {other.claim.invoice_number} of the same customer stands in another case."
            found = differs[0].replace("_", " ").replace("co ", "co-")
            yield Problem(differs[0], message, "one case", f"another {found}", position)


def _is_invoice(claim: Claim) -> bool:
    return claim.kind is ClaimKind.INVOICE


def _owed(claim: Claim) -> Decimal:
    return claim.remaining_amount if _is_invoice(claim) else -abs(claim.remaining_amount)
