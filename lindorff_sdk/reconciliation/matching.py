"""Which of the creditor's cases a line from the agency is about."""

from enum import StrEnum

from attrs import field, frozen

from lindorff_sdk.models.codes import NumberKind


class CaseState(StrEnum):
    """Where a case that was sent stands."""

    SENT = "sent"
    REGISTERED = "registered"
    REJECTED = "rejected"
    CLOSED = "closed"


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
    """

    reference: str
    invoice_numbers: tuple[str, ...]
    file_name: str
    state: CaseState = CaseState.SENT
    agency_case_number: str = ""
    number_kind: NumberKind | None = None
    previous_numbers: tuple[str, ...] = ()


@frozen(kw_only=True)
class SentFile:
    """A file the creditor sent: what a receipt answers."""

    name: str
    sequence: int
    transfer: str


@frozen
class Known:
    """What the creditor sent under one definition, oldest first: the ground that files are matched against."""

    cases: tuple[KnownCase, ...] = ()
    files: tuple[SentFile, ...] = ()
    _by_number: dict[str, KnownCase] = field(init=False, repr=False, eq=False)
    _by_reference: dict[str, KnownCase] = field(init=False, repr=False, eq=False)
    _by_invoice: dict[str, KnownCase] = field(init=False, repr=False, eq=False)

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

    def by_number(self, number: str) -> KnownCase | None:
        """Return the case that has, or had, this number at the agency."""
        return self._by_number.get(number)

    def by_reference(self, reference: str) -> KnownCase | None:
        """Return the latest case sent under this reference of the creditor."""
        return self._by_reference.get(reference)

    def by_invoice(self, invoice_number: str) -> KnownCase | None:
        """Return the latest case in which this invoice was sent."""
        return self._by_invoice.get(invoice_number)


@frozen
class Match:
    """The case a line is about, or why none could be told."""

    case: KnownCase | None
    problem: str = ""


def match(known: Known, *, number: str = "", invoice_number: str = "", reference: str = "") -> Match:
    """Return the case that a line names.

    The order is: the agency's case number (a number that was replaced still counts), the invoice number, the
    creditor's reference. All that are given must lead to the same case; the first that is known decides, and a later
    one that leads elsewhere is a conflict.
    """
    named = (
        ("case number", number, known.by_number(number)),
        ("invoice number", invoice_number, known.by_invoice(invoice_number)),
        ("reference", reference, known.by_reference(reference)),
    )
    found = [(word, value, case) for word, value, case in named if value and case is not None]
    if not found:
        return Match(None)
    word, value, case = found[0]
    for other_word, other_value, other in found[1:]:
        if other != case and not _sent_again(case, other, invoice_number):
            return Match(None, f"{word} {value} and {other_word} {other_value} lead to different cases")
    if invoice_number and invoice_number not in case.invoice_numbers:
        return Match(None, f"invoice {invoice_number} is not in the case of {word} {value}")
    return Match(case)


def _sent_again(case: KnownCase, other: KnownCase, invoice_number: str) -> bool:
    """Return whether two cases are the same claims sent twice: the earlier was rejected, or is answered late."""
    return bool({invoice_number, *case.invoice_numbers} & set(other.invoice_numbers))
