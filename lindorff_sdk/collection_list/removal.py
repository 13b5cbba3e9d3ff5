"""Taking a claim off the list: the invoice is free, and the agency is told if it has the claim."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from attrs import evolve, frozen
from sqlalchemy import Connection, select, update

from lindorff_sdk.agreement import CreditNotes
from lindorff_sdk.corrections import kind_of_credit_note
from lindorff_sdk.errors import RequestError
from lindorff_sdk.journal import ToTell
from lindorff_sdk.journal.database import Database
from lindorff_sdk.journal.telling import insert_correction, told_before
from lindorff_sdk.models.codes import CorrectionKind
from lindorff_sdk.models.corrections import Correction
from lindorff_sdk.models.money import ZERO
from lindorff_sdk.reconciliation.matching import CaseState


class RemovalReason(StrEnum):
    """Why a claim is taken off the list."""

    PAID_DIRECTLY = "paid_directly"
    CREDITED = "credited"
    SENT_IN_ERROR = "sent_in_error"
    DISPUTED = "disputed"
    OTHER = "other"


MONEY = frozenset({RemovalReason.PAID_DIRECTLY, RemovalReason.CREDITED})
"""The reasons that say how much."""
_WORDS: Mapping[RemovalReason, str] = MappingProxyType(
    {RemovalReason.DISPUTED: "Kravet er bestridt", RemovalReason.SENT_IN_ERROR: "Sendt ved en feil"}
)


@frozen(kw_only=True)
class Removal:
    """What a removal came to.

    Attributes:
        invoice_number: The invoice, which is free now.
        told_id: The journal's number of the correction by which the agency is told; None if it has nothing to know.
        by_hand: Whether somebody must tell it: see `CollectionList.to_report`.
    """

    invoice_number: str
    told_id: int | None = None
    by_hand: bool = False


def correction_of(
    invoice_number: str,
    reason: RemovalReason,
    *,
    on: date,
    amount: Decimal | None,
    text: str,
    credit_notes: CreditNotes,
) -> Correction:
    """Return what the agency is told of a removal: nothing is left of the claim.

    Raises:
        RequestError: If the reason is money and no amount is given, or the other way round. What was paid is never
            worked out from what was left.
    """
    if reason in MONEY and (amount is None or amount <= ZERO):
        raise RequestError(f"Say what was paid or credited on invoice {invoice_number}: an amount above 0.")
    if reason not in MONEY and amount is not None:
        raise RequestError(f"Invoice {invoice_number} is {reason}: there is no amount to tell.")
    return Correction(
        kind=_kind(reason, credit_notes),
        invoice_number=invoice_number,
        effective_on=on,
        amount=ZERO if amount is None else amount,
        remaining_amount=ZERO,
        text=text or _WORDS.get(reason, ""),
    )


def _kind(reason: RemovalReason, credit_notes: CreditNotes) -> CorrectionKind:
    match reason:
        case RemovalReason.PAID_DIRECTLY:
            return CorrectionKind.DIRECT_PAYMENT
        case RemovalReason.CREDITED:
            return kind_of_credit_note(credit_notes, full=True)
        case _:
            # The agency knows one word for a claim that the creditor takes back, whatever the reason.
            return CorrectionKind.SENT_IN_ERROR


def take_cases(
    connection: Connection, database: Database, definition_id: str, invoice_number: str
) -> Mapping[int, bool]:
    """Return the cases not closed in which an invoice stands, oldest first, and whether its claim in each is live.

    They are locked first, so that what the agency says of them meanwhile comes before the removal or after it, and
    never in between. Those in which the claim was withdrawn before are left out.
    """
    claims, cases = database.tables.claims, database.tables.cases
    theirs = (claims.c.definition_id == definition_id) & (claims.c.invoice_number == invoice_number)
    of_it = select(cases.c.id).where(cases.c.id.in_(select(claims.c.case_id).where(theirs)))
    connection.execute(of_it.order_by(cases.c.id).with_for_update())
    open_now = (
        select(claims.c.case_id, claims.c.live)
        .join_from(claims, cases)
        .where(theirs, claims.c.withdrawn.is_(False), cases.c.state != CaseState.CLOSED)
        .order_by(claims.c.case_id)
    )
    return {row.case_id: row.live for row in connection.execute(open_now)}


def withdraw(  # noqa: PLR0917 - the pieces of one statement after the other
    connection: Connection,
    database: Database,
    definition_id: str,
    given: ToTell,
    cases: Mapping[int, bool],
    now: datetime,
) -> int | None:
    """Take a claim out of its cases for good, and keep what the agency is told of it.

    Args:
        connection: In the transaction of the removal.
        database: The journal's.
        definition_id: The agreement.
        given: What is told.
        cases: What `take_cases` returned.
        now: The time, with a zone.

    Returns:
        The journal's number of the correction by which the agency is told; None if it does not have the claim.

    Raises:
        RequestError: If the booking that it tells was told already, and not as one that leaves nothing of the claim.
    """
    invoice_number = given.correction.invoice_number
    known = told_before(connection, database, definition_id, given.source)
    if known is not None and known[1].remaining_amount != ZERO:
        raise RequestError(
            f"Booking {given.source} was told before, and not as one that leaves nothing of invoice {invoice_number}: "
            "name the booking that settled the rest, or none."
        )
    told_id, claims = None, database.tables.claims
    for case_id, live in cases.items():
        mine = (claims.c.case_id == case_id) & (claims.c.invoice_number == invoice_number)
        connection.execute(update(claims).where(mine).values(live=False, withdrawn=True))
        # What the agency refused it may take up after all: then it is told.
        its = evolve(given, case_id=case_id, moot=not live, source=given.source if live else "")
        number = insert_correction(connection, database, definition_id, its, now)
        if live:
            told_id = number or (known[0] if known else None)
    return told_id
