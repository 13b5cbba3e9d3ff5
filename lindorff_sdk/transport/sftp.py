"""SFTP, over asyncssh."""

import contextlib
import logging
from collections.abc import AsyncGenerator, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import asyncssh
from asyncssh.constants import FILEXFER_TYPE_REGULAR, FILEXFER_TYPE_UNKNOWN

from lindorff_sdk.errors import (
    CollisionError,
    ConnectionLostError,
    DeadlineError,
    FolderMissingError,
    NoSpaceError,
    PermissionRefusedError,
    RemoteFileMissingError,
    RemoteRefusedError,
    TransportError,
    TruncatedError,
    UnknownOutcomeError,
)
from lindorff_sdk.secrets import Secret
from lindorff_sdk.transport.base import CHUNK, Content, RemoteFile
from lindorff_sdk.transport.names import checked_folder, encodable, is_safe_name, path_of
from lindorff_sdk.transport.place import Place
from lindorff_sdk.transport.sftp_errors import told
from lindorff_sdk.transport.sftp_login import SftpSettings, open_session
from lindorff_sdk.transport.steps import Connection
from lindorff_sdk.transport.window import read_all, write_all

_log = logging.getLogger(__name__)

_READ_ONLY = 1
"""Bit of a file system's flags (SSH_FXE_STATVFS_ST_RDONLY of ``statvfs@openssh.com``)."""


