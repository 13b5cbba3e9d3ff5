"""Events: one fact each for the ERP; and postings: the events that are booked together.

An event's id is the same however often its file is read, so a fact that was applied is never applied again.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen

from lindorff_sdk.models.codes import ClosingReason, CorrectionKind, FileStatus, NumberKind, Party
from lindorff_sdk.models.money import ZERO, money, money_or_none, rate_or_none


@frozen
class Source:
    """Where an event was read: the file's name and the line, from 1."""

    file: str
    line: int


@frozen(kw_only=True)
class Event:
    """What every event says.

    Attributes:
        id: Stable id: the same fact always has the same one.
        definition_id: The agreement it belongs to.
        source: File and line it was read from.
        counts_from: The date it counts from in the books.
        reference: The creditor's reference of the case; ``""`` where the event is about a file.
        agency_case_number: The agency's number of the case, as known now.
        invoice_numbers: The claims concerned.
    """

    kind: ClassVar[str]

    id: str
    definition_id: str
    source: Source
    counts_from: date
    reference: str = ""
    agency_case_number: str = ""
    invoice_numbers: tuple[str, ...] = ()


@frozen(kw_only=True)
class FileAcknowledged(Event):
    """The agency answered a file it was sent."""

    kind: ClassVar[str] = "file_acknowledged"

    file_name: str
    sequence: int
    status: FileStatus
    reason_code: str = ""
    reason_text: str = ""


@frozen(kw_only=True)
class CaseRegistered(Event):
    """The agency registered a case and gave it a number, temporary or final."""

    kind: ClassVar[str] = "case_registered"

    number_kind: NumberKind
    duplicate: bool = False
    """The agency had the case already, under this number."""
    file_name: str = ""
    """Name of the file the case was sent in."""


@frozen(kw_only=True)
class CaseRenumbered(Event):
    """The agency replaced a case's number."""

    kind: ClassVar[str] = "case_renumbered"

    number_kind: NumberKind
    previous_number: str
    file_name: str = ""


@frozen(kw_only=True)
class CaseRejected(Event):
    """The agency refused a case; its claims may be corrected and sent again."""

    kind: ClassVar[str] = "case_rejected"

    reason_code: str
    reason_text: str = ""
    next_actor: Party | None = None
    contact: str = ""
    file_name: str = ""
    """Name of the file the case was sent in: its claims may have been sent again since."""


@frozen(kw_only=True)
class CorrectionAcknowledged(Event):
    """The agency took a correction into account."""

    kind: ClassVar[str] = "correction_acknowledged"

    correction: CorrectionKind


@frozen(kw_only=True)
class CorrectionRejected(Event):
    """The agency refused a correction: tell it another way, or the debtor is chased after paying."""

    kind: ClassVar[str] = "correction_rejected"

    correction: CorrectionKind
    reason_code: str
    reason_text: str = ""


@frozen(kw_only=True)
class PaymentReceived(Event):
    """A debtor paid. ``amount`` = ``principal`` + ``interest`` + ``costs``: what the creditor receives, in NOK."""

    kind: ClassVar[str] = "payment_received"

    amount: Decimal = field(converter=money)
    principal: Decimal = field(converter=money)
    interest: Decimal = field(converter=money)
    costs: Decimal = field(converter=money)
    paid_on: date
    settled_on: date | None = None
    settlement_number: str = ""
    received_by: Party = Party.AGENCY
    transaction_id: str = ""
    kid: str = ""
    commission: Decimal = field(default=ZERO, converter=money)
    vat_set_off: Decimal = field(default=ZERO, converter=money)
    remaining_principal: Decimal | None = field(default=None, converter=money_or_none)


@frozen(kw_only=True)
class InterestNoteIssued(Event):
    """Late interest to be charged by an interest note (*rentenota*), which the payment's interest share then pays."""

    kind: ClassVar[str] = "interest_note_issued"

    amount: Decimal = field(converter=money)
    note_number: str = ""
    period_from: date | None = None
    period_to: date | None = None
    rate: Decimal | None = field(default=None, converter=rate_or_none)
    payment_event_id: str = ""
    """Id of the payment in the same posting whose interest share pays this note."""


