"""Checks of what the file takes from the definition, and of what the agreement asks of several claims together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from itertools import islice

from lindorff_sdk.definition import MoneySource
from lindorff_sdk.identifiers import is_account, is_national_id, is_organisation_number
from lindorff_sdk.models.cases import Claim, ListedClaim
from lindorff_sdk.models.codes import ClaimKind
from lindorff_sdk.models.money import ZERO
from lindorff_sdk.models.parties import Debtor
from lindorff_sdk.preflight.sending import Problem, Sending, Standing


def account_check_digit(sending: Sending) -> Iterator[Problem]:
    """An account number has its check digit."""
    bank = {f"bank_accounts[{index}]": account for index, account in enumerate(sending.definition.bank_accounts)}
    known = {**_payout_accounts(sending), "agency_account": sending.definition.agency_account, **bank}
    for field, account in known.items():
        if account.strip() and not is_account(account):
            yield Problem(field, "This is no account number.", "eleven digits with their check digit", account)


def settings_missing(sending: Sending) -> Iterator[Problem]:
    """What the file states of the agreement must be known, and so must what money is told apart by."""
    needed = _payout_accounts(sending) if "payout_account" in sending.states else {}
    if sending.definition.money_source is MoneySource.BANK:
        needed["agency_account"] = sending.definition.agency_account
    for field, account in needed.items():
        if not account.strip():
            yield Problem(field, "The setting is missing.", expected="an account number")


def _payout_accounts(sending: Sending) -> dict[str, str]:
    """Return the accounts to which the agency pays out for the claims, by where they are set."""
    accounts: dict[str, str] = {}
    for level in dict.fromkeys(line.level for _, line in sending.lines()):
        others = sending.definition.levels.get(level)
        if others is not None and others.payout_account:
            accounts[f"levels.{level}.payout_account"] = others.payout_account
        else:
            accounts["payout_account"] = sending.definition.payout_account
    return accounts


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
    for line in sending.group.claims:
        # What is at the agency already is owed too; what was closed there is not.
        if sending.standing.get(line.claim.invoice_number) is not Standing.CLOSED:
            owed[line.debtor.number] += _owed(line.claim)
    # Where there is nothing to collect of an invoice, that is told.
    told = {line.debtor.number for _, line in sending.lines() if _owed(line.claim) <= 0 and _is_invoice(line.claim)}
    for position, line in sending.lines():
        number = line.debtor.number
        if number.strip() and number not in told and owed[number] < minimum:
            told.add(number)
            message = f"Customer {number} owes less in all than the agency collects."
            yield Problem("debtor", message, f"at least {minimum}", str(owed[number]), position)


def debtor_split(sending: Sending) -> Iterator[Problem]:
    """Claims on one debtor belong in one case, so that fees are charged once. A dispute parts them for good reason."""
    first: dict[tuple[str, str], ListedClaim] = {}
    levels = {"", *sending.definition.levels}  # an unknown one is told by itself
    for position, line in sending.lines():
        others = [first.setdefault(key, line) for key in _known_by(line.debtor)]
        for field, other in islice(_parting(line, others, levels), 1):
            message = f"Invoice {other.claim.invoice_number} of the same debtor stands in another case."
            yield Problem(field, message, "one case", f"another {_PARTING[field]}", position)


_PARTING = {
    "debtor.number": "customer number",
    "start_level": "start level",
    "co_debtors": "co-debtors",
    "level": "level of the reminder process",
}


def _known_by(debtor: Debtor) -> Iterator[tuple[str, str]]:
    """Yield what a debtor is known by. An identifier that is none, such as a row of zeros, tells nobody apart."""
    if not debtor.number.strip():
        return
    yield "number", debtor.number
    if is_national_id(debtor.national_id, synthetic=True):
        yield "national_id", debtor.national_id
    if is_organisation_number(debtor.organisation_number):
        yield "organisation_number", debtor.organisation_number


def _parting(
    line: ListedClaim, others: Iterable[ListedClaim], levels: Collection[str]
) -> Iterator[tuple[str, ListedClaim]]:
    """Yield what parts a claim from others on its debtor."""
    for other in others:
        if line.debtor.number != other.debtor.number:
            yield "debtor.number", other
        elif line.start_level is not other.start_level:
            yield "start_level", other
        elif line.co_debtors != other.co_debtors:
            yield "co_debtors", other
        elif line.level != other.level and line.level in levels and other.level in levels:
            yield "level", other


def _is_invoice(claim: Claim) -> bool:
    return claim.kind is ClaimKind.INVOICE


def _owed(claim: Claim) -> Decimal:
    return claim.remaining_amount if _is_invoice(claim) else -abs(claim.remaining_amount)
