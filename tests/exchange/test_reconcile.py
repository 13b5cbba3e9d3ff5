"""What a file comes to: every finding by a file that causes just it, matching, money from the bank, derived notes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from attrs import evolve, frozen

from lindorff_sdk.findings import CODES, Hold, Severity
from lindorff_sdk.findings.reconciliation import RECONCILIATION
from lindorff_sdk.models.codes import CaseStatus, ClosingReason, CorrectionKind, FileStatus, NumberKind, Party
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.models.receipts import CorrectionReceipt
from lindorff_sdk.reconciliation.bank import BankTerms
from lindorff_sdk.reconciliation.events import (
    CaseRegistered,
    CaseRejected,
    CaseRenumbered,
    InterestNoteIssued,
    PaymentReceived,
    PaymentReversed,
)
from lindorff_sdk.reconciliation.matching import Known, KnownCase, KnownClaim, match
from tests.exchange.erp import of
from tests.exchange.readings import (
    KNOWN,
    TERMS,
    answer,
    cases,
    closure,
    codes,
    corrected,
    events,
    having_told,
    held,
    kinds,
    note,
    payment,
    read,
    receipts,
    reversal,
    settlement,
    with_interest,
)
from tests.reconciliation.bank_files import BANK_KNOWN, assignment, bank, bank_of, paid

BY_EXCHANGE = {
    "file-repeated",
    "events-known",
    "name-reused",
    "suspected-repeat",
    "transaction-differs",
    "settlement-repeated",
}
"""What only a journal can know; the tests of damaged files and of facts that are known cause them."""


@frozen(kw_only=True)
class Cause:
    """A file that causes one finding, and what is booked of it all the same.

    Attributes:
        file: The file.
        booked: Kinds of the events that leave it.
        quarantined: Whether nothing may leave it.
        terms: What differs in the agreement.
        line: Line that the finding names.
        times: How often the finding is made.
        held: Kinds of the events that are held until somebody resolves the finding.
        known: What was sent and received before.
    """

    file: AnyFile
    booked: tuple[str, ...] = ()
    quarantined: bool = False
    terms: Mapping[str, Any] = MappingProxyType({})
    line: int = 2
    times: int = 1
    held: tuple[str, ...] = ()
    known: Known = KNOWN


def owing(*amounts: str) -> Known:
    """Return what is known where the invoices of case I1 came to these amounts, and each has a KID."""
    first = KNOWN.cases[0]
    claims = tuple(
        KnownClaim(invoice_number=invoice, remaining_amount=Decimal(amount), kid=f"000{invoice[1:]}")
        for invoice, amount in zip(first.invoice_numbers, amounts, strict=True)
    )
    return evolve(KNOWN, cases=(evolve(first, claims=claims), *KNOWN.cases[1:]))


BANKED, BY_BANK = "bank_payment_received", {"payments_from_agency": False}
TOTALLED, PAID, ACKNOWLEDGED = "settlement_totalled", "payment_received", "file_acknowledged"
CAUSES = {
    "customer-id-differs": Cause(
        file=settlement(payment(), envelope={"customer_id": "00418"}), quarantined=True, line=1
    ),
    "currency-differs": Cause(file=receipts(answer(), envelope={"currency": "SEK"}), quarantined=True, line=1),
    "transfer-unexpected": Cause(file=cases(), quarantined=True, line=1),
    "settlement-mismatch": Cause(file=settlement(payment(), paid_out="99.00"), quarantined=True, line=3),
    "case-unknown": Cause(file=receipts(answer("X9"), answer()), booked=(ACKNOWLEDGED, "case_registered"), line=3),
    "claim-unknown": Cause(
        file=settlement(payment(agency_case_number="", reference="X9", invoice_number="X9"), payment("T2")),
        booked=(PAID, TOTALLED),
        held=(PAID,),
    ),
    "case-of-other-definition": Cause(
        file=settlement(payment(agency_case_number="", reference="", invoice_number="X9"), payment("T2")),
        booked=(PAID, TOTALLED),
        held=(PAID,),
        known=evolve(KNOWN, elsewhere={"X9": "solvang"}),
    ),
    "match-conflict": Cause(
        file=settlement(payment(reference="I3"), payment("T2")), booked=(PAID, TOTALLED), held=(PAID,)
    ),
    "amount-over-outstanding": Cause(
        file=settlement(payment(amount="150.01"), payment("T2", "150.00")),
        booked=(PAID, TOTALLED),
        held=(PAID,),
        known=owing("100.00", "50.00"),
    ),
    "payment-after-closure": Cause(
        file=settlement(closure(reference="I1"), payment()),
        booked=("case_closed", TOTALLED),
        held=(PAID,),
        line=3,
    ),
    "case-reopened": Cause(
        file=settlement(closure(reference="I1"), reversal()),
        booked=("case_closed", "payment_reversed", TOTALLED),
        line=3,
    ),
    "closure-unregistered": Cause(
        file=settlement(closure(reference="I3"), payment()), booked=(PAID, TOTALLED), held=("case_closed",)
    ),
    "zero-balance-unpaid": Cause(
        file=settlement(closure(reason=ClosingReason.PAID_TO_AGENCY, remaining_principal="0.00")),
        booked=("case_closed", TOTALLED),
    ),
    "receipt-case-elsewhere": Cause(
        file=receipts(answer(), answer("I1", agency_case_number="7001"), file_name="LS1"),
        booked=(ACKNOWLEDGED, "case_registered"),
        held=("case_registered",),
        line=4,
    ),
    "receipt-repeated": Cause(
        file=receipts(answer()),
        booked=(ACKNOWLEDGED, "case_registered"),
        known=evolve(KNOWN, files=tuple(evolve(file, answered=True) for file in KNOWN.files)),
    ),
    "receipt-cases-missing": Cause(
        file=receipts(answer()),
        booked=(ACKNOWLEDGED, "case_registered"),
        known=evolve(KNOWN, cases=(*KNOWN.cases, KnownCase(reference="I5", invoice_numbers=("I5",), file_name="LS1"))),
    ),
    "receipt-corrections-missing": Cause(
        file=corrected("I1", "I3"),
        booked=(ACKNOWLEDGED, "correction_acknowledged", "correction_acknowledged"),
        known=having_told("I1", "I3", "I3"),
    ),
    "receipt-correction-elsewhere": Cause(
        file=corrected("I1", "I1"),
        booked=(ACKNOWLEDGED, "correction_acknowledged"),
        held=("correction_acknowledged",),
        line=4,
        known=having_told("I1"),
    ),
    "file-sequence-gap": Cause(
        file=settlement(payment(), envelope={"sequence": 4}),
        booked=(PAID, TOTALLED),
        line=1,
        known=evolve(KNOWN, sequences={"OP-1": 1, "OP-2": 2}),
    ),
    "file-sequence-repeated": Cause(
        file=settlement(payment(), envelope={"sequence": 2}),
        held=(PAID, TOTALLED),
        line=1,
        known=evolve(KNOWN, sequences={"OP-1": 1, "OP-2": 2}),
    ),
    "case-number-missing": Cause(
        file=receipts(answer(agency_case_number="", number_kind=None)), booked=(ACKNOWLEDGED,), line=3
    ),
    "allocation-mismatch": Cause(file=settlement(payment(principal="99.00"), payment("T2")), booked=(PAID, TOTALLED)),
    "interest-note-missing": Cause(
        file=settlement(with_interest(), payment("T2")), booked=(PAID, TOTALLED), held=(PAID,)
    ),
    "interest-note-mismatch": Cause(
        file=settlement(with_interest(), note(amount="9.00"), payment("T2")),
        booked=(PAID, TOTALLED),
        held=("interest_note_issued", PAID),
    ),
    "interest-note-stray": Cause(file=settlement(payment(), note("T9")), booked=(PAID, TOTALLED), line=3),
    "interest-note-unexpected": Cause(
        file=settlement(with_interest(), note()),
        booked=("interest_note_issued", PAID, TOTALLED),
        terms={"notes_are_records": False},
        line=3,
    ),
    "payment-in-other-channel": Cause(
        file=settlement(payment(), reversal(), with_interest("T2"), note("T2"), closure()),
        booked=("case_closed",),
        terms={"payments_from_agency": False},
        times=5,
        held=(PAID, "payment_reversed", "interest_note_issued", PAID, TOTALLED),
    ),
    "transaction-repeated": Cause(
        file=settlement(payment(), payment(), payment("T2")), booked=(PAID, PAID, TOTALLED), line=3
    ),
    "receipt-for-unknown-file": Cause(file=receipts(answer(), file_name="LS9"), booked=("case_registered",)),
    "kid-unknown": Cause(
        file=bank(paid("X9"), paid(serial=2)), booked=(BANKED,), held=(BANKED,), terms=BY_BANK, line=3, known=BANK_KNOWN
    ),
    "kid-wrong": Cause(
        file=bank(paid()),
        booked=(BANKED,),
        terms={**BY_BANK, "bank": BankTerms(kid_modulus=11)},
        line=3,
        known=BANK_KNOWN,
    ),
    "bank-line-repeated": Cause(
        file=bank(paid(), paid()), booked=(BANKED,), held=(BANKED,), terms=BY_BANK, line=5, known=BANK_KNOWN
    ),
    "bank-assignment-differs": Cause(
        file=bank_of(assignment([paid()]), assignment([paid("I3")], account="99991042765")),
        booked=(BANKED,),
        terms={**BY_BANK, "bank": BankTerms(accounts=("99991042765",))},
        known=BANK_KNOWN,
    ),
    "bank-receiver-differs": Cause(
        file=bank(paid()), quarantined=True, terms={**BY_BANK, "bank": BankTerms(accounts=("99991042765",))}
    ),
}


def test_every_code_has_its_cause() -> None:
    """No finding of the reconciliation goes untested."""
    assert set(CAUSES) | BY_EXCHANGE == set(RECONCILIATION)


@pytest.mark.parametrize("code", CAUSES)
def test_a_file_that_causes_just_this(code: str) -> None:
    """The finding names file and line; what it is not about is booked, and nothing of a quarantined file is."""
    cause = CAUSES[code]
    result = read(cause.file, evolve(TERMS, **cause.terms), known=cause.known)
    assert codes(result) == [code] * cause.times
    assert kinds(result) == list(cause.booked)
    assert [event.kind for event in held(result)] == list(cause.held)
    assert result.quarantined is cause.quarantined
    assert all(found.file == "OP1" and found.line for found in result.findings)
    first = result.findings[0]
    assert (first.file, first.line, first.severity) == ("OP1", cause.line, CODES[code].severity)
    assert first.message.endswith(".")


def test_without_a_cause_there_is_no_finding() -> None:
    """The plain lines that the causes are made of are booked whole."""
    result = read(settlement(with_interest(), note(), reversal(), closure()))
    assert not result.findings
    assert kinds(result) == ["interest_note_issued", PAID, "payment_reversed", "case_closed", TOTALLED]
    assert codes(read(receipts(answer()))) == []


def test_only_warnings_let_a_line_through() -> None:
    """What an error is about is not booked; a warning's line is."""
    assert {code for code in CAUSES if CODES[code].severity is Severity.WARNING} == {
        "receipt-for-unknown-file",
        "receipt-repeated",
        "receipt-cases-missing",
        "receipt-corrections-missing",
        "case-reopened",
        "zero-balance-unpaid",
        "file-sequence-gap",
        "kid-wrong",
    }


