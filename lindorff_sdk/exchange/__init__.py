"""The calls an integrator makes: the only place that joins files, transport, reconciliation and journal."""

import asyncio
from datetime import UTC, datetime
from functools import partial

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.exchange.checking import Preview, check_before_sending, preview
from lindorff_sdk.exchange.connect import Connect
from lindorff_sdk.exchange.connect import connect as connect_to_agency
from lindorff_sdk.exchange.export import export_group
from lindorff_sdk.exchange.fetch import fetch_settlements
from lindorff_sdk.exchange.ingest import ingest, reprocess
from lindorff_sdk.exchange.reports import ExchangeReport, ExportReport, FetchedFile, FetchReport, SentFile
from lindorff_sdk.journal import Journal
from lindorff_sdk.models.cases import CollectionGroup
from lindorff_sdk.transport.fleet import Progress

__all__ = [
    "ExchangeReport",
    "ExportReport",
    "FetchReport",
    "FetchedFile",
    "Preview",
    "SentFile",
    "check_before_sending",
    "exchange",
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

    Each half runs to its end even if the other fails: a bad claim does not keep payments out, and a lost download
    does not keep claims in.

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
        export_group(group, definition, journal=journal, connect=connect, now=at, progress=sending),
        fetch_settlements(definition, journal=journal, connect=connect, now=at, progress=fetching),
        return_exceptions=True,
    )
    if isinstance(exported, BaseException):
        exported.add_note(f"The fetching half of this exchange: {_outcome(fetched)}")
        raise exported
    if isinstance(fetched, BaseException):
        fetched.add_note(f"The exporting half of this exchange: {_outcome(exported)}")
        raise fetched
    return ExchangeReport(exported, fetched)


def _together(progress: Progress | None) -> tuple[Progress | None, Progress | None]:
    """Return what each half calls, so that ``progress`` is told of both in one."""
    if progress is None:
        return None, None
    halves = [(0, 0), (0, 0)]

    def told(half: int, done: int, total: int) -> None:
        halves[half] = done, total
        progress(sum(done for done, _ in halves), sum(total for _, total in halves))

    return partial(told, 0), partial(told, 1)


def _outcome(half: ExportReport | FetchReport | BaseException) -> str:
    return f"failed too: {half}" if isinstance(half, BaseException) else str(half)
