"""What the calls report. Events never come from a report: they come from the journal, so no crash loses them."""

from attrs import frozen

from lindorff_sdk.findings import Finding
from lindorff_sdk.models.codes import Transfer


@frozen(kw_only=True)
class SentFile:
    """A file that is at the agency now.

    Attributes:
        name: Its name there.
        sequence: Its running number.
        size: Bytes.
        sha256: Digest of its bytes.
        transfer: ``cases`` or ``corrections``.
        finished: Whether an earlier run had begun to send it.
    """

    name: str
    sequence: int
    size: int
    sha256: str
    transfer: Transfer
    finished: bool = False


@frozen(kw_only=True)
class ExportReport:
    """What `export_group` did.

    Attributes:
        sent: Files that are at the agency now and were not before.
        cases: Cases newly sent.
        claims: Invoices newly sent.
        left_out: Invoices of the group that are at the agency already, in a live export.
        kept_back: Invoices of the group that somebody stopped, or took off the collection list.
        unknown: Names of files that may be at the agency or not: the answer was lost, and the agency takes files away.
            They are not sent again by themselves; the receipt, or a person, tells.
        findings: Warnings of the checks.
    """

    sent: tuple[SentFile, ...] = ()
    cases: int = 0
    claims: int = 0
    left_out: tuple[str, ...] = ()
    kept_back: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def nothing_to_send(self) -> bool:
        """Whether every claim of the group was at the agency already, and no earlier file waited to be sent."""
        return not self.sent and not self.unknown

    def __str__(self) -> str:
        if self.nothing_to_send:
            reasons = (
                f"{len(self.left_out)} claims are at the agency already" if self.left_out else "",
                f"{len(self.kept_back)} are kept back by the list" if self.kept_back else "",
            )
            why = ", ".join(reason for reason in reasons if reason)
            return f"Nothing was left to send{': ' if why else ''}{why}."
        files = ", ".join(file.name for file in self.sent) or "no file"
        unknown = f"; outcome unknown: {', '.join(self.unknown)}" if self.unknown else ""
        return f"Sent {files}: {self.cases} new cases with {self.claims} claims{unknown}."


@frozen(kw_only=True)
class CorrectionsReport:
    """What `export_corrections` did.

    Attributes:
        sent: Files that are at the agency now and were not before.
        corrections: Corrections newly put in a file.
        by_hand: Invoices whose correction must be told by hand: no file, or no layout, can hold it.
        unknown: Names of files that may be at the agency or not.
        findings: Why the layout cannot hold corrections.
    """

    sent: tuple[SentFile, ...] = ()
    corrections: int = 0
    by_hand: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        files = ", ".join(file.name for file in self.sent)
        sent = f"Sent {files}: {self.corrections} corrections." if files else ""
        unknown = f"Outcome unknown: {', '.join(self.unknown)}." if self.unknown else ""
        by_hand = f"To be told by hand: {', '.join(self.by_hand)}." if self.by_hand else ""
        return " ".join(part for part in (sent, unknown, by_hand) if part) or "No correction waited."


@frozen(kw_only=True)
class Unreported:
    """What somebody still has to tell the agency by hand, by age in days; every exchange shows it until it is told.

    Attributes:
        this_week: Younger than 7 days.
        this_month: From 7 days to 30.
        older: Older than 30 days.
    """

    this_week: int = 0
    this_month: int = 0
    older: int = 0

    @property
    def total(self) -> int:
        """How many there are."""
        return self.this_week + self.this_month + self.older

    def __str__(self) -> str:
        if not self.total:
            return ""
        return (
            f"NOT REPORTED to the agency: {self.total} ({self.older} older than 30 days, {self.this_month} than 7); "
            "tell them by hand and mark them as reported."
        )


@frozen(kw_only=True)
class FetchedFile:
    """A file that was read in this run.

    Attributes:
        name: Its name at the agency.
        transfer: ``receipts``, ``settlements`` or ``bank``; ``""`` where it was not recognised.
        postings: Postings that now wait for the ERP.
        events: Events in them.
        quarantined: Whether it cannot be used; ``findings`` say why, and its bytes are in the journal.
        findings: What was noticed in it.
        held: Postings that wait until somebody resolves a finding.
    """

    name: str
    transfer: str
    postings: int
    events: int
    quarantined: bool
    findings: tuple[Finding, ...] = ()
    held: int = 0


@frozen(kw_only=True)
class FetchReport:
    """What `fetch_settlements` did.

    Attributes:
        files: Files read in this run.
        redelivered: Names of files that came again with the same bytes; nothing of them was read twice.
        failed: Files that could not be fetched, each with the reason; the next run tries again.
        left: Files left for the next run, each with the reason: still being written, or beyond the run's limits.
        listed: How many finished files lay in the folder.
        skipped: How many entries of the folder have names that cannot be used, as in another encoding.
    """

    files: tuple[FetchedFile, ...] = ()
    redelivered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    listed: int = 0
    skipped: int = 0

    @property
    def quarantined(self) -> tuple[FetchedFile, ...]:
        """The files that cannot be used."""
        return tuple(file for file in self.files if file.quarantined)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed in all files of this run."""
        return tuple(found for file in self.files for found in file.findings)

    @property
    def postings(self) -> int:
        """How many postings this run brought; take them from ``journal.pending``."""
        return sum(file.postings for file in self.files)

    def __str__(self) -> str:
        failed = f", {len(self.failed)} not fetched" if self.failed else ""
        return (
            f"Read {len(self.files)} of {self.listed} files, {len(self.quarantined)} of them quarantined{failed}: "
            f"{self.postings} postings, {len(self.findings)} findings."
        )


@frozen
class ExchangeReport:
    """What `exchange` did: both halves, the corrections before the cases; and what is still to be told by hand."""

    exported: ExportReport
    fetched: FetchReport
    corrections: CorrectionsReport = CorrectionsReport()
    unreported: Unreported = Unreported()

    def __str__(self) -> str:
        corrections = str(self.corrections) if self.corrections != CorrectionsReport() else ""
        parts = (corrections, str(self.exported), str(self.fetched), str(self.unreported))
        return " ".join(part for part in parts if part)
