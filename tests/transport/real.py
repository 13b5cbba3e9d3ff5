"""The real servers that the contract suite runs over, and how each is logged in to."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Protocol

import asyncssh
from attrs import frozen

from lindorff_sdk.transport import Transport
from tests.ftp_servers import TLS_1_2, TLS_1_3, mod_sftp, proftpd, pureftpd, vsftpd
from tests.servers import LEGACY, RunningServer, openssh
from tests.transport.sites import connect_ftp, connect_sftp, knows


class Connect(Protocol):
    """Connects to a server, at its own port or at that of a proxy before it."""

    def __call__(
        self, server: RunningServer, folder: Path, port: int = 0, seconds: float = 10.0, /
    ) -> Awaitable[Transport]: ...


@frozen
class Real:
    """How a server is started, and how a connection to it is made; the folder is for the client's own files."""

    run: Callable[[], AbstractContextManager[RunningServer]]
    connect: Connect


async def by_password(server: RunningServer, folder: Path, port: int = 0, seconds: float = 10.0) -> Transport:
    return await connect_sftp(port or server.port, server.host_key, seconds=seconds)


async def by_key(server: RunningServer, folder: Path, port: int = 0, seconds: float = 10.0) -> Transport:
    path = folder / "id"
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519")
        path.write_bytes(key.export_private_key())
        path.chmod(0o600)
        (server.base / "authorized_keys").write_bytes(key.export_public_key())
    return await connect_sftp(port or server.port, server.host_key, password=None, key_file=path, seconds=seconds)


async def by_legacy(server: RunningServer, folder: Path, port: int = 0, seconds: float = 10.0) -> Transport:
    return await connect_sftp(port or server.port, server.host_key, legacy_algorithms=True, seconds=seconds)


async def over_ftp(server: RunningServer, folder: Path, port: int = 0, seconds: float = 10.0) -> Transport:
    return await connect_ftp(port or server.port, tls=knows(server.certificate), seconds=seconds)


async def over_implicit(server: RunningServer, folder: Path, port: int = 0, seconds: float = 10.0) -> Transport:
    return await connect_ftp(port or server.port, tls=knows(server.certificate), seconds=seconds, implicit=True)


REAL: Mapping[str, Real] = {
    "openssh": Real(openssh, by_password),
    "openssh key": Real(openssh, by_key),
    "openssh interactive": Real(partial(openssh, interactive=True), by_password),
    "openssh legacy": Real(partial(openssh, LEGACY, key="rsa"), by_legacy),
    "mod_sftp": Real(mod_sftp, by_password),
    **{
        f"{name} {tls}".strip(): Real(partial(make, tls), over_ftp)
        for name, make in {"vsftpd": vsftpd, "pure-ftpd": pureftpd, "proftpd": proftpd}.items()
        for tls in ("", TLS_1_2, TLS_1_3)
    },
    **{
        f"proftpd implicit {tls}": Real(partial(proftpd, tls, implicit=True), over_implicit)
        for tls in (TLS_1_2, TLS_1_3)
    },
}
