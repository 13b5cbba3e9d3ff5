"""A parsed file and what is known, in; postings and findings, out: the same input gives the same output."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from attrs import define, evolve, field, frozen

from lindorff_sdk.findings import Finding, Hold, finding
from lindorff_sdk.models.bank import BankFile
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.corrections import CorrectionFile
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.models.receipts import ReceiptFile
from lindorff_sdk.models.settlements import InterestNote, Payment, PaymentReversal, SettlementFile, SettlementTotals
from lindorff_sdk.reconciliation.bank import BankTerms, bank_postings, is_ours, other_receivers
from lindorff_sdk.reconciliation.events import Posting
from lindorff_sdk.reconciliation.gathering import Around, Sums
from lindorff_sdk.reconciliation.holding import sort_out
from lindorff_sdk.reconciliation.identity import FileIdentity
from lindorff_sdk.reconciliation.lines import Lines, Reconciled
from lindorff_sdk.reconciliation.matching import Known
from lindorff_sdk.reconciliation.receipts import receipt_postings
from lindorff_sdk.reconciliation.settlements import settlement_postings, totals_hold
from lindorff_sdk.statute import Figures


@frozen(kw_only=True)
class Terms:
    """What of the agreement matters for the reading of files.

    Attributes:
        definition_id: Key of everything stored for the agreement.
        customer_id: The creditor's id at the agency.
        other_customer_ids: Further ids of the creditor's, that files may be for as well.
        currency: ISO 4217 code.
        payments_from_agency: Whether payments are booked from the agency's files; otherwise the bank's carry them.
        notes_are_records: Whether interest notes (*rentenotaer*) are records; otherwise they are derived from the
            interest share of a payment.
        holds: What a finding holds, by its code, where that is not what the table of codes says.
        interest_note_within: How far an interest note may be from the interest by law, in kroner; None for no check.
        figures: The statutory figures for that; None for those that come with the library.
        bank: What is agreed about the bank's files.
    """

    definition_id: str
    customer_id: str
    other_customer_ids: tuple[str, ...] = ()
    currency: str = "NOK"
    payments_from_agency: bool = True
    notes_are_records: bool = True
    holds: Mapping[str, Hold] = field(factory=dict, hash=False)
    interest_note_within: Decimal | None = None
    figures: Figures | None = None
    bank: BankTerms = field(factory=BankTerms)


def reconcile(
    parsed: ParsedFile[AnyFile],
    sha256: str,
    known: Known,
    terms: Terms,
    *,
    received_on: date | None = None,
    held_for: Finding | None = None,
) -> Reconciled:
    """Return what a file from the agency, or from the bank, comes to.

    Args:
        parsed: The file.
        sha256: Digest of its bytes.
        known: What was sent under the definition.
        terms: What of the agreement matters.
        received_on: The day the file came, for files that do not say when they were made.
        held_for: A finding of the caller's that holds the file as a whole; what its own findings hold, they hold too.

    Raises:
        ValueError: If neither the file nor ``received_on`` gives a day.
    """
    if parsed.model is None:
        return Reconciled(findings=(*_given(held_for), *parsed.findings), quarantined=True)
    entries = parsed.model.entries if isinstance(parsed.model, SettlementFile) else ()
    parts = InParts.of(parsed, Sums.of(entries), sha256, terms, received_on=received_on, held_for=held_for)
    if parts.is_unusable:
        return Reconciled(findings=parts.opening, quarantined=True)
    parts.begin(known)
    result = parts.read(parsed, known, Around.of(entries))
    return evolve(result, findings=(*parts.opening, *result.findings), quarantined=held_for is not None)


@define
class InParts:
    """A file that is read part by part; the parts together come to what `reconcile` says of the whole.

    A finding that holds more than its line holds what stands in earlier parts as well. That is left to whoever keeps
    those: here it holds the rest of its own part.

    Attributes:
        opening: What was noticed of the file as a whole: the first of its findings.
        is_unusable: Whether nothing of the file may be used, and no part is to be read.
        count: Findings so far.
    """

    terms: Terms
    lines: Lines
    opening: tuple[Finding, ...]
    is_unusable: bool
    count: int = 0

    @classmethod
    def of(
        cls,
        parsed: ParsedFile[AnyFile],
        sums: Sums,
        sha256: str,
        terms: Terms,
        *,
        received_on: date | None = None,
        held_for: Finding | None = None,
    ) -> "InParts":
        """Look at a file as a whole; see `reconcile`.

        Args:
            parsed: The file; of a settlement the lines may be missing, but not its totals.
            sums: What its lines come to.
            sha256: Digest of its bytes.
            terms: What of the agreement matters.
            received_on: The day the file came.
            held_for: A finding that holds the file as a whole.
        """
        model = parsed.require()
        made_on = model.envelope.created_at.date() if model.envelope.created_at else received_on
        if made_on is None:
            raise ValueError("The file does not say when it was made; give the day it was received.")
        lines = Lines(
            FileIdentity(terms.definition_id, parsed.file_name, sha256),
            parsed,
            Known(),
            made_on,
            note_within=terms.interest_note_within,
            figures=terms.figures,
        )
        wrong = tuple(_not_ours(parsed, terms))
        sound = totals_hold(sums, lines)
        unusable = bool(wrong) or not sound or isinstance(model, CaseFile | CorrectionFile)
        opening = (*_given(held_for), *parsed.findings, *wrong, *lines.findings)
        return cls(terms, lines, opening, unusable, len(opening))

    def begin(self, known: Known) -> None:
        """Hold the file against what is known, before its first part is read."""
        lines = evolve(self.lines, known=known, findings=[])
        model = self.lines.parsed.require()
        if not isinstance(model, BankFile):  # whose numbers begin anew, and are not without gaps
            _check_sequence(model.envelope.sequence, lines)
        self.opening += tuple(lines.findings)
        self.count = len(self.opening)

    def read(self, part: ParsedFile[AnyFile], known: Known, around: Around) -> Reconciled:
        """Return what some lines of the file come to.

        Args:
            part: The file, with these lines only.
            known: What was sent under the definition; of transactions and names those that the lines name.
            around: What of the whole file matters for the lines.
        """
        lines = evolve(self.lines, parsed=part, known=known, recurring=around.recurring, findings=[])
        postings = tuple(_once(_postings(part.require(), lines, around, self.terms), lines))
        numbered = (*enumerate(self.opening), *enumerate(lines.findings, self.count))
        sorted_out = sort_out(postings, numbered, self.terms.holds, lines.cases)
        self.count += len(lines.findings)
        return Reconciled(sorted_out.free, tuple(lines.findings), held=sorted_out.held, cases_held=sorted_out.cases)


def _given(held_for: Finding | None) -> tuple[Finding, ...]:
    return () if held_for is None else (held_for,)


def _check_sequence(sequence: int, lines: Lines) -> None:
    """Note a running number of the agency's that came before, or that comes too early."""
    known = {number: name for name, number in lines.known.sequences.items() if name != lines.file.name}
    if not sequence or not known:
        return
    if sequence in known:
        message = "Another file of the agency had this running number."
        found = f"{sequence}, which {known[sequence]} had"
        lines.note_file("file-sequence-repeated", message, expected="a running number of its own", found=found)
    elif sequence > max(known) + 1:
        message = "Files of the agency that should have come before this one are missing."
        lines.note_file("file-sequence-gap", message, expected=f"{max(known) + 1}", found=f"{sequence}")


