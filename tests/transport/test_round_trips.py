"""What a small file costs: the requests that are made for it, which no load of the machine changes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import aioftp
import pytest
from asyncssh.sftp import SFTPClientHandler

from lindorff_sdk.transport import Content, Transport, publish
from tests.transport.embedded import ftp_server, sftp_server
from tests.transport.sites import connect_ftp, connect_sftp

FILES = 10


async def fetch_all(transport: Transport) -> None:
    for file in await transport.list("out"):
        async with aclosing(transport.fetch(file)) as chunks:
            async for _ in chunks:
                pass


async def publish_all(transport: Transport) -> None:
    for number in range(FILES):
        await publish(transport, "in", f"LS{number}.txt", Content.of(bytes(5000)))


def offer(root: Path) -> None:
    for number in range(FILES):
        (root / "out" / f"OP{number}.txt").write_bytes(bytes(5000))


@contextmanager
def counted(kind: type, method: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count the calls of a method by their first argument's first word."""
    counts: Counter[str] = Counter()
    original = getattr(kind, method)

    def call(self: Any, what: Any, *arguments: Any, **settings: Any) -> Any:
        if what is not None:
            counts[str(what).split(maxsplit=1)[0]] += 1
        return original(self, what, *arguments, **settings)

    with monkeypatch.context() as patch:
        patch.setattr(kind, method, call)
        yield counts


def each(counts: Counter[str]) -> int:
    """Return the requests a file; those of the listing and the log-in come once."""
    return sum(count // FILES for count in counts.values())


async def test_requests_of_sftp(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up: two looks, open, write, close, rename. Down: open, two looks, read, close."""
    offer(root)
    async with sftp_server(root) as server, await connect_sftp(server.port, server.host_key) as transport:
        with counted(SFTPClientHandler, "_make_request", monkeypatch) as up:
            await publish_all(transport)
        with counted(SFTPClientHandler, "_make_request", monkeypatch) as down:
            await fetch_all(transport)
    assert each(up) == 6
    assert each(down) == 5


async def test_requests_of_ftp(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up: four looks, type, data connection, store, rename. Down: two looks, type, data connection, retrieve."""
    offer(root)
    with ftp_server(root) as server:
        async with await connect_ftp(server.port) as transport:
            with counted(aioftp.Client, "command", monkeypatch) as up:
                await publish_all(transport)
            with counted(aioftp.Client, "command", monkeypatch) as down:
                await fetch_all(transport)
    assert each(up) == 9
    assert each(down) == 5
