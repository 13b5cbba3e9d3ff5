"""A layout worked out: which lines make which object, where each value goes, what is counted, summed and numbered.

The plan is made once for a layout; parser and serializer walk it, and `compile.py` makes fast functions from it.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, cast

from attrs import define, evolve, field, frozen

from lindorff_sdk.files.binding import ROOTS, convert_default, default
from lindorff_sdk.files.check import record_models
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Record, Total
from lindorff_sdk.files.paths import climbs, inner_path, value_at
from lindorff_sdk.files.tally import Tally

VALUE, ALSO, RAW, HEAD, REST, WHOLE = "value", "also", "raw", "head", "rest", "whole"


Make = Callable[[Sequence[object]], object]
"""Makes an object of values in a known order."""


class Read(Protocol):
    """Turns a canonical line into its values, or the object they make; None if the line is not canonical."""

    def __call__(self, line: str, tally: Tally, /) -> object | None:
        """Read ``line`` and add it to the tally."""


def never(_line: str, _tally: Tally, /) -> None:
    """Read nothing."""


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
            of a text that is split; ``whole`` for a text with its filling.
        absent: What it is where an older version of the record lacks the field.
    """

    path: str
    field: Field
    role: str
    absent: object = None

    def value_in(self, item: object) -> object:
        """Return the attribute that it fills, in an object."""
        return value_at(item, inner_path(self.path) or self.path.removeprefix("^"))


@frozen
class Accumulator:
    """What is added up over the lines of a record: a field, or 1 for each line.

    Attributes:
        record: Name of the record.
        field: Name of the summed field; ``""`` counts lines.
        where: Which texts fields must have for a line to count.
        absolute: Whether the sign is left out.
    """

    record: str
    field: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    absolute: bool


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
        extremes: Dates of it that are kept, by index.
        numbered: Its running numbers: field, index of the numbering, and index of the record counted (-1: all lines).
        matched: Its fields that repeat one of the opener: field, and index of what is remembered.
        remembered: Its fields that others repeat: field and index.
        defaults: What attributes of its object are without a field.
        absent: What its parts are where the line is left out; None if it must be there.
        hot: The fast reading of a line that is an object by itself, with nothing to compare or keep; never otherwise.
        ordinary: Whether a canonical line has just the numbers, repeated keys and blank areas that are expected; None
            if that is always looked at field by field.
        repeats: Whether several of its lines may follow each other.
        is_checked: Whether it has running numbers, or keys that it repeats.
        reserved: Its areas that are kept as they come.
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
    extremes: tuple[tuple[int, Field], ...] = ()
    numbered: tuple[tuple[Field, int, int], ...] = ()
    matched: tuple[tuple[Field, int], ...] = ()
    remembered: tuple[tuple[Field, int], ...] = ()
    absent: tuple[object, ...] | None = None
    defaults: dict[str, object] = field(factory=dict)
    node: "Node | None" = None
    make: Make = tuple
    make_inner: Make = tuple
    read: "Read | None" = None
    write: "Write | None" = None
    hot: "Read" = never
    ordinary: "Ordinary | None" = None
    repeats: bool = False
    is_checked: bool = False
    reserved: tuple[Field, ...] = ()

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
    """The records that open the objects which one attribute holds."""

    attribute: str
    slot: int
    rank: int
    records: dict[type, PlannedRecord] = field(factory=dict)


