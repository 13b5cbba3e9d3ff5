import json
import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import pytest
from attrs import fields
from hypothesis import given, settings
from hypothesis import strategies as st

from lindorff_sdk.errors import JsonError, RequestError
from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.json_models import event_from_json, from_json, to_json
from lindorff_sdk.models.cases import CaseFile, Claim, CollectionGroup, ListedClaim
from lindorff_sdk.models.codes import DebtorKind
from lindorff_sdk.models.corrections import CorrectionFile
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.models.receipts import ReceiptFile
from lindorff_sdk.models.settlements import CaseClosure, Payment, SettlementFile
from lindorff_sdk.reconciliation.events import AnyEvent, Posting

MONEY = st.integers(-(10**15) + 1, 10**15 - 1).map(lambda ore: Decimal(ore).scaleb(-2))
PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: st.sampled_from(["", "0010", 'æøå "\\\n', "\u20ac"]),
    int: st.integers(0, 10**6),
    bool: st.booleans(),
    Decimal: st.integers(0, 99_999).map(lambda ore: Decimal(ore).scaleb(-2)),  # fits both money and rates
    date: st.dates(),
    datetime: st.datetimes(),
}


def strategy(kind: Any) -> st.SearchStrategy[Any]:
    """Return what fields of a type may hold."""
    if kind in PLAIN:
        return PLAIN[kind]
    if get_origin(kind) is tuple:
        return st.lists(strategy(get_args(kind)[0]), max_size=2).map(tuple)
    if isinstance(kind, UnionType):
        return st.one_of([st.none() if part is NoneType else strategy(part) for part in get_args(kind)])
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    return st.builds(kind, **{item.name: strategy(item.type) for item in fields(kind)})


GROUP = CollectionGroup(
    collection_date=date(2026, 3, 2),
    claims=(
        ListedClaim(
            claim=Claim(
                invoice_number="0010",
                invoice_date=date(2026, 1, 1),
                due_date=date(2026, 1, 15),
                original_amount=Decimal("1250.50"),
                remaining_amount=Decimal(1000),
                interest_rate=Decimal("9.25"),
            ),
            debtor=Debtor(
                number="7",
                kind=DebtorKind.PRIVATE,
                name="Åse Ærlig",
                national_id="01017012345",
                address=Address(postcode="0150"),
            ),
        ),
    ),
)


def changed(path: str, value: object) -> str:
    """Return the group as JSON with one value replaced."""
    data = json.loads(to_json(GROUP))
    *steps, last = path.split(".")
    place: Any = data
    for step in steps:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    "cls", [CaseFile, CorrectionFile, ReceiptFile, SettlementFile, CollectionGroup, Posting, Finding]
)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_every_model_comes_back(cls: Any, data: st.DataObject) -> None:
    """What is written is read again as the same model, and written again as the same text."""
    model = data.draw(strategy(cls))
    text = to_json(model)
    assert from_json(cls, text) == model
    assert to_json(from_json(cls, text)) == text


@given(MONEY)
def test_every_amount_comes_back(amount: Decimal) -> None:
    note = Payment(transaction_id="1", amount=amount, principal=amount, paid_on=date(2026, 1, 1))
    assert from_json(Payment, to_json(note)).amount.as_tuple() == amount.as_tuple()


@pytest.mark.parametrize("cls", get_args(AnyEvent))
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_event_says_of_which_kind_it_is(cls: Any, data: st.DataObject) -> None:
    event = data.draw(strategy(cls))
    assert json.loads(to_json(event))["type"] == cls.kind
    assert event_from_json(to_json(event)) == event
    assert from_json(cls, to_json(event)) == event


