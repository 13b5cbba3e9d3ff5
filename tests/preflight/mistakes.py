"""A clean group of claims, and for every check a mistake that only it catches."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import Factory, evolve, frozen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.identifiers import is_national_id, is_organisation_number, kid_check_digit
from lindorff_sdk.models.cases import Claim, CollectionGroup, ListedClaim
from lindorff_sdk.models.codes import ClaimKind, DebtorKind, StartLevel
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.preflight import Standing

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
LEAN = str(Path(__file__).with_name("lean.toml"))
"""A profile without e-mail and kind of a claim."""
DEFINITION = ExportDefinition(
    id="nordlys",
    protocol="local",
    server=str(Path("/exchange")),
    upload_folder="in",
    download_folder="out",
    customer_id="00417",
    payout_account="86011117947",
    kid_modulus=10,
    kid_lengths=(9,),
)
DEBTOR = Debtor(
    number="1001",
    kind=DebtorKind.PRIVATE,
    name="Åse Bø",
    address=Address(line1="Sjøgata 1", postcode="0150", city="Oslo"),
    national_id="15908695043",
)
COMPANY = Debtor(
    number="2001",
    kind=DebtorKind.COMPANY,
    name="Fjord AS",
    address=Address(postcode="5003", city="Bergen"),
    organisation_number="988077917",
)
CLAIM = Claim(
    invoice_number="10023",
    invoice_date=date(2026, 8, 1),
    due_date=date(2026, 8, 15),
    original_amount=Decimal(1000),
    remaining_amount=Decimal(600),
    paid_amount=Decimal(400),
    kid="123456782",
)


def line(
    claim: Claim = CLAIM, debtor: Debtor = DEBTOR, co_debtors: tuple[Debtor, ...] = (), **changes: Any
) -> ListedClaim:
    """Return one listed claim whose notice was sent in good time."""
    listed = ListedClaim(claim=claim, debtor=debtor, co_debtors=co_debtors, notice_date=date(2026, 9, 1))
    return evolve(listed, **changes)


def group(*lines: ListedClaim) -> CollectionGroup:
    """Return the group of these claims."""
    return CollectionGroup(collection_date=TODAY, claims=lines)


# Clean groups --------------------------------------------------------------------------------------------------------


@st.composite
def clean_lines(draw: DrawFn) -> tuple[ListedClaim, ...]:
    """Return claims of different debtors with which nothing is wrong."""
    return tuple(draw(_clean_line(number)) for number in range(draw(st.integers(1, 4))))


@st.composite
def _clean_line(draw: DrawFn, number: int) -> ListedClaim:
    due = draw(st.dates(date(2026, 1, 1), TODAY - 43 * DAY))
    letters = draw(st.sampled_from([(), (due + 14 * DAY,), (due + 14 * DAY, due + 28 * DAY)]))
    original = draw(_AMOUNTS)
    paid, credited = (draw(st.sampled_from([Decimal(0), original / 4])).quantize(Decimal("0.01")) for _ in range(2))
    body = f"{draw(st.integers(0, 10**8 - 1)):08}"
    claim = Claim(
        invoice_number=f"{10_000 + number}",
        invoice_date=due - 14 * DAY,
        due_date=due,
        original_amount=original,
        remaining_amount=original - paid - credited,
        paid_amount=paid,
        credited_amount=credited,
        reminder_fee=Decimal("37.50") * (len(letters) or draw(st.integers(0, 2))),
        accrued_interest=draw(st.sampled_from(["0.00", "12.34"])),
        kid=draw(st.sampled_from(["", body + kid_check_digit(body, 10)])),
    )
    sent = draw(st.dates(due + 14 * DAY, TODAY - 15 * DAY))
    deadline = draw(st.none() | st.dates(sent + 14 * DAY, TODAY - DAY))
    owner = draw(st.sampled_from([DEBTOR, COMPANY]))
    others = draw(st.sampled_from([(), (evolve(DEBTOR, number=f"9{number}", national_id=""),)]))
    return ListedClaim(
        claim=claim,
        debtor=_customer(owner, number),
        co_debtors=others,
        start_level=StartLevel.DEMAND,
        notice_date=sent,
        notice_deadline=deadline,
        letter_dates=letters,
    )


def _customer(owner: Debtor, number: int) -> Debtor:
    """Return a customer with an identifier that no other has: nobody stands under two customer numbers."""
    if owner.kind is DebtorKind.PRIVATE:
        return evolve(owner, number=f"{number}", national_id=PERSONS[number])
    return evolve(owner, number=f"{number}", organisation_number=COMPANIES[number])


def _valid(start: str, digits: int, is_valid: Callable[[str], bool]) -> tuple[str, ...]:
    every = (f"{start}{rest:0{digits}}" for rest in range(10**digits))
    return tuple(islice((number for number in every if is_valid(number)), 5))


PERSONS = _valid("158886", 5, partial(is_national_id, synthetic=True))
COMPANIES = _valid("31088", 4, is_organisation_number)
_AMOUNTS: SearchStrategy[Decimal] = st.integers(20_000, 10**8).map(lambda ore: Decimal(ore).scaleb(-2))


# Mistakes ------------------------------------------------------------------------------------------------------------


def _as_it_is(listed: ListedClaim) -> ListedClaim:
    return listed


def _nothing(_: ListedClaim) -> tuple[ListedClaim, ...]:
    return ()


@frozen(kw_only=True)
class Mistake:
    """What makes a claim of a clean group a bad one.

    Attributes:
        field: Where it is told.
        change: What becomes of the claim.
        more: Claims that are added at the end of the group; the mistake is told of the last of them.
        definition: What differs in the agreement.
        standing: Where the claim stands already.
        of_definition: Whether it is told of the definition.
    """

    field: str
    change: Callable[[ListedClaim], ListedClaim] = _as_it_is
    more: Callable[[ListedClaim], tuple[ListedClaim, ...]] = _nothing
    definition: Mapping[str, Any] = Factory(dict)
    standing: Standing | None = None
    of_definition: bool = False

    def made(self, lines: tuple[ListedClaim, ...], at: int) -> "Made":
        """Return a clean group with this mistake in one of its claims."""
        bad = self.change(lines[at])
        added = self.more(bad)
        number = (added[-1] if added else bad).claim.invoice_number
        subject = f"invoice {number}" if number else f"claim {at + 1} of the group, without invoice number"
        return Made(
            group=group(*lines[:at], bad, *lines[at + 1 :], *added),
            definition=evolve(DEFINITION, **self.definition),
            standing={number: self.standing} if self.standing else {},
            subject="definition nordlys" if self.of_definition else subject,
        )


@frozen
class Made:
    """A group with one mistake, and of what it is to be told."""

    group: CollectionGroup
    definition: ExportDefinition
    standing: Mapping[str, Standing]
    subject: str


def claim(**changes: Any) -> Callable[[ListedClaim], ListedClaim]:
    """Return what changes the invoice; a callable is given the invoice."""
    return lambda listed: evolve(listed, claim=evolve(listed.claim, **_worked_out(changes, listed.claim)))


def debtor(**changes: Any) -> Callable[[ListedClaim], ListedClaim]:
    """Return what changes the debtor."""
    return lambda listed: evolve(listed, debtor=evolve(listed.debtor, **changes))


def address(**changes: Any) -> Callable[[ListedClaim], ListedClaim]:
    """Return what changes the debtor's address."""
    return lambda listed: debtor(address=evolve(listed.debtor.address, **changes))(listed)


