"""A record drawn to scale: a ruler over its columns, and the fields below it."""

from collections.abc import Iterator

from lindorff_sdk.files.layout import FileLayout, Record

_WIDE = 80


def ruler(layout: FileLayout, record: Record) -> str:
    """Return a drawing of a record, 80 columns to a line; of a delimited one its line of column names.

    A bar stands in the first column of each field, and as much of the field's name as it has room for.
    """
    if layout.delimited is not None:
        return layout.delimited.delimiter.join(item.name for item in record.fields)
    return "\n".join(_drawn(record))


def _drawn(record: Record) -> Iterator[str]:
    scale = "".join(_tick(column) for column in range(1, record.length + 1))
    fields = "".join(f"|{item.name}"[: item.length].ljust(item.length) for item in record.fields)
    for start in range(0, record.length, _WIDE):
        margin = f"{start + 1:5} "
        yield f"{' ' * len(margin)}{scale[start : start + _WIDE]}"
        yield f"{margin}{fields[start : start + _WIDE]}".rstrip()


def _tick(column: int) -> str:
    if column % 10 == 0:
        return str(column // 10 % 10)
    return ":" if column % 5 == 0 else "."
