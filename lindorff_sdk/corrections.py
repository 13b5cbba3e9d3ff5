"""Corrections: what must be told to the agency, worked out from the ERP's bookings, each told once.

`corrections_since` says of each booking why it is told or not; `tell` keeps what is; and `exchange` or
`export_corrections` sends it. An ERP with a list of its own uses them without ours.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from attrs import field, frozen

from lindorff_sdk.agreement import CreditNotes
from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.exchange.corrections import has_correction_file
from lindorff_sdk.journal import Journal, ToTell
from lindorff_sdk.journal.standing import Claimed, ClaimState
from lindorff_sdk.models.codes import CorrectionKind
from lindorff_sdk.models.corrections import Correction
from lindorff_sdk.models.days import day_of
from lindorff_sdk.models.money import money, money_or_none


class BookingKind(StrEnum):
    """What the ERP booked on an invoice."""

    PAYMENT = "payment"
    """The debtor paid; less than nothing where a payment is taken back."""
    CREDIT_NOTE = "credit_note"
    WITHDRAWAL = "withdrawal"
    """The invoice was sent to collection in error."""
    NEW_TOTAL = "new_total"
    """The total claim is another; ``remaining_amount`` says which. Exceptional (domain.md section 2)."""


@frozen(kw_only=True)
class Booking:
    """Something that the ERP booked on an invoice.

    Attributes:
        id: The ERP's id of it; it never changes, and is what keeps it from being told twice.
        kind: What it is.
        amount: What it takes off the invoice's principal, in NOK.
        booked_at: When it was booked, with a zone.
        effective_on: The day it counts from, as the day of payment; that of booking unless given.
        remaining_amount: What is left of the principal afterwards, in NOK; None where the ERP does not say.
        account: The account the money came from, where the bank tells.
        settlement_number: The settlement of the agency's that it belongs to; ``""`` for money that is not the agency's.
        batch: The ERP's batch it was booked in, where batches of the agency's are told apart by that.
        text: What the agency is told in words.
    """

    id: str
    invoice_number: str
    kind: BookingKind
    amount: Decimal = field(default=Decimal(0), converter=money)
    booked_at: datetime
    effective_on: date | None = None
    remaining_amount: Decimal | None = field(default=None, converter=money_or_none)
    account: str = ""
    settlement_number: str = ""
    batch: str = ""
    text: str = ""


class Why(StrEnum):
    """Why a booking is told to the agency or not."""

    TOLD = "told"
    AGENCY_ACCOUNT = "agency-account"
    AGENCY_SETTLEMENT = "agency-settlement"
    AGENCY_BATCH = "agency-batch"
    SETTLEMENT_UNKNOWN = "settlement-unknown"
    TOLD_BEFORE = "told-before"
    BEFORE_SINCE = "before-since"
    NOT_SENT = "not-sent"
    BEFORE_SENDING = "before-sending"
    REJECTED = "rejected"
    REMOVED = "removed"
    CLOSED = "closed"
    NO_AMOUNT = "no-amount"
    NO_REMAINING = "no-remaining"


_WORDS: Mapping[Why, str] = MappingProxyType(
    {
        Why.TOLD: "it changed the claim after it was sent",
        Why.AGENCY_ACCOUNT: "the money came from the agency's own account",
        Why.AGENCY_SETTLEMENT: "it belongs to a settlement of the agency's",
        Why.AGENCY_BATCH: "it was booked in a batch of the agency's payments",
        Why.SETTLEMENT_UNKNOWN: (
            "it names a settlement that never came in: look whose money it is, and name none if the debtor paid you"
        ),
        Why.TOLD_BEFORE: "it was told before",
        Why.BEFORE_SINCE: "it was booked before the time asked for",
        Why.NOT_SENT: "the invoice was never sent to the agency",
        Why.BEFORE_SENDING: "it was booked before the claim was sent, which states what is left",
        Why.REJECTED: "the agency refused the claim and does not collect it",
        Why.REMOVED: "the claim was removed, and that is what is told",
        Why.CLOSED: "the agency has closed the case",
        Why.NO_AMOUNT: "it is about no money",
        Why.NO_REMAINING: "money was taken back: that is told as the new total claim, and what is left is not said",
    }
)


@frozen(kw_only=True)
class CorrectionLine:
    """One booking, and whether the agency is told.

    Attributes:
        booking: The booking.
        why: Why it is told or not.
        correction: What is told; None where nothing is.
        case_id: The journal's number of the case concerned.
    """

    booking: Booking
    why: Why
    correction: Correction | None = None
    case_id: int | None = None

    def __str__(self) -> str:
        verdict = "told" if self.correction is not None else "not told"
        return f"{self.booking.id} on invoice {self.booking.invoice_number}: {verdict}, since {_WORDS[self.why]}."


@frozen(kw_only=True)
class Ground:
    """What bookings are judged by.

    Attributes:
        claims: The claims that were sent, by invoice number.
        told: The bookings that were told before.
        since: Bookings before this time are left out; None for none.
        agency_account: The account that the agency pays from.
        agency_batches: Batches in which the agency's payments were booked.
        settlements: The numbers of the agency's settlements that came in.
        credit_notes: Which credit notes are told as direct payments.
    """

    claims: Mapping[str, Claimed]
    told: Collection[str] = ()
    since: datetime | None = None
    agency_account: str = ""
    agency_batches: Collection[str] = ()
    settlements: Collection[str] = ()
    credit_notes: CreditNotes = CreditNotes.AS_CREDIT_NOTES


def work_out(bookings: Iterable[Booking], ground: Ground) -> Iterator[CorrectionLine]:
    """Yield for each booking whether it is told to the agency, and why: the pure core of `corrections_since`."""
    seen = set(ground.told)
    for booking in bookings:
        claimed = ground.claims.get(booking.invoice_number)
        why = Why.TOLD_BEFORE if booking.id in seen else _why_not(booking, claimed, ground)
        seen.add(booking.id)
        if why is not None or claimed is None:
            yield CorrectionLine(booking=booking, why=why or Why.NOT_SENT)
        else:
            correction = _correction(booking, claimed, ground.credit_notes)
            yield CorrectionLine(booking=booking, why=Why.TOLD, correction=correction, case_id=claimed.case_id)


def _why_not(booking: Booking, claimed: Claimed | None, ground: Ground) -> Why | None:
    """Return why a booking is not told, or None if it is; whose money it is comes first."""
    if (agencys := _why_agencys(booking, ground)) is not None:
        return agencys
    if ground.since is not None and booking.booked_at < ground.since:
        return Why.BEFORE_SINCE
    if claimed is None:
        return Why.NOT_SENT
    if claimed.state in _SILENT:
        return _SILENT[claimed.state]
    return Why.BEFORE_SENDING if booking.booked_at < claimed.sent_at else _without_amount(booking)


def _why_agencys(booking: Booking, ground: Ground) -> Why | None:
    """Return by what a booking is one of the agency's own remittances, or None if it is not."""
    if ground.agency_account and _digits(booking.account) == _digits(ground.agency_account):
        return Why.AGENCY_ACCOUNT
    if booking.batch and booking.batch in ground.agency_batches:
        return Why.AGENCY_BATCH
    if not booking.settlement_number:
        return None
    # Told either way, a wrong one does harm: the agency's own money sent back, or a debtor chased after paying.
    return Why.AGENCY_SETTLEMENT if booking.settlement_number in ground.settlements else Why.SETTLEMENT_UNKNOWN


