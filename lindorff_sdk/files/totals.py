"""Totals: what a field states about other lines, and what those lines come to."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lindorff_sdk.files.layout import Field, Kind
from lindorff_sdk.files.plan import Accumulator, Extreme, Plan, Stated
from lindorff_sdk.files.tally import Scope, Tally
from lindorff_sdk.files.units import units
from lindorff_sdk.findings import Finding, finding


def computed(stated: Stated, plan: Plan, tally: Tally, scope: Scope | None) -> int | date | None:
    """Return what a total field must state about the object whose lines began at ``scope`` (None: the file).

    Counts and sums come in units of the field's last decimal.
    """
    total = stated.total
    if total.firsts or total.lasts:
        return _extreme(stated, plan, tally)
    where = tuple(sorted((name, tuple(texts)) for name, texts in total.where.items()))
    if total.sums:
        signs = dict.fromkeys(total.sums, 1) | dict.fromkeys(total.less, -1)
        places = {name: plan.accumulators.index(Accumulator(*_parted(name), where, total.absolute)) for name in signs}
        then = scope.sums if scope else None
        found = sum(sign * _since(tally.sums, then, places[name]) for name, sign in signs.items())
        return found % total.modulus if total.modulus else found
    if total.objects:
        return sum(_objects(name, plan, tally, scope) for name in total.objects)
    return (_counted(stated, plan, tally, scope, where) + total.offset) // total.divisor


def _objects(name: str, plan: Plan, tally: Tally, scope: Scope | None) -> int:
    record = plan.record(name)
    if record.layout.group_by:
        return _since(tally.sums, scope.sums if scope else None, record.objects)
    return _since(tally.counts, scope.counts if scope else None, record.index)


def _counted(
    stated: Stated, plan: Plan, tally: Tally, scope: Scope | None, where: tuple[tuple[str, tuple[str, ...]], ...]
) -> int:
    counts = stated.total.counts
    if where:
        indices = [plan.accumulators.index(Accumulator(name, "", where, absolute=False)) for name in counts]
        return sum(_since(tally.sums, scope.sums if scope else None, index) for index in indices)
    others = tally.others - (scope.others if scope else 0) if "*" in counts else 0
    return others + sum(
        _since(tally.counts, scope.counts if scope else None, record.index)
        for record in plan.records
        if "*" in counts or record.layout.name in counts
    )


def _parted(name: str) -> tuple[str, str]:
    record, _, of = name.partition(".")
    return record, of


def _since(now: list[int], then: tuple[int, ...] | None, index: int) -> int:
    return now[index] - (then[index] if then else 0)


def _extreme(stated: Stated, plan: Plan, tally: Tally) -> date | None:
    names, days = (stated.total.firsts, tally.earliest) if stated.total.firsts else (stated.total.lasts, tally.latest)
    seen = [days[plan.extremes.index(Extreme(*name.split(".", 1)))] for name in names]
    found = [day for day in seen if isinstance(day, date)]
    return (min(found) if stated.total.firsts else max(found)) if found else None


def stated_value(item: Field, found: int | date | None) -> object:
    """Return a total as the value that its field holds."""
    if item.kind is Kind.AMOUNT and isinstance(found, int):
        return Decimal(found).scaleb(-item.decimals)
    return found


def total_findings(stated: Stated, plan: Plan, tally: Tally, scope: Scope | None) -> Iterator[Finding]:
    """Yield a finding if a stated total does not hold, with both figures."""
    item, said = stated.field, tally.stated[stated.index]
    expected = computed(stated, plan, tally, scope)
    if (units(item, said) if isinstance(expected, int) else said) == expected:
        return
    total = stated.total
    what = (
        f"sum of {', '.join((*total.sums, *(f'less {name}' for name in total.less)))}"
        if total.sums
        else "number of records"
        if total.counts
        else "number of objects"
        if total.objects
        else f"{'first' if total.firsts else 'last'} date"
    )
    its = "its records come to" if total.sums else "it has" if total.counts or total.objects else "its records have"
    yield finding(
        "sum-mismatch" if total.sums else "count-mismatch" if total.counts or total.objects else "date-mismatch",
        f"The file states another {what} than {its}; nothing of it is used.",
        record=stated.record.name,
        column=item.start + 1,
        width=item.length,
        field=item.name,
        expected=f"{stated_value(item, expected)}",
        found=f"{said}",
    )
