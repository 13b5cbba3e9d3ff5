"""Three nights at the embedded agency: what it decides about a group that was sent, for demonstrations and tests.

Which case meets which fate follows from the order in which the cases were sent, so every run tells the same story.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from lindorff_sdk.models.cases import CollectionCase
from lindorff_sdk.models.codes import ClosingReason, DebtorKind
from lindorff_sdk.models.money import ORE, ZERO
from lindorff_sdk.testing.caseload import Caseload, HeldCase, HeldClaim, Policy
from lindorff_sdk.testing.settling import Closes, Happening, Pays, rate_of

REASON = ("S12", "Skyldneren kan ikke identifiseres: fødselsnummer mangler")
_EVERY = 4
"""One open case in so many pays a part in the second night, and one in so many pays in full in the third."""


def first_night(cases: Sequence[CollectionCase]) -> Policy:
    """Return what is decided about new cases: the last private debtor's is rejected, one gets a temporary number.

    That one is the first company's case, or the first of all. Of a single case nothing is rejected.
    """
    if not cases:
        return Policy()
    private = [case for case in cases if case.debtor.kind is DebtorKind.PRIVATE] or list(cases)
    rejected = {private[-1].reference: REASON} if len(cases) > 1 else {}
    taken = [case for case in cases if case.reference not in rejected]
    companies = [case for case in taken if case.debtor.kind is DebtorKind.COMPANY] or taken
    return Policy(rejected, {companies[0].reference})


def second_night(caseload: Caseload, day: date) -> Iterator[Happening]:
    """Yield part payments: two fifths of the first claim of every fourth open case, in whole kroner."""
    for held in caseload.open_cases()[1::_EVERY]:
        claim = next(iter(held.claims.values()))
        part = (claim.remaining * 2 / 5).quantize(Decimal(1), ROUND_DOWN)
        if part:
            yield Pays(claim.claim.invoice_number, part, paid_on=day - timedelta(days=1))


def third_night(caseload: Caseload, day: date) -> Iterator[Happening]:
    """Yield full payments and closures.

    Every fourth case that has paid nothing pays everything with interest and fees, and so does every second one that
    paid a part; a disputed case and the last company's case, which went bankrupt, are closed unpaid. The rest stays
    open.
    """
    held = caseload.open_cases()
    parts = {id(settled.case) for settled in caseload.payments.values()}
    untouched = [case for case in held if id(case) not in parts]
    disputed = [case for case in untouched if case.case.disputed][:1]
    companies = [case for case in untouched if case.case.debtor.kind is DebtorKind.COMPANY and case not in disputed]
    bankrupt = companies[-1:]
    payers = [case for case in untouched if case not in disputed and case not in bankrupt][::_EVERY]
    payers += [case for case in held if id(case) in parts][::2]
    for case in payers:
        yield from _pays_all(case, day - timedelta(days=2))
    for case in disputed:
        yield Closes(case.reference, ClosingReason.DISPUTED, case.case.dispute_text[:60])
    for case in bankrupt:
        yield Closes(case.reference, ClosingReason.BANKRUPT, "Konkurs åpnet, ingen dividende ventet")


def _pays_all(case: HeldCase, day: date) -> Iterator[Happening]:
    left = [claim for claim in case.claims.values() if claim.remaining]
    for claim in left:
        interest = _late_interest(claim, day)
        costs = claim.claim.reminder_fee + claim.claim.other_fees
        yield Pays(
            claim.claim.invoice_number,
            claim.remaining + interest + costs,
            interest,
            costs,
            closes=claim is left[-1],
            paid_on=day,
        )


def _late_interest(claim: HeldClaim, day: date) -> Decimal:
    """Return simple interest on what is left, up to and with the day of payment, actual days over 365."""
    days = max((day - claim.interest_from).days + 1, 0)
    return (claim.remaining * rate_of(claim) * days / 36500).quantize(ORE, ROUND_HALF_UP) if days else ZERO
