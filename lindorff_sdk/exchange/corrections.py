"""Exporting corrections: what waits is stored in a file, byte for byte, and only then sent."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from attrs import define, field

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import AlreadySentError, SerializeError
from lindorff_sdk.exchange.connect import Connect
from lindorff_sdk.exchange.connect import connect as connect_to_agency
from lindorff_sdk.exchange.drafting import Draft, Place, sent_as
from lindorff_sdk.exchange.profiles import profile_of
from lindorff_sdk.exchange.reports import CorrectionsReport, Unreported
from lindorff_sdk.exchange.sending import Sending
from lindorff_sdk.exchange.storing import store
from lindorff_sdk.files.carried import lost_of
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.journal import Journal, Told
from lindorff_sdk.models.codes import CorrectionKind, Transfer
from lindorff_sdk.models.corrections import Correction, CorrectionFile
from lindorff_sdk.models.days import day_of
from lindorff_sdk.models.envelope import Envelope, SentAs
from lindorff_sdk.models.parties import shown
from lindorff_sdk.transport.fleet import Progress

_ATTEMPTS = 3


async def export_corrections(
    definition: ExportDefinition,
    *,
    journal: Journal,
    connect: Connect = connect_to_agency,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> CorrectionsReport:
    """Send the corrections that wait, as one file for each id that the creditor has at the agency.

    A correction whose case has not gone yet waits for it. One that the layout cannot hold is put among those that are
    told by hand, with a finding, and holds up no other; so are all where the agreement has no correction file. What an
    earlier run stored and did not send, cases too, is sent as well, in the order in which it was stored.

    Args:
        definition: The agreement.
        journal: Where the file and its corrections are kept.
        connect: Opens the connection; a test may bring its own.
        now: The time, with a zone; the computer's unless given.
        progress: Called with the bytes sent so far and those to be sent in all.

    Raises:
        TransportError: If the server cannot be reached, or refuses. What was stored is sent by the next call.
        JournalError: If the journal cannot be used.
    """
    storing = StoringCorrections(definition, journal, now or datetime.now(UTC))
    sending = Sending(definition, journal, storing.now, stored=storing.stored, progress=progress)
    await asyncio.to_thread(storing.store)
    await send_with_corrections(sending, storing, connect)
    return storing.done(sending)


async def send_with_corrections(sending: Sending, storing: "StoringCorrections", connect: Connect) -> None:
    """Send what is stored; then store and send the corrections whose cases have gone only now.

    Raises:
        TransportError: If the server cannot be reached, or refuses.
        JournalError: If the journal cannot be used.
    """
    await sending.send(connect)
    if await asyncio.to_thread(storing.store):
        await sending.send(connect)


def has_correction_file(definition: ExportDefinition, now: datetime) -> bool:
    """Return whether the agreement's profile, as it holds now, has a layout for corrections.

    Raises:
        ProfileError: If there is no such profile, or it has mistakes.
    """
    return any(layout.transfer == Transfer.CORRECTIONS for layout in profile_of(definition, day_of(now)).files.values())


def draft_of_corrections(
    corrections: Sequence[Correction], definition: ExportDefinition, now: datetime, sender: SentAs
) -> Draft:
    """Return the file of these corrections, all about cases that were sent as one."""

    def file(envelope: Envelope) -> CorrectionFile:
        return CorrectionFile(envelope=envelope, corrections=tuple(corrections))

    return Draft(definition, Transfer.CORRECTIONS, file, now, sender)


def unreported_now(definition: ExportDefinition, journal: Journal, now: datetime) -> Unreported:
    """Return how much somebody still has to tell the agency by hand, by age."""
    ages = [(now - told.created_at).days for told in journal.unreported(definition)]
    return Unreported(
        this_week=sum(age < 7 for age in ages),
        this_month=sum(7 <= age <= 30 for age in ages),
        older=sum(age > 30 for age in ages),
    )


@define
class StoringCorrections:
    """Stores the corrections that wait, in files that `Sending` sends.

    Attributes:
        stored: The journal's numbers of the files.
        count: Corrections in them.
        by_hand: Invoices whose correction must be told by hand.
        findings: Why the layout cannot hold corrections.
    """

    definition: ExportDefinition
    journal: Journal
    now: datetime
    stored: set[int] = field(factory=set)
    count: int = 0
    by_hand: list[str] = field(factory=list)
    findings: list[Finding] = field(factory=list)

    def store(self) -> bool:
        """Store a file for each sender of what waits; return whether any was."""
        for _ in range(_ATTEMPTS):
            senders: defaultdict[SentAs, list[Told]] = defaultdict(list)
            for told in self._writable(self.journal.waiting_corrections(self.definition)):
                # A case stays with whom it was sent as, whatever the definition says now.
                sender = told.sent_as if told.sent_as.customer_id else sent_as(self.definition)
                senders[sender].append(told)
            try:
                for sender, its in senders.items():
                    self._store(sender, its)
            except AlreadySentError as error:
                sent_meanwhile = error  # by another process, in this very moment: look again at what waits
            else:
                return bool(senders)
        raise sent_meanwhile

    def done(self, sending: Sending) -> CorrectionsReport:
        """Return what came of it, the sending too."""
        return CorrectionsReport(
            corrections=self.count,
            by_hand=tuple(self.by_hand),
            findings=tuple(self.findings),
            sent=sending.sent_of(Transfer.CORRECTIONS),
            unknown=sending.unknown_of(Transfer.CORRECTIONS),
        )

    def _writable(self, waiting: Iterable[Told]) -> Iterable[Told]:
        """Yield the corrections that the layout can hold; the others are to be told by hand."""
        if not has_correction_file(self.definition, self.now):
            for told in waiting:
                self._give_up(told, "The agreement has no correction file.")
            return
        for told in waiting:
            draft = draft_of_corrections([told.correction], self.definition, self.now, sent_as(self.definition))
            try:
                draft.named(Place())
            except SerializeError as error:
                found = error.findings
            else:
                found = tuple(_misstated(told.correction, draft))
            if found:
                self.findings.extend(found)
                self._give_up(told, "The layout cannot hold it.")
            else:
                yield told

    def _give_up(self, told: Told, why: str) -> None:
        self.journal.tell_by_hand(told.id, why, now=self.now)
        self.by_hand.append(told.correction.invoice_number)

    def _store(self, sender: SentAs, its: Sequence[Told]) -> None:
        draft = draft_of_corrections([told.correction for told in its], self.definition, self.now, sender)
        self.stored.add(store(draft, self.journal, [told.id for told in its]))
        self.count += len(its)


def _misstated(correction: Correction, draft: Draft) -> Iterator[Finding]:
    """Yield what the agency would take for something else: the layout has no field for what happened, or how much."""
    envelope = Envelope(customer_id=draft.sent_as.customer_id)
    layout = profile_of(draft.definition, day_of(draft.now)).file(draft.transfer)
    for lost in lost_of(layout, draft.file(envelope)):
        needless = lost.path == "amount" and correction.kind is CorrectionKind.SENT_IN_ERROR
        if lost.path in ("kind", "amount") and not needless:
            yield finding(
                "value-not-carried",
                "The layout has no field for it: the agency would take it for something else.",
                subject=f"invoice {correction.invoice_number}",
                field=lost.path,
                expected=shown(lost.path, lost.otherwise),
                found=shown(lost.path, lost.value),
            )
