"""The making of a plan: from the tables of a layout to its objects, lines, totals and numbers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from attrs import evolve

from lindorff_sdk.files.batches import stand_in
from lindorff_sdk.files.binding import (
    ROOTS,
    attribute_type,
    attributes,
    convert_default,
    default,
    element_model,
    holds,
    may_be_none,
)
from lindorff_sdk.files.check_recognition import signs_of
from lindorff_sdk.files.choosing import told_of
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Record, Total
from lindorff_sdk.files.merging import Joined
from lindorff_sdk.files.names import attributes_in_name
from lindorff_sdk.files.paths import climbs, inner_attribute, inner_path
from lindorff_sdk.files.plan import (
    ALSO,
    HEAD,
    MOMENT,
    OBJECTS,
    RAW,
    REST,
    VALUE,
    WHOLE,
    Accumulator,
    Climbed,
    Extreme,
    Group,
    Node,
    Numbering,
    Part,
    Plan,
    PlannedRecord,
    Stated,
    objects_of,
)
from lindorff_sdk.files.structure import around, batching, defaults_of, enclosing, owner, record_models, target_of


def plan(layout: FileLayout) -> Plan:
    """Return a layout's plan."""
    return _Planner(layout).plan()


class _Planner:
    def __init__(self, layout: FileLayout) -> None:
        self.layout = layout
        self.models = record_models(layout)
        self.unbroken = _unbroken(layout)
        root = Node(ROOTS[layout.transfer])
        unsaid = {"envelope.customer_id": ""} if "customer_id" in attributes_in_name(layout) else {}
        root.defaults = unsaid | _defaults(root.model, layout.defaults)
        self.made = Plan(layout, root)

    def plan(self) -> Plan:
        self._collect()
        for record in self.layout.records:
            self._add(record)
        for node in (self.made.root, *(record.node for record in self.made.records if record.node is not None)):
            node.settle()
            node.joined = tuple(_joined(_gathered(node)))
        for planned in self.made.records:
            own = planned.inner or (planned.parts if planned.is_leaf else ())
            planned.joined = tuple(_joined([(part, 0, place, False) for place, part in enumerate(own)]))
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
            evolve(part, absent=self._otherwise(record, model, part.path))
            for part in self._parts(record)
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
            inner=tuple(self._inner(record, model)),
            stated=self._states(record),
            sums=tuple(
                (i, a) for i, a in enumerate(made.accumulators) if a.record == record.name and a.field != OBJECTS
            ),
            objects=next((i for i, a in enumerate(made.accumulators) if a == objects_of(record.name)), -1),
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
            absent=self._absent(record, model, own),
            defaults=self._stand_ins(record, model) | _defaults(model, record.defaults),
            batching=batching(self.layout, record, model),
            repeats=record.repeats,
            is_checked=any(item.numbers or item.matches for item in record.fields),
            reserved=tuple(item for item in record.fields if item.kind is Kind.RESERVED),
            yields_to=frozenset(each.name for each in self.layout.records if _may_win(each, record)),
        )
        made.records.append(planned)
        self._place(planned, parent)
        self._open(planned)
        planned.climbing = tuple(_climb(part, planned) for part in self._parts(record) if climbs(part.path))
        if planned.stated:
            (planned.node or parent).scoped = True

    def _stand_ins(self, record: Record, model: type) -> dict[str, object]:
        """Return what attributes are until an object is given what the batch around says of it."""
        above = self.layout.record(enclosing(self.layout, record)) if record.opens and record.under else None
        made = None if above is None else batching(self.layout, above, model)
        given = made.given if made is not None else ()
        return {path: stand_in(model, path) for path in given if path in attributes(model)}

    def _absent(self, record: Record, model: type, parts: Sequence[Part]) -> tuple[object, ...] | None:
        """Return what the parts of a record that may be left out are then; of a text that others fill, no text."""
        if record.opens or record.needed:
            return None
        filled = [(owner(self.layout, other), item.to) for other in self.layout.records for item in other.fields]
        return tuple(
            part.unfilled
            if part.field.kind is Kind.TEXT and filled.count((owner(self.layout, record), part.path)) > 1
            else self._otherwise(record, model, part.path)
            for part in parts
        )

    def _otherwise(self, record: Record, model: type, path: str) -> object:
        """Return what an attribute of a record's object is where no line has the field for it."""
        given = defaults_of(self.layout, record)
        return convert_default(model, path, given[path]) if path in given else default(model, path)

    def _inner(self, record: Record, model: type) -> Iterator[Part]:
        """Yield what the fields of a record give to the element that its line adds."""
        for part in self._parts(record):
            if inner_path(part.path):
                element = element_model(model, inner_attribute(part.path))
                yield evolve(part, absent=default(element, inner_path(part.path)))

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

    def _parts(self, record: Record) -> list[Part]:
        made = []
        for item in record.fields:
            if item.rest_to:
                made += [Part(item.to, item, HEAD), Part(item.rest_to, item, REST)]
            elif item.to:
                made.append(Part(item.to, item, self._role(record, item)))
            if item.also_to:
                made.append(Part(item.also_to, item, ALSO))
            if item.raw_to:
                made.append(Part(item.raw_to, item, RAW))
        return made

    def _role(self, record: Record, item: Field) -> str:
        if (owner(self.layout, record), item.to) in self.unbroken:
            return WHOLE
        start, path = target_of(item.to, self.models[record.name], around(self.layout, record, self.models))
        of_moment = item.kind is Kind.TIME or (
            item.kind is Kind.DATE and holds(attribute_type(start, path), Kind.DATETIME)
        )
        return MOMENT if of_moment else VALUE

    def _place(self, record: PlannedRecord, parent: Node) -> None:
        last = parent.members[-1] if parent.members else None
        rank = 0 if last is None else last.rank + 1
        attribute = record.layout.opens
        if attribute and isinstance(last, Group) and last.attribute == attribute:
            record.slot, record.rank = last.slot, last.rank
            self._add_to(last, record)
            return
        record.slot, record.rank = parent.slots, rank
        parent.slots += 1
        parent.members.append(Group(attribute, record.slot, rank) if attribute else record)
        if isinstance(group := parent.members[-1], Group):
            self._add_to(group, record)

    def _add_to(self, group: Group, record: PlannedRecord) -> None:
        group.records.append(record)
        for below, what in told_of(self.layout, record.layout):
            model = self.models[below.name]
            for other, otherwise in group.by_class.get(model, ()):
                if other is not record and not what.is_apart(otherwise):
                    record.group = other.group = group
            group.add(record, model, what)


