"""The drawing of a layout's files: objects as its records make them, with values that its fields carry."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import cast

from attrs import define, field, fields_dict
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from lindorff_sdk.errors import SerializeError
from lindorff_sdk.files.binding import attributes, element_model, plain
from lindorff_sdk.files.compile import compiled
from lindorff_sdk.files.layout import FileLayout, Kind, Profile, Scattered
from lindorff_sdk.files.paths import inner_attribute, inner_path
from lindorff_sdk.files.plan import ALSO, RAW, REST, Group, Node, Part, Plan, PlannedRecord
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.money import rate_or_none
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.testing.field_values import FieldValues
from lindorff_sdk.testing.joined_values import joined
from lindorff_sdk.testing.room import Room

Values = dict[str, object]
"""Attribute paths and what stands there."""


@define(eq=False, slots=False)
class Drawing:
    """The drawing of one layout's files."""

    profile: Profile
    layout: FileLayout
    unknown_codes: bool
    years: tuple[int, int]
    _made: dict[tuple[int, ...], SearchStrategy[Values]] = field(factory=dict, init=False, repr=False)

    @cached_property
    def plan(self) -> Plan:
        """Which lines make which object."""
        return compiled(self.layout)

    @cached_property
    def room(self) -> Room:
        """How many lines, and how large numbers, the totals of the layout have room for."""
        return Room(self.layout)

    def file(self) -> SearchStrategy[object]:
        """Return the objects of whole files."""

        @st.composite
        def drawn(draw: DrawFn) -> object:
            made = self._node(draw, self.plan.root)
            assume(self._is_told(made))
            return made

        return drawn()

    def _is_told(self, file: object) -> bool:
        """Return whether each line would be read as what it is.

        A blank last line would be none, and only one without a constant can be blank. A line over whose record another
        wins may have that one's code.
        """
        constant = all(any(item.kind is Kind.CONSTANT for item in record.fields) for record in self.layout.records)
        if constant and not any(record.wins_over for record in self.layout.records):
            return True
        try:
            serialize(cast("AnyFile", file), self.profile, layout=self.layout.id)
        except SerializeError as error:
            return not any("last line" in each.message or "read as" in each.message for each in error.findings)
        return True

    def _node(self, draw: DrawFn, node: Node) -> object:
        """Draw an object that lines below fill as well."""
        lines = [*([node.opener] if node.opener else []), *(m for m in node.members if isinstance(m, PlannedRecord))]
        values = self._filled(draw, [(line, part) for line in lines for part in line.parts])
        if node.inner and node.opener is not None:
            values |= self._elements(draw, node.opener)
        for member in node.members:
            if isinstance(member, Group):
                values[member.attribute] = tuple(self._group(draw, node, member))
        values |= self._climbed(draw, node, values)
        return built(node.model, node.defaults | values)

    def _filled(self, draw: DrawFn, sources: Iterable[tuple[PlannedRecord, Part]]) -> Values:
        """Draw what fields of one object fill."""
        by_path: dict[str, list[tuple[PlannedRecord, Part]]] = defaultdict(list)
        for record, part in sources:
            if part.role not in (ALSO, RAW, REST):
                by_path[inner_path(part.path) or part.path.removeprefix("^")].append((record, part))
        values: Values = {}
        for path, given in by_path.items():
            values |= draw(self._strategy(path, given))
        return {inner_path(path) or path.removeprefix("^"): value for path, value in values.items()}

    def _strategy(self, path: str, given: Sequence[tuple[PlannedRecord, Part]]) -> SearchStrategy[Values]:
        """Return what fields of one object fill at a path; made once, since Hypothesis looks into each one anew."""
        key = tuple(id(part) for _, part in given)
        if key not in self._made:
            self._made[key] = self._make(path, given)
        return self._made[key]

    def _make(self, path: str, given: Sequence[tuple[PlannedRecord, Part]]) -> SearchStrategy[Values]:
        drawn = [self._values_of(record, part) for record, part in given]
        record, part = given[0]
        if len(given) == 1 and not (record.repeats and not record.layout.opens) and not _makes_moment(record, part):
            return drawn[0].filled()
        last = given[-1][0]
        whole = joined(drawn, endless=last.repeats and not last.layout.opens)
        return whole.map(lambda value: {path: value})

    def _values_of(self, record: PlannedRecord, part: Part) -> FieldValues:
        item = part.field
        name = f"{record.layout.name}.{item.name}"
        how = self.layout.delimited
        unquoted = how is not None and not how.quote and not how.escape
        years = self.room.years(name, self.years)
        return FieldValues(
            item,
            self.profile.of(self.layout).codec,
            self.unknown_codes,
            years,
            self.room.range(name),
            is_rate=_is_rate(record, part),
            always=self.room.is_needed(name),
            without=how.delimiter if unquoted and how is not None else "",
        )

    def _climbed(self, draw: DrawFn, node: Node, filled: Values) -> Values:
        """Draw what lines below give to an object: as narrow as the narrowest of their fields."""
        values: Values = {}
        groups = [member for member in node.members if isinstance(member, Group)]
        held = [(group, item) for group in groups for item in cast("Sequence[object]", filled[group.attribute])]
        written = {id(group.record_of(item)) for group, item in held}
        for climbed in node.climbed:
            givers = [self.plan.records[index] for index in sorted(climbed.givers)]
            parts = [(each, part) for each in givers for part, slot in each.climbing if slot == climbed.slot]
            if any(id(each) in written for each in givers):
                values |= self._filled(draw, [min(parts, key=lambda giver: giver[1].field.length)])
            elif climbed.otherwise is not None:
                values[climbed.path] = climbed.otherwise[0]
        return values

    def _group(self, draw: DrawFn, node: Node, group: Group) -> list[object]:
        """Draw what one attribute holds: objects of one record, or of several that may alternate."""
        records = group.records
        most = self.room.most if node.opener is None else min(self.room.most, self.room.MOST_BELOW)
        least = [
            max(int(record.layout.needed), self.room.least(record), int(self._must_give(node, record)))
            for record in records
        ]
        if node.opener is not None and node.opener.batching is not None and not any(least):
            least[0] = int(self._must_give(node.opener.parent, node.opener))  # an empty batch is not written
        if len(records) == 1:
            wanted = draw(st.integers(least[0], max(least[0], most if records[0].repeats else 1)))
            return self._objects(draw, records[0], wanted)
        order = [record for record, times in zip(records, least, strict=True) for _ in range(times)]
        order += draw(st.lists(st.sampled_from(records), max_size=most))
        return [item for record in draw(st.permutations(order)) for item in self._objects(draw, record, 1)]

    @staticmethod
    def _must_give(node: Node, record: PlannedRecord) -> bool:
        """Return whether an object needs a line of a record, which says what must be said of it."""
        return any(climbed.otherwise is None and record.index in climbed.givers for climbed in node.climbed)

    def _objects(self, draw: DrawFn, record: PlannedRecord, wanted: int) -> list[object]:
        made = [self._object(draw, record) for _ in range(wanted)]
        if record.group is not None and record.batching is None:
            # It may be written as another record of its class.
            assume(all(record.group.record_of(item) is record for item in made))
        if record.batching is not None:
            return [item for batch in made for _, item in record.batching.objects(batch)]
        if not record.layout.group_by:
            return made
        # Lines of one key are lines of one object.
        apart = {tuple(_at(item, path) for path in record.layout.group_by): item for item in made}
        if record.layout.scattered is Scattered.SEPARATE:
            keys = [tuple(_at(item, path) for path in record.layout.group_by) for item in made]
            return [item for item, key, before in zip(made, keys, [None, *keys], strict=False) if key != before]
        return list(apart.values())

    def _object(self, draw: DrawFn, record: PlannedRecord) -> object:
        if record.node is not None:
            return self._node(draw, record.node)
        values = self._filled(draw, [(record, part) for part in record.parts])
        return built(record.model, record.defaults | values)

    def _elements(self, draw: DrawFn, record: PlannedRecord) -> Values:
        """Draw the elements that each line of a grouped object adds."""
        attribute = inner_attribute(record.inner[0].path)
        model = element_model(record.model, attribute)
        wanted = draw(st.integers(1, self.room.MOST_BELOW))
        sources = [(record, part) for part in record.inner]
        return {attribute: tuple(built(model, self._filled(draw, sources)) for _ in range(wanted))}


