"""A layout compiled, once, to functions specialised for its records.

As attrs does for its classes, the source of each function is generated from the table and executed. A compiled
function handles canonical lines only, told by one regular expression per record; whatever differs is handed back
(None), and `parser.py` and `serializer.py` then go through the line field by field.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Protocol, cast

from attrs import define, field, fields, frozen

from lindorff_sdk.files.binding import ROOTS, attribute_type, default, plain
from lindorff_sdk.files.check import record_models
from lindorff_sdk.files.kinds import CODECS, UnreadableError, code_text
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Occurs, Record
from lindorff_sdk.files.memo import Memo
from lindorff_sdk.models.money import ZERO


class Read(Protocol):
    """Turns a canonical line into values (or the object they make), or returns None."""

    def __call__(self, line: str, sums: list[int], stated: list[int], /) -> object | None:
        """Read ``line``, adding to ``sums`` and noting what it states."""


class Write(Protocol):
    """Turns an object into its canonical line, or returns None."""

    def __call__(self, model: object, sums: list[int], /) -> str | None:
        """Write ``model``, adding to ``sums``."""


@frozen
class Target:
    """One attribute that a record fills: by the value of a field, or by its raw text."""

    path: str
    field: Field
    raw: bool


@frozen
class Total:
    """A count or sum that a record at the top of the file states."""

    index: int
    record: Record
    field: Field


@define(eq=False)
class CompiledRecord:
    """A record with its functions and its place in the file.

    Attributes:
        parent: The object under which its line stands.
        node: The object that it opens; None if it continues ``parent`` or opens one without lines below it.
        slot: Where its values, or its objects, are gathered in ``parent``.
        rank: Its place in the order of lines under ``parent``; records that share one may alternate.
        targets: What its fields fill, in the order in which ``make`` takes the values.
        totals: What it states.
        summed: For each of its fields that is summed: its index in the sums.
    """

    layout: Record
    index: int
    model: type
    parent: "Node"
    slot: int
    rank: int
    targets: tuple[Target, ...]
    totals: tuple[Total, ...]
    summed: dict[str, int]
    read: Read
    write: Write
    make: Callable[[Sequence[object]], object]
    match: Callable[[str], re.Match[str] | None]
    absent: tuple[object, ...] | None
    """What its attributes are where the record is left out; None if it must be there."""
    node: "Node | None" = None


@define(eq=False)
class Node:
    """An object of the file and the lines it is made of.

    Attributes:
        model: Its class.
        opener: The record that opens it, whose values are gathered first; None for the file itself.
        members: Further records that fill it, and groups of records that open what it holds, in the order of the file.
        slots: How many places its parts are gathered in.
        build: Makes the object of the gathered parts.
    """

    model: type
    opener: CompiledRecord | None = None
    members: list["CompiledRecord | Group"] = field(factory=list)
    slots: int = 0
    build: Callable[[list[object]], object] = lambda parts: parts


@define(eq=False)
class Group:
    """The records that open the objects which one attribute holds."""

    attribute: str
    slot: int
    rank: int
    records: dict[type, CompiledRecord] = field(factory=dict)


@define(eq=False)
class CompiledFile:
    """A file's layout, ready to run."""

    layout: FileLayout
    root: Node
    records: list[CompiledRecord]
    by_key: dict[object, CompiledRecord]
    key: Callable[[str], object]
    totals: list[Total]
    sums: list[str]


@lru_cache(maxsize=256)
def compiled(layout: FileLayout) -> CompiledFile:
    """Return the layout's compiled form; it is made at the first call and kept."""
    return _Compiler(layout).file()


