"""The vocabularies of the exchange. Files carry an agency's own codes; profiles map them to these."""

from enum import StrEnum


class DebtorKind(StrEnum):
    """What the debtor is. A sole proprietorship counts as private at one agency: follow your agreement."""

    PRIVATE = "private"
    COMPANY = "company"
    PUBLIC = "public"


class ClaimKind(StrEnum):
    """What the claim's document is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class StartLevel(StrEnum):
    """Where the agency starts: a reminder, a notice (*inkassovarsel*) or a demand (*betalingsoppfordring*)."""

    REMINDER = "reminder"
    NOTICE = "notice"
    DEMAND = "demand"


class CorrectionKind(StrEnum):
    """Why a claim at the agency must change."""

    DIRECT_PAYMENT = "direct_payment"
    CREDIT_NOTE = "credit_note"
    SENT_IN_ERROR = "sent_in_error"
    TOTAL_CLAIM = "total_claim"


class FileStatus(StrEnum):
    """What the agency did with a file it received."""

    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    REJECTED = "rejected"


class CaseStatus(StrEnum):
    """What the agency did with one case."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    RENUMBERED = "renumbered"
    """A number given earlier is replaced."""


class NumberKind(StrEnum):
    """Whether a case number will stay. Some agencies give a temporary one first and replace it."""

    TEMPORARY = "temporary"
    FINAL = "final"


class Party(StrEnum):
    """One of the two sides: who received a payment, or who acts next."""

    AGENCY = "agency"
    CREDITOR = "creditor"


class ClosingReason(StrEnum):
    """Why a case was closed (*saksavslutning*), normalised from several public vocabularies; the raw code is kept."""

    PAID_TO_AGENCY = "paid_to_agency"
    PAID_TO_CREDITOR = "paid_to_creditor"
    PAID_BEFORE_COLLECTION = "paid_before_collection"
    SETTLED_BY_AGREEMENT = "settled_by_agreement"
    CREDITED = "credited"
    WITHDRAWN = "withdrawn"
    SENT_IN_ERROR = "sent_in_error"
    DISPUTED = "disputed"
    REFERRED_TO_COURT = "referred_to_court"
    INSOLVENT = "insolvent"
    BANKRUPT = "bankrupt"
    DEBT_SETTLEMENT = "debt_settlement"
    DECEASED = "deceased"
    MINOR = "minor"
    EMIGRATED = "emigrated"
    ADDRESS_UNKNOWN = "address_unknown"
    TIME_BARRED = "time_barred"
    TOO_SMALL = "too_small"
    MONITORING = "monitoring"
    TRANSFERRED = "transferred"
    AGREEMENT_ENDED = "agreement_ended"
    NO_ANSWER = "no_answer"
    OTHER = "other"


class Transfer(StrEnum):
    """The four transfers of the exchange, two each way, and what comes from the bank."""

    CASES = "cases"
    """New cases, ERP to agency."""
    CORRECTIONS = "corrections"
    """Direct payments and corrections, ERP to agency."""
    RECEIPTS = "receipts"
    """Receipts, agency to ERP."""
    SETTLEMENTS = "settlements"
    """Payments, interest notes and closures, agency to ERP."""
    BANK = "bank"
    """Payments as the bank reports them (*OCR giro*), bank to ERP: the second money model."""