@define(eq=False)
class Climbed:
    """A value that lines below give to this object; all of them must give the same."""

    path: str
    slot: int
    rank: int = -1


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
        blank: What its slots hold before the first line.
        gathering: Slots that gather, each with its group of records if it gathers objects.
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
    blank: tuple[object, ...] = ()
    gathering: tuple[tuple[int, "Group | None"], ...] = ()
    build: Make = tuple

    def settle(self) -> None:
        """Work out, once all members are there, what every new object of its kind begins with."""
        blank: list[object] = [None] * self.slots
        gathering: list[tuple[int, Group | None]] = [(self.inner, None)] if self.inner else []
        required = []
        for member in self.members:
            if isinstance(member, Group):
                gathering.append((member.slot, member))
                needed = any(record.layout.needed for record in member.records.values())
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

    def record(self, name: str) -> PlannedRecord:
        """Return the record of this name."""
        return next(record for record in self.records if record.layout.name == name)

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

    def counted(self, what: str, tally: Tally) -> int:
        """Return how many lines of a record there were; ``*`` for all lines."""
        return self.count_at(-1 if what == "*" else self.record(what).index, tally)

    @staticmethod
    def count_at(index: int, tally: Tally) -> int:
        """Return how many lines of the record of an index there were; of all for -1."""
        return sum(tally.counts) if index < 0 else tally.counts[index]

    def sharing(self, part: Part) -> list[Part]:
        """Return the parts that fill the same attribute of the same object, in the order of the file."""
        owner = next(record for record in self.records if any(other is part for other in record.all_parts))
        if any(other is part for other in owner.inner):
            return [other for other in owner.inner if other.path == part.path]
        records = [owner] if owner.is_leaf else [*filter(None, [owner.node.opener if owner.node else None])]
        node = owner.node or owner.parent
        members = [member for member in node.members if isinstance(member, PlannedRecord)]
        if not owner.is_leaf:
            records = [*([node.opener] if node.opener else []), *members]
        return [other for record in records for other in record.parts if other.path == part.path and other.role != RAW]


def plan(layout: FileLayout) -> Plan:
    """Return a layout's plan."""
    return _Planner(layout).plan()


class _Planner:
    def __init__(self, layout: FileLayout) -> None:
        self.layout = layout
        self.models = record_models(layout)
        root = Node(ROOTS[layout.transfer])
        root.defaults = _defaults(root.model, layout.defaults)
        self.made = Plan(layout, root)

    def plan(self) -> Plan:
        self._collect()
        for record in self.layout.records:
            self._add(record)
        for node in (self.made.root, *(record.node for record in self.made.records if record.node is not None)):
            node.settle()
        return self.made

    def _collect(self) -> None:
        """List what is added up, kept, numbered and repeated anywhere in the file."""
        made = self.made
        for record in self.layout.records:
            for item in record.fields:
                made.accumulators += [a for a in _accumulators(item.total) if a not in made.accumulators]
                made.extremes += [e for e in _extremes(item.total) if e not in made.extremes]
                numbering = Numbering(item.numbers, item.within)
                if item.numbers and numbering not in made.numberings:
                    made.numberings.append(numbering)
                if item.matches and (self._opener_of(record), item.matches) not in made.remembered:
                    made.remembered.append((self._opener_of(record), item.matches))

    def _index(self, name: str) -> int:
        """Return the index of the record of this name; -1 for all records."""
        names = [record.name for record in self.layout.records]
        return -1 if name == "*" else names.index(name)

    def _opener_of(self, record: Record) -> str:
        """Return the record that opened the object under which a record stands."""
        above = self.layout.record(record.under)
        while not above.opens and above.under:
            above = self.layout.record(above.under)
        return above.name

    def _add(self, record: Record) -> None:
        made, parent = self.made, self._node_of(record.under)
        model = self.models[record.name]
        own = tuple(
            evolve(part, absent=default(model, part.path))
            for part in _parts(record)
            if not climbs(part.path) and not inner_path(part.path)
        )
        planned = PlannedRecord(
            layout=record,
            index=len(made.records),
            model=model,
            parent=parent,
            slot=0,
            rank=0,
            parts=own,
            inner=tuple(part for part in _parts(record) if inner_path(part.path)),
            stated=self._states(record),
            sums=tuple((i, a) for i, a in enumerate(made.accumulators) if a.record == record.name),
            extremes=tuple((i, record.field(e.field)) for i, e in enumerate(made.extremes) if e.record == record.name),
            numbered=tuple(
                (item, made.numberings.index(Numbering(item.numbers, item.within)), self._index(item.numbers))
                for item in record.fields
                if item.numbers
            ),
            matched=tuple(
                (item, made.remembered.index((self._opener_of(record), item.matches)))
                for item in record.fields
                if item.matches
            ),
            remembered=tuple(
                (record.field(of), i) for i, (name, of) in enumerate(made.remembered) if name == record.name
            ),
            absent=_absent(record, model, own),
            defaults=_defaults(model, record.defaults),
            repeats=record.repeats,
            is_checked=any(item.numbers or item.matches for item in record.fields),
            reserved=tuple(item for item in record.fields if item.kind is Kind.RESERVED),
        )
        made.records.append(planned)
        self._place(planned, parent)
        self._open(planned)
        planned.climbing = tuple((part, _climb(part, parent)) for part in _parts(record) if climbs(part.path))
        if planned.stated:
            parent.scoped = True

    def _states(self, record: Record) -> tuple[Stated, ...]:
        stated = tuple(
            Stated(len(self.made.stated) + number, record, item, item.total)
            for number, item in enumerate(item for item in record.fields if item.total is not None)
            if item.total is not None
        )
        self.made.stated.extend(stated)
        return stated

    def _open(self, planned: PlannedRecord) -> None:
        record = planned.layout
        below = any(other.under == record.name for other in self.layout.records)
        if record.opens and (below or record.group_by):
            planned.node = Node(planned.model, planned, slots=1, defaults=planned.defaults)
            if planned.inner:
                planned.node.inner = planned.node.slots
                planned.node.slots += 1

    def _node_of(self, name: str) -> Node:
        if not name:
            return self.made.root
        record = self.made.record(name)
        return record.node or record.parent

    @staticmethod
    def _place(record: PlannedRecord, parent: Node) -> None:
        last = parent.members[-1] if parent.members else None
        rank = 0 if last is None else last.rank + 1
        attribute = record.layout.opens
        if attribute and isinstance(last, Group) and last.attribute == attribute:
            record.slot, record.rank = last.slot, last.rank
            last.records.setdefault(record.model, record)
            return
        record.slot, record.rank = parent.slots, rank
        parent.slots += 1
        parent.members.append(Group(attribute, record.slot, rank, {record.model: record}) if attribute else record)


