"""Publishing: whole, once, never over another; and what can be told after a crash."""

from datetime import UTC, datetime, timedelta

import pytest

from lindorff_sdk.errors import (
    CollisionError,
    ConnectionLostError,
    FolderMissingError,
    NoSpaceError,
    PermissionRefusedError,
    TransportError,
    UnknownOutcomeError,
)
from lindorff_sdk.transport import Content, MemoryServer, Outcome, Transport, publish, resume, sweep
from lindorff_sdk.transport.publish import temporary_name
from tests.transport.sites import Site

NAME = "LS123420260105.txt"
OURS = Content.of(b"our case file\r\n" * 300)
THEIRS = b"some other file\r\n"
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


class Log:
    """Stands for the journal: the temporary names it was told."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def note(self, name: str) -> None:
        self.names.append(name)


@pytest.fixture
def agency() -> MemoryServer:
    return MemoryServer.with_folders(["in", "out"])


async def test_a_published_file_stands_alone_under_its_name(transport: Transport, site: Site) -> None:
    """After publishing the folder holds the file and nothing else."""
    published = await publish(transport, "in", NAME, OURS)
    assert published.uploaded
    assert published.file.name == NAME
    assert site.names("in") == (NAME,)
    assert site.read("in", NAME) == b"our case file\r\n" * 300


async def test_the_bytes_are_all_there_before_the_name_is(transport: Transport, site: Site) -> None:
    """When the caller is told the temporary name, that file is complete and the final name is free."""
    seen: list[tuple[str, ...]] = []

    async def note(name: str) -> None:
        seen.append(site.names("in"))
        assert site.read("in", name) == b"our case file\r\n" * 300

    await publish(transport, "in", NAME, OURS, before_rename=note)
    ((temporary,),) = seen
    assert temporary != NAME


async def test_an_agreed_folder_for_temporary_files(transport: Transport, site: Site) -> None:
    """Where the agency names one, our folder sees nothing but the finished file; the rest holds as without it."""
    log = Log()

    async def note(name: str) -> None:
        assert site.names("in") == ()
        assert site.names("out") == (name,)
        outcome = await resume(transport, "in", NAME, OURS, name, temporary_folder="out")
        assert outcome is Outcome.NOT_PUBLISHED
        await log.note(name)

    await publish(transport, "in", NAME, OURS, temporary_folder="out", before_rename=note)
    assert site.names("out") == ()
    assert site.read("in", NAME) == b"our case file\r\n" * 300
    assert await resume(transport, "in", NAME, OURS, log.names[0], temporary_folder="out") is Outcome.PUBLISHED
    site.put("in", NAME, THEIRS)
    with pytest.raises(CollisionError):
        await publish(transport, "in", NAME, OURS, temporary_folder="out")
    with pytest.raises(FolderMissingError) as caught:
        await publish(transport, "in", "other.txt", OURS, temporary_folder="nowhere")
    assert caught.value.folder == "nowhere"


async def test_publishing_again_changes_nothing(transport: Transport, site: Site) -> None:
    """The same bytes under the final name count as done, and nothing is uploaded."""
    await publish(transport, "in", NAME, OURS)
    assert not (await publish(transport, "in", NAME, OURS)).uploaded
    assert site.names("in") == (NAME,)


@pytest.mark.parametrize("theirs", [THEIRS, bytes(OURS.size)], ids=["another size", "the same size"])
async def test_other_bytes_under_the_name_stop_it(transport: Transport, site: Site, theirs: bytes) -> None:
    """A name taken by other bytes is a collision; they stay, and nothing of ours is left."""
    site.put("in", NAME, theirs)
    with pytest.raises(CollisionError) as caught:
        await publish(transport, "in", NAME, OURS)
    assert NAME in str(caught.value)
    assert transport.server in str(caught.value)
    assert site.names("in") == (NAME,)
    assert site.read("in", NAME) == theirs


@pytest.mark.parametrize("same", [True, False])
async def test_a_name_taken_at_the_last_moment(transport: Transport, site: Site, same: bool) -> None:
    """A file that appears between the look and the rename is compared, never overwritten."""
    theirs = b"our case file\r\n" * 300 if same else THEIRS

    async def note(_: str) -> None:
        site.put("in", NAME, theirs)

    if same:
        assert not (await publish(transport, "in", NAME, OURS, before_rename=note)).uploaded
    else:
        with pytest.raises(CollisionError):
            await publish(transport, "in", NAME, OURS, before_rename=note)
    assert site.names("in") == (NAME,)
    assert site.read("in", NAME) == theirs


async def test_resume_tells_the_three_outcomes(transport: Transport, site: Site) -> None:
    """Final name there: published. Temporary there: not. Neither: unknown."""
    temporary = temporary_name(NAME, OURS.sha256, NOW)
    assert await resume(transport, "in", NAME, OURS, temporary) is Outcome.UNKNOWN
    await transport.store("in", temporary, OURS)
    assert await resume(transport, "in", NAME, OURS, temporary) is Outcome.NOT_PUBLISHED
    await publish(transport, "in", NAME, OURS)
    assert await resume(transport, "in", NAME, OURS, temporary) is Outcome.PUBLISHED
    site.put("in", NAME, THEIRS)
    with pytest.raises(CollisionError):
        await resume(transport, "in", NAME, OURS, temporary)


async def test_sweep_takes_our_old_leftovers_and_no_others(transport: Transport, site: Site) -> None:
    """Only files named as ours are swept, only old ones, and none that is still needed."""
    old = temporary_name(NAME, OURS.sha256, NOW - DAY)
    needed = temporary_name(NAME, OURS.sha256, NOW - 2 * DAY)
    young = temporary_name(NAME, OURS.sha256, NOW - DAY + timedelta(seconds=1))
    theirs = (".LS1.part", f".{NAME}.0123456789ab.20250101T000000Z-0123456.part", "a.part", NAME, old[1:])
    for name in (old, needed, young, *theirs):
        site.put("in", name, b"x")
    swept = await sweep(transport, "in", DAY, NOW, keep={needed})
    assert [file.name for file in swept] == [old]
    assert set(site.names("in")) == {needed, young, *theirs}


def test_no_two_attempts_share_a_name() -> None:
    """A name shared by two attempts can be locked by the first one's session at the server."""
    assert temporary_name(NAME, OURS.sha256, NOW) != temporary_name(NAME, OURS.sha256, NOW)


