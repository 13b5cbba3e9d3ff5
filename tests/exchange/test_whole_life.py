"""The whole life of claims over the embedded agency: from the list to the closed case, ledgers equal all the way."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import define

from examples.ledger import AGENCY, RECEIVABLES, Ledger
from lindorff_sdk import CaseClosed, CorrectionAcknowledged, ExchangeReport, ExportDefinition, exchange
from lindorff_sdk.collection_list import CollectionList, GroupState, ListState, RemovalReason
from lindorff_sdk.corrections import Booking, BookingKind, Why, corrections_since
from lindorff_sdk.errors import FolderMissingError, InvoiceLockedError
from lindorff_sdk.files.parser import parse
from lindorff_sdk.journal import OutgoingState, TellingState
from lindorff_sdk.models.codes import ClosingReason, CorrectionKind
from lindorff_sdk.models.money import ZERO
from lindorff_sdk.testing import Closes, Pays
from tests.exchange.erp import DAY, REFERENCE, Erp, evening, group_of, listed, night, of
from tests.exchange.sites import Site

CLAIMS = group_of(listed("A1", 1), listed("A2", 2), listed("A3", 3, "500.00"), listed("A4", 4))


@define
class Life:
    """The ERP with its list and its ledger, and the agency that it exchanges files with."""

    site: Site
    erp: Erp
    definition: ExportDefinition
    collection: CollectionList
    ledger: Ledger
    day: int = 0

    async def evening(self) -> ExchangeReport:
        """Exchange what may go of the group, and book what came."""
        now = evening(self.day)
        group = self.collection.group(DAY, now=now)
        journal = self.erp.journal
        report = await exchange(group, self.definition, journal=journal, connect=self.site.connect, now=now)
        assert not report.fetched.findings
        for posting in journal.pending(self.definition):
            with journal.applying(posting) as connection:
                for event in posting:
                    for number in event.invoice_numbers:
                        self.collection.require_unlocked(number)  # what the agency brings passes
                    self.ledger.book(event, connection)
                self.erp.book(posting, connection)
        return report

    def night(self, call: str, *arguments: Any, **named: Any) -> None:
        """Let the agency work at night."""
        self.site.works(call, night(self.day), *arguments, **named)

    def states(self) -> dict[str, str]:
        """Return where each claim stands."""
        return {
            entry.invoice_number: entry.state.value for entry in self.collection.entries(DAY, now=evening(self.day))
        }

    def books_agree(self, but: tuple[str, ...] = ()) -> bool:
        """Return whether debit is credit, and what is open of each claim is what the agency has open of it."""
        left = self.ledger.open_principal()
        held = {
            number: claim.remaining for case in self.site.agency.caseload.cases for number, claim in case.claims.items()
        }
        differ = {number for number, remaining in held.items() if left[number] != remaining}
        return self.ledger.balance() == ZERO and differ == set(but)


@pytest.fixture
def life(site: Site, erp: Erp) -> Life:
    """The evening before anything happened."""
    definition = site.definition()
    ledger = Ledger(erp.journal.engine)
    ledger.add_invoices(CLAIMS)
    return Life(site, erp, definition, CollectionList(erp.journal, definition), ledger)


def refused(life: Life, number: str) -> str:
    """Return why a payment cannot be booked on an invoice."""
    with pytest.raises(InvoiceLockedError) as caught, life.collection.unlocked(number) as connection:
        life.ledger.pay_directly(number, Decimal(1), "b0", connection)
    return str(caught.value)


@pytest.mark.parametrize("site", ["local", "embedded sftp"], indirect=True)
async def test_from_the_list_to_the_closed_case(life: Life) -> None:
    """List, lock, refused booking, export, a rejection, part payment and note, direct payment, correction, closure."""
    await listed_locked_and_sent(life)
    await taken_but_for_one(life)
    await paid_in_part_and_paid_directly(life)
    await corrected_and_closed(life)
    await ended(life)


async def listed_locked_and_sent(life: Life) -> None:
    """What is listed is locked, before it is sent and after."""
    life.collection.add(CLAIMS.claims, DAY, now=evening(0))
    assert "where it is listed" in refused(life, "A2")
    report = await life.evening()
    assert report.exported.claims == 4
    assert set(life.states().values()) == {"sent"}
    assert f"sent in {report.exported.sent[0].name}" in refused(life, "A2")
    assert life.books_agree()


async def taken_but_for_one(life: Life) -> None:
    """The agency takes three cases and refuses one, which is corrected and may go again."""
    life.night("work", reject={"A3": ("S12", "Skyldneren kan ikke identifiseres")})
    life.day = 1
    report = await life.evening()
    assert report.exported.nothing_to_send, "what was refused does not go by itself"
    assert life.states() == {"A1": "registered", "A2": "registered", "A3": "rejected", "A4": "registered"}
    assert "It is case 7" in refused(life, "A2")
    [group] = life.collection.groups(now=evening(1))
    assert (group.state, group.may_go, group.may_go_again) == (GroupState.PARTLY_SENT, (), ("A3",))
    life.collection.correct("A3", listed("A3", 3, "500.00"), now=evening(1))
    assert life.books_agree()


async def paid_in_part_and_paid_directly(life: Life) -> None:
    """One debtor pays the agency a part, with interest that makes a note; another pays the creditor everything."""
    life.night("settle", [Pays("A1", "420.00", "20.00")])
    life.day = 2
    money, journal = Decimal("1000.00"), life.erp.journal
    removal = life.collection.remove("A2", RemovalReason.PAID_DIRECTLY, amount=money, booking="b1", now=evening(2))
    assert not removal.by_hand
    with life.collection.unlocked("A2") as connection:
        life.ledger.pay_directly("A2", money, "b1", connection)
    paid = Booking(id="b1", invoice_number="A2", kind=BookingKind.PAYMENT, amount=money, booked_at=evening(2))
    assert [line.why for line in corrections_since([paid], life.definition, journal=journal)] == [Why.TOLD_BEFORE]
    report = await life.evening()
    assert (report.corrections.corrections, report.exported.claims) == (1, 1)
    names = [file.name for file in journal.outgoing(life.definition)]
    assert [name[:2] for name in names] == ["LS", "RD", "LS"], "the correction goes before the new case"
    assert life.states() == {"A1": "part_paid", "A2": "removed", "A3": "sent", "A4": "registered"}
    assert life.ledger.balance(RECEIVABLES, "interest_note_issued") == Decimal("20.00")
    assert life.ledger.balance(AGENCY) == ZERO
    assert life.books_agree(but=("A2",)), "the agency has not read the correction yet"


async def corrected_and_closed(life: Life) -> None:
    """The agency acknowledges the correction, has nothing left of that claim, and closes its case."""
    life.night("work")
    assert life.books_agree()
    life.night("settle", [Closes("A2", ClosingReason.PAID_TO_CREDITOR), Pays("A1", "600.00", closes=True)])
    life.day = 3
    await life.evening()
    [told] = life.erp.journal.told(life.definition)
    assert (told.state, told.correction.kind) == (TellingState.ACCEPTED, CorrectionKind.DIRECT_PAYMENT)
    assert life.states() == {"A1": "closed", "A2": "removed", "A3": "registered", "A4": "registered"}
    assert life.books_agree()


async def ended(life: Life) -> None:
    """What is closed is free; what is left is paid, or given up, until nothing is open."""
    life.collection.require_unlocked("A1")
    assert "where it is registered" in refused(life, "A4")
    life.night("settle", [Pays("A3", "500.00", closes=True), Closes("A4", ClosingReason.BANKRUPT)])
    life.day = 4
    report = await life.evening()
    assert report.exported.nothing_to_send
    assert not report.unreported.total
    assert life.states() == {"A1": "closed", "A2": "removed", "A3": "closed", "A4": "closed"}
    assert life.collection.groups(now=evening(4))[0].state is GroupState.ENDED
    assert life.books_agree()
    assert life.ledger.open_principal() == {"A1": 0, "A2": 0, "A3": 0, "A4": Decimal("1000.00")}
    events = life.erp.booked()
    assert len(of(CorrectionAcknowledged, events)) == 1
    reasons = [event.reason.value for event in of(CaseClosed, events)]
    assert reasons == ["paid_to_creditor", "paid_to_agency", "paid_to_agency", "bankrupt"]


@pytest.mark.parametrize("site", ["local"], indirect=True)
async def test_the_correction_file_says_what_was_removed(life: Life) -> None:
    """In the layout of the agreement, with the agency's number of the case, and its bytes are kept."""
    life.collection.add(CLAIMS.claims, DAY, now=evening(0))
    await life.evening()
    life.night("work")
    life.day = 1
    await life.evening()
    life.collection.remove("A1", RemovalReason.CREDITED, amount=Decimal("1000.00"), now=evening(1))
    life.collection.remove("A2", RemovalReason.DISPUTED, text="Varen er returnert", now=evening(1))
    report = await life.evening()
    [sent] = report.corrections.sent
    assert str(report).startswith(f"Sent {sent.name}: 2 corrections.")
    data = life.site.read("in", sent.name)
    assert data == life.erp.uploads(life.definition)[sent.name]
    file: Any = parse(data, REFERENCE, file_name=sent.name).require()
    credited, disputed = file.corrections
    assert (credited.kind, credited.amount, credited.remaining_amount) == ("credit_note", Decimal(1000), ZERO)
    assert (disputed.kind, disputed.text) == ("sent_in_error", "Varen er returnert")
    numbers = {case.reference: case.agency_case_number for case in life.erp.journal.cases(life.definition)}
    assert [item.agency_case_number for item in file.corrections] == [numbers["A1"], numbers["A2"]]
    assert file.envelope.customer_id == life.definition.customer_id


