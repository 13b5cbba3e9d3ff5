"""What every backend promises, over every server."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from lindorff_sdk.errors import (
    CollisionError,
    FolderMissingError,
    RemoteFileMissingError,
    RequestError,
    TransportError,
    TruncatedError,
    UnsafeNameError,
)
from lindorff_sdk.transport import CHUNK, Content, RemoteFile, Transport
from tests.transport.contract_page import SERVERS, promises
from tests.transport.observed import PAGE, observe, row, rows_of
from tests.transport.sites import Site

BODY = "Påminnelse æøå\r\n".encode("latin-1") * 400
LARGE = bytes(range(256)) * 4096 + b"end"


async def read(transport: Transport, file: RemoteFile) -> bytes:
    async with aclosing(transport.fetch(file)) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def found(transport: Transport, folder: str, name: str) -> RemoteFile:
    file = await transport.stat(folder, name)
    assert file is not None
    return file


async def test_stored_bytes_come_back(transport: Transport, site: Site) -> None:
    """What is stored is at the agency byte for byte, and what is fetched is what lies there."""
    for data in (b"", b"x", BODY, LARGE, bytes(CHUNK), bytes(CHUNK + 1)):
        name = f"LS{len(data)}.txt"
        await transport.store("in", name, Content.of(data))
        assert site.read("in", name) == data
        file = await found(transport, "in", name)
        assert file.size == len(data)
        assert await read(transport, file) == data


async def test_a_listing_holds_the_files_sorted_with_their_sizes(transport: Transport, site: Site) -> None:
    """A listing names every file with its size, sorted, and says nothing of other folders."""
    for name in ("b.txt", "a.txt", "C.txt", "med mellomrom æøå.txt"):
        site.put("out", name, name.encode())
    files = await transport.list("out")
    assert [(file.name, file.size, file.folder) for file in files] == [
        (name, len(name.encode()), "out") for name in ("C.txt", "a.txt", "b.txt", "med mellomrom æøå.txt")
    ]
    assert await transport.list("in") == ()


async def test_folders_and_links_are_no_files(transport: Transport, site: Site) -> None:
    """Folders and links are neither listed nor found."""
    site.put("out", "a.txt", b"x")
    site.clutter("out")
    assert [file.name for file in await transport.list("out")] == ["a.txt"]
    assert await transport.stat("out", "archive") is None
    assert [file.name for file in await transport.list("out/archive")] == []


async def test_names_that_begin_with_a_dot_are_listed(transport: Transport, site: Site) -> None:
    """Temporary names begin with a dot; the sweep must see them."""
    site.put("in", ".LS1.part", b"x")
    assert [file.name for file in await transport.list("in")] == [".LS1.part"]


async def test_a_listed_file_can_be_fetched(transport: Transport, site: Site) -> None:
    """What a listing gives is what fetch takes."""
    site.put("out", "OP æøå 1.txt", BODY)
    (file,) = await transport.list("out")
    assert await read(transport, file) == BODY


ODD = (
    *("-rf.txt", "a*b?.txt", "[1].txt", "50% off.txt", "a;b&c.txt", 'it\'s "quoted".txt', "#1.txt", "$HOME.txt"),
    *(
        "~home.txt",
        "two  spaces.txt",
        "{x}.txt",
        "a=b,c+d@e!.txt",
        "A\u030a.txt",
        "日本.txt",
        "\U0001f4b0.txt",
        "0" * 200,
    ),
)


async def test_odd_names(transport: Transport, site: Site) -> None:
    """Whatever a name looks like, it is listed as it is, and its file can be stored, moved, fetched and deleted."""
    for name in ODD:
        await transport.store("in", name, Content.of(name.encode()))
        await transport.move(await found(transport, "in", name), "out", name)
    listed = await transport.list("out")
    assert [file.name for file in listed] == sorted(ODD)
    assert transport.skipped == 0
    for file in listed:
        assert await read(transport, file) == file.name.encode()
        await transport.delete(file)
    assert site.names("out") == ()


async def test_times_are_utc_and_right(transport: Transport, site: Site) -> None:
    """The time of a file is told in UTC, whatever the server's zone."""
    site.put("out", "a.txt", b"x")
    file = await found(transport, "out", "a.txt")
    assert file.modified is not None
    assert abs(file.modified - datetime.now(UTC)) < timedelta(seconds=5)


