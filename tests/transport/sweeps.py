"""Cutting a transfer at byte after byte, and checking what is left and what the next run makes of it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import frozen

from lindorff_sdk.errors import TransportError, UnknownOutcomeError
from lindorff_sdk.transport import Content, FtpTransport, Outcome, RemoteFile, Transport, publish, resume, sweep
from tests.faultproxy import Fault, FaultProxy, How

NAME = "LS123420260105.txt"
BODY = bytes(range(256)) * 80
SECONDS = 0.4
"""Time limit where the cut is a silence."""
PATIENCE = 30
"""Time limit where no silence is to be waited for: old algorithms are slow on a busy machine."""
ENOUGH = 5
"""Wrong end states after which no more are looked for."""

Connect = Callable[[int, float], Awaitable[Transport]]


@frozen
class Target:
    """A server, and how to connect to it on a port."""

    port: int
    root: Path
    connect: Connect
    ftp: bool = False

    @property
    def folder(self) -> Path:
        return self.root / "in"

    def clear(self) -> None:
        """Take away what an upload left."""
        for path in self.folder.iterdir():
            path.unlink()

    def offer(self) -> None:
        """Put the file there that is downloaded."""
        path = self.root / "out" / NAME
        path.write_bytes(BODY)
        path.chmod(0o644)

    async def connect_through(self, proxy: FaultProxy, seconds: float) -> Transport:
        """Return a connection through the proxy; its data connections go through it as well."""
        transport = await self.connect(proxy.port, seconds)
        if isinstance(transport, FtpTransport):
            # The proxy cannot rewrite the port that the server names under TLS, or in a reply that comes in pieces.
            transport._client._open_connection = _through(proxy.data)  # type: ignore[method-assign,assignment]
        return transport

    def proxy(self, *, control: Fault | None = None, data: Fault | None = None) -> FaultProxy:
        return FaultProxy(self.port, [control or Fault()], [data or Fault()], ftp=self.ftp)


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def _through(data: FaultProxy | None) -> Callable[[str, int], Coroutine[Any, Any, Streams]]:
    assert data is not None

    async def open_connection(host: str, port: int) -> Streams:
        if port != data.port:
            data.server_port = port
        return await asyncio.open_connection(host, data.port)

    return open_connection


def spread(total: int, points: int) -> Iterator[int]:
    """Yield ``points`` byte counts from 1 to just before ``total``."""
    return (1 + round(number * (total - 2) / (points - 1)) for number in range(points))


async def attempt(target: Target, proxy: FaultProxy, recorded: list[str], seconds: float) -> None:
    async def note(name: str) -> None:
        recorded.append(name)

    async with await target.connect_through(proxy, seconds) as transport:
        await publish(transport, "in", NAME, Content.of(BODY), before_rename=note)


async def next_run(target: Target, recorded: list[str]) -> Outcome | None:
    """Do what the exchange does after a crash, on a clean connection; nobody takes files away here."""
    async with await target.connect(target.port, PATIENCE) as transport:
        outcome = await resume(transport, "in", NAME, Content.of(BODY), recorded[-1]) if recorded else None
        await publish(transport, "in", NAME, Content.of(BODY))
        await sweep(transport, "in", timedelta(0), datetime.now(UTC) + timedelta(seconds=1))
    return outcome


async def cut_and_recover(target: Target, *, control: Fault | None = None, data: Fault | None = None) -> None:
    """Cut one attempt, and check what it leaves and what the next run makes of it."""
    fault = control or data
    assert fault is not None
    recorded: list[str] = []
    failure: TransportError | None = None
    async with target.proxy(control=control, data=data) as proxy:
        try:
            await attempt(target, proxy, recorded, SECONDS if fault.how is How.SILENCE else PATIENCE)
        except TransportError as error:
            failure = error
    final = target.folder / NAME
    published = final.exists()
    if published:
        assert final.read_bytes() == BODY, "half a file under the final name"
    if failure is None or not isinstance(failure, UnknownOutcomeError):
        assert published is (failure is None), failure
    outcome = await next_run(target, recorded)
    if published:
        assert outcome is Outcome.PUBLISHED
    elif recorded:
        assert outcome is Outcome.NOT_PUBLISHED
    assert {path.name for path in target.folder.iterdir()} == {NAME}
    assert final.read_bytes() == BODY
    final.unlink()


async def download(connecting: Awaitable[Transport]) -> bytes:
    async with (
        await connecting as transport,
        aclosing(transport.fetch(RemoteFile("out", NAME, len(BODY)))) as chunks,
    ):
        return b"".join([chunk async for chunk in chunks])


async def cut_download(target: Target, *, control: Fault | None = None, data: Fault | None = None) -> None:
    """Cut one download: it is whole or an error of ours, and the next one is whole."""
    fault = control or data
    assert fault is not None
    async with target.proxy(control=control, data=data) as proxy:
        try:
            seconds = SECONDS if fault.how is How.SILENCE else PATIENCE
            assert await download(target.connect_through(proxy, seconds)) == BODY
        except TransportError as error:
            assert error.transient, error  # noqa: PT017 - either is right
    assert await download(target.connect(target.port, PATIENCE)) == BODY


Measure = tuple[list[int], list[int]]
"""Bytes up and down, on the control and on the first data connection."""


async def measure(target: Target) -> tuple[Measure, Measure]:
    """Return the bytes of an undisturbed upload and of an undisturbed download."""
    target.offer()
    measures: list[Measure] = []
    for way in ("up", "down"):
        async with target.proxy() as proxy:
            if way == "up":
                await attempt(target, proxy, [], PATIENCE)
            else:
                await download(target.connect_through(proxy, PATIENCE))
            assert proxy.data is None or proxy.data.counts, "no data connection was seen"
            measures.append((proxy.counts[0], proxy.data.counts[0] if proxy.data else [0, 0]))
    (target.folder / NAME).unlink()
    return measures[0], measures[1]


async def sweep_all(
    target: Target, points: Callable[[int], Iterable[int]], hows: Iterable[How], *, uploads: bool = True
) -> int:
    """Cut uploads or downloads wherever ``points`` says, and return how many cuts that made.

    Raises:
        ExceptionGroup: What was wrong after some of them, and after which.
    """
    up, down = await measure(target)
    cut = cut_and_recover if uploads else cut_download
    (control_up, control_down), (data_up, data_down) = up if uploads else down
    faults = [
        *(("control", at, None) for at in points(control_up)),
        *(("control", None, at) for at in points(control_down)),
        *(("data", at, None) for at in points(data_up)),
        *(("data", None, at) for at in points(data_down)),
    ]
    kinds = tuple(hows)
    wrong: list[Exception] = []
    for number, (where, above, below) in enumerate(faults):
        fault = Fault(up=above, down=below, how=kinds[number % len(kinds)])
        try:
            await (cut(target, control=fault) if where == "control" else cut(target, data=fault))
        except Exception as error:  # noqa: BLE001 - raised below, with those that follow
            error.add_note(f"cut {number + 1} of {len(faults)}, {where}: {fault}")
            wrong.append(error)
            if len(wrong) == ENOUGH:
                break
            target.clear()
    if wrong:
        raise ExceptionGroup("wrong end states", wrong)
    return len(faults)
