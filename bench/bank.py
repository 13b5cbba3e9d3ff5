"""OCR giro, all our checks on, against netsgiro 2.0.1, the one Python library for it."""

import random
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bench.measure import Result, cpu, least_cpu
from bench.peer_process import peer
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.identifiers import kid_check_digit
from lindorff_sdk.models.bank import BankAssignment, BankFile, BankTransaction
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.money import from_ore

TRANSACTIONS = 100_000


def results() -> Iterator[Result]:
    profile = shipped("nets-ocr-giro")
    file = bank_file(TRANSACTIONS)
    data = serialize(file, profile)
    count = data.count(b"\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ocr.dat"
        path.write_bytes(data)
        with peer("netsgiro_peer.py", str(path)) as netsgiro:
            yield least_cpu(
                "read.nets_ocr_giro.vs_netsgiro",
                lambda: cpu(lambda: parse(data, profile).require()),
                lambda: netsgiro.seconds("read"),
                count=count,
                aim=8,
            )
            yield least_cpu(
                "write.nets_ocr_giro.vs_netsgiro",
                lambda: cpu(lambda: serialize(file, profile)),
                lambda: netsgiro.seconds("write"),
                count=count,
                aim=3,
            )


def bank_file(transactions: int) -> BankFile:
    """Return a file with this many payments with KID, in ten assignments."""
    chance = random.Random(9)
    assignments = []
    for number in range(10):
        paid = []
        for serial in range(transactions // 10):
            body = f"{number}{serial:08d}"
            day = date(2026, 1, 1) + timedelta(days=chance.randrange(300))
            paid.append(
                BankTransaction(
                    transaction_type="10",
                    booked_on=day,
                    amount=from_ore(chance.randrange(1_000, 5_000_000)),
                    kid=body + kid_check_digit(body, 10),
                    centre_id="13",
                    day_code="20",
                    partial_settlement="0",
                    serial_number=f"{serial % 100000:05d}",
                    form_number=f"{serial:010d}",
                    archive_reference=f"{chance.randrange(10**9):09d}",
                    paid_on=day,
                    debit_account=f"{chance.randrange(10**10, 10**11):011d}",
                )
            )
        assignments.append(
            BankAssignment(
                agreement_id="001008585",
                number=f"{number + 1:07d}",
                account="99991042764",
                transactions=tuple(paid),
                settled_on=date(2026, 11, 24),
            )
        )
    envelope = Envelope(customer_id="00010200", sequence=170031)
    return BankFile(
        envelope=envelope, transmitter="00008080", assignments=tuple(assignments), settled_on=date(2026, 11, 24)
    )
