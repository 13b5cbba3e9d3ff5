"""Only finished files are fetched, whatever tells them."""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lindorff_sdk.definition import UNFINISHED
from lindorff_sdk.transport import MemoryServer, Transport
from lindorff_sdk.transport.base import RemoteFile
from lindorff_sdk.transport.finished import Look, Rules, look
from lindorff_sdk.transport.steps import Connection
from tests.servers import mounted
from tests.transport.conftest import Servers, marks
from tests.transport.real import REAL
from tests.transport.sites import DiskSite, Site

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def names(found: Look) -> list[str]:
    return [file.name for file in found.finished]


@pytest.fixture
def agency() -> MemoryServer:
    return MemoryServer.with_folders(["in", "out"])


async def test_temporary_names(transport: Transport, site: Site) -> None:
    """Names that are common for unfinished files are not fetched, whatever their case."""
    for name in ("OP1.txt", ".OP2.txt", "OP3.txt.part", "OP4.TMP", "OP5.filepart", "OP6.writing", "party.txt"):
        site.put("out", name, b"x")
    assert names(await look(transport, "out", Rules(UNFINISHED))) == ["OP1.txt", "party.txt"]


async def test_patterns_of_an_agreement(agency: MemoryServer) -> None:
    """An agency's own sign of an unfinished file replaces the common ones."""
    for name in ("OP1.txt", "~OP2.txt", "OP3.part"):
        agency.put("out", name, b"x")
    assert names(await look(agency.connect(), "out", Rules(["~*"]))) == ["OP1.txt", "OP3.part"]


class Growing:
    """Puts more bytes there between the two looks."""

    def __init__(self, transport: Transport, grow: Callable[[], object]) -> None:
        self._transport, self._grow, self._looks = transport, grow, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    async def list(self, folder: str) -> tuple[RemoteFile, ...]:
        self._looks += 1
        if self._looks == 2:
            self._grow()
        return await self._transport.list(folder)


async def test_a_file_that_grows_between_two_looks(transport: Transport, site: Site) -> None:
    """What grows, and what vanishes, is left for the next run and told; what stays is fetched."""
    for name in ("grows.txt", "stays.txt"):
        site.put("out", name, b"x")
    growing = Growing(transport, lambda: site.put("out", "grows.txt", b"xx"))
    found = await look(growing, "out", Rules(settle_seconds=0.01))  # type: ignore[arg-type]
    assert names(found) == ["stays.txt"]
    assert found.left == ("grows.txt: still changing",)


async def test_a_file_that_is_rewritten_between_two_looks(agency: MemoryServer) -> None:
    """The same size at another time is a change as well."""
    agency.put("out", "a.txt", b"x")
    growing = Growing(agency.connect(), lambda: agency.put("out", "a.txt", b"y"))
    assert names(await look(growing, "out", Rules(settle_seconds=0.01))) == []  # type: ignore[arg-type]


async def test_an_agreed_age(agency: MemoryServer) -> None:
    """Younger files are left; so is one that claims to come from the future."""
    for name, age in (("old", 60), ("young", 59), ("future", -60)):
        agency.clock = lambda age=age: NOW - timedelta(seconds=age)  # type: ignore[misc]
        agency.put("out", name, b"x")
    found = await look(agency.connect(), "out", Rules(min_age_seconds=60), lambda: NOW)
    assert names(found) == ["old"]
    assert found.left == ("future: younger than agreed", "young: younger than agreed")


@pytest.mark.real_server
async def test_an_agreed_age_where_listings_tell_no_time(servers: Servers) -> None:
    """vsftpd lists minutes in an unknown zone: each file is asked for its time."""
    server = servers.get("vsftpd")
    site = DiskSite(server.root, lambda: REAL["vsftpd"].connect(server, server.base))
    for name in ("old.txt", "young.txt"):
        site.put("out", name, b"x")
    os.utime(server.root / "out" / "old.txt", (0, 0))
    async with await site.connect() as transport:
        assert (await transport.list("out"))[0].modified is None
        assert names(await look(transport, "out", Rules(min_age_seconds=60))) == ["old.txt"]


async def test_a_marker(agency: MemoryServer) -> None:
    """Where a marker is agreed, only marked files are fetched, and the markers are no files of their own."""
    for name in ("a.txt", "b.txt", "a.txt.ok"):
        agency.put("out", name, b"x")
    found = await look(agency.connect(), "out", Rules(marker=".ok"))
    assert names(found) == ["a.txt"]
    assert found.left == ("b.txt: not marked as finished yet",)


# --- long and odd listings -------------------------------------------------------------------------------------------


LONG = [
    "memory",
    "local",
    *(pytest.param(name, marks=marks(name)) for name in ("openssh", "mod_sftp", "vsftpd", "proftpd")),
]


@pytest.mark.parametrize("site", LONG, indirect=True)
async def test_ten_thousand_files(transport: Transport, site: Site) -> None:
    """A folder with 10,000 files is listed whole over every backend, and nothing is left out."""
    if isinstance(transport, Connection):
        transport._operation_timeout = 60  # the default; the tests' own is for short things
    with filled(site, 10_000):
        files = await transport.list("out")
    assert len(files) == 10_000
    assert transport.skipped == 0


@pytest.mark.parametrize("site", [pytest.param("pure-ftpd", marks=marks("pure-ftpd"))], indirect=True)
async def test_a_server_that_cuts_listings_short(transport: Transport, site: Site) -> None:
    """pure-ftpd tells of no more than 10,000 entries: a file that is not listed may be there all the same."""
    with filled(site, 10_100):
        listed = {file.name for file in await transport.list("out")}
        assert len(listed) < 10_100
        hidden = next(f"OP{number}.txt" for number in range(10_100) if f"OP{number}.txt" not in listed)
        assert await transport.stat("out", hidden) is not None


@contextmanager
def filled(site: Site, count: int) -> Iterator[None]:
    """Put many empty files into a folder; where we are root in one that is in memory, since a disk is slow at that."""
    with ExitStack() as stack:
        if isinstance(site, DiskSite) and os.geteuid() == 0:
            stack.enter_context(mounted(site.root / "out", "size=50m,mode=755"))
        for number in range(count):
            if isinstance(site, DiskSite):
                os.close(os.open(f"{site.root}/out/OP{number}.txt", os.O_CREAT | os.O_WRONLY, 0o644))
            else:
                site.put("out", f"OP{number}.txt", b"")
        yield


REAL_KINDS = ("openssh", "mod_sftp", "vsftpd", "pure-ftpd", "proftpd", "proftpd TLSv1.3")


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name)) for name in REAL_KINDS])
async def test_names_in_another_encoding(servers: Servers, tmp_path: Path, name: str) -> None:
    """A name that is not in the agreed encoding costs only itself, and is counted."""
    server = servers.get(name)
    folder = os.fsencode(server.root / "out")
    for entry in (b"good.txt", b"p\xe5minnelse.txt"):
        with suppress(OSError):
            os.close(os.open(os.path.join(folder, entry), os.O_CREAT | os.O_WRONLY, 0o644))  # noqa: PTH118
    connect: Callable[[], Awaitable[Transport]] = lambda: REAL[name].connect(server, tmp_path)  # noqa: E731
    async with await connect() as transport:
        assert [file.name for file in await transport.list("out")] == ["good.txt"]
        assert transport.skipped == 1
