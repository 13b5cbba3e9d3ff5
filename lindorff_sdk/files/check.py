"""What can be wrong with a layout: each check yields the key path and the mistake, all of them at once."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import cast

import attrs

from lindorff_sdk.files.binding import (
    ROOTS,
    attribute_type,
    attributes,
    holds,
    is_model,
    item_models,
    may_be_none,
    meanings,
    plain,
    required,
)
from lindorff_sdk.files.layout import Empty, Field, FileLayout, Kind, Occurs, Record, Sign
from lindorff_sdk.files.names import template_mistake

Mistake = tuple[str, str]
"""Key path within the file's table, and what is wrong there."""

_MOST_DIGITS = 24
"""Of a number: decimal arithmetic rounds at 28 digits, and amounts of money end far below."""
_ONLY: dict[str, set[Kind]] = {
    "value": {Kind.CONSTANT},
    "raw_to": {Kind.CODE},
    "align": {Kind.TEXT, Kind.CODE, Kind.FLAG},
    "decimals": {Kind.AMOUNT, Kind.RATE},
    "sign": {Kind.AMOUNT},
    "format": {Kind.DATE, Kind.DATETIME},
    "codes": {Kind.CODE, Kind.FLAG},
    "unknown": {Kind.CODE},
    "counts": {Kind.INTEGER},
    "sums": {Kind.INTEGER, Kind.AMOUNT},
}
"""Keys that mean something to fields of some kinds only."""
_UNSET = attrs.fields_dict(Field)
_MAY_BE_EMPTY = {Kind.DIGITS, Kind.INTEGER, Kind.AMOUNT, Kind.RATE, Kind.DATE, Kind.DATETIME, Kind.CODE, Kind.FLAG}


def check_file(layout: FileLayout) -> Iterator[Mistake]:
    """Yield every mistake of a file's layout. Later checks rest on earlier ones, so the first that fail end it."""
    for checks in (
        (_names, _widths, _parents),
        (_objects,),
        (_fields, _recognition, _unique, _totals),
        (_required,),
    ):
        mistakes = [mistake for check in checks for mistake in check(layout)]
        yield from mistakes
        if mistakes:
            return


def record_models(layout: FileLayout) -> dict[str, type]:
    """Return the class of the object that each record's fields belong to."""
    models: dict[str, type] = {}
    for record in layout.records:
        enclosing = models[record.under] if record.under else ROOTS[layout.transfer]
        if not record.opens:
            models[record.name] = enclosing
            continue
        items = item_models(enclosing, record.opens)
        if record.model not in items and not (record.model == "" and len(items) == 1):
            raise LookupError(f"model must be one of {', '.join(items)}")
        models[record.name] = items[record.model] if record.model else next(iter(items.values()))
    return models


def _names(layout: FileLayout) -> Iterator[Mistake]:
    if template_mistake(layout.name):
        yield "name", template_mistake(layout.name)
    for name, times in Counter(record.name for record in layout.records).items():
        if times > 1:
            yield f"records[{name}]", "Two records have this name."
    for record in layout.records:
        for name, times in Counter(item.name for item in record.fields).items():
            if times > 1:
                yield f"records[{record.name}].fields[{name}]", "Two fields of the record have this name."


def _each_field(layout: FileLayout) -> Iterator[tuple[str, Record, Field]]:
    for record in layout.records:
        for item in record.fields:
            yield f"records[{record.name}].fields[{item.name}]", record, item


def _widths(layout: FileLayout) -> Iterator[Mistake]:
    for path, _, item in _each_field(layout):
        if item.length < 1:
            yield f"{path}.length", "A field is at least one byte wide."
        if len(item.pad) != 1:
            yield f"{path}.pad", "The pad is one character."
        if item.empty is not Empty.NEVER and item.kind not in _MAY_BE_EMPTY:
            yield f"{path}.empty", f"A field of kind {item.kind} is never without a value."
        for key, kinds in _ONLY.items():
            if getattr(item, key) not in (_UNSET[key].default, {}) and item.kind not in kinds:
                yield f"{path}.{key}", f"A field of kind {item.kind} has no {key}."
        for key, message in (*_width(item), *_digits(item), *_codes(item)):
            yield f"{path}.{key}", message


def _width(item: Field) -> Iterator[Mistake]:
    if item.kind is Kind.CONSTANT and len(item.value) != item.length:
        yield "value", f"The constant {item.value!r} does not fill its width of {item.length}."
    if item.kind in (Kind.DATE, Kind.DATETIME):
        if not re.fullmatch("(?:%[YymdHMS])+", item.format):
            yield "format", f"The format {item.format!r} is not made of %Y, %y, %m, %d, %H, %M and %S alone."
        elif _date_width(item.format) != item.length:
            yield "length", f"The format {item.format!r} is {_date_width(item.format)} wide, not {item.length}."