@pytest.mark.parametrize("site", ["local"], indirect=True)
async def test_a_removal_is_told_though_the_agency_never_had_the_case(life: Life) -> None:
    """It is refused together with its case, in the same receipt, and nobody is asked to do anything about it."""
    life.collection.add(CLAIMS.claims, DAY, now=evening(0))
    await life.evening()
    life.collection.remove("A3", RemovalReason.SENT_IN_ERROR, now=evening(0))
    await life.evening()
    life.night("work", reject={"A3": ("S12", "Skyldneren kan ikke identifiseres")})
    life.day = 1
    report = await life.evening()
    assert life.states()["A3"] == ListState.REMOVED
    assert [told.state for told in life.erp.journal.told(life.definition)] == [TellingState.MOOT]
    assert not report.unreported.total
    assert str(report.unreported) == ""


@pytest.mark.parametrize("site", ["local"], indirect=True)
async def test_what_must_be_told_by_hand_is_shown_by_every_exchange(life: Life) -> None:
    """A correction that the agency refuses stands in every report, older by the day, until somebody reports it."""
    life.collection.add(CLAIMS.claims, DAY, now=evening(0))
    await life.evening()
    life.night("work")
    life.day = 1
    await life.evening()
    life.night("settle", [Closes("A1", ClosingReason.WITHDRAWN)])  # the removal crosses the closure
    life.collection.remove("A1", RemovalReason.OTHER, now=evening(1))
    report = await life.evening()
    assert report.corrections.corrections == 1
    life.night("work")
    for life.day, ages in ((2, (1, 0, 0)), (9, (0, 1, 0)), (40, (0, 0, 1))):
        unreported = (await life.evening()).unreported
        assert (unreported.this_week, unreported.this_month, unreported.older) == ages
    assert "NOT REPORTED to the agency: 1 (1 older than 30 days" in str(await life.evening())
    [told] = life.collection.to_report()
    assert told.answer_code == "K01"
    life.collection.mark_reported(told.id, by="Kari", on=DAY, now=evening(40))
    assert not (await life.evening()).unreported.total


