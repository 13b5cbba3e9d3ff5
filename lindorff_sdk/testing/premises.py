"""The embedded agency's server and folders: what the client's account sees, and the archive that it does not."""

import os
import secrets
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
from attrs import define

from lindorff_sdk.definition import Protocol
from lindorff_sdk.testing.servers import Account, FtpServer, SftpServer

USERNAME = "nordlys"
_UPLOADS, _DOWNLOADS, _DONE = "in", "out", "done"


@define
class Mood:
    """How the server treats its client now."""

    refusing: bool = False
    full: bool = False


class Folders:
    """The account's folders and the agency's archive, all below one root.

    Attributes:
        home: The folder that the client's account is shut in.
        uploads: Where the client puts its files.
        downloads: Where the agency puts its own.
        done: Where the client may move what it fetched.
        archive: Where uploaded files are kept once they are taken away.
    """

    def __init__(self, root: Path) -> None:
        self.home = root / "account"
        self.uploads, self.downloads, self.done = (self.home / name for name in (_UPLOADS, _DOWNLOADS, _DONE))
        self.archive = root / "archive"
        self._put: dict[Path, int] = {}

    def make(self) -> None:
        """Make the folders that are not there."""
        for folder in (self.uploads, self.downloads, self.done, self.archive):
            folder.mkdir(parents=True, exist_ok=True)

    def arrived(self) -> list[Path]:
        """Return the finished uploads by name; what begins with a dot or ends in ``.part`` is still being written."""
        names = (path for path in self.uploads.iterdir() if path.is_file() and not path.is_symlink())
        return sorted(path for path in names if not path.name.startswith(".") and path.suffix != ".part")

    def take(self, upload: Path) -> bytes:
        """Take an upload away into the archive and return its bytes."""
        place, again = self.archive / upload.name, 1
        while place.exists():
            again += 1
            place = self.archive / f"{upload.name}.{again}"
        upload.rename(place)
        return place.read_bytes()

    def put(self, name: str, data: bytes) -> None:
        """Put a file among the downloads, over one of that name: written under a temporary name, then renamed."""
        path, temporary = self.downloads / name, self.downloads / f".{name}.part"
        temporary.write_bytes(data)
        # A name that is used again shows a later time: a listing to the second must tell the two apart.
        changed = max(int(temporary.stat().st_mtime), self._put.get(path, 0) + 1)
        os.utime(temporary, (changed, changed))
        self._put[path] = changed
        temporary.replace(path)


class Premises:
    """The server on loopback, or just the folders for `Protocol.LOCAL`.

    Attributes:
        protocol: How it is reached.
        folders: Its folders.
        mood: How it treats its client.
        password: The account's password, made up anew for each server.
    """

    def __init__(self, root: Path, protocol: Protocol) -> None:
        self.protocol = protocol
        self.folders = Folders(root)
        self.mood = Mood()
        self.password = secrets.token_urlsafe(12)
        self._server: SftpServer | FtpServer | None = None

    @property
    def settings(self) -> dict[str, str | int]:
        """The settings of a definition that lead here, without the password.

        Raises:
            RuntimeError: If the server is not running.
        """
        folders = {"upload_folder": _UPLOADS, "download_folder": _DOWNLOADS, "done_folder": _DONE}
        if self.protocol is Protocol.LOCAL:
            return {"protocol": str(self.protocol), "server": str(self.folders.home), **folders}
        if self._server is None:
            raise RuntimeError("The embedded agency is not running: use it inside 'async with'.")
        server: dict[str, str | int] = {"server": self._server.host, "port": self._server.port, "username": USERNAME}
        if isinstance(self._server, SftpServer):
            server["host_key"] = self._server.host_key
        return {"protocol": str(self.protocol), **server, **folders}

    def open(self) -> AbstractAsyncContextManager[None]:
        """Return the time during which the server runs."""
        self.folders.make()
        return self._running()

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        home = self.folders.home
        account = Account(USERNAME, self.password, home="", folders=(_UPLOADS, _DOWNLOADS, _DONE))
        if self.protocol is Protocol.SFTP:
            async with _Sftp(home, account, self.mood) as self._server:
                yield
        elif self.protocol is Protocol.FTP:
            with _Ftp(home, account, self.mood) as self._server:
                yield
        else:
            yield
        self._server = None


class _Sftp(SftpServer):
    def __init__(self, root: Path, account: Account, mood: Mood) -> None:
        super().__init__(root, [account])
        self.mood = mood

    def admits(self, username: str, password: str) -> bool:
        return not self.mood.refusing and super().admits(username, password)

    def session(self, channel: "asyncssh.SSHServerChannel[bytes]") -> asyncssh.SFTPServer:
        return _SftpSession(channel, str(self.home(USERNAME)).encode(), self.mood)


class _SftpSession(asyncssh.SFTPServer):
    def __init__(self, channel: "asyncssh.SSHServerChannel[bytes]", home: bytes, mood: Mood) -> None:
        super().__init__(channel, chroot=home)
        self._mood = mood

    def write(self, file_obj: object, offset: int, data: bytes) -> int | Awaitable[int]:
        if self._mood.full:
            raise asyncssh.SFTPFailure("Failure")
        return super().write(file_obj, offset, data)

    def statvfs(self, path: bytes) -> os.statvfs_result | asyncssh.SFTPVFSAttrs | Awaitable[Any]:
        # The protocol's version 3 has one code for every failure; the client finds the reason here.
        if self._mood.full:
            # Sizes, then blocks, free and available ones, then files, flags and the longest name.
            return os.statvfs_result((4096, 4096, 1000, 0, 0, 100, 50, 50, 0, 255))
        return super().statvfs(path)


class _Ftp(FtpServer):
    def __init__(self, root: Path, account: Account, mood: Mood) -> None:
        super().__init__(root, [account])
        self.mood = mood
        self.handler = type("Handler", (_FtpHandler,), {"mood": mood})

    def admits(self, username: str, password: str) -> bool:
        return not self.mood.refusing and super().admits(username, password)


class _FtpHandler(FtpServer.handler):  # type: ignore[misc]
    """One connection."""

    mood: Mood

    def ftp_STOR(self, file: str, mode: str = "w") -> None:  # noqa: N802  pyftpdlib's name
        """Take a file, if there is room."""
        if self.mood.full:
            self.respond("452 Insufficient storage space in system.")
        else:
            super().ftp_STOR(file, mode)
