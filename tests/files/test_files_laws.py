"""Laws of whole files, for the reference profile and for one that uses everything else a profile can say."""

from decimal import Decimal
from typing import cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from bench import handwritten
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.serializer import _Writing, serialize
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.corrections import CorrectionFile
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.models.receipts import ReceiptFile
from lindorff_sdk.models.settlements import InterestNote, Payment, PaymentReversal, SettlementFile
from tests.files.layouts import LAYOUTS
from tests.files.slowly import origins, slowly
from tests.files.support import LAW, REFERENCE, record_of, values

# By name: Hypothesis shows the arguments of what fails, and a whole layout is no help.
each_layout = pytest.mark.parametrize("layout", LAYOUTS)


@each_layout
@LAW
@given(data=st.data())
def test_what_is_written_is_read(layout: str, data: DataObject) -> None:
    """A model that the layout can hold comes back equal; only codes that the profile does not list are reported."""
    drawn = LAYOUTS[layout]
    file = data.draw(drawn.files)
    parsed = parse(serialize(file, drawn.profile), drawn.profile, drawn.transfer)
    assert parsed.model == file, parsed.findings
    assert {found.code for found in parsed.findings} <= {"code-unknown"}


@each_layout
@settings(LAW, max_examples=20)
@given(data=st.data())
def test_known_codes_give_no_finding(layout: str, data: DataObject) -> None:
    """A file in canonical form, with codes that the profile lists, is read without any finding."""
    drawn = LAYOUTS[layout]
    assert parse(serialize(data.draw(drawn.known_files), drawn.profile), drawn.profile).findings == ()


@each_layout
@LAW
@given(data=st.data())
def test_what_is_read_is_written(layout: str, data: DataObject) -> None:
    """A file in canonical form is read and written back byte for byte, and the same model gives the same bytes."""
    drawn = LAYOUTS[layout]
    written = data.draw(drawn.canonical)
    model = parse(written, drawn.profile, drawn.transfer).require()
    assert serialize(model, drawn.profile) == written == serialize(model, drawn.profile)


@each_layout
@LAW
@given(data=st.data())
def test_every_line_has_the_width_of_its_record(layout: str, data: DataObject) -> None:
    """Widths count bytes, whatever the codec; every line ends as the profile says, the last one too."""
    drawn = LAYOUTS[layout]
    written, end = data.draw(drawn.canonical), drawn.profile.line_end.encode()
    assert written.endswith(end)
    lines = written.removesuffix(end).split(end)
    for line in lines:
        assert len(line) == record_of(line, drawn.transfer, drawn.profile).length
    assert written.count(b"\n") == len(lines)


def _numbers(line: bytes, *columns: tuple[int, int]) -> list[int]:
    """Return the numbers between columns counted from 1, both included."""
    return [int(line[first - 1 : last]) for first, last in columns]


def _ore(*amounts: Decimal) -> int:
    return int(sum(amounts, Decimal(0)) * 100)


def _case_totals(file: CaseFile, end: bytes) -> tuple[list[int], list[int]]:
    claims = [claim for case in file.cases for claim in case.claims]
    original, remaining = (claim.original_amount for claim in claims), (claim.remaining_amount for claim in claims)
    return (
        _numbers(end, (11, 18), (19, 26), (27, 41), (42, 56)),
        [len(file.cases), len(claims), _ore(*original), _ore(*remaining)],
    )


def _correction_totals(file: CorrectionFile, end: bytes) -> tuple[list[int], list[int]]:
    amounts = [item.amount for item in file.corrections]
    return _numbers(end, (11, 18), (19, 33)), [len(amounts), _ore(*amounts)]


def _receipt_totals(file: ReceiptFile, end: bytes) -> tuple[list[int], list[int]]:
    cases = sum(len(receipt.cases) for receipt in file.receipts)
    answers = sum(len(receipt.corrections) for receipt in file.receipts)
    sequences = sum(receipt.sequence for receipt in file.receipts)
    return (
        _numbers(end, (11, 18), (19, 26), (27, 34), (35, 49)),
        [len(file.receipts), cases, answers, sequences],
    )


def _settlement_totals(file: SettlementFile, end: bytes) -> tuple[list[int], list[int]]:
    sums = [
        _ore(*(entry.amount for entry in file.entries if isinstance(entry, kind)))
        for kind in (Payment, PaymentReversal, InterestNote)
    ]
    return _numbers(end, (11, 18), (19, 33), (34, 48), (49, 63)), [len(file.entries), *sums]


