"""Bringing the bytes of many files into the journal, several at once and yet in the order of the listing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import ParamSpec, TypeVar

from attrs import define, field

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import ConnectionLostError, JournalError, TooLargeError, TransportError, TruncatedError
from lindorff_sdk.journal import Incoming, Journal
from lindorff_sdk.transport.base import RemoteFile, Transport
from lindorff_sdk.transport.finished import Rules, look
from lindorff_sdk.transport.fleet import Progress, each, fleet
from lindorff_sdk.transport.place import Place

_P = ParamSpec("_P")
_T = TypeVar("_T")


def rules_of(definition: ExportDefinition) -> Rules:
    """Return what tells a finished file under this agreement."""
    return Rules(
        unfinished=definition.unfinished,
        settle_seconds=definition.settle_seconds,
        min_age_seconds=definition.min_age_seconds,
        marker=definition.marker,
    )


@define
class Bringing:
    """One run's way through the download folder; goes on where it was when it gets a new connection."""

    definition: ExportDefinition
    journal: Journal
    now: datetime
    progress: Progress | None = None
    listed: Sequence[RemoteFile] = ()
    waiting: list[RemoteFile] = field(factory=list)
    brought: dict[int, RemoteFile] = field(factory=dict)
    redelivered: list[str] = field(factory=list)
    failed: list[str] = field(factory=list)
    left: list[str] = field(factory=list)
    skipped: int = 0
    _done: int = 0
    _total: int = 0
    _spoiled: bool = False
    _looked: bool = False

    async def bring(self, transport: Transport, connect: Callable[[], Awaitable[Transport]]) -> bool:
        """Take the bytes of every finished file into the journal. A file that cannot be read leaves the others be.

        Return False if a file spoiled the connection: call again with a new one for the files that are left.

        Raises:
            TransportError: If the connection is lost. Called again, it goes on with the files that are left.
        """
        if not self._looked:
            self.waiting = await self._wanted(transport)
            self._looked = True
        turns = _Turns(self.waiting)
        self._spoiled = False

        async def one(transport: Transport, remote: RemoteFile) -> None:
            await self._one(transport, remote, turns)

        try:
            async with fleet(transport, connect, len(self.waiting)) as transports:
                await each(list(self.waiting), one, transports)
        except TransportError:
            if not self._spoiled:
                raise
            return False
        return True

    async def _wanted(self, transport: Transport) -> list[RemoteFile]:
        looked = await look(transport, self.definition.download_folder, rules_of(self.definition))
        self.listed, self.left, self.skipped = looked.finished, list(looked.left), transport.skipped
        wanted: list[RemoteFile] = []
        for remote in self.listed:
            if await _in_thread(self.journal.seen, self.definition, remote.name, remote.size, remote.modified):
                continue
            size = remote.size or 0
            if size > self.definition.max_file_bytes:
                self.failed.append(f"{remote.name}: {self._too_large(transport, size)}")
            elif len(wanted) == self.definition.max_run_files or self._total + size > self.definition.max_run_bytes:
                self.left.append(f"{remote.name}: beyond what one run may fetch")
            else:
                wanted.append(remote)
                self._total += size
        return wanted

    async def _one(self, transport: Transport, remote: RemoteFile, turns: "_Turns") -> None:
        try:
            incoming = await self._fetched(transport, remote, turns)
        except TransportError as error:
            if error.transient and not isinstance(error, TruncatedError):
                await turns.lost(remote)
                raise
            self.failed.append(f"{remote.name}: {error}")
            self._spoiled = self._spoiled or error.transient
            await self._over(remote, turns)
            if error.transient:
                raise
            return
        except BaseException:
            # Those behind it must not wait for a turn that never comes.
            await turns.lost(remote)
            raise
        self.brought[incoming.id] = remote
        if incoming.redelivered:
            self.redelivered.append(incoming.name)
        await self._over(remote, turns)

    async def _over(self, remote: RemoteFile, turns: "_Turns") -> None:
        self.waiting.remove(remote)
        await turns.over(remote)

    async def _fetched(self, transport: Transport, remote: RemoteFile, turns: "_Turns") -> Incoming:
        async with turns.begin:
            arrival = await _in_thread(self.journal.begin_receive, self.definition, remote.name, now=self.now)
        received = 0
        try:
            async with aclosing(transport.fetch(remote)) as chunks:
                async for chunk in chunks:
                    received += len(chunk)
                    self._check(transport, received)
                    await _in_thread(arrival.add, chunk)
                    self._count(len(chunk))
            # The journal numbers files as they are finished; what came earlier in the listing comes first.
            await turns.mine(remote)
        except BaseException:
            await _in_thread(arrival.abandon)
            raise
        try:
            return await _in_thread(arrival.finish, remote_modified=remote.modified)
        except JournalError:
            await _in_thread(arrival.abandon)
            raise

    def _count(self, more: int) -> None:
        self._done += more
        if self.progress is not None:
            self.progress(self._done, max(self._total, self._done))

    def _check(self, transport: Transport, size: int) -> None:
        # Counted as well as looked at before: a server may tell no size, or a wrong one.
        if size > self.definition.max_file_bytes:
            raise self._too_large(transport, size)

    def _too_large(self, transport: Transport, size: int) -> TooLargeError:
        place = Place(transport.server, self.definition.download_folder, "fetch")
        limit = self.definition.max_file_bytes
        return place.error(TooLargeError, f"the file has {size} bytes or more; max_file_bytes is {limit}")


async def _in_thread(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return what ``work`` returns. Nothing stops a thread, so a cancellation waits until it has come to its end."""
    task = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


class _Turns:
    """Lets files be finished in their order, whatever the order in which they are whole."""

    def __init__(self, files: Sequence[RemoteFile]) -> None:
        self._order = {file.name: number for number, file in enumerate(files)}
        self._over: set[int] = set()
        self._next = 0
        self._lost = len(files)
        self._moved = asyncio.Condition()
        self.begin = asyncio.Lock()
        """Held by the one that begins, so that files are asked for in their order, too."""

    async def mine(self, file: RemoteFile) -> None:
        """Wait until every file before this one is finished or given up.

        Raises:
            ConnectionLostError: If one of them was lost, so that this one must come after it in another attempt.
        """
        number = self._order[file.name]
        async with self._moved:
            await self._moved.wait_for(lambda: self._next == number or self._lost < number)
            if self._lost < number:
                raise ConnectionLostError("the connection was lost for a file before this one")

    async def over(self, file: RemoteFile) -> None:
        """Say that this file is finished or given up."""
        async with self._moved:
            self._over.add(self._order[file.name])
            while self._next in self._over:
                self._next += 1
            self._moved.notify_all()

    async def lost(self, file: RemoteFile) -> None:
        """Say that this file is to be fetched in another attempt."""
        async with self._moved:
            self._lost = min(self._lost, self._order[file.name])
            self._moved.notify_all()