def _digits(item: Field) -> Iterator[Mistake]:
    if item.kind in (Kind.INTEGER, Kind.AMOUNT, Kind.RATE) and item.length > _MOST_DIGITS:
        yield "length", f"A number has at most {_MOST_DIGITS} digits."
    if item.decimals < 0:
        yield "decimals", "There are no fewer than 0 decimals."
    if item.kind in (Kind.AMOUNT, Kind.RATE) and item.length <= item.decimals + (item.sign is not Sign.NONE):
        yield "decimals", "No digit is left before the decimals."


def _codes(item: Field) -> Iterator[Mistake]:
    if item.kind in (Kind.CODE, Kind.FLAG) and not item.codes:
        yield "codes", "The codes are missing."
    for code in item.codes:
        if not 0 < len(code) <= item.length:
            yield f"codes.{code}", f"The code does not fit the width of {item.length}."
    for code, times in Counter(code.strip(item.pad) for code in item.codes).items():
        if times > 1:
            yield f"codes.{code}", "Filled with the pad, two of the codes are the same."


def check_codec(layout: FileLayout, codec: str) -> Iterator[Mistake]:
    """Yield what a layout writes of itself and the codec cannot write as one byte for each character."""
    for path, _, item in _each_field(layout):
        for key, text in (("value", item.value), ("pad", item.pad), *((f"codes.{code}", code) for code in item.codes)):
            if len(text.encode(codec, "replace")) != len(text) or text.encode(codec, "ignore").decode(codec) != text:
                yield f"{path}.{key}", f"{codec} lacks a character of {text!r}, or makes it several bytes wide."
            elif not text.isprintable():
                yield f"{path}.{key}", f"There is a control character in {text!r}."


def _date_width(pattern: str) -> int:
    return len(re.sub("%.", "..", pattern.replace("%Y", "....")))


def _parents(layout: FileLayout) -> Iterator[Mistake]:
    earlier: set[str] = set()
    for record in layout.records:
        if record.under and record.under not in earlier:
            yield f"records[{record.name}].under", f"No record {record.under!r} stands before it."
        earlier.add(record.name)


def _objects(layout: FileLayout) -> Iterator[Mistake]:
    models: dict[str, type] = {}
    for record in layout.records:
        enclosing = models.get(record.under, ROOTS[layout.transfer])
        models[record.name] = enclosing
        if not record.opens:
            if record.occurs in ("*", "+"):
                yield f"records[{record.name}].occurs", "Only a record that opens an object may repeat."
            continue
        try:
            items = item_models(enclosing, record.opens)
        except LookupError as error:
            yield f"records[{record.name}].opens", f"{error.args[0]}."
            continue
        name = record.model or (next(iter(items)) if len(items) == 1 else "")
        if name not in items:
            yield f"records[{record.name}].model", f"Not one of {', '.join(items)}."
        models[record.name] = items.get(name, enclosing)
    yield from _apart(layout)


def _apart(layout: FileLayout) -> Iterator[Mistake]:
    """Yield the records that open objects of one attribute, but not together or not in any order."""
    before: dict[str, str] = {}
    series: dict[tuple[str, str], list[Record]] = {}
    for record in layout.records:
        above = _enclosing(layout, record)
        members = series.setdefault((above, record.opens), [])
        if record.opens and members and before[above] != record.opens:
            yield f"records[{record.name}].opens", f"Another record stands between those that open {record.opens!r}."
        members.append(record)
        before[above] = record.opens
    for (_, attribute), members in series.items():
        for record in members if attribute and len(members) > 1 else ():
            if not record.repeats:
                yield f"records[{record.name}].occurs", f"Of several records that open {attribute!r}, each may repeat."


def _fields(layout: FileLayout) -> Iterator[Mistake]:
    models = record_models(layout)
    filled: set[tuple[str, str]] = set()
    for path, record, item in _each_field(layout):
        model = models[record.name]
        for key, message in (*_target(model, item, "to"), *_target(model, item, "raw_to"), *_meaning(model, item)):
            yield f"{path}.{key}", message
        if not item.to and not item.is_total and item.kind not in (Kind.CONSTANT, Kind.FILLER):
            yield f"{path}.to", "The field goes nowhere: bind it with 'to', or make it a filler."
        for to in filter(None, (item.to, item.raw_to)):
            target = (_owner(layout, record), to)
            if target in filled:
                yield f"{path}.to", f"Another field fills {to!r} already."
            filled.add(target)


def _owner(layout: FileLayout, record: Record) -> str:
    """Return the record that opens the object which a record's fields belong to; ``""`` for the file's own object."""
    while not record.opens:
        if not record.under:
            return ""
        record = layout.record(record.under)
    return record.name