@pytest.mark.parametrize(
    "wrong",
    [{"gross": "99.00", "paid_out": "99.00"}, {"vat": "1.00"}, {"kept_by_agency": "1.00"}, {"paid_out": "0.00"}],
)
def test_totals_before_money(wrong: dict[str, str]) -> None:
    """No event leaves a settlement whose totals are not what its lines come to."""
    result = read(settlement(payment(), closure(), envelope=None, **wrong))
    assert result.quarantined
    assert not result.postings
    assert set(codes(result)) == {"settlement-mismatch"}
    assert result.findings[0].expected != result.findings[0].found


def test_what_the_creditor_received_itself_is_not_in_the_gross() -> None:
    """A payment made to the creditor is told and booked, and is no part of what is paid out."""
    direct = payment("T2", "50.00", received_by=Party.CREDITOR)
    result = read(settlement(payment(), direct, gross="100.00", paid_out="100.00"))
    assert not result.findings
    assert [event.received_by for event in of(PaymentReceived, events(result))] == [Party.AGENCY, Party.CREDITOR]


def test_what_is_taken_back_may_be_paid_again() -> None:
    """Within one file as well: what a reversal takes back is outstanding once more."""
    known = owing("100.00", "0.00")
    back = reversal(reverses="T1", amount="100.00", principal="100.00")
    assert codes(read(settlement(payment("T1"), back, payment("T2")), known=known)) == []
    assert codes(read(settlement(payment("T1"), payment("T2"), back), known=known)) == ["amount-over-outstanding"]


