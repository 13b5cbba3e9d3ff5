"""Servers inside the test process: asyncssh's for SFTP and pyftpdlib's for FTP."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncssh
from attrs import frozen
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from tests.servers import PASSWORD, USERNAME

HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")


@frozen
class Embedded:
    """A running embedded server."""

    port: int
    root: Path
    host_key: str = ""


class _SshServer(asyncssh.SSHServer):
    def __init__(self, connections: list[asyncssh.SSHServerConnection]) -> None:
        self._connections = connections

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connections.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USERNAME, PASSWORD)


def public_line(key: asyncssh.SSHKey) -> str:
    """Return the public key as it is pinned."""
    return " ".join(key.export_public_key().decode().split()[:2])


@contextlib.asynccontextmanager
async def sftp_server(
    root: Path,
    files: type[asyncssh.SFTPServer] = asyncssh.SFTPServer,
    keys: Sequence[asyncssh.SSHKey] = (HOST_KEY,),
    **options: Any,
) -> AsyncIterator[Embedded]:
    """Run asyncssh's SFTP server; ``files`` may be a subclass that lies or fails."""

    def session(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return files(channel, chroot=str(root).encode())

    connections: list[asyncssh.SSHServerConnection] = []
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _SshServer(connections),
        server_host_keys=list(keys),
        sftp_factory=session,
        **options,
    )
    try:
        yield Embedded(server.get_port(), root, public_line(keys[0]))
    finally:
        server.close()
        await server.wait_closed()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        # The sessions close their files a few turns of the loop later.
        for _ in range(5):
            await asyncio.sleep(0)


@contextlib.contextmanager
def ftp_server(root: Path, handler: type[FTPHandler] = FTPHandler) -> Iterator[Embedded]:
    """Run pyftpdlib's FTP server in a thread; ``handler`` may be a subclass that lies or fails."""
    authorizer = DummyAuthorizer()
    authorizer.add_user(USERNAME, PASSWORD, str(root), perm="elradfmwMT")
    ours = type("Handler", (handler,), {"authorizer": authorizer, "auth_failed_timeout": 0})
    server = FTPServer(("127.0.0.1", 0), ours, ioloop=IOLoop())
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            server.serve_forever(timeout=0.02, blocking=False, handle_exit=False)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Embedded(server.address[1], root)
    finally:
        stop.set()
        thread.join()
        server.close_all()
        server.ioloop.close()
