"""The agencies that the contract suite runs over."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lindorff_sdk.transport import LocalTransport, MemoryServer, Transport
from tests.servers import FOLDERS, USERNAME, RunningServer, openssh
from tests.transport.embedded import ftp_server, sftp_server
from tests.transport.sites import DiskSite, MemorySite, Site, connect_ftp, connect_sftp

EMBEDDED = ("memory", "local", "asyncssh", "pyftpdlib")
REAL = ("openssh",)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A directory with the agency's folders."""
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture(scope="session")
def real_openssh() -> Iterator[RunningServer]:
    """One sshd for the whole run; a machine without it fails the tests that ask for it."""
    with openssh() as server:
        yield server


@pytest.fixture
def sshd(real_openssh: RunningServer) -> RunningServer:
    """The sshd with empty folders."""
    for name in FOLDERS:
        folder = real_openssh.root / name
        shutil.rmtree(folder)
        folder.mkdir(mode=0o755)
        shutil.chown(folder, USERNAME, USERNAME)
    return real_openssh


@pytest.fixture(params=[*EMBEDDED, *(pytest.param(name, marks=pytest.mark.real_server) for name in REAL)])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """Each agency in turn."""
    if request.param == "memory":
        yield MemorySite(MemoryServer.with_folders(FOLDERS))
        return
    if request.param == "openssh":
        server: RunningServer = request.getfixturevalue("sshd")
        yield DiskSite(server.root, lambda: connect_sftp(server.port, server.host_key))
        return
    root: Path = request.getfixturevalue("root")
    async with _embedded(request.param, root) as made:
        yield made


@contextlib.asynccontextmanager
async def _embedded(kind: str, root: Path) -> AsyncIterator[Site]:
    if kind == "local":

        async def here() -> Transport:
            return LocalTransport(root)

        yield DiskSite(root, here)
    elif kind == "asyncssh":
        async with sftp_server(root) as ssh:
            yield DiskSite(root, lambda: connect_sftp(ssh.port, ssh.host_key))
    else:
        with ftp_server(root) as ftp:
            yield DiskSite(root, lambda: connect_ftp(ftp.port))


@pytest.fixture
async def transport(site: Site) -> AsyncIterator[Transport]:
    """An open connection to the agency in turn."""
    async with await site.connect() as opened:
        yield opened


@pytest.fixture(autouse=True)
async def _nothing_left() -> AsyncIterator[None]:
    """No test leaves a task behind."""
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()]
    assert not left, left
