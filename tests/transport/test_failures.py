"""Each failure has one clear exception, naming server and folder; nothing is half there afterwards."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import asyncssh
import pytest
from pyftpdlib.handlers import FTPHandler

from lindorff_sdk.errors import (
    ConnectionLostError,
    DeadlineError,
    LoginRefusedError,
    NoSpaceError,
    PermissionRefusedError,
    RemoteRefusedError,
    TransientError,
    TransportError,
    TruncatedError,
    UnknownOutcomeError,
)
from lindorff_sdk.transport import Content, RemoteFile, Transport, publish
from tests.faultproxy import Fault, FaultProxy, How
from tests.servers import USERNAME, RunningServer, free_port, mounted
from tests.transport.embedded import ftp_server, sftp_server
from tests.transport.sites import connect_ftp, connect_sftp
from tests.transport.test_lies import moving

BODY = bytes(range(256)) * 4096
NAME = "LS1.txt"
Work = Callable[[Transport], Awaitable[None]]
KINDS = ("sftp", "ftp")
NO_PIN = "SHA256:" + "A" * 43
SLACK = 1.0
"""Seconds that a call may take beyond its deadline."""


async def read(transport: Transport, name: str = NAME, folder: str = "out") -> bytes:
    async with aclosing(transport.fetch(RemoteFile(folder, name))) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def open_to(kind: str, port: int, seconds: float = 10.0) -> Transport:
    return await (connect_sftp(port, NO_PIN, seconds=seconds) if kind == "sftp" else connect_ftp(port, seconds=seconds))


@contextlib.asynccontextmanager
async def serving(kind: str, root: Path) -> AsyncIterator[tuple[int, str]]:
    if kind == "sftp":
        async with sftp_server(root) as ssh:
            yield ssh.port, ssh.host_key
    else:
        with ftp_server(root) as ftp:
            yield ftp.port, ""


# --- reaching the server -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_listens(kind: str) -> None:
    """A refused connection is a lost connection, worth another try; the message names the server."""
    with pytest.raises(ConnectionLostError) as caught:
        await open_to(kind, free_port())
    assert caught.value.transient
    assert f"{kind}://{USERNAME}@127.0.0.1:" in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_mute_server(kind: str) -> None:
    """A server that takes the connection and says nothing costs no more than the time limit."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        begun = time.monotonic()
        with pytest.raises(DeadlineError):
            await open_to(kind, server.sockets[0].getsockname()[1], seconds=0.3)
        assert time.monotonic() - begun < 0.3 + SLACK


async def test_wrong_password_over_sftp(root: Path) -> None:
    """A refused password is permanent, so that nothing tries again and locks the account."""
    async with sftp_server(root) as server:
        with pytest.raises(LoginRefusedError) as caught:
            await connect_sftp(server.port, server.host_key, password="wrong")
    assert not caught.value.transient


async def test_wrong_password_over_ftp(root: Path) -> None:
    """The same over FTP."""
    with ftp_server(root) as server, pytest.raises(LoginRefusedError) as caught:
        await connect_ftp(server.port, password="wrong")
    assert not caught.value.transient


@pytest.mark.real_server
async def test_wrong_password_at_openssh(sshd: RunningServer) -> None:
    """The same at OpenSSH."""
    with pytest.raises(LoginRefusedError):
        await connect_sftp(sshd.port, sshd.host_key, password="wrong")


# --- room and rights ------------------------------------------------------------------------------------------------


class FullServer(asyncssh.SFTPServer):
    """Has a full disk, and says so as OpenSSH does: with the code for any failure."""

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        raise asyncssh.SFTPFailure("Failure")

    def statvfs(self, path: bytes) -> os.statvfs_result:
        # Sizes, then blocks, free and available ones, then files, flags and the longest name.
        return os.statvfs_result((4096, 4096, 1000, 0, 0, 100, 50, 50, 0, 255))


class RoomyServer(FullServer):
    """Fails to write, with plenty of room."""

    def statvfs(self, path: bytes) -> os.statvfs_result:
        return os.statvfs_result((4096, 4096, 10**6, 10**6, 10**6, 100, 50, 50, 0, 255))


async def test_a_full_server_is_told_from_one_that_fails(root: Path) -> None:
    """The one code of SFTP's version 3 is told apart by the server's own numbers, and the leftover is removed."""
    for files, error in ((FullServer, NoSpaceError), (RoomyServer, RemoteRefusedError)):
        async with sftp_server(root, files) as server, await connect_sftp(server.port, server.host_key) as transport:
            with pytest.raises(error):
                await publish(transport, "in", NAME, Content.of(BODY))
            assert await transport.list("in") == ()


