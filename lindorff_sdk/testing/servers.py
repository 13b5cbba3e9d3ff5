"""Real SFTP and FTP servers on loopback, in the test's own process: they need no root and start in milliseconds.

Both serve accounts, each shut in a folder of its own. They log nothing by themselves: names of files and accounts are
the agency's business with its clients.
"""

import asyncio
import contextlib
import hmac
import logging
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh
from attrs import field, frozen
from pyftpdlib.authorizers import AuthenticationFailed, DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer as _PyftpdServer

HOST = "127.0.0.1"
_FTP_TURN = 0.02
"""Seconds within which the FTP server notices that it is to stop."""


@frozen
class Account:
    """A client's account at the agency.

    Attributes:
        username: Its name.
        password: Its password; ``""`` lets nobody in by password.
        home: Folder below the server's root that the account is shut in; ``""`` is the root itself.
        folders: Folders made in its home when the server starts.
        public_key: A public key line that may log in over SFTP, or ``""``.
    """

    username: str
    password: str = field(default="", repr=False)
    home: str = ""
    folders: tuple[str, ...] = ("in", "out")
    public_key: str = ""


class _Server:
    """What both servers share: a root, accounts, and a port once they run."""

    def __init__(self, root: str | Path, accounts: Iterable[Account]) -> None:
        self.root = Path(root)
        self.host = HOST
        self.port = 0
        self._accounts = {account.username: account for account in accounts}

    def home(self, username: str) -> Path:
        """Return the folder that an account is shut in."""
        return self.root / self._accounts[username].home

    def admits(self, username: str, password: str) -> bool:
        """Return whether an account may log in with this password."""
        account = self._accounts.get(username)
        if account is None or not account.password:
            return False
        return hmac.compare_digest(account.password.encode(), password.encode())

    def _make_folders(self) -> None:
        for account in self._accounts.values():
            for folder in ("", *account.folders):
                (self.home(account.username) / folder).mkdir(parents=True, exist_ok=True)


def _hush(name: str) -> None:
    """Have a library log warnings and worse only, unless the program chose a level: it logs names of files at INFO."""
    logger = logging.getLogger(name)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
    if not logger.handlers:
        # Without a handler pyftpdlib sets up logging to the console by itself.
        logger.addHandler(logging.NullHandler())


class SftpServer(_Server):
    """An SFTP server over a directory.

    ::

        async with SftpServer(tmp_path, [Account("nordlys", "password")]) as server:
            ...  # server.port, server.host_key

    Attributes:
        root: The directory it serves.
        host: Where it listens: always loopback.
        port: The free port it took; 0 until it runs.
        host_key: Public key line of this server, to be pinned in a definition. Each server makes its own key.
    """

    def __init__(self, root: str | Path, accounts: Iterable[Account]) -> None:
        super().__init__(root, accounts)
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = self._key.export_public_key().decode().strip()
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()

    async def __aenter__(self) -> Self:
        self._make_folders()
        _hush("asyncssh")
        self._acceptor = await asyncssh.listen(
            self.host,
            0,
            server_factory=lambda: _SshLogin(self, self._connections),
            server_host_keys=[self._key],
            sftp_factory=self.session,
            allow_pty=False,
            agent_forwarding=False,
        )
        self.port = self._acceptor.get_port()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        if self._acceptor is None:
            return
        self._acceptor.close()
        connections = list(self._connections)
        for connection in connections:
            connection.abort()
        for connection in connections:
            await connection.wait_closed()
        await self._acceptor.wait_closed()
        self._acceptor = None
        # asyncssh closes the files of a session a few turns of the loop after its connection.
        for _ in range(5):
            await asyncio.sleep(0)

    def session(self, channel: "asyncssh.SSHServerChannel[bytes]") -> asyncssh.SFTPServer:
        """Return what serves one client's files; a subclass may return one that fails."""
        home = self.home(channel.get_extra_info("username"))
        return asyncssh.SFTPServer(channel, chroot=str(home).encode())

    def admits_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Return whether an account may log in with this public key."""
        account = self._accounts.get(username)
        if account is None or not account.public_key:
            return False
        return bool(asyncssh.import_public_key(account.public_key) == key)


class _SshLogin(asyncssh.SSHServer):
    """One connection's login. Only SFTP sessions are served: there is no shell, command or forwarding."""

    def __init__(self, server: SftpServer, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._server = server
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._connection is not None:
            self._connections.discard(self._connection)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self._server.admits(username, password)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return self._server.admits_key(username, key)


class _SilentHandler(FTPHandler):  # type: ignore[misc]
    """One FTP connection."""

    banner = "Embedded FTP server."
    auth_failed_timeout = 0  # pyftpdlib would make a refused login wait three seconds

    def log(self, *_: object, **__: object) -> None:
        """Log nothing."""


class FtpServer(_Server):
    """A plain FTP server over a directory, run in a thread.

    ::

        with FtpServer(tmp_path, [Account("nordlys", "password")]) as server:
            ...  # server.port

    Attributes:
        root: The directory it serves.
        host: Where it listens: always loopback.
        port: The free port it took; 0 until it runs.
    """

    handler: type[FTPHandler] = _SilentHandler
    """What serves one connection; a subclass may name one that fails."""

    def __init__(self, root: str | Path, accounts: Iterable[Account]) -> None:
        super().__init__(root, accounts)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._make_folders()
        _hush("pyftpdlib")
        handler = type("Handler", (self.handler,), {"authorizer": _FtpLogin(self, self._accounts)})
        server = _PyftpdServer((self.host, 0), handler, ioloop=IOLoop())
        self.port = server.address[1]
        self._stop.clear()
        self._thread = threading.Thread(target=self._serve, args=(server,), name="lindorff-sdk embedded FTP server")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None

    def _serve(self, server: _PyftpdServer) -> None:
        """Serve until told to stop; sockets are closed by the thread that uses them."""
        with contextlib.closing(server.ioloop):
            while not self._stop.is_set():
                server.ioloop.loop(timeout=_FTP_TURN, blocking=False)


class _FtpLogin(DummyAuthorizer):  # type: ignore[misc]
    """The accounts, as pyftpdlib asks for them."""

    def __init__(self, server: FtpServer, accounts: Iterable[str]) -> None:
        super().__init__()
        self._server = server
        for username in accounts:
            self.add_user(username, "", str(server.home(username)), perm="elradfmwMT")

    def validate_authentication(self, username: str, password: str, _handler: FTPHandler) -> None:
        if not self._server.admits(username, password):
            raise AuthenticationFailed("Login refused.")
