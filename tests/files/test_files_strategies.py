"""The strategies draw what a layout can hold, all of it, and the damage that they promise."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.money import ORE
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.models.settlements import CaseClosure, SettlementFile
from lindorff_sdk.testing.strategies import canonical_bytes, files
from lindorff_sdk.testing.strategies_damage import Damage, damaged
from tests.files.layouts import COUNTED, LAYOUTS
from tests.files.support import LAW, REFERENCE, TRANSFERS, odd, read, sample_bytes, small, values
from tests.files.test_files_grammar import csv


def _cases(file: AnyFile) -> tuple[Any, ...]:
    return cast("CaseFile", file).cases


def _entries(file: AnyFile) -> tuple[Any, ...]:
    return cast("SettlementFile", file).entries


def _claims(file: AnyFile) -> list[Any]:
    return [claim for case in _cases(file) for claim in case.claims]


WANTED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "no case": ("reference.cases", lambda file: not _cases(file)),
    "several cases with several claims": (
        "reference.cases",
        lambda file: sum(len(case.claims) > 1 for case in _cases(file)) > 1,
    ),
    "a co-debtor": ("reference.cases", lambda file: any(case.co_debtors for case in _cases(file))),
    "no agreed rate": ("reference.cases", lambda file: any(claim.interest_rate is None for claim in _claims(file))),
    "an agreed rate": ("reference.cases", lambda file: any(claim.interest_rate for claim in _claims(file))),
    "no notice": ("reference.cases", lambda file: any(case.notice_date is None for case in _cases(file))),
    "a notice": ("reference.cases", lambda file: any(case.notice_date for case in _cases(file))),
    "a disputed case": ("reference.cases", lambda file: any(case.disputed for case in _cases(file))),
    "a text of the full width": (
        "reference.cases",
        lambda file: any(len(case.debtor.name) == 60 for case in _cases(file)),
    ),
    "a letter beyond ASCII": (
        "reference.cases",
        lambda file: any(not case.debtor.name.isascii() for case in _cases(file)),
    ),
    "a blank in front": (
        "reference.cases",
        lambda file: any(str(value).startswith(" ") for value in values(file).values()),
    ),
    "entries of two kinds, in either order": (
        "reference.settlements",
        lambda file: bool(re.search("CaseClosure .*Payment", " ".join(type(each).__name__ for each in _entries(file)))),
    ),
    "a code that is not listed": (
        "reference.settlements",
        lambda file: any(isinstance(each, CaseClosure) and not each.reason_code.isdigit() for each in _entries(file)),
    ),
    "a negative amount": ("odd.cases", lambda file: any(claim.original_amount < 0 for claim in _claims(file))),
    "an amount of the full width": (
        "odd.cases",
        lambda file: any(claim.paid_amount >= 10_000 for claim in _claims(file)),
    ),
    "an optional record": ("odd.cases", lambda file: any(case.debtor.language != "nb" for case in _cases(file))),
    "no optional record": ("odd.cases", lambda file: any(case.debtor.email == "" for case in _cases(file))),
    "a code that is a blank": ("odd.cases", lambda file: any(case.start_level == "demand" for case in _cases(file))),
    "letters of several bytes": (
        "odd-utf-8.cases",
        lambda file: any(not case.debtor.name.isascii() for case in _cases(file)),
    ),
}


NEVER: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "a negative amount without a sign": (
        "reference.cases",
        lambda file: any(claim.original_amount < 0 for claim in _claims(file)),
    ),
    "a third decimal": ("odd.cases", lambda file: any(claim.remaining_amount % ORE for claim in _claims(file))),
    "a control character": (
        "reference.corrections",
        lambda file: any("\n" in value for value in values(file).values() if isinstance(value, str)),
    ),
}


@pytest.mark.parametrize("layout", sorted({layout for layout, _ in (*WANTED.values(), *NEVER.values())}))
def test_what_a_layout_can_hold_is_drawn(layout: str) -> None:
    """Nothing that the layout allows is left out of what is drawn, and nothing else is in it."""
    seen: Counter[str] = Counter()
    # Settlements are short, and five kinds of entries have many orders.
    examples = 200 if layout == "reference.settlements" else 90

    @settings(LAW, max_examples=examples, derandomize=True, phases=[Phase.generate])
    @given(LAYOUTS[layout].files)
    def look(file: AnyFile) -> None:
        seen.update(what for what, (where, wanted) in (WANTED | NEVER).items() if where == layout and wanted(file))

    look()
    assert set(seen) == {what for what, (where, _) in WANTED.items() if where == layout}, seen


@pytest.mark.parametrize("layout", LAYOUTS)
@LAW
@given(data=st.data())
def test_values_are_within_the_layout(layout: str, data: DataObject) -> None:
    """Texts end without a pad, dates keep what the format writes, years stay in the range that was asked for."""
    for value in values(data.draw(LAYOUTS[layout].known_files)).values():
        if isinstance(value, date):
            assert 1900 <= value.year <= 2100
        if isinstance(value, datetime):
            assert value.microsecond == 0
        if isinstance(value, Decimal):
            assert value == value.quantize(Decimal("0.001"))


@pytest.mark.parametrize("layout", COUNTED)
@LAW
@given(data=st.data())
def test_canonical_bytes_are_those_of_files(layout: str, data: DataObject) -> None:
    """What is drawn as bytes is a file that reads."""
    known = LAYOUTS[layout]
    strategy = canonical_bytes(known.profile, known.transfer, unknown_codes=False, years=(2000, 2030))
    parsed = read(data.draw(strategy), known.transfer, known.profile)
    assert parsed.findings == ()


def test_totals_that_leave_little_room() -> None:
    """Numbers are drawn so that no count and no sum outgrows its field, however narrow."""
    after = """
