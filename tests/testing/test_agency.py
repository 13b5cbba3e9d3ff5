"""The embedded agency's answers: receipts, numbers, duplicates, corrections, and files it cannot use."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from lindorff_sdk.definition import Protocol
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.codes import (
    CaseStatus,
    ClaimKind,
    ClosingReason,
    CorrectionKind,
    FileStatus,
    NumberKind,
    Party,
    Transfer,
)
from lindorff_sdk.models.corrections import Correction
from lindorff_sdk.models.receipts import FileReceipt, ReceiptFile
from lindorff_sdk.reconciliation.events import (
    CaseRegistered,
    CaseRejected,
    CaseRenumbered,
    CorrectionAcknowledged,
    CorrectionRejected,
    FileAcknowledged,
)
from lindorff_sdk.testing import Closes, Damage, EmbeddedAgency
from lindorff_sdk.testing.damage import damaged
from tests.testing.erp import REFERENCE, Erp, case, claim, events, example_cases, model, of

NIGHT = datetime(2026, 11, 24, 22)
NO_POSTCODE = ("A04", "Adressen er ukjent")


def receipts(agency: EmbeddedAgency, name: str | None) -> tuple[FileReceipt, ...]:
    file = model(agency, name)
    assert isinstance(file, ReceiptFile)
    return file.receipts


def corrected(kind: CorrectionKind, invoice: str = "1", amount: str = "0", remaining: str | None = None) -> Correction:
    return Correction(
        kind=kind,
        invoice_number=invoice,
        effective_on=date(2026, 11, 24),
        amount=amount,
        remaining_amount=remaining,
    )


class TestNewCases:
    def test_are_accepted_with_final_numbers(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """The whole example group is registered, each case under a number of its own, and the file is gone."""
        cases = example_cases()
        sent = erp.send(*cases)
        found = erp.booked(agency.work(NIGHT))
        [answered] = of(FileAcknowledged, found)
        registered = of(CaseRegistered, found)
        assert (answered.file_name, answered.status) == (sent, FileStatus.ACCEPTED)
        assert [event.reference for event in registered] == [item.reference for item in cases]
        assert {event.number_kind for event in registered} == {NumberKind.FINAL}
        assert len({event.agency_case_number for event in registered}) == len(cases)
        assert list(agency.folders.uploads.iterdir()) == []
        assert (agency.folders.archive / sent).read_bytes() == erp.uploads[sent]

    def test_may_be_rejected(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """A rejected case has a reason, no number, and the creditor acts next; the file is partly accepted."""
        erp.send(case("1"), case("2"))
        found = erp.booked(agency.work(NIGHT, reject={"2": NO_POSTCODE}))
        [rejected] = of(CaseRejected, found)
        assert (rejected.reference, rejected.reason_code, rejected.reason_text) == ("2", *NO_POSTCODE)
        assert (rejected.agency_case_number, rejected.next_actor) == ("", Party.CREDITOR)
        assert [event.status for event in of(FileAcknowledged, found)] == [FileStatus.PARTLY_ACCEPTED]
        with pytest.raises(LookupError, match="'2'"):
            agency.caseload.case("2")

    def test_may_all_be_rejected(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """Nothing of the file is left then."""
        erp.send(case("1"))
        [receipt] = receipts(agency, agency.work(NIGHT, reject={"1": NO_POSTCODE}))
        assert receipt.status is FileStatus.REJECTED

    def test_get_temporary_numbers_and_then_final_ones(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """The final number names the temporary one; a second call has nothing to say."""
        erp.send(case("1"), case("2"))
        first = of(CaseRegistered, erp.booked(agency.work(NIGHT, temporary={"1"})))
        assert [event.number_kind for event in first] == [NumberKind.TEMPORARY, NumberKind.FINAL]
        [renumbered] = of(CaseRenumbered, erp.booked(agency.finalise(NIGHT)))
        assert (renumbered.reference, renumbered.previous_number) == ("1", first[0].agency_case_number)
        assert renumbered.number_kind is NumberKind.FINAL
        assert agency.caseload.case(renumbered.agency_case_number).reference == "1"
        assert agency.finalise(NIGHT) is None

    def test_are_duplicates_when_they_are_held_already(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """The same file again gets the numbers it had."""
        erp.send(case("1", "2"))
        [first] = of(CaseRegistered, erp.booked(agency.work(NIGHT)))
        erp.send(case("2"), case("1", "2"))
        again = of(CaseRegistered, erp.booked(agency.work(NIGHT)))
        assert [event.duplicate for event in again] == [True, True]
        assert {event.agency_case_number for event in again} == {first.agency_case_number}
        assert len(agency.caseload.cases) == 1

    def test_are_rejected_when_only_some_claims_are_held(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """A claim cannot be in two cases."""
        erp.send(case("1"))
        agency.work(NIGHT)
        erp.send(case("2", "1"))
        [receipt] = receipts(agency, agency.work(NIGHT))
        assert [(item.status, item.reason_code) for item in receipt.cases] == [(CaseStatus.REJECTED, "D01")]

    def test_may_come_again_once_rejected_or_closed(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """What is not at the agency any more is a new case."""
        erp.send(case("1"), case("2"))
        agency.work(NIGHT, reject={"1": NO_POSTCODE})
        agency.settle(NIGHT, [Closes("2", ClosingReason.WITHDRAWN)])
        erp.send(case("1"), case("2"))
        found = of(CaseRegistered, erp.booked(agency.work(NIGHT)))
        assert [event.duplicate for event in found] == [False, False]
        assert agency.caseload.case("2") is agency.caseload.open_cases()[-1]

    def test_hold_nothing_to_collect_in_a_credit_note(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """What is left of a case is what is left of its invoices."""
        erp.send(case("1", claim("2", kind=ClaimKind.CREDIT_NOTE)))
        agency.work(NIGHT)
        assert agency.caseload.case("1").remaining == Decimal("1000.00")


class TestCorrections:
    @pytest.mark.parametrize(
        ("correction", "left"),
        [
            (corrected(CorrectionKind.DIRECT_PAYMENT, amount="400"), "600.00"),
            (corrected(CorrectionKind.DIRECT_PAYMENT, amount="400", remaining="650"), "650.00"),
            (corrected(CorrectionKind.DIRECT_PAYMENT, amount="1100"), "0.00"),
            (corrected(CorrectionKind.CREDIT_NOTE, amount="250.50"), "749.50"),
            (corrected(CorrectionKind.SENT_IN_ERROR), "0.00"),
            (corrected(CorrectionKind.TOTAL_CLAIM, amount="1200"), "1200.00"),
        ],
    )
    def test_change_the_books(self, agency: EmbeddedAgency, erp: Erp, correction: Correction, left: str) -> None:
        """Each kind leaves what it should; what the creditor states to be left counts before what is worked out."""
        erp.send(case("1"))
        agency.work(NIGHT)
        erp.correct(correction)
        [acknowledged] = of(CorrectionAcknowledged, erp.booked(agency.work(NIGHT)))
        assert (acknowledged.correction, acknowledged.invoice_numbers) == (correction.kind, ("1",))
        assert agency.caseload.claim("1").remaining == Decimal(left)

    def test_are_rejected_for_a_claim_it_does_not_hold(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """Neither one never sent nor one whose case is closed can be corrected; what is told of the former is held."""
        erp.send(case("1"))
        agency.work(NIGHT)
        agency.settle(NIGHT, [Closes("1", ClosingReason.WITHDRAWN)])
        erp.correct(
            corrected(CorrectionKind.DIRECT_PAYMENT, "1", "10"), corrected(CorrectionKind.DIRECT_PAYMENT, "9", "10")
        )
        result = erp.read(agency.work(NIGHT))
        assert [(found.code, found.subject) for found in result.findings] == [("claim-unknown", "invoice 9")]
        [rejected] = of(CorrectionRejected, events(result))
        assert (rejected.reason_code, rejected.invoice_numbers) == ("K01", ("1",))
        assert [event.status for event in of(FileAcknowledged, events(result))] == [FileStatus.REJECTED]

    def test_count_once_when_the_file_comes_twice(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """Two equal payments are two; the same file again is none."""
        erp.send(case("1"))
        agency.work(NIGHT)
        sent = erp.correct(*[corrected(CorrectionKind.DIRECT_PAYMENT, amount="100")] * 2)
        agency.work(NIGHT)
        erp.upload(sent)
        [receipt] = receipts(agency, agency.work(NIGHT))
        assert {item.status for item in receipt.corrections} == {CaseStatus.DUPLICATE}
        assert agency.caseload.claim("1").remaining == Decimal("800.00")
        assert max(path.name for path in agency.folders.archive.iterdir()) == f"{sent}.2"


class TestFiles:
    @pytest.mark.parametrize("how", [Damage.FLIPPED_BYTE, Damage.DROPPED_LINE, Damage.WRONG_TOTAL, Damage.CUT])
    def test_are_rejected_when_damaged(self, agency: EmbeddedAgency, erp: Erp, how: Damage) -> None:
        """The receipt names the file and where it is wrong; nothing of it is in the books."""
        sent = erp.send(case("1"), case("2"))
        erp.upload(sent, damaged(erp.uploads[sent], REFERENCE, how))
        [answered] = of(FileAcknowledged, erp.booked(agency.work(NIGHT)))
        assert (answered.file_name, answered.status, answered.reason_code) == (sent, FileStatus.REJECTED, "F01")
        assert answered.reason_text
        assert agency.caseload.cases == []

    def test_are_rejected_for_another_customer(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """Another customer's cases are none of this agreement."""
        erp.send(case("1"), customer_id="00418")
        [answered] = of(FileAcknowledged, erp.booked(agency.work(NIGHT)))
        assert (answered.status, answered.reason_code) == (FileStatus.REJECTED, "F02")

    def test_are_rejected_when_they_go_the_other_way(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """A settlement is nothing to send to an agency."""
        name = agency.settle(NIGHT)
        erp.upload(name, agency.written[name])
        [receipt] = receipts(agency, agency.work(NIGHT))
        assert (receipt.status, receipt.reason_code) == (FileStatus.REJECTED, "F03")

    def test_are_left_while_they_are_written(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """Our temporary names, and other people's, are not finished files."""
        sent = erp.make(CaseFile(envelope=erp.envelope(), cases=(case("1"),)), "LS")
        for name in (f".{sent}.0123456789ab.20261124T200000Z-01234567.part", f"{sent}.part"):
            erp.upload(name, erp.uploads[sent])
        assert agency.work(NIGHT) is None
        assert len(list(agency.folders.uploads.iterdir())) == 2

    def test_get_one_receipt_together(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """Cases come before corrections, by name."""
        sent = [erp.send(case("1")), erp.correct(corrected(CorrectionKind.DIRECT_PAYMENT, amount="100"))]
        assert [receipt.file_name for receipt in receipts(agency, agency.work(NIGHT))] == sent
        assert agency.caseload.claim("1").remaining == Decimal("900.00")

    def test_have_running_numbers_and_names_of_their_own(self, agency: EmbeddedAgency) -> None:
        """Two files of one second are told apart, and each kind counts by itself."""
        names = [agency.settle(NIGHT) for _ in range(3)]
        assert names == ["OP0041720261124220000", "OP0041720261124220001", "OP0041720261124220002"]
        assert [model(agency, name).envelope.sequence for name in names] == [1, 2, 3]

    def test_are_the_same_for_the_same_calls(self, tmp_path: Path) -> None:
        """No clock and no chance is in them."""
        assert self._story(tmp_path / "one") == self._story(tmp_path / "two")

    @staticmethod
    def _story(root: Path) -> dict[str, bytes]:
        agency = EmbeddedAgency(root, protocol=Protocol.LOCAL)
        agency.folders.make()
        Erp(agency).send(*example_cases())
        for night, day in ((agency.first_night, 24), (agency.second_night, 25), (agency.third_night, 26)):
            night(datetime(2026, 11, day, 22))
        return agency.written


def test_takes_local_time_only(agency: EmbeddedAgency) -> None:
    """Files state no zone; a date is its midnight, and nothing finer than a second is told."""
    with pytest.raises(ValueError, match="zone"):
        agency.settle(NIGHT.replace(tzinfo=UTC))
    assert agency.settle(date(2026, 11, 25)) == "OP0041720261125000000"
    assert agency.settle(NIGHT + timedelta(microseconds=7)) == "OP0041720261124220000"


def test_does_not_go_round_in_circles_for_a_name(agency: EmbeddedAgency) -> None:
    """A profile that gives every file one name is told of, not tried for ever."""
    layout = evolve(REFERENCE.file(Transfer.SETTLEMENTS), name="OPPGJOR")
    profile = evolve(REFERENCE, files={**REFERENCE.files, Transfer.SETTLEMENTS: layout})
    unlucky = EmbeddedAgency(agency.folders.home / "other", protocol=Protocol.LOCAL, profile=profile)
    unlucky.folders.make()
    unlucky.settle(NIGHT)
    with pytest.raises(ValueError, match="one name"):
        unlucky.settle(NIGHT)
