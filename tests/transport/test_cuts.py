"""Transfers cut at byte after byte: whatever the cut, the next run ends with the right file once."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from lindorff_sdk.transport import Transport
from tests.faultproxy import How
from tests.servers import RunningServer
from tests.transport.conftest import Servers
from tests.transport.embedded import ftp_server, sftp_server
from tests.transport.sites import connect_ftp, connect_sftp
from tests.transport.sweeps import Connect, Target, spread, sweep_all

CUTS = (How.RESET, How.CLOSE)


def some(points: int) -> Callable[[int], Iterable[int]]:
    return lambda total: spread(total, points) if total > points else ()


def sftp_to(host_key: str) -> Connect:
    async def connect(port: int, seconds: float) -> Transport:
        return await connect_sftp(port, host_key, seconds=seconds)

    return connect


async def ftp_to(port: int, seconds: float) -> Transport:
    return await connect_ftp(port, seconds=seconds)


@pytest.mark.parametrize("uploads", [True, False], ids=["upload", "download"])
async def test_sftp_cut_anywhere(root: Path, uploads: bool) -> None:
    """asyncssh's server: no cut leaves a wrong file, and every next run repairs it."""
    async with sftp_server(root) as server:
        target = Target(server.port, root, sftp_to(server.host_key))
        assert await sweep_all(target, some(4), CUTS, uploads=uploads) == 8
        await sweep_all(target, some(2), [How.SILENCE], uploads=uploads)


@pytest.mark.real_server
@pytest.mark.parametrize("uploads", [True, False], ids=["upload", "download"])
async def test_openssh_cut_anywhere(sshd: RunningServer, uploads: bool) -> None:
    """The same at OpenSSH, more closely: 40 cuts both ways, and some silences."""
    target = Target(sshd.port, sshd.root, sftp_to(sshd.host_key))
    assert await sweep_all(target, some(10), CUTS, uploads=uploads) == 20
    await sweep_all(target, some(2), [How.SILENCE], uploads=uploads)


@pytest.mark.parametrize("uploads", [True, False], ids=["upload", "download"])
async def test_ftp_cut_anywhere(root: Path, uploads: bool) -> None:
    """Over FTP, on the control and on the data connection; the server calls what it got complete."""
    with ftp_server(root) as server:
        target = Target(server.port, root, ftp_to, ftp=True)
        assert await sweep_all(target, some(4), CUTS, uploads=uploads) == 12
        await sweep_all(target, some(2), [How.SILENCE], uploads=uploads)


@pytest.mark.real_server
@pytest.mark.parametrize("uploads", [True, False], ids=["upload", "download"])
async def test_vsftpd_cut_anywhere(servers: Servers, uploads: bool) -> None:
    """The same at vsftpd, more closely."""
    server = servers.get("vsftpd")
    target = Target(server.port, server.root, ftp_to, ftp=True)
    assert await sweep_all(target, some(7), CUTS, uploads=uploads) == 21
    await sweep_all(target, some(2), [How.SILENCE], uploads=uploads)