@pytest.mark.parametrize("level", [Hold.NOTHING, Hold.LINE])
def test_a_note_that_is_not_the_laws_may_be_held(level: Hold) -> None:
    """Where the agreement has notes checked, the definition says what one that was not, or differs, holds."""
    terms = evolve(TERMS, interest_note_within=Decimal("0.50"), holds={"interest-note-unchecked": level})
    result = read(settlement(with_interest(), note()), terms)
    assert codes(result) == ["interest-note-unchecked"]
    assert [event.kind for event in held(result)] == (["interest_note_issued", PAID] if level is Hold.LINE else [])


def test_two_receipts_in_one_file() -> None:
    """The second for the same file is one that was answered, though the journal has not heard of the first yet."""
    file = receipts(answer())
    again = read(evolve(file, receipts=(*file.receipts, *file.receipts)))
    assert [(found.code, found.line) for found in again.findings] == [("receipt-repeated", 4)]


def test_a_receipt_of_another_definitions_case() -> None:
    """Reference, invoice or replaced number: each tells whose it is; nothing of it is booked here."""
    known = evolve(KNOWN, elsewhere={"X9": "solvang"})
    result = read(receipts(answer("X9"), answer(), file_name="LS1"), known=known)
    assert [(found.code, found.line, found.found) for found in result.findings] == [
        ("case-of-other-definition", 3, "solvang")
    ]
    assert kinds(result) == [ACKNOWLEDGED, "case_registered"]


