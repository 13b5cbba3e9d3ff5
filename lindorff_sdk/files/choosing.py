"""Which of several records an object is written as, where more than one opens objects of its class."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from attrs import frozen

from lindorff_sdk.files.binding import attributes, default
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Record
from lindorff_sdk.files.paths import climbs, inner_path, value_at
from lindorff_sdk.files.structure import owner, record_models


@frozen
class Told:
    """What an object is like that a record holds.

    Attributes:
        values: The only values that attributes may have, by path: those of constants, codes and defaults.
        fills: The attributes, by path, that the record and those that continue its object fill.
    """

    values: Mapping[str, Collection[object]]
    fills: frozenset[str]

    def is_apart(self, other: "Told") -> bool:
        """Return whether no object can be like both."""
        return any(
            path in other.values and not any(value in other.values[path] for value in values)
            for path, values in self.values.items()
        )

    def agrees(self, item: object) -> bool:
        """Return whether an object has only values that the record may hold."""
        return all(value_at(item, path) in values for path, values in self.values.items())


def told_of(layout: FileLayout, record: Record) -> Iterator[tuple[Record, Told]]:
    """Yield what an object is like that a record holds; of a batch, for each record of the objects in it."""
    if not record.batch:
        yield record, told(layout, record)
        return
    around, models = told(layout, record), record_models(layout)
    for other in layout.records:
        if other.opens and other.under == record.name:
            own, known = told(layout, other), attributes(models[other.name])
            said = {path: values for path, values in around.values.items() if path in known}
            yield other, Told({**own.values, **said}, own.fills | (around.fills & known.keys()))


def told(layout: FileLayout, record: Record) -> Told:
    """Return what an object is like that a record holds."""
    values: dict[str, Collection[object]] = {path: (value,) for path, value in record.defaults.items()}
    fills = set[str](record.defaults)
    for other in layout.records:
        if owner(layout, other) != record.name:
            continue
        for item in other.fields:
            paths = {to for to in (item.to, item.also_to, item.rest_to, item.raw_to) if to}
            own = {path for path in paths if not climbs(path) and not inner_path(path)}
            fills |= own
            if (other is record or other.needed) and item.to in own and (few := _few(item)):
                values[item.to] = few
        if other is not record and other.opens:
            fills.add(other.opens)
    return Told(values, frozenset(fills))


def _few(item: Field) -> Collection[object]:
    """Return the few values that a field can hold; none if it can hold many."""
    if item.kind is Kind.CONSTANT:
        return (item.value,)
    if item.kind is Kind.CODE and not item.unknown:
        return [*item.codes.values(), *([None] if item.may_be_empty else [])]
    return ()


def fitting(item: object, told_of: Sequence[Told]) -> list[int]:
    """Return which records an object may be written as: those that may hold it, and lose nothing of it.

    Args:
        item: The object.
        told_of: What the records of its class hold, in their order.

    Raises:
        LookupError: If none does; the message says why.
    """
    agreeing = [number for number, each in enumerate(told_of) if each.agrees(item)]
    if not agreeing:
        paths = sorted({path for each in told_of for path in each.values})
        raise LookupError(f"none of its records has these values of {', '.join(paths)}")
    every = frozenset[str]().union(*(told_of[number].fills for number in agreeing))
    said = {path for path in every if value_at(item, path) != default(type(item), path)}
    found = [number for number in agreeing if said <= told_of[number].fills]
    if not found:
        raise LookupError(f"none of its records has all of {', '.join(sorted(said))}")
    return found
