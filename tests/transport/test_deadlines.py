"""A server that falls silent: the call returns within a second of its deadline, and leaves no task, socket or file.

Cancelling such a call returns at once, and leaves as little.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from lindorff_sdk.errors import ConnectionLostError, DeadlineError, UnknownOutcomeError
from lindorff_sdk.transport import CHUNK, Content, RemoteFile, Transport, publish
from lindorff_sdk.transport.tls import Tls
from tests.faultproxy import Fault, FaultProxy, How
from tests.ftp_servers import make_certificate
from tests.transport.embedded import HOST_KEY, public_line, sftp_server
from tests.transport.quiet import HELD, Quiet, quiet_ftp, quiet_sftp
from tests.transport.sites import connect_ftp, connect_sftp

SECONDS = 0.3
LOGIN = 1.5  # a key exchange takes its time on a busy machine
SLACK = 1.0
PIN = public_line(HOST_KEY)
NO_TLS = Tls.of(pin="SHA256:" + "A" * 43)
ENDINGS = pytest.mark.parametrize("ending", ["deadline", "cancelled"])
Work = Callable[[Transport], Awaitable[object]]


async def down(transport: Transport) -> None:
    async for _ in transport.fetch(RemoteFile("out", "a.txt", HELD)):
        pass


async def up(transport: Transport) -> None:
    """Publish more than all buffers on the way hold."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield bytes(CHUNK)

    await publish(transport, "in", "b.txt", Content(80 * CHUNK, "0" * 64, chunks))


async def listing(transport: Transport) -> None:
    await transport.list("out")


async def deleting(transport: Transport) -> None:
    await transport.delete(RemoteFile("out", "a.txt"))


async def nothing(transport: Transport) -> None:
    pytest.fail("the log-in was to hang")


def files_open() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only the number matters


async def silent(
    server: AbstractAsyncContextManager[Quiet],
    connect: Callable[[int, float], Awaitable[Transport]],
    work: Work,
    ending: str,
) -> None:
    """Let the server fall silent while ``work`` is done, and check how that ends."""
    before, descriptors = asyncio.all_tasks(), files_open()
    async with server as quiet:
        task = asyncio.ensure_future(
            _reach_and_work(quiet.port, connect, work, SECONDS if ending == "deadline" else 60)
        )
        async with asyncio.timeout(10):
            await quiet.reached.wait()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        if ending == "cancelled":
            task.cancel()
        done, _ = await asyncio.wait({task}, timeout=SECONDS + SLACK)
        took = loop.time() - begun
        assert done, "the call did not return"
        if ending == "cancelled":
            assert task.cancelled()
            assert took < SLACK
        else:
            assert isinstance(task.exception(), DeadlineError | UnknownOutcomeError), task.exception()
        quiet.over.set()
        # The server's own tasks end when they see that the client is gone; what is open then is the client's.
        for _ in range(100):
            if not quiet.open:
                break
            await asyncio.sleep(0.02)
        assert not quiet.open, "a socket was left open"
    for _ in range(100):
        if asyncio.all_tasks() <= before and files_open() <= descriptors:
            return
        await asyncio.sleep(0.02)
    assert asyncio.all_tasks() <= before, "a task was left"
    assert files_open() <= descriptors, "a file or socket was left open"


async def _reach_and_work(
    port: int, connect: Callable[[int, float], Awaitable[Transport]], work: Work, seconds: float
) -> None:
    async with await connect(port, seconds) as transport:
        try:
            await work(transport)
        finally:
            with pytest.raises(ConnectionLostError):
                await transport.stat("in", "x")


# --- FTP -------------------------------------------------------------------------------------------------------------

DOWN = ("SIZE", "EPSV", "PASV", "RETR", "data", "closing")
UP = ("STOR", "data", "closing", "RNFR", "RNTO")
FTP = [
    *((at, nothing) for at in ("greeting", "USER", "PASS", "FEAT", "TYPE", "PWD")),
    *((at, down) for at in DOWN),
    *((at, up) for at in UP),
    *((at, listing) for at in ("CWD", "LIST", "data", "closing")),
    ("DELE", deleting),
]
FTPS = [
    *((at, nothing) for at in ("greeting", "AUTH", "TLS", "USER", "PASS", "PBSZ", "PROT")),
    *((at, down) for at in ("RETR", "data TLS", "data", "closing")),
    *((at, up) for at in ("STOR", "data TLS", "data", "closing", "RNTO")),
    *((at, listing) for at in ("data TLS", "closing")),
]


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Tls]:
    """A certificate: the server's side of it and the client's."""
    certificate, key = make_certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context, Tls.of(authorities=certificate)


@ENDINGS
@pytest.mark.parametrize(("at", "work"), FTP)
async def test_ftp_that_falls_silent(at: str, work: Work, ending: str) -> None:
    """At every phase of log-in, download, upload, listing and removal."""
    await silent(quiet_ftp(at), lambda port, seconds: connect_ftp(port, seconds=seconds), work, ending)


@ENDINGS
@pytest.mark.parametrize(("at", "work"), FTPS)
async def test_ftps_that_falls_silent(tls: tuple[ssl.SSLContext, Tls], at: str, work: Work, ending: str) -> None:
    """The same under TLS, with its handshakes on both connections."""
    context, known = tls
    server = quiet_ftp(at, context)
    await silent(server, lambda port, seconds: connect_ftp(port, seconds=seconds, tls=known), work, ending)


@ENDINGS
async def test_implicit_ftps_that_falls_silent(ending: str) -> None:
    """The same where TLS begins with the first byte."""
    await silent(
        quiet_ftp("greeting"),
        lambda port, seconds: connect_ftp(port, seconds=seconds, tls=NO_TLS, implicit=True),
        nothing,
        ending,
    )


# --- SFTP ------------------------------------------------------------------------------------------------------------

SFTP = [
    *((at, nothing) for at in ("user name", "password", "channel", "version")),
    *((at, down) for at in ("open", "fstat", "read", "close")),
    *((at, up) for at in ("lstat", "open", "write", "close", "rename")),
    ("scandir", listing),
    ("remove", deleting),
]


@ENDINGS
@pytest.mark.parametrize(("at", "work"), SFTP)
async def test_sftp_that_falls_silent(root: Path, at: str, work: Work, ending: str) -> None:
    """At every phase of log-in, download, upload, listing and removal."""
    (root / "out" / "a.txt").write_bytes(b"x" * HELD)
    await silent(quiet_sftp(at, root), lambda port, seconds: connect_sftp(port, PIN, seconds=seconds), work, ending)


@pytest.mark.parametrize(("phase", "at"), [("banner", 0), ("key exchange", 300), ("new keys", 900)])
async def test_sftp_that_falls_silent_before_the_log_in(root: Path, phase: str, at: int) -> None:
    """The same while the two sides greet each other and agree on keys."""
    async with sftp_server(root) as server, FaultProxy(server.port, [Fault(down=at, how=How.SILENCE)]) as proxy:
        loop = asyncio.get_running_loop()
        before, descriptors, begun = asyncio.all_tasks(), files_open(), loop.time()
        with pytest.raises(DeadlineError) as caught:
            await connect_sftp(proxy.port, server.host_key, seconds=LOGIN)
        assert LOGIN * 0.9 <= loop.time() - begun < LOGIN + SLACK
        assert proxy.counts[0][1] == at, "the phase was not reached"
        assert caught.value.operation == "connect"
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() <= before
    assert files_open() <= descriptors
