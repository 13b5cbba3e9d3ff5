"""Bytes in the journal to postings in the journal: the one door for fetched files and for files carried by hand."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

from lindorff_sdk.definition import ExportDefinition, MoneySource
from lindorff_sdk.errors import IllegalMoveError
from lindorff_sdk.exchange.profiles import profile_of
from lindorff_sdk.exchange.reports import FetchedFile
from lindorff_sdk.files.layout import InterestNotes, Profile
from lindorff_sdk.files.names import transfer_by_name
from lindorff_sdk.files.parser import parse
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.journal import Incoming, Journal, Recorded
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.reconciliation.lines import Reconciled
from lindorff_sdk.reconciliation.reconcile import Terms, reconcile


async def ingest(
    data: bytes, name: str, definition: ExportDefinition, *, journal: Journal, now: datetime | None = None
) -> tuple[FetchedFile, ...]:
    """Take in a file from anywhere: an e-mail attachment, a hand-fetched file. Return what was read.

    The same file taken in again does nothing; so it does no harm to fetch it as well.

    Args:
        data: Its bytes.
        name: The name the agency gave it.
        definition: The agreement it belongs to.
        journal: Where bytes and postings go.
        now: The time, with a zone; the computer's unless given.

    Raises:
        JournalError: If the journal cannot be used.
    """
    at = now or datetime.now(UTC)
    await asyncio.to_thread(journal.receive, definition, name, [data], now=at)
    return await asyncio.to_thread(read_waiting, definition, journal, at)


def read_waiting(definition: ExportDefinition, journal: Journal, now: datetime) -> tuple[FetchedFile, ...]:
    """Read the files whose bytes are in the journal, those of a run that crashed among them.

    Receipts come before settlements, since they give the numbers that settlements name. What another worker is reading
    now is not waited for, and not in the result; its postings are in the journal like all others.
    """
    profile = profile_of(definition)

    def order(file: Incoming) -> tuple[bool, int]:
        return transfer_by_name(profile, file.name, definition.customer_id) is not Transfer.RECEIPTS, file.id

    read: list[FetchedFile] = []
    with journal.reading(definition) as mine:
        # Until nothing is left: a worker that found this one reading leaves its own files to it.
        while mine and (waiting := sorted(journal.unprocessed(definition), key=order)):
            for file in waiting:
                with suppress(IllegalMoveError):  # another run has read it meanwhile
                    read.append(_read(file, profile, definition, journal, now))
    return tuple(read)


def _read(
    file: Incoming, profile: Profile, definition: ExportDefinition, journal: Journal, now: datetime
) -> FetchedFile:
    if file.same_bytes_as is not None:
        transfer, sequence, result = "", None, _repeated(file, journal, definition)
    else:
        parsed = parse(journal.content(file).read(), profile, file_name=file.name)
        transfer = str(parsed.transfer or "")
        sequence = parsed.model.envelope.sequence if parsed.model is not None else None
        terms = Terms(
            definition_id=definition.id,
            customer_id=definition.customer_id,
            currency=definition.currency,
            payments_from_agency=definition.money_source is MoneySource.AGENCY,
            notes_are_records=profile.interest_notes is InterestNotes.RECORDS,
        )
        result = reconcile(parsed, file.sha256, journal.known(definition), terms, received_on=file.received_at.date())
    findings = (*result.findings, *_name_reused(file))
    recorded = journal.record(
        file.id,
        kind=transfer,
        sequence=sequence,
        postings=result.postings,
        findings=findings,
        quarantined=result.quarantined,
        now=now,
    )
    return FetchedFile(
        name=file.name,
        transfer=transfer,
        postings=recorded.postings,
        events=recorded.events,
        quarantined=result.quarantined,
        findings=(*findings, *_events_known(file, recorded)),
    )


def _repeated(file: Incoming, journal: Journal, definition: ExportDefinition) -> Reconciled:
    """Hold a file whose bytes came before under another name: never dropped, never booked in silence."""
    earlier = next(other.name for other in journal.incoming(definition) if other.id == file.same_bytes_as)
    message = f"The file has the same bytes as {earlier}; it is kept and not read again."
    return Reconciled(findings=(finding("file-repeated", message, file=file.name, found=earlier),), quarantined=True)


def _name_reused(file: Incoming) -> Iterable[Finding]:
    if file.name_reused:
        message = "A file with other bytes came under this name before; this one was read as a new file."
        yield finding("name-reused", message, file=file.name)


def _events_known(file: Incoming, recorded: Recorded) -> Iterable[Finding]:
    """Yield that another file brought events of this one; the journal keeps their count with the file."""
    if recorded.skipped_events:
        message = "Another file brought events of this one; they are not booked again."
        yield finding("events-known", message, file=file.name, found=f"{recorded.skipped_events} events")
