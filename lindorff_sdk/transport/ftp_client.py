"""aioftp's client with what real servers need: TLS in the right order, care with data connections and odd replies."""

import asyncio
import contextlib
import ssl
from collections.abc import Sequence

import aioftp
from aioftp.client import DataConnectionThrottleStreamIO
from aioftp.common import SSLSessionBoundContext, ThrottleStreamIO

from lindorff_sdk.transport.tls import Tls

_REASON_SECONDS = 2.0
"""How long to wait for the server's reason after a data connection broke."""


class FtpClient(aioftp.Client):
    """One control connection, and at most one data connection at a time."""

    data: DataConnectionThrottleStreamIO | None = None

    def __init__(self, tls: Tls | None, *, encoding: str, passive_commands: Sequence[str]) -> None:
        super().__init__(encoding=encoding, passive_commands=tuple(passive_commands))
        self._tls = tls

    async def _open_connection(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        # aioftp would begin TLS on a data connection here, before the command that makes the server answer it.
        return await asyncio.open_connection(host, port)

    async def reach(self, host: str, port: int) -> None:
        """Connect; the welcome is waited for by `greet`, which has a time limit of its own."""
        await aioftp.BaseClient.connect(self, host, port)

    async def greet(self) -> None:
        """Wait for the server's welcome."""
        await self.command(None, "220", "120")

    async def begin_tls(self, tls: Tls) -> None:
        """Go over to TLS on the control connection."""
        # What came before is not from a server that proved itself, and must not be taken for its answer.
        if getattr(self.stream.reader, "_buffer", b""):
            raise ssl.SSLCertVerificationError("bytes came before the encryption began")
        try:
            await _encrypt(self.stream, tls, tls.context, self.server_host)
        except BaseException:
            self._stream = None
            raise

    async def protect(self) -> None:
        """Ask for TLS on the data connections; with implicit TLS, too, it is not there by itself."""
        await self.command("PBSZ 0", "2xx")
        await self.command("PROT P", "2xx")

    async def features(self) -> frozenset[str]:
        """Return the names of the extensions that the server lists."""
        code, lines = await self.command("FEAT", ("211", "5xx"))
        return (
            frozenset(line.split()[0].upper() for line in lines[1:-1] if line.split()) if code == "211" else frozenset()
        )

    async def parse_line(self) -> tuple[aioftp.Code, str]:
        """Return the code and the rest of one line of a reply."""
        line = await self.stream.readline()
        if not line.endswith(b"\n"):
            # A reply cut in its middle would be read as a shorter one.
            raise ConnectionResetError("the control connection was closed")
        # Texts come in any encoding; only codes, ports and names matter, and those are ASCII or checked by us.
        text = line.decode(self.encoding, "replace").rstrip()
        return aioftp.Code(text[:3]), text[3:]

    async def open_data(self, command: str) -> None:
        """Send a command that moves bytes; returns when the server has agreed."""
        reader, writer = await self.get_passive_connection()
        try:
            await self.command(command, "1xx")
        except BaseException:
            writer.transport.abort()
            raise
        self.data = DataConnectionThrottleStreamIO(self, reader, writer, throttles={})

    async def secure_data(self) -> None:
        """Go over to TLS on the data connection, where it is asked for.

        Only after the server has agreed to the command does it begin its side (RFC 4217, chapter 7). The control
        connection's session is resumed, which many servers insist on.
        """
        if self._tls is None:
            return
        control: ssl.SSLObject = self.stream.writer.get_extra_info("ssl_object")
        context = self._tls.context
        if control.session is not None:
            context = SSLSessionBoundContext(ssl.PROTOCOL_TLS_CLIENT, context=context, session=control.session)
        try:
            await _encrypt(self._open(), self._tls, context, self.server_host)
        except BaseException:
            self.data = None
            raise

    async def receive(self, size: int) -> bytes:
        """Return the next bytes of the data connection, at most ``size``; none at its end."""
        return await self._open().read(size)

    async def send(self, chunk: bytes) -> None:
        """Send bytes over the data connection."""
        try:
            await self._open().write(chunk)
        except ConnectionError as error:
            # The server's reason, a full disk perhaps, waits on the control connection.
            raise await self._reason() or error from None

    async def finish_data(self) -> None:
        """Close the data connection and wait for the server's word that the transfer is complete."""
        data = self._open()
        await data.finish()
        self.data = None
        # The server has said that it is complete; how the socket ends matters no more.
        data.writer.transport.abort()
        with contextlib.suppress(OSError):
            await data.writer.wait_closed()

    def drop_data(self) -> None:
        """Cut the data connection, if there is one."""
        if self.data is not None:
            self.data.writer.transport.abort()
            self.data = None

    def cut(self) -> None:
        """Cut both connections at once."""
        for stream in (self._stream, self.data):
            if stream is not None:
                stream.writer.transport.abort()

    async def wait_closed(self) -> None:
        """Wait until both sockets are closed."""
        for stream in (self.data, self._stream):
            if stream is not None:
                stream.close()
                with contextlib.suppress(OSError):
                    await stream.writer.wait_closed()

    def _open(self) -> DataConnectionThrottleStreamIO:
        if self.data is None:
            raise ConnectionResetError("the data connection is closed")
        return self.data

    async def _reason(self) -> aioftp.StatusCodeError | None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            try:
                async with asyncio.timeout(_REASON_SECONDS):
                    await self.command(None, "2xx")
            except aioftp.StatusCodeError as error:
                return error
        return None


async def _encrypt(stream: ThrottleStreamIO, tls: Tls, context: ssl.SSLContext, host: str) -> None:
    """Go over to TLS; on any failure the socket is closed, and whoever holds the stream forgets it."""
    writer, plain = stream.writer, stream.writer.transport
    try:
        await stream.start_tls(sslcontext=context, server_hostname=host)
        tls.check(writer.get_extra_info("ssl_object"))
    except BaseException as error:
        if getattr(writer, "transport") is None:  # noqa: B009 - typed as never None
            # asyncio trips over a connection that is cut during the handshake; the writer's destructor needs one.
            writer._transport = plain  # type: ignore[attr-defined]  # noqa: SLF001
        plain.abort()
        if isinstance(error, AttributeError):
            raise ConnectionResetError("the connection was closed during the TLS handshake") from None
        raise
