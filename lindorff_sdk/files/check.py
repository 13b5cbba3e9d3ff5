"""What can be wrong with a layout: each check yields the key path and the mistake, all of them at once."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import cast

from lindorff_sdk.files.binding import (
    ROOTS,
    attribute_type,
    attributes,
    convert_default,
    element_model,
    holds,
    is_model,
    item_models,
    may_be_none,
    meanings,
    plain,
    required,
)
from lindorff_sdk.files.check_fields import Mistake, each_field, field_mistakes
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Record, Total
from lindorff_sdk.files.names import template_mistake
from lindorff_sdk.files.paths import climbs, inner_attribute, inner_path

LENGTH = "length"
_TOTALS = {
    "counts": (Kind.INTEGER,),
    "sums": (Kind.INTEGER, Kind.AMOUNT),
    "firsts": (Kind.DATE,),
    "lasts": (Kind.DATE,),
}
"""What a total can be stated in."""
_NOWHERE = {Kind.CONSTANT, Kind.FILLER, Kind.RESERVED, Kind.SIGN}


def check_file(layout: FileLayout) -> Iterator[Mistake]:
    """Yield every mistake of a file's layout. Later checks rest on earlier ones, so the first that fail end it."""
    for checks in (
        (_names, field_mistakes, _parents),
        (_objects, _file_keys),
        (_fields, _recognition, _named_fields, _totals, _defaults, _grouping),
        (_required,),
    ):
        mistakes = [mistake for check in checks for mistake in check(layout)]
        yield from mistakes
        if mistakes:
            return


def check_codec(layout: FileLayout, codec: str) -> Iterator[Mistake]:
    """Yield what a layout writes of itself and the codec cannot write as one byte for each character."""
    for path, _, item in each_field(layout):
        own = (("value", item.value), ("pad", item.pad), *((f"codes.{code}", code) for code in item.codes))
        for key, text in (*own, *(("signs", sign) for sign in item.signs), ("none", item.none)):
            if len(text.encode(codec, "replace")) != len(text) or text.encode(codec, "ignore").decode(codec) != text:
                yield f"{path}.{key}", f"{codec} lacks a character of {text!r}, or makes it several bytes wide."
            elif text and not text.isprintable():
                yield f"{path}.{key}", f"There is a control character in {text!r}."


# Which object a record belongs to ----------------------------------------------------------------------------------


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


def owner(layout: FileLayout, record: Record) -> str:
    """Return the record that opens the object which a record's fields belong to; ``""`` for the file's own object."""
    while not record.opens:
        if not record.under:
            return ""
        record = layout.record(record.under)
    return record.name


def enclosing(layout: FileLayout, record: Record) -> str:
    """Return the record that opens the object under which a record stands; ``""`` for the file's own object."""
    return owner(layout, layout.record(record.under)) if record.under else ""


def around(layout: FileLayout, record: Record, models: Mapping[str, type]) -> type:
    """Return the class of the object around the one that a record's own fields belong to."""
    opener = owner(layout, record)
    outer = enclosing(layout, layout.record(opener)) if opener else ""
    return models[outer] if outer else ROOTS[layout.transfer]


def target_of(path: str, model: type, outer: type) -> tuple[type, str]:
    """Return the class that a path starts from, and the path from there."""
    if climbs(path):
        return outer, path.removeprefix("^")
    if inner_path(path):
        return element_model(model, inner_attribute(path)), inner_path(path)
    return model, path


# The checks --------------------------------------------------------------------------------------------------------


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


def _parents(layout: FileLayout) -> Iterator[Mistake]:
    earlier: set[str] = set()
    for record in layout.records:
        if record.under and record.under not in earlier:
            yield f"records[{record.name}].under", f"No record {record.under!r} stands before it."
        earlier.add(record.name)


