"""A layout worked out: which lines make which object, where each value goes, what is counted, summed and numbered.

`planner.py` makes the plan once for a layout; parser and serializer walk it, and `compile.py` makes its functions.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import define, field, frozen

from lindorff_sdk.files.batches import Batching
from lindorff_sdk.files.check_recognition import LENGTH, codes_of, signs_of
from lindorff_sdk.files.choosing import NoRecordError, Told, fitting
from lindorff_sdk.files.layout import Field, FileLayout, Record, Total
from lindorff_sdk.files.merging import Joined
from lindorff_sdk.files.paths import inner_path, value_at
from lindorff_sdk.files.places import Notes
from lindorff_sdk.files.tally import Tally

VALUE, ALSO, RAW, HEAD, REST, WHOLE, MOMENT = "value", "also", "raw", "head", "rest", "whole", "moment"
OBJECTS = "*"

Make = Callable[[Sequence[object]], object]
"""Makes an object of values in a known order."""


class Read(Protocol):
    """Turns a canonical line into its values, or the object they make; None if the line is not canonical."""

    def __call__(self, line: str, tally: Tally, /) -> object | None:
        """Read ``line`` and add it to the tally."""


class Run(Protocol):
    """Takes objects of a record as long as canonical ones follow each other."""

    def __call__(self, lines: Sequence[str], at: int, number: int, gathered: list[object], notes: Notes, /) -> int:
        """Take objects from ``lines[at]`` on; return how many lines they had. ``lines[0]`` has the given number."""


class Ordinary(Protocol):
    """Tells whether a line has what is expected where it repeats or numbers something, and nothing to be kept."""

    def __call__(self, line: str, tally: Tally, /) -> bool:
        """Look at a line."""


class Write(Protocol):
    """Turns an object into its canonical line; None if it cannot, or not quickly."""

    def __call__(self, item: object, tally: Tally, /) -> str | None:
        """Write ``item`` and add it to the tally."""


@frozen
class Part:
    """One value that a line gives: of a field, its raw text, or one side of its split text.

    Attributes:
        path: The attribute it fills, or fills a part of, from the object that it belongs to.
        field: Where it stands.
        role: ``value``; ``also`` for a second attribute of the same value; ``raw`` for the text; ``head`` or ``rest``
            of a text that is split; ``whole`` for a text with its filling; ``moment`` for a day, or a time of day, that
            is a part of a moment.
        absent: What it is where an older version of the record lacks the field.
    """

    path: str
    field: Field
    role: str
    absent: object = None

    @property
    def unfilled(self) -> str:
        """What it is where it has no part of a text that others fill as well."""
        return self.field.pad * self.field.length if self.role == WHOLE else ""

    def value_in(self, item: object) -> object:
        """Return the attribute that it fills, in an object."""
        return value_at(item, inner_path(self.path) or self.path.removeprefix("^"))


@frozen
class Accumulator:
    """What is added up over the lines of a record: a field, or 1 for each line.

    Attributes:
        record: Name of the record.
        field: Name of the summed field; ``""`` counts lines, ``*`` objects.
        where: Which texts fields must have for a line to count.
        absolute: Whether the sign is left out.
    """

    record: str
    field: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    absolute: bool


def objects_of(record: str) -> Accumulator:
    """Return the count of a record's objects."""
    return Accumulator(record, OBJECTS, (), absolute=False)


@frozen
class Extreme:
    """A date of which the earliest and the latest are kept: ``record.field``."""

    record: str
    field: str


@frozen(eq=False)
class Stated:
    """A total that a field states about the object in whose frame its line stands."""

    index: int
    record: Record
    field: Field
    total: Total


@frozen
class Numbering:
    """A running number: of lines (``*``) or of a record's objects, anew within each object of another record."""

    what: str
    within: str


