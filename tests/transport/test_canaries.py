"""What must never be seen: the password and what the files say of debtors, whatever fails over whichever backend."""

import logging
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from lindorff_sdk.errors import TransportError
from lindorff_sdk.transport import Content, RemoteFile, Transport, publish
from lindorff_sdk.transport.steps import Connection
from tests.faultproxy import Fault, How
from tests.servers import PASSWORD
from tests.transport.conftest import EMBEDDED, Servers, marks
from tests.transport.real import REAL
from tests.transport.sites import DiskSite, MemorySite, Site
from tests.transport.sweeps import Target

DEBTOR = "Kanarifugl 15908695043"
BODY = f"{DEBTOR}\r\n".encode() * 100_000
NAME = "LS1.txt"
KINDS = [*EMBEDDED, *(pytest.param(name, marks=marks(name)) for name in ("openssh", "vsftpd", "vsftpd TLSv1.3"))]
Failing = Callable[[Transport, Site], Awaitable[object]]


def seen(error: BaseException | None) -> Iterator[str]:
    """Yield all that a crash reporter could show of an error: texts, and the locals of frames that are no test's."""
    if error is None:
        return
    yield from (
        str(error),
        repr(error),
        repr(vars(error)),
        repr(pickle.dumps(error)),
        repr(getattr(error, "__notes__", "")),
    )
    frames = error.__traceback__
    while frames is not None:
        if "/tests/" not in frames.tb_frame.f_code.co_filename:
            yield from (
                f"{frames.tb_frame.f_code}: {name} = {held!r}" for name, held in frames.tb_frame.f_locals.items()
            )
        frames = frames.tb_next
    yield from seen(error.__cause__)
    yield from seen(error.__context__)


def shows_nothing(error: BaseException, transport: Transport, logged: str) -> None:
    frames = 0
    for text in (*seen(error), logged, repr(transport), repr(vars(transport))):
        frames += "lindorff_sdk/transport" in text
        for canary in (PASSWORD, DEBTOR.split(maxsplit=1)[0], DEBTOR.split()[1]):
            assert canary not in text
    assert frames, "no frame of ours was looked at, so nothing is proved"


async def upload_into_nowhere(transport: Transport, site: Site) -> None:
    await publish(transport, "nowhere", NAME, Content.of(BODY))


async def upload_over_theirs(transport: Transport, site: Site) -> None:
    site.put("in", NAME, BODY[:-1])
    await publish(transport, "in", NAME, Content.of(BODY))


async def upload_of_other_size(transport: Transport, site: Site) -> None:
    await transport.store("in", NAME, Content(len(BODY) + 1, "", Content.of(BODY).chunks))


async def download_of_other_size(transport: Transport, site: Site) -> None:
    site.put("out", NAME, BODY)
    await read(transport, RemoteFile("out", NAME, len(BODY) + 1))


async def read(transport: Transport, file: RemoteFile) -> None:
    async with aclosing(transport.fetch(file)) as chunks:
        async for _ in chunks:
            pass


FAILING: tuple[Failing, ...] = (upload_into_nowhere, upload_over_theirs, upload_of_other_size, download_of_other_size)


@pytest.mark.parametrize("site", KINDS, indirect=True)
@pytest.mark.parametrize("failing", FAILING)
async def test_what_fails_shows_nothing(site: Site, failing: Failing, caplog: pytest.LogCaptureFixture) -> None:
    """Refusals, collisions and wrong sizes, over every backend, with every logger at its most talkative."""
    caplog.set_level(logging.DEBUG)
    async with await site.connect() as transport:
        with pytest.raises(TransportError) as caught:
            await failing(transport, site)
        shows_nothing(caught.value, transport, caplog.text)


NETWORK = [pytest.param(name, marks=marks(name)) for name in ("openssh", "mod_sftp", "vsftpd", "vsftpd TLSv1.3")]


@asynccontextmanager
async def faulty(servers: Servers, name: str, folder: Path, how: How) -> AsyncIterator[tuple[Target, Transport]]:
    """Connect to a server through a proxy that breaks in the middle of the bytes."""
    server = servers.get(name)

    async def connect(port: int, seconds: float) -> Transport:
        return await REAL[name].connect(server, folder, port, seconds)

    target = Target(server.port, server.root, connect, ftp=not server.host_key)
    fault = Fault(up=len(BODY) // 2, down=len(BODY) // 2, how=how)
    async with (
        target.proxy(**{"data" if target.ftp else "control": fault}) as proxy,
        await target.connect_through(proxy, 5) as transport,
    ):
        if how is How.SILENCE and isinstance(transport, Connection):
            transport._operation_timeout = 0.3
        yield target, transport


@pytest.mark.parametrize("how", [How.RESET, How.SILENCE])
@pytest.mark.parametrize("name", NETWORK)
async def test_what_is_cut_shows_nothing(
    servers: Servers, tmp_path: Path, name: str, how: How, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does a connection that breaks, or falls silent, in the middle of an upload or a download."""
    caplog.set_level(logging.DEBUG)
    async with faulty(servers, name, tmp_path, how) as (_, transport):
        with pytest.raises(TransportError) as caught:
            await publish(transport, "in", NAME, Content.of(BODY))
        shows_nothing(caught.value, transport, caplog.text)
    async with faulty(servers, name, tmp_path, how) as (target, transport):
        DiskSite(target.root, lambda: target.connect(target.port, 1)).put("out", NAME, BODY)
        with pytest.raises(TransportError) as caught:
            await read(transport, RemoteFile("out", NAME, len(BODY)))
        shows_nothing(caught.value, transport, caplog.text)


@pytest.mark.parametrize("site", ["memory"], indirect=True)
async def test_an_agency_in_memory_shows_no_bytes(site: MemorySite) -> None:
    """A failing test's output is a log as well."""
    site.put("out", NAME, BODY)
    assert "Kanarifugl" not in repr(site.server)