def _file_keys(layout: FileLayout) -> Iterator[Mistake]:
    if layout.lines_multiple_of < 1:
        yield "lines_multiple_of", "It is 1 or more."
    if (layout.lines_multiple_of > 1) is not bool(layout.padding_line):
        yield "padding_line", "lines_multiple_of and padding_line go together."
    if layout.delimited is not None and layout.strip_blanks:
        yield "strip_blanks", "Delimited lines have no blanks to strip."
    if layout.delimited is not None and layout.delimited.header and len(layout.records) > 1:
        yield "delimited.header", "A header names the columns of one record; this file has several."


def _objects(layout: FileLayout) -> Iterator[Mistake]:
    models: dict[str, type] = {}
    for record in layout.records:
        outer = models.get(record.under, ROOTS[layout.transfer])
        models[record.name] = outer
        if not record.opens:
            if record.repeats and not _goes_on(record):
                yield f"records[{record.name}].occurs", "Only a record that opens an object, or holds text, may repeat."
            continue
        try:
            items = item_models(outer, record.opens)
        except LookupError as error:
            yield f"records[{record.name}].opens", f"{error.args[0]}."
            continue
        name = record.model or (next(iter(items)) if len(items) == 1 else "")
        if name not in items:
            yield f"records[{record.name}].model", f"Not one of {', '.join(items)}."
        models[record.name] = items.get(name, outer)
    yield from _apart(layout)


def _goes_on(record: Record) -> bool:
    """Return whether a record holds text that goes on from line to line, and nothing that could stand but once."""
    others = (item for item in record.fields if not (item.kind is Kind.TEXT and item.to))
    return any(item.kind is Kind.TEXT and item.to for item in record.fields) and all(
        item.kind in _NOWHERE or item.numbers or item.matches for item in others
    )


def _apart(layout: FileLayout) -> Iterator[Mistake]:
    """Yield the records that open objects of one attribute, but not together or not in any order."""
    before: dict[str, str] = {}
    series: dict[tuple[str, str], list[Record]] = {}
    for record in layout.records:
        above = enclosing(layout, record)
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
    filled: dict[tuple[str, str], Field] = {}
    for path, record, item in each_field(layout):
        model, outer = models[record.name], around(layout, record, models)
        for key, to in (("to", item.to), ("also_to", item.also_to), ("rest_to", item.rest_to), ("raw_to", item.raw_to)):
            if to:
                yield from ((f"{path}.{at}", message) for at, message in _target(key, to, item, model, outer))
        goes = item.to or item.total or item.numbers or item.matches or item.kind in _NOWHERE
        if not goes:
            yield f"{path}.to", "The field goes nowhere: bind it with 'to', or make it a filler."
        for to in filter(None, _targets(item)):
            target = (owner(layout, record), to)
            if target in filled and not _may_share(filled[target], item):
                yield f"{path}.to", f"Another field fills {to!r} already; texts are joined where the later says 'join'."
            elif target in filled and filled[target].join not in (None, item.join):
                yield f"{path}.join", f"Another field that fills {to!r} is joined otherwise."
            filled[target] = item


def _may_share(first: Field, second: Field) -> bool:
    """Return whether two fields may fill one attribute: a date and a time, or texts of which the second says so."""
    kinds = {first.kind, second.kind}
    return kinds == {Kind.DATE, Kind.TIME} or (kinds == {Kind.TEXT} and second.join is not None)


def _target(key: str, to: str, item: Field, model: type, outer: type) -> Iterator[Mistake]:
    try:
        start, path = target_of(to, model, outer)
        annotation = attribute_type(start, path)
    except LookupError as error:
        yield key, f"{error.args[0]}."
        return
    kind = item.kind if key in ("to", "also_to") else Kind.TEXT
    moment = kind is Kind.DATE and holds(annotation, Kind.DATETIME)
    if not holds(annotation, kind) and not moment:
        yield key, f"{to!r} cannot hold a field of kind {kind}."
    elif key == "to" and item.may_be_empty and not may_be_none(annotation) and plain(annotation) is not str:
        yield "empty", f"{to!r} always has a value, so the field cannot be without one."
    words = meanings(annotation)
    for code, meaning in (*item.codes.items(), ("unknown", item.unknown)) if key == "to" else ():
        if kind is Kind.CODE and words is not None and meaning and meaning not in list(words):
            yield f"codes.{code}", f"{meaning!r} is not one of {', '.join(words)}."


