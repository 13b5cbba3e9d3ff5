"""The lines of a file, and how their ends and the file's end differ from what the layout says."""

from collections.abc import Sequence

from lindorff_sdk.files.delimit import cells_of, line_of
from lindorff_sdk.files.fill import UnreadableError
from lindorff_sdk.files.layout import Delimited, FileLayout

_CTRL_Z = "\x1a"

Deviation = tuple[str, str]
"""Code and message of a finding about the file as a whole."""


def lines_of(text: str, line_end: str, layout: FileLayout) -> tuple[list[str], list[Deviation]]:
    """Return a file's lines, and how its line ends and its end differ from what the layout says.

    Only CR LF and LF end a line; never U+0085 and the other characters at which `str.splitlines` splits. Lines that
    fill the file up are left out, and so is a header; where one stands, the first line of the answer is empty.
    """
    lines, deviations = split_lines(text, line_end, layout)
    if layout.padding_line:
        padding = len(lines)
        while lines and lines[-1] == layout.padding_line:
            lines.pop()
        padding -= len(lines)
        if (len(lines) + padding) % layout.lines_multiple_of or padding >= layout.lines_multiple_of:
            deviations.append(
                ("file-end-differs", f"The file should have a multiple of {layout.lines_multiple_of} lines.")
            )
    if layout.delimited is not None and layout.delimited.header:
        deviations += _header(lines, layout, layout.delimited)
    return lines, deviations


def first_line(layout: FileLayout) -> int:
    """Return how many lines of a file stand before its first record: 1 where there is a header."""
    return 1 if layout.delimited is not None and layout.delimited.header else 0


def split_lines(text: str, line_end: str, layout: FileLayout) -> tuple[list[str], list[Deviation]]:
    """Return all lines of a file."""
    deviations = []
    body = _without_ctrl_z(text)
    lines = body.split(line_end)
    other = "\n" if line_end == "\r\n" else "\r\n"
    if (other == "\r\n" and "\r\n" in body) or (other == "\n" and body.count("\n") >= len(lines)):
        lines = [line.removesuffix("\r") for line in body.split("\n")]
        deviations.append(("line-end-differs", "Some lines end otherwise than the profile says."))
    trailing = 0
    while lines and lines[-1].strip(" ") == "":
        lines.pop()
        trailing += 1
    if trailing != int(layout.final_line_end) or text != body + _CTRL_Z * layout.ctrl_z:
        deviations.append(("file-end-differs", "The file should end as the layout says, with nothing after it."))
    return lines, deviations


def block_lines(text: str, line_end: str) -> tuple[list[str], list[Deviation]]:
    """Return the lines of a block of whole lines from the midst of a file."""
    lines = text.split(line_end)
    if line_end == "\r\n" and text.count("\n") == len(lines) - 1 and not lines[-1]:
        return lines[:-1], []
    if line_end == "\n" and "\r\n" not in text:
        return lines[:-1], []
    others = [line.removesuffix("\r") for line in text.split("\n")[:-1]]
    return others, [("line-end-differs", "Some lines end otherwise than the profile says.")]


def _without_ctrl_z(text: str) -> str:
    """Return a text up to the Ctrl-Z behind which nothing but blanks, line ends and further ones follow."""
    at = text.find(_CTRL_Z, len(text.rstrip(f"{_CTRL_Z}\r\n ")))
    return text if at < 0 else text[:at]


def file_text(lines: Sequence[str], line_end: str, layout: FileLayout) -> tuple[str, int]:
    """Return the text of a file of these lines, and how many line ends it has."""
    missing = -len(lines) % layout.lines_multiple_of if layout.padding_line else 0
    every = [*lines, *[layout.padding_line] * missing]
    text = line_end.join(every) + line_end * bool(every and layout.final_line_end) + _CTRL_Z * layout.ctrl_z
    return text, len(every) - (not layout.final_line_end) if every else 0


def header_line(layout: FileLayout, how: Delimited) -> str:
    """Return the line that holds the names of the columns."""
    return line_of([item.name for item in layout.records[0].fields], how)


def _header(lines: list[str], layout: FileLayout, how: Delimited) -> list[Deviation]:
    """Put the columns of all lines into the layout's order by the header; leave an empty line in its place."""
    fields = layout.records[0].fields
    try:
        given = cells_of(lines[0], how) if lines else []
    except UnreadableError:
        given = []
    lines[:1] = [""]
    needed = [item.name for item in fields if not item.optional]
    lacking = [name for name in needed if name not in given]
    if lacking:
        return [("column-missing", f"The header lacks the columns {', '.join(lacking)}.")]
    order = [given.index(item.name) for item in fields if item.name in given]
    if order == list(range(len(fields))) and len(order) == len(given):
        return []
    for number, line in enumerate(lines[1:], 1):
        lines[number] = _reordered(line, order, len(given), how)
    extra = [name for name in given if name not in {item.name for item in fields}]
    said = f" It also has {', '.join(extra)}, which no field describes." if extra else ""
    return [("columns-differ", f"The columns are not those of the layout in its order.{said}")]


def _reordered(line: str, order: Sequence[int], width: int, how: Delimited) -> str:
    """Return a line in the layout's order; one that has not as many values as the header must not be taken for it."""
    try:
        cells = cells_of(line, how)
    except UnreadableError:
        return line
    moved = [cells[index] for index in order if index < len(cells)]
    if len(cells) == width:
        return line_of(moved, how)
    if len(cells) < width and order[: len(cells)] == list(range(len(cells))):
        return line  # it lacks the last columns, and the others stand where the layout has them
    # Which values are missing, or what the last ones are, is not known: the line is made too short, or too long.
    return line_of(moved[:1] if len(cells) < width else [*moved, *cells[width:], *[""] * len(order)], how)