async def test_stat_of_nothing_is_none(transport: Transport) -> None:
    """A missing file is no error for stat."""
    assert await transport.stat("in", "none.txt") is None


async def test_a_missing_folder_is_named(transport: Transport) -> None:
    """Listing and storing in a folder that does not exist name server and folder."""
    for attempt in (transport.list("nowhere"), transport.store("nowhere", "a.txt", Content.of(b"x"))):
        with pytest.raises(FolderMissingError) as caught:
            await attempt
        assert caught.value.folder == "nowhere"
        assert transport.server in str(caught.value)
        assert "nowhere" in str(caught.value)
    assert await transport.list("in") == ()


async def test_storing_never_overwrites(transport: Transport, site: Site) -> None:
    """A name that is taken is refused and its bytes stay; the connection lives on."""
    site.put("in", "a.txt", b"theirs")
    with pytest.raises(CollisionError):
        await transport.store("in", "a.txt", Content.of(b"ours"))
    assert site.read("in", "a.txt") == b"theirs"
    await transport.store("in", "b.txt", Content.of(b"ours"))


async def test_moving_never_overwrites(transport: Transport, site: Site) -> None:
    """A move onto a name that is taken is refused and both files stay."""
    site.put("out", "a.txt", b"a")
    site.put("in", "a.txt", b"theirs")
    with pytest.raises(CollisionError):
        await transport.move(await found(transport, "out", "a.txt"), "in", "a.txt")
    assert site.read("in", "a.txt") == b"theirs"
    assert site.read("out", "a.txt") == b"a"


async def test_a_move_changes_folder_and_name(transport: Transport, site: Site) -> None:
    """After a move the file is there under the new name and no longer under the old."""
    site.put("out", "a.txt", BODY)
    await transport.move(await found(transport, "out", "a.txt"), "in", "b.txt")
    assert site.names("out") == ()
    assert site.read("in", "b.txt") == BODY


async def test_a_move_says_what_is_missing(transport: Transport, site: Site) -> None:
    """A source that is gone and a folder that does not exist are told apart."""
    with pytest.raises(RemoteFileMissingError):
        await transport.move(RemoteFile("in", "gone.txt"), "in", "b.txt")
    site.put("in", "a.txt", b"x")
    with pytest.raises(FolderMissingError):
        await transport.move(RemoteFile("in", "a.txt"), "nowhere", "a.txt")
    assert site.read("in", "a.txt") == b"x"


async def test_deleting_twice_is_no_error(transport: Transport, site: Site) -> None:
    """A delete whose answer was lost can be repeated."""
    site.put("in", "a.txt", b"x")
    file = await found(transport, "in", "a.txt")
    await transport.delete(file)
    assert site.names("in") == ()
    await transport.delete(file)


async def test_fetching_what_is_gone(transport: Transport, site: Site) -> None:
    """A file that was taken away since the listing is told by its own error; the connection lives on."""
    site.put("out", "b.txt", b"x")
    with pytest.raises(RemoteFileMissingError):
        await read(transport, RemoteFile("out", "a.txt", 1))
    assert len(await transport.list("out")) == 1


async def test_a_file_of_another_size_than_listed_is_refused(transport: Transport, site: Site) -> None:
    """A file that grew since it was listed is left for the next run."""
    site.put("out", "a.txt", b"12345")
    with pytest.raises(TruncatedError):
        await read(transport, RemoteFile("out", "a.txt", 3))


