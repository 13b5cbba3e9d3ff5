"""What a check before sending looks at, and what it says."""

from collections.abc import Callable, Container, Iterator, Mapping
from datetime import date
from enum import StrEnum

from attrs import evolve, field, frozen

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.findings import Finding
from lindorff_sdk.models.cases import CollectionGroup, ListedClaim
from lindorff_sdk.models.codes import ClaimKind
from lindorff_sdk.models.parties import Debtor


class Standing(StrEnum):
    """Where an invoice already stands. One that was sent or closed is left out of the export, and of other checks."""

    LISTED = "listed"
    """In another group of the list."""
    SENT = "sent"
    """At the agency, in a live export."""
    CLOSED = "closed"
    """The agency has closed its case."""


@frozen
class Sending:
    """What is about to be sent.

    Attributes:
        group: The claims.
        definition: The agreement.
        today: The day of sending.
        standing: Where invoices already stand, by number.
        unwritable: What the layout cannot hold.
        states: What of the agreement the layout states.
        losses: What the layout has no field for.
    """

    group: CollectionGroup
    definition: ExportDefinition
    today: date
    standing: Mapping[str, Standing] = field(factory=dict)
    unwritable: tuple["Unwritable", ...] = ()
    states: frozenset[str] = frozenset()
    losses: tuple["Loss", ...] = ()

    def lines(self) -> Iterator[tuple[int, ListedClaim]]:
        """Yield the claims that would go, with their places in the group."""
        for position, line in enumerate(self.group.claims):
            if self.standing.get(line.claim.invoice_number, Standing.LISTED) is Standing.LISTED:
                yield position, line


@frozen
class Unwritable:
    """A value that the layout cannot hold.

    Attributes:
        found: What the serializer says.
        field: Path of the field from the listed claim.
        position: Index of the claim in the group; -1 where it is about the definition.
    """

    found: Finding
    field: str
    position: int


@frozen(kw_only=True)
class Loss:
    """A value that the layout has no field for.

    Attributes:
        case: Reference of the case.
        invoice_number: The claim that it is told of: the first of the case where it is the case's.
        field: Path of the field from the listed claim.
        value: What it is.
        otherwise: What a reader of the file takes it for.
    """

    case: str
    invoice_number: str
    field: str
    value: object
    otherwise: object


@frozen
class Problem:
    """What a check caught.

    Attributes:
        field: Path of the field from the listed claim: ``claim.kid``, ``debtor.address.postcode``.
        message: What is wrong.
        position: Index of the claim in the group; -1 where it is about the definition.
        covers: Other fields that are wrong by the same mistake.
    """

    field: str
    message: str
    expected: str = ""
    found: str = ""
    position: int = -1
    covers: tuple[str, ...] = ()


Check = Callable[[Sending], Iterator[Problem]]


_OfClaim = Callable[[ListedClaim, Sending], Iterator[Problem]]


def each_claim(check: _OfClaim, kinds: Container[ClaimKind] = tuple(ClaimKind)) -> Check:
    """Lift a check of one claim to the whole group, to its claims of these kinds."""

    def check_claims(sending: Sending) -> Iterator[Problem]:
        for position, line in sending.lines():
            if line.claim.kind in kinds:
                yield from (evolve(problem, position=position) for problem in check(line, sending))

    return check_claims


def each_invoice(check: _OfClaim) -> Check:
    """Lift a check of one invoice to the whole group: a credit note is not collected, it goes with what it lowers."""
    return each_claim(check, (ClaimKind.INVOICE,))


def each_debtor(check: Callable[[Debtor], Iterator[Problem]]) -> Check:
    """Lift a check of one debtor to every debtor and co-debtor of the group."""

    def check_debtors(line: ListedClaim, _: Sending) -> Iterator[Problem]:
        for path, debtor in debtors(line):
            yield from (evolve(problem, field=f"{path}.{problem.field}") for problem in check(debtor))

    return each_claim(check_debtors)


def debtors(line: ListedClaim) -> Iterator[tuple[str, Debtor]]:
    """Yield the debtors of a claim, each with its path."""
    yield "debtor", line.debtor
    for index, debtor in enumerate(line.co_debtors):
        yield f"co_debtors[{index}]", debtor
