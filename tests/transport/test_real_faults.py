"""What goes wrong at real servers: one documented exception, nothing half-visible, and the next run ends it."""

import os
from collections.abc import AsyncIterator, Awaitable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from attrs import frozen

from lindorff_sdk.errors import (
    ChangedHostKeyError,
    LoginRefusedError,
    NoSpaceError,
    PermissionRefusedError,
    RemoteRefusedError,
    TransientError,
    TransportError,
    UnknownOutcomeError,
)
from lindorff_sdk.transport import Content, Outcome, RemoteFile, Transport, publish, resume, sweep
from tests.servers import RunningServer, mounted
from tests.transport.conftest import Servers, marks
from tests.transport.embedded import public_line
from tests.transport.real import REAL
from tests.transport.sites import connect_ftp, connect_sftp, knows

NAME = "LS123420260105.txt"
BODY = bytes(range(256)) * 8192
SMALL = BODY[:1000]
SFTP = tuple(name for name in REAL if "openssh" in name or name == "mod_sftp")
# One of each server and protocol; versions of TLS and ways to log in make no difference to what is tried here.
FAULTY = (
    *("openssh", "mod_sftp", "vsftpd", "pure-ftpd", "proftpd"),
    *(f"{name} TLSv1.3" for name in ("vsftpd", "pure-ftpd", "proftpd", "proftpd implicit")),
)


@frozen
class Agency:
    """A server, and the way to it."""

    name: str
    server: RunningServer
    folder: Path

    async def connect(self) -> Transport:
        return await REAL[self.name].connect(self.server, self.folder)

    @property
    def uploads(self) -> Path:
        return self.server.root / "in"

    async def next_run(self, temporary: str = "", data: bytes = SMALL) -> Outcome | None:
        """Do what a next run does, and check that it ends with the one file."""
        outcome = None
        async with await self.connect() as transport:
            if temporary:
                outcome = await resume(transport, "in", NAME, Content.of(data), temporary)
            await publish(transport, "in", NAME, Content.of(data))
            await sweep(transport, "in", timedelta(0), datetime.now(UTC) + timedelta(seconds=1))
        assert [path.name for path in self.uploads.iterdir()] == [NAME]
        assert (self.uploads / NAME).read_bytes() == data
        return outcome


@pytest.fixture(params=[pytest.param(name, marks=marks(name)) for name in FAULTY])
def agency(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Agency:
    """Each server in turn."""
    return Agency(request.param, servers.get(request.param), tmp_path)


async def refused(agency: Agency, kind: type[TransportError], data: bytes) -> str:
    """Publishing ends with this error, which names the place, and nothing stands under the final name."""
    async with await agency.connect() as transport:
        with pytest.raises(TransportError) as caught:
            await publish(transport, "in", NAME, Content.of(data))
        assert type(caught.value) is kind, caught.value
        assert transport.server in str(caught.value)
        assert "'in'" in str(caught.value)
    assert not (agency.uploads / NAME).exists()
    return str(caught.value)


async def test_a_full_disk_at_the_server(agency: Agency) -> None:
    """Told as what the server says of it; once there is room, or for a file that fits, the next run goes through."""
    with mounted(agency.uploads, "size=1m,mode=777"):
        if agency.server.host_key:
            await refused(agency, NoSpaceError, BODY)
        else:
            # All three answer 451, which they do to any failure to write.
            told = await refused(agency, RemoteRefusedError, BODY)
            assert "disk or the account's quota may be full" in told
            assert "the server says: 451" in told
        assert list(agency.uploads.iterdir()) == [], "what was written of it was to be removed"
        await agency.next_run()


async def test_a_folder_of_somebody_else(agency: Agency) -> None:
    """A folder that the account may not write is a missing permission, until it may."""
    os.chown(agency.uploads, 0, 0)
    await refused(agency, PermissionRefusedError, SMALL)
    os.chown(agency.uploads, *_owner(agency.server.root / "out"))
    await agency.next_run()


def _owner(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid


async def test_a_read_only_file_system(agency: Agency) -> None:
    """So is a file system that nobody may write."""
    with mounted(agency.uploads, "size=1m,mode=777,ro"):
        await refused(agency, PermissionRefusedError, SMALL)
    await agency.next_run()


async def test_a_restart_before_the_rename(agency: Agency) -> None:
    """The server is started anew between upload and rename: nothing is lost, and nothing there twice."""
    recorded: list[str] = []

    async def note(name: str) -> None:
        recorded.append(name)
        agency.server.restart()

    async with await agency.connect() as transport:
        with pytest.raises((TransientError, UnknownOutcomeError)):
            await publish(transport, "in", NAME, Content.of(SMALL), before_rename=note)
    assert not (agency.uploads / NAME).exists()
    assert await agency.next_run(recorded[0]) is Outcome.NOT_PUBLISHED


async def test_a_restart_during_an_upload(agency: Agency) -> None:
    """The same in the middle of the bytes."""

    async def chunks() -> AsyncIterator[bytes]:
        yield BODY[: len(BODY) // 2]
        agency.server.restart()
        yield BODY[len(BODY) // 2 :]

    content = Content(len(BODY), Content.of(BODY).sha256, chunks)
    async with await agency.connect() as transport:
        with pytest.raises(TransientError):
            await publish(transport, "in", NAME, content)
    assert not (agency.uploads / NAME).exists()
    await agency.next_run(data=BODY)


async def test_a_restart_during_a_download(agency: Agency) -> None:
    """A download that is cut so is an error, never a short file; the next one is whole."""
    path = agency.server.root / "out" / NAME
    whole = BODY * 8
    path.write_bytes(whole)
    path.chmod(0o666)

    async def fetched(*, restarting: bool) -> bytes:
        data = b""
        async with (
            await agency.connect() as transport,
            aclosing(transport.fetch(RemoteFile("out", NAME, len(whole)))) as chunks,
        ):
            async for chunk in chunks:
                if restarting and not data:
                    agency.server.restart()
                data += chunk
        return data

    with pytest.raises(TransientError):
        await fetched(restarting=True)
    assert await fetched(restarting=False) == whole


# pure-ftpd lets one wait for seconds: once is enough.
@pytest.mark.parametrize(
    "agency",
    [pytest.param(name, marks=marks(name)) for name in FAULTY if name != "pure-ftpd TLSv1.3"],
    indirect=True,
)
async def test_a_refused_log_in(agency: Agency) -> None:
    """A refused password is permanent at every server, and names it."""
    server = agency.server
    if server.host_key:
        attempt: Awaitable[Transport] = connect_sftp(server.port, server.host_key, password="wrong")
    else:
        settings: dict[str, Any] = {"tls": knows(server.certificate), "implicit": "implicit" in agency.name}
        attempt = connect_ftp(server.port, password="wrong", **settings)
    with pytest.raises(LoginRefusedError) as caught:
        await attempt
    assert not caught.value.transient
    assert f"127.0.0.1:{server.port}" in str(caught.value)


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name)) for name in SFTP])
async def test_a_changed_host_key(servers: Servers, name: str) -> None:
    """Another key on record than the server's is refused, whether of its kind or of another, before any log-in."""
    server = servers.get(name)
    legacy = "legacy" in name
    for kind in ("ssh-ed25519", "ssh-rsa"):
        other = asyncssh.generate_private_key(kind)
        for pin in (public_line(other), other.get_fingerprint()):
            with pytest.raises(ChangedHostKeyError) as caught:
                await connect_sftp(server.port, pin, legacy_algorithms=legacy)
            assert not caught.value.transient