def test_a_line_that_names_nothing_known_is_told_with_all_that_it_names() -> None:
    """Whoever asks the agency needs the agency's ids: of the line, and of the payment that it takes back."""
    stray = reversal(transaction_id="T3", agency_case_number="", reference="", reverses="T0")
    known = payment(agency_case_number="", reference="X9", invoice_number="X9")
    result = read(settlement(stray, known))
    [taken, other] = [found for found in result.findings if found.code == "claim-unknown"]
    assert (taken.line, taken.found) == (2, "transaction T3, which takes back T0")
    assert "takes back no payment that came" in taken.message
    assert (other.found, other.subject) == ("transaction T1, reference X9", "invoice X9")
    assert "takes back" not in other.message


def test_a_line_that_comes_twice_is_told_with_its_id_and_the_first_line() -> None:
    [found] = read(settlement(payment("T7"), payment("T2"), payment("T7"))).findings
    assert (found.code, found.line) == ("transaction-repeated", 4)
    assert found.message == "Line 2 has the same unique fields, of transaction T7; only that one is booked."


def test_a_receipt_for_a_correction_of_what_was_never_sent() -> None:
    """It is held: whose debtor is it that is no longer chased?"""
    answered = CorrectionReceipt(kind=CorrectionKind.DIRECT_PAYMENT, invoice_number="X9", status=CaseStatus.ACCEPTED)
    file = receipts(answer())
    [receipt] = file.receipts
    result = read(evolve(file, receipts=(evolve(receipt, corrections=(answered,)),)))
    assert [(found.code, found.line, found.found) for found in result.findings] == [("claim-unknown", 4, "X9")]
    assert [event.kind for event in held(result)] == ["correction_acknowledged"]
    other = read(
        evolve(file, receipts=(evolve(receipt, corrections=(answered,)),)),
        known=evolve(KNOWN, elsewhere={"X9": "solvang"}),
    )
    assert codes(other) == ["case-of-other-definition"]


