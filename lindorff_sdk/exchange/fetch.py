"""Fetching: bytes into the journal and committed, then read, and only then moved or deleted at the agency."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime

from attrs import define, field

from lindorff_sdk.definition import AfterFetch, ExportDefinition
from lindorff_sdk.errors import (
    CollisionError,
    RemoteFileMissingError,
    TransportError,
    TruncatedError,
    UnknownOutcomeError,
)
from lindorff_sdk.exchange.connect import Connect
from lindorff_sdk.exchange.connect import connect as connect_to_agency
from lindorff_sdk.exchange.ingest import read_waiting
from lindorff_sdk.exchange.reports import FetchedFile, FetchReport
from lindorff_sdk.journal import Incoming, IncomingState, Journal
from lindorff_sdk.transport.base import RemoteFile, Transport

UNFINISHED = (".part", ".tmp", ".temp", ".filepart", ".writing")
"""Endings of files that somebody is still writing; names that begin with a dot are such files too."""


async def fetch_settlements(
    definition: ExportDefinition,
    *,
    journal: Journal,
    connect: Connect = connect_to_agency,
    now: datetime | None = None,
) -> FetchReport:
    """Fetch the receipt and settlement files that came, and turn them into postings in the journal.

    Take the postings from ``journal.pending(definition)``: those of a run that crashed are there as well. One bad
    file is quarantined and holds up no other.

    Args:
        definition: The agreement.
        journal: Where bytes, findings and postings go.
        connect: Opens the connection; a test may bring its own.
        now: The time, with a zone; the computer's unless given.

    Raises:
        TransportError: If the server cannot be reached or the connection is lost. What had come by then is read.
        JournalError: If the journal cannot be used.
    """
    fetching = _Fetching(definition, journal, now or datetime.now(UTC))
    try:
        while True:
            async with await connect(definition) as transport:
                if await fetching.bring(transport):
                    await fetching.read()
                    await fetching.dispose(transport)
                    break
    except TransportError:
        # Also what an earlier run left unread is in the journal; the lost connection must not keep it from the ERP.
        await fetching.read()
        raise
    return fetching.report()


@define
class _Fetching:
    """One run over the download folder."""

    definition: ExportDefinition
    journal: Journal
    now: datetime
    listed: Sequence[RemoteFile] = ()
    waiting: list[RemoteFile] | None = None
    brought: dict[int, RemoteFile] = field(factory=dict)
    files: list[FetchedFile] = field(factory=list)
    redelivered: list[str] = field(factory=list)
    failed: list[str] = field(factory=list)

    def report(self) -> FetchReport:
        return FetchReport(
            files=tuple(self.files),
            redelivered=tuple(self.redelivered),
            failed=tuple(self.failed),
            listed=len(self.listed),
        )

    async def bring(self, transport: Transport) -> bool:
        """Take the bytes of every finished file into the journal. A file that cannot be read leaves the others be.

        Return False if a file spoiled the connection: call again with a new one for the files that are left.
        """
        if self.waiting is None:
            listed = await transport.list(self.definition.download_folder)
            self.listed = [file for file in listed if not _is_unfinished(file.name)]
            self.waiting = list(reversed(self.listed))
        while self.waiting:
            remote = self.waiting.pop()
            if await asyncio.to_thread(self.journal.seen, self.definition, remote.name, remote.size, remote.modified):
                continue
            try:
                incoming = await self._bring_one(transport, remote)
            except TransportError as error:
                if error.transient and not isinstance(error, TruncatedError):
                    raise
                self.failed.append(f"{remote.name}: {error}")
                if error.transient:
                    return False
            else:
                self.brought[incoming.id] = remote
                if incoming.redelivered:
                    self.redelivered.append(incoming.name)
        return True

    async def _bring_one(self, transport: Transport, remote: RemoteFile) -> Incoming:
        arrival = await asyncio.to_thread(self.journal.begin_receive, self.definition, remote.name, now=self.now)
        try:
            async with aclosing(transport.fetch(remote)) as chunks:
                async for chunk in chunks:
                    await asyncio.to_thread(arrival.add, chunk)
        except BaseException:
            await asyncio.to_thread(arrival.abandon)
            raise
        return await asyncio.to_thread(arrival.finish, remote_modified=remote.modified)

    async def read(self) -> None:
        """Read the files that wait in the journal."""
        self.files.extend(await asyncio.to_thread(read_waiting, self.definition, self.journal, self.now))

    async def dispose(self, transport: Transport) -> None:
        """Move or delete at the agency what was read here; what is quarantined stays there to be looked at."""
        if self.definition.after_fetch is AfterFetch.LEAVE:
            return
        for incoming in await asyncio.to_thread(self.journal.undisposed, self.definition):
            remote = self.brought.get(incoming.id) or _the_same(incoming, self.listed)
            if remote is None or incoming.state is not IncomingState.PROCESSED:
                continue
            try:
                await self._dispose_one(transport, remote, incoming)
            except TransportError as error:
                # Harmless: the file is known, so the next run only moves it.
                self.failed.append(f"{remote.name}: {error}")
                if error.transient or isinstance(error, UnknownOutcomeError):
                    return
            else:
                await asyncio.to_thread(self.journal.mark_disposed, incoming.id, now=self.now)

    async def _dispose_one(self, transport: Transport, remote: RemoteFile, incoming: Incoming) -> None:
        if self.definition.after_fetch is AfterFetch.DELETE:
            await transport.delete(remote)
            return
        # Names are used again, and files are delivered again: digest and count keep apart what is moved.
        digest = f"{remote.name}.{incoming.sha256[:12]}"
        taken: CollisionError | None = None
        for name in (remote.name, digest, f"{digest}.{incoming.deliveries}"):
            try:
                await transport.move(remote, self.definition.done_folder, name)
            except CollisionError as error:
                taken = error
            except RemoteFileMissingError:
                return
            else:
                return
        if taken is not None:
            raise taken


def _is_unfinished(name: str) -> bool:
    return name.startswith(".") or name.lower().endswith(UNFINISHED)


def _the_same(incoming: Incoming, listed: Sequence[RemoteFile]) -> RemoteFile | None:
    """Return the listed file that the journal has already; a changed one is a new file, never moved unread."""
    for remote in listed:
        if (remote.name, remote.size, remote.modified) == (incoming.name, incoming.size, incoming.remote_modified):
            return remote if remote.modified is not None else None
    return None