class SftpTransport(Connection):
    """An open SFTP connection; made by `connect`. Several operations may be in flight on it at once."""

    in_flight = 24
    connections = 1

    def __init__(
        self,
        server: str,
        operation_timeout: float,
        connection: asyncssh.SSHClientConnection,
        sftp: asyncssh.SFTPClient,
        encoding: str,
    ) -> None:
        super().__init__(server, operation_timeout)
        self._connection = connection
        self._sftp = sftp
        self._encoding = encoding
        # A server that tells no limits takes 16 KiB; none is asked for more than it says.
        self._read_size = min(CHUNK, sftp.limits.max_read_len or CHUNK)
        self._write_size = min(CHUNK, sftp.limits.max_write_len or CHUNK)
        self.skipped = 0

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int = 22,
        *,
        username: str,
        password: Secret | None = None,
        key_file: Path | None = None,
        key_passphrase: Secret | None = None,
        host_key: str | None = None,
        known_hosts: Path | None = None,
        legacy_algorithms: bool = False,
        encoding: str = "utf-8",
        connect_timeout: float = 15.0,
        login_timeout: float = 30.0,
        operation_timeout: float = 60.0,
    ) -> Self:
        """Return an open connection.

        The user's own SSH configuration, keys and agent are not looked at.

        Args:
            host: Name or address of the server.
            port: Its port.
            username: The account.
            password: The account's password, also given where the server asks for it interactively.
            key_file: A private key that only its owner can read.
            key_passphrase: What the private key is encrypted with.
            host_key: The server's public key (``ssh-ed25519 AAAA...``) or its fingerprint (``SHA256:...``).
            known_hosts: An OpenSSH known-hosts file, used where ``host_key`` is not given.
            legacy_algorithms: Whether to accept what is broken today (SHA-1 signatures and key exchange, CBC
                ciphers), for a server that knows nothing better.
            encoding: Of file names at the server.
            connect_timeout: Seconds until the server must have taken the connection.
            login_timeout: Seconds for key exchange and log-in.
            operation_timeout: Seconds without any answer or byte after which an operation is given up.

        Raises:
            UnknownHostKeyError: If neither ``host_key`` nor ``known_hosts`` knows the server; no connection is made.
            ChangedHostKeyError: If the server shows another key.
            LoginRefusedError: If it refuses the user name, password or key.
            ConnectionLostError: If it cannot be reached or hangs up.
            DeadlineError: If it does not answer in time.
            SecretError: If the password or the key cannot be read.
            DefinitionError: If ``host_key`` is neither a key nor a fingerprint.
        """
        server = f"sftp://{username}@{host}:{port}"
        settings = SftpSettings(
            host,
            port,
            username,
            password,
            key_file,
            key_passphrase,
            host_key,
            known_hosts,
            legacy_algorithms,
            encoding,
            connect_timeout,
            login_timeout,
        )
        connection, sftp = await open_session(settings, Place(server, "", "connect"))
        return cls(server, operation_timeout, connection, sftp, encoding)

    async def list(self, folder: str) -> tuple[RemoteFile, ...]:
        """Return the ordinary files in ``folder``, sorted by name."""
        place = Place(self.server, folder, "list")
        path = encodable(checked_folder(folder, place) or ".", self._encoding, place)
        try:
            found, unusable = await self._step(place, self._scan(folder, path))
        except RemoteFileMissingError:
            raise place.error(FolderMissingError, "there is no such folder") from None
        self.skipped = unusable
        if unusable:
            _log.warning("%s: folder %r holds %d names that cannot be used; left out", self.server, folder, unusable)
        return tuple(sorted(found, key=lambda file: file.name))

    async def _scan(self, folder: str, path: str) -> tuple[Sequence[RemoteFile], int]:
        files, unusable = [], 0
        # Asked for as bytes: one name in another encoding must not fail the whole listing.
        async for entry in self._sftp.scandir(path.encode(self._encoding)):
            if not _is_file(entry.attrs):
                continue
            name = _decoded(entry.filename, self._encoding)
            if is_safe_name(name):
                files.append(_described(folder, name, entry.attrs))
            else:
                unusable += 1
        return files, unusable

    async def stat(self, folder: str, name: str) -> RemoteFile | None:
        """Return what the server knows of one file, or None."""
        place = Place(self.server, folder, "stat")
        attributes = await self._look(self._path(folder, name, place), place)
        return None if attributes is None or not _is_file(attributes) else _described(folder, name, attributes)

    async def fetch(self, file: RemoteFile) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of ``file`` to its end."""
        place = Place(self.server, file.folder, "fetch")
        path = self._path(file.folder, file.name, place)
        if file.size is not None and file.size <= CHUNK:
            before, piece, after = await self._step(place, self._at_a_stroke(file, path))
            received = len(piece)
            if piece:
                yield piece
            del piece
        else:
            received = 0
            opened = await self._step(place, self._open(path, "rb"))
            try:
                before = _described(file.folder, file.name, await self._step(place, opened.stat()))
                # Sized reads until the server says that the end is reached: reading "all" believes the announced size.
                pieces = read_all(
                    before.size, lambda offset: self._step(place, self._read(opened, offset)), self._read_size
                )
                async with contextlib.aclosing(pieces):
                    async for piece in pieces:
                        received += len(piece)
                        yield piece
                        del piece  # an error's frames hold no data of a file
                after = _described(file.folder, file.name, await self._step(place, opened.stat()))
            finally:
                await self._close_quietly(opened, place)
        sizes = {received, *(seen.size for seen in (file, before, after) if seen.size is not None)}
        if len(sizes) > 1 or before.modified != after.modified:
            self._give_up()
            raise place.error(TruncatedError, f"{file.name} is cut short or changed: {received} bytes came")

    async def store(self, folder: str, name: str, content: Content) -> None:
        """Write a new file under exactly this name and check its size at the server."""
        place = Place(self.server, folder, "store")
        path = self._path(folder, name, place)
        opened = await self._create(path, name, content, place)
        try:
            written = await write_all(
                content.chunks(),
                lambda piece, offset: self._write(opened.write(piece, offset), place, content),
                self._write_size,
            )
        except BaseException:
            await self._close_quietly(opened, place)
            raise
        await self._close_checked(opened, place, content)
        attributes = await self._look(path, place)
        size = None if attributes is None else attributes.size
        if size != content.size or written != content.size:
            self._give_up()
            raise place.error(TruncatedError, f"{name} has {size} of {content.size} bytes at the server")

    async def move(self, file: RemoteFile, folder: str, name: str) -> None:
        """Give ``file`` another folder or name, without overwriting."""
        place = Place(self.server, folder, "move")
        source, target = self._path(file.folder, file.name, place), self._path(folder, name, place)
        if self._lost or self._connection.is_closed():
            self._give_up()
            raise place.error(ConnectionLostError, "the connection is closed; nothing was moved")
        try:
            # SFTP's plain rename refuses a name that is taken; the POSIX one would overwrite it.
            await self._step(place, self._sftp.rename(source, target))
        except (ConnectionLostError, DeadlineError) as error:
            unknown = f"the answer was lost, so {name} may or may not be there: {error.args[0]}"
        except (CollisionError, RemoteFileMissingError, RemoteRefusedError) as error:
            raise await self._why_not_moved(source, target, name, error, place) from None
        else:
            return
        raise place.error(UnknownOutcomeError, unknown)

    async def delete(self, file: RemoteFile) -> None:
        """Delete ``file``; one that is already gone is no error."""
        place = Place(self.server, file.folder, "delete")
        with contextlib.suppress(RemoteFileMissingError):
            await self._step(place, self._sftp.remove(self._path(file.folder, file.name, place)))

    async def _open(self, path: str, mode: str) -> asyncssh.SFTPClientFile:
        # Blocks are cut by us: asyncssh's own tasks for them fail unseen when the connection is lost.
        return await self._sftp.open(path, mode, encoding=None, block_size=0)

    async def _at_a_stroke(self, file: RemoteFile, path: str) -> tuple[RemoteFile, bytes, RemoteFile]:
        """Return a small file with what the server tells of it before and after, in one step."""
        opened = await self._open(path, "rb")
        try:
            before = await opened.stat()
            data = b""
            while piece := await self._read(opened, len(data)):
                data += piece
                if before.size is not None and len(data) >= before.size:
                    break  # the size afterwards tells whether this was the end
            after = await opened.stat()
        finally:
            with contextlib.suppress(asyncssh.Error, OSError):
                await opened.close()
        return _described(file.folder, file.name, before), data, _described(file.folder, file.name, after)

    async def _read(self, opened: asyncssh.SFTPClientFile, offset: int) -> bytes:
        piece: bytes = await opened.read(self._read_size, offset)
        return piece

    async def _look(self, path: str, place: Place) -> asyncssh.SFTPAttrs | None:
        with contextlib.suppress(RemoteFileMissingError):
            return await self._step(place, self._sftp.lstat(path))
        return None

    async def _create(self, path: str, name: str, content: Content, place: Place) -> asyncssh.SFTPClientFile:
        try:
            return await self._step(place, self._open(path, "xb"))
        except RemoteFileMissingError:
            raise place.error(FolderMissingError, "there is no such folder") from None
        except RemoteRefusedError as error:
            refusal: TransportError = error
        # What is there tells which refusal it was.
        if await self._look(path, place) is not None:
            refusal = place.error(CollisionError, f"the name {name} is taken")
        else:
            refusal = await self._why_not_written(place, content) or refusal
        raise refusal

    async def _write(self, writing: Coroutine[Any, Any, int], place: Place, content: Content) -> None:
        try:
            await self._step(place, writing)
        except RemoteRefusedError as error:
            raise await self._why_not_written(place, content) or error from None

    async def _close_checked(self, opened: asyncssh.SFTPClientFile, place: Place, content: Content) -> None:
        # Some servers tell of a full disk or a quota only now.
        try:
            await self._step(place, opened.close())
        except RemoteRefusedError as error:
            raise await self._why_not_written(place, content) or error from None

    async def _close_quietly(self, opened: asyncssh.SFTPClientFile, place: Place) -> None:
        with contextlib.suppress(TransportError):
            await self._step(place, opened.close())

    async def _why_not_written(self, place: Place, content: Content) -> TransportError | None:
        """Return the reason that the server's numbers give; version 3 of the protocol has one code for all."""
        try:
            space = await self._step(place, self._sftp.statvfs(place.folder or "."))
        except TransportError:
            return None
        if space.flags & _READ_ONLY:
            return place.error(PermissionRefusedError, "the server's file system is read-only")
        free = space.bavail * space.frsize
        if space.blocks == 0 or free >= content.size:
            return None
        return place.error(NoSpaceError, f"the server has room for {free} more bytes; the file has {content.size}")

    async def _why_not_moved(
        self, source: str, target: str, name: str, refusal: TransportError, place: Place
    ) -> TransportError:
        if await self._look(source, place) is None:
            return place.error(RemoteFileMissingError, f"the file to be called {name} is gone")
        if await self._look(target, place) is not None:
            return place.error(CollisionError, f"the name {name} is taken")
        if isinstance(refusal, RemoteFileMissingError):
            return place.error(FolderMissingError, "there is no such folder")
        return refusal

    def _path(self, folder: str, name: str, place: Place) -> str:
        return encodable(path_of(folder, name, place), self._encoding, place)

    def _abort(self) -> None:
        self._connection.abort()

    async def _goodbye(self, *, polite: bool) -> None:
        if polite:
            self._sftp.exit()
            self._connection.close()
        await self._connection.wait_closed()

    def _translate(self, error: Exception, place: Place) -> TransportError:
        return told(error, place)


def _is_file(attributes: asyncssh.SFTPAttrs) -> bool:
    # A server that tells no kind is taken at its word that this is something to fetch.
    return attributes.type in {FILEXFER_TYPE_REGULAR, FILEXFER_TYPE_UNKNOWN}


def _described(folder: str, name: str, attributes: asyncssh.SFTPAttrs) -> RemoteFile:
    modified = None if attributes.mtime is None else datetime.fromtimestamp(attributes.mtime, UTC)
    return RemoteFile(folder, name, attributes.size, modified)


def _decoded(name: bytes | str, encoding: str) -> str:
    if isinstance(name, str):
        return name
    # What does not decode turns into a name that is_safe_name() refuses.
    return name.decode(encoding, "surrogateescape")
