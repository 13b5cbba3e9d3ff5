"""The embedded agency's own books: the cases it holds, what is left of each claim, its answers to what it is sent."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from attrs import define, evolve, field, frozen

from lindorff_sdk.models.cases import CaseFile, Claim, CollectionCase
from lindorff_sdk.models.codes import (
    CaseStatus,
    ClaimKind,
    ClosingReason,
    CorrectionKind,
    FileStatus,
    NumberKind,
    Party,
)
from lindorff_sdk.models.corrections import Correction, CorrectionFile
from lindorff_sdk.models.money import ZERO
from lindorff_sdk.models.receipts import CaseReceipt, CorrectionReceipt, FileReceipt
from lindorff_sdk.models.settlements import Payment

CONTACT = "kundeservice@inkasso.example"


@define(eq=False)
class HeldClaim:
    """A claim in the agency's books.

    Attributes:
        claim: The claim as it was sent.
        remaining: What is left of its principal; nothing is ever collected of a credit note.
        interest_from: First day for which no interest note was written yet.
    """

    claim: Claim
    remaining: Decimal
    interest_from: date


@define(eq=False)
class HeldCase:
    """A case in the agency's books.

    Attributes:
        case: The case as it was sent.
        file_name: The file it was sent in.
        sequence: That file's sequence number.
        number: The agency's number of the case.
        number_kind: Whether the number is temporary or final.
        claims: Its claims by invoice number.
        closed: Why it was closed; None while it is open.
    """

    case: CollectionCase
    file_name: str
    sequence: int
    number: str
    number_kind: NumberKind
    claims: dict[str, HeldClaim]
    closed: ClosingReason | None = None

    @property
    def reference(self) -> str:
        """The creditor's reference."""
        return self.case.reference

    @property
    def remaining(self) -> Decimal:
        """What is left of the principal of all its claims."""
        return sum((held.remaining for held in self.claims.values()), ZERO)


@frozen
class Settled:
    """A payment that was settled, with the case and the claim it was settled on."""

    payment: Payment
    case: HeldCase
    claim: HeldClaim


@frozen
class Policy:
    """What the agency decides about new cases; everything else is accepted with a final number.

    Attributes:
        reject: Code and text of the reason, by the reference of the case to be rejected.
        temporary: References of the cases that get a temporary number first.
    """

    reject: Mapping[str, tuple[str, str]] = field(factory=dict)
    temporary: Collection[str] = ()