def listing(**changes: Any) -> Callable[[ListedClaim], ListedClaim]:
    """Return what changes how the claim is listed; a callable is given the invoice."""
    return lambda listed: evolve(listed, **_worked_out(changes, listed.claim))


def _worked_out(changes: Mapping[str, Any], of: Claim) -> dict[str, Any]:
    given: dict[str, Any] = dict(changes)
    return {name: change(of) if callable(change) else change for name, change in given.items()}


def _both(*changes: Callable[[ListedClaim], ListedClaim]) -> Callable[[ListedClaim], ListedClaim]:
    first, second = changes
    return lambda listed: second(first(listed))


def _again(*, number: str = "", **changes: Any) -> Callable[[ListedClaim], tuple[ListedClaim, ...]]:
    """Return another claim of the same debtor."""

    def added(listed: ListedClaim) -> tuple[ListedClaim, ...]:
        return (evolve(claim(invoice_number=number or listed.claim.invoice_number)(listed), **changes),)

    return added


def _renamed(listed: ListedClaim) -> tuple[ListedClaim, ...]:
    return (debtor(name="Somebody Else")(_again(number="20000")(listed)[0]),)


def _due(of: Claim) -> date:
    assert of.due_date is not None
    return of.due_date


def _left(of: Claim) -> Decimal:
    return of.original_amount - of.paid_amount - of.credited_amount


_SMALL = claim(original_amount="49.00", remaining_amount="49.00", paid_amount=0, credited_amount=0)
_NO_LETTERS = listing(letter_dates=())
_LATELY = {"reminder_fee": 0}
_OLD = {"invoice_date": date(2013, 1, 1), "due_date": date(2013, 1, 15), "reminder_fee": "10.00"}

