"""Money from the bank: matched by KID, never split, once, and every øre of the file accounted for."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve, fields
from hypothesis import given, settings
from hypothesis import strategies as st

from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import Hold
from lindorff_sdk.identifiers import kid_check_digit
from lindorff_sdk.models.bank import BankFile, BankTransaction
from lindorff_sdk.models.codes import Party
from lindorff_sdk.reconciliation.bank import BankTerms
from lindorff_sdk.reconciliation.events import BankPaymentReceived, BankPaymentReversed
from lindorff_sdk.reconciliation.lines import Reconciled
from lindorff_sdk.reconciliation.matching import CaseState, Known, KnownCase, KnownClaim, match
from lindorff_sdk.reconciliation.reconcile import Terms
from tests.exchange.erp import of
from tests.exchange.readings import codes, events, held, kinds, read
from tests.reconciliation.bank_files import (
    ACCOUNT,
    AGREEMENT,
    BANK_KNOWN,
    BANK_TERMS,
    DAY,
    NETS,
    assignment,
    bank,
    bank_of,
    kid_of,
    paid,
    taken_back,
)

RECEIVED, REVERSED = "bank_payment_received", "bank_payment_reversed"


def came_to(file: BankFile, terms: Terms = BANK_TERMS, known: Known = BANK_KNOWN, name: str = "OCR1") -> Reconciled:
    """Return what a bank's file comes to."""
    return read(file, terms, known=known, name=name)


def everything(result: Reconciled) -> list[Any]:
    """Return all events, free or held."""
    return [*events(result), *held(result)]


def test_a_payment_is_found_by_its_kid() -> None:
    """The event names the case, its number, the one claim with the KID, and what the bank said."""
    result = came_to(bank(paid("I2", "250.00", paid_on=None)))
    assert not result.findings
    [event] = of(BankPaymentReceived, events(result))
    assert (event.reference, event.agency_case_number, event.invoice_numbers) == ("I1", "7001", ("I2",))
    assert (event.amount, event.kid) == (Decimal(250), kid_of("I2"))
    assert (event.paid_on, event.counts_from) == (DAY, DAY)
    assert (event.account, event.agreement_id, event.settled_on) == (ACCOUNT, AGREEMENT, DAY)
    assert (event.source.file, event.source.line) == ("OCR1", 3)
    assert result.postings[0].case == "I1"


def test_no_share_is_made_up() -> None:
    """The split is read, never computed: the bank knows none, so the events have no place for it."""
    for kind in (BankPaymentReceived, BankPaymentReversed):
        assert not {"principal", "interest", "costs"} & {field.name for field in fields(kind)}


@pytest.mark.parametrize("changes", [{}, {"transaction_type": "10"}, {"amount": "40.00"}])
def test_money_that_is_taken_back(changes: dict[str, str]) -> None:
    """Type or sign say so, either is enough, and the amount is positive: it goes out."""
    result = came_to(bank(paid(), taken_back(**changes)))
    assert not result.findings
    assert kinds(result) == [RECEIVED, REVERSED]
    [event] = of(BankPaymentReversed, events(result))
    assert (event.amount, event.reference) == (Decimal(40), "I1")


def test_the_agencys_own_remittance_is_told_from_the_debtors_payment() -> None:
    """Money from the agency's account was received by the agency; all other by the creditor."""
    terms = evolve(BANK_TERMS, bank=BankTerms(agency_account="97100100014"))
    file = bank(paid(), paid("I3", serial=2, debit_account="97100100014"))
    received = of(BankPaymentReceived, events(came_to(file, terms)))
    assert [event.received_by for event in received] == [Party.CREDITOR, Party.AGENCY]


# What is held --------------------------------------------------------------------------------------------------------


def closed(case: KnownCase) -> KnownCase:
    return evolve(case, state=CaseState.CLOSED)


