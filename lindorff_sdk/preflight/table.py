"""The table of checks: which function is behind which code."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from lindorff_sdk.preflight import agreement, claims, debtors, letters
from lindorff_sdk.preflight.losses import amount_not_carried, value_not_carried
from lindorff_sdk.preflight.sending import Check, Standing, each_claim, each_debtor, each_invoice
from lindorff_sdk.preflight.unwritable import CODEC, codec_problems


@frozen
class Row:
    """What stands behind one code.

    Attributes:
        check: The function.
        settings: Settings of the definition that it looks at, besides its level in ``checks``.
    """

    check: Check
    settings: tuple[str, ...] = ()


TABLE: Mapping[str, Row] = MappingProxyType(
    {
        "settings-missing": Row(
            agreement.settings_missing, ("payout_account", "levels", "agency_account", "money_source", "format")
        ),
        "account-check-digit": Row(
            agreement.account_check_digit, ("payout_account", "levels", "agency_account", "bank_accounts")
        ),
        "currency-not-nok": Row(agreement.currency_not_nok, ("currency",)),
        "level-unknown": Row(each_claim(agreement.level_unknown), ("levels",)),
        "already-listed": Row(claims.standing(Standing.LISTED, "The invoice stands in another group of the list.")),
        "already-sent": Row(claims.standing(Standing.SENT, "The invoice is at the agency; it is left out.")),
        "already-closed": Row(claims.standing(Standing.CLOSED, "The agency has closed the case; it is left out.")),
        "invoice-number-missing": Row(each_claim(claims.invoice_number_missing)),
        "invoice-number-twice": Row(claims.invoice_number_twice),
        "amount-not-positive": Row(each_invoice(claims.amount_not_positive)),
        "amount-over-original": Row(each_claim(claims.amount_over_original)),
        "fees-in-principal": Row(each_claim(claims.fees_in_principal)),
        "amounts-do-not-add-up": Row(each_claim(claims.amounts_do_not_add_up)),
        "amount-not-carried": Row(amount_not_carried, ("format",)),
        "invoice-below-minimum": Row(each_invoice(claims.invoice_below_minimum), ("minimum_claim",)),
        "debtor-below-minimum": Row(agreement.debtor_below_minimum, ("minimum_debtor",)),
        "due-date-missing": Row(each_invoice(claims.due_date_missing)),
        "not-overdue": Row(each_invoice(claims.not_overdue)),
        "overdue-too-short": Row(each_invoice(claims.overdue_too_short), ("overdue_days",)),
        "notice-missing": Row(each_invoice(letters.notice_missing)),
        "notice-deadline-not-over": Row(each_invoice(letters.notice_deadline_not_over), ("notice_days",)),
        "reminder-fee-over-limit": Row(each_invoice(letters.reminder_fee_over_limit), ("figures",)),
        "reminder-fee-too-early": Row(each_invoice(letters.reminder_fee_too_early)),
        "rate-unknown": Row(each_invoice(letters.rate_unknown), ("figures",)),
        "disputed": Row(each_claim(claims.disputed)),
        "unmatched-credit": Row(each_claim(claims.unmatched_credit)),
        "kid-check-digit": Row(each_claim(claims.kid_check_digit), ("kid_modulus",)),
        "kid-length": Row(each_claim(claims.kid_length), ("kid_lengths",)),
        "debtor-number-missing": Row(each_claim(debtors.debtor_number_missing)),
        "debtor-kind-missing": Row(each_debtor(debtors.kind_missing)),
        "debtor-kind-contradicted": Row(each_debtor(debtors.debtor_kind_contradicted)),
        "debtor-name-missing": Row(each_debtor(debtors.debtor_name_missing)),
        "debtor-postcode-missing": Row(each_debtor(debtors.postcode_missing)),
        "debtor-city-missing": Row(each_debtor(debtors.city_missing)),
        "debtor-country-missing": Row(each_debtor(debtors.country_missing)),
        "postcode-not-four-digits": Row(each_debtor(debtors.postcode_not_four_digits)),
        "organisation-number-check-digit": Row(each_debtor(debtors.organisation_number_check_digit)),
        "national-id-check-digit": Row(each_claim(debtors.national_id_check_digit), ("synthetic_national_ids",)),
        "debtor-differs": Row(debtors.debtor_differs),
        "debtor-split": Row(agreement.debtor_split, ("levels",)),
        "value-not-carried": Row(value_not_carried, ("format",)),
        CODEC: Row(codec_problems, ("format",)),
    }
)
"""The checks, in the order in which one claim's findings are told. A new check is a function, a row here, and a row
in `lindorff_sdk.findings.CHECKS`."""
