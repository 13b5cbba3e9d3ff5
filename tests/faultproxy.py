"""A TCP proxy that cuts, stalls or corrupts at exact byte counts, so that every run meets the same fault."""

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import Sequence
from enum import Enum
from typing import Self

from attrs import define, field, frozen


class How(Enum):
    """What happens when the byte is reached."""

    RESET = "reset"
    CLOSE = "close"
    SILENCE = "silence"


@frozen
class Fault:
    """What goes wrong on one connection.

    Attributes:
        up: Bytes from client to server after which it happens; None for never.
        down: Bytes from server to client after which it happens; None for never.
        how: What happens.
        flip: Position of a byte from the server that is flipped; None for none.
    """

    up: int | None = None
    down: int | None = None
    how: How = How.RESET
    flip: int | None = None


@define
class FaultProxy:
    """Stands before a server; the n-th connection meets the n-th fault, later ones none.

    Attributes:
        server_port: Port of the real server on loopback.
        faults: For each connection in turn.
        data_faults: For each FTP data connection in turn, where ``ftp`` is set.
        ftp: Whether replies to EPSV are rewritten so that data connections pass through a proxy as well.
        counts: Bytes up and down of each connection.
    """

    server_port: int
    faults: Sequence[Fault] = ()
    data_faults: Sequence[Fault] = ()
    ftp: bool = False
    port: int = 0
    counts: list[list[int]] = field(factory=list)
    data: "FaultProxy | None" = None
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        if self.ftp:
            self.data = await FaultProxy(0, self.data_faults).__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        if self.data is not None:
            await self.data.__aexit__()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        number = len(self.counts)
        fault = self.faults[number] if number < len(self.faults) else Fault()
        count = [0, 0]
        self.counts.append(count)
        writers = [writer]
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
            writers.append(server_writer)
            await self._relay(
                _Pipe(reader, server_writer, fault.up), _Pipe(server_reader, writer, fault.down), fault, count
            )
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            for each in writers:
                each.transport.abort()

    async def _relay(self, up: "_Pipe", down: "_Pipe", fault: Fault, count: list[int]) -> None:
        pumps = [
            asyncio.create_task(self._pump(up, count, 0, None)),
            asyncio.create_task(self._pump(down, count, 1, fault.flip)),
        ]
        try:
            pending: set[asyncio.Task[bool]] = set(pumps)
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                if any(task.result() for task in done):
                    await _happen(fault.how, up.writer, down.writer)
                    return
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, pipe: "_Pipe", count: list[int], way: int, flip: int | None) -> bool:
        """Return True when the fault's byte is reached, False at the end of the stream."""
        if pipe.limit == 0:
            return True
        with contextlib.suppress(OSError):
            while data := await pipe.reader.read(65536):
                if self.data is not None and way == 1:
                    data = self._through_data_proxy(data)
                if flip is not None and count[way] <= flip < count[way] + len(data):
                    at = flip - count[way]
                    data = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
                if pipe.limit is not None and count[way] + len(data) >= pipe.limit:
                    data = data[: pipe.limit - count[way]]
                    count[way] += len(data)
                    pipe.writer.write(data)
                    await pipe.writer.drain()
                    return True
                count[way] += len(data)
                pipe.writer.write(data)
                await pipe.writer.drain()
            pipe.writer.write_eof()
        return False

    def _through_data_proxy(self, data: bytes) -> bytes:
        assert self.data is not None
        if match := re.search(rb"\(\|\|\|(\d+)\|\)", data):
            self.data.server_port = int(match[1])
            return data.replace(match[0], b"(|||%d|)" % self.data.port)
        return data


@frozen
class _Pipe:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    limit: int | None


async def _happen(how: How, *writers: asyncio.StreamWriter) -> None:
    if how is How.SILENCE:
        await asyncio.Event().wait()
    for writer in writers:
        if how is How.RESET:
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        else:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
