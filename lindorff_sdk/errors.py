"""Every exception of the SDK.

::

    LindorffError
    ├── RequestError                 you asked for something that cannot be done
    │   ├── DefinitionError            a definition cannot be used as it stands; all mistakes are listed
    │   ├── SecretError                a password cannot be read, or others can read it
    │   ├── ProfileError               a profile has mistakes; all of them are listed
    │   ├── FigureError                a table of statutory figures cannot be used
    │   ├── FigureMissingError         no statutory figure is known for a day
    │   ├── JsonError                  JSON text does not describe the model; all problems are listed
    │   ├── SerializeError             the layout cannot hold what it was given; all problems are listed
    │   ├── GroupRefusedError          a group has bad claims; nothing was stored or sent
    │   ├── InvoiceLockedError         an invoice stands on the collection list
    │   └── NotListedError             an invoice does not
    ├── FileRefusedError             they sent a file that cannot be used; its findings say why
    ├── TransportError               the agency's server, or the way to it
    │   ├── TransientError             worth another try
    │   │   ├── ConnectionLostError      refused, reset, closed or cut
    │   │   ├── DeadlineError            no answer in time
    │   │   └── TruncatedError           fewer or other bytes than the server announced
    │   ├── LoginRefusedError          user name, password or key
    │   ├── HostKeyError               the server's identity
    │   │   ├── UnknownHostKeyError      nothing on record to compare it with
    │   │   └── ChangedHostKeyError      it differs from what is on record
    │   ├── CertificateError           the server's TLS certificate
    │   ├── FolderMissingError
    │   ├── RemoteFileMissingError
    │   ├── PermissionRefusedError
    │   ├── NoSpaceError
    │   ├── CollisionError             the final name is taken by other bytes
    │   ├── UnknownOutcomeError        the file may or may not have been published
    │   ├── UnsafeNameError            a remote name that climbs, or holds separators or control characters
    │   ├── TooLargeError              more bytes than the limit set for one file
    │   └── RemoteRefusedError         any other refusal, in the server's own words
    └── JournalError                 the journal's database
        ├── AlreadySentError           a claim is in a live export already
        │   └── KeptBackError            a claim was stopped, or taken off the collection list
        ├── AlreadyAppliedError        this posting was booked before
        ├── OutOfTurnError             an earlier posting of the same case waits
        ├── IllegalMoveError           a file or claim cannot go from the state it has to the one asked for
        └── JournalBusyError           another process holds the journal

"You" and "they" are different branches on purpose: the first is mended in the ERP, the second at the agency.
Every exception pickles, and none holds a secret.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from lindorff_sdk.findings import Finding


class LindorffError(Exception):
    """Base of every exception raised by the SDK."""


class RequestError(LindorffError):
    """You asked for something that cannot be done; mend it on your side."""


class SecretError(RequestError):
    """A secret cannot be read, or is kept where others can read it."""


class _FindingsError(LindorffError):
    """Shared by the errors that list findings."""

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        self.summary = message
        self.findings = tuple(findings)
        super().__init__(message, self.findings)

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"  - {finding}" for finding in self.findings)])


class DefinitionError(_FindingsError, RequestError):
    """An export definition cannot be used as it stands. ``findings`` names every mistake with its key path."""


class ProfileError(_FindingsError, RequestError):
    """A profile has mistakes. ``findings`` names every one of them with its key path."""


class FigureError(RequestError):
    """A table of statutory figures cannot be used; the message names file, table and row."""


class FigureMissingError(RequestError):
    """No statutory figure is known for a day, and none is carried over; the message says which to look up."""


class JsonError(RequestError, ValueError):
    """JSON text does not describe the model asked for.

    Attributes:
        problems: Each mistake with its path, as ``"not an amount @ $.claims[3].claim.remaining_amount"``; of the values
            only amounts are shown.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        self.summary = message
        self.problems = tuple(problems)
        super().__init__(message, self.problems)

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"  - {problem}" for problem in self.problems)])


class SerializeError(_FindingsError, RequestError):
    """The layout cannot hold what it was given. ``findings`` names every field; no byte was produced."""


class GroupRefusedError(_FindingsError, RequestError):
    """A group holds claims that cannot be sent. ``findings`` names invoice and field; nothing was stored or sent."""


