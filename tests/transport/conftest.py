"""The agencies that the contract suite runs over."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from attrs import define, field

from lindorff_sdk.transport import LocalTransport, MemoryServer, Transport
from tests.servers import FOLDERS, USERNAME, RunningServer
from tests.transport.embedded import ftp_server, sftp_server
from tests.transport.real import REAL
from tests.transport.sites import DiskSite, MemorySite, Site, connect_ftp, connect_sftp

EMBEDDED = ("memory", "local", "asyncssh", "pyftpdlib")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A directory with the agency's folders."""
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture(scope="session")
def servers() -> Iterator["Servers"]:
    """The real servers, each started when it is first asked for; a machine without it fails the test."""
    with contextlib.ExitStack() as stack:
        yield Servers(stack)


@define
class Servers:
    """Real servers by name."""

    stack: contextlib.ExitStack
    running: dict[str, RunningServer] = field(factory=dict)

    def get(self, name: str) -> RunningServer:
        """Return a running server with empty folders."""
        if name not in self.running:
            self.running[name] = self.stack.enter_context(REAL[name].run())
        server = self.running[name]
        for folder in FOLDERS:
            shutil.rmtree(server.root / folder)
            (server.root / folder).mkdir(mode=0o755)
            shutil.chown(server.root / folder, USERNAME, USERNAME)
        return server


@pytest.fixture
def sshd(servers: Servers) -> RunningServer:
    """OpenSSH with empty folders."""
    return servers.get("openssh")


def marks(name: str) -> list[pytest.MarkDecorator]:
    """Return the marks of a test that runs over this real server."""
    # What cryptography thinks of old algorithms is why they must be asked for by name.
    old = [pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")] if "legacy" in name else []
    return [pytest.mark.real_server, *old]


@pytest.fixture(params=[*EMBEDDED, *(pytest.param(name, marks=marks(name)) for name in REAL)])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """Each agency in turn."""
    if request.param == "memory":
        yield MemorySite(MemoryServer.with_folders(FOLDERS))
        return
    if request.param in REAL:
        servers: Servers = request.getfixturevalue("servers")
        server = servers.get(request.param)
        yield DiskSite(server.root, lambda: REAL[request.param].connect(server, tmp_path))
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
