"""The same agency behind each kind of server: the embedded ones, plain folders, memory, and a real OpenSSH."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from lindorff_sdk import ExportDefinition, Secret
from lindorff_sdk.definition import Protocol
from lindorff_sdk.exchange.connect import Connect, connect
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.testing import EmbeddedAgency
from lindorff_sdk.transport import MemoryServer, Transport
from tests.servers import PASSWORD, USERNAME, RunningServer

FOLDERS = ("in", "out", "done")


@define
class Site:
    """An agency and the way to it.

    Attributes:
        agency: The agency.
        changes: Settings of its definition that differ from those of the embedded agency.
        connect: Opens a connection.
    """

    agency: EmbeddedAgency
    changes: dict[str, Any] = field(factory=dict)
    connect: Connect = connect

    def definition(self, **changes: Any) -> ExportDefinition:
        """Return the definition of the agreement."""
        # One attempt, so that every failure is seen; what further ones do is tried in test_retries.py.
        return self.agency.definition(**{"attempts": 1, **self.changes, **changes})

    def works(self, call: str, *arguments: Any, **named: Any) -> Any:
        """Let the agency do something: one of its calls, by name."""
        return getattr(self.agency, call)(*arguments, **named)

    def names(self, folder: str) -> list[str]:
        """Return the names in one of the account's folders, hidden ones too."""
        return sorted(path.name for path in self._folder(folder).iterdir())

    def read(self, folder: str, name: str) -> bytes:
        """Return the bytes of a file."""
        return (self._folder(folder) / name).read_bytes()

    def _folder(self, folder: str) -> Path:
        folders = self.agency.folders
        return {"in": folders.uploads, "out": folders.downloads, "done": folders.done}[folder]


@define
class MemorySite(Site):
    """An agency on plain folders whose client sees them in memory: files are carried over around its work."""

    server: MemoryServer = field(factory=lambda: MemoryServer.with_folders(FOLDERS), kw_only=True)

    def works(self, call: str, *arguments: Any, **named: Any) -> Any:
        """Let the agency do something with what lies there, and carry over what it put out."""
        folders = self.agency.folders
        for name in self.server.names("in"):
            if not name.startswith("."):
                (folders.uploads / name).write_bytes(self.server.take("in", name))
        result = getattr(self.agency, call)(*arguments, **named)
        for path in folders.downloads.iterdir():
            self.server.put("out", path.name, path.read_bytes())
            path.unlink()
        return result

    def names(self, folder: str) -> list[str]:
        """Return the names in one of the account's folders."""
        return list(self.server.names(folder))

    def read(self, folder: str, name: str) -> bytes:
        """Return the bytes of a file."""
        return self.server.read(folder, name)


@asynccontextmanager
async def embedded(protocol: Protocol, root: Path) -> AsyncIterator[Site]:
    """Run the embedded agency's own server."""
    async with EmbeddedAgency(root, protocol=protocol) as agency:
        yield Site(agency)


@asynccontextmanager
async def in_memory(root: Path, profile: Profile | None = None) -> AsyncIterator[Site]:
    """Run an agency whose folders the client sees in memory; its files are the reference profile's unless given."""
    server = MemoryServer.with_folders(FOLDERS)

    async def open_memory(_: ExportDefinition) -> Transport:
        return server.connect()

    async with EmbeddedAgency(root, protocol=Protocol.LOCAL, profile=profile) as agency:
        yield MemorySite(agency, connect=open_memory, server=server)


@asynccontextmanager
async def at_openssh(server: RunningServer, root: Path) -> AsyncIterator[Site]:
    """Run an agency that works on the folders that OpenSSH serves from its chroot."""
    async with EmbeddedAgency(root, protocol=Protocol.LOCAL) as agency:
        paths = [server.root / name for name in FOLDERS]
        for path in paths:
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(mode=0o755)
            shutil.chown(path, USERNAME, USERNAME)
        agency.folders.uploads, agency.folders.downloads, agency.folders.done = paths
        changes = {
            "protocol": "sftp",
            "server": "127.0.0.1",
            "port": server.port,
            "username": USERNAME,
            "password": Secret(PASSWORD),
            "host_key": server.host_key,
        }
        yield Site(agency, changes)
