"""Delimited lines: parted into values, and put together again."""

import csv
import io
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from lindorff_sdk.files.fill import UnreadableError
from lindorff_sdk.files.layout import Delimited
from lindorff_sdk.findings import Finding, finding


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


def not_canonical(line: str, cells: Sequence[str], how: Delimited) -> str:
    """Return how a line differs from how the layout writes its values; ``""`` if it does not."""
    try:
        written = line_of(cells, how)
    except UnreadableError:
        return "The layout has no quotes, and would not write these values."
    if line == written:
        return ""
    if line + how.delimiter == written:
        return f"The line lacks the {how.delimiter!r} that ends it."
    return "The layout would quote the values of the line otherwise."


def unparted(line: str, how: Delimited, record: str = "") -> Finding:
    """Return the finding of a line that `cells_of` cannot part: which value it is, and where its quote stands."""
    value, message = _mistake(line, how)
    expected = f"a quote within a value behind {how.escape!r}" if how.escape else "a quote within a value doubled"
    return finding("line-unparted", message, record=record, column=value, expected=expected if value else "")


def _mistake(line: str, how: Delimited) -> tuple[int, str]:
    """Return the value, from 1, at which a line cannot be parted, and why; 0 if no quote is to blame."""
    quoted, plain = _patterns(how)
    at, value = 0, 1
    while at <= len(line):
        if how.quote and line.startswith(how.quote, at):
            closed = quoted.match(line, at)
            if closed is None:
                return value, f"The quote at character {at + 1} of the line is never closed."
            at = closed.end()
            if line[at : at + 1] not in ("", how.delimiter):
                return value, f"The quote at character {at} of the line closes its value, and more of it follows."
        else:
            at = cast("re.Match[str]", plain.match(line, at)).end()
        at, value = at + 1, value + 1
    return 0, "The line holds a carriage return, or ends within a value."


@lru_cache(maxsize=32)
def _patterns(how: Delimited) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what a value in quotes looks like, and one without."""
    quote, escape, delimiter = re.escape(how.quote), re.escape(how.escape), re.escape(how.delimiter)
    within = f"{escape}." if how.escape else quote * 2
    quoted = f"{quote}(?:[^{quote}{escape}]|{within})*+{quote}" if how.quote else "(?!)"
    escaped = f"|{escape}." if how.escape else ""
    return re.compile(quoted, re.DOTALL), re.compile(f"(?:[^{delimiter}{escape}]{escaped})*+", re.DOTALL)


def _dialect(how: Delimited) -> dict[str, Any]:
    return {
        "delimiter": how.delimiter,
        "quotechar": how.quote or None,
        "doublequote": not how.escape,
        "escapechar": how.escape or None,
        "quoting": csv.QUOTE_MINIMAL if how.quote else csv.QUOTE_NONE,
    }
