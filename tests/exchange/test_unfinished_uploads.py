"""Uploads that were cut off: where they wait, and what a person's word does with one that nobody can tell of."""

import pytest

from lindorff_sdk import export_group
from lindorff_sdk.errors import UnknownOutcomeError
from lindorff_sdk.journal import OutgoingState
from tests.exchange.erp import Erp, evening, group_of, small_group
from tests.exchange.sites import MemorySite, Site

MEMORY = pytest.mark.parametrize("site", ["memory"], indirect=True)


def lost() -> UnknownOutcomeError:
    return UnknownOutcomeError("no answer", server="memory://agency", folder="in", operation="move")


@pytest.mark.parametrize("site", ["local", "embedded sftp", "embedded ftp", "memory"], indirect=True)
async def test_an_agreed_folder_for_temporary_files(site: Site, erp: Erp) -> None:
    """Files are written there, and end in the upload folder."""
    definition = site.definition(temporary_folder="done")
    report = await export_group(small_group(), definition, journal=erp.journal, connect=site.connect, now=evening(0))
    assert site.names("in") == [sent.name for sent in report.sent]
    assert len(site.names("in")) == 1
    assert site.names("done") == []


@MEMORY
async def test_a_lost_answer_and_an_agreed_folder(site: MemorySite, erp: Erp) -> None:
    """What waits in the agreed folder is found there by the next run, and renamed."""
    definition = site.definition(temporary_folder="done")
    site.server.fail("move", lost())
    with pytest.raises(UnknownOutcomeError):
        await export_group(small_group(), definition, journal=erp.journal, connect=site.connect, now=evening(0))
    [file] = erp.journal.outgoing(definition)
    assert site.names("in") == []
    assert site.names("done") == [file.temp_name]
    report = await export_group(group_of(), definition, journal=erp.journal, connect=site.connect, now=evening(1))
    assert [sent.name for sent in report.sent] == [file.name]
    assert site.names("in") == [file.name]
    assert site.names("done") == []


@MEMORY
@pytest.mark.parametrize("arrived", [True, False])
async def test_a_person_tells_of_an_unknown_file(site: MemorySite, erp: Erp, arrived: bool) -> None:
    """Unknown is never sent by itself; a person's word makes it sent, or sends the same bytes under the same name."""
    definition = site.definition()
    site.server.fail("move", lost(), after=True)
    with pytest.raises(UnknownOutcomeError):
        await export_group(small_group(), definition, journal=erp.journal, connect=site.connect, now=evening(0))
    [file] = erp.journal.outgoing(definition)
    data = site.server.take("in", file.name)
    report = await export_group(group_of(), definition, journal=erp.journal, connect=site.connect, now=evening(1))
    assert report.unknown == (file.name,)
    [unknown] = erp.journal.unknown_files(definition)
    if arrived:
        erp.journal.mark_sent(unknown.id, now=evening(2))
    else:
        erp.journal.mark_unpublished(unknown.id, now=evening(2))
    await export_group(group_of(), definition, journal=erp.journal, connect=site.connect, now=evening(3))
    assert site.names("in") == ([] if arrived else [file.name])
    if not arrived:
        assert site.read("in", file.name) == data
    [now] = erp.journal.outgoing(definition)
    assert now.state is OutgoingState.SENT
