"""The lines of a file, and how their ends and the file's end differ from what the layout says."""

from collections.abc import Sequence

from attrs import frozen

from lindorff_sdk.files.check_recognition import codes_of, has_headed_columns
from lindorff_sdk.files.delimit import cells_of, line_of, not_canonical
from lindorff_sdk.files.fill import UnreadableError
from lindorff_sdk.files.layout import Delimited, FileLayout, Record

_CTRL_Z = "\x1a"

Deviation = tuple[str, str]
"""Code and message of a finding about the file as a whole."""


def last_lines(text: str, line_end: str, layout: FileLayout, before: int) -> tuple[list[str], list[Deviation]]:
    """Return the lines of a file's end, and how its line ends and its end differ from what the layout says.

    Only CR LF and LF end a line; never U+0085 and the other characters at which `str.splitlines` splits. Lines that
    fill the file up are left out; ``before`` is how many lines stand before these.
    """
    lines, deviations = split_lines(text, line_end, layout)
    if layout.padding_line:
        padding = len(lines)
        while lines and lines[-1] == layout.padding_line:
            lines.pop()
        padding -= len(lines)
        if (before + len(lines) + padding) % layout.lines_multiple_of or padding >= layout.lines_multiple_of:
            deviations.append(
                ("file-end-differs", f"The file should have a multiple of {layout.lines_multiple_of} lines.")
            )
    return lines, deviations


def split_lines(text: str, line_end: str, layout: FileLayout) -> tuple[list[str], list[Deviation]]:
    """Return all lines of a file's end."""
    deviations = []
    body = _without_ctrl_z(text)
    lines = body.split(line_end)
    other = "\n" if line_end == "\r\n" else "\r\n"
    if (other == "\r\n" and "\r\n" in body) or (other == "\n" and body.count("\n") >= len(lines)):
        *whole, rest = body.split("\n")
        lines = [*(line.removesuffix("\r") for line in whole), rest]
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


@frozen
class Columns:
    """How the columns of a file stand, which has a header.

    Attributes:
        order: Where the layout's columns stand, in its order; empty if they stand as the layout says.
        width: How many columns there are.
        how: How the lines are delimited.
        others: Records whose columns the header does not name.
    """

    order: tuple[int, ...]
    width: int
    how: Delimited
    others: tuple[Record, ...] = ()

    def sorted(self, line: str) -> str:
        """Return a line with its columns in the layout's order; it is not one where the header does not fit it."""
        try:
            cells = cells_of(line, self.how)
        except UnreadableError:
            return line
        if any(_has_codes(cells, record) for record in self.others):
            return line
        moved = [cells[index] for index in self.order if index < len(cells)]
        if len(cells) == self.width:
            return line_of(moved, self.how)
        if len(cells) < self.width and self.order[: len(cells)] == tuple(range(len(cells))):
            return line  # it lacks the last columns, and the others stand where the layout has them
        # Which values are missing, or what the last ones are, is not known: the line is made too short, or too long.
        further = [*cells[self.width :], *[""] * len(self.order)]
        return line_of(moved[:1] if len(cells) < self.width else [*moved, *further], self.how)


def columns_of(header: str, layout: FileLayout, how: Delimited) -> tuple[Columns, list[Deviation]]:
    """Return how the columns stand by a file's header, and how they differ from what the layout says."""
    fields = layout.records[0].fields
    try:
        given = cells_of(header, how)
    except UnreadableError:
        given = []
    lacking = [item.name for item in fields if not item.optional and item.name not in given]
    as_they_stand = Columns((), len(given), how)
    if lacking:
        return as_they_stand, [("column-missing", f"The header lacks the columns {', '.join(lacking)}.")]
    order = tuple(given.index(item.name) for item in fields if item.name in given)
    if order == tuple(range(len(fields))) and len(order) == len(given):
        said = not_canonical(header, given, how)
        return as_they_stand, [("line-not-canonical", f"{said} It is the header.")] if said else []
    extra = [name for name in given if name not in {item.name for item in fields}]
    older = [item.name for item in fields if item.name not in given]
    said = f" The file lacks {', '.join(older)}, which is optional." if older else ""
    said += f" It also has {', '.join(extra)}, which no field describes." if extra else ""
    message = f"The columns are not those of the layout in its order.{said}"
    others = tuple(record for record in layout.records if not has_headed_columns(record, layout))
    return Columns(order, len(given), how, others), [("columns-differ", message)]


def _has_codes(cells: Sequence[str], record: Record) -> bool:
    """Return whether a line has the constants of a record, and as many values."""
    return len(cells) == len(record.fields) and all(cells[code.start] == code.value for code in codes_of(record))
