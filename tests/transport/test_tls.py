"""FTPS: nothing is said to a server that has not proved itself, and data connections work with real servers."""

import asyncio
import contextlib
import hashlib
import importlib.metadata
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aioftp
import pytest
from attrs import evolve

from lindorff_sdk.errors import (
    CertificateError,
    ConnectionLostError,
    DeadlineError,
    DefinitionError,
    RemoteRefusedError,
)
from lindorff_sdk.secrets import Secret
from lindorff_sdk.transport import Content, FtpTransport, RemoteFile, fetch_certificate
from lindorff_sdk.transport.ftp_client import FtpClient
from lindorff_sdk.transport.tls import Tls
from tests.ftp_servers import TLS_1_2, TLS_1_3, make_certificate
from tests.servers import PASSWORD, USERNAME, RunningServer
from tests.transport.conftest import Servers
from tests.transport.embedded import ftp_server
from tests.transport.sites import connect_ftp

NAMES = tuple(
    f"{name} {tls}" for name in ("vsftpd", "pure-ftpd", "proftpd", "proftpd implicit") for tls in (TLS_1_2, TLS_1_3)
)
NO_PIN = "SHA256:" + "00" * 32


def digest(server: RunningServer) -> bytes:
    assert server.certificate is not None
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(server.certificate.read_text())).digest()


class Asked:
    """A password that tells whether it was asked for."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return PASSWORD


async def attempt(server: RunningServer, name: str, tls: Tls, asked: Callable[[], str]) -> FtpTransport:
    return await FtpTransport.connect(
        "127.0.0.1",
        server.port,
        username=USERNAME,
        password=Secret(asked),
        tls=tls,
        implicit="implicit" in name,
        connect_timeout=5,
        login_timeout=5,
        operation_timeout=5,
    )


# --- who is spoken to ------------------------------------------------------------------------------------------------


@pytest.mark.real_server
@pytest.mark.parametrize("name", NAMES)
async def test_a_server_that_cannot_prove_itself(servers: Servers, name: str) -> None:
    """An unknown authority and another pin are refused before user name or password is sent."""
    server, asked = servers.get(name), Asked()
    for tls in (Tls.of(), Tls.of(pin=NO_PIN)):
        with pytest.raises(CertificateError) as caught:
            await attempt(server, name, tls, asked)
        assert not caught.value.transient
        assert "nothing was sent" in str(caught.value)
    assert asked.times == 0


@pytest.mark.real_server
@pytest.mark.parametrize("name", NAMES)
async def test_a_pinned_certificate_is_enough(servers: Servers, name: str) -> None:
    """With its fingerprint a certificate needs no authority; version and session are those that were agreed."""
    server = servers.get(name)
    async with await attempt(server, name, Tls.of(pin=f"SHA256:{digest(server).hex()}"), Asked()) as transport:
        await transport.store("in", "a.txt", Content.of(b"x" * 100_000))
        assert (server.root / "in" / "a.txt").read_bytes() == b"x" * 100_000
        spoken = transport._client.stream.writer.get_extra_info("ssl_object")
        assert spoken.version() == name.rsplit(" ", 1)[1]


@pytest.mark.real_server
@pytest.mark.parametrize("name", ["vsftpd TLSv1.2", "vsftpd TLSv1.3", "proftpd TLSv1.2", "proftpd TLSv1.3"])
async def test_the_session_is_resumed_on_data_connections(servers: Servers, name: str) -> None:
    """These servers insist on it."""
    server = servers.get(name)
    (server.root / "out" / "a.txt").write_bytes(b"x" * 3_000_000)
    (server.root / "out" / "a.txt").chmod(0o666)
    async with await attempt(server, name, Tls.of(pin=digest(server).hex()), Asked()) as transport:
        async for _ in transport.fetch(RemoteFile("out", "a.txt")):
            assert transport._client.data is not None
            assert transport._client.data.writer.get_extra_info("ssl_object").session_reused


@pytest.mark.real_server
async def test_another_certificate_on_the_data_connection(servers: Servers) -> None:
    """The data connection is checked as well."""
    server = servers.get("pure-ftpd TLSv1.3")
    transport = await attempt(server, "", Tls.of(pin=digest(server).hex()), Asked())
    assert transport._client._tls is not None
    transport._client._tls = evolve(transport._client._tls, pin=bytes(32))
    with pytest.raises(CertificateError):
        await transport.list("in")
    with pytest.raises(ConnectionLostError):
        await transport.list("in")
    await transport.close()


async def test_a_server_without_tls(root: Path) -> None:
    """A server that offers no TLS is left: never without it."""
    asked = Asked()
    with ftp_server(root) as server, pytest.raises(RemoteRefusedError, match="offers no TLS"):
        await FtpTransport.connect(
            "127.0.0.1", server.port, username=USERNAME, password=Secret(asked), tls=Tls.of(pin=NO_PIN)
        )
    assert asked.times == 0


@asynccontextmanager
async def speaking(answer: bytes) -> AsyncIterator[int]:
    """Run a server that answers AUTH with these bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(b"220 hello\r\n")
            await reader.readline()
            writer.write(answer)
            await reader.read()
        writer.close()
        ended.set()

    ended = asyncio.Event()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        async with asyncio.timeout(5):
            await ended.wait()


