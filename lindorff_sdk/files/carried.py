"""What of a file's objects its layout has no field for: what its lines lose."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import cast

from attrs import frozen

from lindorff_sdk.files.binding import attributes, default, element_model, is_model, plain
from lindorff_sdk.files.choosing import NoRecordError, told
from lindorff_sdk.files.compile import compiled
from lindorff_sdk.files.layout import FileLayout
from lindorff_sdk.files.paths import inner_attribute, inner_path, value_at
from lindorff_sdk.files.plan import Group, Node
from lindorff_sdk.models.parsed import AnyFile

Steps = tuple[tuple[str, int], ...]
"""The way to an object: attributes that hold objects, each with the place there."""


@frozen
class Lost:
    """A value that the layout has no field for, and does not give by default either.

    Attributes:
        steps: The way to its object.
        path: The attribute, from that object.
        value: What it is.
        otherwise: What a reader of the file takes it for.
    """

    steps: Steps
    path: str
    value: object
    otherwise: object


def lost_of(layout: FileLayout, file: AnyFile) -> Iterator[Lost]:
    """Yield the values of a file's objects that its lines lose, but for those of the envelope.

    What is empty, or what the attribute is by itself, is not lost; neither is what the layout says it always is.

    Args:
        layout: The layout in which the file is written.
        file: The model. An object that no record holds is left out: the serializer refuses it.
    """
    return _below(layout, compiled(layout).root, file, ())


def _below(layout: FileLayout, node: Node, item: object, steps: Steps) -> Iterator[Lost]:
    for group in node.members:
        if isinstance(group, Group):
            for place, below in enumerate(cast("Sequence[object]", getattr(item, group.attribute))):
                yield from _of(layout, group, below, (*steps, (group.attribute, place)))


def _of(layout: FileLayout, group: Group, item: object, steps: Steps, around: tuple[str, ...] = ()) -> Iterator[Lost]:
    """Yield what an object loses, and those below it; ``around`` is the record that begins its batch."""
    try:
        record = group.record_of(item)
    except NoRecordError:
        return
    names = (*around, record.layout.name)
    if record.batching is not None:
        for inner in record.node.members if record.node is not None else ():
            if isinstance(inner, Group):
                yield from _of(layout, inner, item, steps, names)
        return
    model: type = type(item)
    yield from _values(item, _unfilled(layout, names, model), steps)
    if record.inner:
        attribute = inner_attribute(record.inner[0].path)
        fills = frozenset(inner_path(part.path) for part in record.inner)
        unfilled = _beside(element_model(model, attribute), fills)
        for place, element in enumerate(cast("Sequence[object]", getattr(item, attribute))):
            yield from _values(element, unfilled, (*steps, (attribute, place)))
    if record.node is not None:
        yield from _below(layout, record.node, item, steps)


def _values(item: object, unfilled: Sequence[tuple[str, object, object]], steps: Steps) -> Iterator[Lost]:
    for path, own, otherwise in unfilled:
        value = value_at(item, path)
        if value not in (None, "", (), own, otherwise):
            yield Lost(steps, path, value, otherwise)


@lru_cache(maxsize=256)
def _unfilled(layout: FileLayout, names: tuple[str, ...], model: type) -> tuple[tuple[str, object, object], ...]:
    """Return the attributes that no field of these records fills, each with what it is by itself and in the file."""
    every = [told(layout, layout.record(name)) for name in names]
    fills = frozenset[str]().union(*(each.fills for each in every))
    given = {path: value for each in every for path, value in each.defaults.items()}
    return tuple((path, own, given.get(path, own)) for path, own, _ in _beside(model, fills))


@lru_cache(maxsize=256)
def _beside(model: type, fills: frozenset[str]) -> tuple[tuple[str, object, object], ...]:
    """Return the other attributes of a class than these."""
    return tuple((path, default(model, path), default(model, path)) for path in _leaves(model) if path not in fills)


def _leaves(model: type, prefix: str = "") -> Iterator[str]:
    """Yield the attributes that have a value of their own, or hold objects, by path."""
    for name, annotation in attributes(model).items():
        wanted = plain(annotation)
        if is_model(wanted):
            yield from _leaves(cast("type", wanted), f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"
