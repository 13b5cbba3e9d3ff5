"""Exporting: checked, stored byte for byte, and only then sent; what was interrupted is finished first."""

import asyncio
from datetime import UTC, datetime

from attrs import define, evolve, field

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import AlreadySentError, GroupRefusedError
from lindorff_sdk.exchange.checking import checked
from lindorff_sdk.exchange.connect import Connect
from lindorff_sdk.exchange.connect import connect as connect_to_agency
from lindorff_sdk.exchange.drafting import Draft, Place
from lindorff_sdk.exchange.reports import ExportReport
from lindorff_sdk.exchange.sending import Sending
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
    exporting = _Exporting(definition, journal, now or datetime.now(UTC))
    refused = await asyncio.to_thread(exporting.store, group)
    sending = Sending(definition, journal, exporting.now, Transfer.CASES, exporting.stored, progress)
    await sending.send(connect)
    if refused is not None:
        raise refused
    return evolve(exporting.report, sent=tuple(sending.sent), unknown=tuple(sending.unknown))


@define
class _Exporting:
    definition: ExportDefinition
    journal: Journal
    now: datetime
    report: ExportReport = field(factory=ExportReport)
    stored: set[int] = field(factory=set)

    def store(self, group: CollectionGroup) -> GroupRefusedError | None:
        """Store the file of the claims that are to be sent; return why not, if the group is refused."""
        for _ in range(_ATTEMPTS):
            result = checked(group, self.definition, self.journal, self.now)
            self.report = evolve(self.report, left_out=result.left_out, findings=result.findings)
            if errors := result.errors:
                message = f"The group of {group.collection_date} was not sent: {len(errors)} problems in its claims."
                return GroupRefusedError(message, errors)
            try:
                for draft in result.drafts:
                    self._store(draft)
            except AlreadySentError as error:
                sent_meanwhile = error  # by another process, in this very moment: leave those out and try again
            else:
                return None
        raise sent_meanwhile

    def _store(self, draft: Draft) -> None:
        def build(sequence: int) -> tuple[str, bytes]:
            # Within the transaction that allots the number, so that no other run can take the name meanwhile.
            taken = frozenset(file.name for file in self.journal.outgoing(self.definition))
            return draft.named(Place(sequence, taken))

        stored = self.journal.store_outgoing(self.definition, draft.transfer, build, cases=draft.cases, now=self.now)
        self.stored.add(stored.id)
        cases, claims = len(draft.cases), sum(len(case.claims) for case in draft.cases)
        self.report = evolve(self.report, cases=self.report.cases + cases, claims=self.report.claims + claims)
