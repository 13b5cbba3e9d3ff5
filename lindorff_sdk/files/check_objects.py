"""What can be wrong with the objects of a layout: which record opens one, continues one, and in what order."""

from collections.abc import Iterable, Iterator
from itertools import combinations, product

from lindorff_sdk.files.binding import ROOTS, item_models
from lindorff_sdk.files.check_around import opens_elsewhere
from lindorff_sdk.files.check_fields import NOWHERE, Mistake
from lindorff_sdk.files.choosing import Told, told_of
from lindorff_sdk.files.layout import FileLayout, Kind, Record
from lindorff_sdk.files.paths import climbs, inner_attribute, inner_path
from lindorff_sdk.files.structure import enclosing, record_models
from lindorff_sdk.spelling import did_you_mean


def object_mistakes(layout: FileLayout, sound: FileLayout) -> Iterator[Mistake]:
    """Yield what is wrong with the places of records, and with the objects that they open.

    Args:
        layout: The layout.
        sound: The layout with only those records whose place and class are known.
    """
    yield from _parents(layout)
    yield from _opened(layout)
    for record in layout.records:
        if not record.opens and record.repeats and not _goes_on(record):
            yield f"records[{record.name}].occurs", "Only a record that opens an object, or holds text, may repeat."
    yield from _apart(sound)
    yield from _of_one_class(sound)
    yield from _grouping(layout)


def _parents(layout: FileLayout) -> Iterator[Mistake]:
    earlier: list[str] = []
    for record in layout.records:
        if record.under and record.under not in earlier:
            hint = did_you_mean(record.under, earlier)
            yield f"records[{record.name}].under", f"No record {record.under!r} stands before it{hint}."
        earlier.append(record.name)


def _not_kept(record: Record, path: str) -> Iterator[Mistake]:
    """Yield the reserved areas of lines that repeat: an area is kept by object and field, so all would get the last."""
    for item in record.fields if record.repeats else ():
        if item.kind is Kind.RESERVED:
            message = "Each of the lines that go on with an object has its own area, and but one is kept. Say filler."
            yield f"{path}.fields[{item.name}].kind", message


def _opened(layout: FileLayout) -> Iterator[Mistake]:
    models = record_models(layout)
    for record in layout.records:
        outer = models.get(record.under) if record.under else ROOTS[layout.transfer]
        path = f"records[{record.name}]"
        if not record.opens:
            if record.model:
                yield f"{path}.model", "Only a record that opens an object says of which class it is."
            if record.batch:
                yield f"{path}.batch", "A batch says of what: 'opens' names the attribute of the objects in it."
            yield from _not_kept(record, path)
            continue
        if record.batch:
            yield from ((f"{path}.{key}", message) for key, message in _batch(layout, record))
        above = next((other for other in layout.records if other.name == record.under), None)
        if above is not None and above.batch and record.opens != above.opens:
            yield f"{path}.opens", f"In a batch of {above.opens!r} nothing else is opened."
        if outer is None:
            continue
        try:
            items = item_models(outer, record.opens)
        except LookupError as error:
            yield f"{path}.opens", f"{opens_elsewhere(layout, record, models) or error.args[0] + '.'}"
            continue
        if record.model not in items and not (record.model == "" and (record.batch or len(items) == 1)):
            yield f"{path}.model", f"Not one of {', '.join(items)}{did_you_mean(record.model, items)}."


def _batch(layout: FileLayout, record: Record) -> Iterator[Mistake]:
    """Yield what is wrong with a record that begins a batch, and with those that continue it."""
    if not any(other.under == record.name and other.opens for other in layout.records):
        yield "batch", "No record of a batch's objects stands below it."
    if any(other.batch for other in layout.records if other.name == record.under):
        yield "batch", "A batch does not stand in another one."
    if record.model or record.group_by:
        yield "model" if record.model else "group_by", "A batch has neither a class nor shared lines."
    yield from (("batch", message) for message in _said(layout, record))


def _said(layout: FileLayout, record: Record) -> Iterator[str]:
    """Yield what a batch cannot say of its objects."""
    for other in layout.records:
        if other is not record and (other.opens or other.under != record.name):
            continue
        for item in other.fields:
            if "." in item.to and not climbs(item.to):
                yield f"A batch gives plain attributes to its objects, not {item.to!r}."


def _goes_on(record: Record) -> bool:
    """Return whether a record holds text that goes on from line to line, and nothing that could stand but once."""
    others = (item for item in record.fields if not (item.kind is Kind.TEXT and item.to))
    return any(item.kind is Kind.TEXT and item.to for item in record.fields) and all(
        item.kind in NOWHERE or item.numbers or item.matches for item in others
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


def _of_one_class(layout: FileLayout) -> Iterator[Mistake]:
    """Yield the records of which nothing tells whether an object is written as one or the other."""
    models = record_models(layout)
    for first, second in combinations(layout.records, 2):
        if not second.opens or second.opens != first.opens or enclosing(layout, first) != enclosing(layout, second):
            continue
        is_batch = first.batch or second.batch
        pairs = product(told_of(layout, first), told_of(layout, second))
        alike = [(each[1], other[1]) for each, other in pairs if models[each[0].name] is models[other[0].name]]
        rivals = [(one, other) for one, other in alike if not one.is_apart(other)]
        # An object that may stand in several kinds of batch stands in that of the one before.
        if len(rivals) == len(alike) > 0 if first.batch and second.batch else _are_rivals(rivals, is_batch):
            message = (
                f"Nothing tells whether an object is written as this record or as {first.name!r}: give each a default, "
                "constant or code of its own for an attribute."
            )
            yield f"records[{second.name}]", message
        if not is_batch and models[first.name] is models[second.name] and (first.needed or second.needed):
            needed = first if first.needed else second
            yield f"records[{needed.name}].occurs", 'Of several records for one class none must stand: say "*".'


def _are_rivals(pairs: Iterable[tuple[Told, Told]], in_batches: bool) -> bool:
    return any(in_batches or one.is_like(other) for one, other in pairs)


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
        if record.group_by and record.most:
            yield f"records[{record.name}].occurs", 'Lines that share an object stand any number of times: "*" or "+".'
        if record.group_by and any(other.under == record.name for other in layout.records):
            yield f"records[{record.name}].group_by", "No record stands below lines that share an object."