def _enclosing(layout: FileLayout, record: Record) -> str:
    """Return the record that opens the object under which a record stands; ``""`` for the file's own object."""
    return _owner(layout, layout.record(record.under)) if record.under else ""


def _target(model: type, item: Field, key: str) -> Iterator[Mistake]:
    to, kind = (item.to, item.kind) if key == "to" else (item.raw_to, Kind.TEXT)
    if not to:
        return
    try:
        annotation = attribute_type(model, to)
    except LookupError as error:
        yield key, f"{error.args[0]}."
        return
    if not holds(annotation, kind):
        yield key, f"{to!r} cannot hold a field of kind {kind}."
    elif item.empty is not Empty.NEVER and not may_be_none(annotation) and plain(annotation) is not str:
        yield "empty", f"{to!r} always has a value, so the field cannot be without one."


def _meaning(model: type, item: Field) -> Iterator[Mistake]:
    if item.kind is Kind.FLAG and sorted(map(repr, item.codes.values())) != ["False", "True"]:
        yield "codes", "A flag has one code for true and one for false."
    if item.kind is not Kind.CODE or not item.to:
        return
    try:
        words = meanings(attribute_type(model, item.to))
    except LookupError:
        return
    for code, meaning in (*item.codes.items(), ("unknown", item.unknown)):
        if words is not None and meaning and meaning not in list(words):
            yield f"codes.{code}", f"{meaning!r} is not one of {', '.join(words)}."


def _recognition(layout: FileLayout) -> Iterator[Mistake]:
    if not layout.recognised_by:
        yield "recognised_by", "Name the constants that tell the records apart."
    seen: dict[object, str] = {}
    columns: set[object] = set()
    for record in layout.records:
        fields = [item for item in record.fields if item.name in layout.recognised_by and item.kind is Kind.CONSTANT]
        if len(fields) != len(layout.recognised_by):
            yield f"records[{record.name}]", f"It lacks a constant named in recognised_by: {layout.recognised_by}."
            continue
        columns.add(tuple((item.start, item.length) for item in fields))
        code = tuple(item.value for item in fields)
        if code in seen:
            yield f"records[{record.name}]", f"Nothing tells it from record {seen[code]!r}."
        seen[code] = record.name
    if len(columns) > 1:
        yield "recognised_by", "The constants stand at other columns in some records."


def _unique(layout: FileLayout) -> Iterator[Mistake]:
    for record in layout.records:
        for name in sorted(set(record.unique) - {item.name for item in record.fields}):
            yield f"records[{record.name}].unique", f"The record has no field {name!r}."


def _totals(layout: FileLayout) -> Iterator[Mistake]:
    records = {record.name: record for record in layout.records}
    for path, record, item in _each_field(layout):
        if item.is_total and (record.opens or record.under):
            yield path, "Totals stand in a record at the top of the file."
        if item.is_total and item.to:
            yield f"{path}.to", "A total is worked out from the records; it fills nothing."
        for name in item.counts:
            if name != "*" and name not in records:
                yield f"{path}.counts", f"There is no record {name!r}."
        for name in item.sums:
            summed, _, of = name.partition(".")
            fields = {f.name: f for f in records[summed].fields} if summed in records else {}
            if of not in fields or fields[of].kind is not item.kind or item.kind not in (Kind.AMOUNT, Kind.INTEGER):
                yield f"{path}.sums", f"{name!r} is not a field of kind {item.kind} that can be summed."
            elif fields[of].decimals != item.decimals:
                yield f"{path}.sums", f"{name!r} has {fields[of].decimals} decimals, and the sum {item.decimals}."
            elif fields[of].sign is not Sign.NONE and item.sign is Sign.NONE:
                yield f"{path}.sums", f"{name!r} can be negative, and the sum has no sign."


def _required(layout: FileLayout) -> Iterator[Mistake]:
    models = record_models(layout)
    filled: dict[str, set[str]] = {"": set()}
    for record in layout.records:
        paths = filled.setdefault(_owner(layout, record), set())
        if record.opens:
            filled[_enclosing(layout, record)].add(record.opens)
        elif record.occurs is Occurs.OPTIONAL:
            continue
        paths.update(to for item in record.fields for to in (item.to, item.raw_to) if to)
    for owner, paths in filled.items():
        model = models[owner] if owner else ROOTS[layout.transfer]
        for missing in _unfilled(model, paths, ""):
            yield f"records[{owner}]" if owner else "records", f"Nothing fills {missing!r}, which has no default."


def _unfilled(model: type, paths: set[str], prefix: str) -> Iterator[str]:
    for name, annotation in attributes(model).items():
        path = f"{prefix}{name}"
        below = any(other.startswith(f"{path}.") for other in paths)
        if is_model(plain(annotation)) and below:
            yield from _unfilled(cast("type", plain(annotation)), paths, f"{path}.")
        elif name in set(required(model)) and path not in paths and not below:
            yield path
