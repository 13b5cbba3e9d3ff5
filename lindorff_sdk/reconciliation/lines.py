"""What the reading of receipts and of settlements share: a file's context, and the common part of an event."""

from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import TypedDict

from attrs import evolve, field, frozen

from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.reconciliation.events import AnyEvent, Event, Posting, Source
from lindorff_sdk.reconciliation.holding import Held
from lindorff_sdk.reconciliation.identity import FileIdentity, event_id, posting_id
from lindorff_sdk.reconciliation.matching import Known, KnownCase
from lindorff_sdk.statute import Figures


@frozen
class Reconciled:
    """What a file comes to.

    Attributes:
        postings: What the ERP is to book, in the order of the file.
        findings: What somebody has to look at.
        quarantined: Whether the file as a whole may not be used; nothing of it is to be booked then.
        held: What is to be booked only if somebody says so.
        cases_held: For each finding that holds a case: its place among the findings, and the case.
    """

    postings: tuple[Posting, ...] = ()
    findings: tuple[Finding, ...] = ()
    quarantined: bool = False
    held: tuple[Held, ...] = ()
    cases_held: tuple[tuple[int, str], ...] = ()


class EventFacts(TypedDict):
    """What every event is made with."""

    id: str
    definition_id: str
    source: Source
    counts_from: date
    reference: str
    agency_case_number: str
    invoice_numbers: tuple[str, ...]


@frozen
class Lines:
    """The lines of one file, while events and findings are made of them.

    Attributes:
        paid: What the lines so far brought, by case reference: principal, or all of it where there is no split.
        closed: References of the cases that the lines so far closed.
        answered: Names of the files that the lines so far answered.
        transactions: Cases by the transaction ids of the lines so far.
        events: Lines of the events that the lines so far made, by id.
        cases: References of the cases of lines that something is noted of, by the number of the line: they may have no
            posting that tells it.
        recurring: Transaction ids and event ids that the file holds more than once: of all others nothing is
            remembered. None where all lines are read together.
        note_within: How far an interest note may be from the interest by law, in kroner; None for no check.
        figures: The statutory figures for that.
    """

    file: FileIdentity
    parsed: ParsedFile[AnyFile]
    known: Known
    made_on: date
    findings: list[Finding] = field(factory=list)
    paid: dict[str, Decimal] = field(factory=dict)
    closed: set[str] = field(factory=set)
    answered: set[str] = field(factory=set)
    transactions: dict[str, KnownCase] = field(factory=dict)
    events: dict[str, int] = field(factory=dict)
    cases: dict[int, str] = field(factory=dict)
    recurring: AbstractSet[str] | None = None
    note_within: Decimal | None = None
    figures: Figures | None = None

    def facts(
        self, kind: type[Event], item: object, counts_from: date, case: KnownCase | None, invoice_number: str = ""
    ) -> EventFacts:
        """Return what an event of this kind, made of this object of the file, is made with."""
        origin = self.parsed.origin(item)
        number = getattr(item, "agency_case_number", "") or (case.agency_case_number if case else "")
        return {
            "id": event_id(self.file, kind.kind, origin),
            "definition_id": self.file.definition_id,
            "source": Source(self.file.name, origin.line),
            "counts_from": counts_from,
            "reference": case.reference if case else "",
            "agency_case_number": number,
            "invoice_numbers": (invoice_number,) if invoice_number else case.invoice_numbers if case else (),
        }

    def remember(self, transaction: str, case: KnownCase) -> None:
        """Keep the case of a transaction, for the lines that name it again."""
        if transaction and (self.recurring is None or transaction in self.recurring):
            self.transactions[transaction] = case

    def remember_events(self, posting: Posting) -> None:
        """Keep the ids of a posting's events, for lines that make them again."""
        if self.recurring is None or any(
            event.id in self.recurring or getattr(event, "transaction_id", "") in self.recurring for event in posting
        ):
            self.events.update({event.id: event.source.line for event in posting})

    def posting(self, *events: AnyEvent) -> Posting:
        """Return the posting of these events."""
        last = events[-1]
        return Posting(posting_id(event.id for event in events), last.definition_id, last.reference, events)

    def note(
        self,
        code: str,
        message: str,
        item: object,
        *,
        expected: str = "",
        found: str = "",
        case: KnownCase | None = None,
    ) -> None:
        """Keep a finding about an object of the file; its case is given where the line may have no posting."""
        where = {"case": getattr(item, "agency_case_number", ""), "invoice": getattr(item, "invoice_number", "")}
        if not any(where.values()):
            where = {"KID": getattr(item, "kid", "")}
        subject = ", ".join(f"{word} {value}" for word, value in where.items() if value)
        noted = finding(code, message, file=self.file.name, expected=expected, found=found, subject=subject)
        line = self.parsed.origin(item).line
        self.findings.append(evolve(noted, line=line))
        if case is not None:
            self.cases[line] = case.reference

    def note_elsewhere(self, item: object, *names: str) -> bool:
        """Note that an object names what was sent under another definition, if it does; return whether it does."""
        others = (self.known.elsewhere[name] for name in names if name in self.known.elsewhere)
        if (other := next(others, None)) is None:
            return False
        message = "The line names a case or a claim that was sent under another definition; nothing of it is booked."
        self.note("case-of-other-definition", message, item, found=other)
        return True

    def note_file(self, code: str, message: str, *, expected: str = "", found: str = "") -> None:
        """Keep a finding about the file as a whole."""
        self.findings.append(finding(code, message, file=self.file.name, line=1, expected=expected, found=found))
