"""asyncssh's errors in our words: the one place where they are told apart."""

import asyncio

import asyncssh

from lindorff_sdk.errors import (
    ChangedHostKeyError,
    CollisionError,
    ConnectionLostError,
    LoginRefusedError,
    NoSpaceError,
    PermissionRefusedError,
    RemoteFileMissingError,
    RemoteRefusedError,
    TransportError,
)
from lindorff_sdk.transport.hostkeys import Lack, Watcher
from lindorff_sdk.transport.place import Place, words
from lindorff_sdk.transport.steps import cut

_KINDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], type[TransportError]], ...] = (
    ((asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath), RemoteFileMissingError),
    ((asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect), PermissionRefusedError),
    ((asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded), NoSpaceError),
    (asyncssh.SFTPFileAlreadyExists, CollisionError),
    ((asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost), ConnectionLostError),
    # An answer that cannot be read says that the conversation is out of step, as after a corrupted byte.
    (asyncssh.SFTPBadMessage, ConnectionLostError),
    (asyncssh.SFTPError, RemoteRefusedError),
    (asyncssh.PermissionDenied, LoginRefusedError),
)

_ASK = "nothing was sent; ask the agency before the record is changed"


def told(error: Exception, place: Place) -> TransportError:
    """Return our error for one of asyncssh's."""
    for kinds, ours in _KINDS:
        if isinstance(error, kinds):
            return place.error(ours, _message(error, ours))
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return place.error(RemoteRefusedError, f"no algorithm in common with the server: {words(error)}")
    if isinstance(error, asyncssh.DisconnectError) and "authentication" in str(error).lower():
        # OpenSSH hangs up like this when too many keys or passwords were tried; trying more would lock the account.
        return place.error(LoginRefusedError, f"the server refuses the user name, password or key: {words(error)}")
    if isinstance(error, asyncssh.ChannelOpenError) and "closed" not in str(error).lower():
        return place.error(RemoteRefusedError, f"the server opens no SFTP session: {words(error)}")
    if isinstance(error, asyncssh.Error | OSError | EOFError | asyncio.IncompleteReadError):
        return cut(error, place)
    return place.error(RemoteRefusedError, f"unexpected {type(error).__name__}: {words(error)}")


def told_at_login(error: Exception, place: Place, watcher: Watcher) -> TransportError:
    """Return our error for one met before the log-in was complete.

    A changed key is told only where the server showed another one, or listed its keys and had none of the right kind.
    """
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return place.error(
            ChangedHostKeyError,
            f"the server's host key is not the one on record ({watcher.told or words(error)}); {_ASK}",
        )
    has = b", ".join(sorted(watcher.kinds)).decode("ascii", "replace")
    if watcher.lack is Lack.KIND:
        return place.error(
            ChangedHostKeyError, f"the server has no host key of the kind on record (only {words(has)}); {_ASK}"
        )
    if watcher.lack is Lack.MODERN:
        return place.error(
            RemoteRefusedError,
            f"no algorithm in common with the server: it signs only by {words(has)}, which rests on SHA-1; nothing was "
            "sent; legacy_algorithms accepts that",
        )
    return told(error, place)


def _message(error: Exception, ours: type[TransportError]) -> str:
    if ours is LoginRefusedError:
        return "the server refuses the user name, password or key"
    if ours is ConnectionLostError:
        return f"the connection failed: {words(error)}"
    return f"the server says: {words(error) or type(error).__name__}"