def _may_win(other: Record, record: Record) -> bool:
    """Return whether a line of a record might be taken for another one: what that one says, or a sign, tells."""
    return other is not record and (record.name in other.wins_over or bool(signs_of(record)))


def _climb(part: Part, record: PlannedRecord) -> tuple[Part, int]:
    """Return a part that a line gives to the object around, and the slot there."""
    path, node = part.path.removeprefix("^"), record.parent
    climbed = next((each for each in node.climbed if each.path == path), None)
    if climbed is None:
        climbed = Climbed(path, part.field, node.slots, _said_by_none(node, path), set())
        node.climbed.append(climbed)
        node.slots += 1
    climbed.givers.add(record.index)
    return evolve(part, absent=climbed.otherwise[0] if climbed.otherwise else None), climbed.slot


def _said_by_none(node: Node, path: str) -> tuple[object, int] | None:
    """Return what an attribute is that no line fills, with 0 for the line; None if one must."""
    if path in node.defaults:
        return node.defaults[path], 0
    value = default(node.model, path)
    return None if value is None and not may_be_none(attribute_type(node.model, path)) else (value, 0)


def _gathered(node: Node) -> Iterator[tuple[Part, int, int, bool]]:
    """Yield the parts of an object: each with its slot, its place there, and whether its line may repeat."""
    if node.opener is not None:
        yield from ((part, 0, place, False) for place, part in enumerate(node.opener.parts))
    for member in node.members:
        if isinstance(member, PlannedRecord):
            yield from ((part, member.slot, place, member.repeats) for place, part in enumerate(member.parts))


def _joined(gathered: Iterable[tuple[Part, int, int, bool]]) -> Iterator[Joined]:
    by_path: dict[str, list[tuple[Part, int, int, bool]]] = {}
    for part, slot, place, repeats in gathered:
        if part.role in (VALUE, WHOLE, MOMENT):
            by_path.setdefault(part.path, []).append((part, slot, place, repeats))
    for given in by_path.values():
        if len(given) > 1 or given[0][3]:
            fields = tuple(part.field for part, _, _, _ in given)
            yield Joined(fields, tuple((slot, place) for _, slot, place, _ in given), given[-1][3])


def _unbroken(layout: FileLayout) -> set[tuple[str, str]]:
    """Return the attributes, with their owners, whose texts go on in the next field without anything between."""
    return {(owner(layout, record), item.to) for record in layout.records for item in record.fields if item.join == ""}


def _defaults(model: type, given: object) -> dict[str, object]:
    return {path: convert_default(model, path, value) for path, value in cast("dict[str, object]", given).items()}


def _accumulators(total: Total | None) -> list[Accumulator]:
    if total is None:
        return []
    where = tuple(sorted((name, tuple(texts)) for name, texts in total.where.items()))
    counted = [Accumulator(name, "", where, False) for name in total.counts if where]
    summed = [Accumulator(*_record_and_field(name), where, total.absolute) for name in (*total.sums, *total.less)]
    return counted + summed + [objects_of(name) for name in total.objects]


def _extremes(total: Total | None) -> list[Extreme]:
    names = () if total is None else (*total.firsts, *total.lasts)
    return [Extreme(*_record_and_field(name)) for name in names]


def _record_and_field(name: str) -> tuple[str, str]:
    record, _, of = name.partition(".")
    return record, of