[[files.corrections.records]]
name = "end"
fields = [
    { name = "code", length = 1, kind = "constant", value = "E" },
    { name = "lines", length = 1, kind = "integer", counts = ["*"] },
    { name = "sum", length = 4, kind = "amount", sums = ["correction.amount"] },
]"""
    fields = '{ name = "amount", length = 12, kind = "amount", to = "amount" },'
    profile = small(fields=fields, after=after)

    @settings(LAW, max_examples=200)
    @given(files(profile, Transfer.CORRECTIONS))
    def law(file: AnyFile) -> None:
        assert len(serialize(file, profile).split(b"\n")[-2]) == 6

    law()


def test_a_layout_that_is_not_there_is_a_key_error() -> None:
    """Asking for a transfer that the profile does not describe fails at once."""
    with pytest.raises(KeyError):
        files(small(), Transfer.CASES)


# Damage --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in Damage if kind is not Damage.DELIMITER])
@pytest.mark.parametrize("transfer", TRANSFERS)
@LAW
@given(data=st.data())
def test_damage_is_what_it_is_called(transfer: Transfer, kind: Damage, data: DataObject) -> None:
    """Each kind of damage differs from the file in just the way it says."""
    whole = sample_bytes(transfer)
    broken = data.draw(damaged(whole, REFERENCE, transfer, kind))
    before, after = whole.split(b"\r\n"), broken.split(b"\r\n")
    assert broken != whole
    changed = sum(old != new for old, new in zip(whole, broken, strict=False))
    match kind:
        case Damage.BYTE:
            assert (len(broken), changed) == (len(whole), 1)
        case Damage.DROPPED:
            assert len(after) == len(before) - 1
            assert set(after) <= set(before)
        case Damage.DOUBLED:
            assert len(after) == len(before) + 1
            assert set(after) == set(before)
        case Damage.SWAPPED:
            assert sorted(after) == sorted(before)
            assert sum(old != new for old, new in zip(before, after, strict=True)) == 2
        case Damage.CUT:
            assert whole.startswith(broken)
            assert len(broken) < len(whole) - 2
        case Damage.TOTAL:
            assert before[:-2] == after[:-2]
            assert before[-2][:2] == after[-2][:2]
            assert after[-2][2:].isdigit()


@LAW
@given(data=st.data())
def test_the_end_of_one_delimited_line_is_another(data: DataObject) -> None:
    """It has one delimiter more, or one less where it had one."""
    layout, whole = csv(), b"a;b;\nc;d\n"
    broken = data.draw(damaged(whole, layout, Transfer.CASES, Damage.DELIMITER))
    assert broken in (b"a;b\nc;d\n", b"a;b;;\nc;d\n", b"a;b;\nc;d;\n")


def test_a_kind_without_room_is_left_out() -> None:
    """A file of one line has no two to swap, and a layout without totals none to change; the others still come."""
    profile, line = odd(), b"B0  041700120260102030405\n"
    assert damaged(line, profile, Transfer.SETTLEMENTS, Damage.SWAPPED).is_empty
    assert damaged(line, profile, Transfer.SETTLEMENTS, Damage.TOTAL).is_empty
    assert damaged(line, profile, Transfer.SETTLEMENTS, Damage.DELIMITER).is_empty
    assert not damaged(line, profile, Transfer.SETTLEMENTS).is_empty
