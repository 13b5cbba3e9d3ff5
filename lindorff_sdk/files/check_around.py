"""What can be wrong with fields that are bound to another object than their own: the one around, those in a batch."""

from collections.abc import Mapping

from lindorff_sdk.files.binding import ROOTS, attribute_type, attributes, item_models
from lindorff_sdk.files.layout import FileLayout, Record
from lindorff_sdk.files.paths import climbs
from lindorff_sdk.files.structure import above, around, enclosing, owner


def lost_in_batch(layout: FileLayout, record: Record, to: str, models: Mapping[str, type]) -> str:
    """Return what is wrong with an attribute that a batch gives and none of its objects has; ``""`` if one has it.

    Args:
        layout: The layout.
        record: The record whose field or default gives it.
        to: The attribute.
        models: The classes of the records' objects.
    """
    batch = owner(layout, record)
    if not batch or not layout.record(batch).batch or climbs(to) or "." in to:
        return ""
    opened = [models[other.name] for other in layout.records if other.opens and enclosing(layout, other) == batch]
    if not opened or any(to in attributes(model) for model in opened):
        return ""
    objects = item_models(around(layout, record, models), layout.record(batch).opens).values()
    there = ", ".join(dict.fromkeys(model.__name__ for model in opened))
    having = ", ".join(model.__name__ for model in objects if to in attributes(model))
    return (
        f"What stands here would be lost: no object in the batch ({there}) has {to!r}. Let a record under {batch!r} "
        f"open one that has it ({having}), or say what it is of the batch's lines ('sums', 'counts'), or 'filler'."
    )


def belongs_elsewhere(layout: FileLayout, record: Record, to: str, models: Mapping[str, type]) -> str:
    """Return what is wrong with a path that leads to a batch, or to an attribute of an object further out.

    Args:
        layout: The layout.
        record: The record whose field is bound.
        to: The path.
        models: The classes of the records' objects.
    """
    opener, path = owner(layout, record), to.removeprefix("^")
    own, outer = (models[opener], enclosing(layout, layout.record(opener))) if opener else (None, "")
    if own is None or (not climbs(to) and has_attribute(own, path)):
        return ""
    here, inner = own.__name__, opener
    if climbs(to):
        if not (outer and layout.record(outer).batch):
            return ""
        if has_attribute(own, path):
            return f"'^' leads from here to the batch of {outer!r}, which keeps nothing for itself: say {path!r}."
        here, inner = f"The batch of {outer!r}", outer
    for each in above(layout, layout.record(inner)):
        is_batch = bool(each) and layout.record(each).batch
        if not is_batch and has_attribute(models[each] if each else ROOTS[layout.transfer], path):
            whose = f"what {each!r} opens" if each else "the file"
            cure = f"say '^{path}'" if inner == opener else f"a field of record {inner!r} can give it, by '^{path}'"
            return f"{here} has no attribute {path!r}, which is one of {whose}: {cure}."
        inner = each
    return f"'^' leads from here to the batch of {outer!r}, which keeps nothing for itself." if climbs(to) else ""


def opens_elsewhere(layout: FileLayout, record: Record, models: Mapping[str, type]) -> str:
    """Return where a record stands that opens objects of an attribute which the object around it lacks."""
    names, name = [*(each.name for each in layout.records)], record.under
    while name:
        name = layout.record(name).under if name in names else ""
        model = models.get(name) if name else ROOTS[layout.transfer]
        if model is not None and has_attribute(model, record.opens):
            place = f"under = {name!r}" if name else "no 'under'"
            whose = f"what {name!r} opens" if name else "the file"
            here = models[record.under].__name__
            return f"{here} has no attribute {record.opens!r}, which is one of {whose}: say {place}."
    return ""


def has_attribute(model: type, path: str) -> bool:
    """Return whether a model has an attribute at a dotted path."""
    try:
        attribute_type(model, path)
    except LookupError:
        return False
    return True
