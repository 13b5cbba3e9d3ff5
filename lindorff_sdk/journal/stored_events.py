"""Events as the journal stored them: read back without the checks that text from elsewhere needs."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from cattrs import Converter

from lindorff_sdk.json_models import event_from_json
from lindorff_sdk.reconciliation.events import AnyEvent, Event

_KINDS: dict[str, type[Event]] = {kind.kind: kind for kind in get_args(AnyEvent)}


def _converter() -> Converter:
    converter = Converter(detailed_validation=False, forbid_extra_keys=True)
    converter.register_structure_hook(Decimal, lambda text, _: Decimal(text))
    converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    return converter


_CONVERTER = _converter()


def stored_event(text: str) -> AnyEvent:
    """Return the event that the journal wrote as `to_json` text.

    Raises:
        JsonError: If the text is not what the journal wrote; every problem is listed.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        event: Any = _CONVERTER.structure(data, _KINDS[data.pop("type")])
    except Exception:  # noqa: BLE001 - whatever it is, the strict reader tells it in our own words
        event = None
    return event_from_json(text) if event is None else event
