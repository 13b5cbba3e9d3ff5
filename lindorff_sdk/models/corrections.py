"""Transfer 2: what changed at the creditor after a claim was sent."""

from datetime import date
from decimal import Decimal

from attrs import field, frozen

from lindorff_sdk.models.codes import CorrectionKind
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.money import ZERO, money, money_or_none


@frozen(kw_only=True)
class Correction:
    """One change to a claim at the agency: paid to the creditor, credited, withdrawn, or another total.

    Attributes:
        kind: What happened.
        invoice_number: The claim concerned.
        effective_on: When it happened at the creditor.
        amount: What was paid or credited, or the new total claim, in NOK.
        remaining_amount: What is left of the principal afterwards in NOK; None where the creditor does not say.
        reference: The creditor's reference of the case.
        agency_case_number: The agency's number of the case, where known.
        debtor_number: The debtor's customer number at the creditor.
    """

    kind: CorrectionKind
    invoice_number: str
    effective_on: date
    amount: Decimal = field(default=ZERO, converter=money)
    remaining_amount: Decimal | None = field(default=None, converter=money_or_none)
    reference: str = ""
    agency_case_number: str = ""
    debtor_number: str = ""
    text: str = ""


@frozen(kw_only=True)
class CorrectionFile:
    """A file of corrections."""

    envelope: Envelope
    corrections: tuple[Correction, ...] = ()