@pytest.mark.parametrize(
    ("status", "invoices", "found"),
    [
        (FileStatus.ACCEPTED, (), []),
        (FileStatus.REJECTED, (), []),
        (FileStatus.PARTLY_ACCEPTED, (), ["receipt-corrections-missing"]),
        (FileStatus.ACCEPTED, ("I1",), ["receipt-corrections-missing"]),
        (FileStatus.REJECTED, ("I3",), ["receipt-corrections-missing"]),
        (FileStatus.PARTLY_ACCEPTED, ("I3", "I1"), []),
        (FileStatus.ACCEPTED, ("I2", "I3"), ["receipt-correction-elsewhere", "receipt-corrections-missing"]),
    ],
)
def test_a_receipt_speaks_of_all_corrections(status: FileStatus, invoices: tuple[str, ...], found: list[str]) -> None:
    """One word on the file is a word on all of them; where it names some, it has to name each."""
    result = read(corrected(*invoices, status=status), known=having_told("I1", "I3"))
    assert codes(result) == found
    assert kinds(result)[0] == ACKNOWLEDGED


def test_corrections_are_counted_once() -> None:
    """A second receipt for the file, and one for a file whose corrections nobody kept, are held against nothing."""
    known = having_told("I1", "I3")
    again = evolve(known, files=tuple(evolve(each, answered=True) for each in known.files))
    assert codes(read(corrected("I1", "I1"), known=again)) == ["receipt-repeated"]
    assert codes(read(corrected("I1"), known=having_told())) == []


def test_several_things_wrong_with_a_file_are_all_told() -> None:
    """Another customer's file in another currency with wrong totals: three findings, nothing booked."""
    file = settlement(payment(), envelope={"customer_id": "1", "currency": "SEK"}, paid_out="1.00")
    assert codes(read(file)) == ["customer-id-differs", "currency-differs", "settlement-mismatch"]


def test_a_damaged_file_is_no_file() -> None:
    """What the parser refuses has the parser's findings, and no events."""
    result = read(b"00OP01 no such file\r\n")
    assert result.quarantined
    assert result.findings
    assert not result.postings


def test_the_same_input_gives_the_same_output() -> None:
    """There is no clock and no chance in it."""
    file = settlement(with_interest(), note(), reversal(), closure())
    assert read(file) == read(file)


# --- Whose line it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "reference"),
    [
        ({"number": "7001"}, "I1"),
        ({"number": "T7001"}, "I1"),
        ({"invoice_number": "I2"}, "I1"),
        ({"reference": "I3"}, "I3"),
        ({"number": "7001", "invoice_number": "I2", "reference": "I1"}, "I1"),
        ({"number": "unknown", "invoice_number": "I3"}, "I3"),
        ({"number": "unknown", "invoice_number": "unknown", "reference": "I3"}, None),
        ({"number": "7001", "reference": "unknown"}, "I1"),
        ({"number": "unknown"}, None),
        ({}, None),
    ],
)
def test_a_line_is_matched(names: dict[str, str], reference: str | None) -> None:
    """Case number, then invoice number, then reference; the first that is known decides."""
    found = match(KNOWN, **names)
    assert (found.case.reference if found.case else None) == reference


@pytest.mark.parametrize(
    "names",
    [
        {"number": "7001", "invoice_number": "I3"},
        {"number": "7001", "reference": "I3"},
        {"invoice_number": "I2", "reference": "I3"},
        {"number": "7001", "invoice_number": "unknown"},
        {"reference": "I3", "invoice_number": "unknown"},
    ],
)
def test_a_line_that_contradicts_itself(names: dict[str, str]) -> None:
    """References that lead to different cases lead to none; the problem names both."""
    found = match(KNOWN, **names)
    assert found.case is None
    assert all(value in found.problem for value in names.values())