class _Compiler:
    def __init__(self, layout: FileLayout) -> None:
        self.layout = layout
        self.models = record_models(layout)
        self.root = Node(ROOTS[layout.transfer])
        self.records: list[CompiledRecord] = []
        self.totals: list[Total] = []
        self.sums = list(
            dict.fromkeys(name for record in layout.records for item in record.fields for name in item.sums)
        )

    def file(self) -> CompiledFile:
        for record in self.layout.records:
            self._add(record)
        for node in dict.fromkeys([self.root, *(record.node for record in self.records if record.node)]):
            node.build = _builder(node)
        first = self.layout.records[0]
        slices = [slice(first.field(name).start, first.field(name).end) for name in self.layout.recognised_by]
        return CompiledFile(
            layout=self.layout,
            root=self.root,
            records=self.records,
            by_key={self._key(record.layout): record for record in self.records},
            key=itemgetter(*slices),
            totals=self.totals,
            sums=self.sums,
        )

    def _key(self, record: Record) -> object:
        values = tuple(record.field(name).value for name in self.layout.recognised_by)
        return values if len(values) > 1 else values[0]

    def _add(self, record: Record) -> None:
        opens_node = bool(record.opens) and any(other.under == record.name for other in self.layout.records)
        parent = self._node_of(record.under)
        targets = tuple(_targets(record))
        totals = tuple(
            Total(len(self.totals) + number, record, item)
            for number, item in enumerate(item for item in record.fields if item.is_total)
        )
        self.totals.extend(totals)
        model = self.models[record.name]
        summed = {
            item.name: self.sums.index(f"{record.name}.{item.name}")
            for item in record.fields
            if f"{record.name}.{item.name}" in self.sums
        }
        makes_object = bool(record.opens) and not opens_node
        writer = _Source(record, model, targets, totals, summed)
        compiled_record = CompiledRecord(
            layout=record, index=len(self.records), model=model, parent=parent, slot=0, rank=0, targets=targets,
            totals=totals, summed=summed, read=writer.reader(makes_object), write=writer.writer(),
            make=writer.maker(makes_object), match=writer.match, absent=_absent(record, model, targets),
        )  # fmt: skip
        self.records.append(compiled_record)
        self._place(compiled_record, parent)
        if opens_node:
            compiled_record.node = Node(model, compiled_record, slots=1)

    def _node_of(self, name: str) -> Node:
        if not name:
            return self.root
        record = next(item for item in self.records if item.layout.name == name)
        return record.node or record.parent

    @staticmethod
    def _place(record: CompiledRecord, parent: Node) -> None:
        last = parent.members[-1] if parent.members else None
        rank = 0 if last is None else last.rank + 1
        attribute = record.layout.opens
        if not attribute:
            record.slot, record.rank = parent.slots, rank
            parent.slots += 1
            parent.members.append(record)
        elif isinstance(last, Group) and last.attribute == attribute:
            record.slot, record.rank = last.slot, last.rank
            last.records[record.model] = record
        else:
            group = Group(attribute, parent.slots, rank, {record.model: record})
            record.slot, record.rank = group.slot, group.rank
            parent.slots += 1
            parent.members.append(group)


def _targets(record: Record) -> list[Target]:
    plain_ones = [Target(item.to, item, raw=False) for item in record.fields if item.to]
    return plain_ones + [Target(item.raw_to, item, raw=True) for item in record.fields if item.raw_to]


def _absent(record: Record, model: type, targets: tuple[Target, ...]) -> tuple[object, ...] | None:
    if record.occurs is not Occurs.OPTIONAL or record.opens:
        return None
    return tuple(default(model, target.path) for target in targets)


# Source --------------------------------------------------------------------------------------------------------------


def _construct(model: type, filled: dict[str, str], names: dict[str, object], prefix: str = "") -> str:
    """Return the expression that makes ``model`` from expressions by attribute path."""
    names[model.__name__] = model
    arguments = []
    for item in fields(model):
        path = f"{prefix}{item.name}"
        if path in filled:
            arguments.append(f"{item.name}={filled[path]}")
        elif any(other.startswith(f"{path}.") for other in filled):
            below = cast("type", plain(attribute_type(model, item.name)))
            arguments.append(f"{item.name}={_construct(below, filled, names, f'{path}.')}")
    return f"{model.__name__}({', '.join(arguments)})"


def _function(name: str, source: str, names: dict[str, object]) -> object:
    exec(compile(source, f"<lindorff_sdk layout {name}>", "exec"), names)  # noqa: S102 - generated from a checked table
    return names["function"]


def _builder(node: Node) -> Callable[[list[object]], object]:
    """Return the function that makes a node's object of its gathered parts."""
    names: dict[str, object] = {}
    filled: dict[str, str] = {}
    if node.opener is not None:
        filled = {target.path: f"parts[0][{place}]" for place, target in enumerate(node.opener.targets)}
    for member in node.members:
        if isinstance(member, Group):
            filled[member.attribute] = f"tuple(parts[{member.slot}])"
        else:
            for place, target in enumerate(member.targets):
                filled[target.path] = f"parts[{member.slot}][{place}]"
    source = f"def function(parts):\n    return {_construct(node.model, filled, names)}\n"
    return cast("Callable[[list[object]], object]", _function(f"build {node.model.__name__}", source, names))


def _canonical(item: Field, text: str) -> object:
    """Return what a text means; one that the field would write otherwise is left to the slow way."""
    value = CODECS[item.kind].decode(item, text)
    if value.deviation:
        raise UnreadableError(value.deviation)
    return value.value


