"""What the checks before sending catch, in the order in which the findings of one claim are told."""

from collections.abc import Mapping
from types import MappingProxyType

from lindorff_sdk.findings.model import Code, Severity


def _error(meaning: str, cure: str) -> Code:
    return Code(Severity.ERROR, meaning, cure)


def _warning(meaning: str, cure: str) -> Code:
    return Code(Severity.WARNING, meaning, cure)


_AGREEMENT = {
    "settings-missing": _warning(
        "An account that the file states, or that money is told apart by, is not set.",
        "Add it to the definition; the agreement states it.",
    ),
    "account-check-digit": _warning("No valid account number.", "Compare it with the agreement."),
    "currency-not-nok": _error("The amounts of claims are kroner.", "Set the definition's currency to NOK."),
    "level-unknown": _error(
        "A claim is of a level of the reminder process that the definition does not have.",
        "Add it to the definition's levels, or correct the claim; with the check off it goes as the definition's own.",
    ),
}
_STANDING = {
    "already-listed": _error("The invoice stands in another group of the list.", "Take it off one of the two."),
    "already-sent": _warning("The invoice is at the agency; it is left out.", "None is needed."),
    "already-closed": _warning(
        "The agency has closed the invoice's case; it is left out.",
        "Leave it off the list, or put it there anew if it is to be sent again.",
    ),
}
_CLAIM = {
    "invoice-number-missing": _error("A claim has no invoice number.", "Number the invoice in the ERP."),
    "invoice-number-twice": _error("An invoice stands twice in the group.", "Take one of the two off the list."),
    "amount-not-positive": _error("There is nothing to collect.", "Take the invoice off the list."),
    "amount-over-original": _error("More remains than was invoiced.", "Correct the amounts in the ERP."),
    "fees-in-principal": _error(
        "What remains of the principal holds fees or interest that are stated beside it.",
        "Leave them out of the amount: the agency adds them.",
    ),
    "amounts-do-not-add-up": _warning(
        "Original amount less payments and credits is not the remaining amount.",
        "Correct the amounts in the ERP.",
    ),
    "amount-not-carried": _error(
        "The layout has no field for what remains of the principal, or for whether this is an invoice or a credit "
        "note: another amount would be collected.",
        "Bind a field to it if the agreement has one; else take the claim off the list.",
    ),
    "invoice-below-minimum": _error(
        "Less remains of the invoice than the agency collects (minimum_claim).", "Take the invoice off the list."
    ),
    "debtor-below-minimum": _error(
        "The debtor owes less in all than the agency collects (minimum_debtor).", "Take its invoices off the list."
    ),
    "due-date-missing": _error("The invoice has no due date.", "Complete the invoice in the ERP."),
    "not-overdue": _error("The invoice is not overdue.", "Take the invoice off the list."),
    "overdue-too-short": _error(
        "The invoice was due fewer days ago than agreed (overdue_days).", "Take it off the list until it is ripe."
    ),
}
_LETTERS = {
    # Not an error: many ERPs send notices and keep no date of them. A date that is kept is held to its deadline.
    "notice-missing": _warning(
        "The case would start with a demand, and no collection notice was sent.",
        "Send the notice, state when it was sent, or let the agency start with a notice.",
    ),
    "notice-deadline-not-over": _error(
        "The deadline of the collection notice is not over (notice_deadline, or notice_days after notice_date).",
        "Take the invoice off the list until it is.",
    ),
    "reminder-fee-over-limit": _error(
        "The reminder fee is more than two letters may cost by law.", "Lower it, and credit the debtor."
    ),
    "reminder-fee-too-early": _error(
        "A fee was charged for a letter sent less than 14 days after the due date or after the letter before.",
        "Take the fee out, and credit the debtor.",
    ),
    "rate-unknown": _warning(
        "A check needs a statutory figure of days for which none is known; it was left out.",
        "Look it up, and add it to the figures (docs/statute.md).",
    ),
}
_DOUBTS = {
    "disputed": _warning("The debtor disputes the invoice.", "Settle the dispute first, unless the agency agreed."),
    "unmatched-credit": _warning(
        "The customer has payments or credit notes that are matched with no invoice.",
        "Match them in the ERP first: they may have paid this invoice.",
    ),
    "kid-check-digit": _warning("The KID has a wrong check digit.", "Compare it with the invoice."),
    "kid-length": _warning("The KID has another length than agreed.", "Compare it with the invoice."),
}
_DEBTOR = {
    "debtor-number-missing": _error("The debtor has no customer number.", "Number the customer in the ERP."),
    "debtor-kind-missing": _error(
        "It is not known whether the debtor is private, a company or public.", "Complete the customer in the ERP."
    ),
    "debtor-kind-contradicted": _error(
        "The debtor's kind and its identifier contradict each other.",
        "Correct one of them; set the check to off where sole proprietorships count as private.",
    ),
    "debtor-name-missing": _error("The debtor has no name.", "Complete the customer in the ERP."),
    "debtor-postcode-missing": _error("The address has no postcode.", "Complete the customer in the ERP."),
    "debtor-city-missing": _error("The address has no town.", "Complete the customer in the ERP."),
    "debtor-country-missing": _error("The address has no country.", "Complete the customer in the ERP."),
    "postcode-not-four-digits": _error("A Norwegian postcode has four digits.", "Correct postcode or country."),
    "organisation-number-check-digit": _warning("No valid organisation number.", "Look it up at brreg.no."),
    "national-id-check-digit": _warning(
        "No valid national id or D-number, or a synthetic one where synthetic_national_ids is false.",
        "Ask the customer.",
    ),
    "debtor-differs": _error("One customer number stands for different data.", "Correct the customer in the ERP."),
    "debtor-split": _warning(
        "Claims on one debtor stand in several cases, though they belong together.",
        "Give them one customer number, level, start level and set of co-debtors.",
    ),
    # Not an error: an agreement without fields for fees or telephone numbers wants none of them.
    "value-not-carried": _warning(
        "The layout has no field for something that the ERP says of a claim, its debtor or its case.",
        "Bind a field to it if the agreement has one; else tell the agency otherwise, or set the check to off.",
    ),
    "text-outside-codec": _error(
        "The profile's character set lacks a character of a text; no level makes such a text fit.",
        "Write the text without it in the ERP.",
    ),
}

CHECKS: Mapping[str, Code] = MappingProxyType({**_AGREEMENT, **_STANDING, **_CLAIM, **_LETTERS, **_DOUBTS, **_DEBTOR})
"""The checks before sending, with the severity each has unless the definition changes it."""
