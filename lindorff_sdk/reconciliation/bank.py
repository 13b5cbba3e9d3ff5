"""The bank's files to events: payments and what is taken back, matched by KID and never split.

The bank knows no principal, interest or costs, so its events have none (domain.md, sections 2, 4 and 7).
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TypedDict

from attrs import frozen

from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.identifiers import Modulus, is_kid
from lindorff_sdk.models.bank import BankAssignment, BankFile, BankTransaction
from lindorff_sdk.models.codes import Party
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.reconciliation.checks import check_money, check_reopened, count_paid
from lindorff_sdk.reconciliation.events import BankPaymentReceived, BankPaymentReversed, Posting
from lindorff_sdk.reconciliation.identity import FileIdentity, event_id, twin_id
from lindorff_sdk.reconciliation.lines import EventFacts, Lines
from lindorff_sdk.reconciliation.matching import KnownCase, match


@frozen(kw_only=True)
class BankTerms:
    """What is agreed about the bank's files.

    Attributes:
        agreements: Ids of the creditor's agreements with the bank; empty for any.
        accounts: The creditor's accounts; empty for any.
        agency_account: The agency's account: money from there was received by the agency.
        kid_modulus: 10 or 11; None accepts either.
        kid_lengths: Lengths a KID may have; empty for any.
    """

    agreements: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    agency_account: str = ""
    kid_modulus: Modulus | None = None
    kid_lengths: tuple[int, ...] = ()


@frozen
class Identified:
    """A transaction of a bank's file, with the id of the event it makes.

    Attributes:
        twin: How many lines before it in the file have the same unique fields.
    """

    assignment: BankAssignment
    transaction: BankTransaction
    id: str
    twin: int = 0

    @property
    def kid(self) -> str:
        """The KID without blanks around it: some write it from the left."""
        return self.transaction.kid.strip(" ")


def identified(file: BankFile, parsed: ParsedFile[AnyFile], identity: FileIdentity) -> Iterator[Identified]:
    """Yield the transactions of a file in its order, each with its event's id.

    The bank's control totals count every line, so two lines with the same unique fields are two facts: the second is
    told from the first by its place among them. Another file that brings one of them brings the first.
    """
    seen: Counter[str] = Counter()
    for assignment in file.assignments:
        for transaction in assignment.transactions:
            kind = BankPaymentReversed if transaction.is_reversal else BankPaymentReceived
            plain = event_id(identity, kind.kind, parsed.origin(transaction))
            twin = seen[plain]
            seen[plain] += 1
            yield Identified(assignment, transaction, twin_id(plain, twin) if twin else plain, twin)


def other_receivers(
    file: BankFile, parsed: ParsedFile[AnyFile], terms: BankTerms, code: str = "bank-receiver-differs"
) -> Iterator[Finding]:
    """Yield a finding for each assignment that is another receiver's; the code says whether all of them are."""
    for assignment in file.assignments:
        for name, ours in (("agreement_id", terms.agreements), ("account", terms.accounts)):
            if _is_another(assignment, name, ours):
                yield finding(
                    code,
                    "The assignment is for another receiver. Nothing of it is used.",
                    file=parsed.file_name,
                    line=parsed.origin(assignment).line,
                    field=name,
                    expected=" or ".join(ours),
                    found=getattr(assignment, name),
                )
                break


def is_ours(assignment: BankAssignment, terms: BankTerms) -> bool:
    """Return whether an assignment is for the creditor, as far as the definition says who that is."""
    return not (
        _is_another(assignment, "agreement_id", terms.agreements) or _is_another(assignment, "account", terms.accounts)
    )


def bank_postings(file: BankFile, lines: Lines, terms: BankTerms, *, booked: bool) -> Iterator[Posting]:
    """Yield the postings of a bank's file, in its order.

    Args:
        file: The file.
        lines: Its lines; what is noted of one that has a posting holds the posting.
        terms: What is agreed about such files.
        booked: Whether payments are booked from the bank's files. Where they are not, only money on a case that was
            sent is about; it is held.
    """
    lines.findings.extend(other_receivers(file, lines.parsed, terms, "bank-assignment-differs"))
    doubted = {found.line for found in lines.parsed.findings if found.code == "kid-wrong"}
    for each in identified(file, lines.parsed, lines.file):
        if not is_ours(each.assignment, terms):
            continue
        if each.id in lines.known.events:  # it was looked at when it first came, and is not booked again
            case = match(lines.known, kid=each.kid).case
        elif booked:
            if each.kid and lines.parsed.origin(each.transaction).line not in doubted:
                _check_kid(each, lines, terms)
            case = _case_of(each, lines)
            _check(each, case, lines)
        elif lines.known.by_kid(each.kid):
            case = match(lines.known, kid=each.kid).case
            message = "The definition books payments from the agency's files; this one from the bank is not booked too."
            lines.note("payment-in-other-channel", message, each.transaction)
        else:
            continue
        yield lines.posting(_event(each, case, lines, terms))


