"""Which of the creditor's cases a line from the agency is about."""

from collections.abc import Mapping
from copy import copy
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from attrs import field, frozen

from lindorff_sdk.models.codes import CorrectionKind, NumberKind
from lindorff_sdk.models.money import ZERO


class CaseState(StrEnum):
    """Where a case that was sent stands."""

    SENT = "sent"
    REGISTERED = "registered"
    REJECTED = "rejected"
    CLOSED = "closed"


@frozen(kw_only=True)
class KnownClaim:
    """A claim the creditor sent.

    Attributes:
        remaining_amount: What was left of its principal then; None where that was not kept.
        kid: Its payment reference (*KID*), or ``""``.
    """

    invoice_number: str
    remaining_amount: Decimal | None = None
    kid: str = ""


@frozen(kw_only=True)
class KnownCase:
    """A case the creditor sent, as the journal knows it.

    Attributes:
        reference: The creditor's reference.
        invoice_numbers: Its claims, in the order in which they were sent.
        file_name: Name of the file it was sent in.
        agency_case_number: The agency's number now; ``""`` until a receipt gave one.
        number_kind: Whether that number is temporary or final.
        previous_numbers: Numbers it had before.
        claims: Its claims with amounts and KID, where they are known.
        paid: Principal that files brought so far, less what was taken back.
        changed_on: The day on which its state or number was last written here; None where that is not known.
    """

    reference: str
    invoice_numbers: tuple[str, ...]
    file_name: str
    state: CaseState = CaseState.SENT
    agency_case_number: str = ""
    number_kind: NumberKind | None = None
    previous_numbers: tuple[str, ...] = ()
    claims: tuple[KnownClaim, ...] = ()
    paid: Decimal = ZERO
    changed_on: date | None = None

    def is_reopened_on(self, day: date) -> bool:
        """Return whether a receipt of this day, which takes the case up, opens it again.

        One that is no younger than the news of the closure is late, and says nothing of what came after it.
        """
        return self.state is CaseState.CLOSED and self.changed_on is not None and day > self.changed_on

    @property
    def outstanding(self) -> Decimal | None:
        """What is left of the principal that was sent; None where it is not known."""
        left = -self.paid
        for claim in self.claims:
            if claim.remaining_amount is None:
                return None
            left += claim.remaining_amount
        return left if self.claims else None


@frozen
class SentCorrection:
    """A correction in a file the creditor sent."""

    invoice_number: str
    kind: CorrectionKind


@frozen(kw_only=True)
class SentFile:
    """A file the creditor sent: what a receipt answers.

    Attributes:
        corrections: What it told of claims, where that is known.
        answered: Whether the agency answered it already.
    """

    name: str
    sequence: int
    transfer: str
    answered: bool = False
    corrections: tuple[SentCorrection, ...] = ()


def _unchangeable(values: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(values))


