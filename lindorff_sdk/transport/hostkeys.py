"""Which host key an SFTP server must show, and what it showed."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

import asyncssh
from asyncssh.packet import SSHPacket
from attrs import frozen

from lindorff_sdk.errors import DefinitionError, UnknownHostKeyError
from lindorff_sdk.transport.gathering import gather
from lindorff_sdk.transport.place import Place, words
from lindorff_sdk.transport.steps import open_socket, within

_FINGERPRINT = "SHA256:"

_Keys = tuple[asyncssh.SSHKey, ...]

_OLD = frozenset({b"ssh-rsa", b"ssh-dss"})
"""Signatures with SHA-1."""
_BEFORE_LISTS = 17
"""Bytes of the first message of a key exchange before its lists: its number and a cookie (RFC 4253, chapter 7.1)."""


class Lack(Enum):
    """What a server said in the key exchange that it does not have; a connection that is cut says nothing."""

    NOTHING = "nothing"
    KIND = "kind"
    """It has no host key of a kind on record."""
    MODERN = "modern"
    """It has one that may be on record, and signs with it by SHA-1 only."""


@frozen
class Expected:
    """What is on record for a server: whole keys, keys that sign host keys, revoked keys, or a fingerprint."""

    keys: _Keys = ()
    authorities: _Keys = ()
    revoked: _Keys = ()
    fingerprint: str = ""

    @property
    def kinds(self) -> frozenset[bytes]:
        """The signatures that keys on record can give; the old ones for a fingerprint, which tells no kind."""
        if self.fingerprint:
            return _OLD
        return frozenset(kind for key in self.keys for kind in key.sig_algorithms)

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
    """Compares fingerprints, and remembers the connection and the key, for time limits and messages.

    Args:
        expected: What is on record.
        refused: Keys that the server showed before and that were not the right one.
    """

    def __init__(self, expected: Expected, refused: Sequence[asyncssh.SSHKey] = ()) -> None:
        self._expected = expected
        self._refused = frozenset(kind for key in refused for kind in key.sig_algorithms)
        self._connection: asyncssh.SSHClientConnection | None = None
        self.shown: asyncssh.SSHKey | None = None

    @property
    def told(self) -> str:
        """The key that was shown and not accepted, for messages, or ``""``."""
        return "" if self.shown is None else f"{self.shown.get_algorithm()} {self.shown.get_fingerprint()}"

    @property
    def lack(self) -> Lack:
        """What the server's own list of host keys, the first thing it sends, says that it does not have.

        OpenSSH hangs up without a word when it has no key of the kinds asked for, but has sent its list before.
        """
        has = self.kinds
        # Not public. Where asyncssh keeps it no more, nothing is told of a lack: then it is a lost connection.
        asked_for = getattr(self._connection, "_server_host_key_algs", None)
        if not has or asked_for is None or has & frozenset(asked_for):
            return Lack.NOTHING
        return Lack.MODERN if has & self._expected.kinds - self._refused else Lack.KIND

    @property
    def kinds(self) -> frozenset[bytes]:
        """The host keys that the server says it has, by the signatures they give; none if it did not get so far."""
        message = getattr(self._connection, "_server_kexinit", b"")  # not public, as above
        if not message:
            return frozenset()
        packet = SSHPacket(message)
        packet.get_bytes(_BEFORE_LISTS)
        packet.get_namelist()
        return frozenset(packet.get_namelist())

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Remember the connection, so that a log-in that hangs can be cut; have it send in large pieces."""
        self._connection = conn
        gather(conn)

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Accept the key whose fingerprint is pinned; asked only about keys that are not on record."""
        self.shown = key
        fingerprint: str = key.get_fingerprint()
        return fingerprint == self._expected.fingerprint

    def abort(self) -> None:
        """Cut the connection, if there is one."""
        if self._connection is not None:
            self._connection.abort()