async def test_unsafe_names_are_refused(transport: Transport, site: Site) -> None:
    """A name that climbs, or holds separators or unprintable characters, reaches no server."""
    for name in ("../a", "a/b", "..", ".", "", "a\\b", "a\nb", "a\0b", "a\x1b[2J", "x" * 300, "a\u202eb"):
        file = RemoteFile("in", name)
        for attempt in (
            transport.store("in", name, Content.of(b"x")),
            transport.stat("in", name),
            transport.delete(file),
            read(transport, file),
            transport.move(file, "in", "b.txt"),
        ):
            with pytest.raises(TransportError) as caught:
                await attempt
            assert isinstance(caught.value, UnsafeNameError), name
    assert site.names("in") == ()


async def test_unsafe_folders_are_refused(transport: Transport) -> None:
    """A folder that climbs is refused."""
    with pytest.raises(UnsafeNameError):
        await transport.list("in/../..")


async def test_content_of_the_wrong_size_is_refused(transport: Transport) -> None:
    """Content that gives fewer bytes than it announced does not count as stored."""
    content = Content(5, Content.of(b"12345").sha256, Content.of(b"123").chunks)
    with pytest.raises(TruncatedError):
        await transport.store("in", "a.txt", content)


async def test_content_that_fails_is_the_callers_error(transport: Transport) -> None:
    """An error from the source of the bytes comes out as it is, and nothing hangs."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"12"
        raise LookupError("the journal is gone")

    with pytest.raises(LookupError):
        await transport.store("in", "a.txt", Content(4, "", chunks))


async def test_a_fetch_left_early_does_no_harm(site: Site) -> None:
    """Reading may stop in the middle; a new connection reads the whole file."""
    site.put("out", "a.txt", LARGE)
    async with await site.connect() as transport, aclosing(transport.fetch(RemoteFile("out", "a.txt"))) as chunks:
        async for chunk in chunks:
            assert LARGE.startswith(chunk)
            break
    async with await site.connect() as transport:
        assert await read(transport, RemoteFile("out", "a.txt")) == LARGE


async def test_several_at_once(transport: Transport, site: Site) -> None:
    """Several tasks may share one connection."""
    data = {f"{number:02}.txt": BODY * (number + 1) for number in range(8)}
    await asyncio.gather(*(transport.store("in", name, Content.of(body)) for name, body in data.items()))
    files = await transport.list("in")
    assert await asyncio.gather(*(read(transport, file) for file in files)) == list(data.values())
    assert {name: site.read("in", name) for name in site.names("in")} == data


async def test_reading_one_file_while_asking_for_another_is_told(transport: Transport, site: Site) -> None:
    """Inside the loop over a file's bytes another call works, or says at once that this connection cannot."""
    site.put("out", "a.txt", LARGE)
    async with asyncio.timeout(5), aclosing(transport.fetch(RemoteFile("out", "a.txt"))) as chunks:
        async for _ in chunks:
            try:
                assert await transport.stat("out", "none.txt") is None
            except RequestError:
                assert transport.server.startswith("ftp")
            break


async def test_closing_twice_is_no_error(site: Site) -> None:
    """Close never raises."""
    transport = await site.connect()
    await transport.close()
    await transport.close()


async def test_what_the_server_is_like(
    transport: Transport, site: Site, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """What the docs tell of each server is what is seen; `python -m tests.transport.contract_page` writes it anew."""
    before = os.umask(0o022)  # the embedded servers are of this process
    try:
        observed = await observe(site, transport)
    finally:
        os.umask(before)
    record_property("observed", json.dumps(observed))
    name = request.node.callspec.params["site"]
    promised = f"{len(promises())} of {len(promises())}"
    assert rows_of(PAGE.read_text(encoding="utf-8"))[name] == row(name, promised, observed)


def test_the_page_of_the_contract() -> None:
    """The page has a line for every server and tells every promise."""
    page = PAGE.read_text(encoding="utf-8")
    assert list(rows_of(page)) == list(SERVERS)
    assert [line[2:] for line in page.splitlines() if line.startswith("* ")] == list(promises().values())
