"""Which of several records an object is written as, where more than one opens objects of its class."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

from attrs import frozen

from lindorff_sdk.files.binding import attributes, convert_default, default
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Record
from lindorff_sdk.files.paths import climbs, inner_path, value_at
from lindorff_sdk.files.structure import filled, owner, record_models
from lindorff_sdk.models.parties import shown


class NoRecordError(LookupError):
    """No record holds an object; ``path`` is the attribute by which."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


@frozen(eq=False)
class Told:
    """What an object is like that a record holds.

    Attributes:
        values: The only values that attributes may have, by path: those of constants and codes.
        defaults: What attributes are that no field fills, by path.
        fills: The attributes, by path, that fields of the record and of those that continue its object fill.
    """

    values: Mapping[str, Collection[object]]
    defaults: Mapping[str, object]
    fills: frozenset[str]

    def holds(self, path: str) -> Collection[object]:
        """Return the few values that an attribute may have; none if it may have many."""
        return (self.defaults[path],) if path in self.defaults else self.values.get(path, ())

    def is_apart(self, other: "Told") -> bool:
        """Return whether no object can be like both."""
        paths = (self.values.keys() | self.defaults.keys()) & (other.values.keys() | other.defaults.keys())
        return any(not any(value in other.holds(path) for value in self.holds(path)) for path in paths)

    def is_like(self, other: "Told") -> bool:
        """Return whether both lose the same of every object."""
        return self.fills == other.fills and self.defaults == other.defaults

    def agrees(self, item: object, telling: Collection[str]) -> bool:
        """Return whether an object has only values that the record may hold, of the attributes that tell."""
        return all(not (few := self.holds(path)) or value_at(item, path) in few for path in telling)

    def loses(self, item: object, path: str) -> bool:
        """Return whether the record lacks a field for what an object has at a path."""
        if path in self.fills:
            return False
        otherwise = self.defaults[path] if path in self.defaults else default(type(item), path)
        return value_at(item, path) != otherwise


def told_of(layout: FileLayout, record: Record) -> Iterator[tuple[Record, Told]]:
    """Yield what an object is like that a record holds; of a batch, for each record of the objects in it."""
    if not record.batch:
        yield record, told(layout, record)
        return
    around, models = told(layout, record), record_models(layout)
    for other in layout.records:
        if other.opens and other.under == record.name:
            own, known = told(layout, other), attributes(models[other.name])
            values = {path: values for path, values in around.values.items() if path in known}
            defaults = {path: value for path, value in around.defaults.items() if path in known}
            fills = own.fills | (around.fills & known.keys())
            own_defaults = {path: value for path, value in own.defaults.items() if path not in fills}
            yield other, Told({**own.values, **values}, {**own_defaults, **defaults}, fills)


def told(layout: FileLayout, record: Record) -> Told:
    """Return what an object is like that a record holds."""
    values: dict[str, Collection[object]] = {}
    given, fills = _defaults(layout, record), filled(layout, record.name)
    for other in layout.records:
        always = other is record or other.needed
        for item in other.fields if owner(layout, other) == record.name else ():
            if (
                not item.to
                or climbs(item.to)
                or inner_path(item.to)
                or not (few := _few(item))
                or not (always or item.to in given)
            ):
                continue
            lacking = item.optional or not always
            values[item.to] = [*few, given[item.to]] if lacking and item.to in given else few
    return Told(values, {path: value for path, value in given.items() if path not in fills}, fills)


def _defaults(layout: FileLayout, record: Record) -> dict[str, object]:
    """Return the defaults of a record's object as it holds them; what is no value of theirs is a mistake of its own."""
    model = record_models(layout)[record.name]
    given: dict[str, object] = {}
    for path, value in record.defaults.items():
        with suppress(LookupError, ValueError):
            given[path] = convert_default(model, path, value)
    return given


def _few(item: Field) -> Collection[object]:
    """Return the few values that a field can hold; none if it can hold many."""
    if item.kind is Kind.CONSTANT:
        return (item.value,)
    if item.kind is Kind.CODE and not item.unknown:
        return [*item.codes.values(), *([item.nothing] if item.may_be_empty else [])]
    return ()


@lru_cache(maxsize=256)
def _telling(told_of: tuple[Told, ...]) -> tuple[str, ...]:
    """Return the attributes whose values tell which record an object is written as: those in which records differ.

    What all of them say alike is no reason to refuse an object: a single record would write it as well.
    """
    paths = {path for each in told_of for path in (*each.values, *each.defaults)}
    few = {path: [each.holds(path) for each in told_of if each.holds(path)] for path in paths}
    return tuple(
        sorted(
            path
            for path, sets in few.items()
            if any(_differ(one, sets[0]) for one in sets)
            or (len(sets) < len(told_of) and any(path in each.values for each in told_of))
        )
    )


def _differ(one: Collection[object], other: Collection[object]) -> bool:
    return any(value not in other for value in one) or any(value not in one for value in other)


def fitting(item: object, told_of: Sequence[Told]) -> list[int]:
    """Return which records an object may be written as: those that may hold it, and lose nothing of it.

    What no record of its values has a field for tells nothing.

    Args:
        item: The object.
        told_of: What the records of its class hold, in their order.

    Raises:
        NoRecordError: If none does; the message says why.
    """
    telling = _telling(tuple(told_of))
    agreeing = [number for number, each in enumerate(told_of) if each.agrees(item, telling)]
    if not agreeing:
        raise _disagreement(item, told_of, telling)
    every = frozenset[str]().union(*(told_of[number].fills | told_of[number].defaults.keys() for number in agreeing))
    lost = {path: {number for number in agreeing if told_of[number].loses(item, path)} for path in every}
    said = {path for path, losing in lost.items() if 0 < len(losing) < len(agreeing)}
    found = [number for number in agreeing if not any(number in lost[path] for path in said)]
    if not found:
        raise NoRecordError(f"none of its records has all of {', '.join(sorted(said))}")
    return found


def _disagreement(item: object, told_of: Sequence[Told], telling: Sequence[str]) -> NoRecordError:
    """Return what no record holds: an attribute's value that none of them has, or else several together."""
    alone = [path for path in telling if not any(each.agrees(item, [path]) for each in told_of)]
    paths = alone or telling
    said = [f"{path} is {shown(path, value_at(item, path))}, they have {_held(path, told_of)}" for path in paths]
    message = f"none of its records has these values of {', '.join(paths)}: {'; '.join(said)}"
    return NoRecordError(message, paths[0] if len(paths) == 1 else "")


def _held(path: str, told_of: Sequence[Told]) -> str:
    few = [
        f"{shown(path, value)}{' by default' if path in each.defaults else ''}"
        for each in told_of
        for value in each.holds(path)
    ]
    return ", ".join(dict.fromkeys(few))
