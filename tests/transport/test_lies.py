"""Servers that lie about sizes, end early, drop bytes, or close with an error: never taken for success."""

import itertools
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pyftpdlib.handlers import DTPHandler, FTPHandler

from lindorff_sdk.errors import (
    ConnectionLostError,
    NoSpaceError,
    PermissionRefusedError,
    RemoteRefusedError,
    TransientError,
    TransportError,
    TruncatedError,
)
from lindorff_sdk.transport import CHUNK, Content, RemoteFile, Transport, publish
from tests.transport.embedded import ftp_server, sftp_server
from tests.transport.sites import connect_ftp, connect_sftp

NAME = "LS1.txt"
BODY = bytes(range(256)) * 4096
HALF = len(BODY) // 2

Wrong = tuple[type[asyncssh.SFTPServer] | type[FTPHandler], type[TransportError]]


# --- SFTP ------------------------------------------------------------------------------------------------------------


def told(change: Callable[[int], int]) -> type[asyncssh.SFTPServer]:
    """Return a server that tells other sizes than it holds."""

    class Lying(asyncssh.SFTPServer):
        def fstat(self, file_obj: object) -> Any:
            return self._changed(super().fstat(file_obj))

        def lstat(self, path: bytes) -> Any:
            return self._changed(super().lstat(path))

        def _changed(self, found: Any) -> asyncssh.SFTPAttrs:
            attributes = asyncssh.SFTPAttrs.from_local(found)
            attributes.size = change(attributes.size or 0)
            return attributes

    return Lying


def growing() -> Callable[[int], int]:
    """Return what tells one byte more every second time it is asked, as of a file that somebody still writes."""
    more = itertools.cycle((0, 1))
    return lambda size: size + next(more)


