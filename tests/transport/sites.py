"""An agency as the contract tests see it: what lies in its folders, and how to connect."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen

from lindorff_sdk.secrets import Secret
from lindorff_sdk.transport import FtpTransport, MemoryServer, SftpTransport, Transport
from lindorff_sdk.transport.tls import Tls
from tests.servers import PASSWORD, USERNAME


class Site(Protocol):
    """One agency; ``in`` and ``out`` are its folders, empty at the start of each test."""

    async def connect(self) -> Transport: ...
    def put(self, folder: str, name: str, data: bytes) -> None: ...
    def read(self, folder: str, name: str) -> bytes: ...
    def names(self, folder: str) -> tuple[str, ...]: ...
    def clutter(self, folder: str) -> None: ...


@frozen
class DiskSite:
    """An agency whose folders are on this disk, whatever server stands before them."""

    root: Path
    open: Callable[[], Awaitable[Transport]]

    async def connect(self) -> Transport:
        return await self.open()

    def put(self, folder: str, name: str, data: bytes) -> None:
        path = self.root / folder / name
        path.write_bytes(data)
        path.chmod(0o666)

    def read(self, folder: str, name: str) -> bytes:
        return (self.root / folder / name).read_bytes()

    def names(self, folder: str) -> tuple[str, ...]:
        return tuple(sorted(path.name for path in (self.root / folder).iterdir() if path.is_file()))

    def clutter(self, folder: str) -> None:
        """Put there what is no ordinary file."""
        (self.root / folder / "archive").mkdir()
        (self.root / folder / "link").symlink_to("archive")


@frozen
class MemorySite:
    """An agency in memory."""

    server: MemoryServer

    async def connect(self) -> Transport:
        return self.server.connect()

    def put(self, folder: str, name: str, data: bytes) -> None:
        self.server.put(folder, name, data)

    def read(self, folder: str, name: str) -> bytes:
        return self.server.read(folder, name)

    def names(self, folder: str) -> tuple[str, ...]:
        return self.server.names(folder)

    def clutter(self, folder: str) -> None:
        self.server.make_folder(f"{folder}/archive")


async def connect_sftp(
    port: int, host_key: str | None, *, password: str | None = PASSWORD, seconds: float = 10.0, **settings: Any
) -> SftpTransport:
    """Connect to an SFTP server on loopback."""
    return await SftpTransport.connect(
        "127.0.0.1",
        port,
        username=USERNAME,
        password=None if password is None else Secret(password),
        host_key=host_key,
        connect_timeout=seconds,
        login_timeout=seconds,
        operation_timeout=seconds,
        **settings,
    )


async def connect_ftp(port: int, *, password: str = PASSWORD, seconds: float = 10.0, **settings: Any) -> FtpTransport:
    """Connect to an FTP server on loopback."""
    return await FtpTransport.connect(
        "127.0.0.1",
        port,
        username=USERNAME,
        password=Secret(password),
        connect_timeout=seconds,
        login_timeout=seconds,
        operation_timeout=seconds,
        **settings,
    )


def knows(certificate: Path | None) -> Tls | None:
    """Return the way to know a server by its certificate, as if that were the authority's."""
    return None if certificate is None else Tls.of(authorities=certificate)
