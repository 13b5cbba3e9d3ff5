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

NO_SUCH_KEY = (
    "the server has no host key of the kind on record, or signs only by old algorithms; nothing was sent; "
    "ask the agency before the record is changed"
)


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


def told_at_login(error: Exception, place: Place, shown: str) -> TransportError:
    """Return our error for one met before the log-in was complete; ``shown`` is the host key that was refused."""
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return place.error(
            ChangedHostKeyError,
            f"the server's host key is not the one on record ({shown or words(error)}); "
            "nothing was sent; ask the agency before the record is changed",
        )
    if isinstance(error, asyncssh.KeyExchangeFailed) and "host key" in str(error):
        return place.error(ChangedHostKeyError, NO_SUCH_KEY)
    return told(error, place)


def _message(error: Exception, ours: type[TransportError]) -> str:
    if ours is LoginRefusedError:
        return "the server refuses the user name, password or key"
    if ours is ConnectionLostError:
        return f"the connection failed: {words(error)}"
    return f"the server says: {words(error) or type(error).__name__}"