def test_a_claim_that_was_sent_again() -> None:
    """A case that was rejected and sent anew is one case twice: no conflict, and the number tells which of the two."""
    first = KnownCase(reference="I1", invoice_numbers=("I1",), file_name="LS1", agency_case_number="7001")
    second = KnownCase(reference="I1", invoice_numbers=("I1",), file_name="LS2")
    known = Known(cases=(first, second))
    assert match(known, number="7001", invoice_number="I1", reference="I1").case == first
    assert match(known, invoice_number="I1", reference="I1").case == second


def test_events_name_case_and_claims() -> None:
    """A payment names its one invoice; a line about the case names all of them, and the number known now."""
    result = read(settlement(payment(agency_case_number="", invoice_number="I2"), reversal(agency_case_number="T7001")))
    paid, taken_back = of(PaymentReceived, events(result))[0], of(PaymentReversed, events(result))[0]
    assert (paid.reference, paid.agency_case_number, paid.invoice_numbers) == ("I1", "7001", ("I2",))
    assert (taken_back.reference, taken_back.invoice_numbers) == ("I1", ("I1", "I2"))
    assert {posting.case for posting in result.postings} == {"I1", ""}


def test_the_amount_is_read_and_never_computed() -> None:
    """The shares are the file's own, and what is left of the principal is no payment."""
    file = settlement(
        payment(amount="135.00", principal="90.00", interest="10.00", costs="35.00", remaining_principal="0.00"), note()
    )
    [paid] = of(PaymentReceived, events(read(file)))
    assert (paid.amount, paid.principal, paid.interest, paid.costs) == tuple(
        Decimal(text) for text in ("135.00", "90.00", "10.00", "35.00")
    )
    assert paid.remaining_principal == 0


# --- Numbers and rejections -----------------------------------------------------------------------------------------


def test_a_first_number() -> None:
    """A case without a number is registered, temporary or final, as the receipt says."""
    result = read(receipts(answer(agency_case_number="T9", number_kind=NumberKind.TEMPORARY)))
    [registered] = of(CaseRegistered, events(result))
    assert (registered.agency_case_number, registered.number_kind) == ("T9", NumberKind.TEMPORARY)
    assert registered.invoice_numbers == ("I3",)


@pytest.mark.parametrize("previous", ["7001", ""])
def test_another_number(previous: str) -> None:
    """A number that replaces one, said or not, is told with the one before."""
    renumber = answer("I1", status=CaseStatus.RENUMBERED, agency_case_number="8001", previous_number=previous)
    [renumbered] = of(CaseRenumbered, events(read(receipts(renumber))))
    assert (renumbered.previous_number, renumbered.agency_case_number) == ("7001", "8001")


def test_the_number_it_has() -> None:
    """A duplicate that names the known number is a registration, not a new number."""
    result = read(receipts(answer("I1", status=CaseStatus.DUPLICATE, agency_case_number="7001")))
    [registered] = of(CaseRegistered, events(result))
    assert registered.duplicate


@pytest.mark.parametrize(("invoice", "concerned"), [("", ("I1", "I2")), ("I2", ("I2",))])
def test_a_rejection(invoice: str, concerned: tuple[str, ...]) -> None:
    """A case is refused whole, or one claim of it; the reason is kept as it stands."""
    refusal = answer(
        "I1",
        status=CaseStatus.REJECTED,
        agency_case_number="",
        number_kind=None,
        invoice_number=invoice,
        reason_code="S12",
        reason_text="Ukjent skyldner",
        next_actor=Party.CREDITOR,
    )
    [rejected] = of(CaseRejected, events(read(receipts(refusal))))
    assert rejected.invoice_numbers == concerned
    assert (rejected.reason_code, rejected.reason_text) == ("S12", "Ukjent skyldner")
    assert rejected.next_actor is Party.CREDITOR


# --- Interest notes -------------------------------------------------------------------------------------------------


def test_a_note_and_its_payment_are_one_posting() -> None:
    """The note comes first, and names the payment that pays it; several notes may share a payment."""
    file = settlement(with_interest(), note(amount="6.00"), note(amount="4.00", transaction_id="N2"), payment("T2"))
    result = read(file)
    first, second, _ = result.postings
    assert [event.kind for event in first] == ["interest_note_issued", "interest_note_issued", PAID]
    paid = first.events[-1]
    assert {each.payment_event_id for each in of(InterestNoteIssued, list(first))} == {paid.id}
    assert len(second) == 1


