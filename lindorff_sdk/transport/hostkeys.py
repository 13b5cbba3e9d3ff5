"""Which host key an SFTP server must show, and what it showed."""

from pathlib import Path

import asyncssh
from attrs import frozen

from lindorff_sdk.errors import DefinitionError, UnknownHostKeyError
from lindorff_sdk.transport.place import Place, words

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


class Watcher(asyncssh.SSHClient):
    """Compares fingerprints, and remembers the connection and the key, for time limits and messages."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._connection: asyncssh.SSHClientConnection | None = None
        self.shown = ""

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Remember the connection, so that a log-in that hangs can be cut."""
        self._connection = conn

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Accept the key whose fingerprint is pinned; asked only about keys that are not on record."""
        fingerprint = key.get_fingerprint()
        self.shown = f"{key.get_algorithm()} {fingerprint}"
        return fingerprint == self._expected.fingerprint

    def abort(self) -> None:
        """Cut the connection, if there is one."""
        if self._connection is not None:
            self._connection.abort()
