"""Runs of canonical objects: what the function that reads many at a stroke may and may not take."""

import pickle
from datetime import date
from typing import cast

import attrs
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from lindorff_sdk.files.compile import compiled
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.bank import BankAssignment, BankFile, BankTransaction
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.making import constructor
from lindorff_sdk.testing.strategies import canonical_bytes
from lindorff_sdk.testing.strategies_damage import damaged
from tests.files.layouts import LAYOUTS
from tests.files.slowly import kept, origins, slowly
from tests.files.support import LAW, TRANSFERS, objects

BANK = shipped("nets-ocr-giro")
DRAWN = {
    **{name: (drawn.profile, drawn.transfer, drawn.canonical) for name, drawn in LAYOUTS.items()},
    "bank": (BANK, Transfer.BANK, canonical_bytes(BANK, Transfer.BANK)),
}


def test_the_records_that_files_hold_most_of_come_in_runs() -> None:
    """Payments with KID of two or three lines, and whatever a settlement lists; never what has lines that repeat."""
    runs = {
        (layout.id, record.layout.name)
        for profile in (BANK, shipped("lindorff-reference"))
        for layout in profile.files.values()
        for record in compiled(layout).records
        if record.run is not None
    }
    assert {("bank", "amount_item_1"), ("settlements", "payment"), ("settlements", "interest_note")} <= runs
    assert not {("bank", "start_assignment"), ("bank", "end_assignment"), ("cases", "case")} & runs


def agree(data: bytes, profile: Profile, transfer: Transfer, on_error: OnError) -> None:
    """Models, findings, kept areas and places of a file do not depend on how it is read."""
    fast, slow = parse(data, profile, transfer, on_error=on_error), slowly(data, profile, transfer, on_error)
    assert fast.findings == slow.findings
    assert fast.model == slow.model
    assert fast.unread == slow.unread
    if not fast.refused:
        assert list(origins(fast)) == list(origins(slow))
        assert kept(fast) == kept(slow)


@pytest.mark.parametrize("layout", DRAWN)
@LAW
@given(data=st.data())
def test_damage_is_told_the_same_at_a_stroke_and_field_by_field(layout: str, data: DataObject) -> None:
    """Whatever happens twice to a file of any layout."""
    profile, transfer, canonical = DRAWN[layout]
    once = data.draw(canonical.flatmap(lambda written: damaged(written, profile, transfer)))
    twice = data.draw(_with_another_byte(once)) if once else once
    agree(twice, profile, transfer, data.draw(st.sampled_from(OnError)))


def _with_another_byte(data: bytes) -> SearchStrategy[bytes]:
    """Return files in which one byte is a digit, a letter, a blank or a sign."""
    return st.builds(
        lambda at, byte: data[:at] + bytes([byte]) + data[at + 1 :],
        st.integers(0, len(data) - 1),
        st.sampled_from(b"019 -NX"),
    )


def _bank_lines() -> list[bytes]:
    """Return the lines of a bank file with payments of two lines and of three, the last of them with an area in use."""
    plain = BankTransaction(
        transaction_type="10", booked_on=date(2026, 4, 20), amount="100.00", kid="100014", form_number="0000000007",
        centre_id="13", day_code="20", partial_settlement="1", serial_number="00001", archive_reference="000000005",
    )  # fmt: skip
    paid = [
        plain,
        evolve(plain, amount="-200.00", transaction_type="18"),
        evolve(plain, transaction_type="20", kid="", text="Takk for maten"),
        evolve(plain, paid_on=date(2026, 4, 17), debit_account="99990512341"),
        plain,
    ]
    assignment = BankAssignment(
        agreement_id="001008585", number="0000001", account="99991042764", transactions=tuple(paid)
    )
    file = BankFile(
        envelope=Envelope(customer_id="00010200", sequence=1), transmitter="00008080", assignments=(assignment,)
    )
    lines = serialize(file, BANK).removesuffix(b"\n").split(b"\n")
    lines[10] = lines[10][:34] + b"1234567" + lines[10][41:]
    return lines


LINES = _bank_lines()
ALTERED = {
    **{f"{at} dropped": [*LINES[:at], *LINES[at + 1 :]] for at in range(len(LINES))},
    **{f"{at} twice": [*LINES[:at], LINES[at], *LINES[at:]] for at in range(len(LINES))},
    **{f"{at} later": [*LINES[:at], LINES[at + 1], LINES[at], *LINES[at + 2 :]] for at in range(len(LINES) - 1)},
    "the end first": [*LINES[:2], LINES[-2], *LINES[2:-2], LINES[-1]],
    "a text of blanks": [*LINES[:8], LINES[8][:15] + b" " * 40 + LINES[8][55:], *LINES[9:]],
}


@pytest.mark.parametrize("on_error", OnError)
@pytest.mark.parametrize("altered", ALTERED)
def test_a_line_more_or_less_is_told_the_same(altered: str, on_error: OnError) -> None:
    """Objects of several lines end where the next begins; what stands between them is not lost."""
    agree(b"\n".join(ALTERED[altered]) + b"\n", BANK, Transfer.BANK, on_error)


@pytest.mark.parametrize("line", range(2, len(LINES) - 2))
def test_every_other_byte_is_told_the_same(line: int) -> None:
    """Running numbers, repeated keys, dates, signs, fillers: each byte of a transaction, as a digit and as a blank."""
    for column in range(len(LINES[line])):
        for byte in (b"9", b" "):
            lines = [*LINES]
            lines[line] = lines[line][:column] + byte + lines[line][column + 1 :]
            agree(b"\n".join(lines) + b"\n", BANK, Transfer.BANK, OnError.REFUSE_RECORD)


@settings(LAW, max_examples=10)
@given(data=st.data())
def test_an_object_made_quickly_is_as_its_class_makes_it(data: DataObject) -> None:
    """It is equal, of the very class, frozen, without anything left over, and pickles."""
    drawn = data.draw(st.sampled_from([LAYOUTS[f"reference.{transfer}"] for transfer in TRANSFERS]))
    for _, item in objects(data.draw(drawn.files)):
        model = cast("type[attrs.AttrsInstance]", type(item))
        made = constructor(model)(*(getattr(item, each.name) for each in attrs.fields(model)))
        assert made == item
        assert type(made) is type(item)
        assert hash(made) == hash(item)
        assert pickle.loads(pickle.dumps(made)) == item
        assert not hasattr(made, "__dict__")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            made.anything = 1  # type: ignore[attr-defined]


def test_a_class_that_checks_itself_goes_on_doing_so() -> None:
    """What a validator or ``__attrs_post_init__`` refuses is refused however the object is made."""

    @attrs.frozen
    class Positive:
        number: int = attrs.field(validator=attrs.validators.gt(0))

    @attrs.frozen
    class Even:
        number: int

        def __attrs_post_init__(self) -> None:
            if self.number % 2:
                raise ValueError("odd")

    assert constructor(Positive)(1) == Positive(1)
    assert constructor(Even)(2) == Even(2)
    with pytest.raises(ValueError, match="must be > 0"):
        constructor(Positive)(0)
    with pytest.raises(ValueError, match="odd"):
        constructor(Even)(1)
