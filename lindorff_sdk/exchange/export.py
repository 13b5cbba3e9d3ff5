"""Exporting: checked, stored byte for byte, and only then sent; what was interrupted is finished first."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from attrs import define, evolve, field

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import (
    AlreadySentError,
    CollisionError,
    GroupRefusedError,
    IllegalMoveError,
    RemoteFileMissingError,
    SerializeError,
    TransportError,
    UnknownOutcomeError,
)
from lindorff_sdk.exchange.connect import Connect, patience_of
from lindorff_sdk.exchange.connect import connect as connect_to_agency
from lindorff_sdk.exchange.drafting import day_of, draft_of_cases
from lindorff_sdk.exchange.reports import ExportReport, SentFile
from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.journal import Journal, Outgoing, OutgoingState
from lindorff_sdk.models.cases import CollectionCase, CollectionGroup
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.preflight import check_group
from lindorff_sdk.transport.base import Content, RemoteFile, Transport
from lindorff_sdk.transport.fleet import Progress
from lindorff_sdk.transport.publish import Outcome, publish, resume, sweep
from lindorff_sdk.transport.retry import persist

_ATTEMPTS = 3
_STALE = timedelta(days=1)
"""Age at which a temporary file of ours at the server is surely nobody's work any more."""


async def export_group(
    group: CollectionGroup,
    definition: ExportDefinition,
    *,
    journal: Journal,
    connect: Connect = connect_to_agency,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Send the claims of a group that are not at the agency yet, as one file of cases.

    The file is stored in the journal, byte for byte and under its name, before anything is sent. An export that was
    interrupted after that is finished by the next call, with the same bytes and the same name. A claim that is in a
    live export is left out; if none is left, nothing is sent, and the report says so.

    Args:
        group: The claims of one collection date.
        definition: The agreement they are sent under.
        journal: Where the file and its claims are kept.
        connect: Opens the connection; a test may bring its own.
        now: The time, with a zone; the computer's unless given.
        progress: Called with the bytes sent so far and those to be sent in all, an interrupted export's among them.
            Neither falls when a file is sent again from its start.

    Raises:
        GroupRefusedError: If claims cannot be sent. All problems are listed; nothing of the group was stored or sent.
        TransportError: If the server cannot be reached, or refuses. What was stored is sent by the next call.
        JournalError: If the journal cannot be used.
    """
    exporting = _Exporting(definition, journal, now or datetime.now(UTC), progress)
    refused = await asyncio.to_thread(exporting.store, group)
    if await asyncio.to_thread(journal.unfinished, definition, Transfer.CASES):
        # A lost answer may be gone into again, too: each attempt asks the journal and the server what happened.
        await persist(partial(exporting.reach, connect), patience_of(definition), also=(UnknownOutcomeError,))
    if refused is not None:
        raise refused
    return exporting.report


@define
class _Exporting:
    definition: ExportDefinition
    journal: Journal
    now: datetime
    progress: Progress | None = None
    report: ExportReport = field(factory=ExportReport)
    stored: int | None = None
    _sizes: dict[int, int] = field(factory=dict)
    _done: dict[int, int] = field(factory=dict)

    # Storing ---------------------------------------------------------------------------------------------------------

    def store(self, group: CollectionGroup) -> GroupRefusedError | None:
        """Store the file of the claims that are to be sent; return why not, if the group is refused."""
        for _ in range(_ATTEMPTS):
            live = self.journal.live_invoices(self.definition)
            fresh = group.only(
                line.claim.invoice_number for line in group.claims if line.claim.invoice_number not in live
            )
            left_out = [line.claim.invoice_number for line in group.claims if line.claim.invoice_number in live]
            self.report = evolve(self.report, left_out=tuple(left_out))
            if not fresh.claims:
                return None
            refused = self._check(fresh)
            if refused is not None:
                return refused
            try:
                self._store(fresh)
            except AlreadySentError as error:
                sent_meanwhile = error  # by another process, in this very moment: leave those out and try again
            else:
                return None
        raise sent_meanwhile

    def _check(self, group: CollectionGroup) -> GroupRefusedError | None:
        findings = list(check_group(group, self.definition, today=day_of(self.now)))
        cases = group.cases()
        try:
            draft_of_cases(cases, self.definition, self.now).data(sequence=0)
        except SerializeError as error:
            findings.extend(_by_invoice(error.findings, cases))
        self.report = evolve(self.report, findings=tuple(findings))
        errors = [found for found in findings if found.severity is Severity.ERROR]
        if not errors:
            return None
        return GroupRefusedError(
            f"The group of {group.collection_date} was not sent: {len(errors)} problems in its claims.", errors
        )

    def _store(self, group: CollectionGroup) -> None:
        cases = group.cases()
        draft = draft_of_cases(cases, self.definition, self.now)

        def build(sequence: int) -> tuple[str, bytes]:
            # Within the transaction that allots the number, so that no other run can take the name meanwhile.
            return draft.named(sequence, {file.name for file in self.journal.outgoing(self.definition)})

        stored = self.journal.store_outgoing(self.definition, Transfer.CASES, build, cases=cases, now=self.now)
        self.stored = stored.id
        self.report = evolve(self.report, cases=len(cases), claims=len(group.claims))

    # Sending ---------------------------------------------------------------------------------------------------------

    async def reach(self, connect: Connect) -> None:
        """Connect, and send what is to be sent."""
        async with await connect(self.definition) as transport:
            await self.send(transport)

    async def send(self, transport: Transport) -> None:
        """Send every file that is stored and not yet sent, oldest first; one that cannot be sent holds up no other."""
        refused: TransportError | None = None
        unfinished = await asyncio.to_thread(self.journal.unfinished, self.definition, Transfer.CASES)
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
            await sweep(transport, self.definition.upload_folder, _STALE, self.now, keep)

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
            await publish(transport, folder, file.name, self._content(file), before_rename=before_rename)
        except IllegalMoveError:
            # The other run has a temporary file of its own; this one is nobody's.
            with suppress(TransportError):
                await transport.delete(RemoteFile(folder, temporary, file.size))
            raise
        await self._sent(file)

    async def _finish(self, transport: Transport, file: Outgoing) -> None:
        """Go on with a file whose rename to its final name may or may not have happened."""
        folder, content = self.definition.upload_folder, self._content(file)
        outcome = await resume(transport, folder, file.name, content, file.temp_name)
        if outcome is Outcome.NOT_PUBLISHED:
            # The complete temporary file is renamed, not sent anew: of two runs that meet here only one can succeed,
            # since the file to be renamed is there only once.
            try:
                await transport.move(RemoteFile(folder, file.temp_name, file.size), folder, file.name)
                outcome = Outcome.PUBLISHED
            except (RemoteFileMissingError, CollisionError):
                outcome = await resume(transport, folder, file.name, content, file.temp_name)
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
            self.report = evolve(self.report, unknown=(*self.report.unknown, file.name))
            return
        sent = SentFile(
            name=file.name,
            sequence=file.sequence,
            size=file.size,
            sha256=file.sha256,
            finished=file.id != self.stored,
        )
        self.report = evolve(self.report, sent=(*self.report.sent, sent))

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


def _by_invoice(findings: Iterable[Finding], cases: Iterable[CollectionCase]) -> Iterator[Finding]:
    """Yield the findings, naming invoices in place of a case: the ERP does not know yet how claims form cases."""
    invoices = {f"case {case.reference}": ", ".join(claim.invoice_number for claim in case.claims) for case in cases}
    for found in findings:
        named = invoices.get(found.subject)
        yield evolve(found, subject=f"invoice {named}") if named else found
