"""Files of any size, read in constant memory: once to see that the totals hold, and once to hand the objects out."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from attrs import define, field, frozen

from lindorff_sdk.errors import FileRefusedError
from lindorff_sdk.files.frames import Frame, Sink
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.lines import block_lines, first_line, lines_of
from lindorff_sdk.files.parser import unrecognised
from lindorff_sdk.files.plan import Group
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.reading import Reading
from lindorff_sdk.files.which import recognised
from lindorff_sdk.findings import Severity, finding
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import Origin

BLOCK = 256 * 1024
"""Bytes read at a time."""
LONGEST_LINE = 64 * 1024
"""Bytes of the longest line; a longer one ends the file."""
_SPOOLED = 8 * 1024 * 1024


@frozen
class Streamed:
    """An object of a file, and where it stood."""

    item: object
    origin: Origin


def iter_parse(
    source: Path | BinaryIO,
    profile: Profile,
    transfer: Transfer | str | None = None,
    *,
    each: str = "",
    file_name: str = "",
    on_error: OnError = OnError.REFUSE_FILE,
) -> Iterator[Streamed]:
    """Yield the objects of a file one by one; memory does not grow with the file.

    The file is read twice: nothing is handed out before its totals are known to hold. What cannot be read twice is
    copied to a temporary file first.

    Args:
        source: A path, or a file open for reading bytes.
        profile: The layout it follows.
        transfer: Which transfer's file it is, or the id of a layout; None to tell by its name and its first lines.
        each: Name of the record whose objects are handed out; those directly in the file unless given. Of a bank file
            the transactions: ``each="amount_item_1"``.
        file_name: Its name, for findings; that of the path unless given.
        on_error: What an error refuses.

    Raises:
        FileRefusedError: If the file is refused; it lists the findings. Nothing was handed out.
        OSError: If it cannot be read.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield from iter_parse(
                file, profile, transfer, each=each, file_name=file_name or source.name, on_error=on_error
            )
        return
    if not source.seekable():
        with tempfile.SpooledTemporaryFile(_SPOOLED) as copy:
            while block := source.read(BLOCK):
                copy.write(block)
            copy.seek(0)
            yield from iter_parse(
                cast("BinaryIO", copy), profile, transfer, each=each, file_name=file_name, on_error=on_error
            )
        return
    start = source.tell()
    head = source.read(BLOCK)
    layout = recognised(profile, head, transfer, file_name) if head.strip(b"\r\n\x1a ") else None
    if layout is None:
        said = unrecognised(profile, head, file_name) if head else finding("file-empty", "The file is empty.")
        raise FileRefusedError(f"The file {file_name or '(unnamed)'} is refused:", [said])
    for handing_out in (False, True):
        source.seek(start)
        streaming = _Streaming(profile.of(layout), layout, file_name, on_error, each)
        for streamed in streaming.objects(source):
            if handing_out:
                yield streamed
        if not handing_out:
            streaming.refuse_or_go_on()


@define(eq=False)
class _Streaming:
    """One pass over a file."""

    profile: Profile
    layout: FileLayout
    file_name: str
    on_error: OnError
    each: str
    reading: Reading = field(init=False)
    frame: Frame = field(init=False)
    number: int = 1
    open_lines: dict[int, str] = field(factory=dict)
    taken: list[object] = field(factory=list)
    model: object | None = None

    def __attrs_post_init__(self) -> None:
        self.reading = Reading(self.profile, self.layout, self.file_name, self.on_error, self._gather)
        self.frame = self.reading.root()

    def _gather(self, group: Group) -> list[object]:
        """Hand out the objects that are wanted; gather the others."""
        records = [record.layout for record in group.records]
        if any(record.under and self.layout.record(record.under).batch for record in records):
            return []  # the batch hands them out when it is complete
        names = {record.name for record in records}
        names |= {
            other.name
            for record in records
            if record.batch
            for other in self.layout.records
            if other.under == record.name
        }
        at_the_top = any(not record.layout.under for record in group.records)
        wanted = self.each in names if self.each else at_the_top
        return Sink(self.taken) if wanted else []

    def refuse_or_go_on(self) -> None:
        """Raise if the file is refused."""
        if self.model is None:
            errors = [found for found in self.reading.all_findings() if found.severity is Severity.ERROR]
            raise FileRefusedError(f"The file {self.file_name or '(unnamed)'} is refused:", errors)

    def objects(self, source: BinaryIO) -> Iterator[Streamed]:
        """Yield the objects as they are complete."""
        for block, last in _blocks(source):
            lines = self._lines(block, last)
            self.open_lines |= enumerate(lines, self.number)
            self.frame = self.reading.read(lines, self.number, self.frame)
            self.number += len(lines)
            if last:
                self.model = self.reading.end(self.frame)
            for item in self.taken:
                yield Streamed(item, self._origin(self.reading.places[id(item)]))
            self._forget()
            if self.reading.failed:
                return

    def _lines(self, block: bytes, last: bool) -> list[str]:
        text = block.decode(self.profile.codec, "surrogateescape")
        if last:
            lines, deviations = lines_of(text, self.profile.line_end, self.layout)
        else:
            lines, deviations = block_lines(text, self.profile.line_end)
        for code, message in deviations:
            self.reading.note(finding(code, message))
        if max(map(len, lines), default=0) > LONGEST_LINE:
            message = f"A line is longer than {LONGEST_LINE} bytes; reading ends there."
            self.reading.note(finding("record-length", message, line=self.number))
            self.reading.failed = True
            return []
        self.reading.clean = self.reading.charset.is_clean(block, self.profile.line_end, len(lines))
        skipped = first_line(self.layout) if self.number == 1 else 0
        self.number += skipped
        return lines[skipped:]

    def _origin(self, number: int) -> Origin:
        line = self.open_lines[number]
        raw = line.encode(self.profile.codec, "surrogateescape")
        view = self.reading.charset.column_view(line)
        return Origin(number, raw, self.reading.recogniser.unique(view, raw, self.profile.codec))

    def _forget(self) -> None:
        """Let go of what was handed out, and of the lines of objects that are complete."""
        self.taken.clear()
        still_open = set()
        at: Frame | None = self.frame
        while at is not None:
            if at.node.opener is not None and at.node.opener.batching is not None:
                return  # its objects are still to be handed out
            still_open |= {at.line, *(group.line for group in at.open_groups)}
            at = at.above
        self.open_lines = {number: line for number, line in self.open_lines.items() if number in still_open}
        self.reading.places.clear()


_BLANK_END = re.compile(rb"(?<=\n)(?:[ \x1a]*\r?\n)+\Z")


def _blocks(source: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield a file in blocks of whole lines, each with whether it is the last.

    Empty lines at the end of a block are kept back: they may be the end of the file.
    """
    rest = b""
    while block := source.read(BLOCK):
        rest += block
        cut = rest.rfind(b"\n") + 1
        blank = _BLANK_END.search(rest, max(0, cut - LONGEST_LINE), cut)
        cut = blank.start() if blank else cut
        if cut:
            yield rest[:cut], False
            rest = rest[cut:]
        elif len(rest) > BLOCK + LONGEST_LINE:
            break
    yield rest, True