@pytest.fixture
def small_disk(sshd: RunningServer) -> Iterator[Path]:
    """A folder at the server with a file system of one megabyte."""
    folder = sshd.root / "in"
    with mounted(folder, "size=1m,mode=777"):
        yield folder


@pytest.mark.real_server
@pytest.mark.usefixtures("small_disk")
async def test_a_full_disk_at_openssh(sshd: RunningServer) -> None:
    """OpenSSH with a really full disk: told as no space, nothing left, and the next upload that fits goes through."""
    async with await connect_sftp(sshd.port, sshd.host_key) as transport:
        with pytest.raises(NoSpaceError) as caught:
            await publish(transport, "in", NAME, Content.of(BODY * 2))
        assert "'in'" in str(caught.value)
        assert await transport.list("in") == ()
        await publish(transport, "in", NAME, Content.of(BODY[:1000]))


class FullFtp(FTPHandler):  # type: ignore[misc]
    """Refuses every upload for want of room."""

    def ftp_STOR(self, file: str, mode: str = "w") -> None:  # noqa: N802
        self.respond("452 Insufficient storage space in system.")


class StrictFtp(FTPHandler):  # type: ignore[misc]
    """Refuses every upload for want of rights."""

    def ftp_STOR(self, file: str, mode: str = "w") -> None:  # noqa: N802
        self.respond("550 Permission denied.")


@pytest.mark.parametrize(("handler", "error"), [(FullFtp, NoSpaceError), (StrictFtp, PermissionRefusedError)])
async def test_ftp_refusals(root: Path, handler: type[FTPHandler], error: type[TransportError]) -> None:
    """The server's reply is told by its meaning, in its own words, and the connection lives on."""
    with ftp_server(root, handler) as server:
        async with await connect_ftp(server.port) as transport:
            with pytest.raises(error):
                await publish(transport, "in", NAME, Content.of(BODY))
            assert await transport.list("in") == ()


@pytest.mark.real_server
async def test_a_folder_that_may_not_be_written(sshd: RunningServer) -> None:
    """A refused right is permanent and names the folder."""
    os.chown(sshd.root / "in", 0, 0)
    async with await connect_sftp(sshd.port, sshd.host_key) as transport:
        with pytest.raises(PermissionRefusedError) as caught:
            await publish(transport, "in", NAME, Content.of(BODY))
        assert "'in'" in str(caught.value)
        assert not caught.value.transient


# --- downloads that end early or change ------------------------------------------------------------------------------


