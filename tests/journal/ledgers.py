"""What the journal's tests share: synthetic cases, events and postings, and a host's ledger without a unique key."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, insert, select

from lindorff_sdk.journal import Incoming, Journal
from lindorff_sdk.models.cases import Claim, CollectionCase
from lindorff_sdk.models.codes import ClosingReason, DebtorKind, FileStatus, NumberKind
from lindorff_sdk.models.parties import Debtor
from lindorff_sdk.reconciliation.events import (
    AnyEvent,
    CaseClosed,
    CaseRegistered,
    CaseRejected,
    CaseRenumbered,
    FileAcknowledged,
    PaymentReceived,
    Posting,
    Source,
)

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DAY = date(2026, 3, 1)
SOURCE = Source("OP0001", 3)

LEDGER = Table(
    "ledger",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("event_id", String, nullable=False),
    Column("amount", String, nullable=False),
)


def case(reference: str, *invoices: str) -> CollectionCase:
    """Return a case with a claim per invoice; the reference itself where none is named."""
    return CollectionCase(
        reference=reference,
        debtor=Debtor(number="77", kind=DebtorKind.PRIVATE, name="Kari Prøve"),
        claims=tuple(
            Claim(
                invoice_number=number,
                invoice_date=DAY,
                due_date=DAY,
                original_amount=Decimal(100),
                remaining_amount=Decimal(100),
            )
            for number in invoices or (reference,)
        ),
        collection_date=DAY,
    )


def payment(key: str, reference: str = "R1", amount: Decimal | int | None = None) -> PaymentReceived:
    """Return a payment; each key has an amount of its own unless one is given, so that none looks like a repeat."""
    amount = int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) if amount is None else amount
    return PaymentReceived(
        id=key,
        definition_id="nordlys",
        source=SOURCE,
        counts_from=DAY,
        reference=reference,
        amount=Decimal(amount),
        principal=Decimal(amount),
        interest=Decimal(0),
        costs=Decimal(0),
        paid_on=DAY,
    )


def registered(
    key: str, reference: str, number: str, kind: NumberKind = NumberKind.FINAL, *, duplicate: bool = False
) -> CaseRegistered:
    return CaseRegistered(
        id=key,
        definition_id="nordlys",
        source=SOURCE,
        counts_from=DAY,
        reference=reference,
        agency_case_number=number,
        number_kind=kind,
        duplicate=duplicate,
    )


def renumbered(key: str, reference: str, previous: str, number: str) -> CaseRenumbered:
    return CaseRenumbered(
        id=key,
        definition_id="nordlys",
        source=SOURCE,
        counts_from=DAY,
        reference=reference,
        agency_case_number=number,
        number_kind=NumberKind.FINAL,
        previous_number=previous,
    )


def rejected(key: str, reference: str, *invoices: str) -> CaseRejected:
    return CaseRejected(
        id=key,
        definition_id="nordlys",
        source=SOURCE,
        counts_from=DAY,
        reference=reference,
        invoice_numbers=invoices,
        reason_code="R07",
    )


def closed(key: str, reference: str) -> CaseClosed:
    return CaseClosed(
        id=key,
        definition_id="nordlys",
        source=SOURCE,
        counts_from=DAY,
        reference=reference,
        reason=ClosingReason.PAID_TO_AGENCY,
    )


def acknowledged(key: str, name: str, status: FileStatus, sequence: int = 1) -> FileAcknowledged:
    return FileAcknowledged(
        id=key,
        definition_id="nordlys",
        source=SOURCE,
        counts_from=DAY,
        file_name=name,
        sequence=sequence,
        status=status,
    )


def posting(*events: AnyEvent) -> Posting:
    return Posting("+".join(event.id for event in events), "nordlys", events[0].reference, events)


def send(journal: Journal, name: str, *cases: CollectionCase) -> int:
    """Store and send a file of cases; return its number."""
    file = journal.store_outgoing(
        "nordlys", "cases", lambda _: (name, b"bytes of " + name.encode()), cases=cases, now=NOW
    )
    journal.mark_publishing(file.id, f".{name}.part", now=NOW)
    journal.mark_sent(file.id, now=NOW)
    return file.id


def take_in(journal: Journal, name: str, *postings: Posting) -> Incoming:
    """Receive a file and record that it says these postings."""
    file = journal.receive("nordlys", name, [name.encode()], now=NOW)
    journal.record(file.id, kind="settlements", sequence=1, postings=postings, now=NOW)
    return file


def book(connection: Connection, events: Posting) -> None:
    """What an ERP does with a posting."""
    for event in events:
        amount = str(event.amount) if isinstance(event, PaymentReceived) else "0"
        connection.execute(insert(LEDGER).values(event_id=event.id, amount=amount))


def booked(engine: Engine) -> list[str]:
    """Return the ids of the events in the ledger, in the order in which they were booked."""
    with engine.connect() as connection:
        return list(connection.execute(select(LEDGER.c.event_id).order_by(LEDGER.c.id)).scalars())


def ids(postings: Iterator[Posting]) -> list[str]:
    return [item.id for item in postings]
