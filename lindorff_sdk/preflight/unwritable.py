"""What the layout cannot hold, told of invoices: the ERP does not know yet how claims form cases."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from lindorff_sdk.findings import Finding
from lindorff_sdk.preflight.sending import Problem, Sending, Unwritable, debtors

CODEC = "text-outside-codec"
"""The code of what only the character set lacks."""


def unwritable(found: Sequence[Finding], sending: Sending) -> tuple[Unwritable, ...]:
    """Return what the layout cannot hold, each once for each invoice; totals that follow from it are left out.

    Args:
        found: What the serializer says, of cases, debtors and claims.
        sending: What is about to be sent.
    """
    if not found:
        return ()
    places = _places(sending)
    placed = {
        (each.position, each.field): each
        for finding in reversed(found)  # of two at one place the first is told
        for each in _placed(finding, places)
    }
    if not placed:
        placed = {(-1, finding.field): Unwritable(finding, finding.field, -1) for finding in found}
    return tuple(placed.values())


def codec_problems(sending: Sending) -> Iterator[Problem]:
    """Yield the texts that the codec cannot hold."""
    for each in sending.unwritable:
        if each.found.code == CODEC:
            message = "The profile's character set lacks a character of this text."
            yield Problem(each.field, message, each.found.expected, each.found.found, each.position)


def _places(sending: Sending) -> dict[str, list[tuple[int, str]]]:
    """Return the claims that the names in the serializer's findings mean, each with the path to what is named."""
    places: dict[str, list[tuple[int, str]]] = {}
    by_number: dict[str, int] = {}
    for position, line in sending.lines():
        by_number[line.claim.invoice_number] = position
        places.setdefault(f"invoice {line.claim.invoice_number}", []).append((position, "claim."))
        for path, debtor in debtors(line):
            places.setdefault(f"debtor {debtor.number}", []).append((position, f"{path}."))
    going = evolve(sending.group, claims=tuple(line for _, line in sending.lines()))
    for case in going.cases():
        mine = [(by_number[claim.invoice_number], "") for claim in case.claims]
        places.setdefault(f"case {case.reference}", []).extend(mine)
    return places


def _placed(found: Finding, places: dict[str, list[tuple[int, str]]]) -> Iterator[Unwritable]:
    if found.field.startswith("envelope."):
        yield Unwritable(found, found.field.removeprefix("envelope."), -1)
    elif found.field == "reference" and found.subject.startswith("case "):
        # The reference of a case is its first invoice number, and told as such.
        yield from (Unwritable(found, "claim.invoice_number", at) for at, _ in places.get(found.subject, [])[:1])
    elif found.subject in places:
        field = found.field.removeprefix("claims.")
        yield from (Unwritable(found, path + field, at) for at, path in places[found.subject])
    # What is left is a total, most likely: it cannot be right before its claims are.
