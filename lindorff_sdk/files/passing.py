"""One way through a file, block by block: bytes become lines, and lines what `reading.py` makes of them."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import cast

from attrs import define, field

from lindorff_sdk.files.blocks import LONGEST_LINE, Block
from lindorff_sdk.files.frames import Frame, root_frame
from lindorff_sdk.files.kids import wrong_kids
from lindorff_sdk.files.lines import Columns, Deviation, block_lines, columns_of, last_lines
from lindorff_sdk.files.policy import MAX_FINDINGS
from lindorff_sdk.files.reading import Reading
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile, Origin, ParsedFile


@define(eq=False)
class Pass:
    """One way through a file.

    Attributes:
        reading: What its lines come to.
        number: Number of the next line.
        columns: How its columns stand, once its header was seen.
        model: The file's object, once its last block was taken; None if it is refused.
        doubted: What is wrong with objects that could be read, with their lines; said only of a file that is used.
        further: How many more of these there are.
        frame: The object that is open.
        root: The object of the file itself.
    """

    reading: Reading
    number: int = 1
    columns: Columns | None = None
    model: object | None = None
    doubted: list[tuple[int, Finding]] = field(factory=list)
    further: int = 0
    root: Frame = field(init=False)
    frame: Frame = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.root = self.frame = root_frame(self.reading.plan.root, 0, self.reading.gather)

    @property
    def padding(self) -> bytes:
        """The line that fills the file up; empty if none does."""
        return self.reading.layout.padding_line.encode(self.reading.profile.codec)

    def take(self, block: Block) -> list[str]:
        """Read a block and return its lines, their columns in the layout's order."""
        reading, before = self.reading, self.columns
        lines, deviations = self.lines_of(block)
        for code, message in deviations:
            reading.note_of_file(finding(code, message))
        reading.clean = reading.charset.is_clean(block.data, reading.profile.line_end, len(lines))
        first = int(before is not self.columns)  # the header is no line of the layout
        self.frame = reading.read(lines[first:] if first else lines, self.number - len(lines) + first, self.frame)
        self._end(block)
        return lines

    def lines_of(self, block: Block) -> tuple[list[str], list[Deviation]]:
        """Return a block's lines, their columns in the layout's order, and how they differ from what it says."""
        lines, deviations = self._split(block)
        layout, first = self.reading.layout, 0
        how = layout.delimited
        if how is not None and how.header:
            if self.columns is None and (lines or block.is_last):
                self.columns, more = columns_of(lines[0] if lines else "", layout, how)
                deviations, first = [*deviations, *more], 1
                self.reading.columns = len(self.columns.order)
                lines[:1] = [""]
            if self.columns is not None and self.columns.order:
                lines[first:] = map(self.columns.sorted, lines[first:])
        self.number += len(lines)
        return lines, deviations

    def _split(self, block: Block) -> tuple[list[str], list[Deviation]]:
        # A byte the codec does not know becomes a lone surrogate, which no canonical line holds; it is turned back
        # into the byte when the line is gone through field by field.
        text = block.data.decode(self.reading.profile.codec, "surrogateescape")
        if block.is_last:
            return last_lines(text, self.reading.profile.line_end, self.reading.layout, self.number - 1)
        return block_lines(text, self.reading.profile.line_end)

    def _end(self, block: Block) -> None:
        if block.is_broken_off:
            message = f"A line is longer than {LONGEST_LINE} bytes; reading ends there."
            self.reading.note(finding("record-length", message), self.number)
            self.reading.failed = True
        elif block.is_last:
            self.root.line = self.number - 1
            self.model = self.reading.end(self.frame)

    def look_at(self, items: Iterable[object]) -> None:
        """Look at objects of the file that are complete, refused ones too, for what no single field tells."""
        if self.reading.layout.transfer is Transfer.BANK:
            places = self.reading.places
            wrong = ((places[id(item)], found) for item, found in wrong_kids(items, self.reading.layout))
            for line, found in sorted(wrong, key=itemgetter(0)):
                if len(self.doubted) < MAX_FINDINGS:
                    self.doubted.append((line, found))
                else:
                    self.further += 1

    def result(self, origins: Mapping[int, Origin]) -> ParsedFile[AnyFile]:
        """Return what the file turned out to hold."""
        reading = self.reading
        if self.model is not None:
            for line, found in self.doubted:
                reading.note(found, line)
            reading.cut += self.further
        return ParsedFile(
            reading.file_name,
            reading.layout.transfer,
            cast("AnyFile | None", self.model),
            tuple(reading.all_findings()),
            origins,
            reading.layout.id,
            reading.kept,
            reading.unread,
        )
