"""Fetching: bytes into the journal and committed, then read, and only then moved or deleted at the agency."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from attrs import define, field

from lindorff_sdk.definition import AfterFetch, ExportDefinition
from lindorff_sdk.errors import (
    CollisionError,
    RemoteFileMissingError,
    TransportError,
    UnknownOutcomeError,
)
from lindorff_sdk.exchange.bring import Bringing, rules_of
from lindorff_sdk.exchange.connect import Connect, patience_of
from lindorff_sdk.exchange.connect import connect as connect_to_agency
from lindorff_sdk.exchange.ingest import read_waiting
from lindorff_sdk.exchange.reports import FetchedFile, FetchReport
from lindorff_sdk.journal import Incoming, IncomingState, Journal
from lindorff_sdk.transport.base import RemoteFile, Transport
from lindorff_sdk.transport.finished import marker_of
from lindorff_sdk.transport.fleet import Progress
from lindorff_sdk.transport.retry import persist


async def fetch_settlements(
    definition: ExportDefinition,
    *,
    journal: Journal,
    connect: Connect = connect_to_agency,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> FetchReport:
    """Fetch the files that came, receipts, settlements and the bank's, and turn them into postings in the journal.

    Take the postings from ``journal.pending(definition)``: those of a run that crashed are there as well. One bad
    file is quarantined and holds up no other.

    Args:
        definition: The agreement.
        journal: Where bytes, findings and postings go.
        connect: Opens the connection; a test may bring its own.
        now: The time, with a zone; the computer's unless given.
        progress: Called with the bytes fetched so far and those to be fetched in all.

    Raises:
        TransportError: If the server cannot be reached or the connection is lost, again and again or for longer than
            the definition allows. What had come by then is read.
        JournalError: If the journal cannot be used.
    """
    bringing = Bringing(definition, journal, now or datetime.now(UTC), progress)
    fetching = _Fetching(definition, journal, bringing)

    async def attempt() -> None:
        while True:
            async with await connect(definition) as transport:
                if await bringing.bring(transport, partial(connect, definition)):
                    await fetching.read()
                    await fetching.dispose(transport)
                    break

    try:
        await persist(attempt, patience_of(definition))
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
    bringing: Bringing
    files: list[FetchedFile] = field(factory=list)

    def report(self) -> FetchReport:
        return FetchReport(
            files=tuple(self.files),
            redelivered=tuple(self.bringing.redelivered),
            failed=tuple(self.bringing.failed),
            left=tuple(self.bringing.left),
            listed=len(self.bringing.listed),
            skipped=self.bringing.skipped,
        )

    async def read(self) -> None:
        """Read the files that wait in the journal."""
        self.files.extend(await asyncio.to_thread(read_waiting, self.definition, self.journal, self.bringing.now))

    async def dispose(self, transport: Transport) -> None:
        """Move or delete at the agency what was read here; what is quarantined stays there to be looked at."""
        if self.definition.after_fetch is AfterFetch.LEAVE:
            return
        for incoming in await asyncio.to_thread(self.journal.undisposed, self.definition):
            remote = self.bringing.brought.get(incoming.id) or _the_same(incoming, self.bringing.listed)
            if remote is None or incoming.state is not IncomingState.PROCESSED:
                continue
            try:
                await self._dispose_one(transport, remote, incoming)
                if (marker := marker_of(remote, rules_of(self.definition))) is not None:
                    await transport.delete(marker)
            except TransportError as error:
                # Harmless: the file is known, so the next run only moves it.
                self.bringing.failed.append(f"{remote.name}: {error}")
                if error.transient or isinstance(error, UnknownOutcomeError):
                    return
            else:
                await asyncio.to_thread(self.journal.mark_disposed, incoming.id, now=self.bringing.now)

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


def _the_same(incoming: Incoming, listed: Sequence[RemoteFile]) -> RemoteFile | None:
    """Return the listed file that the journal has already; a changed one is a new file, never moved unread."""
    for remote in listed:
        if (remote.name, remote.size, remote.modified) == (incoming.name, incoming.size, incoming.remote_modified):
            return remote if remote.modified is not None else None
    return None