class _Source:
    """Writes the source of one record's functions."""

    def __init__(
        self,
        record: Record,
        model: type,
        targets: tuple[Target, ...],
        totals: tuple[Total, ...],
        summed: dict[str, int],
    ) -> None:
        self.record, self.model, self.targets, self.totals, self.summed = record, model, targets, totals, summed
        captured = {target.field.name for target in targets} | {total.field.name for total in totals} | set(summed)
        self.captured = [item for item in record.fields if item.name in captured]
        self.match = re.compile(
            "".join(
                f"({CODECS[item.kind].pattern(item)})" if item in self.captured else CODECS[item.kind].pattern(item)
                for item in record.fields
            ),
            re.DOTALL,
        ).fullmatch

    def _group(self, item: Field) -> str:
        return f"g{self.captured.index(item)}"

    def _made(self, makes_object: bool, values: list[str], names: dict[str, object]) -> str:
        if makes_object:
            return _construct(self.model, {t.path: v for t, v in zip(self.targets, values, strict=True)}, names)
        return f"({' '.join(f'{value},' for value in values)})"

    def maker(self, makes_object: bool) -> Callable[[Sequence[object]], object]:
        names: dict[str, object] = {}
        values = [f"values[{place}]" for place in range(len(self.targets))]
        source = f"def function(values):\n    return {self._made(makes_object, values, names)}\n"
        return cast("Callable[[Sequence[object]], object]", _function(f"make {self.record.name}", source, names))

    def reader(self, makes_object: bool) -> Read:
        names: dict[str, object] = {"match": self.match, "ZERO": ZERO, "Decimal": Decimal}
        values = [self._raw(t.field) if t.raw else self._read(t.field, names) for t in self.targets]
        stated = [f"    stated[{t.index}] = {self._units(t.field)}" for t in self.totals]
        sums = [f"    sums[{i}] += {self._units(self.record.field(n))}" for n, i in self.summed.items()]
        groups = ", ".join(f"g{number}" for number in range(len(self.captured)))
        source = "\n".join(
            [
                "def function(line, sums, stated):",
                "    m = match(line)",
                "    if m is None:",
                "        return None",
                f"    {groups}, = m.groups()" if groups else "",
                "    try:",
                f"        made = {self._made(makes_object, values, names)}",
                "    except ValueError:",
                "        return None",
                *stated,
                *sums,
                "    return made",
            ]
        )
        return cast("Read", _function(f"read {self.record.name}", source, names))

    def _units(self, item: Field) -> str:
        group = self._group(item)
        return f"int({group} if {group}.strip() else 0)"

    def _raw(self, item: Field) -> str:
        return CODECS[Kind.TEXT].read(item).format(self._group(item))

    def _read(self, item: Field, names: dict[str, object]) -> str:
        group = self._group(item)
        expression = CODECS[item.kind].read(item)
        if expression:
            return expression.format(group)
        names[f"decode_{group}"] = Memo(lambda text: _canonical(item, str(text)))
        return f"decode_{group}[{group}]"

    def writer(self) -> Write:
        """Return the writing function; a record that states totals has none, since its values come last."""
        if self.totals:
            return lambda _model, _sums: None
        names: dict[str, object] = {"match": self.match}
        raw = {target.field.name: target.path for target in self.targets if target.raw}
        pieces, summed = [], []
        for number, item in enumerate(self.record.fields):
            piece = self._write(number, item, raw, names)
            if item.name in self.summed:
                summed.append((f"p{number}", piece, self.summed[item.name]))
                piece = f"{{p{number}}}"
            pieces.append(piece)
        source = "\n".join(
            [
                "def function(o, sums):",
                "    try:",
                *(f'        {name} = f"{piece}"' for name, piece, _ in summed),
                f'        line = f"{"".join(pieces)}"',
                "    except (TypeError, ValueError, AttributeError):",
                "        return None",
                "    if match(line) is None:",
                "        return None",
                *(f"    sums[{index}] += int({name} if {name}.strip() else 0)" for name, _, index in summed),
                "    return line",
            ]
        )
        return cast("Write", _function(f"write {self.record.name}", source, names))

    def _write(self, number: int, item: Field, raw: dict[str, str], names: dict[str, object]) -> str:
        codec = CODECS[item.kind]
        if not item.to:
            names[f"c{number}"] = codec.encode(item, None)
            return f"{{c{number}}}"
        if item.name in raw:
            names[f"code_{number}"] = lambda raw, meaning: code_text(item, raw, meaning)
            return f"{{code_{number}(o.{raw[item.name]}, o.{item.to})}}"
        names[f"encode_{number}"] = Memo(lambda value: codec.encode(item, value))
        return codec.write(item).format(f"o.{item.to}") or f"{{encode_{number}[o.{item.to}]}}"
