"""Files of any size, read in constant memory: once to see that the totals hold, and once to hand the objects out."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import attrs
from attrs import define, evolve, field, frozen

from lindorff_sdk.errors import ProfileError
from lindorff_sdk.files.blocks import BLOCK, SameTwice, blocks, filled, is_blank
from lindorff_sdk.files.frames import Frame, Sink
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.origins import origin
from lindorff_sdk.files.parser import refused, unrecognised
from lindorff_sdk.files.passing import Pass
from lindorff_sdk.files.plan import Group, PlannedRecord
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.reading import Reading
from lindorff_sdk.files.which import recognised
from lindorff_sdk.findings import finding
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile, Origin, ParsedFile

_SPOOLED = 8 * 1024 * 1024


@frozen
class Streamed:
    """An object of a file, and where it stood.

    Attributes:
        item: The object.
        origin: Where it stood.
        kept: Reserved areas of it and of what it holds, as `lindorff_sdk.models.parsed.ParsedFile.kept` has them.
    """

    item: object
    origin: Origin
    kept: Mapping[tuple[int, str], str] = field(factory=dict, repr=False)


@frozen(eq=False)
class Survey:
    """What the first reading of a file found.

    Attributes:
        file: What `lindorff_sdk.files.parser.parse` gives: the findings, whether the file is refused, and its model, in
            which the objects are missing that are handed out one by one.
    """

    file: ParsedFile[AnyFile]
    _again: Callable[[], Iterator[Streamed]] = field(repr=False)

    def objects(self) -> Iterator[Streamed]:
        """Yield the objects one by one, in the order in which they are complete; the file is read once more.

        Raises:
            FileRefusedError: If the file is refused, before anything is handed out; or if it is no longer the file that
                was read first, before anything of what changed is.
        """
        self.file.require()
        yield from self._again()


def iter_parse(
    source: Path | BinaryIO,
    profile: Profile,
    transfer: Transfer | str | None = None,
    *,
    each: str = "",
    file_name: str = "",
    on_error: OnError = OnError.REFUSE_FILE,
) -> Iterator[Streamed]:
    """Yield the objects of a file one by one; memory does not grow with the file, only with its largest object.

    The file is read twice: nothing is handed out before its totals are known to hold. What cannot be read twice is
    copied to a temporary file first. Who wants the findings of a file that is not refused, or its totals before its
    objects, calls `survey`.

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
        ProfileError: If no record of the layout that opens objects is called ``each``.
        OSError: If it cannot be read.
    """
    with survey(source, profile, transfer, each=each, file_name=file_name, on_error=on_error) as surveyed:
        yield from surveyed.objects()


@contextmanager
def survey(
    source: Path | BinaryIO,
    profile: Profile,
    transfer: Transfer | str | None = None,
    *,
    each: str = "",
    file_name: str = "",
    on_error: OnError = OnError.REFUSE_FILE,
) -> Iterator[Survey]:
    """Read a file through in constant memory, and give what was found; its objects can then be had one by one.

    Args:
        source: As for `iter_parse`, and so are the others.
        profile: The layout it follows.
        transfer: Which transfer's file it is.
        each: Name of the record whose objects are handed out.
        file_name: Its name.
        on_error: What an error refuses.

    Raises:
        ProfileError: If no record of the layout that opens objects is called ``each``.
        OSError: If it cannot be read.
    """
    if isinstance(source, Path):
        with source.open("rb") as opened:
            name = file_name or source.name
            yield _surveyed(opened, profile, transfer, each=each, file_name=name, on_error=on_error)
    elif source.seekable():
        yield _surveyed(source, profile, transfer, each=each, file_name=file_name, on_error=on_error)
    else:
        with tempfile.SpooledTemporaryFile(_SPOOLED) as copy:
            while block := source.read(BLOCK):
                copy.write(block)
            copy.seek(0)
            file = cast("BinaryIO", copy)
            yield _surveyed(file, profile, transfer, each=each, file_name=file_name, on_error=on_error)


def _surveyed(
    file: BinaryIO,
    profile: Profile,
    transfer: Transfer | str | None,
    *,
    each: str,
    file_name: str,
    on_error: OnError,
) -> Survey:
    start = file.tell()
    head = filled(file, BLOCK)
    blank = is_blank(head)
    while blank and (more := filled(file, BLOCK)):
        blank = is_blank(more)
    file.seek(start)
    layout = None if blank else recognised(profile, head, transfer, file_name)
    if layout is None:
        empty = finding("file-empty", "The file is empty.", file=file_name)
        said = empty if blank else unrecognised(profile, head, file_name)
        return Survey(refused(file_name, transfer, said), lambda: iter(()))
    if each and all(record.name != each or not record.opens for record in layout.records):
        raise ProfileError(f"No record {each!r} of layout {layout.id} of profile {profile.id} opens an object.")
    source = SameTwice(file, file_name)
    first = _Handing(Reading(file_name, on_error, profile.of(layout), layout), each)
    for _ in first.go_through(source):
        pass  # what is set aside is let go of: nothing is handed out before the whole file was read
    return Survey(first.result(), lambda: _handed_out(source, first.reading, each))


def _handed_out(source: SameTwice, before: Reading, each: str) -> Iterator[Streamed]:
    """Yield the objects of a file that was read before."""
    reading = Reading(before.file_name, before.on_error, before.profile, before.layout, refused=before.refused)
    handing = _Handing(reading, each)
    source.rewind()
    for _ in handing.go_through(source):
        yield from handing.streamed()


@define(eq=False)
class _Handing:
    """One way through a file, in which objects are set aside to be handed out.

    Attributes:
        each: Name of the record whose objects these are; those directly in the file if it is empty.
        taken: Objects of the last block, set aside.
        open_lines: The lines of the last block, and those that opened objects which are not complete, by number.
        few: How many of them, and of notes about objects, are not yet worth looking through.
    """

    reading: Reading
    each: str
    taken: list[object] = field(factory=list)
    open_lines: dict[int, str] = field(factory=dict)
    few: int = 0
    passing: Pass = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.reading.gather = self._gather
        self.passing = Pass(self.reading)

    def _gather(self, group: Group) -> list[object]:
        """Set aside the objects that are wanted, gather what these hold, and let go of all others."""
        above = group.records[0].parent.opener
        if above is not None and above.batching is not None:
            return []  # the batch hands them out when it is complete
        while above is not None:
            if self._is_wanted(above):
                return []
            above = above.parent.opener
        wanted = {record.model for record in self._opening(group.records) if self._is_wanted(record)}
        return Sink(wanted, self.taken, self.reading.discarded)

    def _opening(self, records: Iterable[PlannedRecord]) -> Iterator[PlannedRecord]:
        """Yield the records that open what a group holds in the end: of a batch those below it."""
        for record in records:
            if record.batching is None:
                yield record
            elif record.node is not None:
                groups = (member for member in record.node.members if isinstance(member, Group))
                yield from self._opening(below for group in groups for below in group.records)

    def _is_wanted(self, record: PlannedRecord) -> bool:
        if self.each:
            return record.layout.name == self.each
        above = record.parent.opener
        while above is not None and above.batching is not None:
            above = above.parent.opener
        return above is None

    def go_through(self, source: SameTwice) -> Iterator[None]:
        """Read the file, and come to a halt after each block."""
        for block in blocks(source, self.passing.padding, BLOCK):
            self._forget()
            first, refused_before = self.passing.number, len(self.reading.discarded)
            self.open_lines |= enumerate(self.passing.take(block), first)
            self.passing.look_at([*self.taken, *self.reading.discarded[refused_before:]])
            yield

    def streamed(self) -> Iterator[Streamed]:
        """Yield the objects of the last block."""
        for item in self.taken:
            number = self.reading.places[id(item)]
            yield Streamed(item, origin(self.reading, number, self.open_lines[number]), self._kept(item))

    def _kept(self, item: object) -> dict[tuple[int, str], str]:
        kept = self.reading.kept
        inside = {id(each) for each in _inside(item)} if kept else set()
        return {key: text for key, text in kept.items() if key[0] in inside} if inside else {}

    def result(self) -> ParsedFile[AnyFile]:
        """Return what the file turned out to hold, beside the objects that were set aside."""
        found = self.passing.result({})
        kept = {key: text for key, text in self.reading.kept.items() if key[0] == id(found.model)}
        return evolve(found, kept=kept)

    def _forget(self) -> None:
        """Let go of what was handed out, and of what was noted of objects that are complete."""
        reading, frames = self.reading, [*_open(self.passing.frame)]
        reading.discarded += self.taken
        self.taken.clear()
        if any(frame.node.opener is not None and frame.node.opener.batching is not None for frame in frames):
            return  # what stands in a batch is still to be handed out
        if len(self.open_lines) + len(reading.kept) + len(reading.places) <= self.few:
            return
        reading.discarded.clear()
        numbers = {frame.line for frame in frames}
        inside = {id(each) for frame in frames for part in frame.parts for each in _inside(part)}
        self.open_lines = {number: line for number, line in self.open_lines.items() if number in numbers}
        reading.kept = {key: text for key, text in reading.kept.items() if key[0] in inside}
        reading.places.keep(inside)
        # Were they looked through after every block, objects that stay open long would cost time by their square.
        self.few = 2 * (len(self.open_lines) + len(reading.kept) + len(reading.places))


def _open(frame: Frame | None) -> Iterator[Frame]:
    """Yield an object that is open, and all that are around and beside it."""
    while frame is not None:
        yield frame
        yield from frame.open_groups
        frame = frame.above


def _inside(item: object) -> Iterator[object]:
    """Yield an object of a model, or what was gathered of one, with all that it holds."""
    if isinstance(item, (list, tuple)):
        for each in item:
            yield from _inside(each)
    elif attrs.has(type(item)):
        yield item
        for attribute in attrs.fields(cast("type[attrs.AttrsInstance]", type(item))):
            yield from _inside(getattr(item, attribute.name))
