"""The table-driven parser and serializer, all checks on, against the hand-written peer without any."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from bench import handwritten
from bench.measure import Result, cpu, least_cpu
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.cases import CaseFile, Claim, CollectionCase
from lindorff_sdk.models.codes import ClosingReason, DebtorKind
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.money import from_ore
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.models.settlements import CaseClosure, InterestNote, Payment, SettlementEntry, SettlementFile

RECORDS = 200_000
AIM = 0.7


def results() -> Iterator[Result]:
    profile = shipped("lindorff-reference")
    cases, settlements = case_file(RECORDS), settlement_file(RECORDS)
    case_bytes, settlement_bytes = serialize(cases, profile), serialize(settlements, profile)
    count = case_bytes.count(b"\n") + settlement_bytes.count(b"\n")

    def read_ours() -> None:
        parse(case_bytes, profile).require()
        parse(settlement_bytes, profile).require()

    def read_peer() -> None:
        handwritten.read_cases(case_bytes)
        handwritten.read_settlements(settlement_bytes)

    def write_ours() -> None:
        serialize(cases, profile)
        serialize(settlements, profile)

    def write_peer() -> None:
        handwritten.write_cases(cases)
        handwritten.write_settlements(settlements)

    yield least_cpu(
        "read.reference.vs_handwritten", lambda: cpu(read_ours), lambda: cpu(read_peer), count=count, aim=AIM
    )
    yield least_cpu(
        "write.reference.vs_handwritten", lambda: cpu(write_ours), lambda: cpu(write_peer), count=count, aim=AIM
    )


def _envelope() -> Envelope:
    return Envelope(customer_id="00417", sequence=1, created_at=datetime(2026, 11, 24, 2, 0, 0), payout_account="")


def case_file(records: int) -> CaseFile:
    """Return a file of about this many records: cases of one to three invoices."""
    chance = random.Random(7)
    cases = []
    number = written = 0
    while written < records:
        claims = []
        for _ in range(chance.choice((1, 1, 2, 3))):
            number += 1
            due = date(2026, 1, 1) + timedelta(days=chance.randrange(250))
            amount = from_ore(chance.randrange(10_000, 5_000_000))
            claims.append(
                Claim(
                    invoice_number=f"{100_000 + number}",
                    invoice_date=due - timedelta(days=14),
                    due_date=due,
                    original_amount=amount,
                    remaining_amount=amount,
                    reminder_fee=Decimal("37.50"),
                    kid=f"{number:010d}",
                    vat_amount=amount.quantize(Decimal(1)).scaleb(-1).quantize(Decimal("0.01")),
                    reminders_sent=1,
                    text="Varer etter følgeseddel",
                )
            )
        debtor = Debtor(
            number=f"{number:06d}",
            kind=chance.choice(list(DebtorKind)),
            name=f"Bølgeblikk Ærlig {number}",
            address=Address(line1=f"Storgata {number % 200}", postcode=f"{number % 9999:04d}", city="Ålesund"),
            email=f"faktura{number}@example.no",
        )
        cases.append(
            CollectionCase(
                reference=claims[0].invoice_number,
                debtor=debtor,
                claims=tuple(claims),
                collection_date=date(2026, 11, 24),
                notice_date=date(2026, 10, 1),
            )
        )
        written += 2 + len(claims)
    return CaseFile(envelope=_envelope(), cases=tuple(cases))


def settlement_file(records: int) -> SettlementFile:
    """Return a file of about this many records: payments, a third of them with interest, and closures."""
    chance = random.Random(8)
    entries: list[SettlementEntry] = []
    number = 0
    while len(entries) < records:
        number += 1
        principal = from_ore(chance.randrange(10_000, 2_000_000))
        interest = from_ore(chance.randrange(1, 50_000)) if number % 3 == 0 else Decimal("0.00")
        paid_on = date(2026, 1, 1) + timedelta(days=chance.randrange(300))
        case, invoice = f"L{number:09d}", f"{100_000 + number}"
        entries.append(
            Payment(
                transaction_id=f"T{number:012d}",
                agency_case_number=case,
                reference=invoice,
                invoice_number=invoice,
                kid=f"{number:010d}",
                paid_on=paid_on,
                booked_on=paid_on,
                settled_on=date(2026, 11, 24),
                amount=principal + interest,
                principal=principal,
                interest=interest,
                settlement_number="S1",
                commission=Decimal("35.00"),
                remaining_principal=Decimal("0.00"),
            )
        )
        if interest:
            entries.append(
                InterestNote(
                    transaction_id=f"N{number:012d}",
                    payment_transaction_id=f"T{number:012d}",
                    agency_case_number=case,
                    invoice_number=invoice,
                    amount=interest,
                    issued_on=paid_on,
                    rate=Decimal("12.00"),
                )
            )
        if number % 4 == 0:
            entries.append(
                CaseClosure(
                    transaction_id=f"C{number:012d}",
                    agency_case_number=case,
                    closed_on=paid_on,
                    reason=ClosingReason.PAID_TO_AGENCY,
                    reason_code="01",
                    remaining_principal=Decimal("0.00"),
                )
            )
    return SettlementFile(envelope=_envelope(), entries=tuple(entries))
