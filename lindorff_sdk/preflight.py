"""Checks before sending: everything that is wrong with a group, told at once and before anything is stored.

Each check is a small function with a stable code of `lindorff_sdk.findings.CHECKS`; one table joins the two.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType

from attrs import evolve, fields_dict, frozen

from lindorff_sdk.definition import CheckLevel, ExportDefinition
from lindorff_sdk.errors import FigureMissingError
from lindorff_sdk.findings import CHECKS, Finding, Severity, finding, masked
from lindorff_sdk.identifiers import is_account, is_kid, is_national_id, is_organisation_number
from lindorff_sdk.models.cases import CollectionGroup, ListedClaim
from lindorff_sdk.models.codes import ClaimKind, DebtorKind
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.statute import reminder_fee_limit


def check_group(group: CollectionGroup, definition: ExportDefinition, *, today: date) -> tuple[Finding, ...]:
    """Return everything that the checks catch in a group, in the order of its claims.

    Args:
        group: The claims to be sent.
        definition: The agreement they are sent under; its ``checks`` change the severity of a check, or switch it off.
        today: The day of sending.

    Returns:
        Findings that name the invoice (``subject``) and the field. Findings about the definition come first. National
        ids are masked. A group is fit to be sent if none is of severity error.
    """
    sending = Sending(group, definition, today)
    levels = {code: definition.checks.get(code) for code in _CHECKS}
    caught = [
        (problem.position, _finding(code, problem, levels[code], sending))
        for code, check in _CHECKS.items()
        if levels[code] is not CheckLevel.OFF
        for problem in check(sending)
    ]
    # The sort is stable: one claim's findings stay in the order of the table.
    return tuple(item for _, item in sorted(caught, key=lambda pair: pair[0]))


@frozen
class Sending:
    """What is about to be sent: what a check may look at."""

    group: CollectionGroup
    definition: ExportDefinition
    today: date


@frozen
class Problem:
    """What a check caught.

    Attributes:
        field: Path of the field from the listed claim: ``claim.kid``, ``debtor.address.postcode``.
        message: What is wrong.
        position: Index of the claim in the group; -1 where it is about the definition.
    """

    field: str
    message: str
    expected: str = ""
    found: str = ""
    position: int = -1


Check = Callable[[Sending], Iterator[Problem]]


def _finding(code: str, problem: Problem, level: CheckLevel | None, sending: Sending) -> Finding:
    caught = finding(
        code,
        f"{problem.message} {CHECKS[code].cure}",
        field=problem.field,
        expected=problem.expected,
        found=problem.found,
        subject=_subject(problem.position, sending),
    )
    return caught if level is None else evolve(caught, severity=Severity(level))


def _subject(position: int, sending: Sending) -> str:
    if position < 0:
        return f"definition {sending.definition.id}"
    number = sending.group.claims[position].claim.invoice_number.strip()
    return f"invoice {number}" if number else f"claim {position + 1} of the group, without invoice number"


def _each_claim(check: Callable[[ListedClaim, Sending], Iterator[Problem]]) -> Check:
    """Lift a check of one claim to the whole group."""

    def check_claims(sending: Sending) -> Iterator[Problem]:
        for position, line in enumerate(sending.group.claims):
            yield from (evolve(problem, position=position) for problem in check(line, sending))

    return check_claims


def _each_debtor(check: Callable[[Debtor], Iterator[Problem]]) -> Check:
    """Lift a check of one debtor to every debtor and co-debtor of the group."""

    def check_debtors(line: ListedClaim, _: Sending) -> Iterator[Problem]:
        for path, debtor in _debtors(line):
            yield from (evolve(problem, field=f"{path}.{problem.field}") for problem in check(debtor))

    return _each_claim(check_debtors)


def _debtors(line: ListedClaim) -> Iterator[tuple[str, Debtor]]:
    yield "debtor", line.debtor
    for index, debtor in enumerate(line.co_debtors):
        yield f"co_debtors[{index}]", debtor


def _invoice_number_missing(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    if not line.claim.invoice_number.strip():
        yield Problem("claim.invoice_number", "The invoice number is missing.", expected="an invoice number")


def _invoice_number_twice(sending: Sending) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for position, line in enumerate(sending.group.claims):
        number = line.claim.invoice_number
        if number.strip() and first.setdefault(number, position) != position:
            message = f"Claim {first[number] + 1} of the group has the same invoice number."
            yield Problem("claim.invoice_number", message, "each invoice once", number, position)


def _amount_not_positive(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    if line.claim.kind != ClaimKind.INVOICE:
        return
    for field in ("original_amount", "remaining_amount"):
        amount = getattr(line.claim, field)
        if amount <= 0:
            yield Problem(f"claim.{field}", "There is nothing to collect.", "more than 0.00", str(amount))


def _amount_over_original(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    claim = line.claim
    if claim.kind == ClaimKind.INVOICE and claim.remaining_amount > claim.original_amount:
        expected = f"at most {claim.original_amount}"
        message = "More remains than was invoiced."
        yield Problem("claim.remaining_amount", message, expected, str(claim.remaining_amount))


def _amounts_do_not_add_up(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    claim = line.claim
    expected = claim.original_amount - claim.paid_amount - claim.credited_amount
    if claim.remaining_amount != expected:
        message = "Original amount less payments and credits is not what remains."
        yield Problem("claim.remaining_amount", message, str(expected), str(claim.remaining_amount))


def _not_overdue(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    collected, due = sending.group.collection_date, line.claim.due_date
    if due >= collected:
        message = "The invoice is not overdue on the collection date."
        yield Problem("claim.due_date", message, f"before {collected}", str(due))


def _rate_unknown(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    if line.claim.reminder_fee:
        try:
            reminder_fee_limit(sending.today, figures=sending.definition.figures)
        except FigureMissingError as error:
            yield Problem("claim.reminder_fee", str(error))


def _kid_check_digit(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    kid, modulus = line.claim.kid, sending.definition.kid_modulus
    if kid and not is_kid(kid, modulus):
        expected = f"a check digit by modulus {modulus or '10 or 11'}"
        yield Problem("claim.kid", "The KID has a wrong check digit.", expected, kid)


def _kid_length(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    kid, lengths = line.claim.kid, sending.definition.kid_lengths
    if kid and lengths and len(kid) not in lengths:
        expected = " or ".join(str(length) for length in sorted(lengths)) + " characters"
        yield Problem("claim.kid", "The KID has another length than agreed.", expected, f"{len(kid)}: {kid}")


def _debtor_number_missing(debtor: Debtor) -> Iterator[Problem]:
    if not debtor.number.strip():
        yield Problem("number", "The customer number is missing.", expected="the creditor's customer number")


def _debtor_name_missing(debtor: Debtor) -> Iterator[Problem]:
    if not debtor.name.strip():
        yield Problem("name", "The name is missing.", expected="a full name")


def _postcode_missing(debtor: Debtor) -> Iterator[Problem]:
    if not debtor.address.postcode.strip():
        yield Problem("address.postcode", "The postcode is missing.", expected="a postcode")


def _city_missing(debtor: Debtor) -> Iterator[Problem]:
    if not debtor.address.city.strip():
        yield Problem("address.city", "The town is missing.", expected="a town")


def _postcode_not_four_digits(debtor: Debtor) -> Iterator[Problem]:
    postcode = debtor.address.postcode
    right = len(postcode) == 4 and postcode.isascii() and postcode.isdigit()
    if debtor.address.country == "NO" and postcode.strip() and not right:
        yield Problem("address.postcode", "This is no Norwegian postcode.", "four digits", postcode)


def _debtor_kind_contradicted(debtor: Debtor) -> Iterator[Problem]:
    if debtor.kind == DebtorKind.PRIVATE and debtor.organisation_number:
        message = "A private debtor has an organisation number."
        yield Problem("kind", message, "company, or no organisation number", debtor.organisation_number)
    if debtor.kind != DebtorKind.PRIVATE and debtor.national_id:
        message = f"A debtor of kind {debtor.kind} has a national id."
        yield Problem("kind", message, "private, or no national id", masked(debtor.national_id))


def _organisation_number_check_digit(debtor: Debtor) -> Iterator[Problem]:
    number = debtor.organisation_number
    if number and not is_organisation_number(number):
        expected = "nine digits with their check digit"
        yield Problem("organisation_number", "This is no organisation number.", expected, number)


def _national_id_check_digit(debtor: Debtor) -> Iterator[Problem]:
    number = debtor.national_id
    # Synthetic numbers are good: test agreements send nothing else.
    if number and not is_national_id(number, synthetic=True):
        expected = "eleven digits with their check digits"
        yield Problem("national_id", "This is no national id or D-number.", expected, masked(number))


def _debtor_differs(sending: Sending) -> Iterator[Problem]:
    first: dict[str, tuple[str, Debtor]] = {}
    for position, line in enumerate(sending.group.claims):
        for path, debtor in _debtors(line):
            invoice, known = first.setdefault(debtor.number, (line.claim.invoice_number, debtor))
            if debtor.number.strip() and debtor != known:
                message = f"Customer {debtor.number} has other data than on invoice {invoice}."
                yield Problem(path, message, "the same data", ", ".join(_differences(debtor, known)), position)


def _differences(one: Debtor, other: Debtor) -> Iterator[str]:
    """Name the fields that differ; what they hold is personal data."""
    for name in fields_dict(Debtor):
        if name != "address" and getattr(one, name) != getattr(other, name):
            yield name
    for name in fields_dict(Address):
        if getattr(one.address, name) != getattr(other.address, name):
            yield f"address.{name}"


def _account_check_digit(sending: Sending) -> Iterator[Problem]:
    for field in ("payout_account", "agency_account"):
        account = getattr(sending.definition, field)
        if account and not is_account(account):
            yield Problem(field, "This is no account number.", "eleven digits with their check digit", account)


def _currency_not_nok(sending: Sending) -> Iterator[Problem]:
    if sending.definition.currency != "NOK":
        yield Problem("currency", "The amounts of claims are kroner.", "NOK", sending.definition.currency)


_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "account-check-digit": _account_check_digit,
        "currency-not-nok": _currency_not_nok,
        "invoice-number-missing": _each_claim(_invoice_number_missing),
        "invoice-number-twice": _invoice_number_twice,
        "amount-not-positive": _each_claim(_amount_not_positive),
        "amount-over-original": _each_claim(_amount_over_original),
        "amounts-do-not-add-up": _each_claim(_amounts_do_not_add_up),
        "not-overdue": _each_claim(_not_overdue),
        "rate-unknown": _each_claim(_rate_unknown),
        "kid-check-digit": _each_claim(_kid_check_digit),
        "kid-length": _each_claim(_kid_length),
        "debtor-number-missing": _each_debtor(_debtor_number_missing),
        "debtor-name-missing": _each_debtor(_debtor_name_missing),
        "debtor-postcode-missing": _each_debtor(_postcode_missing),
        "debtor-city-missing": _each_debtor(_city_missing),
        "postcode-not-four-digits": _each_debtor(_postcode_not_four_digits),
        "debtor-kind-contradicted": _each_debtor(_debtor_kind_contradicted),
        "organisation-number-check-digit": _each_debtor(_organisation_number_check_digit),
        "national-id-check-digit": _each_debtor(_national_id_check_digit),
        "debtor-differs": _debtor_differs,
    }
)
"""The checks, in the order in which one claim's findings are told. A new check is a function, a row here, and a row
in `lindorff_sdk.findings.CHECKS`."""
