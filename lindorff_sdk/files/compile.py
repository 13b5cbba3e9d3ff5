"""The functions of a plan: what makes its objects, and, for canonical lines of fixed width, what reads and writes them.

As attrs does for its classes, the source of each function is generated from the table and executed. A fast function
handles canonical lines only; whatever differs is handed back (None), and `doubtful.py` and `putting.py` then go through
the line field by field.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import cast

from attrs import fields

from lindorff_sdk.files.amounts import is_plain, signed
from lindorff_sdk.files.binding import attribute_type, element_model, plain
from lindorff_sdk.files.fill import UnreadableError
from lindorff_sdk.files.kinds import CODECS, raw_text, read_value, write_value
from lindorff_sdk.files.layout import Field, FileLayout, Kind
from lindorff_sdk.files.memo import Memo
from lindorff_sdk.files.merging import merge
from lindorff_sdk.files.paths import inner_attribute, inner_path
from lindorff_sdk.files.plan import (
    HEAD,
    MOMENT,
    RAW,
    REST,
    VALUE,
    WHOLE,
    Group,
    Make,
    Node,
    Ordinary,
    Part,
    Plan,
    PlannedRecord,
    Read,
    Write,
)
from lindorff_sdk.files.planner import plan as plan_of
from lindorff_sdk.files.units import units
from lindorff_sdk.models.money import ZERO


@lru_cache(maxsize=256)
def compiled(layout: FileLayout) -> Plan:
    """Return a layout's plan with its functions; it is made at the first call and kept."""
    made = plan_of(layout)
    for record in made.records:
        record.make = _maker(record.model, record.parts, record.defaults) if record.is_leaf else tuple
        if record.inner:
            attribute = inner_attribute(record.inner[0].path)
            inner = [Part(inner_path(part.path), part.field, part.role) for part in record.inner]
            record.make_inner = _maker(element_model(record.model, attribute), inner, {})
        if is_fast(record, layout):
            source = _Source(record)
            record.read, record.write, record.ordinary = source.reader(), source.writer(), source.ordinary()
            if record.is_leaf and not (record.climbing or record.joined or record.reserved or record.is_checked):
                record.hot = record.read
    for node in (made.root, *(record.node for record in made.records if record.node is not None)):
        node.build = _builder(node)
    return made


def is_fast(record: PlannedRecord, layout: FileLayout) -> bool:
    """Return whether a record's lines have columns that a regular expression can tell apart."""
    return layout.delimited is None and not layout.strip_blanks and len(record.layout.lengths) == 1


# Making objects ----------------------------------------------------------------------------------------------------


def _function(name: str, lines: Sequence[str], names: dict[str, object]) -> object:
    source = compile("\n".join(lines), f"<lindorff_sdk layout {name}>", "exec")
    exec(source, names)  # noqa: S102 - generated from a checked table
    return names["function"]


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


def _merged(places: Sequence[tuple[Part, str]], names: dict[str, object]) -> dict[str, str]:
    """Return the expression of each attribute path, given the parts that fill it and the expression of each."""
    by_path: dict[str, list[tuple[Part, str]]] = {}
    for part, expression in places:
        by_path.setdefault(part.path, []).append((part, expression))
    return {path: _joined(path, given, names) for path, given in by_path.items()}


def _joined(path: str, given: Sequence[tuple[Part, str]], names: dict[str, object]) -> str:
    if len(given) == 1 and given[0][0].role not in (WHOLE, MOMENT) and not given[0][1].startswith("*"):
        return given[0][1]
    key = f"merge_{re.sub('[^a-z0-9]', '_', path)}"
    items = [part.field for part, _ in given]
    names[key] = lambda values: merge(items, values)
    return f"{key}(({' '.join(f'{expression},' for _, expression in given)}))"


def _given(defaults: Mapping[str, object], names: dict[str, object]) -> dict[str, str]:
    """Return the expressions of attributes that no field fills."""
    given = {}
    for path, value in defaults.items():
        given[path] = f"default_{len(names)}"
        names[given[path]] = value
    return given


def _maker(model: type, parts: Sequence[Part], defaults: Mapping[str, object]) -> Make:
    names: dict[str, object] = {}
    filled = _given(defaults, names) | _merged([(part, f"values[{place}]") for place, part in enumerate(parts)], names)
    lines = ["def function(values):", f"    return {_construct(model, filled, names)}"]
    return cast("Make", _function(f"make {model.__name__}", lines, names))


def _builder(node: Node) -> Make:
    """Return the function that makes a node's object of its gathered parts."""
    names: dict[str, object] = {}
    places: list[tuple[Part, str]] = []
    filled = _given(node.defaults, names)
    for climbed in node.climbed:
        filled[climbed.path] = f"parts[{climbed.slot}]"
    if node.opener is not None:
        places = [(part, f"parts[0][{place}]") for place, part in enumerate(node.opener.parts)]
        if node.inner:
            filled[inner_attribute(node.opener.inner[0].path)] = f"tuple(parts[{node.inner}])"
    for member in node.members:
        if isinstance(member, Group):
            filled[member.attribute] = f"tuple(parts[{member.slot}])"
            continue
        for place, part in enumerate(member.parts):
            one = f"parts[{member.slot}][{place}]"
            places.append(
                (part, f"*[line[{place}] for line in parts[{member.slot}]]" if member.layout.repeats else one)
            )
    filled |= _merged(places, names)
    lines = ["def function(parts):", f"    return {_construct(node.model, filled, names)}"]
    return cast("Make", _function(f"build {node.model.__name__}", lines, names))


