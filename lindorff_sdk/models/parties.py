"""Debtors and their addresses."""

from datetime import date

from attrs import field, frozen

from lindorff_sdk.findings import masked
from lindorff_sdk.models.codes import DebtorKind

PERSONAL = frozenset(
    {"name", "national_id", "birth_date", "care_of", "line1", "line2", "phone", "mobile", "email", "contact"}
    | {"dispute_text", "text"}
)
"""Attributes of debtors, and free texts that may be about one, which findings mask."""


def shown(path: str, value: object) -> str:
    """Return the value of an attribute as a finding shows it: masked where it is personal."""
    if path.rpartition(".")[2] in PERSONAL:
        return repr(masked(str(value)))
    return repr(str(value)) if isinstance(value, str) else str(value)


def _masked_repr(value: object) -> str:
    """Personal identifiers are never shown whole."""
    return repr(masked(str(value))) if value else repr(value)


@frozen(kw_only=True)
class Address:
    """A postal address. Norwegian postcodes have four digits; they are text, so leading zeros stay."""

    care_of: str = ""
    line1: str = ""
    line2: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "NO"
    """ISO 3166 two-letter code."""


@frozen(kw_only=True)
class Debtor:
    """Who owes: a person, a company or a public body.

    Attributes:
        number: The debtor's customer number at the creditor, as text.
        kind: Private, company or public body; None if the ERP does not know, which the checks before sending refuse.
        name: Full name or company name.
        national_id: National identity number (*fødselsnummer*) or D-number; masked in ``repr``.
        organisation_number: Nine digits, as text.
        birth_date: For a private debtor whose national id is not known; masked in ``repr``.
        language: ISO 639 code for letters to the debtor: ``nb``, ``nn``, ``en`` ...
        contact: Contact person.
    """

    number: str
    kind: DebtorKind | None
    name: str
    address: Address = Address()
    national_id: str = field(default="", repr=_masked_repr)
    organisation_number: str = ""
    birth_date: date | None = field(default=None, repr=_masked_repr)
    language: str = "nb"
    phone: str = ""
    mobile: str = ""
    email: str = ""
    contact: str = ""
