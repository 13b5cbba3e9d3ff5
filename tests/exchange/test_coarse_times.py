"""An agreement whose files state the day on which they were made, or the minute: the SDK sets no time they lack."""

from datetime import datetime
from pathlib import Path

import pytest

from lindorff_sdk import exchange, preview
from lindorff_sdk.collection_list import CollectionList, RemovalReason
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load
from lindorff_sdk.journal import OutgoingState
from lindorff_sdk.models.days import NORWAY
from lindorff_sdk.testing import Pays
from tests.exchange.erp import DAY, Erp, group_of, listed, night, variant
from tests.exchange.sites import in_memory

MOMENT = '{ name = "created_at", length = 14, kind = "datetime", to = "envelope.created_at" },'
AT = datetime(2026, 11, 24, 18, 41, 27, tzinfo=NORWAY)
WAYS = {
    "the day": ('{ name = "day", kind = "date", to = "envelope.created_at" },', "%Y%m%d"),
    "day and minute": (
        """{ name = "at", kind = "time", format = "%H%M", to = "envelope.created_at" },
        { name = "day", kind = "date", format = "%d%m%y", to = "envelope.created_at" },""",
        "%Y%m%d%H%M",
    ),
    "the hour": ('{ name = "at", kind = "datetime", format = "%y%m%d%H", to = "envelope.created_at" },', "%Y%m%d%H"),
    "the month": ('{ name = "at", kind = "date", format = "%m.%Y", to = "envelope.created_at" },', "%Y%m"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_files_state_what_their_layout_holds(erp: Erp, tmp_path: Path, way: str) -> None:
    """Cases and corrections are sent, and answered; the names keep the second, the files what they have fields for."""
    fields, known = WAYS[way]
    path = variant(tmp_path, (MOMENT, fields))
    profile = load(path)
    async with in_memory(tmp_path / "agency", profile) as site:
        definition = site.definition(format=str(path))
        collection = CollectionList(erp.journal, definition)
        group = group_of(listed("A1"), listed("A2", 2))
        collection.add(group.claims, DAY, now=AT)
        [seen] = (await preview(group, definition, journal=erp.journal, now=AT)).files
        await exchange(group, definition, journal=erp.journal, connect=site.connect, now=AT)
        assert site.names("in") == [seen.name]
        assert site.read("in", seen.name) == seen.data
        assert site.works("work", night(0))
        site.works("settle", night(0), [Pays("A1", "400.00")])
        collection.remove("A2", RemovalReason.PAID_DIRECTLY, amount=group.claims[1].claim.remaining_amount, now=AT)
        report = await exchange(group, definition, journal=erp.journal, connect=site.connect, now=AT)
        assert report.corrections.corrections == 1
        assert not report.fetched.findings
        assert site.works("work", night(1))
        await exchange(group, definition, journal=erp.journal, connect=site.connect, now=AT)
        files = erp.journal.outgoing(definition)
        assert [file.name[7:] for file in files] == [f"{AT:%Y%m%d%H%M%S}"] * 2
        assert {file.state for file in files} == {OutgoingState.ACCEPTED}
        for file in files:
            made = parse(erp.journal.content(file).read(), profile).require().envelope.created_at
            assert made == datetime.strptime(f"{AT:{known}}", known)