# Fast lines --------------------------------------------------------------------------------------------------------


def _canonical(item: Field, text: str) -> object:
    """Return what a text means if it is the one text of its meaning."""
    value = read_value(item, text)
    if value.unknown or value.canonical != text:
        raise UnreadableError("the canonical text")
    return value.value


class _Source:
    """Writes the source of one record's fast functions."""

    def __init__(self, record: PlannedRecord) -> None:
        self.record = record
        self.all_parts = record.all_parts
        captured = {part.field.name for part in self.all_parts} | {stated.field.name for stated in record.stated}
        captured |= {accumulator.field for _, accumulator in record.sums}
        captured |= {name for _, accumulator in record.sums for name, _ in accumulator.where}
        captured |= {item.name for _, item in record.extremes}
        captured |= {item.sign_in for item in record.layout.fields if item.sign_in}
        self.captured = [item for item in record.layout.fields if item.name in captured]
        self.match = re.compile("".join(map(self._pattern, record.layout.fields)), re.DOTALL).fullmatch

    def _pattern(self, item: Field) -> str:
        source = (not item.matches and CODECS[item.kind].pattern(item)) or f".{{{item.length}}}"
        return f"({source})" if item in self.captured else source

    def _group(self, item: Field) -> str:
        return f"g{self.captured.index(item)}"

    def reader(self) -> Read:
        names: dict[str, object] = {"match": self.match, "ZERO": ZERO, "Decimal": Decimal, "signed": signed}
        values = [self._part(part, names) for part in self.all_parts]
        made = f"({' '.join(f'{value},' for value in values)})"
        if self.record.is_leaf and not self.record.joined and len(values) == len(self.record.parts):
            filled = _merged(list(zip(self.record.parts, values, strict=True)), names)
            made = _construct(self.record.model, _given(self.record.defaults, names) | filled, names)
        groups = ", ".join(f"g{number}" for number in range(len(self.captured)))
        lines = [
            "def function(line, tally):",
            "    m = match(line)",
            "    if m is None:",
            "        return None",
            f"    {groups}, = m.groups()" if groups else "",
            "    try:",
            f"        made = {made}",
            *(f"        {line}" for line in self._stated(names)),
            *(f"        {line}" for line in self._seen(names)),
            "    except ValueError:",
            "        return None",
            *(f"    {line}" for line in self._summed(self._group, names)),
            *(f"    tally.remembered[{i}] = line[{item.start}:{item.end}]" for item, i in self.record.remembered),
            "    return made",
        ]
        return cast("Read", _function(f"read {self.record.layout.name}", lines, names))

    def _part(self, part: Part, names: dict[str, object]) -> str:
        group = self._group(part.field)
        if part.role in (RAW, WHOLE):
            return (
                f"{group}.{'lstrip' if part.field.align == 'right' else 'rstrip'}({part.field.pad!r})"
                if part.role == RAW
                else group
            )
        value = self._value(part.field, names)
        if part.role == HEAD:
            return f"{value}.partition({part.field.split!r})[0]"
        return f"{value}.partition({part.field.split!r})[2]" if part.role == REST else value

    def _value(self, item: Field, names: dict[str, object]) -> str:
        group = self._group(item)
        expression = CODECS[item.kind].read(item)
        if not expression:
            names[f"decode_{group}"] = Memo(lambda text: _canonical(item, str(text)))
            expression = "decode_{0}[{0}]"
        value = expression.format(group)
        if item.sign_in:
            return f"signed({value}, {self._value(self.record.layout.field(item.sign_in), names)})"
        return value

    def _stated(self, names: dict[str, object]) -> list[str]:
        return [f"tally.stated[{s.index}] = {self._value(s.field, names)}" for s in self.record.stated]

    def _seen(self, names: dict[str, object]) -> list[str]:
        lines = []
        for index, item in self.record.extremes:
            lines += [
                f"day, low, high = {self._value(item, names)}, tally.earliest[{index}], tally.latest[{index}]",
                f"if low is None or high is None or day is None or not low <= day <= high: tally.see({index}, day)",
            ]
        return lines

    def _summed(self, text_of: Callable[[Field], str], names: dict[str, object]) -> list[str]:
        """Return the statements that add a line to the accumulators, given where the text of a field is."""
        lines = []
        for index, accumulator in self.record.sums:
            condition = " and ".join(
                f"{text_of(self.record.layout.field(name))} in {texts!r}" for name, texts in accumulator.where
            )
            amount = self._units(accumulator.field, text_of, names) if accumulator.field else "1"
            amount = f"abs({amount})" if accumulator.absolute else amount
            lines.append(f"if {condition}: " * bool(condition) + f"tally.sums[{index}] += {amount}")
        return lines

    def _units(self, name: str, text_of: Callable[[Field], str], names: dict[str, object]) -> str:
        item = self.record.layout.field(name)
        text = text_of(item)
        if is_plain(item):
            amount = f"int({text})" if not item.may_be_empty else f"int({text} if {text}.strip() else 0)"
        else:
            names[f"units_{name}"] = Memo(lambda text: units(item, read_value(item, str(text)).value))
            amount = f"units_{name}[{text}]"
        if item.sign_in:
            sign = self.record.layout.field(item.sign_in)
            return f"({amount} if {text_of(sign)} != {write_value(sign, -1)!r} else -{amount})"
        return amount

    def ordinary(self) -> Ordinary:
        """Return what tells whether a line has the numbers and keys that it should, and nothing to be kept."""
        tests = []
        for item, index, counted in self.record.numbered:
            what = f"tally.counts[{counted}]" if counted >= 0 else "sum(tally.counts)"
            tests.append(f"line[{item.start}:{item.end}] == f'{{{what} - tally.bases[{index}]:0{item.length}d}}'")
        tests += [f"line[{i.start}:{i.end}] == tally.remembered[{index}]" for i, index in self.record.matched]
        tests += [f"line[{i.start}:{i.end}] == {i.pad * i.length!r}" for i in self.record.reserved]
        lines = ["def function(line, tally):", f"    return {' and '.join(tests) or 'True'}"]
        return cast("Ordinary", _function(f"ordinary {self.record.layout.name}", lines, {}))

    # Writing --------------------------------------------------------------------------------------------------------

    def writer(self) -> Write | None:
        """Return the writing function; None where a value has to be parted, or is known only at the end."""
        record = self.record
        paths = [part.path for part in self.all_parts]
        simple = all(part.role in (VALUE, RAW) for part in self.all_parts) and len(set(paths)) == len(paths)
        if (
            not simple
            or record.stated
            or record.inner
            or record.climbing
            or (record.layout.repeats and not record.layout.opens)
        ):
            return None
        names: dict[str, object] = {"match": self.match, "ZERO": ZERO}
        raw = {part.field.name: part.path for part in record.parts if part.role == RAW}
        pieces, texts = [], []
        needed = self._needed_texts()
        for number, item in enumerate(record.layout.fields):
            piece = self._piece(number, item, raw, names)
            if item.name in needed:
                texts.append(f'        p{number} = f"{piece}"')
                piece = f"{{p{number}}}"
            pieces.append(piece)
        text_of = {item: f"p{number}" for number, item in enumerate(record.layout.fields)}
        lines = [
            "def function(o, tally):",
            "    try:",
            *texts,
            f'        line = f"{"".join(pieces)}"',
            "    except (TypeError, ValueError, AttributeError):",
            "        return None",
            "    if match(line) is None:",
            "        return None",
            *(f"    {line}" for line in self._summed(lambda item: text_of[item], names)),
            *(f"    tally.see({index}, o.{item.to})" for index, item in record.extremes),
            "    return line",
        ]
        return cast("Write", _function(f"write {record.layout.name}", lines, names))

    def _needed_texts(self) -> set[str]:
        names: set[str] = set()
        for _, accumulator in self.record.sums:
            names.update(name for name, _ in accumulator.where)
            if accumulator.field:
                item = self.record.layout.field(accumulator.field)
                names.update(name for name in (item.name, item.sign_in) if name)
        return names

    def _piece(self, number: int, item: Field, raw: dict[str, str], names: dict[str, object]) -> str:
        for numbered, index, counted in self.record.numbered:
            if numbered is item:
                what = f"tally.counts[{counted}]" if counted >= 0 else "sum(tally.counts)"
                return f"{{{what} - tally.bases[{index}]:0{item.length}d}}"
        for matched, index in self.record.matched:
            if matched is item:
                return f"{{tally.remembered[{index}]}}"
        if item.kind is Kind.SIGN:
            amount = next(other for other in self.record.layout.fields if other.sign_in == item.name)
            names[f"plus_{number}"], names[f"minus_{number}"] = write_value(item, 1), write_value(item, -1)
            return f"{{minus_{number} if o.{amount.to} < ZERO else plus_{number}}}"
        if not item.to:
            names[f"c{number}"] = CODECS[item.kind].encode(item, None)
            return f"{{c{number}}}"
        return self._bound(number, item, raw, names)

    def _bound(self, number: int, item: Field, raw: dict[str, str], names: dict[str, object]) -> str:
        value = f"abs(o.{item.to})" if item.sign_in else f"o.{item.to}"
        if item.name in raw:
            names[f"code_{number}"] = lambda code, meaning: (
                raw_text(item, code, meaning) if code else write_value(item, meaning)
            )
            return f"{{code_{number}(o.{raw[item.name]}, {value})}}"
        names[f"encode_{number}"] = Memo(lambda value: write_value(item, value))
        expression = CODECS[item.kind].write(item)
        return expression.format(value) or f"{{encode_{number}[{value}]}}"