def _not_ours(parsed: ParsedFile[AnyFile], terms: Terms) -> Iterator[Finding]:
    """Yield why a file is none that this agreement may use."""
    model = parsed.require()
    if isinstance(model, CaseFile | CorrectionFile):
        yield finding(
            "transfer-unexpected",
            "The file is one that goes to the agency; it does not belong among those that come from there.",
            file=parsed.file_name,
            line=1,
            expected="receipts, settlements, or the bank's payments",
            found=str(parsed.transfer),
        )
    if isinstance(model, BankFile) and not any(is_ours(each, terms.bank) for each in model.assignments):
        yield from other_receivers(model, parsed, terms.bank)
    envelope = model.envelope
    for name, expected, found in (
        ("customer_id", terms.customer_id, envelope.customer_id),
        ("currency", terms.currency, envelope.currency),
    ):
        if name == "customer_id" and isinstance(model, BankFile):
            continue  # it names the receiver by the bank's id, not by the agency's
        if expected != found and not (name == "customer_id" and found in terms.other_customer_ids):
            message = "The file is another customer's." if name == "customer_id" else "The file is in another currency."
            yield finding(
                f"{name.replace('_', '-')}-differs",
                f"{message} Nothing of it is used.",
                file=parsed.file_name,
                line=1,
                field=name,
                expected=expected,
                found=found,
            )


def _postings(model: AnyFile, lines: Lines, around: Around, terms: Terms) -> Iterable[Posting]:
    if isinstance(model, BankFile):
        return bank_postings(model, lines, terms.bank, booked=not terms.payments_from_agency)
    if isinstance(model, ReceiptFile):
        return receipt_postings(model, lines)
    if not isinstance(model, SettlementFile):
        return ()
    if not terms.payments_from_agency:
        _note_money(model, lines)
    return settlement_postings(
        model, lines, around, notes_are_records=terms.notes_are_records, money=terms.payments_from_agency
    )


def _note_money(model: SettlementFile, lines: Lines) -> None:
    """Note each line with money of a settlement whose payments the bank's files bring: payments, and their totals."""
    for entry in model.entries:
        totals = isinstance(entry, SettlementTotals) and (entry.gross or entry.paid_out)
        if totals or isinstance(entry, Payment | PaymentReversal | InterestNote):
            message = "The definition books payments from the bank's files; this one from the agency is not booked too."
            lines.note("payment-in-other-channel", message, entry)


def _once(postings: Iterable[Posting], lines: Lines) -> Iterator[Posting]:
    """Yield the postings; of two with an event in common, which a file should not hold, only the first."""
    for posting in postings:
        if all(event.id not in lines.events for event in posting):
            lines.remember_events(posting)
            yield posting
            continue
        # At the line of the second payment, also where the two share an interest note: the first is booked with it.
        last = posting.events[-1]
        twice = next(event for event in reversed(posting.events) if event.id in lines.events)
        transaction = getattr(twice, "transaction_id", "")
        noted = finding(
            "transaction-repeated",
            f"Line {lines.events[twice.id]} has the same unique fields"
            f"{f', of transaction {transaction}' if transaction else ''}; only that one is booked.",
            file=lines.file.name,
            line=last.source.line,
            subject=f"case {last.agency_case_number}" if last.agency_case_number else "",
        )
        lines.findings.append(noted)
        lines.cases[noted.line] = last.reference
