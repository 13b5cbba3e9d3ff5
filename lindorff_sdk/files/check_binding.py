"""What can be wrong with where values go: fields bound to attributes, constants, and what nothing fills."""

from collections.abc import Iterator, Mapping
from typing import cast

from lindorff_sdk.files.binding import (
    NEVER_NEGATIVE,
    ROOTS,
    attribute_type,
    attributes,
    convert_default,
    default,
    element_model,
    holds,
    is_model,
    may_be_none,
    meanings,
    plain,
    required,
)
from lindorff_sdk.files.check_around import belongs_elsewhere, has_attribute, lost_in_batch
from lindorff_sdk.files.check_fields import NOWHERE, Mistake, each_field
from lindorff_sdk.files.check_moments import moment_mistakes
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Record
from lindorff_sdk.files.names import attributes_in_name
from lindorff_sdk.files.paths import climbs, inner_attribute, inner_path, targets
from lindorff_sdk.files.structure import around, default_of, enclosing, owner, record_models, target_of
from lindorff_sdk.spelling import did_you_mean

_WHY = {
    "principal": "how much of an amount pays the invoice is read, never computed; where all of it does, say "
    "also_to = 'principal' at the amount. Else ",
    "envelope.customer_id": "whom the file is for; it may stand in the file's name ({customer_id}), not filled up and "
    "parted from the number. Else ",
    "reverses": "the id of the payment that is taken back; where the agency does not say it, 'defaults' say ''. Else ",
}
"""What else to say of an attribute that nothing fills."""
_CURE = "bind a field to it ('to', 'also_to'), or say in 'defaults' what it always is."


def binding_mistakes(layout: FileLayout) -> Iterator[Mistake]:
    """Yield what is wrong with the attributes that fields and defaults name."""
    models = record_models(layout)
    filled: dict[tuple[str, str], Field] = {}
    for path, record, item in each_field(layout):
        model, outer = models[record.name], around(layout, record, models)
        for key in ("to", "also_to", "rest_to", "raw_to"):
            if to := getattr(item, key):
                elsewhere = belongs_elsewhere(layout, record, to, models)
                wrong = [(key, elsewhere)] if elsewhere else list(_target(key, to, item, model, outer))
                wrong += [] if wrong or key != "to" else _emptied(layout, record, item, target_of(to, model, outer))
                yield from ((f"{path}.{at}", message) for at, message in wrong)
                if not wrong and (lost := lost_in_batch(layout, record, to, models)):
                    yield f"{path}.{key}", lost
            if climbs(to) and not record.opens:
                yield f"{path}.{key}", "Only a record that opens an object fills the one around it."
        goes = item.to or item.total or item.numbers or item.matches or item.kind in NOWHERE
        if not goes:
            yield f"{path}.to", "The field goes nowhere: bind it with 'to', or make it a filler."
        if item.to and item.kind in NOWHERE - {Kind.CONSTANT}:
            yield f"{path}.to", f"A field of kind {item.kind} fills nothing."
        yield from ((f"{path}.{key}", message) for key, message in _filled_twice(layout, record, item, filled))
    yield from moment_mistakes(layout)
    yield from _defaults(layout)


def _filled_twice(
    layout: FileLayout, record: Record, item: Field, filled: dict[tuple[str, str], Field]
) -> Iterator[Mistake]:
    """Yield the attributes of a field that another one fills already, and keep it in ``filled``."""
    further = next((key for key in ("also_to", "rest_to", "raw_to") if getattr(item, key)), "")
    if further and (item.join is not None or (record.repeats and not record.opens)):
        yield further, "Of a text that other fields or lines go on with there is no whole to give to another attribute."
    for to in targets(item):
        target = (owner(layout, record), to)
        if target in filled and not _may_share(filled[target], item):
            yield "to", f"Another field fills {to!r} already; texts are joined where the later says 'join'."
        elif target in filled and (filled[target].also_to or filled[target].rest_to):
            yield (
                "to",
                f"Field {filled[target].name!r} gives {to!r} to another attribute too, and has but a part of it.",
            )
        elif target in filled and filled[target].join not in (None, item.join):
            yield "join", f"Another field that fills {to!r} is joined otherwise."
        filled[target] = item
        if _batch_gives(layout, record, to, filled):
            yield "to", f"The batch gives {to!r} already."