def test_text_is_compact_and_keeps_its_letters() -> None:
    envelope = Envelope(customer_id="007", sequence=1, created_at=datetime(2026, 1, 2, 3, 4))
    assert to_json(SettlementFile(envelope=envelope)) == (
        '{"envelope":{"customer_id":"007","sequence":1,"created_at":"2026-01-02T03:04:00","currency":"NOK",'
        '"payout_account":"","agency_account":""},"entries":[]}'
    )
    assert "Åse Ærlig" in to_json(GROUP)
    assert '"1250.50"' in to_json(GROUP)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("claims.0.claim.original_amount", 12.5, "a float cannot hold øre exactly @ $.claims[0].claim.original_amount"),
        ("claims.0.claim.original_amount", 12.0, "a float"),
        ("claims.0.claim.original_amount", "12.505", "two decimals"),
        ("claims.0.claim.original_amount", "1e3", "must be a number"),
        ("claims.0.claim.original_amount", "NaN", "must be a number"),
        ("claims.0.claim.original_amount", True, "must be a number"),
        ("claims.0.claim.original_amount", None, "not NoneType @ $.claims[0].claim.original_amount"),
        ("claims.0.claim.original_amount", "99999999999999", "at most"),
        ("claims.0.claim.interest_rate", "-1", "from 0 to below 1000"),
        ("claims.0.claim.invoice_number", 10, "must be text, not a whole number @ $.claims[0].claim.invoice_number"),
        ("claims.0.claim.invoice_date", "2026-02-30", "of the calendar"),
        ("claims.0.claim.invoice_date", "20260203", "YYYY-MM-DD"),
        ("claims.0.claim.invoice_date", "2026-02-03T00:00:00", "YYYY-MM-DD"),
        ("claims.0.claim.reminders_sent", True, "must be a whole number, not a boolean"),
        ("claims.0.claim.reminders_sent", "1", "must be a whole number, not text"),
        ("claims.0.disputed", 0, "must be true or false"),
        ("claims.0.debtor.kind", "person", "must be one of: private, company, public @ $.claims[0].debtor.kind"),
        ("claims.0.debtor.kind", [], "must be one of"),
        ("claims.0.debtor", [], "must be an object, not an array"),
        ("claims.0.debtor", None, "must be an object, not null"),
        ("claims.0.co_debtors", "ab", "must be an array, not text"),
        ("claims", {}, "must be an array, not an object"),
        ("claims.0.debtor.surname", "x", "unknown keys: surname @ $.claims[0].debtor"),
        ("surplus", 1, "unknown keys: surplus @ $"),
    ],
)
def test_refusal_names_the_place(path: str, value: object, problem: str) -> None:
    with pytest.raises(JsonError) as caught:
        from_json(CollectionGroup, changed(path, value))
    (only,) = caught.value.problems
    assert problem in only


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '{"a":1,"a":2}', '{"a":NaN}', "[" * 100_000, "9" * 9999])
def test_what_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(JsonError):
        from_json(CollectionGroup, text)


@pytest.mark.parametrize("text", ["[]", "{}", '{"type":1}', '{"type":"payment"}', '{"type":"case_closed"}'])
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(JsonError, match="an event"):
        event_from_json(text)


def test_wrong_type_is_refused() -> None:
    """An event or entry is not read as one of another kind."""
    closure = '{"type":"payment","transaction_id":"1","closed_on":"2026-01-01","reason":"other"}'
    with pytest.raises(JsonError, match='"type" must be case_closure'):
        from_json(CaseClosure, closure)
    assert from_json(CaseClosure, closure.replace('"type":"payment",', "")).transaction_id == "1"


def test_all_problems_are_listed_at_once() -> None:
    data = json.loads(to_json(GROUP))
    del data["claims"][0]["claim"]["due_date"]
    data["claims"][0]["debtor"]["kind"] = "x"
    data["claims"].append(3)
    with pytest.raises(JsonError) as caught:
        from_json(CollectionGroup, json.dumps(data))
    assert [problem.rpartition(" @ ")[2] for problem in caught.value.problems] == [
        "$.claims[0].claim.due_date",
        "$.claims[0].debtor.kind",
        "$.claims[1]",
    ]
    assert all(problem in str(caught.value) for problem in caught.value.problems)


def test_refusal_holds_no_personal_value() -> None:
    """Neither the message nor what hangs on the error has a national id that stood in the wrong place."""
    for path in ("claims.0.debtor.kind", "claims.0.disputed", "claims.0.claim.invoice_date", "claims.0.debtor.address"):
        with pytest.raises(JsonError) as caught:
            from_json(CollectionGroup, changed(path, "01017012345"))
        assert "010170" not in str(caught.value)
        assert caught.value.__context__ is None
    assert isinstance(caught.value, RequestError)
    assert isinstance(caught.value, ValueError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_aware_times_and_severities_come_back() -> None:
    envelope = Envelope(customer_id="1", sequence=1, created_at=datetime(2026, 1, 2, tzinfo=UTC))
    assert from_json(Envelope, to_json(envelope)) == envelope
    finding = Finding("c", Severity.WARNING, "m")
    assert from_json(Finding, to_json(finding)).severity is Severity.WARNING


def test_codes_come_back_as_members_of_their_vocabulary() -> None:
    """A code is read as the enum's member, not as a plain text that only equals it."""
    debtor = from_json(Debtor, '{"number": "1", "kind": "company", "name": "Nordlys AS"}')
    assert type(debtor.kind) is DebtorKind