@pytest.mark.parametrize(
    ("transfer", "totals"),
    [
        (Transfer.CASES, _case_totals),
        (Transfer.CORRECTIONS, _correction_totals),
        (Transfer.RECEIPTS, _receipt_totals),
        (Transfer.SETTLEMENTS, _settlement_totals),
    ],
)
@LAW
@given(data=st.data())
def test_stated_counts_and_sums_are_those_of_the_models(transfer: Transfer, totals: object, data: DataObject) -> None:
    """The end record states how many lines, objects and øre there are; worked out here from the models alone."""
    file = data.draw(LAYOUTS[f"reference.{transfer}"].files)
    lines = serialize(file, REFERENCE).split(b"\r\n")[:-1]
    stated, expected = totals(file, lines[-1])  # type: ignore[operator]
    assert stated == expected
    assert _numbers(lines[-1], (1, 2), (3, 10)) == [90, len(lines)]


# One layout, two ways ------------------------------------------------------------------------------------------------


@each_layout
@LAW
@given(data=st.data())
def test_fast_and_slow_reading_agree(layout: str, data: DataObject) -> None:
    """The compiled functions and the reading field by field give the same models, findings and origins."""
    drawn = LAYOUTS[layout]
    written = data.draw(drawn.canonical)
    fast = parse(written, drawn.profile, drawn.transfer)
    slow = slowly(written, drawn.profile, drawn.transfer)
    assert fast.model == slow.model
    assert fast.findings == slow.findings
    assert list(origins(fast)) == list(origins(slow))


@each_layout
@LAW
@given(data=st.data())
def test_fast_and_careful_writing_agree(layout: str, data: DataObject) -> None:
    """The compiled functions and the writing field by field give the same lines."""
    drawn = LAYOUTS[layout]
    file = data.draw(drawn.files)
    careful = _Writing(drawn.profile.file(drawn.transfer), drawn.profile, {}, careful=True)
    assert careful.data(file) == serialize(file, drawn.profile)
    assert careful.problems == []


@each_layout
@LAW
@given(data=st.data())
def test_origins_point_at_the_line_of_each_object(layout: str, data: DataObject) -> None:
    """Every object that a record opens has that record's line and bytes as its origin, and its unique fields."""
    drawn = LAYOUTS[layout]
    written, end = data.draw(drawn.canonical), drawn.profile.line_end.encode()
    parsed, lines = parse(written, drawn.profile, drawn.transfer), written.split(end)
    opened = [at for at, line in enumerate(lines[:-1], 1) if record_of(line, drawn.transfer, drawn.profile).opens]
    found = list(origins(parsed))
    assert sorted(line for _, line, _, _ in found) == opened
    for _, line, raw, unique in found:
        record = record_of(raw, drawn.transfer, drawn.profile)
        fields = [record.field(name) for name in record.unique]
        assert raw == lines[line - 1]
        assert unique == (b"\0".join(raw[item.start : item.end] for item in fields) if fields else None)


# The hand-written peer -----------------------------------------------------------------------------------------------


def _peer_can_tell(file: AnyFile) -> bool:
    """The peer strips every kind of blank; we strip the pad."""
    texts = [value for value in values(file).values() if isinstance(value, str)]
    return all(text == text.rstrip() for text in texts)


@LAW
@given(LAYOUTS["reference.cases"].known_files)
def test_the_handwritten_peer_agrees_on_cases(file: AnyFile) -> None:
    """Reading and writing by hand, made before the table-driven code, gives the same bytes and models."""
    assume(_peer_can_tell(file))
    written = serialize(file, REFERENCE)
    assert handwritten.write_cases(cast("CaseFile", file)) == written
    assert handwritten.read_cases(written) == file == parse(written, REFERENCE).model


@LAW
@given(LAYOUTS["reference.settlements"].known_files)
def test_the_handwritten_peer_agrees_on_settlements(file: AnyFile) -> None:
    """Reading and writing by hand, made before the table-driven code, gives the same bytes and models."""
    assume(_peer_can_tell(file))
    written = serialize(file, REFERENCE)
    assert handwritten.write_settlements(cast("SettlementFile", file)) == written
    assert handwritten.read_settlements(written) == file == parse(written, REFERENCE).model