@pytest.mark.parametrize(
    ("transaction", "code"),
    [
        (paid("X9"), "kid-unknown"),
        (paid(kid="", transaction_type="21", text="Faktura 1"), "kid-unknown"),
        (taken_back(kid="", transaction_type="20", text="Retur"), "kid-unknown"),
        (paid(amount="2000.01"), "amount-over-outstanding"),
        (paid("I4"), "payment-after-closure"),
    ],
)
def test_a_payment_in_doubt_is_held(transaction: BankTransaction, code: str) -> None:
    """It is neither booked nor lost; the finding names the line; the payments beside it are booked."""
    known = evolve(BANK_KNOWN, cases=(*BANK_KNOWN.cases[:2], closed(BANK_KNOWN.cases[2])))
    result = came_to(bank(paid("I3", serial=7), transaction), known=known)
    assert [(found.code, found.file, found.line) for found in result.findings] == [(code, "OCR1", 5)]
    assert [event.reference for event in events(result)] == ["I3"]
    assert [event.amount for event in held(result) if hasattr(event, "amount")] == [abs(transaction.amount)]


def test_a_kid_of_two_cases_leads_to_neither() -> None:
    """A KID that names the customer does not say which case; claims sent twice are one case."""
    one = KnownCase(reference="A", invoice_numbers=("A",), file_name="LS1", claims=(claim("A"),))
    other = KnownCase(reference="B", invoice_numbers=("B",), file_name="LS2", claims=(claim("B"),))
    again = evolve(one, file_name="LS3")
    result = came_to(bank(paid(kid=kid_of("I7"))), known=Known(cases=(one, other)))
    assert codes(result) == ["match-conflict"]
    assert not result.postings
    assert came_to(bank(paid(kid=kid_of("I7"))), known=Known(cases=(one, again))).postings[0].case == "A"
    assert match(Known(cases=(one, other)), number="", reference="A", kid=kid_of("I7")).case == one


def claim(number: str) -> KnownClaim:
    return KnownClaim(invoice_number=number, remaining_amount=Decimal(100), kid=kid_of("I7"))


def test_several_kids_of_one_case() -> None:
    """Each claim has its own: both payments are the case's, and together they may not be more than is left of it."""
    result = came_to(bank(paid("I1", "1500.00"), paid("I2", "500.00", 2), paid("I2", "0.01", 3)))
    assert [event.invoice_numbers for event in events(result)] == [("I1",), ("I2",)]
    assert [(found.code, found.line) for found in result.findings] == [("amount-over-outstanding", 7)]


def test_what_is_taken_back_may_come_again() -> None:
    """What was taken back is owed again."""
    assert not came_to(bank(paid("I3", "1000.00"), taken_back("I3"), paid("I3", "40.00", 3))).findings


@pytest.mark.parametrize(
    ("terms", "kid", "agreed"),
    [
        (BankTerms(kid_modulus=11), kid_of("I1"), "modulus 11"),
        (BankTerms(kid_modulus=10, kid_lengths=(9, 12)), kid_of("I1"), "modulus 10, 9 or 12 characters"),
        (BankTerms(kid_modulus=10), f"0000001{kid_check_digit('0000001', 11)}", "modulus 10"),
    ],
)
def test_a_kid_that_is_not_as_agreed(terms: BankTerms, kid: str, agreed: str) -> None:
    """It is told, and holds nothing by itself: it may be the KID that was sent; the definition may say otherwise."""
    case = evolve(BANK_KNOWN.cases[0], claims=(KnownClaim(invoice_number="I1", kid=kid),))
    known = evolve(BANK_KNOWN, cases=(case,))
    result = came_to(bank(paid(kid=kid)), evolve(BANK_TERMS, bank=terms), known)
    assert [(found.code, found.line, found.expected, found.found) for found in result.findings] == [
        ("kid-wrong", 3, agreed, kid)
    ]
    assert kinds(result) == [RECEIVED]
    strict = evolve(BANK_TERMS, bank=terms, holds={"kid-wrong": Hold.LINE})
    assert not came_to(bank(paid(kid=kid)), strict, known).postings


def test_a_kid_that_is_wrong_by_any_modulus() -> None:
    """The parser told it; it is not told twice, and leads nowhere."""
    result = came_to(bank(paid(kid="00000011")), evolve(BANK_TERMS, bank=BankTerms(kid_modulus=11)))
    assert [(found.code, found.line) for found in result.findings] == [("kid-wrong", 3), ("kid-unknown", 3)]
    assert result.findings[0].column == 50


