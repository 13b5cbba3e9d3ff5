"""A whole file of each transfer, with every kind of record in it. Nobody in it is real."""

from datetime import date, datetime
from decimal import Decimal

import attrs

from lindorff_sdk.models.cases import CaseFile, Claim, CollectionCase
from lindorff_sdk.models.codes import (
    CaseStatus,
    ClosingReason,
    CorrectionKind,
    DebtorKind,
    FileStatus,
    NumberKind,
    Party,
    StartLevel,
    Transfer,
)
from lindorff_sdk.models.corrections import Correction, CorrectionFile
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.models.receipts import CaseReceipt, CorrectionReceipt, FileReceipt, ReceiptFile
from lindorff_sdk.models.settlements import (
    CaseClosure,
    InterestNote,
    Payment,
    PaymentReversal,
    SettlementFile,
    SettlementTotals,
)

CANARY_NAME = "Kanarifugl Åsen"
CANARY_ID = "15908695043"
"""Synthetic: the month of birth is raised by 80, as the Tax Administration's test persons have it."""

ENVELOPE = Envelope(
    customer_id="00417",
    sequence=7,
    created_at=datetime(2026, 11, 24, 10, 30, 5),
    payout_account="86011117947",
    agency_account="15032080119",
)
_PERSON = Debtor(
    number="01001",
    kind=DebtorKind.PRIVATE,
    name=CANARY_NAME,
    national_id=CANARY_ID,
    address=Address(care_of="v/ Bø", line1="Sjøgata 14", line2="H0203", postcode="0150", city="Oslo"),
    birth_date=date(1986, 10, 15),
    phone="+47 22 00 00 00",
    mobile="+47 90 00 00 00",
    email="kanari@post.example",
    contact="Æsa Bø",
)
_COMPANY = Debtor(
    number="02001",
    kind=DebtorKind.COMPANY,
    name="Fjord AS",
    address=Address(line1="Torget 1", postcode="5003", city="Bergen"),
    organisation_number="988077917",
    language="nn",
)
_CLAIM = Claim(
    invoice_number="10023",
    invoice_date=date(2026, 8, 1),
    due_date=date(2026, 8, 15),
    original_amount=Decimal("1000.00"),
    remaining_amount=Decimal("600.50"),
    paid_amount=Decimal("399.50"),
    reminder_fee=Decimal("37.50"),
    interest_rate=Decimal("12.50"),
    interest_from=date(2026, 8, 16),
    accrued_interest=Decimal("4.11"),
    kid="123456782",
    vat_amount=Decimal("200.00"),
    reminders_sent=1,
    text="Overnatting",
)
SAMPLES: dict[Transfer, AnyFile] = {
    Transfer.CASES: CaseFile(
        envelope=ENVELOPE,
        cases=(
            CollectionCase(
                reference="10023",
                debtor=_PERSON,
                co_debtors=(attrs.evolve(_COMPANY, number="02002"),),
                claims=(_CLAIM, attrs.evolve(_CLAIM, invoice_number="10024", interest_rate=None, interest_from=None)),
                collection_date=date(2026, 11, 24),
                start_level=StartLevel.NOTICE,
                notice_date=date(2026, 10, 26),
                disputed=True,
                dispute_text="Varen kom ikke",
            ),
            CollectionCase(
                reference="10030",
                debtor=_COMPANY,
                claims=(attrs.evolve(_CLAIM, invoice_number="10030"),),
                collection_date=date(2026, 11, 24),
            ),
        ),
    ),
    Transfer.CORRECTIONS: CorrectionFile(
        envelope=ENVELOPE,
        corrections=(
            Correction(
                kind=CorrectionKind.DIRECT_PAYMENT,
                invoice_number="10023",
                effective_on=date(2026, 11, 25),
                amount=Decimal("250.00"),
                remaining_amount=Decimal("350.50"),
                reference="10023",
                agency_case_number="A-77",
                debtor_number="01001",
                text="Betalt på konto",
            ),
            Correction(kind=CorrectionKind.SENT_IN_ERROR, invoice_number="10030", effective_on=date(2026, 11, 26)),
        ),
    ),
    Transfer.RECEIPTS: ReceiptFile(
        envelope=ENVELOPE,
        receipts=(
            FileReceipt(
                file_name="LS0041720261124103005",
                sequence=7,
                status=FileStatus.PARTLY_ACCEPTED,
                cases=(
                    CaseReceipt(
                        reference="10023",
                        debtor_number="01001",
                        status=CaseStatus.ACCEPTED,
                        agency_case_number="T-1",
                        number_kind=NumberKind.TEMPORARY,
                        next_actor=Party.AGENCY,
                    ),
                    CaseReceipt(
                        reference="10030",
                        status=CaseStatus.REJECTED,
                        reason_code="R17",
                        reason_text="Ukjent adresse",
                        next_actor=Party.CREDITOR,
                        contact="inkasso@byraa.example",
                    ),
                ),
                corrections=(
                    CorrectionReceipt(
                        kind=CorrectionKind.CREDIT_NOTE, invoice_number="10021", status=CaseStatus.DUPLICATE
                    ),
                ),
            ),
        ),
    ),
    Transfer.SETTLEMENTS: SettlementFile(
        envelope=ENVELOPE,
        entries=(
            Payment(
                transaction_id="P1",
                amount=Decimal("512.25"),
                principal=Decimal("500.00"),
                interest=Decimal("12.25"),
                paid_on=date(2026, 12, 1),
                settled_on=date(2026, 12, 5),
                agency_case_number="A-77",
                reference="10023",
                invoice_number="10023",
                kid="123456782",
                settlement_number="S9",
                commission=Decimal("50.00"),
                remaining_principal=Decimal("100.50"),
            ),
            InterestNote(
                transaction_id="N1",
                payment_transaction_id="P1",
                amount=Decimal("12.25"),
                issued_on=date(2026, 12, 1),
                period_from=date(2026, 8, 16),
                period_to=date(2026, 12, 1),
                rate=Decimal("12.00"),
            ),
            PaymentReversal(
                transaction_id="R1",
                reverses="P0",
                amount=Decimal("10.00"),
                principal=Decimal("10.00"),
                reversed_on=date(2026, 12, 2),
                text="Feilført",
            ),
            CaseClosure(
                transaction_id="C1",
                closed_on=date(2026, 12, 3),
                reason=ClosingReason.PAID_TO_AGENCY,
                reason_code="01",
                agency_case_number="A-77",
                remaining_principal=Decimal("0.00"),
            ),
            SettlementTotals(
                settlement_number="S9",
                settled_on=date(2026, 12, 5),
                gross=Decimal("-10.00"),
                kept_by_agency=Decimal("50.00"),
                vat=Decimal("12.50"),
                paid_out=Decimal("-72.50"),
            ),
        ),
    ),
}