@define(eq=False)
class PlannedRecord:
    """A record and its place in the file.

    Attributes:
        layout: Its description.
        index: Its place among the records of the file.
        model: The class of the object that its own values belong to.
        parent: The object under which its line stands.
        node: The object that it opens, if lines stand below it or share it.
        slot: Where its values, or its objects, are gathered in ``parent``.
        rank: Its place in the order of lines under ``parent``; records that share one may alternate.
        parts: What its fields give to its own object.
        inner: What they give to the element that the line adds to a grouped object.
        climbing: What they give to the object around, each with its slot there.
        stated: What it states about others.
        sums: Accumulators that its lines add to, by index.
        objects: Accumulator that counts its objects, by index; -1 if they are not counted.
        extremes: Dates of it that are kept, by index.
        numbered: Its running numbers: field, index of the numbering, and index of the record counted (-1: all lines).
        matched: Its fields that repeat one of the opener: field, and index of what is remembered.
        remembered: Its fields that others repeat: field and index.
        defaults: What attributes of its object are without a field.
        absent: What its parts are where the line is left out; None if it must be there.
        run: Fast reading of many of its objects in a row; None if they are read line by line.
        ordinary: Whether a canonical line numbers, repeats and keeps just what is expected; None if that is looked at.
        repeats: Whether several of its lines may follow each other.
        is_checked: Whether it has running numbers, or keys that it repeats.
        reserved: Its areas that are kept as they come.
        joined: What several of its own fields fill together, where its line is an object, or an element of one.
        group: The records beside it, if some of its objects may be written as another one of them.
        batching: How the objects below it stand in batches, if it begins one.
        yields_to: Names of the records that a line of it would be taken for, if it has their codes.
        make: Makes its object, or gathers its values, of the values of its parts.
        make_inner: Makes the element that its line adds to a grouped object.
        read: Fast reading of a canonical line; None if every line is gone through field by field.
        write: Fast writing; None if every line is put together field by field.
    """

    layout: Record
    index: int
    model: type
    parent: "Node"
    slot: int
    rank: int
    parts: tuple[Part, ...]
    inner: tuple[Part, ...] = ()
    climbing: tuple[tuple[Part, int], ...] = ()
    stated: tuple[Stated, ...] = ()
    sums: tuple[tuple[int, Accumulator], ...] = ()
    objects: int = -1
    extremes: tuple[tuple[int, Field], ...] = ()
    numbered: tuple[tuple[Field, int, int], ...] = ()
    matched: tuple[tuple[Field, int], ...] = ()
    remembered: tuple[tuple[Field, int], ...] = ()
    absent: tuple[object, ...] | None = None
    defaults: dict[str, object] = field(factory=dict)
    node: "Node | None" = None
    joined: tuple[Joined, ...] = ()
    make: Make = tuple
    make_inner: Make = tuple
    read: "Read | None" = None
    write: "Write | None" = None
    run: "Run | None" = None
    ordinary: "Ordinary | None" = None
    repeats: bool = False
    is_checked: bool = False
    reserved: tuple[Field, ...] = ()
    batching: Batching | None = None
    yields_to: frozenset[str] = frozenset()
    group: "Group | None" = None

    @property
    def is_leaf(self) -> bool:
        """Whether its line makes an object by itself."""
        return bool(self.layout.opens) and self.node is None

    @property
    def all_parts(self) -> tuple[Part, ...]:
        """What its line gives: to its own object, to the element that it adds, to the object around."""
        return (*self.parts, *self.inner, *(part for part, _ in self.climbing))


@define(eq=False)
class Group:
    """The records that open the objects which one attribute holds.

    Attributes:
        attribute: Its name.
        slot: Where the objects are gathered.
        rank: The place of their lines.
        records: The records, in their order.
        by_class: The records by the class of their objects, each with what tells it from others of that class.
    """

    attribute: str
    slot: int
    rank: int
    records: list[PlannedRecord] = field(factory=list)
    by_class: dict[type, list[tuple[PlannedRecord, Told]]] = field(factory=dict)

    def add(self, record: PlannedRecord, model: type, what: Told) -> None:
        """Take a record for objects of a class."""
        self.by_class.setdefault(model, []).append((record, what))

    def record_of(self, item: object, before: PlannedRecord | None = None) -> PlannedRecord:
        """Return the record that an object is written as, or that begins its batch.

        Args:
            item: The object.
            before: The record that began the last batch; of several that fit it is preferred, and else the first.

        Raises:
            NoRecordError: If there is none; the message says why.
        """
        records = self.by_class.get(type(item))
        if records is None:
            raise NoRecordError("no record holds its class")
        if len(records) == 1:
            return records[0][0]
        fit = [records[number][0] for number in fitting(item, [what for _, what in records])]
        return before if before is not None and before in fit else fit[0]


@define(eq=False)
class Climbed:
    """A value that lines below give to this object; all of them must give the same.

    Attributes:
        path: The attribute that it fills.
        field: The first field that gives it.
        slot: Where it is gathered, with the line that said it first.
        otherwise: What it is where no line says it, with 0 for the line; None if one must.
        givers: The records, by index, that give it.
    """

    path: str
    field: Field
    slot: int
    otherwise: tuple[object, int] | None
    givers: set[int]


