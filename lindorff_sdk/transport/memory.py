"""An agency in memory: for tests and for trying things out."""

from collections.abc import AsyncGenerator, Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from attrs import define, field

from lindorff_sdk.errors import (
    CollisionError,
    ConnectionLostError,
    FolderMissingError,
    RemoteFileMissingError,
    TransportError,
    TruncatedError,
)
from lindorff_sdk.transport.base import CHUNK, Content, RemoteFile
from lindorff_sdk.transport.names import checked_folder, checked_name
from lindorff_sdk.transport.place import Place

_SERVER = "memory://agency"


@define(eq=False)
class StoredFile:
    """Bytes and the time they were put there."""

    data: bytes = field(repr=False)
    modified: datetime


@define
class Failure:
    """What the next calls of one operation raise."""

    error: TransportError
    times: int
    after: bool


@define
class MemoryServer:
    """Folders and files that several connections share, with failures on request.

    Attributes:
        clock: Gives the time that a stored file gets (UTC).
        folders: The files by name, by folder.
    """

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    folders: dict[str, dict[str, StoredFile]] = field(factory=dict, init=False)
    _failures: dict[str, list[Failure]] = field(factory=dict, init=False)

    @classmethod
    def with_folders(cls, folders: Iterable[str]) -> Self:
        """Return a server with these empty folders."""
        server = cls()
        for folder in folders:
            server.make_folder(folder)
        return server

    def connect(self) -> "MemoryTransport":
        """Return a new connection."""
        return MemoryTransport(self)

    def make_folder(self, folder: str) -> None:
        """Make a folder; one that exists is left as it is."""
        self.folders.setdefault(folder.strip("/"), {})

    def put(self, folder: str, name: str, data: bytes) -> None:
        """Put a file there as the agency would, over what has that name."""
        self.folders[folder.strip("/")][name] = StoredFile(data, self.clock())

    def read(self, folder: str, name: str) -> bytes:
        """Return the bytes of a file."""
        return self.folders[folder.strip("/")][name].data

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted."""
        return tuple(sorted(self.folders[folder.strip("/")]))

    def take(self, folder: str, name: str) -> bytes:
        """Remove a file as an agency does that picks up, and return its bytes."""
        return self.folders[folder.strip("/")].pop(name).data

    def fail(self, operation: str, error: TransportError, *, times: int = 1, after: bool = False) -> None:
        """Make the next calls of one operation fail.

        Args:
            operation: ``connect`` is not among them: ``list``, ``stat``, ``fetch``, ``store``, ``move`` or ``delete``.
            error: What is raised. After a transient one the connection is not usable, as with a real server.
            times: How many calls fail.
            after: Whether the operation is done first, so that only its answer is lost. For ``fetch`` the bytes
                are given first; ``store`` without it leaves the first half of the bytes behind.
        """
        self._failures.setdefault(operation, []).append(Failure(error, times, after))

    def next_failure(self, operation: str) -> Failure | None:
        """Return the failure that the next call of ``operation`` is to meet, and count it."""
        waiting = self._failures.get(operation)
        if not waiting:
            return None
        failure = waiting[0]
        failure.times -= 1
        if failure.times == 0:
            waiting.pop(0)
        return failure


class MemoryTransport:
    """One connection to a `MemoryServer`."""

    in_flight = 8
    connections = 1
    skipped = 0

    def __init__(self, server: MemoryServer) -> None:
        self.server = _SERVER
        self._agency = server
        self._lost = False

    async def list(self, folder: str) -> tuple[RemoteFile, ...]:
        """Return the files in ``folder``, sorted by name."""
        place = self._begin("list", folder)
        failure = self._agency.next_failure("list")
        files = self._folder(folder, place)
        self._raise(failure)
        return tuple(_described(folder, name, files[name]) for name in sorted(files))

    async def stat(self, folder: str, name: str) -> RemoteFile | None:
        """Return what is known of one file, or None."""
        place = self._begin("stat", folder)
        self._raise(self._agency.next_failure("stat"))
        stored = self._agency.folders.get(checked_folder(folder, place).strip("/"), {}).get(checked_name(name, place))
        return None if stored is None else _described(folder, name, stored)

    async def fetch(self, file: RemoteFile) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of ``file``."""
        place = self._begin("fetch", file.folder)
        failure = self._agency.next_failure("fetch")
        stored = self._stored(file, place)
        if file.size is not None and file.size != len(stored.data):
            raise self._ended(place.error(TruncatedError, f"{file.name} changed since it was listed"))
        size = len(stored.data) // (2 if failure and not failure.after else 1)
        for start in range(0, size, CHUNK):
            yield stored.data[start : min(start + CHUNK, size)]
        self._raise(failure)
        if self._agency.folders[file.folder.strip("/")].get(file.name) is not stored:
            raise self._ended(place.error(TruncatedError, f"{file.name} changed while it was read"))

    async def store(self, folder: str, name: str, content: Content) -> None:
        """Write a new file."""
        place = self._begin("store", folder)
        files = self._folder(folder, place)
        if checked_name(name, place) in files:
            raise place.error(CollisionError, f"the name {name} is taken")
        failure = self._agency.next_failure("store")
        stored = StoredFile(b"".join([chunk async for chunk in content.chunks()]), self._agency.clock())
        if failure and not failure.after:
            stored.data = stored.data[: len(stored.data) // 2]
        files[name] = stored
        self._raise(failure)
        if (size := len(stored.data)) != content.size:
            raise self._ended(place.error(TruncatedError, f"{name} has {size} of {content.size} bytes"))

    async def move(self, file: RemoteFile, folder: str, name: str) -> None:
        """Give ``file`` another folder or name, without overwriting."""
        place = self._begin("move", folder)
        failure = self._agency.next_failure("move")
        if failure and not failure.after:
            self._raise(failure)
        stored = self._stored(file, place)
        target = self._folder(folder, place)
        if checked_name(name, place) in target:
            raise place.error(CollisionError, f"the name {name} is taken")
        del self._agency.folders[file.folder.strip("/")][file.name]
        target[name] = stored
        self._raise(failure)

    async def delete(self, file: RemoteFile) -> None:
        """Delete ``file``; one that is already gone is no error."""
        place = self._begin("delete", file.folder)
        name = checked_name(file.name, place)
        failure = self._agency.next_failure("delete")
        if failure and not failure.after:
            self._raise(failure)
        self._agency.folders.get(checked_folder(file.folder, place).strip("/"), {}).pop(name, None)
        self._raise(failure)

    async def close(self) -> None:
        """End the connection."""
        self._lost = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        await self.close()

    def _begin(self, operation: str, folder: str) -> Place:
        place = Place(self.server, folder, operation)
        if self._lost:
            raise place.error(ConnectionLostError, "the connection is not used again after an error")
        return place

    def _folder(self, folder: str, place: Place) -> dict[str, StoredFile]:
        files = self._agency.folders.get(checked_folder(folder, place).strip("/"))
        if files is None:
            raise place.error(FolderMissingError, "there is no such folder")
        return files

    def _stored(self, file: RemoteFile, place: Place) -> StoredFile:
        stored = self._agency.folders.get(file.folder.strip("/"), {}).get(checked_name(file.name, place))
        if stored is None:
            raise place.error(RemoteFileMissingError, f"{file.name} is gone")
        return stored

    def _raise(self, failure: Failure | None) -> None:
        if failure is not None:
            raise self._ended(failure.error)

    def _ended(self, error: TransportError) -> TransportError:
        self._lost = self._lost or error.transient
        return error


def _described(folder: str, name: str, stored: StoredFile) -> RemoteFile:
    return RemoteFile(folder, name, len(stored.data), stored.modified)
