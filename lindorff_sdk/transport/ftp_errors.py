"""FTP replies and aioftp's errors in our words: the one place where they are told apart."""

import re
import ssl

import aioftp

from lindorff_sdk.errors import (
    ConnectionLostError,
    LoginRefusedError,
    NoSpaceError,
    PermissionRefusedError,
    RemoteFileMissingError,
    RemoteRefusedError,
    TransientError,
    TransportError,
)
from lindorff_sdk.transport import tls
from lindorff_sdk.transport.place import Place, words
from lindorff_sdk.transport.steps import cut

# 550 stands for nearly every refusal, and its text differs by server; these words are common to them.
_NO_SPACE = ("no space", "disk full", "quota", "insufficient storage", "too large", "exceeded storage")
_MISSING = ("no such file", "not found", "doesn't exist", "does not exist")
_REFUSED = (
    *("permission", "denied", "privilege", "not allowed", "read-only", "prohibited", "forbidden"),
    "could not create",  # vsftpd, for a folder that it may not write
)
# With code 451, "local error in processing": what vsftpd, pure-ftpd and proftpd say when they cannot write, for want of
# room or for any other reason; they do not tell which.
_CANNOT_WRITE = ("failure writing", "error during write", "input/output error")
_MAY_BE = "its disk or the account's quota may be full, or its disk may have a fault"

_REFUSES_LOGIN = frozenset({"430", "530", "532"})
_KINDS: dict[str, type[TransportError]] = {
    "421": ConnectionLostError,
    "425": ConnectionLostError,
    "426": ConnectionLostError,
    "452": NoSpaceError,
    "552": NoSpaceError,
}
_PASS = re.compile(r"\bPASS\s.*", re.IGNORECASE)


def told(error: Exception, place: Place) -> TransportError:
    """Return our error for one of aioftp's."""
    if isinstance(error, aioftp.StatusCodeError):
        reply = error.info if isinstance(error.info, str) else " ".join(error.info)
        return told_reply(str(error.received_codes[-1]), reply, place)
    if isinstance(error, ssl.SSLError) and (failure := tls.told(error, place)) is not None:
        return failure
    if isinstance(error, OSError | EOFError):
        return cut(error, place)
    if isinstance(error, ValueError | IndexError | KeyError | TypeError):
        # The library's parsers raise these on a reply that makes no sense, as after a cut or a corrupted byte.
        return place.error(ConnectionLostError, "the server's reply cannot be read")
    return place.error(RemoteRefusedError, f"unexpected {type(error).__name__}: {words(error)}")


def told_reply(code: str, text: str, place: Place) -> TransportError:
    """Return our error for a reply that says no."""
    # Some servers repeat a command that they do not understand, the password with it.
    said = f"the server says: {code} {_PASS.sub('PASS ********', words(text))}"
    if code in _REFUSES_LOGIN:
        return place.error(LoginRefusedError, f"the server refuses the user name or password ({code})")
    text = text.lower()
    if code == "451" and place.operation == "store" and not any(part in text for part in _NO_SPACE):
        return _not_written(text, said, place)
    if text.strip().startswith("oops") and place.operation != "connect":
        # vsftpd's last words before it hangs up, when it is ended from without.
        return place.error(ConnectionLostError, said)
    return place.error(_kind(code, text), said)


def _not_written(text: str, said: str, place: Place) -> TransportError:
    if any(part in text for part in _CANNOT_WRITE):
        # Not worth another try at once; and the connection is kept, to remove what was written.
        return place.error(RemoteRefusedError, f"the server could not write the file; {_MAY_BE}: {said}")
    return place.error(TransientError, f"the server met an error of its own; {_MAY_BE}: {said}")


def _kind(code: str, text: str) -> type[TransportError]:
    if code in _KINDS:
        return _KINDS[code]
    if any(part in text for part in _NO_SPACE):
        return NoSpaceError
    if any(part in text for part in _REFUSED):
        return PermissionRefusedError
    if code == "550" or any(part in text for part in _MISSING):
        return RemoteFileMissingError
    return TransientError if code.startswith("4") else RemoteRefusedError
