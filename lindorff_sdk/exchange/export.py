"""Exporting: checked, stored byte for byte, and only then sent; what was interrupted is finished first."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from attrs import define, evolve, field

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import AlreadySentError, GroupRefusedError, SerializeError
from lindorff_sdk.exchange.connect import Connect
from lindorff_sdk.exchange.connect import connect as connect_to_agency
from lindorff_sdk.exchange.drafting import draft_of_cases, sent_as
from lindorff_sdk.exchange.reports import ExportReport
from lindorff_sdk.exchange.sending import Sending
from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.journal import Journal
from lindorff_sdk.models.cases import CollectionCase, CollectionGroup, ListedClaim
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.days import day_of
from lindorff_sdk.models.envelope import SentAs
from lindorff_sdk.preflight import check_group
from lindorff_sdk.transport.fleet import Progress

_ATTEMPTS = 3


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
    storing = StoringCases(definition, journal, now or datetime.now(UTC))
    refused = await asyncio.to_thread(storing.store, group)
    sending = Sending(definition, journal, storing.now, Transfer.CASES, storing.stored, progress)
    await sending.send(connect)
    if refused is not None:
        raise refused
    return storing.done(sending)


@define
class StoringCases:
    """Stores the claims of a group that are to be sent, in files that `Sending` sends.

    Attributes:
        report: What came of it, but for the sending.
        stored: The journal's numbers of the files.
    """

    definition: ExportDefinition
    journal: Journal
    now: datetime
    report: ExportReport = field(factory=ExportReport)
    stored: set[int] = field(factory=set)

    def done(self, sending: Sending) -> ExportReport:
        """Return what came of it, the sending too."""
        return evolve(self.report, sent=sending.sent_of(Transfer.CASES), unknown=sending.unknown_of(Transfer.CASES))

    def store(self, group: CollectionGroup) -> GroupRefusedError | None:
        """Store the file of the claims that are to be sent; return why not, if the group is refused."""
        for _ in range(_ATTEMPTS):
            invoices = [line.claim.invoice_number for line in group.claims]
            live = self.journal.live_invoices(self.definition)
            kept = self.journal.kept_back(self.definition, invoices, now=self.now)
            fresh = group.only(number for number in invoices if number not in live and number not in kept)
            left_out = tuple(number for number in invoices if number in live)
            kept_back = tuple(number for number in invoices if number in kept and number not in live)
            self.report = evolve(self.report, left_out=left_out, kept_back=kept_back)
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
            draft_of_cases(cases, self.definition, self.now, sent_as(self.definition)).data(sequence=0)
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
        # A file states one id of the creditor's: claims of levels that are sent as others go in files of their own.
        senders: defaultdict[SentAs, list[ListedClaim]] = defaultdict(list)
        for line in group.claims:
            senders[sent_as(self.definition, line.level)].append(line)
        for sender, lines in senders.items():
            self._store_file(evolve(group, claims=tuple(lines)), sender)

    def _store_file(self, group: CollectionGroup, sender: SentAs) -> None:
        cases = group.cases()
        draft = draft_of_cases(cases, self.definition, self.now, sender)

        def build(sequence: int) -> tuple[str, bytes]:
            # Within the transaction that allots the number, so that no other run can take the name meanwhile.
            return draft.named(sequence, {file.name for file in self.journal.outgoing(self.definition)})

        stored = self.journal.store_outgoing(
            self.definition, Transfer.CASES, build, cases=cases, sent_as=sender, now=self.now
        )
        self.stored.add(stored.id)
        done = self.report
        self.report = evolve(done, cases=done.cases + len(cases), claims=done.claims + len(group.claims))


def _by_invoice(findings: Iterable[Finding], cases: Iterable[CollectionCase]) -> Iterator[Finding]:
    """Yield the findings, naming invoices in place of a case: the ERP does not know yet how claims form cases."""
    invoices = {f"case {case.reference}": ", ".join(claim.invoice_number for claim in case.claims) for case in cases}
    for found in findings:
        named = invoices.get(found.subject)
        yield evolve(found, subject=f"invoice {named}") if named else found