def _batch_gives(layout: FileLayout, record: Record, to: str, filled: Mapping[tuple[str, str], Field]) -> bool:
    """Return whether a batch gives an attribute to the object that a record opens, continues or, with ^, stands in."""
    opener = owner(layout, record)
    if climbs(to) and opener:
        opener = enclosing(layout, layout.record(opener))
    batch = enclosing(layout, layout.record(opener)) if opener else ""
    return bool(batch) and layout.record(batch).batch and (batch, to.removeprefix("^")) in filled


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
    moment = kind is Kind.DATE and holds(annotation, Kind.DATETIME) and not climbs(to)
    if kind in NOWHERE - {Kind.CONSTANT}:
        return
    if (not holds(annotation, kind) and not moment) or (kind is Kind.TIME and climbs(to)):
        cure = "; say in 'defaults' what it is, and leave 'to' out" if kind is Kind.CONSTANT else ""
        yield key, f"{to!r} cannot hold a field of kind {kind}{cure}."
    if (start, path) in NEVER_NEGATIVE and item.sign_in:
        message = (
            f"{to!r} is never negative, what is taken back is a PaymentReversal: one record for each, told by the sign"
        )
        yield "sign_in", f"{message} (a constant in its place)."
    words = meanings(annotation)
    if key != "to" or kind is not Kind.CODE or words is None:
        return
    unknown = [("unknown", item.unknown)] if item.unknown else []
    for at, meaning in (*((f"codes.{code}", meaning) for code, meaning in item.codes.items()), *unknown):
        if meaning not in list(words):
            yield at, f"{meaning!r} is not one of {', '.join(words)}{did_you_mean(str(meaning), words)}."


def _emptied(layout: FileLayout, record: Record, item: Field, target: tuple[type, str]) -> Iterator[Mistake]:
    """Yield what is wrong with a field that may be empty: its attribute then needs a value all the same."""
    annotation = attribute_type(*target)
    none = may_be_none(annotation) or plain(annotation) is str or default(*target) is not None
    if item.may_be_empty and not none and default_of(layout, record, item.to) is None:
        message = f"{item.to!r} always has a value: say in 'defaults' of the record that opens its object"
        yield "empty", f"{message} what it is where the field is empty."


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
    for record in layout.records:
        for to in record.defaults if record.batch else ():
            if to in attributes(models[record.name]) and (lost := lost_in_batch(layout, record, to, models)):
                yield f"records[{record.name}].defaults.{to}", lost
        if record.defaults and not record.opens:
            yield f"records[{record.name}].defaults", "Only a record that opens an object has defaults for it."


# What nothing fills ------------------------------------------------------------------------------------------------


def required_mistakes(layout: FileLayout, sound: FileLayout) -> Iterator[Mistake]:
    """Yield the attributes that must be filled and are not.

    An attribute whose name is misspelt, or that a record fills whose place is unknown, counts as filled: another
    mistake tells of it.
    """
    if not layout.records:
        return
    models = record_models(sound)
    known = {record.name for record in sound.records}
    stray = [
        to
        for record in layout.records
        if record.name not in known
        for item in record.fields
        for to in (*targets(item), record.opens)
        if to
    ]
    for name, paths in _filled(sound).items():
        model = models[name] if name else ROOTS[layout.transfer]
        misspelt = [path for path in paths if not has_attribute(model, path)]
        for missing in _unfilled(model, paths, ""):
            if missing not in stray and not did_you_mean(missing, misspelt):
                yield (
                    f"records[{name}]" if name else "records",
                    f"Nothing fills {missing!r}, which must be: {_WHY.get(missing, '')}{_CURE}",
                )
    yield from _inner_required(sound, models)


def _filled(layout: FileLayout) -> dict[str, set[str]]:
    """Return the attributes that are filled, by the record that opens their object."""
    named = {f"envelope.{name}" for name in attributes_in_name(layout)}
    filled: dict[str, set[str]] = {"": named.union(layout.defaults)}
    for record in layout.records:
        paths = filled.setdefault(owner(layout, record), set())
        if record.opens:
            filled[enclosing(layout, record)].add(record.opens)
            paths.update(record.defaults)
        elif not record.needed:
            continue
        for to in (to for item in record.fields for to in targets(item)):
            outer = filled[enclosing(layout, record)] if climbs(to) else paths
            outer.add(inner_attribute(to) or to.removeprefix("^"))
    for record in layout.records:
        above = enclosing(layout, record) if record.opens else ""
        if above and layout.record(above).batch:
            filled[record.name].update(filled[above])
    return filled


def _inner_required(layout: FileLayout, models: Mapping[str, type]) -> Iterator[Mistake]:
    for record in layout.records:
        inner = {inner_path(to) for item in record.fields for to in targets(item) if inner_path(to)}
        attribute = next((inner_attribute(item.to) for item in record.fields if inner_path(item.to)), "")
        try:
            element = element_model(models[record.name], attribute) if attribute else None
        except LookupError:
            continue  # which is a mistake of the field's
        misspelt = [path for path in inner if element is not None and not has_attribute(element, path)]
        for missing in _unfilled(element, inner, "") if element is not None else ():
            if not did_you_mean(missing, misspelt):
                yield f"records[{record.name}]", f"Nothing fills {attribute}[].{missing}, which must be: {_CURE}"


def _unfilled(model: type, paths: set[str], prefix: str) -> Iterator[str]:
    for name, annotation in attributes(model).items():
        path = f"{prefix}{name}"
        below = any(other.startswith(f"{path}.") for other in paths)
        must = name in required(model) and path not in paths
        if is_model(plain(annotation)) and (below or must):
            yield from _unfilled(cast("type", plain(annotation)), paths, f"{path}.")
        elif must and not below:
            yield path
