"""Values in units of a field's last decimal: what counts and sums are made of."""

from decimal import Decimal

from lindorff_sdk.files.layout import Field


def units(item: Field, value: object) -> int:
    """Return a summed value in units of the field's last decimal; nothing counts as zero."""
    if isinstance(value, Decimal):
        return int(value.scaleb(item.decimals))
    return value if isinstance(value, int) else 0
