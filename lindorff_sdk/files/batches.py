"""Batches: a start record, objects below it, an end record; several of them in a file whose model knows none.

While a file is read or written, a batch is an object of its own, of a class made for the purpose. It holds the objects
that stand in it and what its start record says of each of them. The file's model holds just the objects, in order.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import groupby
from typing import TypeVar, cast

import attrs

from lindorff_sdk.files.binding import attribute_type, attributes, item_models, may_be_none, plain
from lindorff_sdk.models.money import ZERO

_STAND_INS: dict[object, object] = {
    str: "",
    int: 0,
    bool: False,
    Decimal: ZERO,
    date: date.min,
    datetime: datetime.min,  # noqa: DTZ901 - it is never compared
}


@cache
def batch_model(outer: type, attribute: str) -> type:
    """Return the class of a batch of the objects that an attribute holds.

    Its further attributes are those of the objects: what the start record of a batch says of all of them.

    Raises:
        LookupError: If there is no such attribute, or it holds no objects.
    """
    hints: dict[str, object] = {}
    for model in item_models(outer, attribute).values():
        for name, hint in attributes(model).items():
            # Where one class of objects can do without it, a batch can.
            hints[name] = hint if name not in hints or may_be_none(hint) else hints[name]
    hints[attribute] = attribute_type(outer, attribute)
    # Where no object of a batch has the attribute, the batch says nothing of it.
    body: dict[str, object] = {
        name: attrs.field(default="" if plain(hint) is str else None) for name, hint in hints.items()
    }
    body[attribute] = attrs.field(factory=tuple)
    body["__annotations__"], body["__module__"] = hints, __name__
    body["__doc__"] = f"A batch of {attribute}."
    body["__qualname__"] = f"A batch of {attribute}"  # as mistakes call it
    return attrs.define(frozen=True, kw_only=True, eq=False)(type(f"BatchOf{attribute.capitalize()}", (), body))


def stand_in(model: type, path: str) -> object:
    """Return what an attribute is while the objects of a batch are not yet given what the batch says."""
    wanted = plain(attribute_type(model, path))
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return next(iter(wanted))
    return _STAND_INS.get(wanted)


@attrs.frozen
class Batching:
    """How the objects of one attribute stand in batches.

    Attributes:
        model: The class of a batch.
        attribute: The attribute that holds the objects.
        given: Attributes that the start record gives to each of them.
    """

    model: type
    attribute: str
    given: tuple[str, ...]

    def says_of(self, item: object) -> dict[str, object]:
        """Return what a batch would say of an object."""
        return {name: getattr(item, name) for name in self.given if hasattr(item, name)}

    def made(self, says: Mapping[str, object], items: Sequence[object]) -> object:
        """Return a batch of objects."""
        return self.model(**says, **{self.attribute: tuple(items)})

    def says(self, batch: object) -> tuple[object, ...]:
        """Return what a batch says of each of its objects."""
        return tuple(getattr(batch, name) for name in self.given)

    def objects(self, batch: object) -> Iterator[tuple[object, object]]:
        """Yield each object of a batch as it was read, and with what the batch says of it."""
        evolve = cast("Callable[..., object]", attrs.evolve)
        for item in getattr(batch, self.attribute):
            says = {name: getattr(batch, name) for name in self.says_of(item)}
            yield item, evolve(item, **says) if says else item


_R = TypeVar("_R")


def in_batches(
    placed: Iterable[tuple[_R, object]], batching_of: Callable[[_R], Batching | None]
) -> Iterator[tuple[_R, object]]:
    """Yield objects with their records; those that follow each other and agree about what a batch says as one batch.

    Args:
        placed: The objects, each with the record that it is written as, or that begins its batch.
        batching_of: How objects stand in the batches that a record begins; None if it begins none.
    """
    for record, run in groupby(placed, key=lambda pair: pair[0]):
        batching = batching_of(record)
        if batching is None:
            yield from run
            continue
        says: dict[str, object] = {}
        items: list[object] = []
        for _, item in run:
            more = batching.says_of(item)
            if any(says.get(name, value) != value for name, value in more.items()):
                yield record, batching.made(says, items)
                says, items = {}, []
            says |= more
            items.append(item)
        yield record, batching.made(says, items)
