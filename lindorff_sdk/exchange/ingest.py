"""Bytes in the journal to postings in the journal: the one door for fetched files and for files carried by hand."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime

from attrs import asdict, evolve, frozen

from lindorff_sdk.definition import ExportDefinition, MoneySource
from lindorff_sdk.errors import IllegalMoveError
from lindorff_sdk.exchange.large import LARGE, LargeSettlement, in_parts
from lindorff_sdk.exchange.profiles import bank_versions_of, versions_of
from lindorff_sdk.exchange.reports import FetchedFile
from lindorff_sdk.files.layout import InterestNotes, Profile
from lindorff_sdk.files.names import of_other_layouts, transfer_by_name
from lindorff_sdk.files.versions import parse_version
from lindorff_sdk.files.which import recognised
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.journal import Ground, Incoming, Journal, Recorded
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.collection import uncollected
from lindorff_sdk.models.days import day_of
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.reconciliation.bank import BankTerms
from lindorff_sdk.reconciliation.identity import FileIdentity
from lindorff_sdk.reconciliation.lines import Reconciled
from lindorff_sdk.reconciliation.matching import Known
from lindorff_sdk.reconciliation.naming import named_in
from lindorff_sdk.reconciliation.reconcile import InParts, Terms, reconcile

_ORDER = (Transfer.RECEIPTS, Transfer.BANK)
"""What is read first, in this order."""


@frozen
class Profiles:
    """What files are read with: the agency's record descriptions, and the bank's.

    Attributes:
        customer_ids: The creditor's ids at the agency, for the names of files.
        agency: Versions of the agency's profile.
        bank: Versions of the bank's; a file that the agency's profile does not recognise is tried with them.
    """

    customer_ids: tuple[str, ...]
    agency: tuple[Profile, ...]
    bank: tuple[Profile, ...] = ()

    @classmethod
    def of(cls, definition: ExportDefinition) -> "Profiles":
        """Return those of a definition."""
        return cls(definition.customer_ids, versions_of(definition), bank_versions_of(definition))

    def transfer_of(self, file: Incoming, journal: Journal) -> Transfer | None:
        """Return which transfer a file seems to be, by its name, or by its beginning where the name does not tell."""
        both = (*self.agency, *self.bank)
        named = {transfer_by_name(each, file.name, customer) for each in both for customer in self.customer_ids} - {
            None
        }
        if len(named) == 1:
            return named.pop()
        begins = next(journal.content(file).chunks(), b"")
        layouts = (recognised(profile, begins, None, file.name) for profile in both)
        return next((layout.transfer for layout in layouts if layout is not None), None)

    def parse(self, data: bytes, name: str, day: date) -> tuple[Profile, ParsedFile[AnyFile]]:
        """Return what a file holds, and the profile that read it."""
        profile, parsed = parse_version(data, self.agency, file_name=name, received_on=day)
        if parsed.transfer is None and self.bank:
            bank, banks = parse_version(data, self.bank, file_name=name, received_on=day)
            if banks.transfer is not None:
                return bank, banks
        return profile, parsed


async def ingest(
    data: bytes, name: str, definition: ExportDefinition, *, journal: Journal, now: datetime | None = None
) -> tuple[FetchedFile, ...]:
    """Take in a file from anywhere: a bank's download, an e-mail attachment, a hand-fetched file. Return what was read.

    Which file it is, the agency's or the bank's, is told by its contents. The same file taken in again does nothing; so
    it does no harm to fetch it as well.

    Args:
        data: Its bytes.
        name: The name the agency or the bank gave it.
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

    Receipts come before settlements, since they give the numbers that settlements name; the bank's files come in
    between, since settlements close cases. What another worker is reading now is not waited for, and not in the result;
    its postings are in the journal like all others.
    """
    profiles = Profiles.of(definition)

    def order(file: Incoming) -> tuple[int, int]:
        transfer = profiles.transfer_of(file, journal)
        return _ORDER.index(transfer) if transfer in _ORDER else len(_ORDER), file.id

    read: list[FetchedFile] = []
    with journal.reading(definition) as mine:
        # Until nothing is left: a worker that found this one reading leaves its own files to it.
        while mine and (waiting := sorted(journal.unprocessed(definition), key=order)):
            for file in waiting:
                with suppress(IllegalMoveError):  # another run has read it meanwhile
                    read.append(_read(file, profiles, definition, journal, now))
    return tuple(read)


async def reprocess(
    file: Incoming,
    definition: ExportDefinition,
    *,
    journal: Journal,
    profile: Profile | None = None,
    now: datetime | None = None,
) -> FetchedFile:
    """Read the stored bytes of a file again, with a corrected profile perhaps, and return what was read.

    What was booked of it stays booked, what somebody dismissed stays dismissed, and all else is read anew: it comes
    after what other files brought meanwhile. The open findings of the file are closed as superseded.

    Args:
        file: A file from ``journal.incoming``.
        definition: The agreement it belongs to.
        journal: Where bytes and postings are.
        profile: The profile to read it with; the version of the definition's that holds unless given.
        now: The time, with a zone; the computer's unless given.

    Raises:
        JournalError: If the journal cannot be used.
    """
    at = now or datetime.now(UTC)
    read_with = Profiles.of(definition) if profile is None else Profiles(definition.customer_ids, (profile,))
    return await asyncio.to_thread(_read, file, read_with, definition, journal, at, again=True)


def _read(
    file: Incoming,
    profiles: Profiles,
    definition: ExportDefinition,
    journal: Journal,
    now: datetime,
    *,
    again: bool = False,
) -> FetchedFile:
    reading = _Reading(file, definition, journal, now, again)
    if file.size > LARGE and profiles.transfer_of(file, journal) is Transfer.SETTLEMENTS:
        content, day = journal.content(file), day_of(file.received_at)
        with in_parts(content, profiles.agency, reading.identity, day) as large:
            return reading.read_large(large) if isinstance(large, LargeSettlement) else reading.refuse(large)
    return reading.read(profiles)


@frozen
class _Reading:
    """The reading of one file."""

    file: Incoming
    definition: ExportDefinition
    journal: Journal
    now: datetime
    again: bool

    @property
    def identity(self) -> FileIdentity:
        return FileIdentity(self.definition.id, self.file.name, self.file.sha256)

    def read(self, profiles: Profiles) -> FetchedFile:
        """Read the file at once."""
        day = day_of(self.file.received_at)
        profile, parsed = profiles.parse(self.journal.content(self.file).read(), self.file.name, day)
        with uncollected():
            named = named_in(parsed, self.identity)
            known = self.journal.known(
                self.definition, transfer=str(parsed.transfer or ""), **asdict(named, recurse=False)
            )
            if self.again:
                known = self.journal.judged_anew(self.file.id, known)
            held_for = None if parsed.says_nothing else self._held_for()
            result = reconcile(
                parsed,
                self.file.sha256,
                _ground(known, profile, parsed, held_for),
                self._terms(profile),
                received_on=day,
                held_for=held_for,
            )
            return self._record(parsed, lambda _: (result,), quarantined=result.quarantined)

    def read_large(self, large: LargeSettlement) -> FetchedFile:
        """Read a settlement part by part."""
        terms, held_for = self._terms(large.profile), self._held_for()
        parts = InParts.of(
            large.parsed,
            large.sums,
            self.file.sha256,
            terms,
            received_on=day_of(self.file.received_at),
            held_for=held_for,
        )

        def read(ground: Ground) -> Iterator[Reconciled]:
            before = ground.known(str(large.parsed.transfer or ""))
            known = _ground(before, large.profile, large.parsed, held_for)
            if not parts.is_unusable:
                parts.begin(known)
            yield Reconciled(findings=parts.opening)
            for part, around in large.parts() if not parts.is_unusable else ():
                named = asdict(named_in(part, self.identity), recurse=False)
                with uncollected():
                    result = parts.read(part, ground.naming(known, **named), around)
                yield result

        return self._record(large.parsed, read, quarantined=parts.is_unusable or held_for is not None)

    def refuse(self, parsed: ParsedFile[AnyFile]) -> FetchedFile:
        """Record that the file cannot be used."""
        held_for = self._held_for()
        findings = (*(() if held_for is None else (held_for,)), *parsed.findings)
        return self._record(parsed, lambda _: (Reconciled(findings=findings),), quarantined=True)

    def _record(
        self, parsed: ParsedFile[AnyFile], parts: Callable[[Ground], Iterable[Reconciled]], *, quarantined: bool
    ) -> FetchedFile:
        findings: list[Finding] = []

        def all_parts(ground: Ground) -> Iterator[Reconciled]:
            for part in parts(ground):
                findings.extend(part.findings)
                yield part
            reused = tuple(_name_reused(self.file))
            findings.extend(reused)
            if reused:
                yield Reconciled(findings=reused)

        recorded = self.journal.record_in_parts(
            self.file.id,
            all_parts,
            kind=str(parsed.transfer or ""),
            sequence=None if parsed.model is None else parsed.model.envelope.sequence,
            holds=self.definition.holds,
            quarantined=quarantined,
            again=self.again,
            now=self.now,
        )
        return FetchedFile(
            name=self.file.name,
            transfer=str(parsed.transfer or ""),
            postings=recorded.postings,
            events=recorded.events,
            quarantined=quarantined,
            held=recorded.held,
            findings=(*findings, *recorded.repeats, *_events_known(self.file, recorded)),
        )

    def _terms(self, profile: Profile) -> Terms:
        return _terms(self.definition, profile, self.journal.customer_ids(self.definition))

    def _held_for(self) -> Finding | None:
        is_copy = self.file.same_bytes_as is not None
        return _repeated(self.file, self.journal, self.definition) if is_copy else None


def _terms(definition: ExportDefinition, profile: Profile, sent_as: tuple[str, ...]) -> Terms:
    return Terms(
        definition_id=definition.id,
        customer_id=definition.customer_id,
        # A case stays with the id it was sent under, whatever the definition says now.
        other_customer_ids=(*definition.customer_ids[1:], *sent_as),
        currency=definition.currency,
        payments_from_agency=definition.money_source is MoneySource.AGENCY,
        notes_are_records=profile.interest_notes is InterestNotes.RECORDS,
        holds=definition.holds,
        interest_note_within=definition.interest_note_within,
        figures=definition.figures,
        bank=BankTerms(
            agreements=definition.bank_agreements,
            accounts=definition.bank_accounts,
            agency_account=definition.agency_account,
            kid_modulus=definition.kid_modulus,
            kid_lengths=definition.kid_lengths,
        ),
    )


def _ground(known: Known, profile: Profile, parsed: ParsedFile[AnyFile], held_for: Finding | None) -> Known:
    """Return what is known, with the running numbers of files of the same kind only."""
    if held_for is not None:
        return evolve(known, sequences={})  # the running number of a copy is the earlier file's, of course
    others = of_other_layouts(profile, parsed.layout, known.sequences)
    return evolve(known, sequences={name: at for name, at in known.sequences.items() if name not in others})


def _repeated(file: Incoming, journal: Journal, definition: ExportDefinition) -> Finding:
    """Note that a file's bytes came before under another name: never dropped, never booked in silence."""
    earlier = next(other.name for other in journal.incoming(definition) if other.id == file.same_bytes_as)
    message = f"The file has the same bytes as {earlier}; what it says is held."
    return finding("file-repeated", message, file=file.name, line=1, found=earlier)


def _name_reused(file: Incoming) -> Iterable[Finding]:
    if file.name_reused:
        message = "A file with other bytes came under this name before; this one was read as a new file."
        yield finding("name-reused", message, file=file.name, line=1)


def _events_known(file: Incoming, recorded: Recorded) -> Iterable[Finding]:
    """Yield that another file brought events of this one; the journal keeps their count with the file."""
    if recorded.skipped_events and file.same_bytes_as is None:  # which says as much
        message = "Another file brought events of this one; they are not booked again."
        yield finding("events-known", message, file=file.name, line=1, found=f"{recorded.skipped_events} events")