@pytest.mark.parametrize("error", [NoSpaceError("full"), PermissionRefusedError("no")])
async def test_a_refused_upload_removes_its_leftover(agency: MemoryServer, error: TransportError) -> None:
    """Where the connection allows it, a failed attempt leaves nothing behind."""
    agency.fail("store", error)
    with pytest.raises(type(error)):
        await publish(agency.connect(), "in", NAME, OURS)
    assert agency.names("in") == ()


async def test_a_cut_upload_leaves_nothing_under_the_final_name(agency: MemoryServer) -> None:
    """A cut in the middle leaves at most a temporary file, which a later sweep takes."""
    agency.fail("store", ConnectionLostError("cut"))
    with pytest.raises(ConnectionLostError):
        await publish(agency.connect(), "in", NAME, OURS)
    (left,) = agency.names("in")
    assert left != NAME
    await publish(agency.connect(), "in", NAME, OURS)
    await sweep(agency.connect(), "in", DAY, datetime.now(UTC) + DAY)
    assert agency.names("in") == (NAME,)


async def test_a_refused_rename_keeps_what_the_journal_knows(agency: MemoryServer) -> None:
    """Once its name is on record the temporary file stays: without it nobody could tell that nothing was sent."""
    log = Log()
    agency.fail("move", PermissionRefusedError("no"))
    with pytest.raises(PermissionRefusedError):
        await publish(agency.connect(), "in", NAME, OURS, before_rename=log.note)
    assert agency.names("in") == tuple(log.names)
    assert await resume(agency.connect(), "in", NAME, OURS, log.names[0]) is Outcome.NOT_PUBLISHED


async def test_a_refused_rename_that_nobody_recorded_leaves_nothing(agency: MemoryServer) -> None:
    """Without a record the failed attempt removes its temporary file."""
    agency.fail("move", PermissionRefusedError("no"))
    with pytest.raises(PermissionRefusedError):
        await publish(agency.connect(), "in", NAME, OURS)
    assert agency.names("in") == ()


@pytest.mark.parametrize("done", [True, False])
async def test_a_lost_answer_is_told_and_resolved(agency: MemoryServer, done: bool) -> None:
    """A lost answer to the rename is unknown at first; a new connection tells what happened."""
    log = Log()
    agency.fail("move", UnknownOutcomeError("lost"), after=done)
    with pytest.raises(UnknownOutcomeError):
        await publish(agency.connect(), "in", NAME, OURS, before_rename=log.note)
    outcome = await resume(agency.connect(), "in", NAME, OURS, log.names[0])
    assert outcome is (Outcome.PUBLISHED if done else Outcome.NOT_PUBLISHED)


async def test_a_lost_answer_and_an_agency_that_takes_files_away(agency: MemoryServer) -> None:
    """When the agency has taken the file meanwhile, nobody can tell: unknown, never "send again"."""
    log = Log()
    agency.fail("move", UnknownOutcomeError("lost"), after=True)
    with pytest.raises(UnknownOutcomeError):
        await publish(agency.connect(), "in", NAME, OURS, before_rename=log.note)
    agency.take("in", NAME)
    assert await resume(agency.connect(), "in", NAME, OURS, log.names[0]) is Outcome.UNKNOWN


async def test_a_file_that_may_not_be_read_back(agency: MemoryServer) -> None:
    """Unreadable bytes are a collision when publishing; after a rename on record the size is proof enough."""
    agency.put("in", NAME, bytes(OURS.size))
    agency.fail("fetch", PermissionRefusedError("write only"), times=3)
    with pytest.raises(CollisionError):
        await publish(agency.connect(), "in", NAME, OURS)
    temporary = temporary_name(NAME, OURS.sha256, NOW)
    assert await resume(agency.connect(), "in", NAME, OURS, temporary) is Outcome.PUBLISHED
    agency.put("in", temporary, b"x")
    with pytest.raises(CollisionError):
        await resume(agency.connect(), "in", NAME, OURS, temporary)