def test_notes_are_derived() -> None:
    """Where the profile derives them, a payment with interest makes its own note; one without makes none."""
    terms = evolve(TERMS, notes_are_records=False)
    result = read(settlement(with_interest(), payment("T2")), terms)
    assert not result.findings
    first, second, _ = result.postings
    derived, paid = first.events
    assert isinstance(derived, InterestNoteIssued)
    assert isinstance(paid, PaymentReceived)
    assert (derived.amount, derived.payment_event_id) == (paid.interest, paid.id)
    assert (derived.counts_from, derived.invoice_numbers) == (paid.paid_on, ("I1",))
    assert derived.id != paid.id
    assert [event.kind for event in second] == [PAID]


def test_money_from_the_bank() -> None:
    """Payments, reversals, notes and what they come to are left to the bank's files and told; the rest is booked."""
    terms = evolve(TERMS, payments_from_agency=False)
    result = read(settlement(payment(), closure()), terms)
    assert kinds(result) == ["case_closed"]
    assert [(found.code, found.line) for found in result.findings] == [
        ("payment-in-other-channel", 2),
        ("payment-in-other-channel", 4),
    ]
    assert kinds(read(settlement(closure()), terms)) == ["case_closed", TOTALLED], "a settlement of nothing"
    assert read(settlement(payment(), gross="1.00"), terms).quarantined, "totals hold in this channel too"


class TestInterestNotes:
    """The check of interest notes against the law, where the agreement asks for it."""

    @staticmethod
    def codes(amount: str, within: str | None, known: Known, *, period_to: date = date(2026, 2, 28)) -> list[str]:
        """Return the findings of a payment on invoice I1 with a note."""
        paid = payment(amount="500.00", principal=Decimal(500) - Decimal(amount), interest=amount)
        file = settlement(paid, note(amount=amount, period_from=date(2026, 2, 1), period_to=period_to))
        terms = evolve(TERMS, interest_note_within=None if within is None else Decimal(within))
        return codes(read(file, terms, known=known))

    def test_is_off_unless_asked_for(self) -> None:
        """Without a difference that is allowed, no note is worked out."""
        assert self.codes("99.00", None, owing("1000.00", "50.00")) == []

    @pytest.mark.parametrize(("amount", "found"), [("9.21", []), ("8.21", []), ("8.20", ["interest-note-differs"])])
    def test_allows_what_the_agreement_allows(self, amount: str, found: list[str]) -> None:
        """28 days at 12.00 % of 1 000.00 are 9.21; a krone more or less is allowed here, an øre more is told."""
        assert self.codes(amount, "1.00", owing("1000.00", "50.00")) == found

    def test_goes_on_without_a_rate(self) -> None:
        """A half-year without a figure is told, and the note is booked as it came."""
        known = owing("1000.00", "50.00")
        assert self.codes("9.21", "1.00", known, period_to=date(2026, 7, 1)) == ["rate-unknown"]

    def test_runs_on_what_was_left(self) -> None:
        """Of a case with one claim, what was paid before no longer bears interest."""
        first = owing("1000.00", "50.00").cases[0]
        single = evolve(first, invoice_numbers=("I1",), claims=first.claims[:1], paid=Decimal("400.00"))
        known = evolve(KNOWN, cases=(single, *KNOWN.cases[1:]))
        assert self.codes("5.52", "0.00", known) == []
        assert self.codes("9.21", "0.00", known) == ["interest-note-differs"]

    def test_says_where_it_cannot_tell(self) -> None:
        """Of a case with several claims, which of them was paid before is not known."""
        known = owing("1000.00", "50.00")
        paid = evolve(known, cases=(evolve(known.cases[0], paid=Decimal("1.00")), *known.cases[1:]))
        assert self.codes("9.21", "1.00", paid) == ["interest-note-unchecked"]
