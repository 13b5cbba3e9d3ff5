"""Which host key an SFTP server must show, and what it showed."""

from collections.abc import Sequence
from pathlib import Path

import asyncssh
from attrs import frozen

from lindorff_sdk.errors import DefinitionError, UnknownHostKeyError
from lindorff_sdk.transport.place import Place, words
from lindorff_sdk.transport.steps import open_socket, within

_FINGERPRINT = "SHA256:"

_Keys = tuple[asyncssh.SSHKey, ...]


@frozen
class Expected:
    """What is on record for a server: whole keys, keys that sign host keys, revoked keys, or a fingerprint."""

    keys: _Keys = ()
    authorities: _Keys = ()
    revoked: _Keys = ()
    fingerprint: str = ""

    def known_hosts(self) -> tuple[list[asyncssh.SSHKey], list[asyncssh.SSHKey], list[asyncssh.SSHKey]]:
        """Return the form asyncssh takes; three empty lists deny every key, where one empty list would not."""
        return list(self.keys), list(self.authorities), list(self.revoked)


def expected_key(host: str, port: int, host_key: str | None, known_hosts: Path | None, place: Place) -> Expected:
    """Return what is on record for the server; a pinned key outranks a known-hosts file.

    Raises:
        UnknownHostKeyError: If nothing is.
        DefinitionError: If the pin is neither a public key nor a fingerprint.
    """
    if host_key is not None:
        return _pinned(host_key.strip())
    if known_hosts is not None:
        return _known(host, port, known_hosts, place)
    raise place.error(
        UnknownHostKeyError,
        "no host key is on record for this server, so nothing was sent; "
        "pin its key or fingerprint, or name a known-hosts file",
    )


def _pinned(pin: str) -> Expected:
    if pin.startswith(_FINGERPRINT):
        return Expected(fingerprint=pin.rstrip("="))
    try:
        return Expected(keys=(asyncssh.import_public_key(pin),))
    except (asyncssh.KeyImportError, ValueError):
        raise DefinitionError(
            f"The host key {words(pin)!r} is neither a public key (ssh-ed25519 AAAA...) nor a fingerprint (SHA256:...)."
        ) from None


def _known(host: str, port: int, path: Path, place: Place) -> Expected:
    try:
        known = asyncssh.read_known_hosts(str(path))
    except (OSError, ValueError) as error:
        reason = words(error)
    else:
        # Looked up by the name that was asked for, never by address alone, as OpenSSH does.
        keys, authorities, revoked, *_ = known.match(host, "", port if port != asyncssh.DEFAULT_PORT else None)
        if keys or authorities:
            return Expected(tuple(keys), tuple(authorities), tuple(revoked))
        reason = f"the known-hosts file {path} has no key for it"
    raise place.error(UnknownHostKeyError, f"no host key is on record for this server, so nothing was sent: {reason}")


def kinds_of_keys(expected: Expected, refused: Sequence[asyncssh.SSHKey], *, legacy: bool) -> str:
    """Return which host keys the server may show, in asyncssh's form: what is not wanted of its own choice.

    Args:
        expected: What is on record.
        refused: Keys it showed before that were not the right one; another kind is asked for.
        legacy: Whether signatures with SHA-1 are accepted.
    """
    unwanted = [algorithm.decode() for key in refused for algorithm in key.sig_algorithms]
    if expected.fingerprint:
        unwanted.append("*-cert-v0*")  # a fingerprint is that of the key itself
    if not legacy:
        unwanted.append("ssh-rsa")
    return f"-{','.join(unwanted)}" if unwanted else "+ssh-rsa"


async def show_key(host: str, port: int, kinds: str | Sequence[str], seconds: float) -> asyncssh.SSHKey | None:
    """Return the host key that a server shows when it is asked for these kinds; nothing else is said to it.

    Raises:
        Exception: Whatever the library makes of a server that has none of these kinds, or cannot be reached.
    """

    async def ask() -> asyncssh.SSHKey | None:
        opened = await open_socket(host, port)
        return await asyncssh.get_server_host_key(sock=opened, config=None, server_host_key_algs=kinds)

    return await within(seconds, ask(), lambda: None)


class Watcher(asyncssh.SSHClient):
    """Compares fingerprints, and remembers the connection and the key, for time limits and messages."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._connection: asyncssh.SSHClientConnection | None = None
        self.shown: asyncssh.SSHKey | None = None

    @property
    def told(self) -> str:
        """The key that was shown and not accepted, for messages, or ``""``."""
        return "" if self.shown is None else f"{self.shown.get_algorithm()} {self.shown.get_fingerprint()}"

    @property
    def met(self) -> bool:
        """Whether the server has shown a host key, accepted or not."""
        return self.shown is not None or (
            self._connection is not None and self._connection.get_server_host_key() is not None
        )

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Remember the connection, so that a log-in that hangs can be cut."""
        self._connection = conn

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Accept the key whose fingerprint is pinned; asked only about keys that are not on record."""
        self.shown = key
        fingerprint: str = key.get_fingerprint()
        return fingerprint == self._expected.fingerprint

    def abort(self) -> None:
        """Cut the connection, if there is one."""
        if self._connection is not None:
            self._connection.abort()