def _without_amount(booking: Booking) -> Why | None:
    if booking.kind is BookingKind.WITHDRAWAL:
        return None
    if booking.kind is BookingKind.NEW_TOTAL or booking.amount < 0:
        return Why.NO_REMAINING if booking.remaining_amount is None else None
    return None if booking.amount else Why.NO_AMOUNT


_SILENT: Mapping[ClaimState, Why] = MappingProxyType(
    {ClaimState.REJECTED: Why.REJECTED, ClaimState.WITHDRAWN: Why.REMOVED, ClaimState.CLOSED: Why.CLOSED}
)


def _digits(account: str) -> str:
    return "".join(filter(str.isdigit, account))


def _correction(booking: Booking, claimed: Claimed, credit_notes: CreditNotes) -> Correction:
    kind, amount = _kind(booking, credit_notes), booking.amount
    if kind is CorrectionKind.TOTAL_CLAIM and booking.remaining_amount is not None:
        amount = booking.remaining_amount
    return Correction(
        kind=kind,
        invoice_number=booking.invoice_number,
        effective_on=booking.effective_on or day_of(booking.booked_at),
        amount=Decimal(0) if kind is CorrectionKind.SENT_IN_ERROR else amount,
        remaining_amount=Decimal(0) if kind is CorrectionKind.SENT_IN_ERROR else booking.remaining_amount,
        reference=claimed.reference,
        agency_case_number=claimed.agency_case_number,
        text=booking.text,
    )


