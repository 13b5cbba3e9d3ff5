"""FTP and FTPS, over aioftp."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Coroutine, Sequence
from datetime import datetime
from typing import Any, Self

import aioftp
from attrs import evolve

from lindorff_sdk.errors import (
    CollisionError,
    ConnectionLostError,
    DeadlineError,
    FolderMissingError,
    PermissionRefusedError,
    RemoteFileMissingError,
    RemoteRefusedError,
    RequestError,
    TransportError,
    TruncatedError,
    UnknownOutcomeError,
)
from lindorff_sdk.secrets import Secret
from lindorff_sdk.transport.base import CHUNK, Content, RemoteFile
from lindorff_sdk.transport.ftp_errors import told
from lindorff_sdk.transport.ftp_listing import read_facts, read_listing, read_time
from lindorff_sdk.transport.ftp_login import FtpSettings, Session, open_session
from lindorff_sdk.transport.names import checked_folder, encodable, path_of
from lindorff_sdk.transport.place import Place
from lindorff_sdk.transport.steps import Connection
from lindorff_sdk.transport.tls import Tls

_log = logging.getLogger(__name__)


class FtpTransport(Connection):
    """An open FTP connection; made by `connect`. It does one thing at a time: further calls wait for their turn."""

    in_flight = 1
    connections = 4

    def __init__(self, server: str, operation_timeout: float, session: Session) -> None:
        super().__init__(server, operation_timeout)
        self._client = session.client
        self._features = session.features
        self._home = session.home
        self.skipped = 0
        self._turn = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int | None = None,
        *,
        username: str,
        password: Secret | None = None,
        tls: Tls | None = None,
        implicit: bool = False,
        encoding: str = "utf-8",
        passive_commands: Sequence[str] = ("epsv", "pasv"),
        connect_timeout: float = 15.0,
        login_timeout: float = 30.0,
        operation_timeout: float = 60.0,
    ) -> Self:
        """Return an open connection, encrypted if ``tls`` is given.

        Args:
            host: Name or address of the server.
            port: Its port: 21, or 990 for implicit TLS, unless given.
            username: The account.
            password: The account's password.
            tls: How the server's certificate is known. None is plain FTP, which shows everything to the network.
            implicit: Whether TLS begins with the first byte; otherwise it is asked for by ``AUTH TLS`` before the
                log-in, and a server that refuses it is left.
            encoding: Of file names at the server.
            passive_commands: How data connections are asked for; ``("pasv",)`` where a server answers EPSV wrongly.
            connect_timeout: Seconds until the server must have taken the connection.
            login_timeout: Seconds for the welcome, TLS and the log-in.
            operation_timeout: Seconds without any answer or byte after which an operation is given up.

        Raises:
            CertificateError: If the server's certificate is not trusted or not the pinned one; nothing was sent.
            LoginRefusedError: If the server refuses the user name or password.
            RemoteRefusedError: If it offers no TLS.
            ConnectionLostError: If it cannot be reached or hangs up.
            DeadlineError: If it does not answer in time.
            SecretError: If the password cannot be read.
        """
        port = port or (990 if implicit else 21)
        server = f"{'ftp' if tls is None else 'ftps'}://{username}@{host}:{port}"
        if tls is None:
            _log.warning("%s: plain FTP sends the password and the debtors' data unencrypted", server)
        settings = FtpSettings(
            host, port, username, password, tls, implicit, encoding, passive_commands, connect_timeout, login_timeout
        )
        return cls(server, operation_timeout, await open_session(settings, Place(server, "", "connect")))

    async def list(self, folder: str) -> tuple[RemoteFile, ...]:
        """Return the ordinary files in ``folder``, sorted by name."""
        place = Place(self.server, folder, "list")
        async with self._alone():
            await self._enter(folder, place)
            data, machine_readable = await self._listing(place)
            await self._say(place, f"CWD {self._home}", "2xx")
        listing = read_listing(folder, data, self._client.encoding, machine_readable=machine_readable)
        self.skipped = listing.unusable
        if listing.unusable:
            _log.warning("%s: folder %r has %d lines of no use; left out", self.server, folder, listing.unusable)
        return listing.files

    async def stat(self, folder: str, name: str) -> RemoteFile | None:
        """Return what the server knows of one file, or None."""
        async with self._alone():
            return await self._look(folder, name, Place(self.server, folder, "stat"))

    async def fetch(self, file: RemoteFile) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of ``file`` to its end."""
        place = Place(self.server, file.folder, "fetch")
        path = self._path(file.folder, file.name, place)
        received = 0
        async with self._alone():
            before = await self._look(file.folder, file.name, place)
            if before is None:
                raise place.error(RemoteFileMissingError, f"{file.name} is gone")
            async with self._data(f"RETR {path}", place):
                while chunk := await self._step(place, self._client.receive(CHUNK)):
                    received += len(chunk)
                    yield chunk
                    del chunk  # an error's frames hold no data of a file
            after = await self._look(file.folder, file.name, place)
        sizes = {received, *(seen.size for seen in (file, before, after) if seen and seen.size is not None)}
        if after is None or len(sizes) > 1 or before.modified != after.modified:
            self._give_up()
            raise place.error(TruncatedError, f"{file.name} is cut short or changed: {received} bytes came")

    async def store(self, folder: str, name: str, content: Content) -> None:
        """Write a new file under exactly this name and check its size at the server."""
        place = Place(self.server, folder, "store")
        path = self._path(folder, name, place)
        async with self._alone():
            # STOR overwrites, so the name is looked at first.
            if await self._look(folder, name, place) is not None:
                raise place.error(CollisionError, f"the name {name} is taken")
            try:
                async with self._data(f"STOR {path}", place):
                    async for sending in self._sendings(content):
                        await self._step(place, sending)
            except (RemoteFileMissingError, RemoteRefusedError, PermissionRefusedError) as error:
                raise await self._missing_folder(folder, place) or error from None
            # A data connection that was cut looks to the server like an ordinary end of file.
            stored = await self._look(folder, name, place)
        size = None if stored is None else stored.size
        if size != content.size:
            self._give_up()
            raise place.error(TruncatedError, f"{name} has {size} of {content.size} bytes at the server")

    async def move(self, file: RemoteFile, folder: str, name: str) -> None:
        """Give ``file`` another folder or name, without overwriting."""
        place = Place(self.server, folder, "move")
        source, target = self._path(file.folder, file.name, place), self._path(folder, name, place)
        async with self._alone():
            # RNTO overwrites in silence on every server tried, so the name is looked at first.
            if await self._look(folder, name, place) is not None:
                raise place.error(CollisionError, f"the name {name} is taken")
            try:
                await self._say(place, f"RNFR {source}", "350")
            except RemoteFileMissingError:
                raise place.error(RemoteFileMissingError, f"{file.name} is gone") from None
            await self._rename_to(target, folder, name, place)

    async def delete(self, file: RemoteFile) -> None:
        """Delete ``file``; one that is already gone is no error."""
        place = Place(self.server, file.folder, "delete")
        path = self._path(file.folder, file.name, place)
        async with self._alone():
            try:
                await self._say(place, f"DELE {path}", "2xx")
            except RemoteFileMissingError as error:
                if await self._look(file.folder, file.name, place) is not None:
                    raise place.error(PermissionRefusedError, str(error.args[0])) from None

    async def _sendings(self, content: Content) -> AsyncGenerator[Coroutine[Any, Any, None], None]:
        """Yield calls, not bytes: an error's frames hold no data of a file."""
        async for chunk in content.chunks():
            yield self._client.send(chunk)

    async def _say(self, place: Place, command: str, expected: str) -> Sequence[str]:
        _, lines = await self._step(place, self._client.command(command, expected))
        return lines

    async def _look(self, folder: str, name: str, place: Place) -> RemoteFile | None:
        path = self._path(folder, name, place)
        try:
            if "MLST" in self._features:
                kind, file = read_facts(folder, (await self._say(place, f"MLST {path}", "250"))[1])
                return evolve(file, name=name) if file is not None and kind == "file" else None
            size = (await self._say(place, f"SIZE {path}", "213"))[-1].strip()
        except RemoteFileMissingError:
            return None
        return RemoteFile(folder, name, int(size) if size.isdecimal() else None, await self._modified(path, place))

    async def _modified(self, path: str, place: Place) -> datetime | None:
        try:
            return read_time((await self._say(place, f"MDTM {path}", "213"))[-1])
        except (RemoteRefusedError, RemoteFileMissingError):
            return None

    async def _enter(self, folder: str, place: Place) -> None:
        """Go to the folder: some servers answer a listing of one that is missing with nothing."""
        try:
            await self._say(place, f"CWD {checked_folder(folder, place) or self._home}", "2xx")
        except RemoteFileMissingError:
            raise place.error(FolderMissingError, "there is no such folder") from None

    async def _missing_folder(self, folder: str, place: Place) -> FolderMissingError | None:
        if self._lost:
            return None
        try:
            await self._enter(folder, place)
        except FolderMissingError as error:
            return error
        await self._say(place, f"CWD {self._home}", "2xx")
        return None

    async def _listing(self, place: Place) -> tuple[bytes, bool]:
        if "MLST" in self._features:
            return await self._receive_all("MLSD", place), True
        # Names that begin with a dot, as our temporary ones do, are listed only on request.
        with contextlib.suppress(RemoteRefusedError, RemoteFileMissingError):
            if data := await self._receive_all("LIST -a", place):
                return data, False
        return await self._receive_all("LIST", place), False

    async def _receive_all(self, command: str, place: Place) -> bytes:
        parts: list[bytes] = []
        async with self._data(command, place):
            while chunk := await self._step(place, self._client.receive(CHUNK)):
                parts.append(chunk)
        return b"".join(parts)

    async def _rename_to(self, target: str, folder: str, name: str, place: Place) -> None:
        try:
            await self._say(place, f"RNTO {target}", "2xx")
        except (ConnectionLostError, DeadlineError) as error:
            unknown = f"the answer was lost, so {name} may or may not be there: {error.args[0]}"
        except (RemoteFileMissingError, RemoteRefusedError, PermissionRefusedError) as error:
            raise await self._missing_folder(folder, place) or error from None
        else:
            return
        raise place.error(UnknownOutcomeError, unknown)

    @contextlib.asynccontextmanager
    async def _data(self, command: str, place: Place) -> AsyncGenerator[None, None]:
        """Open a data connection for one command, and see it through to the server's last word."""
        await self._step(place, self._client.open_data(command))
        try:
            await self._step(place, self._client.secure_data())
            yield
            await self._step(place, self._client.finish_data())
        except BaseException as error:
            # From here on replies may be one behind: the next command would take this one's for its own.
            refused = isinstance(error, TransportError) and not error.transient
            if not refused or not await self._is_in_step(place):
                self._give_up()
            raise

    async def _is_in_step(self, place: Place) -> bool:
        """Return whether the server is done with what it refused, so that what it holds of it can be removed."""
        self._client.drop_data()
        with contextlib.suppress(TransportError):
            # No late word about a transfer has this code.
            await self._say(place, "PWD", "257")
            return True
        return False

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncGenerator[None, None]:
        if self._holder is not None and self._holder is asyncio.current_task():
            raise RequestError("An FTP connection does one thing at a time: read the file to its end first.")
        async with self._turn:
            self._holder = asyncio.current_task()
            try:
                yield
            finally:
                self._holder = None

    def _path(self, folder: str, name: str, place: Place) -> str:
        return encodable(path_of(folder, name, place), self._client.encoding, place)

    def _abort(self) -> None:
        self._client.cut()

    async def _goodbye(self, *, polite: bool) -> None:
        if polite:
            with contextlib.suppress(aioftp.AIOFTPException, OSError):
                await self._client.command("QUIT", "2xx")
        await self._client.wait_closed()

    def _translate(self, error: Exception, place: Place) -> TransportError:
        return told(error, place)
