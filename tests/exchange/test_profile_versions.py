"""An agency changes its layout on a day: both versions are named by the definition, and live side by side."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lindorff_sdk import ExportDefinition, ingest
from lindorff_sdk.errors import ProfileError
from lindorff_sdk.exchange.export import export_group
from lindorff_sdk.exchange.profiles import versions_of
from lindorff_sdk.files.profile import load
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.reconciliation.events import PaymentReceived
from tests.exchange.erp import Erp, group_of, listed, of
from tests.exchange.readings import payment, settlement
from tests.exchange.sites import Site

_CHANGED = """
extends = "lindorff-reference"
version = "2"
holds_from = 2026-12-01

[files.cases]
name = "NY{customer_id}{created_at:%Y%m%d%H%M%S}"

[[files.settlements.records]]
name = "payment"
fields = [ { name = "new_in_december", length = 4, kind = "filler", after = "code" } ]
"""
NOVEMBER, DECEMBER = datetime(2026, 11, 24, 18, tzinfo=UTC), datetime(2026, 12, 1, 0, 30, tzinfo=UTC)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    path = tmp_path / "december.toml"
    path.write_text(_CHANGED, encoding="utf-8")
    return path


@pytest.fixture
def both(local: Site, changed: Path) -> ExportDefinition:
    """The definition that names both versions."""
    return local.definition(format=[str(changed), "lindorff-reference"])


async def test_each_day_writes_its_version(both: ExportDefinition, local: Site, erp: Erp) -> None:
    """Before the day the old one, from it on the new one; a change of layout needs no change of the ERP."""
    await export_group(group_of(listed("I1")), both, journal=erp.journal, now=NOVEMBER)
    await export_group(group_of(listed("I2", 2)), both, journal=erp.journal, now=DECEMBER)
    assert [name[:2] for name in local.names("in")] == ["LS", "NY"]


async def test_files_of_both_versions_are_read(both: ExportDefinition, changed: Path, erp: Erp) -> None:
    """By the day in their names, in whichever order and however late they come."""
    old, new = versions_of(both)
    assert (old.version, new.version) == ("1", "2")
    first = serialize(settlement(payment("T1")), old)
    second = serialize(settlement(payment("T2"), envelope={"sequence": 2}), new)
    (late,) = await ingest(second, "OP0041720261202220000", both, journal=erp.journal, now=DECEMBER)
    (early,) = await ingest(first, "OP0041720261124220000", both, journal=erp.journal, now=DECEMBER)
    assert not late.quarantined
    assert not early.quarantined
    # Read by the other version, both would be refused.
    swapped = serialize(settlement(payment("T3"), envelope={"sequence": 3}), new)
    (wrong,) = await ingest(swapped, "OP0041720261125220000", both, journal=erp.journal, now=DECEMBER)
    assert wrong.quarantined
    assert len(of(PaymentReceived, [each for posting in erp.journal.pending(both) for each in posting])) <= 2
    assert load(changed).id == "lindorff-reference"


async def test_two_versions_of_one_day_are_refused(local: Site, changed: Path, erp: Erp, tmp_path: Path) -> None:
    """Then nobody could say which one holds; nothing is written."""
    again = tmp_path / "again.toml"
    again.write_text(_CHANGED, encoding="utf-8")
    definition = local.definition(format=[str(changed), str(again)])
    with pytest.raises(ProfileError, match="both hold from 2026-12-01"):
        await export_group(group_of(listed("I1")), definition, journal=erp.journal, now=NOVEMBER)
    assert local.names("in") == []


def test_a_file_of_definitions_names_one_or_several(tmp_path: Path) -> None:
    text = """
[definitions.a]
protocol = "local"
server = "."
upload_folder = "in"
download_folder = "out"
customer_id = "1"
format = FORMAT
"""
    path = tmp_path / "lindorff.toml"
    for written, read in (
        ('"nets-ocr-giro"', ("nets-ocr-giro",)),
        ('["old.toml", "new.toml"]', (str(tmp_path / "old.toml"), str(tmp_path / "new.toml"))),
    ):
        path.write_text(text.replace("FORMAT", written), encoding="utf-8")
        assert ExportDefinition.load(path, "a").format == read