@pytest.mark.parametrize("site", ["local"], indirect=True)
async def test_an_interrupted_correction_file_is_sent_by_the_next_exchange(life: Life) -> None:
    """It was stored, not sent: the same bytes go under the same name, once, and before the cases of that evening."""
    life.collection.add(CLAIMS.claims[:2], DAY, now=evening(0))
    await life.evening()
    life.night("work")
    life.day = 1
    await life.evening()
    life.collection.remove("A1", RemovalReason.SENT_IN_ERROR, now=evening(1))
    good, life.definition = life.definition, life.site.definition(upload_folder="nowhere")
    with pytest.raises(FolderMissingError):
        await life.evening()
    [*_, stored] = life.erp.journal.outgoing(good)
    assert (stored.name[:2], stored.state) == ("RD", OutgoingState.STORED)
    life.definition, life.day = good, 2
    life.collection.add(CLAIMS.claims[2:], DAY, now=evening(2))
    report = await life.evening()
    [correction], [case_file] = report.corrections.sent, report.exported.sent
    assert (correction.name, correction.finished, case_file.finished) == (stored.name, True, False)
    assert life.site.read("in", correction.name) == life.erp.journal.content(stored).read()
    sent = [file.name for file in life.erp.journal.outgoing(good) if file.state is OutgoingState.SENT]
    assert sent == [correction.name, case_file.name]