def _kind(booking: Booking, credit_notes: CreditNotes) -> CorrectionKind:
    match booking.kind:
        case BookingKind.WITHDRAWAL:
            return CorrectionKind.SENT_IN_ERROR
        case BookingKind.NEW_TOTAL:
            return CorrectionKind.TOTAL_CLAIM
        case _ if booking.amount < 0:
            # No kind of correction takes back what was told: the claim is another one again.
            return CorrectionKind.TOTAL_CLAIM
        case BookingKind.PAYMENT:
            return CorrectionKind.DIRECT_PAYMENT
        case _:
            return kind_of_credit_note(credit_notes, full=booking.remaining_amount == 0)


def kind_of_credit_note(credit_notes: CreditNotes, *, full: bool) -> CorrectionKind:
    """Return how a credit note is told under an agreement; a full one leaves nothing of the claim."""
    as_payment = credit_notes is CreditNotes.AS_PAYMENTS or (
        credit_notes is CreditNotes.PARTIAL_AS_PAYMENTS and not full
    )
    return CorrectionKind.DIRECT_PAYMENT if as_payment else CorrectionKind.CREDIT_NOTE


def corrections_since(
    bookings: Iterable[Booking],
    definition: ExportDefinition,
    *,
    journal: Journal,
    since: datetime | None = None,
    agency_batches: Collection[str] = (),
) -> tuple[CorrectionLine, ...]:
    """Return for each booking of the ERP whether the agency must be told, and why. Nothing is stored: see `tell`.

    Left out are the agency's own remittances (money from its account, in one of its batches, or of a settlement that
    came in), what was told before, and what changed a claim that the agency does not have, or before it had it. What
    names a settlement that never came in is left out as well, and somebody must look: see `Why.SETTLEMENT_UNKNOWN`.

    Args:
        bookings: Payments, credits and the like, in the order of booking; of invoices that are not at the agency too.
        definition: The agreement; its ``agency_account`` and ``credit_notes`` matter.
        journal: Where it stands what was sent and told.
        since: Leave out what was booked before, with a zone; what was told before is left out anyhow.
        agency_batches: Batches of the ERP's in which the agency's payments were booked.

    Raises:
        JournalError: If the journal cannot be used.
    """
    given = list(bookings)
    claims = journal.claimed(definition, list({booking.invoice_number for booking in given}))
    numbers = {booking.settlement_number for booking in given if booking.settlement_number}
    ground = Ground(
        claims=claims,
        told=journal.told_bookings(definition, [booking.id for booking in given]),
        since=since,
        agency_account=definition.agency_account,
        agency_batches=agency_batches,
        settlements=journal.settlement_numbers(definition, numbers, {each.reference for each in claims.values()}),
        credit_notes=definition.credit_notes,
    )
    return tuple(work_out(given, ground))


def tell(lines: Iterable[CorrectionLine], definition: ExportDefinition, *, journal: Journal, now: datetime) -> int:
    """Keep what is to be told: for the next correction file, or by hand where the agreement has none.

    Args:
        lines: What `corrections_since` returned; somebody may have taken lines out.
        definition: The agreement.
        journal: Where it is kept.
        now: The time, with a zone.

    Returns:
        How many corrections are new; one whose booking was told meanwhile is left out.

    Raises:
        JournalError: If the journal cannot be used.
    """
    by_file = has_correction_file(definition, now)
    wanted = [
        ToTell(correction=line.correction, by_file=by_file, source=line.booking.id, case_id=line.case_id)
        for line in lines
        if line.correction is not None
    ]
    return len(journal.tell(definition, wanted, now=now)) if wanted else 0
