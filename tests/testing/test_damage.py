"""The embedded agency misbehaves on request, and what the ERP's side makes of it."""

from datetime import datetime

import pytest

from lindorff_sdk.errors import FileRefusedError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.testing import Damage, EmbeddedAgency, Pays
from lindorff_sdk.testing.damage import damaged
from tests.testing.erp import REFERENCE, Erp, case, events

NIGHT = datetime(2026, 11, 24, 22)


@pytest.fixture
def receipt(agency: EmbeddedAgency, erp: Erp) -> str:
    """A receipt for two cases."""
    erp.send(case("1"), case("2"))
    name = agency.work(NIGHT)
    assert name is not None
    return name


@pytest.fixture
def settlement(agency: EmbeddedAgency, receipt: str) -> str:
    """A settlement of two payments."""
    return agency.settle(NIGHT, [Pays("1", "100.00", "10.00"), Pays("2", "200.00")])


@pytest.fixture(params=["receipt", "settlement"])
def name(request: pytest.FixtureRequest, receipt: str, settlement: str) -> str:
    """Either."""
    return receipt if request.param == "receipt" else settlement


CODES = {
    Damage.FLIPPED_BYTE: "record-unknown",
    Damage.DROPPED_LINE: "count-mismatch",
    Damage.WRONG_TOTAL: "sum-mismatch",
    Damage.CUT: "record-missing",
    Damage.OTHER_CUSTOMER: "customer-id-differs",
}


class TestDamage:
    @pytest.mark.parametrize(("how", "code"), CODES.items())
    def test_is_quarantined(self, agency: EmbeddedAgency, erp: Erp, name: str, how: Damage, code: str) -> None:
        """No event leaves a damaged file; the finding says what is wrong."""
        agency.put_damaged(name, how)
        result = erp.read(name)
        assert result.quarantined
        assert result.postings == ()
        assert code in {found.code for found in result.findings}

    def test_with_other_bytes_means_the_same(self, agency: EmbeddedAgency, erp: Erp, settlement: str) -> None:
        """A name used again for a whole file: the transactions have the ids they had."""
        before = erp.booked(settlement)
        agency.put_damaged(settlement, Damage.OTHER_BYTES)
        assert (agency.folders.downloads / settlement).read_bytes() != agency.written[settlement]
        assert [event.id for event in erp.booked(settlement)] == [event.id for event in before]

    def test_starts_from_the_good_file_each_time(self, agency: EmbeddedAgency, erp: Erp, name: str) -> None:
        """Damage does not add up, and is undone by putting the file there again."""
        for how in Damage:
            agency.put_damaged(name, how)
            assert (agency.folders.downloads / name).read_bytes() == damaged(agency.written[name], REFERENCE, how)
        assert agency.put_again(name) == name
        assert not erp.read(name).quarantined

    def test_of_a_file_it_never_wrote(self, agency: EmbeddedAgency) -> None:
        """Only its own files can be damaged."""
        with pytest.raises(KeyError, match="OP1"):
            agency.put_damaged("OP1", Damage.CUT)

    def test_of_a_damaged_file(self, agency: EmbeddedAgency, settlement: str) -> None:
        """Another customer cannot be written into a file that is not whole."""
        with pytest.raises(FileRefusedError):
            damaged(agency.written[settlement][:100], REFERENCE, Damage.OTHER_CUSTOMER)

    def test_of_a_sum_that_is_not_there(self) -> None:
        """A file without totals has none to be wrong."""
        with pytest.raises(ValueError, match="no sum"):
            damaged(b"00\r\n90\r\n", _without_files(), Damage.WRONG_TOTAL)


def _without_files() -> Profile:
    return Profile(
        id="bare",
        version="1",
        holds_from=REFERENCE.holds_from,
        origin="test",
        codec="iso-8859-1",
        line_end="\r\n",
        interest_notes=REFERENCE.interest_notes,
        files={},
    )


class TestDelivery:
    def test_under_another_name(self, agency: EmbeddedAgency, erp: Erp, settlement: str) -> None:
        """The same bytes twice; no id depends on the name where the agency's own ids are there."""
        again = agency.put_again(settlement, under="OP0041720261125999999")
        assert (agency.folders.downloads / again).read_bytes() == agency.written[settlement]
        assert [event.id for event in erp.booked(again)] == [event.id for event in erp.booked(settlement)]

    def test_under_the_same_name_shows_a_later_time(self, agency: EmbeddedAgency, settlement: str) -> None:
        """A listing to the second tells the second delivery from the first, however soon it comes."""
        times = []
        for how in (Damage.WRONG_TOTAL, Damage.FLIPPED_BYTE, Damage.OTHER_BYTES):
            agency.put_damaged(settlement, how)
            times.append(int((agency.folders.downloads / settlement).stat().st_mtime))
        assert times == sorted(set(times))

    def test_of_something_nobody_recognises(self, agency: EmbeddedAgency, erp: Erp) -> None:
        """A note to the reader is no file of the exchange."""
        result = erp.read(agency.put_stranger())
        assert [found.code for found in result.findings] == ["file-unrecognised"]

    def test_that_is_not_finished(self, agency: EmbeddedAgency, erp: Erp, settlement: str) -> None:
        """Half a file lies under a temporary name, beside the others."""
        unfinished = agency.put_unfinished(settlement)
        assert unfinished.startswith(".")
        assert unfinished.endswith(".part")
        assert erp.read(unfinished).quarantined
        assert not list(events(erp.read(unfinished)))
