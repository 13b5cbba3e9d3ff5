"""Models and events as JSON text, both ways and strictly.

Amounts are text (``"1250.50"``), dates and times ISO 8601, codes their values. The entries of a settlement and the
events carry a ``"type"``. Reading refuses what it does not know, and lists every problem with its path.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import GenericAlias, NoneType
from typing import Any, TypeVar, get_args, get_origin

import attrs
from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from lindorff_sdk.errors import JsonError
from lindorff_sdk.models.settlements import SettlementEntry
from lindorff_sdk.reconciliation.events import AnyEvent, Event

T = TypeVar("T", bound=attrs.AttrsInstance)

_TAG = "type"
_JSON_TYPES = {NoneType: "null", dict: "an object", list: "an array", str: "text", float: "a float", bool: "a boolean"}
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,10})?", re.ASCII)


def to_json(model: attrs.AttrsInstance) -> str:
    """Return a model or event as compact JSON: the same model always gives the same text."""
    return json.dumps(_CONVERTER.unstructure(model), ensure_ascii=False, separators=(",", ":"))


def from_json(cls: type[T], text: str) -> T:
    """Return the model that JSON text describes.

    Args:
        cls: The class to read, such as `CollectionGroup`. For events of any kind see `event_from_json`.
        text: JSON; unknown keys, keys given twice and floats are refused.

    Raises:
        JsonError: If the text does not describe one. Every problem is listed with its path; of the values only
            amounts are shown.
    """
    return _read(cls, text)


def event_from_json(text: str) -> AnyEvent:
    """Return the event that JSON text describes; its ``"type"`` says of which kind.

    Raises:
        JsonError: If the text does not describe an event.
    """
    event: AnyEvent = _read(_ANY_EVENT, text)
    return event


def _read(cls: type[T], text: str) -> T:
    # Raised outside the handlers, so that no frame or cause holds the text and the personal data in it.
    problems: list[str] = []
    try:
        data = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        problems = [f"{error.msg} (line {error.lineno}, column {error.colno}) @ $"]
    except RecursionError:
        problems = ["nested too deeply @ $"]
    except ValueError as error:
        problems = [f"{error} @ $"]
    else:
        try:
            return _CONVERTER.structure(data, cls)
        except (BaseValidationError, ValueError, TypeError) as error:
            problems = transform_error(error, format_exception=_described)
    raise JsonError(f"This JSON does not fit {'an event' if cls is _ANY_EVENT else cls.__name__}.", problems)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"keys given twice: {', '.join(twice)}")
    return result


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _described(error: BaseException, _: type | None) -> str:
    match error:
        case KeyError():
            return f"the key {error.args[0]!r} is missing"
        case ForbiddenExtraKeysError():
            return f"unknown keys: {', '.join(sorted(map(str, error.extra_fields)))}"
        case _:
            return str(error).rstrip(".")


def _exactly(kind: type, words: str) -> Callable[[object, object], object]:
    """A hook for a JSON type; cattrs by itself would turn 1 into "1" and "no" into True."""

    def hook(value: object, _: object) -> object:
        if type(value) is not kind:
            raise TypeError(f"must be {words}, not {_json_type(value)}")
        return value

    return hook


def _json_type(value: object) -> str:
    return _JSON_TYPES.get(type(value), "a whole number")


def _decimal(value: object, _: object) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    if isinstance(value, float):
        raise TypeError('must be text such as "1250.50"; a float cannot hold øre exactly')
    raise TypeError('must be a number as text such as "1250.50", or a whole number')


def _date(value: object, _: object) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise TypeError("must be a date as YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a date of the calendar, as YYYY-MM-DD") from None


def _datetime(value: object, _: object) -> datetime:
    if not isinstance(value, str) or not _DATETIME.fullmatch(value):
        raise TypeError("must be a time as YYYY-MM-DDTHH:MM:SS")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a time of the calendar, as YYYY-MM-DDTHH:MM:SS") from None


@cache
def _enum_hook(cls: type[StrEnum]) -> Callable[[object, object], StrEnum]:
    members = {member.value: member for member in cls}
    allowed = ", ".join(map(str, members))

    def hook(value: object, _: object) -> StrEnum:
        member = members.get(value) if isinstance(value, str) else None
        if member is None:
            raise ValueError(f"must be one of: {allowed}")
        return member

    return hook


def _tuple_hook(cls: Any, converter: Converter) -> Callable[[object, object], object]:
    as_list: Any = GenericAlias(list, get_args(cls)[:1])

    def hook(value: object, _: object) -> object:
        if not isinstance(value, list):
            raise TypeError(f"must be an array, not {_json_type(value)}")
        return tuple(converter.structure(value, as_list))

    return hook


def _class_hook(cls: type[attrs.AttrsInstance], converter: Converter) -> Callable[[object, object], object]:
    tag = _TAGS.get(cls)
    overrides: dict[str, Any] = {
        name: override(struct_hook=_converted(attribute.converter))
        for name, attribute in attrs.fields_dict(cls).items()
        if attribute.converter is not None
    }
    structure = make_dict_structure_fn(cls, converter, **overrides)

    def hook(value: object, _: object) -> object:
        if not isinstance(value, Mapping):
            raise TypeError(f"must be an object, not {_json_type(value)}")
        if tag is not None and _TAG in value:
            if value[_TAG] != tag:
                raise ValueError(f'the "type" must be {tag}')
            value = {key: item for key, item in value.items() if key != _TAG}
        return structure(value, cls)

    return hook


def _converted(convert: Any) -> Callable[[object, object], object]:
    """Apply the field's own converter here, so that its refusal comes with the field's path."""

    def hook(value: object, _: object) -> object:
        return convert(None if value is None else _decimal(value, None))

    return hook


def _union_hook(members: Mapping[str, type]) -> Callable[[object, object], object]:
    def hook(value: object, _: object) -> object:
        if not isinstance(value, Mapping):
            raise TypeError(f"must be an object, not {_json_type(value)}")
        tag = value.get(_TAG)
        if not isinstance(tag, str) or tag not in members:
            raise ValueError(f'the "type" must be one of: {", ".join(members)}')
        return _CONVERTER.structure(value, members[tag])

    return hook


def _class_unhook(cls: type[attrs.AttrsInstance], converter: Converter) -> Callable[[Any], dict[str, object]]:
    unstructure = make_dict_unstructure_fn(cls, converter)
    tag = _TAGS.get(cls)
    return unstructure if tag is None else lambda model: {_TAG: tag, **unstructure(model)}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


_ENTRIES: dict[str, type] = {_snake(cls.__name__): cls for cls in get_args(SettlementEntry)}
_EVENTS: dict[str, type[Event]] = {cls.kind: cls for cls in get_args(AnyEvent)}
_TAGS: dict[type, str] = {cls: tag for tag, cls in (*_ENTRIES.items(), *_EVENTS.items())}
_ANY_EVENT: Any = AnyEvent


def _is_tuple(cls: Any) -> bool:
    return get_origin(cls) is tuple


def _converter() -> Converter:
    converter = Converter(detailed_validation=True, forbid_extra_keys=True)
    converter.register_structure_hook(str, _exactly(str, "text"))
    # A hook for a class serves its subclasses too, and our vocabularies are texts to Python: they need their own.
    converter.register_structure_hook(StrEnum, lambda value, cls: _enum_hook(cls)(value, cls))
    converter.register_structure_hook(int, _exactly(int, "a whole number"))
    converter.register_structure_hook(bool, _exactly(bool, "true or false"))
    converter.register_structure_hook(Decimal, _decimal)
    converter.register_structure_hook(date, _date)
    converter.register_structure_hook(datetime, _datetime)
    converter.register_structure_hook_factory(_is_tuple, _tuple_hook)
    converter.register_structure_hook_factory(attrs.has, _class_hook)
    converter.register_structure_hook_func(lambda cls: cls == SettlementEntry, _union_hook(_ENTRIES))
    converter.register_structure_hook_func(lambda cls: cls == AnyEvent, _union_hook(_EVENTS))
    converter.register_unstructure_hook(Decimal, lambda amount: format(amount, "f"))
    converter.register_unstructure_hook(date, lambda day: day.isoformat())
    converter.register_unstructure_hook(datetime, lambda time: time.isoformat())
    converter.register_unstructure_hook_factory(attrs.has, _class_unhook)
    return converter


_CONVERTER = _converter()