def _makes_moment(record: PlannedRecord, part: Part) -> bool:
    """Return whether a field that is a date fills an attribute that is a moment."""
    return part.field.kind is Kind.DATE and _annotation(record, part) is datetime


def _is_rate(record: PlannedRecord, part: Part) -> bool:
    """Return whether a field fills a percentage."""
    model, path = _target(record, part)
    *steps, last = path.split(".")
    for step in steps:
        model = _class_of(model, step)
    converter: object = fields_dict(model)[last].converter
    return converter is rate_or_none


def _annotation(record: PlannedRecord, part: Part) -> object:
    model, path = _target(record, part)
    *steps, last = path.split(".")
    for step in steps:
        model = _class_of(model, step)
    return plain(attributes(model)[last])


def _target(record: PlannedRecord, part: Part) -> tuple[type, str]:
    if part.path.startswith("^"):
        return record.parent.model, part.path.removeprefix("^")
    if inner_path(part.path):
        return element_model(record.model, inner_attribute(part.path)), inner_path(part.path)
    return record.model, part.path


def _at(item: object, path: str) -> object:
    for step in path.split("."):
        item = getattr(item, step)
    return item


def built(model: type, values: Mapping[str, object]) -> object:
    """Return the object that has these values at these attribute paths."""
    direct: Values = {}
    below: dict[str, Values] = defaultdict(dict)
    for path, value in values.items():
        name, _, rest = path.partition(".")
        if rest:
            below[name][rest] = value
        else:
            direct[name] = value
    nested = {name: built(_class_of(model, name), deeper) for name, deeper in below.items()}
    return model(**direct, **nested)


@cache
def _class_of(model: type, attribute: str) -> type:
    return cast("type", plain(attributes(model)[attribute]))
