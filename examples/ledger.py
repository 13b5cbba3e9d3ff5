"""A small ledger that stands in for the ERP: double entry, in the same database as the journal.

It has no unique key on purpose: that nothing is booked twice is the journal's promise, not the ledger's.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, func, insert, select, update

from lindorff_sdk import (
    BankPaymentReceived,
    BankPaymentReversed,
    CaseClosed,
    CaseRegistered,
    CaseRejected,
    CaseRenumbered,
    CollectionGroup,
    InterestNoteIssued,
    PaymentReceived,
    PaymentReversed,
    SettlementTotalled,
)
from lindorff_sdk.models.money import from_ore, to_ore
from lindorff_sdk.reconciliation.events import AnyEvent

RECEIVABLES, AGENCY, BANK, INTEREST, FEES, COMMISSION, VAT = "1500", "1570", "1920", "8050", "3950", "6790", "2711"
ACCOUNTS = {
    RECEIVABLES: "Kundefordringer (receivables)",
    AGENCY: "Mellomværende inkassobyrå (owed by the agency)",
    BANK: "Bank",
    INTEREST: "Renteinntekt (interest income)",
    FEES: "Purregebyr (reminder fees)",
    COMMISSION: "Salær (commission)",
    VAT: "Inngående mva. (input VAT)",
}

_metadata = MetaData()
invoices = Table(
    "erp_invoices",
    _metadata,
    Column("number", String, primary_key=True),
    Column("debtor", String),
    Column("principal", Integer),  # øre
    Column("case_number", String, default=""),
    Column("number_kind", String, default=""),
    Column("state", String, default="on the list"),
)
entries = Table(
    "erp_entries",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", String),
    Column("kind", String),
    Column("invoice", String),
    Column("case_number", String),
    Column("account", String),
    Column("amount", Integer),  # øre; debit positive, credit negative
)


class Ledger:
    """The ERP's books."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        _metadata.create_all(engine)

    def add_invoices(self, group: CollectionGroup) -> None:
        """Put the invoices of a group into the books, once."""
        with self.engine.begin() as connection:
            if connection.execute(select(func.count()).select_from(invoices)).scalar():
                return
            rows = [
                {
                    "number": line.claim.invoice_number,
                    "debtor": line.debtor.name,
                    "principal": to_ore(line.claim.remaining_amount),
                }
                for line in group.claims
            ]
            connection.execute(insert(invoices), rows)

    def book(self, event: AnyEvent, connection: Connection) -> None:
        """Book one event on the connection whose transaction also holds the journal's mark."""
        match event:
            case CaseRegistered() | CaseRenumbered():
                self._set(
                    connection,
                    event.invoice_numbers,
                    case_number=event.agency_case_number,
                    number_kind=event.number_kind.value,
                    state="registered",
                )
            case CaseRejected():
                self._set(connection, event.invoice_numbers, state=f"rejected: {event.reason_text}")
            case CaseClosed():
                self._set(connection, event.invoice_numbers, state=f"closed: {event.reason.value.replace('_', ' ')}")
            case InterestNoteIssued():
                self._enter(connection, event, {RECEIVABLES: event.amount, INTEREST: -event.amount})
            case PaymentReceived():
                paid = event.principal + event.interest
                self._enter(connection, event, {AGENCY: event.amount, RECEIVABLES: -paid, FEES: -event.costs})
            case PaymentReversed():
                paid = event.principal + event.interest
                self._enter(connection, event, {AGENCY: -event.amount, RECEIVABLES: paid, FEES: event.costs})
            case BankPaymentReceived():
                self._enter(connection, event, {BANK: event.amount, RECEIVABLES: -event.amount})
            case BankPaymentReversed():
                self._enter(connection, event, {BANK: -event.amount, RECEIVABLES: event.amount})
            case SettlementTotalled():
                kept = {COMMISSION: event.kept_by_agency, VAT: event.vat}
                self._enter(connection, event, {BANK: event.paid_out, **kept, AGENCY: -event.gross})
            case _:
                pass  # an answer to a file: nothing to book

    def pay_directly(self, invoice: str, amount: Decimal, booking: str, connection: Connection) -> None:
        """Book a payment that the debtor made to the creditor itself."""
        rows = [
            {
                "event_id": booking,
                "kind": "direct_payment",
                "invoice": invoice,
                "case_number": "",
                "account": account,
                "amount": to_ore(money),
            }
            for account, money in ((BANK, amount), (RECEIVABLES, -amount))
        ]
        connection.execute(insert(entries), rows)

    def _set(self, connection: Connection, numbers: Iterable[str], **values: str) -> None:
        connection.execute(update(invoices).where(invoices.c.number.in_(numbers)).values(**values))

    def _enter(self, connection: Connection, event: AnyEvent, amounts: Mapping[str, Decimal]) -> None:
        rows = [
            {
                "event_id": event.id,
                "kind": event.kind,
                "invoice": event.invoice_numbers[0] if event.invoice_numbers else "",
                "case_number": event.agency_case_number,
                "account": account,
                "amount": to_ore(amount),
            }
            for account, amount in amounts.items()
            if amount
        ]
        if rows:
            connection.execute(insert(entries), rows)

    # What the books say ----------------------------------------------------------------------------------------------

    def balance(self, account: str = "", kind: str = "") -> Decimal:
        """Return the balance of an account, or of all; of one kind of event, or of all. In NOK, debit positive."""
        query = select(func.coalesce(func.sum(entries.c.amount), 0))
        if account:
            query = query.where(entries.c.account == account)
        if kind:
            query = query.where(entries.c.kind == kind)
        with self.engine.connect() as connection:
            return from_ore(connection.execute(query).scalar_one())

    def open_principal(self) -> dict[str, Decimal]:
        """Return what is left of each invoice's principal, in NOK."""
        change = select(func.coalesce(func.sum(entries.c.amount), 0)).where(
            entries.c.invoice == invoices.c.number, entries.c.account == RECEIVABLES
        )
        with self.engine.connect() as connection:
            rows = connection.execute(select(invoices.c.number, invoices.c.principal, change.scalar_subquery()))
            return {number: from_ore(principal + booked) for number, principal, booked in rows}
