"""A server that falls silent: the call returns within a second of its deadline, and leaves no task and no socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import define, field

from lindorff_sdk.errors import DeadlineError
from lindorff_sdk.transport import RemoteFile, Transport
from lindorff_sdk.transport.tls import Tls
from tests.faultproxy import Fault, FaultProxy, How
from tests.transport.embedded import sftp_server
from tests.transport.sites import connect_ftp, connect_sftp

SECONDS = 0.5
FILE = RemoteFile("out", "a.txt", 5)
TLS = Tls.of(pin="SHA256:" + "A" * 43)


@define
class QuietFtp:
    """Speaks FTP up to one moment, and then keeps the connection open without a word.

    Attributes:
        quiet_at: ``greeting``, a command, ``TLS``, ``data`` or ``closing``.
        open: Connections that the client has not ended.
    """

    quiet_at: str
    open: int = 0
    port: int = 0
    data_port: int = 0
    reached: bool = False
    begun: asyncio.Event = field(factory=asyncio.Event)

    async def control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            if self.quiet_at != "greeting":
                writer.write(b"220 ready\r\n")
                await self._converse(reader, writer)
            self.reached = True
            while await reader.read(4096):
                pass
        except OSError:
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            verb = line.split()[0].decode().upper()
            if verb == self.quiet_at:
                return
            writer.write(self._reply(verb).encode() + b"\r\n")
            if (verb == "AUTH" and self.quiet_at == "TLS") or verb == "RETR":
                self.begun.set()
                return

    def _reply(self, verb: str) -> str:
        high, low = divmod(self.data_port, 256)
        return {
            "USER": "331 password",
            "PASS": "230 in",
            "AUTH": "234 go on",
            "FEAT": "211 nothing",
            "PWD": '257 "/"',
            "CWD": "250 there",
            "SIZE": "213 5",
            "MDTM": "213 20260101120000",
            "EPSV": "502 no",
            "PASV": f"227 Entering Passive Mode (127,0,0,1,{high},{low})",
            "RETR": "150 here it comes",
        }.get(verb, "200 well")

    async def data(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            if self.quiet_at == "closing":
                await self.begun.wait()
                writer.write(b"12345")
            else:
                while await reader.read(4096):
                    pass
        except OSError:
            pass
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def quiet_ftp(quiet_at: str) -> AsyncIterator[QuietFtp]:
    quiet = QuietFtp(quiet_at)
    async with (
        await asyncio.start_server(quiet.control, "127.0.0.1", 0) as control,
        await asyncio.start_server(quiet.data, "127.0.0.1", 0) as data,
    ):
        quiet.port = control.sockets[0].getsockname()[1]
        quiet.data_port = data.sockets[0].getsockname()[1]
        yield quiet


async def fetched(opened: Transport) -> None:
    async with opened:
        async for _ in opened.fetch(FILE):
            pass


async def ends_in_time(call: Callable[[], Awaitable[None]], is_open: Callable[[], int]) -> None:
    before = asyncio.all_tasks()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(DeadlineError):
        await call()
    assert SECONDS * 0.9 <= loop.time() - begun < SECONDS + 1
    # The server's own tasks end when they see that the client is gone; what is left then is the client's.
    for _ in range(20):
        if not is_open() and asyncio.all_tasks() <= before:
            return
        await asyncio.sleep(0.02)
    assert not is_open(), "a socket was left open"
    assert asyncio.all_tasks() <= before, "a task was left"


@pytest.mark.parametrize(
    "phase", ["greeting", "USER", "PASS", "AUTH", "TLS", "EPSV", "PASV", "RETR", "data", "closing"]
)
async def test_ftp_that_falls_silent(phase: str) -> None:
    """At every phase of a log-in and a download, TLS or not."""
    tls = TLS if phase in {"AUTH", "TLS"} else None
    async with quiet_ftp(phase) as quiet:

        async def call() -> None:
            await fetched(await connect_ftp(quiet.port, seconds=SECONDS, tls=tls))

        await ends_in_time(call, lambda: quiet.open)
        assert quiet.reached, "the phase was not reached"


async def test_implicit_ftps_that_falls_silent() -> None:
    """The same where TLS begins with the first byte."""
    async with quiet_ftp("greeting") as quiet:

        async def call() -> None:
            await connect_ftp(quiet.port, seconds=SECONDS, tls=TLS, implicit=True)

        await ends_in_time(call, lambda: quiet.open)


@pytest.mark.parametrize("phase", ["banner", "key exchange", "log-in", "operation"])
async def test_sftp_that_falls_silent(root: Path, phase: str) -> None:
    """At every phase of a log-in and a download."""
    (root / "out" / "a.txt").write_bytes(b"12345")
    async with sftp_server(root) as server:
        async with FaultProxy(server.port) as proxy:
            opened = await connect_sftp(proxy.port, server.host_key)
            entered = proxy.counts[0][1]
            await fetched(opened)
            whole = proxy.counts[0][1]
        at = {"banner": 0, "key exchange": 300, "log-in": entered - 150, "operation": (entered + whole) // 2}[phase]
        async with FaultProxy(server.port, [Fault(down=at, how=How.SILENCE)]) as proxy:
            loop = asyncio.get_running_loop()
            before, begun = asyncio.all_tasks(), loop.time()
            with pytest.raises(DeadlineError) as caught:
                await fetched(await connect_sftp(proxy.port, server.host_key, seconds=SECONDS))
            # Counted from the start of the call, in which the log-in comes before the operation that hangs.
            assert SECONDS * 0.9 <= loop.time() - begun < 2 * SECONDS + 1
            assert proxy.counts[0][1] == at, "the phase was not reached"
            assert caught.value.operation == ("fetch" if phase == "operation" else "connect")
        await asyncio.sleep(0.05)
        assert asyncio.all_tasks() <= before
