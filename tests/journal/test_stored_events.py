"""What the journal writes of an event is its JSON, to the letter; and what it reads back is the event."""

from decimal import Decimal
from typing import Any, get_args, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.errors import JsonError
from lindorff_sdk.journal.stored_events import event_text, stored_events
from lindorff_sdk.json_models import event_from_json, to_json
from lindorff_sdk.reconciliation.events import AnyEvent, Event
from tests.journal.ledgers import payment

AMOUNTS = st.decimals(-(10**12), 10**12, places=2)
RATES = st.decimals(0, 999, places=4)


def of_type(name: str, its: Any) -> st.SearchStrategy[Any]:
    """Return values of an attribute's type."""
    if its is Decimal:
        return RATES if name == "rate" else AMOUNTS
    return st.from_type(its)


@st.composite
def events(draw: st.DrawFn, kind: type[Event]) -> Event:
    """Draw an event of a kind, with anything in its attributes."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for item in attrs.fields(kind):
        kinds = [each for each in get_args(hints[item.name]) if each is not type(None)] or [hints[item.name]]
        optional = type(None) in get_args(hints[item.name])
        its = hints[item.name] if not optional else kinds[0]
        drawn = of_type(item.name, its)
        values[item.name] = draw(st.none() | drawn if optional else drawn)
    return kind(**values)


@pytest.mark.parametrize("kind", get_args(AnyEvent), ids=lambda kind: kind.kind)
@given(data=st.data())
def test_both_ways(kind: type[Event], data: st.DataObject) -> None:
    """For every kind, with text of any letters, it is what the general way gives."""
    event: Any = data.draw(events(kind))
    text = event_text(event)
    assert text == to_json(event)
    (read,) = stored_events([text])
    assert read == event == event_from_json(text)
    assert type(read) is kind
    assert hash(read) == hash(event)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        read.id = "another"  # type: ignore[misc]


@pytest.mark.parametrize("text", ["", "{},{}", "[]", "{}", '{"type":"nothing"}', '{"type":"payment_received"}'])
def test_what_the_journal_did_not_write(text: str) -> None:
    with pytest.raises(JsonError):
        stored_events([to_json(payment("e0")), text])


def test_a_key_too_many() -> None:
    text = to_json(payment("e1")).replace('"kid":', '"more":1,"kid":')
    with pytest.raises(JsonError, match="more"):
        stored_events([to_json(payment("e0")), text])


def test_keys_that_came_later_have_their_defaults() -> None:
    """An event that an older release wrote lacks what was added since."""
    older, events = to_json(payment("e1")).replace('"kid":"",', ""), [payment("e0"), payment("e1")]
    assert stored_events([to_json(events[0]), older]) == events
