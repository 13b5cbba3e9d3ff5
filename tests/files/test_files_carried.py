"""What a layout has no field for is known before anything is written: of lines that share an object, and of batches."""

from datetime import date
from decimal import Decimal

from attrs import evolve

from lindorff_sdk.files.carried import Lost, lost_of
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text, shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.cases import CaseFile, Claim, CollectionCase
from lindorff_sdk.models.codes import DebtorKind
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parties import Debtor
from lindorff_sdk.models.settlements import Payment, SettlementFile

ENVELOPE = Envelope(customer_id="417", currency="SEK")
CLAIM = Claim(
    invoice_number="16",
    invoice_date=date(2026, 9, 1),
    due_date=date(2026, 9, 15),
    original_amount="10.00",
    remaining_amount="10.00",
)


def test_lines_that_share_an_object() -> None:
    """Of the debtor whose lines they are, and of the claim that each line adds; the envelope is the agreement's."""
    layout = shipped("mamut-nk003").file("standard")
    debtor = Debtor(number="1", kind=DebtorKind.COMPANY, name="Moss AS")
    claims = (CLAIM, evolve(CLAIM, invoice_number="17", reminder_fee="35.00"))
    file = CaseFile(envelope=ENVELOPE, cases=(CollectionCase(reference="1", debtor=debtor, claims=claims),))
    assert list(lost_of(layout, file)) == [
        Lost((("cases", 0),), "debtor.kind", DebtorKind.COMPANY, DebtorKind.PRIVATE),
        Lost((("cases", 0), ("claims", 1)), "reminder_fee", Decimal("35.00"), Decimal("0.00")),
    ]


BATCHES = """
id = "p"
version = "1"
holds_from = 2026-01-01
origin = "A test."
codec = "iso-8859-1"
line_end = "lf"

[files.settlements]
name = "OP"
recognised_by = ["code"]
defaults = { "envelope.customer_id" = "417" }

[[files.settlements.records]]
name = "batch"
opens = "entries"
batch = true
occurs = "*"
defaults = { received_by = "creditor" }
fields = [
    { name = "code", kind = "constant", value = "B" },
    { name = "number", length = 3, to = "settlement_number" },
]

[[files.settlements.records]]
name = "payment"
under = "batch"
opens = "entries"
model = "Payment"
occurs = "*"
fields = [
    { name = "code", kind = "constant", value = "P" },
    { name = "id", length = 3, to = "transaction_id" },
    { name = "amount", length = 5, kind = "amount", to = "amount", also_to = "principal" },
    { name = "day", kind = "date", to = "paid_on" },
]
"""


def test_objects_in_a_batch() -> None:
    """What the batch says of each of them is carried; what neither says is not, and does not come back."""
    profile = load_text(BATCHES, "p.toml")
    payment = Payment(
        transaction_id="T1",
        amount="1.50",
        principal="1.50",
        paid_on=date(2026, 11, 2),
        settlement_number="7",
        received_by="creditor",  # type: ignore[arg-type]
        text="x",
    )
    file = SettlementFile(envelope=Envelope(customer_id="417"), entries=(payment,))
    assert list(lost_of(profile.file("settlements"), file)) == [Lost((("entries", 0),), "text", "x", "")]
    assert parse(serialize(file, profile), profile).require() == evolve(file, entries=(evolve(payment, text=""),))
