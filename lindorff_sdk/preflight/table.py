"""The table of checks: which function is behind which code."""

from collections.abc import Mapping
from types import MappingProxyType

from lindorff_sdk.preflight import agreement, claims, debtors, letters
from lindorff_sdk.preflight.sending import Check, Standing, each_claim, each_debtor
from lindorff_sdk.preflight.unwritable import CODEC, codec_problems

TABLE: Mapping[str, Check] = MappingProxyType(
    {
        "settings-missing": agreement.settings_missing,
        "account-check-digit": agreement.account_check_digit,
        "currency-not-nok": agreement.currency_not_nok,
        "level-unknown": each_claim(agreement.level_unknown),
        "already-listed": claims.standing(Standing.LISTED, "The invoice stands in another group of the list."),
        "already-sent": claims.standing(Standing.SENT, "The invoice is at the agency; it is left out."),
        "already-closed": claims.standing(Standing.CLOSED, "The agency has closed the case; it is left out."),
        "invoice-number-missing": each_claim(claims.invoice_number_missing),
        "invoice-number-twice": claims.invoice_number_twice,
        "amount-not-positive": each_claim(claims.amount_not_positive),
        "amount-over-original": each_claim(claims.amount_over_original),
        "fees-in-principal": each_claim(claims.fees_in_principal),
        "amounts-do-not-add-up": each_claim(claims.amounts_do_not_add_up),
        "invoice-below-minimum": each_claim(claims.invoice_below_minimum),
        "debtor-below-minimum": agreement.debtor_below_minimum,
        "due-date-missing": each_claim(claims.due_date_missing),
        "not-overdue": each_claim(claims.not_overdue),
        "overdue-too-short": each_claim(claims.overdue_too_short),
        "notice-missing": each_claim(letters.notice_missing),
        "notice-deadline-not-over": each_claim(letters.notice_deadline_not_over),
        "reminder-fee-over-limit": each_claim(letters.reminder_fee_over_limit),
        "reminder-fee-too-early": each_claim(letters.reminder_fee_too_early),
        "rate-unknown": each_claim(letters.rate_unknown),
        "disputed": each_claim(claims.disputed),
        "unmatched-credit": each_claim(claims.unmatched_credit),
        "kid-check-digit": each_claim(claims.kid_check_digit),
        "kid-length": each_claim(claims.kid_length),
        "debtor-number-missing": each_debtor(debtors.debtor_number_missing),
        "debtor-kind-missing": each_debtor(debtors.kind_missing),
        "debtor-kind-contradicted": each_debtor(debtors.debtor_kind_contradicted),
        "debtor-name-missing": each_debtor(debtors.debtor_name_missing),
        "debtor-postcode-missing": each_debtor(debtors.postcode_missing),
        "debtor-city-missing": each_debtor(debtors.city_missing),
        "debtor-country-missing": each_debtor(debtors.country_missing),
        "postcode-not-four-digits": each_debtor(debtors.postcode_not_four_digits),
        "organisation-number-check-digit": each_debtor(debtors.organisation_number_check_digit),
        "national-id-check-digit": each_debtor(debtors.national_id_check_digit),
        "debtor-differs": debtors.debtor_differs,
        "debtor-split": agreement.debtor_split,
        CODEC: codec_problems,
    }
)
"""The checks, in the order in which one claim's findings are told. A new check is a function, a row here, and a row
in `lindorff_sdk.findings.CHECKS`."""