class EndsEarly(asyncssh.SFTPServer):
    """Says that the file ends in its middle."""

    def read(self, file_obj: Any, offset: int, size: int) -> Any:
        data = super().read(file_obj, offset, size)
        assert isinstance(data, bytes)
        return data[: max(0, os.fstat(file_obj.fileno()).st_size // 2 - offset)]


class FailsToRead(asyncssh.SFTPServer):
    """Refuses to read on in the middle."""

    def read(self, file_obj: object, offset: int, size: int) -> Any:
        if offset >= CHUNK:
            raise asyncssh.SFTPFailure("Failure")
        return super().read(file_obj, offset, size)


class FailsToClose(asyncssh.SFTPServer):
    """Takes every byte, and fails when the file is closed, as for a quota."""

    def close(self, file_obj: Any) -> Any:
        written = file_obj.writable()
        file_obj.close()
        if written:
            raise asyncssh.SFTPFailure("Failure")


class DropsBytes(asyncssh.SFTPServer):
    """Says that all was written, and keeps the first piece only."""

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        return len(data) if offset else super().write(file_obj, offset, data)


class HangsUp(asyncssh.SFTPServer):
    """Hangs up in the middle of an upload or a download."""

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        return super().write(file_obj, offset, data) if offset < HALF else self._hang_up()

    def read(self, file_obj: object, offset: int, size: int) -> Any:
        return super().read(file_obj, offset, size) if offset < HALF else self._hang_up()

    def _hang_up(self) -> Any:
        self.channel.get_connection().abort()
        raise asyncssh.SFTPConnectionLost("gone")


# --- FTP -------------------------------------------------------------------------------------------------------------


def told_by_ftp(change: Callable[[int], int]) -> type[FTPHandler]:
    """Return a server that tells other sizes than it holds; without MLST, so that it is asked by SIZE."""

    class Lying(FTPHandler):  # type: ignore[misc]
        def ftp_FEAT(self, _: str) -> None:  # noqa: N802
            self.respond("211 nothing")

        def ftp_SIZE(self, path: str) -> None:  # noqa: N802
            if Path(path).is_file():
                self.respond(f"213 {change(Path(path).stat().st_size)}")
            else:
                self.respond("550 no such file")

    return Lying


def moving(ending: str, *, after: int = HALF, hang_up: bool = False) -> type[FTPHandler]:
    """Return a server that stops in the middle of a transfer and says this, or hangs up without a word."""

    class Moving(DTPHandler):  # type: ignore[misc]
        def handle_read(self) -> None:
            super().handle_read()
            self._stop(self.tot_bytes_received)

        handle_read_event = handle_read

        def send(self, data: bytes) -> Any:
            sent = super().send(data)
            self._stop(self.tot_bytes_sent)
            return sent

        def _stop(self, moved: int) -> None:
            if moved < after or self._closed:
                return
            if hang_up:
                self.cmd_channel.close()
            else:
                self._resp = (ending, lambda *_, **__: None)
            self.close()

    return type("Stopping", (FTPHandler,), {"dtp_handler": Moving, "use_sendfile": False})


DOWN: dict[str, Wrong] = {
    "sftp tells more": (told(lambda size: size + 1), TruncatedError),
    "sftp tells less": (told(lambda size: size - 1), TruncatedError),
    "sftp tells more afterwards": (told(growing()), TruncatedError),
    "sftp ends early": (EndsEarly, TruncatedError),
    "sftp fails to read": (FailsToRead, RemoteRefusedError),
    "sftp hangs up": (HangsUp, ConnectionLostError),
    "ftp tells more": (told_by_ftp(lambda size: size + 1), TruncatedError),
    "ftp tells less": (told_by_ftp(lambda size: size - 1), TruncatedError),
    "ftp tells more afterwards": (told_by_ftp(growing()), TruncatedError),
    "ftp ends early": (moving("226 Transfer complete."), TruncatedError),
    "ftp ends with 426": (moving("426 Connection closed; transfer aborted."), ConnectionLostError),
    "ftp ends with 451": (moving("451 Local error."), TransientError),
    "ftp ends with 550": (moving("550 Permission denied."), PermissionRefusedError),
    "ftp hangs up": (moving("", hang_up=True), ConnectionLostError),
}
UP: dict[str, Wrong] = {
    "sftp tells more": (told(lambda size: size + 1), TruncatedError),
    "sftp tells less": (told(lambda size: size - 1), TruncatedError),
    "sftp drops bytes": (DropsBytes, TruncatedError),
    "sftp fails to close": (FailsToClose, RemoteRefusedError),
    "sftp hangs up": (HangsUp, ConnectionLostError),
    "ftp tells more": (told_by_ftp(lambda size: size + 1), TruncatedError),
    "ftp tells less": (told_by_ftp(lambda size: size - 1), TruncatedError),
    "ftp drops bytes": (moving("226 Transfer complete."), TransientError),
    "ftp ends with 426": (moving("426 Connection closed; transfer aborted."), ConnectionLostError),
    "ftp ends with 451": (moving("451 Local error in processing."), TransientError),
    "ftp ends with 451 for want of room": (moving("451 No space left on device."), NoSpaceError),
    "ftp ends with 451 like vsftpd": (moving("451 Failure writing to local file."), RemoteRefusedError),
    "ftp ends with 451 like proftpd": (moving("451 Transfer aborted. Input/output error"), RemoteRefusedError),
    "ftp ends with 452": (moving("452 Insufficient storage space."), NoSpaceError),
    "ftp ends with 552": (moving("552 Exceeded storage allocation."), NoSpaceError),
    "ftp ends with 553 at the last byte": (moving("553 Not allowed.", after=len(BODY)), PermissionRefusedError),
    "ftp hangs up": (moving("", hang_up=True), ConnectionLostError),
}


@asynccontextmanager
async def lying(kind: Any, root: Path) -> AsyncIterator[Transport]:
    async with AsyncExitStack() as stack:
        if issubclass(kind, asyncssh.SFTPServer):
            ssh = await stack.enter_async_context(sftp_server(root, kind))
            yield await stack.enter_async_context(await connect_sftp(ssh.port, ssh.host_key, seconds=5))
        else:
            ftp = stack.enter_context(ftp_server(root, kind))
            yield await stack.enter_async_context(await connect_ftp(ftp.port, seconds=5))


@asynccontextmanager
async def honest(kind: Any, root: Path) -> AsyncIterator[Transport]:
    base = asyncssh.SFTPServer if issubclass(kind, asyncssh.SFTPServer) else FTPHandler
    async with lying(base, root) as transport:
        yield transport


async def read_listed(transport: Transport, size: int = len(BODY)) -> bytes:
    async with aclosing(transport.fetch(RemoteFile("out", NAME, size))) as chunks:
        return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize("case", DOWN)
async def test_a_download(root: Path, case: str) -> None:
    """What comes is the whole file or the documented error; from an honest server the next run gets it."""
    kind, error = DOWN[case]
    (root / "out" / NAME).write_bytes(BODY)
    async with lying(kind, root) as transport:
        with pytest.raises(TransportError) as caught:
            await read_listed(transport)
        assert type(caught.value) is error, caught.value
        assert (caught.value.folder, caught.value.operation) == ("out", "fetch")
    async with honest(kind, root) as transport:
        assert await read_listed(transport) == BODY


@pytest.mark.parametrize(
    "case", ["sftp tells more", "sftp tells less", "sftp tells more afterwards", "sftp ends early"]
)
async def test_a_small_download(root: Path, case: str) -> None:
    """A small file, which is read in one step, is looked at no less closely."""
    kind, error = DOWN[case]
    (root / "out" / NAME).write_bytes(BODY[:5000])
    async with lying(kind, root) as transport:
        with pytest.raises(error):
            await read_listed(transport, 5000)
    async with honest(kind, root) as transport:
        assert await read_listed(transport, 5000) == BODY[:5000]


@pytest.mark.parametrize("case", UP)
async def test_an_upload(root: Path, case: str) -> None:
    """Nothing stands under the final name, and the next run to an honest server puts it there once."""
    kind, error = UP[case]
    async with lying(kind, root) as transport:
        with pytest.raises(TransportError) as caught:
            await publish(transport, "in", NAME, Content.of(BODY))
        assert isinstance(caught.value, error), caught.value
        assert (caught.value.folder, caught.value.operation) == ("in", "store")
        if "451" in case:
            assert "the server says: 451" in str(caught.value)
            assert ("may be full" in str(caught.value)) is (error is not NoSpaceError)
        if not caught.value.transient:
            assert list((root / "in").iterdir()) == [], "what was written of it was to be removed"
    assert not (root / "in" / NAME).exists()
    async with honest(kind, root) as transport:
        assert (await publish(transport, "in", NAME, Content.of(BODY))).uploaded
    assert (root / "in" / NAME).read_bytes() == BODY