def _climb(part: Part, parent: Node) -> int:
    path = part.path.removeprefix("^")
    for climbed in parent.climbed:
        if climbed.path == path:
            return climbed.slot
    parent.climbed.append(Climbed(path, parent.slots))
    parent.slots += 1
    return parent.slots - 1


def _parts(record: Record) -> list[Part]:
    made = []
    for item in record.fields:
        if item.rest_to:
            made += [Part(item.to, item, HEAD), Part(item.rest_to, item, REST)]
        elif item.to:
            made.append(Part(item.to, item, VALUE if item.join else WHOLE))
        if item.also_to:
            made.append(Part(item.also_to, item, ALSO))
        if item.raw_to:
            made.append(Part(item.raw_to, item, RAW))
    return made


def _absent(record: Record, model: type, parts: Sequence[Part]) -> tuple[object, ...] | None:
    if record.opens or record.needed:
        return None
    return tuple(default(model, part.path) for part in parts)


def _defaults(model: type, given: object) -> dict[str, object]:
    return {path: convert_default(model, path, value) for path, value in cast("dict[str, object]", given).items()}


def _accumulators(total: Total | None) -> list[Accumulator]:
    if total is None:
        return []
    where = tuple(sorted((name, tuple(texts)) for name, texts in total.where.items()))
    counted = [Accumulator(name, "", where, False) for name in total.counts if where]
    summed = [Accumulator(*_record_and_field(name), where, total.absolute) for name in total.sums]
    return counted + summed


def _extremes(total: Total | None) -> list[Extreme]:
    names = () if total is None else (*total.firsts, *total.lasts)
    return [Extreme(*_record_and_field(name)) for name in names]


def _record_and_field(name: str) -> tuple[str, str]:
    record, _, of = name.partition(".")
    return record, of
