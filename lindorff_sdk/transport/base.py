"""What every transport can do: seven small operations on folders of a server."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from attrs import field, frozen

CHUNK = 255 * 1024
"""Bytes per chunk when a file is moved: the largest request that OpenSSH takes."""


@frozen
class RemoteFile:
    """A file in a folder of the server.

    Attributes:
        folder: The folder as the definition names it.
        name: The plain name, without separators.
        size: Bytes, or None where the server does not tell.
        modified: When the server says it changed last (UTC), or None where it does not tell to the second.
    """

    folder: str
    name: str
    size: int | None = None
    modified: datetime | None = None


@frozen
class Content:
    """Bytes to be stored: how many, their SHA-256, and how to read them, from the start each time.

    Attributes:
        size: Bytes in all.
        sha256: Lower-case hexadecimal digest.
        chunks: Gives the bytes from the beginning, each time it is called.
    """

    size: int
    sha256: str
    chunks: Callable[[], AsyncIterator[bytes]] = field(repr=False, eq=False)

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return the content that is ``data``."""

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(data), CHUNK):
                yield data[start : start + CHUNK]

        return cls(len(data), hashlib.sha256(data).hexdigest(), chunks)


class Transport(Protocol):
    """One open connection to a server; closed by ``close()`` or by leaving ``async with``.

    Every method raises `lindorff_sdk.errors.TransportError` or one of its subclasses, and nothing else. After an
    error that is `transient`, and after a cancellation, the connection is not used again: what is called on it then
    raises `ConnectionLostError`.
    """

    server: str
    """The server for messages: ``sftp://user@host:port``, never the password."""

    in_flight: int
    """How many operations at once make it fastest."""

    connections: int
    """How many connections to the server make many files fastest."""

    skipped: int
    """How many entries the last `list` left out because their names, or their lines, are of no use."""

    async def list(self, folder: str) -> tuple[RemoteFile, ...]:
        """Return the ordinary files in ``folder``, sorted by name.

        Folders and links are left out, and so are names that are unsafe to use or in another encoding; of those
        ``skipped`` tells the number. A file that is missing from the answer may still exist: some servers cut long
        listings short.

        Raises:
            FolderMissingError: If there is no such folder.
        """
        ...

    async def stat(self, folder: str, name: str) -> RemoteFile | None:
        """Return what the server knows of one ordinary file, or None if there is none of that name."""
        ...

    def fetch(self, file: RemoteFile) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of ``file`` to its end.

        Size and time are compared before and after, and with the size that ``file`` was listed with. Only when the
        end is reached without an error are the bytes the whole file. Read it inside ``contextlib.aclosing()`` where
        the loop may be left early.

        Raises:
            TruncatedError: If the bytes received do not match the size, or the file changed meanwhile.
            RemoteFileMissingError: If the file is gone.
        """
        ...

    async def store(self, folder: str, name: str, content: Content) -> None:
        """Write a new file under exactly this name and check its size at the server.

        For a file that must appear whole or not at all use `lindorff_sdk.transport.publish.publish`.

        Raises:
            CollisionError: If the name is taken.
            TruncatedError: If the server holds another size afterwards.
        """
        ...

    async def move(self, file: RemoteFile, folder: str, name: str) -> None:
        """Give ``file`` another folder or name, without overwriting.

        Raises:
            CollisionError: If the new name is taken.
            RemoteFileMissingError: If ``file`` is gone.
            UnknownOutcomeError: If the answer was lost, so that the move may or may not have happened.
        """
        ...

    async def delete(self, file: RemoteFile) -> None:
        """Delete ``file``; one that is already gone is no error."""
        ...

    async def close(self) -> None:
        """End the connection. Never raises and never waits longer than the operation's time limit."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
