"""Exporting: checked, stored byte for byte, and only then sent; what was interrupted is finished first."""

import asyncio
from datetime import UTC, datetime

from attrs import define, evolve, field

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import AlreadySentError, GroupRefusedError
from lindorff_sdk.exchange.checking import checked
from lindorff_sdk.exchange.connect import Connect
from lindorff_sdk.exchange.connect import connect as connect_to_agency
from lindorff_sdk.exchange.drafting import Draft
from lindorff_sdk.exchange.reports import ExportReport
from lindorff_sdk.exchange.sending import Sending
from lindorff_sdk.exchange.storing import store
from lindorff_sdk.journal import Journal
from lindorff_sdk.models.cases import CollectionGroup
from lindorff_sdk.models.codes import Transfer
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
        """Store the files of the claims that are to be sent; return why not, if the group is refused."""
        for _ in range(_ATTEMPTS):
            result = checked(group, self.definition, self.journal, self.now)
            self.report = evolve(
                self.report, left_out=result.left_out, kept_back=result.kept_back, findings=result.findings
            )
            if errors := result.errors:
                message = f"The group of {group.collection_date} was not sent: {len(errors)} problems in its claims."
                return GroupRefusedError(message, errors)
            try:
                for draft in result.drafts:
                    self._store(draft)
                    group = group.only({line.claim.invoice_number for line in group.claims} - draft.invoices)
            except AlreadySentError as error:
                sent_meanwhile = error  # by another process, in this very moment: leave those out and try again
            else:
                return None
        raise sent_meanwhile

    def _store(self, draft: Draft) -> None:
        self.stored.add(store(draft, self.journal))
        done = self.report
        self.report = evolve(done, cases=done.cases + len(draft.cases), claims=done.claims + len(draft.invoices))