class InvoiceLockedError(RequestError):
    """An invoice stands on the collection list, so payments, credit notes and reminders of the ERP's own must wait.

    Attributes:
        invoice_number: The invoice.
        since: When it was put on the list.
        collection_date: The group that it stands in.
        state: Where it stands there: a `ListState`.
        file_name: The file it was sent in, or ``""``.
        message: What to do.
    """

    def __init__(
        self,
        message: str,
        *,
        invoice_number: str,
        since: datetime,
        collection_date: date,
        state: str,
        file_name: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.invoice_number = invoice_number
        self.since = since
        self.collection_date = collection_date
        self.state = state
        self.file_name = file_name

    def __reduce__(self) -> tuple[object, ...]:
        given = {name: value for name, value in vars(self).items() if name != "message"}
        return _rebuilt, (type(self), self.message, given)

    def __str__(self) -> str:
        sent = f", sent in {self.file_name}" if self.file_name else ""
        return (
            f"Invoice {self.invoice_number} is locked since {self.since}: it stands on the collection list in the "
            f"group of {self.collection_date}, where it is {self.state}{sent}. {self.message}"
        )


def _rebuilt(kind: type[InvoiceLockedError], message: str, given: dict[str, Any]) -> InvoiceLockedError:
    return kind(message, **given)


class NotListedError(RequestError):
    """An invoice is not on the collection list."""


class FileRefusedError(_FindingsError):
    """The agency (or the bank) sent a file that cannot be used. ``findings`` says where and why."""


class TransportError(LindorffError):
    """Something failed at the agency's server or on the way to it.

    Attributes:
        server: The server as ``sftp://user@host:port``, never with the password.
        folder: The remote folder concerned, or ``""``.
        operation: What was being done: ``connect``, ``list``, ``store`` ...
        transient: Whether another try may succeed.
    """

    transient = False

    def __init__(self, message: str, *, server: str = "", folder: str = "", operation: str = "") -> None:
        super().__init__(message)
        self.server = server
        self.folder = folder
        self.operation = operation

    def __str__(self) -> str:
        place = " ".join(
            part
            for part in (
                self.server and f"at {self.server}",
                self.folder and f"in folder {self.folder!r}",
                self.operation and f"during {self.operation}",
            )
            if part
        )
        return f"{self.args[0]} ({place})" if place else str(self.args[0])


class TransientError(TransportError):
    """A failure that another try may not meet."""

    transient = True


class ConnectionLostError(TransientError):
    """The connection was refused, reset, closed or cut."""


class DeadlineError(TransientError):
    """The server did not answer in time."""


class LoginRefusedError(TransportError):
    """The server refused the user name, password or key. Never retried: accounts lock."""


class HostKeyError(TransportError):
    """The server's identity could not be established; nothing was sent."""


class UnknownHostKeyError(HostKeyError):
    """No host key is on record for the server: pin one in the definition, or name a known-hosts file."""


class ChangedHostKeyError(HostKeyError):
    """The server's host key differs from the one on record. Ask the agency before you change the pin."""


class CertificateError(TransportError):
    """The server's TLS certificate is neither trusted nor the pinned one; nothing was sent."""


class FolderMissingError(TransportError):
    """A folder that the definition names does not exist on the server."""


class RemoteFileMissingError(TransportError):
    """A remote file was gone when it was asked for."""


class PermissionRefusedError(TransportError):
    """The server refuses the operation to this user."""


class NoSpaceError(TransportError):
    """The server (or the local disk) has no room for the file."""


class CollisionError(TransportError):
    """The final name is taken by a file with other bytes; nothing was overwritten."""


class TruncatedError(TransientError):
    """The bytes moved do not match the size the server announced."""


class UnknownOutcomeError(TransportError):
    """The answer to the publishing rename was lost: the file may be with the agency or not."""


class UnsafeNameError(TransportError):
    """A remote name that climbs out of its folder, or holds separators or control characters."""


class TooLargeError(TransportError):
    """A remote file holds more bytes than the limit allows."""


class RemoteRefusedError(TransportError):
    """The server refused for a reason of its own, given in the message."""


class JournalError(LindorffError):
    """The journal's database refused or cannot be used."""


class AlreadyAppliedError(JournalError):
    """The posting was applied before, by this process or another; nothing was booked now."""


class AlreadySentError(JournalError):
    """A claim is in a live export already; nothing was stored.

    Attributes:
        invoice_numbers: The claims concerned, where the database tells.
    """

    def __init__(self, message: str, invoice_numbers: Sequence[str] = ()) -> None:
        super().__init__(message, tuple(invoice_numbers))
        self.invoice_numbers = tuple(invoice_numbers)

    def __str__(self) -> str:
        return str(self.args[0])


class KeptBackError(AlreadySentError):
    """A claim that was to be sent is stopped, or was taken off the collection list; nothing was stored."""


class OutOfTurnError(JournalError):
    """An earlier posting of the same case is still pending; nothing was booked."""


class IllegalMoveError(JournalError):
    """A file or a claim cannot go from the state it has to the one asked for."""


class JournalBusyError(JournalError):
    """Another process holds the journal; try again when it is done."""
