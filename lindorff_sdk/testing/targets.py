"""What the attributes of a model can take from a file."""

from collections.abc import Iterator
from typing import cast, get_args, get_origin

from attrs import frozen

from lindorff_sdk.files.binding import NEVER_NEGATIVE, attributes, is_model, item_models, may_be_none, plain, required


@frozen
class Target:
    """An attribute that a field can fill.

    Attributes:
        path: From the object: ``debtor.address.postcode``.
        kind_of: What it holds: `str`, `int`, `decimal.Decimal`, a date, `bool`, or a vocabulary.
        required: Whether something must fill it.
        may_be_none: Whether it can be without a value.
        is_rate: Whether it is a percentage.
        never_negative: Whether it is an amount whose sign says what its line is.
    """

    path: str
    kind_of: type
    required: bool
    may_be_none: bool
    is_rate: bool
    never_negative: bool = False


@frozen
class Series:
    """An attribute that holds objects."""

    attribute: str
    models: dict[str, type]
    required: bool


def targets(model: type, prefix: str = "", *, needed: bool = True) -> Iterator[Target]:
    """Yield what fields can fill of an object, through the objects it holds one of."""
    have_no_default = set(required(model))
    for name, annotation in attributes(model).items():
        wanted, path = plain(annotation), f"{prefix}{name}"
        must = needed and name in have_no_default
        if is_model(wanted):
            yield from targets(cast("type", wanted), f"{path}.", needed=must)
        elif get_origin(annotation) is not tuple and isinstance(wanted, type):
            positive = (model, name) in NEVER_NEGATIVE
            yield Target(path, wanted, must, may_be_none(annotation), "rate" in name, positive)


def series(model: type) -> list[Series]:
    """Return the attributes of an object that hold objects."""
    have_no_default = set(required(model))
    return [
        Series(name, item_models(model, name), name in have_no_default)
        for name, annotation in attributes(model).items()
        if get_origin(annotation) is tuple and get_args(annotation)
    ]
