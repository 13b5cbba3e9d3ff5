"""Paths of attributes: ``debtor.address.postcode``; ``^envelope.currency`` of the object around; ``claims[].kid``."""

from operator import attrgetter

from lindorff_sdk.files.layout import Field

INNER = "[]."


def climbs(path: str) -> bool:
    """Return whether a path leads to the object around the one its record belongs to."""
    return path.startswith("^")


def inner_path(path: str) -> str:
    """Return the path within the element that a line adds to a grouped object, or ``""``."""
    return path.partition(INNER)[2]


def inner_attribute(path: str) -> str:
    """Return the attribute that holds such elements, or ``""``."""
    return path.partition(INNER)[0] if INNER in path else ""


def value_at(item: object, path: str) -> object:
    """Return the attribute at a dotted path; None where something on the way is None."""
    try:
        return attrgetter(path)(item)
    except AttributeError:
        if any(getattr_or_none(item, path.rsplit(".", steps)[0]) is None for steps in range(1, path.count(".") + 1)):
            return None
        raise


def getattr_or_none(item: object, path: str) -> object:
    """Return the attribute at a dotted path, or None if there is none."""
    try:
        return attrgetter(path)(item)
    except AttributeError:
        return None


def targets(item: Field) -> tuple[str, ...]:
    """Return the attributes that get a field's value, or a part of it."""
    return tuple(filter(None, (item.to, item.also_to, item.rest_to, item.raw_to)))