async def test_replies_from_before_the_encryption_are_not_taken() -> None:
    """Somebody in between could send a reply ahead, to be taken for the server's."""
    async with speaking(b"234 go\r\n230 logged in\r\n") as port:
        with pytest.raises(CertificateError, match="before the encryption"):
            await connect_ftp(port, tls=Tls.of(pin=NO_PIN), seconds=2)


async def test_a_server_that_speaks_nothing_like_tls() -> None:
    """Garbage instead of a handshake is an error of ours."""
    async with speaking(b"234 go\r\n") as port:
        with pytest.raises((DeadlineError, RemoteRefusedError)):
            await connect_ftp(port, tls=Tls.of(pin=NO_PIN), seconds=0.5)


# --- what may be written as a pin ------------------------------------------------------------------------------------


def test_the_forms_of_a_pin() -> None:
    """Hexadecimal as OpenSSL prints it, with or without colons, and base64 mean the same."""
    expected = bytes(range(32))
    colons = re.sub("(..)(?=.)", r"\1:", expected.hex().upper())
    for text in (
        f"SHA256:{expected.hex()}",
        expected.hex(),
        colons,
        f"SHA256:{colons}",
        "SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ):
        assert Tls.of(pin=text).pin == expected


@pytest.mark.parametrize("pin", ["SHA256:", "SHA256:00", "nonsense", "SHA1:" + "00" * 20])
def test_what_is_no_pin(pin: str) -> None:
    """Anything else is the caller's mistake."""
    with pytest.raises(DefinitionError):
        Tls.of(pin=pin)


def test_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is missing or holds no certificate is told."""
    with pytest.raises(DefinitionError, match="No such file"):
        Tls.of(authorities=tmp_path / "none.pem")
    (tmp_path / "empty.pem").write_text("nothing\n")
    with pytest.raises(DefinitionError):
        Tls.of(authorities=tmp_path / "empty.pem")


def test_no_way_is_unverified_or_old(tmp_path: Path) -> None:
    """Without a pin an authority is asked, and nothing below TLS 1.2 is spoken."""
    certificate, _ = make_certificate(tmp_path)
    for tls in (Tls.of(), Tls.of(authorities=certificate)):
        assert tls.context.verify_mode is ssl.CERT_REQUIRED
        assert tls.context.check_hostname
        assert tls.context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.real_server
@pytest.mark.parametrize("name", ["vsftpd TLSv1.3", "proftpd implicit TLSv1.2"])
async def test_a_certificate_can_be_fetched_for_pinning(servers: Servers, name: str) -> None:
    """What is fetched can be pinned; it is the caller who does so."""
    server = servers.get(name)
    shown = await fetch_certificate("127.0.0.1", server.port, implicit="implicit" in name)
    assert shown.fingerprint == f"SHA256:{digest(server).hex()}"
    async with await attempt(server, name, Tls.of(pin=shown.fingerprint), Asked()) as transport:
        assert await transport.list("in") == ()


# --- the trap --------------------------------------------------------------------------------------------------------


def test_the_version_that_the_order_of_steps_was_written_for() -> None:
    """`FtpClient` overrides aioftp from within: another minor version must be tried against the four servers first."""
    version = importlib.metadata.version("aioftp")
    assert re.fullmatch(r"0\.28\.\d+", version), "run the contract suite, then move this guard"
    assert int(version.rsplit(".", 1)[1]) >= 3
    assert FtpClient._open_connection is not aioftp.BaseClient._open_connection
