"""Servers that speak up to one moment, and then keep the connection open without a word."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
from attrs import define, field

from tests.servers import PASSWORD, USERNAME
from tests.transport.embedded import HOST_KEY

HELD = 5
"""Bytes of the file that is to be fetched."""


@define
class Quiet:
    """A server and the moment at which it falls silent.

    Attributes:
        at: The moment.
        port: Where it listens.
        open: Connections that the client has not ended.
        reached: Set at the moment.
        over: Set by the test when the client's call has returned: what the client left open is seen only then.
    """

    at: str
    port: int = 0
    open: int = 0
    reached: asyncio.Event = field(factory=asyncio.Event)
    over: asyncio.Event = field(factory=asyncio.Event)

    async def silence(self) -> None:
        """Say nothing from now on."""
        self.reached.set()
        await self.over.wait()


# --- FTP -------------------------------------------------------------------------------------------------------------


@define
class QuietFtp(Quiet):
    """FTP, with TLS where it is asked for.

    The moments: ``greeting``, any command, ``TLS`` (handshake of the control connection), ``data TLS`` (of the data
    connection), ``data`` (no byte is sent or taken) and ``closing`` (the data came, the last word does not).
    """

    context: ssl.SSLContext | None = None
    data_port: int = 0
    command: str = ""
    taken: int = 0
    stored: int = 0
    agreed: asyncio.Event = field(factory=asyncio.Event)
    moved: asyncio.Event = field(factory=asyncio.Event)

    async def control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            if self.at != "greeting":
                writer.write(b"220 ready\r\n")
                await self._converse(reader, writer)
            await self.silence()
            self.agreed.set()  # a data connection that was never asked for anything sees now whether it was closed
            while await reader.read(65536):
                pass
        except OSError:
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            verb, _, argument = line.decode().strip().partition(" ")
            if verb == self.at:
                return
            writer.write(self._reply(verb, argument).encode() + b"\r\n")
            if verb == "AUTH":
                if self.at == "TLS":
                    return
                assert self.context is not None
                await writer.start_tls(self.context)
            elif verb in {"RETR", "STOR", "LIST"}:
                self.command = verb
                self.agreed.set()
                if self.at in {"data", "data TLS"}:
                    return
                await self.moved.wait()
                if self.at == "closing":
                    return
                writer.write(b"226 done\r\n")

    def _reply(self, verb: str, argument: str) -> str:
        high, low = divmod(self.data_port, 256)
        if verb == "SIZE":
            size = HELD if argument.startswith("out/") else self.taken if argument.endswith(".part") else 0
            return f"213 {size}" if size else "550 no such file"
        return {
            "USER": "331 password",
            "PASS": "230 in",
            "AUTH": "234 go on",
            "FEAT": "211 nothing",
            "PWD": '257 "/"',
            "CWD": "250 there",
            "MDTM": "213 20260101120000",
            "EPSV": "502 no",
            "PASV": f"227 Entering Passive Mode (127,0,0,1,{high},{low})",
            "RNFR": "350 go on",
            **dict.fromkeys(("RETR", "STOR", "LIST"), "150 here it comes"),
        }.get(verb, "200 well")

    async def data(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            await self._move(reader, writer)
        except OSError:
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _move(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.agreed.wait()
        if self.context is not None and self.at != "data TLS":
            await writer.start_tls(self.context)
        if self.at in {"data", "data TLS"}:
            await self.silence()
        elif self.command == "STOR":
            while data := await reader.read(65536):
                self.taken += len(data)
            self.moved.set()
            return
        else:
            writer.write(b"x" * HELD if self.command == "RETR" else b"")
            writer.close()
            await writer.wait_closed()
            self.moved.set()
            return
        while await reader.read(65536):
            pass


@asynccontextmanager
async def quiet_ftp(at: str, context: ssl.SSLContext | None = None) -> AsyncIterator[QuietFtp]:
    """Run it."""
    quiet = QuietFtp(at, context=context)
    async with (
        await asyncio.start_server(quiet.control, "127.0.0.1", 0) as control,
        await asyncio.start_server(quiet.data, "127.0.0.1", 0) as data,
    ):
        quiet.port = control.sockets[0].getsockname()[1]
        quiet.data_port = data.sockets[0].getsockname()[1]
        yield quiet


# --- SFTP ------------------------------------------------------------------------------------------------------------


class _Login(asyncssh.SSHServer):
    """Answers log-ins and requests for sessions, or does not."""

    def __init__(self, quiet: Quiet) -> None:
        self._quiet = quiet
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._quiet.open += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._quiet.open -= 1

    async def begin_auth(self, username: str) -> bool:
        if self._quiet.at == "user name":
            await self._quiet.silence()
        return True

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        if self._quiet.at == "password":
            await self._quiet.silence()
        return (username, password) == (USERNAME, PASSWORD)

    def session_requested(self) -> Any:
        assert self._connection is not None
        return self._connection.create_server_channel(), self._session()

    async def _session(self) -> asyncssh.SSHServerSession[bytes]:
        if self._quiet.at == "channel":
            await self._quiet.silence()
        return _Session(self._quiet)


class _Session(asyncssh.SSHServerSession[bytes]):
    """A session that says nothing once it has begun."""

    def __init__(self, quiet: Quiet) -> None:
        self._quiet = quiet

    def subsystem_requested(self, subsystem: str) -> bool:
        self._quiet.reached.set()
        return True


def _files(quiet: Quiet, root: Path) -> type[asyncssh.SFTPServer]:
    """Return a class of SFTP server that stays silent when the operation is asked for that the moment names."""

    async def silent(*_: object, **__: object) -> None:
        await quiet.silence()

    async def silent_scan(self: asyncssh.SFTPServer, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        await quiet.silence()
        yield asyncssh.SFTPName(b"too late")

    async def silent_close(self: asyncssh.SFTPServer, file: Any) -> None:
        file.close()
        await quiet.silence()

    instead = {"scandir": silent_scan, "close": silent_close}.get(quiet.at, silent)
    return type("Files", (asyncssh.SFTPServer,), {quiet.at: instead})


IN_SESSIONS = ("channel", "version")


@asynccontextmanager
async def quiet_sftp(at: str, root: Path) -> AsyncIterator[Quiet]:
    """Run SFTP that is silent at ``user name``, ``password``, `IN_SESSIONS`, or a method of asyncssh's server."""
    quiet = Quiet(at)
    kinds: dict[str, Any] = {}
    if at not in IN_SESSIONS:
        files = _files(quiet, root)
        kinds["sftp_factory"] = lambda channel: files(channel, chroot=str(root).encode())
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=lambda: _Login(quiet), server_host_keys=[HOST_KEY], **kinds
    )
    quiet.port = server.get_port()
    try:
        yield quiet
    finally:
        quiet.over.set()
        server.close()
        await server.wait_closed()
        for _ in range(5):
            await asyncio.sleep(0)
