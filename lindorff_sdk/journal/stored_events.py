"""Events as the journal stores them: the JSON of `to_json`, written and read back by functions made for each kind.

A file may bring a million events, and the general way, which checks what comes from elsewhere, takes several times as
long. As attrs does for its classes, the source of each function is generated from the attributes and executed.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast, get_args, get_type_hints

import attrs

from lindorff_sdk.json_models import event_from_json
from lindorff_sdk.models.making import constructor, function
from lindorff_sdk.reconciliation.events import AnyEvent, Event, Source

_WRITTEN: dict[Any, str] = {
    str: "text({0})",
    int: "str({0})",
    bool: "'true' if {0} else 'false'",
    date: "'\"%s\"' % {0}",
    Decimal: "'\"%s\"' % format({0}, 'f')",
    Source: '\'{{"file":%s,"line":%d}}\' % (text({0}.file), {0}.line)',
    tuple[str, ...]: "'[%s]' % ','.join(map(text, {0}))",
}
_READ: dict[Any, str] = {
    str: "{0}",
    int: "{0}",
    bool: "{0}",
    date: "day({0})",
    Decimal: "Decimal({0})",
    Source: "Source(**{0})",
    tuple[str, ...]: "tuple({0})",
}


def event_text(event: AnyEvent) -> str:
    """Return what `to_json` returns for an event."""
    return _WRITERS[type(event)](event)


def stored_events(texts: Sequence[str]) -> list[AnyEvent]:
    """Return the events that the journal wrote: read as one array, which is quicker than one by one.

    Raises:
        JsonError: If a text is not what the journal wrote; every problem is listed.
    """
    try:
        events = [_READERS[data["type"]](data) for data in json.loads(f"[{','.join(texts)}]")]
    except Exception:  # noqa: BLE001 - whatever it is, the strict reader tells it in our own words
        events = []
    if len(events) != len(texts):
        events = [None] * len(texts)
    return [event_from_json(text) if event is None else event for event, text in zip(events, texts, strict=True)]


def _expressions(kind: type[Event], of: dict[Any, str], given: str, names: dict[str, object]) -> list[str]:
    """Return the expression of each attribute, ``given`` being how it is got."""
    hints, found = get_type_hints(kind), []
    for item in attrs.fields(kind):
        its = hints[item.name]
        optional = type(None) in get_args(its)
        its = get_args(its)[0] if optional else its
        value = given.format(item.name)
        if isinstance(its, type) and issubclass(its, StrEnum):
            names[its.__name__] = {member.value: member for member in its}
            expression = of[str].format(value) if of is _WRITTEN else f"{its.__name__}[{value}]"
        else:
            expression = of[its].format(value)
        nothing = "'null'" if of is _WRITTEN else "None"
        found.append(f"({nothing} if {value} is None else {expression})" if optional else f"({expression})")
    return found


def _writer(kind: type[Event]) -> Callable[[AnyEvent], str]:
    names: dict[str, object] = {"text": json.encoder.encode_basestring}  # as `json.dumps` has it
    places = "".join(f',"{item.name}":%s' for item in attrs.fields(kind))
    values = ", ".join(_expressions(kind, _WRITTEN, "given.{0}", names))
    template = f'{{"type":"{kind.kind}"{places}}}'
    made = function(f"event {kind.kind}", ["def function(given):", f"    return {template!r} % ({values})"], names)
    return cast("Callable[[AnyEvent], str]", made)


def _reader(kind: type[Event]) -> Callable[[dict[str, Any]], AnyEvent | None]:
    """Return the function that makes an event of its JSON object; of one with other keys it makes None."""
    names: dict[str, object] = {"day": date.fromisoformat, "Decimal": Decimal, "Source": Source}
    values = ", ".join(_expressions(kind, _READ, "given['{0}']", names))
    names["make"] = constructor(cast("type", kind))
    count = len(attrs.fields(kind)) + 1
    lines = ["def function(given):", f"    return make({values}) if len(given) == {count} else None"]
    return cast("Callable[[dict[str, Any]], AnyEvent | None]", function(f"event {kind.kind}", lines, names))


_WRITERS = {kind: _writer(kind) for kind in get_args(AnyEvent)}
_READERS = {kind.kind: _reader(kind) for kind in get_args(AnyEvent)}