@frozen
class Known:
    """What is known under one definition: the ground that files are matched against.

    Attributes:
        cases: Cases that were sent, oldest first.
        files: Files that were sent, oldest first.
        transactions: Case references by the agency's transaction ids, of those that the file at hand names.
        elsewhere: Ids of other definitions, by the case numbers and invoice numbers that the file at hand names and
            that were sent under those; of a bank's file by its KIDs.
        events: Ids of events that earlier files brought, of those that a bank's file makes.
        sequences: Running numbers of the agency's files by their names, of the series of the file at hand.
    """

    cases: tuple[KnownCase, ...] = ()
    files: tuple[SentFile, ...] = ()
    transactions: Mapping[str, str] = field(factory=dict, converter=_unchangeable, hash=False)
    elsewhere: Mapping[str, str] = field(factory=dict, converter=_unchangeable, hash=False)
    sequences: Mapping[str, int] = field(factory=dict, hash=False)
    events: frozenset[str] = frozenset()
    _by_number: dict[str, KnownCase] = field(init=False, repr=False, eq=False)
    _by_reference: dict[str, KnownCase] = field(init=False, repr=False, eq=False)
    _by_invoice: dict[str, KnownCase] = field(init=False, repr=False, eq=False)
    _by_kid: dict[str, list[KnownCase]] = field(init=False, repr=False, eq=False)

    @_by_number.default
    def _index_numbers(self) -> dict[str, KnownCase]:
        return {
            number: case
            for case in self.cases
            for number in (*case.previous_numbers, case.agency_case_number)
            if number
        }

    @_by_reference.default
    def _index_references(self) -> dict[str, KnownCase]:
        return {case.reference: case for case in self.cases}

    @_by_invoice.default
    def _index_invoices(self) -> dict[str, KnownCase]:
        return {invoice: case for case in self.cases for invoice in case.invoice_numbers}

    @_by_kid.default
    def _index_kids(self) -> dict[str, list[KnownCase]]:
        found: dict[str, list[KnownCase]] = {}
        for case in self.cases:
            for kid in {claim.kid for claim in case.claims} - {""}:
                found.setdefault(kid, []).append(case)
        return found

    def naming(self, transactions: Mapping[str, str], elsewhere: Mapping[str, str], events: frozenset[str]) -> "Known":
        """Return the same with other answers to what a file, or a part of it, names."""
        other = copy(self)  # not made anew: the indexes stay as they are, and there may be many cases and many parts
        for name, value in (
            ("transactions", _unchangeable(transactions)),
            ("elsewhere", _unchangeable(elsewhere)),
            ("events", events),
        ):
            object.__setattr__(other, name, value)
        return other

    def by_number(self, number: str) -> KnownCase | None:
        """Return the case that has, or had, this number at the agency."""
        return self._by_number.get(number)

    def by_reference(self, reference: str) -> KnownCase | None:
        """Return the latest case sent under this reference of the creditor."""
        return self._by_reference.get(reference)

    def by_invoice(self, invoice_number: str) -> KnownCase | None:
        """Return the latest case in which this invoice was sent."""
        return self._by_invoice.get(invoice_number)

    def by_kid(self, kid: str) -> tuple[KnownCase, ...]:
        """Return the cases that have a claim with this payment reference, oldest first."""
        return tuple(self._by_kid.get(kid, ()))

    def by_transaction(self, transaction_id: str) -> KnownCase | None:
        """Return the case that a payment with this id of the agency's was about."""
        return self.by_reference(self.transactions.get(transaction_id, ""))

    def in_file(self, file_name: str) -> tuple[KnownCase, ...]:
        """Return the cases that were sent in a file."""
        return tuple(case for case in self.cases if case.file_name == file_name)


@frozen
class Match:
    """The case a line is about, or why none could be told."""

    case: KnownCase | None
    problem: str = ""


def match(
    known: Known,
    *,
    transaction: str = "",
    number: str = "",
    invoice_number: str = "",
    reference: str = "",
    kid: str = "",
) -> Match:
    """Return the case that a line names.

    The order is: the agency's transaction id, its case number (a number that was replaced still counts), the invoice
    number, the creditor's reference, the KID. All that are given must lead to the same case; the first that is known
    decides, and a later one that leads elsewhere is a conflict. A KID may be that of several cases, as where it names
    the customer: it leads to each of them, and alone to none.
    """
    named = (
        ("transaction", transaction, _known(known.by_transaction(transaction))),
        ("case number", number, _known(known.by_number(number))),
        ("invoice number", invoice_number, _known(known.by_invoice(invoice_number))),
        ("reference", reference, _known(known.by_reference(reference))),
        ("KID", kid, known.by_kid(kid)),
    )
    found = [(word, value, cases) for word, value, cases in named if value and cases]
    if not found:
        return Match(None)
    word, value, cases = found[0]
    case = cases[-1]
    if not all(_is_same(case, other, invoice_number) for other in cases):
        return Match(None, f"{word} {value} leads to several cases")
    for other_word, other_value, others in found[1:]:
        if not any(_is_same(case, other, invoice_number) for other in others):
            return Match(None, f"{word} {value} and {other_word} {other_value} lead to different cases")
    if invoice_number and invoice_number not in case.invoice_numbers:
        return Match(None, f"invoice {invoice_number} is not in the case of {word} {value}")
    return Match(case)


def _known(case: KnownCase | None) -> tuple[KnownCase, ...]:
    return () if case is None else (case,)


def _is_same(case: KnownCase, other: KnownCase, invoice_number: str) -> bool:
    """Return whether two cases are one, or the same claims sent twice: one was rejected, or is answered late."""
    return other == case or bool({invoice_number, *case.invoice_numbers} & set(other.invoice_numbers))
