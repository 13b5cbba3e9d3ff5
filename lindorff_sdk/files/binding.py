"""Which attribute of which model a field is bound to, and what that attribute can hold."""

import types
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Union, cast, get_args, get_origin, get_type_hints

import attrs

from lindorff_sdk.files.layout import Kind
from lindorff_sdk.models.bank import BankFile
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.corrections import CorrectionFile
from lindorff_sdk.models.receipts import ReceiptFile
from lindorff_sdk.models.settlements import Payment, PaymentReversal, SettlementFile
from lindorff_sdk.spelling import did_you_mean

ROOTS: dict[Transfer, type] = {
    Transfer.CASES: CaseFile,
    Transfer.CORRECTIONS: CorrectionFile,
    Transfer.RECEIPTS: ReceiptFile,
    Transfer.SETTLEMENTS: SettlementFile,
    Transfer.BANK: BankFile,
}
"""The class of each transfer's files."""

_HELD_BY: dict[Kind, type] = {
    Kind.TEXT: str,
    Kind.DIGITS: str,
    Kind.INTEGER: int,
    Kind.AMOUNT: Decimal,
    Kind.RATE: Decimal,
    Kind.DATE: date,
    Kind.TIME: datetime,
    Kind.DATETIME: datetime,
    Kind.FLAG: bool,
    Kind.CODE: StrEnum,
    Kind.CONSTANT: str,
}


NEVER_NEGATIVE = {(Payment, "amount"), (PaymentReversal, "amount")}
"""Amounts whose sign says what the line is: money that goes back is a reversal, of a positive amount."""

_PLAIN = (str, int, bool, date, datetime)
"""Types of attributes whose values TOML writes as they are."""


def attributes(model: type) -> dict[str, object]:
    """Return the attributes of a model that a file can fill, with their types."""
    hints = get_type_hints(model)
    return {item.name: hints[item.name] for item in attrs.fields(model) if item.init}


def is_model(annotation: object) -> bool:
    """Return whether an annotation is one of the model classes."""
    return isinstance(annotation, type) and attrs.has(annotation)


def required(model: type) -> Iterator[str]:
    """Yield the attributes of a model that have no default."""
    return (item.name for item in attrs.fields(model) if item.default is attrs.NOTHING and item.init)


def element_model(model: type, attribute: str) -> type:
    """Return the one class of the objects that a tuple attribute holds.

    Raises:
        LookupError: If there is no such attribute, or it holds objects of several classes.
    """
    models = item_models(model, attribute)
    if len(models) != 1:
        raise LookupError(f"{model.__name__}.{attribute} holds objects of several classes")
    return next(iter(models.values()))


def convert_default(model: type, path: str, value: object) -> object:
    """Return a value from TOML as the attribute at a dotted path holds it.

    Raises:
        LookupError: If there is no such attribute.
        ValueError: If it cannot hold the value.
    """
    annotation = plain(attribute_type(model, path))
    holder, _, name = path.rpartition(".")
    item = attrs.fields_dict(cast("type", plain(attribute_type(model, holder)) if holder else model))[name]
    try:
        if isinstance(annotation, type) and issubclass(annotation, StrEnum):
            return annotation(str(value))
        if annotation is Decimal and item.converter is not None:
            return cast("Callable[[object], object]", item.converter)(value)
    except (TypeError, ValueError) as error:
        raise ValueError(str(error).rstrip(".")) from None
    if annotation not in _PLAIN or type(value) is not annotation:
        wanted = annotation.__name__ if annotation in _PLAIN and isinstance(annotation, type) else "a value of its own"
        raise ValueError(f"{path!r} holds {wanted}, not {type(value).__name__}")
    return value


def default(model: type, path: str) -> object:
    """Return what the attribute at a dotted path is when nothing fills it; None where it must be filled."""
    name, _, rest = path.partition(".")
    item = attrs.fields_dict(model)[name]
    if rest:
        return default(cast("type", plain(attributes(model)[name])), rest)
    return None if item.default is attrs.NOTHING else item.default


def plain(annotation: object) -> object:
    """Return an annotation without its ``| None``."""
    members = _members(annotation)
    return members[0] if len(members) == 1 else annotation


def may_be_none(annotation: object) -> bool:
    """Return whether an annotation admits None."""
    return type(None) in get_args(annotation)


def _members(annotation: object) -> tuple[object, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(member for member in get_args(annotation) if member is not type(None))
    return (annotation,)


def attribute_type(model: type, path: str) -> object:
    """Return the type of the attribute at a dotted path.

    Raises:
        LookupError: If there is no such attribute; the message names those there are.
    """
    at: object = model
    for step in path.split("."):
        if not is_model(at):
            raise LookupError(f"{path!r} goes through something that has no attributes")
        known = attributes(cast(type, at))
        if step not in known:
            hint = did_you_mean(step, known)
            raise LookupError(
                f"{cast(type, at).__qualname__} has no attribute {step!r}{hint}; it has {', '.join(known)}"
            )
        at = plain(known[step])
        last = known[step]
    return last


def item_models(model: type, attribute: str) -> dict[str, type]:
    """Return the classes, by name, of the objects that a tuple attribute holds.

    Raises:
        LookupError: If there is no such attribute, or it holds no objects.
    """
    annotation = attribute_type(model, attribute)
    if get_origin(annotation) is not tuple:
        raise LookupError(f"{model.__name__}.{attribute} does not hold a series of objects")
    members = _members(get_args(annotation)[0])
    return {member.__name__: member for member in members if isinstance(member, type)}


def holds(annotation: object, kind: Kind) -> bool:
    """Return whether an attribute of this type can hold a field of this kind."""
    annotated, wanted = plain(annotation), _HELD_BY.get(kind)
    if wanted is None or not isinstance(annotated, type):
        return False
    if wanted is StrEnum:
        return issubclass(annotated, StrEnum)
    return annotated is wanted


def meanings(annotation: object) -> type[StrEnum] | None:
    """Return the vocabulary of an attribute, or None if it has none."""
    annotated = plain(annotation)
    return annotated if isinstance(annotated, type) and issubclass(annotated, StrEnum) else None
