"""A parsed file and what is known, in; postings and findings, out: the same input gives the same output."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from attrs import evolve, field, frozen

from lindorff_sdk.findings import Finding, Hold, finding
from lindorff_sdk.models.bank import BankFile
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.corrections import CorrectionFile
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.models.receipts import ReceiptFile
from lindorff_sdk.models.settlements import InterestNote, Payment, PaymentReversal, SettlementFile, SettlementTotals
from lindorff_sdk.reconciliation.bank import BankTerms, bank_postings, is_ours, other_receivers
from lindorff_sdk.reconciliation.events import Posting
from lindorff_sdk.reconciliation.holding import Held, sort_out
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
    parsed: ParsedFile[AnyFile], sha256: str, known: Known, terms: Terms, *, received_on: date | None = None
) -> Reconciled:
    """Return what a file from the agency, or from the bank, comes to.

    Args:
        parsed: The file.
        sha256: Digest of its bytes.
        known: What was sent under the definition.
        terms: What of the agreement matters.
        received_on: The day the file came, for files that do not say when they were made.

    Raises:
        ValueError: If neither the file nor ``received_on`` gives a day.
    """
    if parsed.model is None:
        return Reconciled(findings=parsed.findings, quarantined=True)
    made_on = parsed.model.envelope.created_at.date() if parsed.model.envelope.created_at else received_on
    if made_on is None:
        raise ValueError("The file does not say when it was made; give the day it was received.")
    lines = Lines(
        FileIdentity(terms.definition_id, parsed.file_name, sha256),
        parsed,
        known,
        made_on,
        note_within=terms.interest_note_within,
        figures=terms.figures,
    )
    wrong = tuple(_not_ours(parsed, terms))
    sound = not isinstance(parsed.model, SettlementFile) or totals_hold(parsed.model, lines)
    if wrong or not sound or isinstance(parsed.model, CaseFile | CorrectionFile):
        return Reconciled(findings=(*parsed.findings, *wrong, *lines.findings), quarantined=True)
    if not isinstance(parsed.model, BankFile):  # whose numbers begin anew, and are not without gaps
        _check_sequence(parsed.model.envelope.sequence, lines)
    postings = tuple(_once(_postings(parsed.model, lines, terms), lines))
    findings = (*parsed.findings, *lines.findings)
    sorted_out = sort_out(postings, findings, terms.holds)
    return Reconciled(sorted_out.free, findings, held=sorted_out.held, cases_held=sorted_out.cases)


def held_whole(result: Reconciled, why: Finding) -> Reconciled:
    """Return what a file comes to that is held as a whole: quarantined, with all its postings held by one finding.

    What its own findings hold, they hold as well.
    """
    held = [Held(posting, (0,)) for posting in result.postings]
    held += [Held(each.posting, (0, *(place + 1 for place in each.by))) for each in result.held]
    return Reconciled(
        findings=(why, *result.findings),
        quarantined=True,
        held=tuple(sorted(held, key=lambda each: each.posting.events[-1].source.line)),
        cases_held=tuple((place + 1, case) for place, case in result.cases_held),
    )


def _check_sequence(sequence: int, lines: Lines) -> None:
    """Note a running number of the agency's that came before, or that comes too early."""
    known = {number: name for number, name in lines.known.sequences.items() if name != lines.file.name}
    if not sequence or not known:
        return
    if sequence in known:
        message = "Another file of the agency had this running number."
        lines.note_file("file-sequence-repeated", message, expected=f"not {sequence}", found=known[sequence])
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


def _postings(model: ReceiptFile | SettlementFile | BankFile, lines: Lines, terms: Terms) -> Iterable[Posting]:
    if isinstance(model, BankFile):
        return bank_postings(model, lines, terms.bank, booked=not terms.payments_from_agency)
    if isinstance(model, ReceiptFile):
        return receipt_postings(model, lines)
    if not terms.payments_from_agency:
        _note_money(model, lines)
    return settlement_postings(
        model, lines, notes_are_records=terms.notes_are_records, money=terms.payments_from_agency
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
    seen: set[str] = set()
    for posting in postings:
        repeated = [event for event in posting if event.id in seen]
        for event in repeated:
            noted = finding(
                "transaction-repeated",
                "The file holds two lines with the same unique fields; only the first is booked.",
                file=lines.file.name,
                subject=f"case {event.agency_case_number}" if event.agency_case_number else "",
            )
            lines.findings.append(evolve(noted, line=event.source.line))
        if not repeated:
            seen.update(event.id for event in posting)
            yield posting
