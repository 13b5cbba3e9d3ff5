"""Files from the agency made up line by line, and what they come to against a few cases that were sent."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from attrs import evolve

from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.bank import BankFile
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.codes import CaseStatus, ClosingReason, CorrectionKind, FileStatus, NumberKind, Party
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.models.receipts import CaseReceipt, CorrectionReceipt, FileReceipt, ReceiptFile
from lindorff_sdk.models.settlements import (
    CaseClosure,
    InterestNote,
    Payment,
    PaymentReversal,
    SettlementEntry,
    SettlementFile,
    SettlementTotals,
)
from lindorff_sdk.reconciliation.events import AnyEvent
from lindorff_sdk.reconciliation.lines import Reconciled
from lindorff_sdk.reconciliation.matching import Known, KnownCase, SentCorrection, SentFile
from lindorff_sdk.reconciliation.reconcile import Terms, reconcile
from tests.exchange.erp import REFERENCE

DAY = date(2026, 11, 25)
ENVELOPE = Envelope(customer_id="00417", sequence=1, created_at=datetime(2026, 11, 25, 23))
TERMS = Terms(definition_id="nordlys", customer_id="00417")
KNOWN = Known(
    cases=(
        KnownCase(
            reference="I1",
            invoice_numbers=("I1", "I2"),
            file_name="LS0",
            agency_case_number="7001",
            number_kind=NumberKind.FINAL,
            previous_numbers=("T7001",),
        ),
        KnownCase(reference="I3", invoice_numbers=("I3",), file_name="LS1"),
        KnownCase(reference="I4", invoice_numbers=("I4",), file_name="LS2", agency_case_number="7004"),
    ),
    files=(
        SentFile(name="LS0", sequence=1, transfer="cases"),
        SentFile(name="LS1", sequence=2, transfer="cases"),
    ),
)


def payment(transaction_id: str = "T1", amount: str = "100.00", **changes: Any) -> Payment:
    """Return a payment of principal on invoice I1."""
    plain = Payment(
        transaction_id=transaction_id,
        amount=amount,
        principal=amount,
        paid_on=DAY,
        agency_case_number="7001",
        reference="I1",
        invoice_number="I1",
        settlement_number="S1",
    )
    return evolve(plain, **changes)


def with_interest(transaction_id: str = "T1", **changes: Any) -> Payment:
    """Return a payment of 100.00 of which 10.00 is interest."""
    return payment(transaction_id, principal="90.00", interest="10.00", **changes)


def note(payment_id: str = "T1", amount: str = "10.00", **changes: Any) -> InterestNote:
    """Return an interest note for a payment."""
    plain = InterestNote(
        transaction_id=f"N-{payment_id}",
        payment_transaction_id=payment_id,
        amount=amount,
        issued_on=DAY,
        note_number="R1",
        agency_case_number="7001",
        invoice_number="I1",
        rate="12.00",
    )
    return evolve(plain, **changes)


def reversal(**changes: Any) -> PaymentReversal:
    """Return the reversal of a payment of an earlier file."""
    plain = PaymentReversal(
        transaction_id="V1",
        reverses="T0",
        amount="40.00",
        principal="40.00",
        reversed_on=DAY,
        agency_case_number="7001",
        settlement_number="S1",
    )
    return evolve(plain, **changes)


def closure(**changes: Any) -> CaseClosure:
    """Return the closure of case I4."""
    plain = CaseClosure(transaction_id="C1", closed_on=DAY, reason=ClosingReason.DISPUTED, reference="I4")
    return evolve(plain, **changes)


def totals(entries: tuple[SettlementEntry, ...], **changes: Any) -> SettlementTotals:
    """Return the totals of entries."""
    gross = sum((each.amount for each in entries if isinstance(each, Payment)), Decimal(0))
    gross -= sum((each.amount for each in entries if isinstance(each, PaymentReversal)), Decimal(0))
    plain = SettlementTotals(
        settlement_number="S1", settled_on=DAY, gross=gross, kept_by_agency=0, vat=0, paid_out=gross
    )
    return evolve(plain, **changes)


def settlement(*entries: SettlementEntry, envelope: Mapping[str, Any] | None = None, **wrong: Any) -> SettlementFile:
    """Return a settlement of these entries and their totals; the totals may be wrong."""
    stated = totals(entries, **wrong)
    return SettlementFile(envelope=evolve(ENVELOPE, **(envelope or {})), entries=(*entries, stated))


def answer(reference: str = "I3", **changes: Any) -> CaseReceipt:
    """Return the receipt for a case that was taken."""
    plain = CaseReceipt(
        reference=reference,
        status=CaseStatus.ACCEPTED,
        agency_case_number="7003",
        number_kind=NumberKind.FINAL,
        next_actor=Party.AGENCY,
    )
    return evolve(plain, **changes)


def receipts(*cases: CaseReceipt, file_name: str = "", envelope: Mapping[str, Any] | None = None) -> ReceiptFile:
    """Return a file with one receipt, for the file that the first case was sent in."""
    file_name = file_name or ("LS0" if cases[0].reference == "I1" else "LS1")
    receipt = FileReceipt(file_name=file_name, sequence=1, status=FileStatus.ACCEPTED, cases=cases)
    return ReceiptFile(envelope=evolve(ENVELOPE, **(envelope or {})), receipts=(receipt,))


def corrected(*invoices: str, status: FileStatus = FileStatus.PARTLY_ACCEPTED) -> ReceiptFile:
    """Return a file with one receipt, for the corrections of file RD1 that tell of direct payments on invoices."""
    answers = tuple(
        CorrectionReceipt(kind=CorrectionKind.DIRECT_PAYMENT, invoice_number=number, status=CaseStatus.ACCEPTED)
        for number in invoices
    )
    receipt = FileReceipt(file_name="RD1", sequence=1, status=status, corrections=answers)
    return ReceiptFile(envelope=ENVELOPE, receipts=(receipt,))


def having_told(*invoices: str) -> Known:
    """Return what is known where file RD1 told of direct payments on these invoices."""
    told = tuple(SentCorrection(number, CorrectionKind.DIRECT_PAYMENT) for number in invoices)
    return evolve(
        KNOWN, files=(*KNOWN.files, SentFile(name="RD1", sequence=1, transfer="corrections", corrections=told))
    )


def cases() -> CaseFile:
    """Return a file of the kind that goes to the agency."""
    return CaseFile(envelope=ENVELOPE)


def read(
    file: AnyFile | bytes,
    terms: Terms = TERMS,
    *,
    known: Known = KNOWN,
    name: str = "OP1",
    profile: Profile = REFERENCE,
) -> Reconciled:
    """Return what a file comes to; one of the bank's is in its own format, and does not say when it was made."""
    if isinstance(file, BankFile):
        profile = shipped("nets-ocr-giro")
    data = file if isinstance(file, bytes) else serialize(file, profile)
    return reconcile(parse(data, profile, file_name=name), sha256(data).hexdigest(), known, terms, received_on=DAY)


def codes(result: Reconciled) -> list[str]:
    """Return the codes of the findings."""
    return [found.code for found in result.findings]


def events(result: Reconciled) -> list[AnyEvent]:
    """Return the events of all postings that may be booked."""
    return [event for posting in result.postings for event in posting]


def held(result: Reconciled) -> list[AnyEvent]:
    """Return the events of all postings that are held."""
    return [event for each in result.held for event in each.posting]


def kinds(result: Reconciled) -> list[str]:
    """Return the kinds of the events."""
    return [event.kind for event in events(result)]
