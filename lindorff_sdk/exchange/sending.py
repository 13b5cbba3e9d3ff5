"""Sending what is stored: under a temporary name, renamed once, and what was interrupted is finished first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from attrs import define, evolve, field

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import (
    CollisionError,
    IllegalMoveError,
    RemoteFileMissingError,
    TransportError,
    UnknownOutcomeError,
)
from lindorff_sdk.exchange.connect import Connect, patience_of
from lindorff_sdk.exchange.reports import SentFile
from lindorff_sdk.journal import Journal, Outgoing, OutgoingState
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.transport.base import Content, RemoteFile, Transport
from lindorff_sdk.transport.fleet import Progress
from lindorff_sdk.transport.publish import Outcome, publish, resume, sweep
from lindorff_sdk.transport.retry import persist

_ATTEMPTS = 3
_STALE = timedelta(days=1)
"""Age at which a temporary file of ours at the server is surely nobody's work any more."""


@define
class Sending:
    """One run that sends the files of the journal that are stored and not sent.

    Attributes:
        transfer: Only the files of this transfer; None for all of them, in the order in which they were stored.
        stored: The journal's numbers of the files that this run stored itself.
        progress: Called with the bytes sent so far and those to be sent in all.
        sent: Files that are at the agency now and were not before.
        unknown: Transfer and name of files that may be at the agency or not.
    """

    definition: ExportDefinition
    journal: Journal
    now: datetime
    transfer: Transfer | None = None
    stored: set[int] = field(factory=set)
    progress: Progress | None = None
    sent: list[SentFile] = field(factory=list)
    unknown: list[tuple[Transfer, str]] = field(factory=list)
    _sizes: dict[int, int] = field(factory=dict)
    _done: dict[int, int] = field(factory=dict)

    async def send(self, connect: Connect) -> None:
        """Send what waits, if anything does.

        Raises:
            TransportError: If the server cannot be reached, or refuses. What was stored is sent by the next run.
            JournalError: If the journal cannot be used.
        """
        if await self._unfinished():
            # A lost answer may be gone into again, too: each attempt asks the journal and the server what happened.
            await persist(partial(self._reach, connect), patience_of(self.definition), also=(UnknownOutcomeError,))

    def sent_of(self, transfer: Transfer) -> tuple[SentFile, ...]:
        """Return the files of a transfer that are at the agency now and were not before."""
        return tuple(file for file in self.sent if file.transfer is transfer)

    def unknown_of(self, transfer: Transfer) -> tuple[str, ...]:
        """Return the names of the files of a transfer that may be at the agency or not."""
        return tuple(name for its, name in self.unknown if its is transfer)

    @property
    def _beside(self) -> str:
        """The folder in which files are written before they get their final names."""
        return self.definition.temporary_folder or self.definition.upload_folder

    async def _unfinished(self) -> tuple[Outgoing, ...]:
        return await asyncio.to_thread(self.journal.unfinished, self.definition, self.transfer)

    async def _reach(self, connect: Connect) -> None:
        """Connect, and send what is to be sent."""
        async with await connect(self.definition) as transport:
            await self._send_all(transport)

    async def _send_all(self, transport: Transport) -> None:
        """Send every file that is stored and not yet sent, oldest first; one that cannot be sent holds up no other."""
        refused: TransportError | None = None
        unfinished = await self._unfinished()
        self._sizes.update({file.id: file.size for file in unfinished})
        for file in unfinished:
            try:
                await self._send(transport, file)
            except CollisionError as error:
                refused = refused or error
        if refused is not None:
            raise refused
        await self._sweep(transport)

    async def _sweep(self, transport: Transport) -> None:
        unfinished = await asyncio.to_thread(self.journal.unfinished, self.definition)
        # An account may be allowed to write and not to list; then leftovers are the agency's to remove.
        with suppress(TransportError):
            keep = [file.temp_name for file in unfinished]
            await sweep(transport, self._beside, _STALE, self.now, keep)

    async def _send(self, transport: Transport, file: Outgoing) -> None:
        for _ in range(_ATTEMPTS):
            try:
                return await (self._finish if file.state is OutgoingState.PUBLISHING else self._publish)(
                    transport, file
                )
            except (IllegalMoveError, RemoteFileMissingError) as error:
                met = error  # by another run at work on this file: go on from where that one is
            files = await asyncio.to_thread(self.journal.outgoing, self.definition)
            file = next(now for now in files if now.id == file.id)
            if file.state not in {OutgoingState.STORED, OutgoingState.PUBLISHING}:
                return self._tell(file)
        raise met

    async def _publish(self, transport: Transport, file: Outgoing) -> None:
        folder, temporary = self.definition.upload_folder, ""

        async def before_rename(temp_name: str) -> None:
            nonlocal temporary
            temporary = temp_name
            await asyncio.to_thread(self.journal.mark_publishing, file.id, temp_name, now=self.now)

        try:
            content = self._content(file)
            await publish(
                transport, folder, file.name, content, temporary_folder=self._beside, before_rename=before_rename
            )
        except IllegalMoveError:
            # The other run has a temporary file of its own; this one is nobody's.
            with suppress(TransportError):
                await transport.delete(RemoteFile(self._beside, temporary, file.size))
            raise
        await self._sent(file)

    async def _finish(self, transport: Transport, file: Outgoing) -> None:
        """Go on with a file whose rename to its final name may or may not have happened."""
        folder, content = self.definition.upload_folder, self._content(file)
        look = partial(resume, transport, folder, file.name, content, file.temp_name, temporary_folder=self._beside)
        outcome = await look()
        if outcome is Outcome.NOT_PUBLISHED:
            # The complete temporary file is renamed, not sent anew: of two runs that meet here only one can succeed,
            # since the file to be renamed is there only once.
            try:
                await transport.move(RemoteFile(self._beside, file.temp_name, file.size), folder, file.name)
                outcome = Outcome.PUBLISHED
            except (RemoteFileMissingError, CollisionError):
                outcome = await look()
        if outcome is Outcome.PUBLISHED:
            await self._sent(file)
        elif self.definition.agency_removes_files:
            await asyncio.to_thread(self.journal.mark_unknown, file.id, now=self.now)
            self._tell(evolve(file, state=OutgoingState.UNKNOWN))
        else:
            # Nobody takes files away there: what is not there was not published.
            await asyncio.to_thread(self.journal.mark_unpublished, file.id, now=self.now)
            await self._publish(transport, file)

    async def _sent(self, file: Outgoing) -> None:
        await asyncio.to_thread(self.journal.mark_sent, file.id, now=self.now)
        self._tell(evolve(file, state=OutgoingState.SENT))

    def _tell(self, file: Outgoing) -> None:
        """Put a file that is at the agency, or may be, in the report."""
        self._count(file, file.size)
        if file.state is OutgoingState.UNKNOWN:
            self.unknown.append((Transfer(file.transfer), file.name))
            return
        sent = SentFile(
            name=file.name,
            sequence=file.sequence,
            size=file.size,
            sha256=file.sha256,
            transfer=Transfer(file.transfer),
            finished=file.id not in self.stored,
        )
        self.sent.append(sent)

    def _content(self, file: Outgoing) -> Content:
        stored = self.journal.content(file)

        async def chunks() -> AsyncIterator[bytes]:
            source, sent = stored.chunks(), 0
            while (chunk := await asyncio.to_thread(next, source, None)) is not None:
                yield chunk
                sent += len(chunk)
                self._count(file, sent)

        return Content(stored.size, stored.sha256, chunks)

    def _count(self, file: Outgoing, sent: int) -> None:
        before = self._done.get(file.id, 0)
        if self.progress is not None and sent > before:
            # By file, the furthest it came: one that is sent again counts once.
            self._done[file.id] = sent
            self.progress(sum(self._done.values()), sum(self._sizes.values()))
