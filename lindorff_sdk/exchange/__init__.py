"""The calls an integrator makes: the only place that joins files, transport, reconciliation and journal."""

import asyncio
from datetime import UTC, datetime
from functools import partial

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.exchange.checking import Preview, check_before_sending, preview
from lindorff_sdk.exchange.connect import Connect
from lindorff_sdk.exchange.connect import connect as connect_to_agency
from lindorff_sdk.exchange.corrections import (
    StoringCorrections,
    export_corrections,
    send_with_corrections,
    unreported_now,
)
from lindorff_sdk.exchange.export import StoringCases, export_group
from lindorff_sdk.exchange.fetch import fetch_settlements
from lindorff_sdk.exchange.ingest import ingest, reprocess
from lindorff_sdk.exchange.reports import (
    CorrectionsReport,
    ExchangeReport,
    ExportReport,
    FetchedFile,
    FetchReport,
    SentFile,
    Unreported,
)
from lindorff_sdk.exchange.sending import Sending
from lindorff_sdk.journal import Journal
from lindorff_sdk.models.cases import CollectionGroup
from lindorff_sdk.transport.fleet import Progress

__all__ = [
    "CorrectionsReport",
    "ExchangeReport",
    "ExportReport",
    "FetchReport",
    "FetchedFile",
    "Preview",
    "SentFile",
    "Unreported",
    "check_before_sending",
    "exchange",
    "export_corrections",
    "export_group",
    "fetch_settlements",
    "ingest",
    "preview",
    "reprocess",
]


async def exchange(
    group: CollectionGroup,
    definition: ExportDefinition,
    *,
    journal: Journal,
    connect: Connect = connect_to_agency,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> ExchangeReport:
    """Export a group and fetch what came back, both at the same time, as the export button of an ERP does.

    Corrections that wait are sent before the group. Each half runs to its end even if the other fails: a bad claim
    does not keep payments out, and a lost download does not keep claims in.

    Args:
        group: The claims of one collection date.
        definition: The agreement.
        journal: The store of everything sent, received, pending and applied.
        connect: Opens a connection; a test may bring its own.
        now: The time, with a zone; the computer's unless given.
        progress: Called with the bytes moved so far and those to be moved in all, both ways together. The whole grows
            when a half learns what it has to do.

    Raises:
        GroupRefusedError: If claims cannot be sent.
        TransportError: If a half failed at the server. Where both failed, the export's error is raised, and a note on
            it tells of the other.
        JournalError: If the journal cannot be used.
    """
    at = now or datetime.now(UTC)
    sending, fetching = _together(progress)
    exported, fetched = await asyncio.gather(
        _send(group, definition, journal, connect, at, sending),
        fetch_settlements(definition, journal=journal, connect=connect, now=at, progress=fetching),
        return_exceptions=True,
    )
    if isinstance(exported, BaseException):
        exported.add_note(f"The fetching half of this exchange: {_outcome(fetched)}")
        raise exported
    if isinstance(fetched, BaseException):
        fetched.add_note(f"The exporting half of this exchange: {_outcome(exported)}")
        raise fetched
    unreported = await asyncio.to_thread(unreported_now, definition, journal, at)
    told, cases = exported
    return ExchangeReport(cases, fetched, told, unreported)


async def _send(  # noqa: PLR0917 - what `exchange` was given
    group: CollectionGroup,
    definition: ExportDefinition,
    journal: Journal,
    connect: Connect,
    now: datetime,
    progress: Progress | None,
) -> tuple[CorrectionsReport, ExportReport]:
    """Store corrections and cases in this order, which is that of sending, so that one connection does for both."""
    corrections = StoringCorrections(definition, journal, now)
    cases = StoringCases(definition, journal, now, stored=corrections.stored)
    await asyncio.to_thread(corrections.store)
    refused = await asyncio.to_thread(cases.store, group)
    sending = Sending(definition, journal, now, stored=corrections.stored, progress=progress)
    await send_with_corrections(sending, corrections, connect)
    if refused is not None:
        raise refused
    return corrections.done(sending), cases.done(sending)


def _together(progress: Progress | None) -> tuple[Progress | None, Progress | None]:
    """Return what each half calls, so that ``progress`` is told of both in one."""
    if progress is None:
        return None, None
    halves = [(0, 0), (0, 0)]

    def told(half: int, done: int, total: int) -> None:
        halves[half] = done, total
        progress(sum(done for done, _ in halves), sum(total for _, total in halves))

    return partial(told, 0), partial(told, 1)


def _outcome(half: tuple[CorrectionsReport, ExportReport] | FetchReport | BaseException) -> str:
    if isinstance(half, BaseException):
        return f"failed too: {half}"
    if isinstance(half, FetchReport):
        return str(half)
    told, cases = half
    return " ".join(str(report) for report in (told, cases) if report != CorrectionsReport())