class ShortServer(asyncssh.SFTPServer):
    """Ends every file in its middle."""

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        data = super().read(file_obj, offset, size)
        assert isinstance(data, bytes)
        return data[: max(0, len(BODY) // 2 - offset)]


class SizelessServer(asyncssh.SFTPServer):
    """Leaves the size out of its attributes."""

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        return asyncssh.SFTPAttrs(permissions=0o100600)

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return asyncssh.SFTPAttrs(permissions=0o100600)


async def test_an_sftp_download_cut_short(root: Path) -> None:
    """asyncssh's own get() reports success for this; here it is an error."""
    (root / "out" / NAME).write_bytes(BODY)
    async with sftp_server(root, ShortServer) as server, await connect_sftp(server.port, server.host_key) as transport:
        with pytest.raises(TruncatedError) as caught:
            await read(transport)
    assert caught.value.transient


async def test_a_server_that_tells_no_sizes(root: Path) -> None:
    """Without a size the file is still read to its end; asyncssh's own read() gives nothing."""
    (root / "out" / NAME).write_bytes(BODY)
    async with sftp_server(root, SizelessServer) as server, await connect_sftp(server.port, server.host_key) as opened:
        assert await read(opened) == BODY


@pytest.mark.real_server
@pytest.mark.parametrize("size", [1000, len(BODY) * 2])
async def test_a_file_that_changes_while_it_is_read(sshd: RunningServer, size: int) -> None:
    """A file that shrinks or grows under our hands is refused and left for the next run."""
    path = sshd.root / "out" / NAME
    path.write_bytes(BODY)
    path.chmod(0o666)
    async with await connect_sftp(sshd.port, sshd.host_key) as transport:
        with pytest.raises(TruncatedError):  # noqa: PT012 - the loop is the call
            async with aclosing(transport.fetch(RemoteFile("out", NAME))) as chunks:
                async for _ in chunks:
                    os.truncate(path, size)


class ShortFtp(FTPHandler):  # type: ignore[misc]
    """Sends a part of the file and calls the transfer complete."""

    def ftp_RETR(self, file: str) -> str | None:  # noqa: N802
        if not file.endswith("half"):
            Path(f"{file}.half").write_bytes(Path(file).read_bytes()[:1000])
            file = f"{file}.half"
        answer: str | None = super().ftp_RETR(file)
        return answer


async def test_an_ftp_download_cut_short(root: Path) -> None:
    """An early end with "226 Transfer complete" is an error all the same."""
    (root / "out" / NAME).write_bytes(BODY)
    with ftp_server(root, ShortFtp) as server:
        async with await connect_ftp(server.port) as transport:
            with pytest.raises(TruncatedError):
                await read(transport)


# --- cuts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [How.RESET, How.CLOSE])
async def test_an_ftp_upload_cut_on_the_data_connection(root: Path, how: How) -> None:
    """The server calls a cut upload complete; nothing of it may stand under the final name."""
    with ftp_server(root) as server:
        async with (
            FaultProxy(server.port, ftp=True, data_faults=[Fault(up=len(BODY) // 2, how=how)]) as proxy,
            await connect_ftp(proxy.port, seconds=3) as transport,
        ):
            with pytest.raises(TransientError):
                await publish(transport, "in", NAME, Content.of(BODY))
            assert not (root / "in" / NAME).exists()


async def test_no_answer_is_taken_from_an_ftp_connection_that_saw_an_error(root: Path) -> None:
    """After a cut transfer the server's replies are one behind: a delete would get the old "complete" for its own."""
    (root / "out" / NAME).write_bytes(BODY)
    with ftp_server(root) as server:
        async with FaultProxy(server.port, ftp=True, data_faults=[Fault(down=1000, how=How.RESET)]) as proxy:
            transport = await connect_ftp(proxy.port, seconds=3)
            with pytest.raises(TransientError):
                await read(transport)
            for _ in range(2):
                with pytest.raises(ConnectionLostError):
                    await transport.delete(RemoteFile("out", "missing.txt"))
            await transport.close()


class BusyFtp(FTPHandler):  # type: ignore[misc]
    """Removes nothing now."""

    def ftp_DELE(self, path: str) -> None:  # noqa: N802
        self.respond("450 Try again later.")


async def test_a_connection_that_saw_a_passing_error_is_thrown_away(root: Path) -> None:
    """Whatever may pass is tried on a new connection, even where this one answers well."""
    with ftp_server(root, BusyFtp) as server:
        async with await connect_ftp(server.port) as transport:
            with pytest.raises(TransientError):
                await transport.delete(RemoteFile("out", NAME))
            with pytest.raises(ConnectionLostError):
                await transport.list("out")


@pytest.mark.parametrize("late", [True, False])
async def test_a_refusal_after_the_bytes_keeps_a_connection_only_in_step(root: Path, late: bool) -> None:
    """A refused transfer leaves the connection in use where the server is proved to be done with it, and only there."""
    refusal = "550 Permission denied." + ("\r\n226 Transfer complete." if late else "")
    (root / "out" / NAME).write_bytes(BODY)
    with ftp_server(root, moving(refusal)) as server:
        async with await connect_ftp(server.port) as transport:
            with pytest.raises(PermissionRefusedError):
                await read(transport)
            if late:
                with pytest.raises(ConnectionLostError):
                    await transport.delete(RemoteFile("out", "missing.txt"))
            else:
                assert await transport.stat("out", "missing.txt") is None
                assert [file.name for file in await transport.list("out")] == [NAME]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_corrupted_byte_on_the_way(root: Path, kind: str) -> None:
    """A byte that flips on the way is noticed over SFTP, and never leaves as anything but an error of ours."""
    async with serving(kind, root) as (port, pin), FaultProxy(port, [Fault(flip=30)]) as proxy:
        try:
            transport: Transport
            if kind == "sftp":
                transport = await connect_sftp(proxy.port, pin, seconds=1)
            else:
                transport = await connect_ftp(proxy.port, seconds=1)
        except TransportError:
            return
        assert kind == "ftp"
        await transport.close()


# --- silence and cancellation ----------------------------------------------------------------------------------------


class StallingServer(asyncssh.SFTPServer):
    """Answers neither listings nor reads nor writes nor renames, as long as the connection stands."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        await self.channel.wait_closed()
        yield asyncssh.SFTPName(b"too late")

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        await self.channel.wait_closed()
        return 0

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        await self.channel.wait_closed()
        return b""

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self.channel.wait_closed()


class HangingUp(asyncssh.SFTPServer):
    """Renames, and hangs up before it answers."""

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        super().rename(oldpath, newpath)
        self.channel.get_connection().abort()


class HangingUpFtp(FTPHandler):  # type: ignore[misc]
    """Renames, and hangs up before it answers."""

    def ftp_RNTO(self, path: str) -> None:  # noqa: N802
        Path(self._rnfr).rename(path)
        self.close()


async def upload(transport: Transport) -> None:
    await publish(transport, "in", NAME, Content.of(BODY))


async def download(transport: Transport) -> None:
    await read(transport)


async def listing(transport: Transport) -> None:
    await transport.list("in")


@pytest.mark.parametrize("work", [upload, download, listing])
async def test_a_stalled_sftp_server_meets_the_deadline(root: Path, work: Work) -> None:
    """A server that stops answering costs the time limit and no more."""
    (root / "out" / NAME).write_bytes(BODY)
    async with sftp_server(root, StallingServer) as server:
        transport = await connect_sftp(server.port, server.host_key, seconds=0.5)
        begun = time.monotonic()
        with pytest.raises(DeadlineError):
            await work(transport)
        await transport.close()
        assert time.monotonic() - begun < 0.5 + SLACK


@pytest.mark.parametrize("work", [upload, download, listing])
async def test_cancelling_against_a_stalled_sftp_server(root: Path, work: Work) -> None:
    """A cancelled call returns at once even when the server answers nothing, and its connection is used no more."""
    (root / "out" / NAME).write_bytes(BODY)
    async with sftp_server(root, StallingServer) as server:
        transport = await connect_sftp(server.port, server.host_key, seconds=60)
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await work(transport)
        with pytest.raises(ConnectionLostError):
            await transport.list("in")
        await transport.close()
        assert time.monotonic() - begun < 0.3 + SLACK


@pytest.mark.parametrize("work", [upload, download])
@pytest.mark.parametrize("cancelled", [True, False])
async def test_a_stalled_ftp_server(root: Path, work: Work, cancelled: bool) -> None:
    """The same over FTP, with the silence on the data connection."""
    (root / "out" / NAME).write_bytes(BODY * 8)
    fault = Fault(up=100, down=100, how=How.SILENCE)
    with ftp_server(root) as server:
        async with FaultProxy(server.port, ftp=True, data_faults=[fault]) as proxy:
            transport = await connect_ftp(proxy.port, seconds=60 if cancelled else 0.5)
            begun = time.monotonic()
            with pytest.raises(TimeoutError if cancelled else DeadlineError):
                async with asyncio.timeout(0.5 if cancelled else None):
                    await work(transport)
            with pytest.raises(ConnectionLostError):
                await transport.list("in")
            await transport.close()
            assert time.monotonic() - begun < 0.5 + SLACK


async def test_the_lost_answer_to_an_sftp_rename_is_unknown(root: Path) -> None:
    """A rename that was sent and never answered is neither done nor undone."""
    for files in (HangingUp, StallingServer):
        async with sftp_server(root, files) as server:
            (root / "out" / NAME).write_bytes(BODY)
            transport = await connect_sftp(server.port, server.host_key, seconds=0.5)
            with pytest.raises(UnknownOutcomeError) as caught:
                await transport.move(RemoteFile("out", NAME), "in", NAME)
            assert not caught.value.transient
            with pytest.raises(ConnectionLostError):
                await transport.move(RemoteFile("out", NAME), "in", NAME)
            await transport.close()


async def test_the_lost_answer_to_an_ftp_rename_is_unknown(root: Path) -> None:
    """The same over FTP."""
    (root / "out" / NAME).write_bytes(BODY)
    with ftp_server(root, HangingUpFtp) as server:
        async with await connect_ftp(server.port) as transport:
            with pytest.raises(UnknownOutcomeError):
                await transport.move(RemoteFile("out", NAME), "in", NAME)
            with pytest.raises(ConnectionLostError):
                await transport.move(RemoteFile("out", NAME), "in", NAME)
