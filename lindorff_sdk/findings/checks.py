"""What the checks before sending catch."""

from collections.abc import Mapping
from types import MappingProxyType

from lindorff_sdk.findings.model import Code, Severity, table

CHECKS: Mapping[str, Code] = MappingProxyType(
    table(
        Severity.ERROR,
        {
            "invoice-number-missing": ("A claim has no invoice number.", "Number the invoice in the ERP."),
            "invoice-number-twice": ("An invoice stands twice in the group.", "Take one of the two off the list."),
            "amount-not-positive": ("There is nothing to collect.", "Take the invoice off the list."),
            "amount-over-original": ("More is claimed than was invoiced.", "Keep fees and interest out of the amount."),
            "not-overdue": ("The invoice is not overdue on the collection date.", "Take the invoice off the list."),
            "debtor-number-missing": ("The debtor has no customer number.", "Number the customer in the ERP."),
            "debtor-name-missing": ("The debtor has no name.", "Complete the customer in the ERP."),
            "debtor-postcode-missing": ("The address has no postcode.", "Complete the customer in the ERP."),
            "debtor-city-missing": ("The address has no town.", "Complete the customer in the ERP."),
            "postcode-not-four-digits": ("A Norwegian postcode has four digits.", "Correct postcode or country."),
            "debtor-differs": ("One customer number stands for different data.", "Correct the customer in the ERP."),
            "debtor-kind-contradicted": (
                "The debtor's kind and its identifier contradict each other.",
                "Correct one of them; set the check to off where sole proprietorships count as private.",
            ),
            "currency-not-nok": ("The amounts of claims are kroner.", "Set the definition's currency to NOK."),
        },
    )
    | table(
        Severity.WARNING,
        {
            "amounts-do-not-add-up": (
                "Original amount less payments and credits is not the remaining amount.",
                "Correct the amounts in the ERP.",
            ),
            "kid-check-digit": ("The KID has a wrong check digit.", "Compare it with the invoice."),
            "kid-length": ("The KID has another length than agreed.", "Compare it with the invoice."),
            "organisation-number-check-digit": ("No valid organisation number.", "Look it up at brreg.no."),
            "national-id-check-digit": ("No valid national id or D-number.", "Ask the customer."),
            "rate-unknown": (
                "A check needs a statutory figure of days for which none is known; it was left out.",
                "Look it up, and add it to the figures (docs/statute.md).",
            ),
            "account-check-digit": ("No valid account number.", "Compare it with the agreement."),
        },
    )
)
"""The checks before sending, with the severity each has unless the definition changes it."""
