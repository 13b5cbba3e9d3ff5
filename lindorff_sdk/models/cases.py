"""Transfer 1: what the creditor sends to collection."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from attrs import evolve, field, frozen

from lindorff_sdk.models.codes import ClaimKind, StartLevel
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.money import ZERO, money, rate_or_none
from lindorff_sdk.models.parties import Debtor


@frozen(kw_only=True)
class Claim:
    """One invoice to be collected. Amounts in NOK.

    Attributes:
        invoice_number: The creditor's number; the key that everything coming back is matched by.
        due_date: When it was to be paid; None if the ERP does not know, which the checks before sending refuse.
        original_amount: The principal: the invoice amount without reminder fee and interest.
        remaining_amount: What is left of the principal after ``paid_amount`` and ``credited_amount``.
        interest_rate: Agreed late interest in per cent a year; None for the statutory rate.
        interest_from: First day that interest runs; None for the day after the due date.
        accrued_interest: Interest the creditor has already charged.
        kid: Payment reference (*KID*), text.
        vat_amount: VAT (*mva*) within the original amount.
        reminders_sent: How many reminders the creditor has sent.
    """

    invoice_number: str
    invoice_date: date
    due_date: date | None
    original_amount: Decimal = field(converter=money)
    remaining_amount: Decimal = field(converter=money)
    kind: ClaimKind = ClaimKind.INVOICE
    paid_amount: Decimal = field(default=ZERO, converter=money)
    credited_amount: Decimal = field(default=ZERO, converter=money)
    reminder_fee: Decimal = field(default=ZERO, converter=money)
    other_fees: Decimal = field(default=ZERO, converter=money)
    interest_rate: Decimal | None = field(default=None, converter=rate_or_none)
    interest_from: date | None = None
    accrued_interest: Decimal = field(default=ZERO, converter=money)
    kid: str = ""
    vat_amount: Decimal = field(default=ZERO, converter=money)
    reminders_sent: int = 0
    text: str = ""


@frozen(kw_only=True)
class CollectionCase:
    """The claims on one debtor that are collected together (*inkassosak*).

    Attributes:
        reference: The creditor's reference of the case.
        agency_case_number: The agency's number, once it is known; temporary or final.
        collection_date: The date of the group the claims stood in (*inkassodato*).
        notice_date: When the creditor sent the collection notice (*inkassovarsel*), if it did.
        disputed: Whether the debtor disputes the claims; ``dispute_text`` says why.
    """

    reference: str
    debtor: Debtor
    claims: tuple[Claim, ...]
    collection_date: date | None = None
    co_debtors: tuple[Debtor, ...] = ()
    agency_case_number: str = ""
    start_level: StartLevel = StartLevel.DEMAND
    notice_date: date | None = None
    disputed: bool = False
    dispute_text: str = ""


@frozen(kw_only=True)
class CaseFile:
    """A file of new cases."""

    envelope: Envelope
    cases: tuple[CollectionCase, ...] = ()


@frozen(kw_only=True)
class ListedClaim:
    """A claim as it stands on the collection list (*inkassoliste*): the invoice, its debtor, and how to start.

    Attributes:
        claim: The invoice.
        debtor: Who owes it.
        co_debtors: Who owes it as well.
        start_level: Where the agency starts.
        notice_date: When the creditor sent the collection notice, if it did.
        notice_deadline: Last day on which the debtor may pay by that notice; None for the definition's
            ``notice_days`` after it was sent.
        disputed: Whether the debtor disputes this invoice; ``dispute_text`` says why.
        level: The level of the creditor's reminder process, where that decides whom the claim is sent as; see the
            definition's ``levels``.
        letter_dates: When the letters were sent that the reminder fee was charged for, the notice among them if it
            cost something; empty if the ERP does not keep them.
        unmatched_credit: Payments and credit notes of the customer that are matched with no invoice yet. NOK.
    """

    claim: Claim
    debtor: Debtor
    co_debtors: tuple[Debtor, ...] = ()
    start_level: StartLevel = StartLevel.DEMAND
    notice_date: date | None = None
    notice_deadline: date | None = None
    disputed: bool = False
    dispute_text: str = ""
    level: str = ""
    letter_dates: tuple[date, ...] = ()
    unmatched_credit: Decimal = field(default=ZERO, converter=money)


@frozen(kw_only=True)
class CollectionGroup:
    """The claims of one collection date, as the ERP exports them."""

    collection_date: date
    claims: tuple[ListedClaim, ...] = ()

    def only(self, invoice_numbers: Iterable[str]) -> "CollectionGroup":
        """Return the group with just the claims of these invoices."""
        wanted = frozenset(invoice_numbers)
        return evolve(self, claims=tuple(line for line in self.claims if line.claim.invoice_number in wanted))

    def cases(self) -> tuple[CollectionCase, ...]:
        """Gather the claims into cases, in the order in which their debtors first appear.

        Claims on one debtor belong together, so that fees are charged once (domain.md section 9; Norwegian debt
        collection practice). A case has one start level and one dispute flag: claims that differ in these, in
        their co-debtors, or in the level of the reminder process stand in cases of their own. The case's reference is
        its first invoice number, which is unique because an invoice is in one live export only.
        """
        gathered: dict[object, list[ListedClaim]] = {}
        for line in self.claims:
            key = (line.debtor, line.co_debtors, line.start_level, line.disputed, line.level)
            gathered.setdefault(key, []).append(line)
        return tuple(self._case(lines) for lines in gathered.values())

    def _case(self, lines: list[ListedClaim]) -> CollectionCase:
        first = lines[0]
        notices = [line.notice_date for line in lines if line.notice_date]
        texts = dict.fromkeys(line.dispute_text for line in lines if line.dispute_text)
        return CollectionCase(
            reference=first.claim.invoice_number,
            debtor=first.debtor,
            co_debtors=first.co_debtors,
            claims=tuple(line.claim for line in lines),
            collection_date=self.collection_date,
            start_level=first.start_level,
            # The latest notice is the one whose deadline must be over for all the claims.
            notice_date=max(notices, default=None),
            disputed=first.disputed,
            dispute_text="; ".join(texts),
        )