MISTAKES: dict[str, Mistake] = {
    "settings-missing": Mistake(field="payout_account", definition={"payout_account": ""}, of_definition=True),
    "account-check-digit": Mistake(
        field="agency_account", definition={"agency_account": "86011117949"}, of_definition=True
    ),
    "currency-not-nok": Mistake(field="currency", definition={"currency": "SEK"}, of_definition=True),
    "level-unknown": Mistake(field="level", change=listing(level="third")),
    "already-listed": Mistake(field="claim.invoice_number", standing=Standing.LISTED),
    "already-sent": Mistake(field="claim.invoice_number", standing=Standing.SENT),
    "already-closed": Mistake(field="claim.invoice_number", standing=Standing.CLOSED),
    "invoice-number-missing": Mistake(field="claim.invoice_number", change=claim(invoice_number="")),
    "invoice-number-twice": Mistake(field="claim.invoice_number", more=_again()),
    "amount-not-positive": Mistake(
        field="claim.remaining_amount",
        change=claim(original_amount="-5.00", remaining_amount="-5.00", paid_amount=0, credited_amount=0),
    ),
    "amount-over-original": Mistake(
        field="claim.remaining_amount",
        change=claim(
            remaining_amount=lambda of: of.original_amount + 1, paid_amount="-1.00", credited_amount=0, reminder_fee=0
        ),
    ),
    "fees-in-principal": Mistake(
        field="claim.remaining_amount",
        change=_both(
            _NO_LETTERS,
            claim(remaining_amount=lambda of: _left(of) + Decimal("37.50"), reminder_fee="37.50", accrued_interest=0),
        ),
    ),
    "amounts-do-not-add-up": Mistake(
        field="claim.remaining_amount", change=claim(remaining_amount=lambda of: _left(of) - Decimal("0.01"))
    ),
    "amount-not-carried": Mistake(
        field="claim.kind", change=claim(kind=ClaimKind.CREDIT_NOTE), definition={"format": LEAN}
    ),
    "invoice-below-minimum": Mistake(
        field="claim.remaining_amount", change=_SMALL, definition={"minimum_claim": "50.00"}
    ),
    "debtor-below-minimum": Mistake(field="debtor", change=_SMALL, definition={"minimum_debtor": "50.00"}),
    "due-date-missing": Mistake(field="claim.due_date", change=claim(due_date=None)),
    "not-overdue": Mistake(field="claim.due_date", change=_both(_NO_LETTERS, claim(due_date=TODAY, **_LATELY))),
    "overdue-too-short": Mistake(
        field="claim.due_date", change=_both(_NO_LETTERS, claim(due_date=TODAY - 13 * DAY, **_LATELY))
    ),
    "notice-missing": Mistake(field="notice_date", change=listing(notice_date=None)),
    "notice-deadline-not-over": Mistake(
        field="notice_date", change=listing(notice_date=TODAY - 14 * DAY, notice_deadline=None)
    ),
    "reminder-fee-over-limit": Mistake(
        field="claim.reminder_fee", change=_both(_NO_LETTERS, claim(reminder_fee="75.01"))
    ),
    "reminder-fee-too-early": Mistake(
        field="letter_dates[0]",
        change=_both(listing(letter_dates=lambda of: (_due(of) + 13 * DAY,)), claim(reminder_fee="37.50")),
    ),
    "rate-unknown": Mistake(
        field="claim.reminder_fee", change=_both(claim(**_OLD), listing(letter_dates=(date(2013, 3, 1),)))
    ),
    "disputed": Mistake(field="disputed", change=listing(disputed=True)),
    "unmatched-credit": Mistake(field="unmatched_credit", change=listing(unmatched_credit="0.01")),
    "kid-check-digit": Mistake(field="claim.kid", change=claim(kid="123456785")),
    "kid-length": Mistake(field="claim.kid", change=claim(kid="2345676")),
    "debtor-number-missing": Mistake(field="debtor.number", change=debtor(number="")),
    "debtor-kind-missing": Mistake(field="debtor.kind", change=debtor(kind=None)),
    "debtor-kind-contradicted": Mistake(
        field="debtor.kind",
        change=debtor(kind=DebtorKind.PUBLIC, organisation_number="", national_id="15908695043"),
    ),
    "debtor-name-missing": Mistake(field="debtor.name", change=debtor(name=" ")),
    "debtor-postcode-missing": Mistake(field="debtor.address.postcode", change=address(postcode="")),
    "debtor-city-missing": Mistake(field="debtor.address.city", change=address(city="")),
    "debtor-country-missing": Mistake(field="debtor.address.country", change=address(country="")),
    "postcode-not-four-digits": Mistake(field="debtor.address.postcode", change=address(postcode="150")),
    "organisation-number-check-digit": Mistake(
        field="debtor.organisation_number",
        change=debtor(kind=DebtorKind.COMPANY, national_id="", organisation_number="988077918"),
    ),
    "national-id-check-digit": Mistake(
        field="debtor.national_id",
        change=debtor(kind=DebtorKind.PRIVATE, organisation_number="", national_id="15908695044"),
    ),
    "debtor-differs": Mistake(field="debtor", more=_renamed),
    "debtor-split": Mistake(field="start_level", more=_again(number="20000", start_level=StartLevel.NOTICE)),
    "value-not-carried": Mistake(
        field="debtor.email", change=debtor(email="somebody@example.org"), definition={"format": LEAN}
    ),
    "text-outside-codec": Mistake(field="debtor.name", change=debtor(name="Łukasz Prøve")),
}
"""For every check a mistake that only it catches, in any clean group."""