def _recognition(layout: FileLayout) -> Iterator[Mistake]:
    seen: dict[object, str] = {}
    for record in layout.records:
        path = f"records[{record.name}].recognised_by"
        fields = {item.name: item for item in record.fields}
        wrong = [
            name
            for name in record.recognised_by
            if name != LENGTH and (name not in fields or fields[name].kind is not Kind.CONSTANT)
        ]
        for name in wrong:
            yield path, f"The record has no constant {name!r}."
        if not record.recognised_by and len(layout.records) > 1:
            yield path, "Name the constants (or the length) that tell the record from others."
        if LENGTH in record.recognised_by and (layout.strip_blanks or not record.length):
            yield path, "A record whose last field is free has no length to be told by."
        if not wrong:
            code = tuple((fields[n].start, fields[n].value) for n in record.recognised_by if n != LENGTH)
            length = record.length if LENGTH in record.recognised_by else 0
            key = (enclosing(layout, record), code, length)
            if key in seen and len(layout.records) > 1:
                yield path, f"Nothing tells it from record {seen[key]!r}."
            seen[key] = record.name


def _named_fields(layout: FileLayout) -> Iterator[Mistake]:
    names = {record.name: {item.name for item in record.fields} for record in layout.records}
    for record in layout.records:
        for name in sorted(set(record.unique) - names[record.name]):
            yield f"records[{record.name}].unique", f"The record has no field {name!r}."
    for path, record, item in each_field(layout):
        if item.sign_in and not any(f.name == item.sign_in and f.kind is Kind.SIGN for f in record.fields):
            yield f"{path}.sign_in", f"The record has no field {item.sign_in!r} of kind sign."
        if item.kind is Kind.SIGN and [f.sign_in for f in record.fields].count(item.name) != 1:
            yield path, "A sign belongs to the one amount that names it in 'sign_in'."
        if item.numbers and item.numbers != "*" and item.numbers not in names:
            yield f"{path}.numbers", f"There is no record {item.numbers!r}."
        if item.within and item.within not in names:
            yield f"{path}.within", f"There is no record {item.within!r}."
        if item.matches and (not record.under or item.matches not in names[owner(layout, layout.record(record.under))]):
            yield f"{path}.matches", f"The record that opens the object has no field {item.matches!r}."


def _totals(layout: FileLayout) -> Iterator[Mistake]:
    records = {record.name: record for record in layout.records}
    for path, record, item in each_field(layout):
        if item.total is not None:
            if record.opens:
                yield path, "Totals stand in a record that continues the object (or file) they are about."
            if item.to:
                yield f"{path}.to", "A total is worked out from the records; it fills nothing."
            for key, message in (*_counted(item.total, records), *_taken(item, item.total, records)):
                yield f"{path}.{key}", message


def _counted(total: Total, records: Mapping[str, Record]) -> Iterator[Mistake]:
    if total.divisor < 1 or total.modulus < 0:
        yield "divisor", "divisor is 1 or more, modulus 0 or more."
    for name in total.counts:
        if name not in (*records, "*"):
            yield "counts", f"There is no record {name!r}."
        elif name == "*" and total.where:
            yield "where", "A count with 'where' names its records."
    summed = [name.split(".")[0] for name in (*total.sums, *total.counts)]
    for name in total.where:
        if not all(name in {item.name for item in records[of].fields} for of in summed if of in records):
            yield "where", f"One of the records has no field {name!r}."


def _taken(item: Field, total: Total, records: Mapping[str, Record]) -> Iterator[Mistake]:
    for key, kinds in _TOTALS.items():
        if getattr(total, key) and item.kind not in kinds:
            yield key, f"A field of kind {item.kind} has no {key}."
            return
    for key, kinds in (("sums", (item.kind,)), ("firsts", (Kind.DATE,)), ("lasts", (Kind.DATE,))):
        for name in getattr(total, key):
            yield from ((key, message) for message in _summed(name, item, kinds, records))


