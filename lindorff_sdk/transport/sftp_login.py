"""Reaching an SFTP server, knowing it, and logging in."""

import socket
from pathlib import Path

import asyncssh
from attrs import field, frozen

from lindorff_sdk.errors import DeadlineError, SecretError, TransportError
from lindorff_sdk.secrets import Secret, private_file
from lindorff_sdk.transport.hostkeys import Expected, Watcher
from lindorff_sdk.transport.place import Place
from lindorff_sdk.transport.sftp_errors import told_at_login
from lindorff_sdk.transport.steps import open_socket, within

_KEEPALIVE_SECONDS = 15
_KEEPALIVE_MISSES = 3

# Fastest first among those held safe today; asyncssh's own order begins with a slower one.
_CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)

Session = tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]


@frozen
class SessionSettings:
    """What a log-in needs; see `lindorff_sdk.transport.sftp.SftpTransport.connect`."""

    host: str
    port: int
    username: str
    password: Secret | None
    keys: list[asyncssh.SSHKey] | None = field(repr=False)
    expected: Expected
    encoding: str
    connect_timeout: float
    login_timeout: float


async def open_session(settings: SessionSettings, place: Place) -> Session:
    """Return a connection that is logged in and an SFTP session on it."""
    watcher = Watcher(settings.expected)
    failure: TransportError | SecretError
    try:
        # The socket is opened apart, so that a server that is not there and one that is slow have their own limits.
        opened = await within(settings.connect_timeout, open_socket(settings.host, settings.port), watcher.abort)
        return await within(settings.login_timeout, _log_in(settings, watcher, opened), watcher.abort)
    except TimeoutError:
        failure = place.error(DeadlineError, "the server did not answer in time")
    except SecretError as error:
        failure = SecretError(*error.args)
    except Exception as error:  # noqa: BLE001 - a server can make the library raise nearly anything
        failure = told_at_login(error, place, watcher.shown)
    # Raised here, outside the handler: the library's frames may hold a secret, and __context__ would keep them.
    watcher.abort()
    raise failure


async def _log_in(settings: SessionSettings, watcher: Watcher, opened: socket.socket) -> Session:
    connection = await asyncssh.connect(
        settings.host,
        settings.port,
        sock=opened,
        username=settings.username,
        # As a callable: asyncssh keeps its options, and would keep the text.
        password=None if settings.password is None else settings.password.reveal,
        client_keys=settings.keys,
        client_username=settings.username,
        known_hosts=settings.expected.known_hosts(),
        client_factory=lambda: watcher,
        agent_path=None,
        config=None,
        gss_host=None,
        login_timeout=settings.login_timeout,
        keepalive_interval=_KEEPALIVE_SECONDS,
        keepalive_count_max=_KEEPALIVE_MISSES,
        encryption_algs=_CIPHERS,
    )
    return connection, await connection.start_sftp_client(path_encoding=settings.encoding)


def private_key(path: Path, passphrase: Secret | None) -> asyncssh.SSHKey:
    """Return the private key in a file that only its owner can read.

    Raises:
        SecretError: If the file or the passphrase does not serve.
    """
    data = private_file(path, "key")
    try:
        return asyncssh.import_private_key(data, None if passphrase is None else passphrase.reveal())
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
        reason = "it needs a passphrase" if passphrase is None else "it is no private key, or the passphrase is wrong"
    # Raised outside the handler: the library's frames hold the passphrase.
    raise SecretError(f"The key file {path} cannot be used: {reason}, or its format is unknown.")
