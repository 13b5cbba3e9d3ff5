"""Which object each record of a layout belongs to, and what stands around it."""

from collections.abc import Mapping

from attrs import evolve

from lindorff_sdk.files.batches import Batching, batch_model
from lindorff_sdk.files.binding import ROOTS, element_model, item_models
from lindorff_sdk.files.layout import FileLayout, Record
from lindorff_sdk.files.paths import climbs, inner_attribute, inner_path, targets


def record_models(layout: FileLayout) -> dict[str, type]:
    """Return the class of the object that each record's fields belong to; records whose class is unknown are left out.

    Every record of a layout that was checked has one.
    """
    models: dict[str, type] = {"": ROOTS[layout.transfer]}
    for record in layout.records:
        outer = models.get(record.under)
        model = outer if outer is None or not record.opens else _opened(outer, record)
        if model is not None and record.name not in models:
            models[record.name] = model
    del models[""]
    return models


def _opened(outer: type, record: Record) -> type | None:
    try:
        items = item_models(outer, record.opens)
        if record.batch:
            return batch_model(outer, record.opens)
    except LookupError:
        return None
    if not record.model and len(items) == 1:
        return next(iter(items.values()))
    return items.get(record.model)


def placed(layout: FileLayout) -> FileLayout:
    """Return the layout with only those records whose place and class are known."""
    models, seen = record_models(layout), set[str]()
    kept = []
    for record in layout.records:
        if record.name in models and record.name not in seen:
            kept.append(record)
            seen.add(record.name)
    return evolve(layout, records=tuple(kept))


def owner(layout: FileLayout, record: Record) -> str:
    """Return the record that opens the object which a record's fields belong to; ``""`` for the file's own object."""
    while not record.opens:
        if not record.under:
            return ""
        record = layout.record(record.under)
    return record.name


def defaults_of(layout: FileLayout, record: Record) -> Mapping[str, object]:
    """Return what attributes of the object that a record's fields belong to are unless a field says otherwise."""
    opener = owner(layout, record)
    return layout.record(opener).defaults if opener else layout.defaults


def filled(layout: FileLayout, opener: str) -> frozenset[str]:
    """Return the attributes, by path, of which some field has a value.

    Args:
        layout: The layout.
        opener: The record that opens their object; ``""`` for the file's own.
    """
    found = set[str]()
    for record in layout.records:
        paths = [path for item in record.fields for path in targets(item)]
        if owner(layout, record) == opener:
            found |= {inner_attribute(path) or path for path in paths if not climbs(path)}
        if record.opens and enclosing(layout, record) == opener:
            found |= {record.opens, *(path.removeprefix("^") for path in paths if climbs(path))}
    return frozenset(found)


def default_of(layout: FileLayout, record: Record, to: str) -> object | None:
    """Return what the attribute that a record's field is bound to is unless a field says otherwise, if that is said."""
    if climbs(to):
        opener = owner(layout, record)
        around = enclosing(layout, layout.record(opener)) if opener else ""
        given = layout.record(around).defaults if around else layout.defaults
    else:
        given = defaults_of(layout, record)
    return given.get(to.removeprefix("^"))


def enclosing(layout: FileLayout, record: Record) -> str:
    """Return the record that opens the object under which a record stands; ``""`` for the file's own object."""
    return owner(layout, layout.record(record.under)) if record.under else ""


def above(layout: FileLayout, record: Record) -> list[str]:
    """Return the records whose objects a record stands in, from the innermost; the last is ``""``, the file."""
    names = [enclosing(layout, record)]
    while names[-1]:
        names.append(enclosing(layout, layout.record(names[-1])))
    return names


def batching(layout: FileLayout, record: Record, model: type) -> Batching | None:
    """Return how the objects below a record stand in batches; None if it begins none."""
    if not record.batch:
        return None
    fields = [item for other in layout.records if owner(layout, other) == record.name for item in other.fields]
    given = [to for item in fields for to in targets(item)]
    own = [to for to in dict.fromkeys([*given, *record.defaults]) if not climbs(to)]
    return Batching(model, record.opens, tuple(own))


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
