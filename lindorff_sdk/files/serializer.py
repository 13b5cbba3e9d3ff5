"""Models to bytes: all of it, or every reason why not."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import cast

from attrs import define, evolve, field, frozen

from lindorff_sdk.errors import ProfileError, SerializeError
from lindorff_sdk.files.batches import in_batches
from lindorff_sdk.files.binding import ROOTS
from lindorff_sdk.files.charset import charset
from lindorff_sdk.files.choosing import NoRecordError
from lindorff_sdk.files.compile import compiled
from lindorff_sdk.files.doubtful import shown
from lindorff_sdk.files.fill import UnreadableError
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.lines import file_text, header_line
from lindorff_sdk.files.paths import inner_attribute, value_at
from lindorff_sdk.files.plan import Group, Node, Plan, PlannedRecord
from lindorff_sdk.files.putting import Putting, pieces_of
from lindorff_sdk.files.tally import Scope, Tally
from lindorff_sdk.findings import Finding
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile

Kept = Mapping[tuple[int, str], str]
"""Reserved areas of a parsed file: `lindorff_sdk.models.parsed.ParsedFile.kept`."""


def transfer_of(file: AnyFile) -> Transfer:
    """Return which transfer a file belongs to."""
    return next(transfer for transfer, model in ROOTS.items() if isinstance(file, model))


def serialize(file: AnyFile, profile: Profile, *, layout: str = "", kept: Kept | None = None) -> bytes:
    """Return the bytes of a file, with its counts, sums and running numbers worked out.

    The same model gives the same bytes. A text loses the pad that ends it, since the file cannot tell the two apart.

    Args:
        file: The model.
        profile: The layout it is written in.
        layout: Id of the layout, where the profile has several for the transfer; the first one unless given.
        kept: Reserved areas as they came: ``parsed.kept`` of a file whose very objects are written back.

    Raises:
        SerializeError: If the layout cannot hold the file. It lists every field that does not fit; no byte is made.
        ProfileError: If the profile has no layout for this kind of file.
    """
    transfer = transfer_of(file)
    try:
        chosen = profile.file(layout or transfer)
    except KeyError:
        raise ProfileError(f"Profile {profile.id} has no layout for files of {layout or transfer}.") from None
    written = profile.of(chosen)
    writing = _Writing(chosen, written, kept or {})
    data = writing.data(file)
    if data is None:
        # Something that the codec lacks, a control character, or characters of several bytes: look at every field.
        writing = _Writing(chosen, written, kept or {}, careful=True)
        data = writing.data(file)
    if writing.problems:
        raise SerializeError(f"Profile {profile.id} cannot hold this file of {transfer}:", writing.problems)
    return data or b""


@frozen
class _Later:
    """A line that states what is known when everything else of its object is written.

    Attributes:
        place: Where it stands among the lines.
        record: Its record.
        item: The object that it is of.
        above: The object around.
        scope: The tally when the object began.
        numbers: Its running numbers, which are known already.
    """

    place: int
    record: PlannedRecord
    item: object
    above: object
    scope: Scope | None
    numbers: Mapping[str, int]


@define(eq=False)
class _Writing:
    """The writing of one file. ``careful`` goes through every line field by field."""

    layout: FileLayout
    profile: Profile
    kept: Kept
    careful: bool = False
    problems: list[Finding] = field(factory=list)
    lines: list[str] = field(factory=list)
    later: list[_Later] = field(factory=list)
    plan: Plan = field(init=False)
    tally: Tally = field(init=False)
    putting: Putting = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.plan = compiled(self.layout)
        self.tally = self.plan.tally()
        self.putting = Putting(self.layout, self.profile.codec, self.plan, self.tally, self.kept, self.problems)

    def data(self, file: AnyFile) -> bytes | None:
        """Return the bytes; None if something in them has to be looked at field by field."""
        if self.layout.delimited is not None and self.layout.delimited.header:
            self.lines.append(header_line(self.layout, self.layout.delimited))
        self._members(self.plan.root, file, None, None)
        if not self.lines and not self.problems:
            self.putting.problem(file, "The layout has no line for a file of nothing.", expected="at least one object")
        elif self.lines and self.lines[-1].strip(" ") in ("", self.layout.padding_line):
            message = "The last line is what fills a file up; it would not be read."
            self.putting.problem(file, message, expected="something in its last line")
        text, ends = file_text(self.lines, self.profile.line_end, self.layout)
        try:
            data = text.encode(self.profile.codec)
        except UnicodeEncodeError:
            return b"" if self.careful else None
        clean = charset(self.profile.codec).is_clean(data.rstrip(b"\x1a"), self.profile.line_end, ends)
        return data if clean or self.careful else None

    def _members(self, node: Node, item: object, above: object, scope: Scope | None, first: int = 0) -> None:
        """Write the lines below; ``first`` is how many lines of objects around wait for their totals."""
        before = self.tally.counts.copy() if node.climbed else ()
        for member in node.members:
            if isinstance(member, Group):
                self._group(member, item)
            elif member.stated:
                self._leave_room(member, item, above, scope)
            elif member.layout.repeats:
                self._repeated(member, item, above)
            elif member.layout.needed or self._says_something(member, item):
                self._line(member, item, above)
        for each in self.later[first:]:
            self.lines[each.place] = self.putting.line(
                each.record, each.item, each.above, scope=each.scope, numbers=each.numbers
            )
        del self.later[first:]
        if node.climbed:
            self._given_up(node, item, before)
        if scope is not None:
            self.tally.leave(scope)

    def _given_up(self, node: Node, item: object, before: Sequence[int]) -> None:
        """Refuse what only lines below an object say, where there are none and it does not hold without them."""
        for climbed in node.climbed:
            value = value_at(item, climbed.path)
            is_said = any(self.tally.counts[index] > before[index] for index in climbed.givers)
            if not is_said and (climbed.otherwise is None or value != climbed.otherwise[0]):
                message = "Only lines below the object say this, and there are none."
                otherwise = f"{climbed.otherwise[0]!r}, which holds without them" if climbed.otherwise else ""
                found = shown(climbed.field, f"{value}")
                self.putting.problem(item, message, field=climbed.path, expected=otherwise, found=found)

    def _says_something(self, record: PlannedRecord, item: object) -> bool:
        """Return whether an optional record has anything to say that does not hold without it."""
        return tuple(self.putting.piece(part, item) for part in record.parts) != record.absent

    def _group(self, group: Group, item: object) -> None:
        items, only = cast("Sequence[object]", getattr(item, group.attribute)), group.records[0]
        placed: Iterable[tuple[PlannedRecord, object]] = zip(repeat(only), items)
        numbers: Mapping[int, int] = {only.index: len(items)}
        if len(group.records) > 1 or only.batching is not None or any(type(each) is not only.model for each in items):
            placed = list(in_batches(self._placed(group, items), lambda record: record.batching))
            numbers = Counter(record.index for record, _ in placed)
        for record, below in placed:
            if record.node is None:
                self._line(record, below, item)
            elif record.layout.group_by:
                self._elements(record, below, item)
            else:
                self._object(record, record.node, below, item)
        for record in group.records:
            number = numbers.get(record.index, 0)
            if number > record.layout.most > 0:
                message = f"There are {number} {record.layout.name}; the layout has at most {record.layout.most}."
                self.putting.problem(item, message, record=record.layout.name, field=group.attribute)
            if record.layout.needed > number or (number > 1 and not record.layout.repeats):
                message = f"There is {'more than one' if number else 'no'} {record.layout.name}; the layout has one."
                self.putting.problem(item, message, record=record.layout.name, field=group.attribute)

    def _placed(self, group: Group, items: Sequence[object]) -> Iterator[tuple[PlannedRecord, object]]:
        """Yield the objects of a group with the records that they are written as, or that begin their batches."""
        before = None
        for below in items:
            try:
                record = group.record_of(below, before)
                before = record if record.batching is not None else before
                yield record, below
            except NoRecordError as error:
                message = f"The layout cannot hold this {type(below).__name__}: {error}."
                self.putting.problem(below, message, field=error.path or group.attribute)

    def _object(self, record: PlannedRecord, node: Node, item: object, above: object) -> None:
        scope = self.tally.scope() if node.scoped else None
        self.plan.begin_numbers(record, self.tally)
        first = len(self.later)
        if record.stated:
            numbers = self._leave_room(record, item, above, scope)
            # What lines below repeat is none of the totals.
            aside = evolve(self.putting, tally=self.plan.tally(), problems=[])
            line = aside.line(record, item, above, numbers=numbers)
        else:
            self._line(record, item, above)
            line = self.lines[-1]
        for item_field, index in record.remembered:
            self.tally.remembered[index] = self.putting.text_in(line, item_field)
        self._members(node, item, above, scope, first)

    def _leave_room(self, record: PlannedRecord, item: object, above: object, scope: Scope | None) -> Mapping[str, int]:
        """Leave room for a line that states totals; return its running numbers."""
        self.tally.counts[record.index] += 1
        numbers = self.putting.numbers(record)
        self.later.append(_Later(len(self.lines), record, item, above, scope, numbers))
        self.lines.append("")
        return numbers

    def _elements(self, record: PlannedRecord, item: object, above: object) -> None:
        """Write one line for each element of an object whose lines share the rest."""
        attribute = inner_attribute(record.inner[0].path)
        elements = cast("Sequence[object]", getattr(item, attribute))
        if not elements:
            self.putting.problem(
                item, "An object without elements has no line.", record=record.layout.name, field=attribute
            )
        if record.objects >= 0:
            self.tally.sums[record.objects] += 1
        for element in elements:
            self.tally.counts[record.index] += 1
            self.lines.append(self.putting.line(record, item, above, element=element))

    def _repeated(self, record: PlannedRecord, item: object, above: object) -> None:
        """Write as many lines as the texts that they carry need."""
        try:
            pieces = pieces_of(self.plan, record, item, self.profile.codec)
        except UnreadableError as error:
            part = record.parts[0]
            self.putting.problem(item, "The layout cannot hold this value.", field=part.path, expected=str(error))
            return
        if len(pieces) > record.layout.most > 0:
            expected = f"text that fits {record.layout.most} lines"
            self.putting.problem(
                item, "The layout cannot hold this value.", field=record.parts[0].path, expected=expected
            )
        for piece in pieces:
            self.tally.counts[record.index] += 1
            self.lines.append(self.putting.line(record, item, above, pieces=piece))

    def _line(self, record: PlannedRecord, item: object, above: object) -> None:
        self.tally.counts[record.index] += 1
        plainly = self.careful or (record.reserved and bool(self.kept))
        line = None if plainly or record.write is None else record.write(item, self.tally)
        self.lines.append(self.putting.line(record, item, above) if line is None else line)
