"""A directory on this machine, used as if it were the agency's server."""

import asyncio
import contextlib
import errno
import os
import stat
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

from lindorff_sdk.errors import (
    CollisionError,
    FolderMissingError,
    NoSpaceError,
    PermissionRefusedError,
    RemoteFileMissingError,
    RemoteRefusedError,
    TransportError,
    TruncatedError,
    UnsafeNameError,
)
from lindorff_sdk.transport.base import CHUNK, Content, RemoteFile
from lindorff_sdk.transport.names import checked_folder, checked_name, is_safe_name
from lindorff_sdk.transport.place import Place, words

_T = TypeVar("_T")

_KINDS: dict[int, type[TransportError]] = {
    errno.ENOENT: RemoteFileMissingError,
    errno.ENOTDIR: FolderMissingError,
    errno.EEXIST: CollisionError,
    errno.EACCES: PermissionRefusedError,
    errno.EPERM: PermissionRefusedError,
    errno.EROFS: PermissionRefusedError,
    errno.ENOSPC: NoSpaceError,
    errno.EDQUOT: NoSpaceError,
    errno.EFBIG: NoSpaceError,
}


class LocalTransport:
    """Folders below one directory; nothing outside it is touched, and files are private to their owner."""

    in_flight = 4
    connections = 1

    def __init__(self, root: Path) -> None:
        self.server = root.absolute().as_uri()
        self._root = root
        self.skipped = 0

    async def list(self, folder: str) -> tuple[RemoteFile, ...]:
        """Return the ordinary files in ``folder``, sorted by name."""
        place = Place(self.server, folder, "list")
        path = await self._do(place, lambda: self._folder(folder, place))
        files, self.skipped = await self._do(place, lambda: _listed(folder, path))
        return files

    async def stat(self, folder: str, name: str) -> RemoteFile | None:
        """Return what is known of one file, or None."""
        place = Place(self.server, folder, "stat")
        with contextlib.suppress(RemoteFileMissingError, FolderMissingError):
            return await self._do(place, lambda: _looked_at(folder, self._path(folder, name, place)))
        return None

    async def fetch(self, file: RemoteFile) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of ``file`` to its end."""
        place = Place(self.server, file.folder, "fetch")
        opened = await self._do(place, lambda: self._path(file.folder, file.name, place).open("rb"))
        received = 0
        try:
            before = os.fstat(opened.fileno())
            while chunk := await self._do(place, lambda: opened.read(CHUNK)):
                received += len(chunk)
                yield chunk
                del chunk  # an error's frames hold no data of a file
            after = os.fstat(opened.fileno())
        finally:
            opened.close()
        listed = received if file.size is None else file.size
        if not received == before.st_size == after.st_size == listed or before.st_mtime_ns != after.st_mtime_ns:
            raise place.error(TruncatedError, f"{file.name} changed while it was read")

    async def store(self, folder: str, name: str, content: Content) -> None:
        """Write a new file (mode 0600) and bring it safely to the disk."""
        place = Place(self.server, folder, "store")
        await self._do(place, lambda: self._folder(folder, place))
        opened = await self._do(place, lambda: _created(self._path(folder, name, place)))
        written = 0
        with opened:
            async for writing in _writings(opened, content):
                written += await self._do(place, writing)
            await self._do(place, lambda: _flushed(opened))
        if written != content.size:
            raise place.error(TruncatedError, f"{name} has {written} of {content.size} bytes")

    async def move(self, file: RemoteFile, folder: str, name: str) -> None:
        """Give ``file`` another folder or name, without overwriting."""
        place = Place(self.server, folder, "move")
        await self._do(place, lambda: self._folder(folder, place))
        source = await self._do(place, lambda: self._path(file.folder, file.name, place))
        target = await self._do(place, lambda: self._path(folder, name, place))
        await self._do(place, lambda: _moved(source, target))

    async def delete(self, file: RemoteFile) -> None:
        """Delete ``file``; one that is already gone is no error."""
        place = Place(self.server, file.folder, "delete")
        with contextlib.suppress(RemoteFileMissingError, FolderMissingError):
            await self._do(place, lambda: self._path(file.folder, file.name, place).unlink())

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        await self.close()

    def _folder(self, folder: str, place: Place) -> Path:
        path = self._root / checked_folder(folder, place).strip("/")
        # A link below the root may point anywhere; what counts is where it leads.
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise place.error(UnsafeNameError, "the folder lies outside the directory")
        if not path.is_dir():
            raise place.error(FolderMissingError, "there is no such folder")
        return path

    def _path(self, folder: str, name: str, place: Place) -> Path:
        return self._folder(folder, place) / checked_name(name, place)

    async def _do(self, place: Place, work: Callable[[], _T]) -> _T:
        """Return what ``work`` returns, done in a thread because disks block."""
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            kind = _KINDS.get(error.errno or 0, RemoteRefusedError)
            reason = words(error.strerror or error)
        raise place.error(kind, reason)


def _listed(folder: str, path: Path) -> tuple[tuple[RemoteFile, ...], int]:
    found = [(entry.name, _looked_at(folder, entry)) for entry in sorted(path.iterdir())]
    files = tuple(file for name, file in found if file is not None and is_safe_name(name))
    return files, sum(file is not None for _, file in found) - len(files)


def _looked_at(folder: str, path: Path) -> RemoteFile | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return RemoteFile(folder, path.name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _created(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "wb")


async def _writings(opened: BinaryIO, content: Content) -> AsyncGenerator[Callable[[], int], None]:
    """Yield calls, not bytes: an error's frames hold no data of a file."""
    async for chunk in content.chunks():
        yield lambda piece=chunk: opened.write(piece)  # type: ignore[misc]


def _flushed(opened: BinaryIO) -> None:
    opened.flush()
    os.fsync(opened.fileno())


def _moved(source: Path, target: Path) -> None:
    # A hard link refuses an existing name, which a rename would overwrite.
    os.link(source, target, follow_symlinks=False)
    source.unlink()
    for folder in {source.parent, target.parent}:
        _settled(folder)


def _settled(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
