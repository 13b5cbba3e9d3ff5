"""What the embedded agency settles: splits, interest notes, closures, reversals, and sums that add up."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from lindorff_sdk.models.codes import ClosingReason, DebtorKind, Party
from lindorff_sdk.models.settlements import Payment, PaymentReversal, SettlementFile, SettlementTotals
from lindorff_sdk.reconciliation.events import (
    AnyEvent,
    CaseClosed,
    CaseRegistered,
    CaseRejected,
    CaseRenumbered,
    InterestNoteIssued,
    PaymentReceived,
    PaymentReversed,
    SettlementTotalled,
)
from lindorff_sdk.testing import Closes, EmbeddedAgency, Happening, Pays, Reverses
from tests.testing.erp import Erp, case, claim, example_cases, model, of, total

NIGHT = datetime(2026, 11, 24, 22)
TODAY = NIGHT.date()


@pytest.fixture(autouse=True)
def _sent(agency: EmbeddedAgency, erp: Erp) -> None:
    """Three cases are at the agency: one invoice, two invoices, and one with its own reference and interest rate."""
    special = case(claim("4", interest_rate=Decimal("8.5"), kid="01001100013"), reference="SAK-4")
    erp.send(case("1"), case("2", "3"), special)
    erp.booked(agency.work(NIGHT))


def entries(agency: EmbeddedAgency, name: str) -> SettlementFile:
    file = model(agency, name)
    assert isinstance(file, SettlementFile)
    return file


class TestPays:
    def test_a_part(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """The payment is split as said, and what is left of the principal goes down by the principal."""
        found = erp.booked(agency.settle(NIGHT, [Pays("2", "450.00", costs="50.00")]))
        [payment] = of(PaymentReceived, found)
        assert (payment.principal, payment.interest, payment.costs) == (Decimal(400), Decimal(0), Decimal(50))
        assert (payment.reference, payment.invoice_numbers) == ("2", ("2",))
        assert (payment.paid_on, payment.settled_on, payment.received_by) == (TODAY, TODAY, Party.AGENCY)
        assert payment.remaining_principal == agency.caseload.claim("2").remaining == Decimal(600)
        assert agency.caseload.case("2").remaining == Decimal(1600)

    def test_with_interest(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """The interest share has its note in the same posting; the next note goes on where the first one ended."""
        paid = date(2026, 11, 20)
        result = erp.read(agency.settle(NIGHT, [Pays("1", "520.00", "20.00", paid_on=paid)]))
        note, payment = result.postings[0].events
        assert isinstance(note, InterestNoteIssued)
        assert isinstance(payment, PaymentReceived)
        assert (note.amount, note.rate, note.payment_event_id) == (Decimal(20), Decimal("12.00"), payment.id)
        assert (note.period_from, note.period_to) == (date(2026, 9, 16), paid)
        second = erp.booked(agency.settle(NIGHT + timedelta(days=1), [Pays("1", "501.00", "1.00")]))
        [note] = of(InterestNoteIssued, second)
        assert (note.period_from, note.period_to) == (paid + timedelta(days=1), TODAY + timedelta(days=1))

    def test_everything(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """The last payment closes the case as paid to the agency; it names the claim's KID."""
        happenings = [Pays("SAK-4", "1012.00", "12.00", closes=True)]
        found = erp.booked(agency.settle(NIGHT, happenings))
        [payment], [note], [closed] = of(PaymentReceived, found), of(InterestNoteIssued, found), of(CaseClosed, found)
        assert (payment.kid, payment.remaining_principal, note.rate) == ("01001100013", Decimal(0), Decimal("8.5"))
        assert (closed.reference, closed.reason, closed.reason_code) == ("SAK-4", ClosingReason.PAID_TO_AGENCY, "01")
        assert closed.remaining_principal == Decimal(0)

    def test_the_creditor_itself(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """What the creditor received is told, and neither paid out nor charged for."""
        found = erp.booked(agency.settle(NIGHT, [Pays("1", "300.00", received_by=Party.CREDITOR), Pays("2", "100.00")]))
        assert [payment.received_by for payment in of(PaymentReceived, found)] == [Party.CREDITOR, Party.AGENCY]
        [totals] = of(SettlementTotalled, found)
        assert (totals.gross, totals.kept_by_agency, totals.vat) == (Decimal(100), Decimal(8), Decimal(2))

    @pytest.mark.parametrize(
        ("pays", "error"),
        [
            (Pays("9", "1.00"), LookupError),
            (Pays("1", "1000.01"), ValueError),
            (Pays("1", "10.00", "11.00"), ValueError),
        ],
    )
    def test_only_what_is_there(self, agency: EmbeddedAgency, pays: Pays, error: type[Exception]) -> None:
        """An unknown claim, more than what is left, and parts that are more than the whole are mistakes of the test."""
        with pytest.raises(error):
            agency.settle(NIGHT, [pays])

    def test_one_of_several_claims(self, agency: EmbeddedAgency) -> None:
        """A case with several claims is not named by its number alone."""
        with pytest.raises(LookupError, match="2, 3"):
            agency.settle(NIGHT, [Pays(agency.caseload.case("2").number, "10.00")])

    def test_no_closed_case(self, agency: EmbeddedAgency) -> None:
        """What is closed is at rest."""
        agency.settle(NIGHT, [Closes("1", ClosingReason.DISPUTED)])
        for happening in (Pays("1", "10.00"), Closes("1", ClosingReason.DISPUTED)):
            with pytest.raises(ValueError, match="closed: disputed"):
                agency.settle(NIGHT, [happening])


@pytest.mark.parametrize("reason", list(ClosingReason))
def test_closes_for_every_reason(agency: EmbeddedAgency, erp: Erp, reason: ClosingReason) -> None:
    """Each reason comes back as it went, with what is left; an invoice number names the case as well."""
    [closed] = of(CaseClosed, erp.booked(agency.settle(NIGHT, [Closes("3", reason, "Avsluttet")])))
    assert (closed.reference, closed.reason, closed.remaining_principal) == ("2", reason, Decimal(2000))


class TestReverses:
    def test_a_payment(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """The money goes out with the same split, the principal is owed again, and the case it closed is open."""
        happenings = [Pays("1", "1030.00", "20.00", "10.00", closes=True)]
        [paid] = of(PaymentReceived, erp.booked(agency.settle(NIGHT, happenings)))
        found = erp.booked(agency.settle(NIGHT, [Reverses(paid.transaction_id)]))
        [back], [totals] = of(PaymentReversed, found), of(SettlementTotalled, found)
        assert (back.reverses, back.amount, back.principal) == (paid.transaction_id, paid.amount, paid.principal)
        assert (totals.gross, totals.paid_out) == (Decimal(-1030), Decimal(-1030))
        assert agency.caseload.case("1").closed is None
        assert agency.caseload.claim("1").remaining == Decimal(1000)

    def test_nothing_twice(self, agency: EmbeddedAgency) -> None:
        """A payment that was never made, or is taken back already, is a mistake of the test."""
        name = agency.settle(NIGHT, [Pays("1", "100.00")])
        transaction = next(item for item in entries(agency, name).entries if isinstance(item, Payment)).transaction_id
        agency.settle(NIGHT, [Reverses(transaction)])
        for unknown in (transaction, "OP999999-00001"):
            with pytest.raises(LookupError, match=unknown):
                agency.settle(NIGHT, [Reverses(unknown)])


def test_ids_are_never_used_again(agency: EmbeddedAgency, erp: Erp) -> None:
    """Transactions and settlements of two files share no id, so no event is taken for another."""
    story: list[list[Happening]] = [[Pays("1", "10.00", "1.00"), Pays("2", "10.00")], [Pays("1", "10.00", "1.00")]]
    ids = [event.id for happenings in story for event in erp.booked(agency.settle(NIGHT, happenings))]
    assert len(set(ids)) == len(ids) == 7


def test_totals_add_up(agency: EmbeddedAgency) -> None:
    """Gross, what the agency keeps, VAT and what is paid out follow from the lines, to the øre."""
    first = agency.settle(NIGHT, [Pays("2", "333.33"), Pays("3", "66.67", "0.01")])
    reversed_id = next(iter(agency.caseload.payments))
    second = agency.settle(NIGHT, [Pays("1", "999.99"), Reverses(reversed_id)])
    for name in (first, second):
        *lines, totals = entries(agency, name).entries
        assert isinstance(totals, SettlementTotals)
        payments = [line for line in lines if isinstance(line, Payment)]
        taken_back = [line for line in lines if isinstance(line, PaymentReversal)]
        assert totals.gross == total(line.amount for line in payments) - total(line.amount for line in taken_back)
        assert totals.kept_by_agency == total(line.commission for line in payments)
        assert totals.vat == total(line.vat_set_off for line in payments)
        assert totals.paid_out == totals.gross - totals.kept_by_agency - totals.vat


def test_settles_nothing(agency: EmbeddedAgency, erp: Erp) -> None:
    """A night without payments has a settlement of zero."""
    [totals] = erp.booked(agency.settle(NIGHT))
    assert isinstance(totals, SettlementTotalled)
    assert (totals.gross, totals.paid_out) == (Decimal(0), Decimal(0))


class TestNights:
    def test_tell_a_story(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """Over the example group: a rejection and a temporary number, part payments, then full ones and closures."""
        first, second, third = self._nights(agency, erp)
        private = [item.reference for item in example_cases() if item.debtor.kind is DebtorKind.PRIVATE]
        [rejected], [renumbered] = of(CaseRejected, first), of(CaseRenumbered, second)
        registered = of(CaseRegistered, first)
        assert rejected.reference == private[-1]
        assert [item.reference for item in registered if item.number_kind == "temporary"] == [renumbered.reference]
        assert len(registered) == len(example_cases()) - 1
        assert len(of(PaymentReceived, second)) >= 5
        assert not of(CaseClosed, second)
        assert len(of(InterestNoteIssued, third)) == len(of(PaymentReceived, third)) >= 10
        reasons = [event.reason for event in of(CaseClosed, third)]
        assert reasons.count(ClosingReason.PAID_TO_AGENCY) >= 5
        assert reasons[-2:] == [ClosingReason.DISPUTED, ClosingReason.BANKRUPT]
        assert len(agency.caseload.open_cases()) >= 5

    def test_add_up(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """By the events alone, what was paid and what is left is what was sent; the totals are those of the lines."""
        _, second, third = self._nights(agency, erp)
        for night in (second, third):
            [totals] = of(SettlementTotalled, night)
            assert totals.gross == total(event.amount for event in of(PaymentReceived, night))
        paid = total(event.principal for event in of(PaymentReceived, [*second, *third]))
        cases = agency.caseload.cases
        sent = total(item.remaining_amount for held in cases for item in held.case.claims)
        assert sent == paid + total(held.remaining for held in cases)
        for closed in of(CaseClosed, third):
            assert closed.remaining_principal == agency.caseload.case(closed.reference).remaining

    @staticmethod
    def _nights(agency: EmbeddedAgency, erp: Erp) -> list[list[AnyEvent]]:
        erp.send(*example_cases())
        nights = (agency.first_night, agency.second_night, agency.third_night)
        return [
            [event for name in night(NIGHT + timedelta(days=day)) for event in erp.booked(name)]
            for day, night in enumerate(nights)
        ]

    def test_pass_where_nothing_was_sent(self, agency: EmbeddedAgency) -> None:
        """There is no receipt for nothing."""
        assert agency.first_night(NIGHT) == ()

    def test_take_a_group_of_one(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """A single case is not rejected; without a company it is the one with a temporary number."""
        erp.send(case("77"))
        [registered] = of(CaseRegistered, erp.booked(agency.first_night(NIGHT)[0]))
        assert registered.number_kind == "temporary"
