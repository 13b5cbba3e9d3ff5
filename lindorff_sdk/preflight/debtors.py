"""Checks of a debtor: who it is, and where."""

from collections.abc import Iterator

from attrs import fields_dict

from lindorff_sdk.findings import masked
from lindorff_sdk.identifiers import is_national_id, is_organisation_number
from lindorff_sdk.models.cases import ListedClaim
from lindorff_sdk.models.codes import DebtorKind
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.preflight.sending import Problem, Sending, debtors


def debtor_number_missing(line: ListedClaim, _: Sending) -> Iterator[Problem]:
    """A debtor has a customer number. Who owes as well, such as a guarantor, need not be a customer."""
    if not line.debtor.number.strip():
        yield Problem("debtor.number", "The customer number is missing.", expected="the creditor's customer number")


def debtor_name_missing(debtor: Debtor) -> Iterator[Problem]:
    """A debtor has a name."""
    if not debtor.name.strip():
        yield Problem("name", "The name is missing.", expected="a full name")


def kind_missing(debtor: Debtor) -> Iterator[Problem]:
    """The law treats people and companies differently, and so does the agency."""
    if debtor.kind is None:
        yield Problem("kind", "It is not known what the debtor is.", expected="private, company or public")


def postcode_missing(debtor: Debtor) -> Iterator[Problem]:
    """An address has a postcode."""
    if not debtor.address.postcode.strip():
        yield Problem("address.postcode", "The postcode is missing.", expected="a postcode")


def city_missing(debtor: Debtor) -> Iterator[Problem]:
    """An address has a town."""
    if not debtor.address.city.strip():
        yield Problem("address.city", "The town is missing.", expected="a town")


def country_missing(debtor: Debtor) -> Iterator[Problem]:
    """An address has a country."""
    if not debtor.address.country.strip():
        yield Problem("address.country", "The country is missing.", expected="a country of two letters, such as NO")


def postcode_not_four_digits(debtor: Debtor) -> Iterator[Problem]:
    """A Norwegian postcode has four digits."""
    postcode = debtor.address.postcode
    right = len(postcode) == 4 and postcode.isascii() and postcode.isdigit()
    if debtor.address.country.strip().upper() == "NO" and postcode.strip() and not right:
        yield Problem("address.postcode", "This is no Norwegian postcode.", "four digits", postcode)


def debtor_kind_contradicted(debtor: Debtor) -> Iterator[Problem]:
    """The identifier says the same of the debtor as its kind."""
    if debtor.kind is DebtorKind.PRIVATE and debtor.organisation_number:
        message = "A private debtor has an organisation number."
        yield Problem("kind", message, "company, or no organisation number", debtor.organisation_number)
    if debtor.kind in {DebtorKind.COMPANY, DebtorKind.PUBLIC} and debtor.national_id:
        message = f"A debtor of kind {debtor.kind} has a national id."
        yield Problem("kind", message, "private, or no national id", masked(debtor.national_id))


def organisation_number_check_digit(debtor: Debtor) -> Iterator[Problem]:
    """An organisation number has its check digit."""
    number = debtor.organisation_number
    if number and not is_organisation_number(number):
        expected = "nine digits with their check digit"
        yield Problem("organisation_number", "This is no organisation number.", expected, number)


def national_id_check_digit(line: ListedClaim, sending: Sending) -> Iterator[Problem]:
    """A national id or D-number has its check digits, and is a real person's where the definition says so."""
    for path, debtor in debtors(line):
        number, synthetic = debtor.national_id, sending.definition.synthetic_national_ids
        if number and not is_national_id(number, synthetic=synthetic):
            expected = "eleven digits with their check digits" + ("" if synthetic else ", of no test population")
            yield Problem(f"{path}.national_id", "This is no national id or D-number.", expected, masked(number))


def debtor_differs(sending: Sending) -> Iterator[Problem]:
    """A customer number stands for one debtor."""
    first: dict[str, tuple[str, Debtor]] = {}
    for position, line in sending.lines():
        for path, debtor in debtors(line):
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