@define(eq=False)
class Caseload:
    """The books.

    Attributes:
        cases: Every case that was taken, closed ones too, in the order in which they came.
        payments: Payments that were settled and not reversed, by transaction id.
    """

    cases: list[HeldCase] = field(factory=list)
    payments: dict[str, Settled] = field(factory=dict)
    _given: int = 0
    _answers: dict[str, FileStatus] = field(factory=dict)

    def open_cases(self) -> tuple[HeldCase, ...]:
        """Return the cases that are open, in the order in which they came."""
        return tuple(held for held in self.cases if held.closed is None)

    def case(self, name: str) -> HeldCase:
        """Return the latest case of a reference, an invoice number or an agency case number.

        Raises:
            LookupError: If the agency holds none.
        """
        for held in reversed(self.cases):
            if name in {held.reference, held.number} or name in held.claims:
                return held
        raise LookupError(f"The agency holds no case or claim {name!r}.")

    def claim(self, name: str) -> HeldClaim:
        """Return the claim of an invoice number, or the only claim of the case of a reference or number.

        Raises:
            LookupError: If the agency holds none, or the case has several.
        """
        claims = self.case(name).claims
        if name in claims:
            return claims[name]
        if len(claims) > 1:
            raise LookupError(f"Case {name!r} has several claims ({', '.join(claims)}); name one of them.")
        return next(iter(claims.values()))

    def take_cases(self, file_name: str, file: CaseFile, policy: Policy) -> FileReceipt:
        """Take in a file of new cases and return the receipt for it."""
        sequence = file.envelope.sequence
        receipts = tuple(self._take_case(file_name, sequence, case, policy) for case in file.cases)
        return self._answer(FileReceipt(file_name=file_name, sequence=sequence, status=_all(receipts), cases=receipts))

    def take_corrections(self, file_name: str, file: CorrectionFile, *, repeated: bool) -> FileReceipt:
        """Carry out a file of corrections and return the receipt for it; a repeated file changes nothing."""
        receipts = tuple(
            _correction_receipt(item, CaseStatus.DUPLICATE) if repeated else self._correct(item)
            for item in file.corrections
        )
        return self._answer(
            FileReceipt(
                file_name=file_name, sequence=file.envelope.sequence, status=_all(receipts), corrections=receipts
            )
        )

    def finalise(self) -> tuple[FileReceipt, ...]:
        """Replace temporary numbers by final ones; return a receipt for each file that the cases came in."""
        answers: dict[tuple[str, int], list[CaseReceipt]] = {}
        for held in self.cases:
            if held.number_kind is NumberKind.TEMPORARY:
                previous, held.number = held.number, self._number(NumberKind.FINAL)
                held.number_kind = NumberKind.FINAL
                receipt = _case_receipt(held, CaseStatus.RENUMBERED)
                answers.setdefault((held.file_name, held.sequence), []).append(
                    evolve(receipt, previous_number=previous)
                )
        return tuple(
            FileReceipt(file_name=name, sequence=sequence, status=self._answers[name], cases=tuple(receipts))
            for (name, sequence), receipts in answers.items()
        )

    def _answer(self, receipt: FileReceipt) -> FileReceipt:
        self._answers[receipt.file_name] = receipt.status
        return receipt

    def _number(self, kind: NumberKind) -> str:
        self._given += 1
        return f"{'T' if kind is NumberKind.TEMPORARY else ''}{7_000_000 + self._given}"

    # New cases -------------------------------------------------------------------------------------------------------

    def _take_case(self, file_name: str, sequence: int, case: CollectionCase, policy: Policy) -> CaseReceipt:
        holders = list(self._holders(case))
        if len(holders) == 1 and all(claim.invoice_number in holders[0].claims for claim in case.claims):
            return _case_receipt(holders[0], CaseStatus.DUPLICATE, reference=case.reference)
        if holders:
            return _rejection(case, "D01", f"Krav er registrert fra før i sak {holders[0].number}")
        if case.reference in policy.reject:
            return _rejection(case, *policy.reject[case.reference])
        kind = NumberKind.TEMPORARY if case.reference in policy.temporary else NumberKind.FINAL
        held = HeldCase(
            case=case,
            file_name=file_name,
            sequence=sequence,
            number=self._number(kind),
            number_kind=kind,
            claims={claim.invoice_number: _held(claim) for claim in case.claims},
        )
        self.cases.append(held)
        return _case_receipt(held, CaseStatus.ACCEPTED)

    def _holders(self, case: CollectionCase) -> Iterator[HeldCase]:
        """Yield the open cases that hold a claim of this one; what was closed may come again."""
        invoices = {claim.invoice_number for claim in case.claims}
        for held in self.open_cases():
            if held.reference == case.reference or invoices & set(held.claims):
                yield held

    # Corrections -----------------------------------------------------------------------------------------------------

    def _correct(self, item: Correction) -> CorrectionReceipt:
        holders = [held for held in self.open_cases() if item.invoice_number in held.claims]
        if not holders:
            return _correction_receipt(item, CaseStatus.REJECTED, "K01", "Kravet er ikke til inkasso hos oss")
        held = holders[-1].claims[item.invoice_number]
        held.remaining = max(_corrected(held.remaining, item), ZERO)
        return _correction_receipt(item, CaseStatus.ACCEPTED)


def _held(claim: Claim) -> HeldClaim:
    remaining = claim.remaining_amount if claim.kind is ClaimKind.INVOICE else ZERO
    return HeldClaim(
        claim, remaining, claim.interest_from or (claim.due_date or claim.invoice_date) + timedelta(days=1)
    )


def _corrected(remaining: Decimal, item: Correction) -> Decimal:
    """Return what is left of the principal after a correction: what the creditor states, if it does."""
    if item.kind is CorrectionKind.SENT_IN_ERROR:
        return ZERO
    if item.remaining_amount is not None:
        return item.remaining_amount
    return item.amount if item.kind is CorrectionKind.TOTAL_CLAIM else remaining - item.amount


def _all(receipts: tuple[CaseReceipt, ...] | tuple[CorrectionReceipt, ...]) -> FileStatus:
    rejected = sum(receipt.status is CaseStatus.REJECTED for receipt in receipts)
    if not rejected:
        return FileStatus.ACCEPTED
    return FileStatus.REJECTED if rejected == len(receipts) else FileStatus.PARTLY_ACCEPTED


def _case_receipt(held: HeldCase, status: CaseStatus, reference: str = "") -> CaseReceipt:
    return CaseReceipt(
        reference=reference or held.reference,
        status=status,
        agency_case_number=held.number,
        number_kind=held.number_kind,
        debtor_number=held.case.debtor.number,
        next_actor=Party.AGENCY,
        contact=CONTACT,
    )


def _rejection(case: CollectionCase, code: str, text: str) -> CaseReceipt:
    return CaseReceipt(
        reference=case.reference,
        status=CaseStatus.REJECTED,
        debtor_number=case.debtor.number,
        reason_code=code,
        reason_text=text,
        next_actor=Party.CREDITOR,
        contact=CONTACT,
    )


def _correction_receipt(item: Correction, status: CaseStatus, code: str = "", text: str = "") -> CorrectionReceipt:
    return CorrectionReceipt(
        kind=item.kind, invoice_number=item.invoice_number, status=status, reason_code=code, reason_text=text
    )
