"""Reaching an SFTP server, knowing it, and logging in."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from pathlib import Path

import asyncssh
from attrs import field, frozen

from lindorff_sdk.errors import ChangedHostKeyError, DeadlineError, SecretError, TransportError
from lindorff_sdk.secrets import Secret, private_file
from lindorff_sdk.transport.fleet import door
from lindorff_sdk.transport.hostkeys import Expected, Watcher, expected_key, kinds_of_keys
from lindorff_sdk.transport.place import Place
from lindorff_sdk.transport.sftp_errors import told_at_login
from lindorff_sdk.transport.steps import open_socket, within

_KEEPALIVE_SECONDS = 15
_KEEPALIVE_MISSES = 3

_DUMPS_PACKETS = 3

# Fastest first among those held safe today; asyncssh's own order begins with a slower one.
_CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)

# Of asyncssh's own choice, what still rests on SHA-1.
_MODERN = {"encryption_algs": _CIPHERS, "kex_algs": "-*-sha1", "mac_algs": "-hmac-sha1*"}

# What servers of twenty years ago speak: asked for by name, and offered after everything better.
_LEGACY = {
    "encryption_algs": (*_CIPHERS, "aes256-cbc", "aes128-cbc", "3des-cbc"),
    "kex_algs": "+diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1",
    "mac_algs": "default",
}

Session = tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]


@frozen
class SftpSettings:
    """What a log-in needs; see `lindorff_sdk.transport.sftp.SftpTransport.connect`."""

    host: str
    port: int
    username: str
    password: Secret | None
    key_file: Path | None
    key_passphrase: Secret | None
    host_key: str | None
    known_hosts: Path | None
    legacy: bool
    encoding: str
    connect_timeout: float
    login_timeout: float


@frozen
class _Login:
    """The settings, with what they name: who the server must be, and who we are."""

    settings: SftpSettings
    expected: Expected
    keys: list[asyncssh.SSHKey] | None = field(repr=False)
    end: float


async def open_session(settings: SftpSettings, place: Place) -> Session:
    """Return a connection that is logged in and an SFTP session on it."""
    refuse_packet_dumps()
    expected = expected_key(settings.host, settings.port, settings.host_key, settings.known_hosts, place)
    keys = None
    if settings.key_file is not None:
        keys = [await asyncio.to_thread(private_key, settings.key_file, settings.key_passphrase)]
    async with door(settings.host, settings.port):
        end = asyncio.get_running_loop().time() + settings.connect_timeout + settings.login_timeout
        return await _enter(_Login(settings, expected, keys, end), place)


async def _enter(login: _Login, place: Place) -> Session:
    refused: list[asyncssh.SSHKey] = []
    while True:
        watcher = Watcher(login.expected, refused)
        try:
            return await _attempt(login, watcher, refused, place)
        except ChangedHostKeyError as error:
            # A fingerprint does not tell its kind of key: the server may hold the right one beside the one it showed.
            if not refused:
                first = error
            elif watcher.shown is None:
                raise first from None
            if watcher.shown is None or not login.expected.fingerprint:
                raise
            refused.append(watcher.shown)


async def _attempt(login: _Login, watcher: Watcher, refused: Sequence[asyncssh.SSHKey], place: Place) -> Session:
    failure: TransportError | SecretError
    settings = login.settings
    try:
        # The socket is opened apart, so that a server that is not there and one that is slow have their own limits.
        opened = await within(settings.connect_timeout, open_socket(settings.host, settings.port), watcher.abort)
        left = min(settings.login_timeout, login.end - asyncio.get_running_loop().time())
        return await within(left, _log_in(login, watcher, opened, refused), watcher.abort)
    except TimeoutError:
        failure = place.error(DeadlineError, "the server did not answer in time")
    except SecretError as error:
        failure = SecretError(*error.args)
    except Exception as error:  # noqa: BLE001 - a server can make the library raise nearly anything
        failure = told_at_login(error, place, watcher)
    # Raised here, outside the handler: the library's frames may hold a secret, and __context__ would keep them.
    watcher.abort()
    raise failure


async def _log_in(
    login: _Login, watcher: Watcher, opened: socket.socket, refused: Sequence[asyncssh.SSHKey]
) -> Session:
    settings = login.settings
    connection = await asyncssh.connect(
        settings.host,
        settings.port,
        sock=opened,
        username=settings.username,
        # As a callable: asyncssh keeps its options, and would keep the text.
        password=None if settings.password is None else settings.password.reveal,
        client_keys=login.keys,
        client_username=settings.username,
        known_hosts=login.expected.known_hosts(),
        client_factory=lambda: watcher,
        agent_path=None,
        config=None,
        gss_host=None,
        login_timeout=settings.login_timeout,
        keepalive_interval=_KEEPALIVE_SECONDS,
        keepalive_count_max=_KEEPALIVE_MISSES,
        server_host_key_algs=kinds_of_keys(login.expected, refused, legacy=settings.legacy),
        **(_LEGACY if settings.legacy else _MODERN),
    )
    return connection, await connection.start_sftp_client(path_encoding=settings.encoding)


def refuse_packet_dumps() -> None:
    """Refuse to log in while asyncssh would print every packet, the password's among them.

    Raises:
        SecretError: If asyncssh's debug level is 3, or cannot be told while it logs at level DEBUG.
    """
    # There is no public way to ask. Where this one is gone, only a logger that shows no details is safe.
    level = getattr(asyncssh.logging.SSHLogger, "_debug_level", None)
    if logging.getLogger("asyncssh").isEnabledFor(logging.DEBUG) if level is None else level >= _DUMPS_PACKETS:
        raise SecretError("asyncssh's debug level 3 prints packets with the password in them: set it to 1 or 2.")


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
