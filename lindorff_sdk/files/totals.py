"""Counts and sums: stated by the file, found in its records."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from lindorff_sdk.files.compile import CompiledFile, Total
from lindorff_sdk.files.layout import Field, Kind
from lindorff_sdk.findings import Finding, finding


def units(item: Field, value: object) -> int:
    """Return a summed value in units of the field's last decimal; nothing counts as zero."""
    if isinstance(value, Decimal):
        return int(value.scaleb(item.decimals))
    return value if isinstance(value, int) else 0


def computed(total: Total, layout: CompiledFile, counts: Sequence[int], sums: Sequence[int]) -> int:
    """Return what a total field must state, given the records counted and the sums found."""
    if total.field.sums:
        return sum(sums[layout.sums.index(name)] for name in total.field.sums)
    named = {record.layout.name: counts[record.index] for record in layout.records}
    return sum(named.values()) if "*" in total.field.counts else sum(named[name] for name in total.field.counts)


def total_findings(
    layout: CompiledFile, counts: Sequence[int], sums: Sequence[int], stated: Sequence[int | None]
) -> Iterator[Finding]:
    """Yield a finding for each stated total that does not hold, with both figures."""
    for total in layout.totals:
        found, expected = stated[total.index], computed(total, layout, counts, sums)
        if found is not None and found != expected:
            what = "sum of " + ", ".join(total.field.sums) if total.field.sums else "number of records"
            yield finding(
                "sum-mismatch" if total.field.sums else "count-mismatch",
                f"The file states another {what} than its records have; nothing of it is used.",
                record=total.record.name,
                column=total.field.start + 1,
                width=total.field.length,
                field=total.field.name,
                expected=shown(total.field, expected),
                found=shown(total.field, found),
            )


def shown(item: Field, number: int) -> str:
    """Return a total as a reader writes it: kroner for an amount, a plain number otherwise."""
    return f"{Decimal(number).scaleb(-item.decimals)}" if item.kind is Kind.AMOUNT else str(number)