@frozen(kw_only=True)
class PaymentReversed(Event):
    """A payment was taken back. ``amount`` is positive: the money goes out."""

    kind: ClassVar[str] = "payment_reversed"

    amount: Decimal = field(converter=money)
    principal: Decimal = field(converter=money)
    interest: Decimal = field(converter=money)
    costs: Decimal = field(converter=money)
    transaction_id: str = ""
    reverses: str = ""
    settlement_number: str = ""
    text: str = ""


@frozen(kw_only=True)
class BankMoney(Event):
    """What both events of the bank's file say. There is no split: the bank knows none, we compute none.

    Attributes:
        amount: NOK; positive, whichever way the money went.
        booked_on: When the bank booked it.
        settled_on: When the bank settled the assignment, where the file says so.
        kid: Payment reference, by which the case was found.
        account: The creditor's account.
        agreement_id: The creditor's agreement with the bank.
        assignment_number: The bank's number of the assignment (*oppdragsnummer*).
        transaction_type: The bank's code.
        archive_reference: The bank's reference.
        text: What the payer wrote, where there is no KID.
    """

    amount: Decimal = field(converter=money)
    booked_on: date
    settled_on: date | None = None
    kid: str = ""
    account: str = ""
    agreement_id: str = ""
    assignment_number: str = ""
    transaction_type: str = ""
    archive_reference: str = ""
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class BankPaymentReceived(BankMoney):
    """Money on the creditor's account.

    Attributes:
        paid_on: When the payer's bank took the money; when ours booked it, where that is unknown.
        debit_account: The payer's account; ``""`` if unknown.
        received_by: The agency, where the money comes from its account; otherwise the creditor.
    """

    kind: ClassVar[str] = "bank_payment_received"

    paid_on: date
    debit_account: str = field(default="", repr=False)
    received_by: Party = Party.CREDITOR


@frozen(kw_only=True)
class BankPaymentReversed(BankMoney):
    """Money that the bank took back. Which payment it was the bank does not say, only its KID."""

    kind: ClassVar[str] = "bank_payment_reversed"


@frozen(kw_only=True)
class CaseClosed(Event):
    """The agency closed a case (*saksavslutning*)."""

    kind: ClassVar[str] = "case_closed"

    reason: ClosingReason
    reason_code: str = ""
    remaining_principal: Decimal | None = field(default=None, converter=money_or_none)


@frozen(kw_only=True)
class SettlementTotalled(Event):
    """What a settlement comes to, to be compared with the bank. ``paid_out`` = gross - kept by the agency - VAT."""

    kind: ClassVar[str] = "settlement_totalled"

    settlement_number: str
    gross: Decimal = field(converter=money)
    kept_by_agency: Decimal = field(converter=money)
    vat: Decimal = field(converter=money)
    paid_out: Decimal = field(converter=money)


AnyEvent = (
    FileAcknowledged
    | CaseRegistered
    | CaseRenumbered
    | CaseRejected
    | CorrectionAcknowledged
    | CorrectionRejected
    | PaymentReceived
    | InterestNoteIssued
    | PaymentReversed
    | BankPaymentReceived
    | BankPaymentReversed
    | CaseClosed
    | SettlementTotalled
)
"""Any one event: match on the class."""


@frozen
class Posting:
    """Events that are booked together, or not at all: an interest note and the payment that pays it are one posting.

    Attributes:
        id: Stable id, made of its events' ids.
        definition_id: The agreement it belongs to.
        case: What its order is kept within: the creditor's reference of the case, or ``""`` for a file's events.
        events: In the order in which they are booked.
    """

    id: str
    definition_id: str
    case: str
    events: tuple[AnyEvent, ...]

    def __iter__(self) -> Iterator[AnyEvent]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)