@pytest.mark.parametrize("kid", ["1000005-", kid_of("I1")])
def test_either_modulus_unless_one_is_agreed(kid: str) -> None:
    """A KID may end in ``-``."""
    assert "kid-wrong" not in codes(came_to(bank(paid(kid=kid))))


def test_a_kid_of_another_definition() -> None:
    """The finding names the other definition."""
    result = came_to(bank(paid("X9")), known=evolve(BANK_KNOWN, elsewhere={kid_of("X9"): "solvang"}))
    assert [(found.code, found.found) for found in result.findings] == [("case-of-other-definition", "solvang")]
    assert not result.postings


def test_a_kid_that_is_written_from_the_left() -> None:
    """The blanks behind it are no part of it; that it stands on the wrong side is told."""
    written = serialize(bank(paid()), NETS)
    moved = written.replace(kid_of("I1").rjust(25).encode(), kid_of("I1").ljust(25).encode())
    assert moved != written
    result = read(moved, BANK_TERMS, known=BANK_KNOWN, profile=NETS)
    assert codes(result) == ["kid-wrong"]
    [event] = of(BankPaymentReceived, events(result))
    assert (event.kid, event.invoice_numbers) == (kid_of("I1"), ("I1",))


# The other channel ---------------------------------------------------------------------------------------------------


def test_money_that_shows_up_at_the_bank() -> None:
    """With money from the agency, a payment on a case that was sent is held; the creditor's other money is not ours."""
    terms = evolve(BANK_TERMS, payments_from_agency=True)
    result = came_to(bank(paid("X9"), paid("I3", serial=2), taken_back("I4")), terms)
    assert [(found.code, found.line) for found in result.findings] == [
        ("payment-in-other-channel", 5),
        ("payment-in-other-channel", 7),
    ]
    assert not result.postings
    assert [event.kind for event in held(result)] == [RECEIVED, REVERSED]
    assert not result.quarantined
    both = evolve(BANK_KNOWN.cases[1], claims=BANK_KNOWN.cases[0].claims)
    doubtful = evolve(BANK_KNOWN, cases=(BANK_KNOWN.cases[0], both))
    assert codes(came_to(bank(paid()), terms, doubtful)) == ["payment-in-other-channel"], "whichever case it is"


# Whose file it is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (BankTerms(agreements=("001008586",)), "agreement_id"),
        (BankTerms(accounts=("99991042765",), agreements=(AGREEMENT,)), "account"),
    ],
)
def test_another_receivers_file(terms: BankTerms, field: str) -> None:
    """Nothing of it is used; one assignment of another's among ours leaves ours alone."""
    result = came_to(bank(paid()), evolve(BANK_TERMS, bank=terms))
    assert [(found.code, found.line, found.field) for found in result.findings] == [("bank-receiver-differs", 2, field)]
    assert result.quarantined
    assert not everything(result)
    ours = assignment([paid("I3")], agreement_id="001008586", account="99991042765")
    if field == "account":
        ours = evolve(ours, agreement_id=AGREEMENT)
    mixed = came_to(bank_of(assignment([paid()]), ours), evolve(BANK_TERMS, bank=terms))
    assert codes(mixed) == ["bank-assignment-differs"]
    assert [event.reference for event in events(mixed)] == ["I3"]


def test_another_currency() -> None:
    """The bank's file is in kroner."""
    assert codes(came_to(bank(paid()), evolve(BANK_TERMS, currency="EUR"))) == ["currency-differs"]


# Identity ------------------------------------------------------------------------------------------------------------


def ids(result: Reconciled) -> list[str]:
    return [event.id for event in everything(result)]


def test_one_transaction_in_two_files_is_one_event() -> None:
    """Under another name, with another transmission number, at another place and with another running number."""
    first = came_to(bank(paid(), paid("I3", serial=2)))
    second = came_to(bank(paid("I4", serial=3), paid("I3", serial=2), paid(), number=2), name="OCR2")
    assert set(ids(first)) < set(ids(second))
    assert len(set(ids(second))) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"serial_number": "00002"},
        {"centre_id": "14"},
        {"day_code": "21"},
        {"partial_settlement": "2"},
        {"amount": "100.01"},
        {"kid": kid_of("I2")},
        {"transaction_type": "11"},
        {"amount": "-100.00"},
    ],
)
def test_whatever_tells_two_transactions_apart(changes: dict[str, Any]) -> None:
    """Two payments that differ in anything the bank tells them by are two facts."""
    [one], [other] = (ids(came_to(bank(each))) for each in (paid(), evolve(paid(), **changes)))
    assert one != other