def _is_another(assignment: BankAssignment, name: str, ours: tuple[str, ...]) -> bool:
    return bool(ours) and getattr(assignment, name) not in ours


def _check_kid(each: Identified, lines: Lines, terms: BankTerms) -> None:
    if is_kid(each.kid, terms.kid_modulus, terms.kid_lengths):
        return
    lengths = " or ".join(map(str, terms.kid_lengths))
    agreed = f"modulus {terms.kid_modulus or '10 or 11'}" + (f", {lengths} characters" if lengths else "")
    message = "The check digit or the length of the KID is not as agreed."
    lines.note("kid-wrong", message, each.transaction, expected=agreed, found=each.kid)


def _case_of(each: Identified, lines: Lines) -> KnownCase | None:
    """Return the case of a payment, or None after noting why there is none."""
    transaction, found = each.transaction, match(lines.known, kid=each.kid)
    if found.problem:
        lines.note("match-conflict", f"The payment cannot be placed: {found.problem}; it is held.", transaction)
    elif found.case is None and not lines.note_elsewhere(transaction, each.kid):
        why = "No claim that was sent has this KID" if each.kid else "The payment has no KID"
        lines.note("kid-unknown", f"{why}; the payment is held.", transaction, found=each.kid)
    return found.case


def _check(each: Identified, case: KnownCase | None, lines: Lines) -> None:
    """Note what is odd about a payment."""
    if each.twin:
        message = "Another line of the file says the same, to the bank's own serial number; this one is held."
        lines.note("bank-line-repeated", message, each.transaction)
    if case is None:
        return
    if each.transaction.is_reversal:
        count_paid(case, -abs(each.transaction.amount), lines)
        check_reopened(each.transaction, case, lines, "a payment on it is taken back")
    else:
        check_money(each.transaction, each.transaction.amount, case, lines)


def _event(
    each: Identified, case: KnownCase | None, lines: Lines, terms: BankTerms
) -> BankPaymentReceived | BankPaymentReversed:
    assignment, said = each.assignment, each.transaction
    common: _Said = {
        "amount": abs(said.amount),
        "booked_on": said.booked_on,
        "settled_on": assignment.settled_on,
        "kid": each.kid,
        "account": assignment.account,
        "agreement_id": assignment.agreement_id,
        "assignment_number": assignment.number,
        "transaction_type": said.transaction_type,
        "archive_reference": said.archive_reference,
        "text": said.text,
    }
    if said.is_reversal:
        return BankPaymentReversed(**_facts(each, case, lines, BankPaymentReversed), **common)
    from_agency = bool(terms.agency_account) and said.debit_account == terms.agency_account
    return BankPaymentReceived(
        **_facts(each, case, lines, BankPaymentReceived),
        **common,
        paid_on=said.paid_on or said.booked_on,
        debit_account=said.debit_account,
        received_by=Party.AGENCY if from_agency else Party.CREDITOR,
    )


class _Said(TypedDict):
    """What a payment and one that is taken back have in common."""

    amount: Decimal
    booked_on: date
    settled_on: date | None
    kid: str
    account: str
    agreement_id: str
    assignment_number: str
    transaction_type: str
    archive_reference: str
    text: str


def _facts(
    each: Identified, case: KnownCase | None, lines: Lines, kind: type[BankPaymentReceived | BankPaymentReversed]
) -> EventFacts:
    said = each.transaction
    counts_from = said.booked_on if said.is_reversal else said.paid_on or said.booked_on
    facts = lines.facts(kind, said, counts_from, case)
    facts["id"] = each.id
    if case is not None and (named := [claim.invoice_number for claim in case.claims if claim.kid == each.kid]):
        facts["invoice_numbers"] = tuple(named)
    return facts
