"""Delimited lines: parted into values, and put together again."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from lindorff_sdk.files.fill import UnreadableError
from lindorff_sdk.files.layout import Delimited


def cells_of(line: str, how: Delimited) -> list[str]:
    """Return the values of a line.

    Raises:
        UnreadableError: If quotes are open at its end, or stand where they may not.
    """
    try:
        (cells,) = csv.reader([line], strict=True, **_dialect(how)) if line else ([],)
    except (csv.Error, ValueError):
        raise UnreadableError("quotes that are closed, and doubled within a value") from None
    if how.trailing and cells and cells[-1] == "":
        cells.pop()
    return cells


def line_of(cells: Sequence[str], how: Delimited) -> str:
    """Return the line of these values.

    Raises:
        UnreadableError: If a value needs quotes and the layout has none.
    """
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if how.quote_all else csv.QUOTE_MINIMAL
    dialect = _dialect(how) | {"quoting": quoting if how.quote else csv.QUOTE_NONE}
    try:
        csv.writer(out, lineterminator="", **dialect).writerow(cells)
    except csv.Error:
        raise UnreadableError(f"values without {how.delimiter!r}: the layout has no quotes") from None
    return out.getvalue() + how.delimiter * how.trailing


def _dialect(how: Delimited) -> dict[str, Any]:
    return {
        "delimiter": how.delimiter,
        "quotechar": how.quote or None,
        "doublequote": not how.escape,
        "escapechar": how.escape or None,
        "quoting": csv.QUOTE_MINIMAL if how.quote else csv.QUOTE_NONE,
    }