def test_two_lines_that_say_the_same() -> None:
    """The control total counts both, so both are there, the second held; a file with one of them brings the first."""
    twins = came_to(bank(paid(), paid()))
    assert [(found.code, found.line) for found in twins.findings] == [("bank-line-repeated", 5)]
    assert [event.source.line for event in events(twins)] == [3]
    assert [event.source.line for event in held(twins)] == [5]
    assert len(set(ids(twins))) == 2
    assert ids(came_to(bank(paid()), name="OCR2")) == ids(twins)[:1]


def test_what_is_known_is_not_doubted_again() -> None:
    """A transaction that an earlier file brought was checked then; it does not count against what is left again."""
    file = bank(paid("I3", "1000.00"))
    case = evolve(BANK_KNOWN.cases[1], paid=Decimal(1000))
    known = evolve(BANK_KNOWN, cases=(BANK_KNOWN.cases[0], case), events=frozenset(ids(came_to(file))))
    assert not came_to(file, known=known, name="OCR2").findings
    doubted = bank(paid("X9"), paid(serial=2), paid(serial=2))
    known = evolve(BANK_KNOWN, events=frozenset(ids(came_to(doubted))))
    for terms in (BANK_TERMS, evolve(BANK_TERMS, payments_from_agency=True)):
        assert not came_to(doubted, terms, known, name="OCR2").findings


# Money laws ----------------------------------------------------------------------------------------------------------

ORE = st.integers(-(10**9), 10**9).map(lambda ore: Decimal(ore) / 100)


@st.composite
def bank_files(draw: st.DrawFn) -> BankFile:
    """Draw assignments of payments and reversals, on known and unknown KIDs, with twins among them."""
    pool = draw(
        st.lists(
            st.builds(
                lambda invoice, amount, serial, kind: paid(invoice, amount, serial, transaction_type=kind),
                st.sampled_from(["I1", "I2", "I3", "I4", "X9"]),
                ORE,
                st.integers(0, 3),
                st.sampled_from(["10", "15", "18"]),
            ),
            min_size=1,
            max_size=6,
        )
    )
    parts = draw(st.lists(st.lists(st.sampled_from(pool), max_size=5), min_size=1, max_size=3))
    return bank_of(*(assignment(part, number=f"{number // 2:07}") for number, part in enumerate(parts)))


def sums(items: Iterable[Any]) -> dict[str, Decimal]:
    """Return what came in less what went out, by KID."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        out = item.is_reversal if isinstance(item, BankTransaction) else isinstance(item, BankPaymentReversed)
        found[item.kid] += -abs(item.amount) if out else abs(item.amount)
    return dict(found)


@settings(max_examples=60, deadline=None)
@given(bank_files())
def test_the_events_come_to_the_file(file: BankFile) -> None:
    """Booked or held, per KID and per assignment, what leaves a file is what stands in it, each line once."""
    result = came_to(file)
    made = everything(result)
    said = [transaction for each in file.assignments for transaction in each.transactions]
    assert sums(made) == sums(said)
    assert len({event.id for event in made}) == len(made) == len(said)
    assert len({event.source.line for event in made}) == len(made)
    line = 2  # the start of the transmission, then each assignment with its own start and end
    for each in file.assignments:
        first, last = line, line + 2 * len(each.transactions) + 1
        theirs = [event for event in made if first < event.source.line < last]
        assert sums(theirs) == sums(each.transactions)
        line = last + 1


@settings(max_examples=30, deadline=None)
@given(bank_files(), bank_files())
def test_two_files_share_what_they_share(one: BankFile, other: BankFile) -> None:
    """However files overlap, each fact has one id: read in any order they come to the same facts."""
    first, second = set(ids(came_to(one))), set(ids(came_to(other, name="OCR2")))
    both = bank_of(*one.assignments)
    assert set(ids(came_to(both, name="OCR3"))) == first
    assert len(first | second) <= len(first) + len(second)
