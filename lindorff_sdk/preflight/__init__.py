"""Checks before sending: everything that is wrong with a group, told at once and before anything is stored.

Each check is a small function with a stable code of `lindorff_sdk.findings.CHECKS`; `lindorff_sdk.preflight.table`
joins the two. `lindorff_sdk.check_before_sending` runs them with what the layout says.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from attrs import evolve, frozen

from lindorff_sdk.definition import CheckLevel, ExportDefinition
from lindorff_sdk.findings import CHECKS, CODES, Finding, Severity, finding
from lindorff_sdk.models.cases import CollectionGroup
from lindorff_sdk.preflight.sending import Loss, Problem, Sending, Standing, Unwritable
from lindorff_sdk.preflight.table import TABLE
from lindorff_sdk.preflight.unwritable import unwritable

__all__ = ["Standing", "check_group"]


def check_group(
    group: CollectionGroup,
    definition: ExportDefinition,
    *,
    today: date,
    standing: Mapping[str, Standing] | None = None,
    not_held: Sequence[Finding] = (),
    states: Collection[str] = ("payout_account",),
    losses: Iterable[Loss] = (),
) -> tuple[Finding, ...]:
    """Return everything that the checks catch in a group, in the order of its claims.

    Args:
        group: The claims to be sent.
        definition: The agreement they are sent under; its ``checks`` change the severity of a check, or switch it off.
        today: The day of sending.
        standing: Where invoices already stand, by number. Those sent or closed are left out of the other checks.
        not_held: What the layout cannot hold, as the serializer tells it; told once where a check says it too.
        states: Settings of the definition that the layout states.
        losses: What the layout has no field for.

    Returns:
        Findings that name the invoice (``subject``) and the field. Findings about the definition come first. National
        ids are masked. A group is fit to be sent if none is of severity error.
    """
    sending = Sending(group, definition, today, standing or {}, states=frozenset(states), losses=tuple(losses))
    sending = evolve(sending, unwritable=unwritable(not_held, sending))
    levels = {code: definition.checks.get(code) for code in TABLE}
    caught = [
        _Caught(_finding(code, problem, levels[code], sending), problem)
        for code, row in TABLE.items()
        if levels[code] is not CheckLevel.OFF
        for problem in row.check(sending)
    ]
    told = [*_without_weaker(caught, sending), *_not_told(caught, sending)]
    # The sort is stable: one claim's findings stay in the order of the table.
    return tuple(item for _, item in sorted(told, key=lambda pair: pair[0]))


@frozen
class _Caught:
    """A finding of a check, and its problem."""

    finding: Finding
    problem: Problem

    @property
    def keys(self) -> set[tuple[int, str]]:
        return {(self.problem.position, field) for field in (self.problem.field, *self.problem.covers)}

    @property
    def stops(self) -> bool:
        return self.finding.severity is Severity.ERROR


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


def _without_weaker(caught: list[_Caught], sending: Sending) -> Iterator[tuple[int, Finding]]:
    """Yield what the checks caught, less the warnings about what the layout refuses."""
    refused = {(each.position, each.field) for each in sending.unwritable}
    for each in caught:
        if each.stops or not refused & {(each.problem.position, each.problem.field)}:
            yield each.problem.position, each.finding


def _not_told(caught: list[_Caught], sending: Sending) -> Iterator[tuple[int, Finding]]:
    """Yield what the layout cannot hold and no check has told as an error."""
    told = set[tuple[int, str]]().union(*(each.keys for each in caught if each.stops))
    for each in sending.unwritable:
        if (each.position, each.field) not in told:
            yield each.position, _refusal(each, sending)


def _refusal(each: Unwritable, sending: Sending) -> Finding:
    """Return the finding of a layout that cannot hold a value, whatever the level of a check is."""
    row = CODES["field-unwritable"]
    return evolve(
        each.found,
        code="field-unwritable",
        severity=row.severity,
        message=f"{each.found.message} {row.cure}",
        field=each.field,
        subject=_subject(each.position, sending),
    )