@define(eq=False)
class Node:
    """An object of the file and the lines it is made of.

    Attributes:
        model: Its class.
        opener: The record that opens it, whose values are gathered first; None for the file itself.
        members: Further records that fill it, and groups of records that open what it holds, in the order of the file.
        climbed: Values that lines below give to it.
        inner: Slot of the elements that each line of a grouped object adds; 0 if there are none.
        slots: How many places its parts are gathered in.
        defaults: What attributes are that no field fills, by path.
        scoped: Whether totals or numberings are counted anew in it.
        required: Slots that must be filled.
        choosy: Whether a filled slot may still lack objects of one of its records.
        blank: What its slots hold before the first line.
        gathering: Slots that gather, each with its group of records if it gathers objects.
        joined: What several fields or lines fill together.
        build: Makes its object of the gathered parts.
    """

    model: type
    opener: PlannedRecord | None = None
    members: list["PlannedRecord | Group"] = field(factory=list)
    climbed: list[Climbed] = field(factory=list)
    inner: int = 0
    slots: int = 0
    defaults: dict[str, object] = field(factory=dict)
    scoped: bool = False
    required: tuple[int, ...] = ()
    choosy: bool = False
    blank: tuple[object, ...] = ()
    gathering: tuple[tuple[int, "Group | None"], ...] = ()
    joined: tuple[Joined, ...] = ()
    build: Make = tuple

    def settle(self) -> None:
        """Work out, once all members are there, what every new object of its kind begins with."""
        blank: list[object] = [None] * self.slots
        for climbed in self.climbed:
            blank[climbed.slot] = climbed.otherwise
        gathering: list[tuple[int, Group | None]] = [(self.inner, None)] if self.inner else []
        required = []
        for member in self.members:
            if isinstance(member, Group):
                gathering.append((member.slot, member))
                needed = any(record.layout.needed for record in member.records)
                self.choosy |= needed and len(member.records) > 1
            else:
                needed = member.layout.needed
                blank[member.slot] = member.absent
                gathering += [(member.slot, None)] if member.repeats else []
            required += [member.slot] if needed else []
        self.blank, self.gathering, self.required = tuple(blank), tuple(gathering), tuple(required)


@define(eq=False)
class Plan:
    """A file's layout, worked out."""

    layout: FileLayout
    root: Node
    records: list[PlannedRecord] = field(factory=list)
    stated: list[Stated] = field(factory=list)
    accumulators: list[Accumulator] = field(factory=list)
    extremes: list[Extreme] = field(factory=list)
    numberings: list[Numbering] = field(factory=list)
    remembered: list[tuple[str, str]] = field(factory=list)
    shared: dict[int, list[Part]] = field(factory=dict)

    def record(self, name: str) -> PlannedRecord:
        """Return the record of this name."""
        return next(record for record in self.records if record.layout.name == name)

    @property
    def told_by_code(self) -> bool:
        """Whether the texts of the same columns tell all records apart, wherever they stand and however long."""
        told = [codes_of(record.layout) for record in self.records]
        places = {tuple((item.start, item.end) for item in codes) for codes in told}
        texts = {tuple(item.value for item in codes) for codes in told}
        further = any(LENGTH in each.layout.recognised_by or signs_of(each.layout) for each in self.records)
        return self.layout.delimited is None and not further and len(places) == 1 and len(texts) == len(told)

    def tally(self) -> Tally:
        """Return a tally in which nothing was counted yet."""
        return Tally(
            counts=[0] * len(self.records),
            sums=[0] * len(self.accumulators),
            earliest=[None] * len(self.extremes),
            latest=[None] * len(self.extremes),
            bases=[0] * len(self.numberings),
            remembered=[""] * len(self.remembered),
            stated=[None] * len(self.stated),
        )

    def begin_numbers(self, record: PlannedRecord, tally: Tally) -> None:
        """Begin the numbers anew that run within each object of a record."""
        for index, numbering in enumerate(self.numberings):
            if numbering.within == record.layout.name:
                at = -1 if numbering.what == "*" else self.record(numbering.what).index
                tally.bases[index] = self.count_at(at, tally)

    @staticmethod
    def count_at(index: int, tally: Tally) -> int:
        """Return how many lines of the record of an index there were; of all for -1."""
        return sum(tally.counts) if index < 0 else tally.counts[index]

    def is_endless(self, part: Part) -> bool:
        """Return whether a part stands on as many lines as are needed."""
        owner = next(record for record in self.records if any(other is part for other in record.all_parts))
        return owner.repeats and not owner.layout.opens

    def sharing(self, part: Part) -> list[Part]:
        """Return the parts that fill the same attribute of the same object, in the order of the file."""
        return self.shared.get(id(part)) or self.shared.setdefault(id(part), self._sharing(part))

    def _sharing(self, part: Part) -> list[Part]:
        owner = next(record for record in self.records if any(other is part for other in record.all_parts))
        if any(other is part for other in owner.inner):
            return [other for other in owner.inner if other.path == part.path]
        records = [owner] if owner.is_leaf else [*filter(None, [owner.node.opener if owner.node else None])]
        node = owner.node or owner.parent
        members = [member for member in node.members if isinstance(member, PlannedRecord)]
        if not owner.is_leaf:
            records = [*([node.opener] if node.opener else []), *members]
        return [other for record in records for other in record.parts if other.path == part.path and other.role != RAW]