def _summed(name: str, item: Field, wanted: tuple[Kind, ...], records: Mapping[str, Record]) -> Iterator[str]:
    record, _, of = name.partition(".")
    fields = {field.name: field for field in records[record].fields} if record in records else {}
    if (
        of not in fields
        or fields[of].kind not in wanted
        or fields[of].kind not in (Kind.AMOUNT, Kind.INTEGER, Kind.DATE)
    ):
        yield f"{name!r} is not a field of kind {wanted[0]} that can be taken."
    elif fields[of].decimals != item.decimals:
        yield f"{name!r} has {fields[of].decimals} decimals, and the sum {item.decimals}."
    elif fields[of].sign != "none" and item.sign == "none" and item.total is not None and not item.total.absolute:
        yield f"{name!r} can be negative, and the sum has no sign."


def _defaults(layout: FileLayout) -> Iterator[Mistake]:
    models = record_models(layout)
    tables = [("defaults", ROOTS[layout.transfer], layout.defaults)]
    tables += [(f"records[{r.name}].defaults", models[r.name], r.defaults) for r in layout.records]
    for path, model, given in tables:
        for key, value in given.items():
            try:
                convert_default(model, key, value)
            except (LookupError, ValueError) as error:
                yield f"{path}.{key}", f"{error.args[0]}."


def _grouping(layout: FileLayout) -> Iterator[Mistake]:
    for record in layout.records:
        inner = {inner_attribute(item.to) for item in record.fields if inner_path(item.to)}
        if bool(inner) is not bool(record.group_by) or len(inner) > 1:
            yield (
                f"records[{record.name}].group_by",
                "Lines of one object have fields bound to one 'attribute[].': both or none.",
            )
        paths = {item.to for item in record.fields}
        for path in record.group_by:
            if path not in paths:
                yield f"records[{record.name}].group_by", f"No field of the record fills {path!r}."
        if record.group_by and (not record.opens or not record.repeats):
            yield f"records[{record.name}]", "A record whose lines share an object opens it, and may repeat."


def _required(layout: FileLayout) -> Iterator[Mistake]:
    models = record_models(layout)
    filled: dict[str, set[str]] = {"": set(layout.defaults)}
    for record in layout.records:
        paths = filled.setdefault(owner(layout, record), set())
        if record.opens:
            filled[enclosing(layout, record)].add(record.opens)
            paths.update(record.defaults)
        elif not record.needed:
            continue
        for to in (to for item in record.fields for to in _targets(item) if to):
            outer = filled[enclosing(layout, record)] if climbs(to) else paths
            outer.add(inner_attribute(to) or to.removeprefix("^"))
    yield from _inner_required(layout, models)
    for name, paths in filled.items():
        model = models[name] if name else ROOTS[layout.transfer]
        for missing in _unfilled(model, paths, ""):
            yield f"records[{name}]" if name else "records", f"Nothing fills {missing!r}, which has no default."


def _targets(item: Field) -> tuple[str, ...]:
    return (item.to, item.also_to, item.rest_to, item.raw_to)


def _inner_required(layout: FileLayout, models: Mapping[str, type]) -> Iterator[Mistake]:
    for record in layout.records:
        inner = {inner_path(to) for item in record.fields for to in _targets(item) if inner_path(to)}
        if inner:
            attribute = next(inner_attribute(item.to) for item in record.fields if inner_path(item.to))
            for missing in _unfilled(element_model(models[record.name], attribute), inner, ""):
                yield f"records[{record.name}]", f"Nothing fills {attribute}[].{missing}, which has no default."


def _unfilled(model: type, paths: set[str], prefix: str) -> Iterator[str]:
    for name, annotation in attributes(model).items():
        path = f"{prefix}{name}"
        below = any(other.startswith(f"{path}.") for other in paths)
        if is_model(plain(annotation)) and below:
            yield from _unfilled(cast("type", plain(annotation)), paths, f"{path}.")
        elif name in set(required(model)) and path not in paths and not below:
            yield path
