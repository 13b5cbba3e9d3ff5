"""Every finding about a file is produced by a file that breaks just that, and says where, what and what instead."""

import pickle
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from attrs import evolve

from lindorff_sdk.errors import FileRefusedError
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import CODES, Finding, Severity
from lindorff_sdk.findings.files import FILES
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.codes import ClosingReason, DebtorKind, Transfer
from lindorff_sdk.models.parties import Debtor
from lindorff_sdk.models.settlements import SettlementFile
from tests.files import (
    test_files_batches,
    test_files_choosing,
    test_files_delimited,
    test_files_overlap,
    test_files_profiles,
    test_files_serializer,
    test_files_streaming,
    test_files_tampering,
)
from tests.files.samples import CANARY_ID, CANARY_NAME, SAMPLES
from tests.files.support import (
    REFERENCE,
    SMALL_ENVELOPE,
    correction,
    corrections,
    odd,
    only_finding,
    put,
    read,
    sample_bytes,
    small,
)

# The sample's lines: 1 start, 2 case, 3 debtor, 4 co-debtor, 5 and 6 claims, 7 case, 8 debtor, 9 claim, 10 end.
_CASES = sample_bytes(Transfer.CASES)
_SETTLEMENTS = sample_bytes(Transfer.SETTLEMENTS)


def _without(data: bytes, line: int) -> bytes:
    lines = data.split(b"\r\n")
    return b"\r\n".join(lines[: line - 1] + lines[line:])


def _with(data: bytes, after: int, line: bytes) -> bytes:
    lines = data.split(b"\r\n")
    return b"\r\n".join([*lines[:after], line, *lines[after:]])


def _line(data: bytes, number: int) -> bytes:
    return data.split(b"\r\n")[number - 1]


def _place(found: Finding) -> dict[str, object]:
    """Return what a finding says, but for its sentence."""
    return {
        key: value
        for key in ("line", "column", "width", "record", "field", "expected", "found")
        for value in [getattr(found, key)]
        if value
    }


def _filler_filled() -> Finding:
    profile = small(fields='{ name = "reserved", length = 3, kind = "filler" },')
    data = serialize(corrections(correction()), profile)
    parsed = read(put(data, 2, 22, b"x", b"\n"), profile=profile)
    assert parsed.model == corrections(correction())
    return only_finding(parsed)


def _byte_unknown() -> Finding:
    profile = small(codec="cp1252", fields='{ name = "text", length = 5, to = "text" },')
    data = serialize(corrections(correction(text="abc")), profile)
    return only_finding(read(put(data, 2, 22, b"\x81", b"\n"), profile=profile))


def _findings_cut() -> Finding:
    return read(b"??\r\n" * 2000, Transfer.CASES).findings[-1]


ONE_OF_SETTLEMENTS = "one of '00', '60', '61', '62', '70', '80', '90'"
BREAKS: dict[str, tuple[Callable[[], Finding], dict[str, object]]] = {
    "file-empty": (lambda: only_finding(read(b"", Transfer.CASES)), {}),
    "file-unrecognised": (
        lambda: only_finding(read(b"HEI 123456789012345\r\n")),
        {"line": 1, "expected": "cases, corrections, receipts, settlements", "found": "'HEI ********'"},
    ),
    "record-unknown": (
        # The end record counts every line of the file, this one too.
        lambda: only_finding(
            read(put(_with(_SETTLEMENTS, 2, b"77" + b"x" * 60), 8, 3, b"00000008"), Transfer.SETTLEMENTS)
        ),
        {"line": 3, "column": 1, "expected": ONE_OF_SETTLEMENTS, "found": "'77'"},
    ),
    "record-misplaced": (
        # The second debtor changes places with its claim, so that every count and sum still holds.
        lambda: only_finding(
            read(_with(_without(_CASES, 8), 8, _line(_CASES, 8)), Transfer.CASES),
        ),
        {"line": 9, "record": "debtor"},
    ),
    "record-missing": (lambda: only_finding(read(_without(_CASES, 10), Transfer.CASES)), {"line": 9, "record": "end"}),
    "record-length": (
        lambda: only_finding(read(_CASES.replace(b"Overnatting ", b"Overnatting", 1), Transfer.CASES)),
        {"line": 5, "record": "claim", "expected": "235 bytes", "found": "234 bytes"},
    ),
    "field-unreadable": (
        lambda: only_finding(read(put(_CASES, 5, 24, b"20261301"), Transfer.CASES)),
        {
            "line": 5,
            "column": 24,
            "width": 8,
            "record": "claim",
            "field": "invoice_date",
            "expected": "a date as YYYYMMDD",
            "found": "'20261301'",
        },
    ),
    "byte-unknown": (
        _byte_unknown,
        {
            "line": 2,
            "column": 21,
            "width": 5,
            "record": "correction",
            "field": "text",
            "found": "81 at byte 2 of the field",
        },
    ),
    "count-mismatch": (
        lambda: only_finding(read(put(_CASES, 10, 11, b"00000003"), Transfer.CASES)),
        {"line": 10, "column": 11, "width": 8, "record": "end", "field": "cases", "expected": "2", "found": "3"},
    ),
    "sum-mismatch": (
        lambda: only_finding(read(put(_CASES, 5, 40, b"0000000100001"), Transfer.CASES)),
        {
            "line": 10,
            "column": 27,
            "width": 15,
            "record": "end",
            "field": "original_amount",
            "expected": "3000.01",
            "found": "3000.00",
        },
    ),
    "code-unknown": (
        lambda: only_finding(read(put(_SETTLEMENTS, 5, 66, b"55"), Transfer.SETTLEMENTS)),
        {"line": 5, "column": 66, "width": 2, "record": "closure", "field": "reason", "found": "'55'"},
    ),
    "filler-filled": (
        _filler_filled,
        {
            "line": 2,
            "column": 21,
            "width": 3,
            "record": "correction",
            "field": "reserved",
            "expected": "nothing but ' '",
            "found": "' x '",
        },
    ),
    "field-not-canonical": (
        lambda: only_finding(read(put(_CASES, 5, 40, b"       100000"), Transfer.CASES)),
        {
            "line": 5,
            "column": 40,
            "width": 13,
            "record": "claim",
            "field": "original_amount",
            "expected": "13 digits, the last 2 of them decimals",
            "found": "'       100000'",
        },
    ),
    "line-end-differs": (lambda: only_finding(read(_CASES.replace(b"\r\n", b"\n"), Transfer.CASES)), {}),
    "file-end-differs": (lambda: only_finding(read(_CASES + b"\x1a", Transfer.CASES)), {}),
    "findings-cut": (_findings_cut, {}),
}
TAMPERED = {code for code, *_ in test_files_tampering.TAMPERED} | {"lines-merged", "lines-scattered"}
"""Codes that need another layout: test_files_tampering.py has a file for each."""
ELSEWHERE: dict[str, Callable[..., None]] = {
    "profile-mistake": test_files_profiles.test_each_mistake_is_named_by_its_key_path,
    "field-unwritable": test_files_serializer.test_a_total_that_does_not_fit_is_refused,
    "batch-lost": test_files_batches.test_batches_that_models_cannot_tell_are_reported,
    "record-other": test_files_choosing.test_a_short_record_holds_what_loses_nothing_in_it,
    "file-changed": test_files_streaming.test_a_file_that_changes_after_its_totals_were_checked_hands_nothing_out,
    "line-unparted": test_files_delimited.test_a_line_that_cannot_be_parted_says_where,
    "line-not-canonical": test_files_delimited.test_a_delimiter_that_lacks_at_the_end_is_told,
    "record-ambiguous": test_files_overlap.test_a_line_that_could_be_either_is_looked_at,
    "record-idle": test_files_serializer.test_optional_records_are_left_out_where_they_say_nothing,
}
"""Codes of profiles and of writing, and those that need a layout of their own: the tests that see nothing else."""


def test_every_code_has_its_file() -> None:
    """The table of codes and these tests know the same codes."""
    assert set(BREAKS) | TAMPERED | set(ELSEWHERE) == set(FILES)


@pytest.mark.parametrize("code", BREAKS)
def test_a_broken_file_has_just_that_finding(code: str) -> None:
    """The finding has the table's severity, the file's name, the place, and what was expected and found."""
    make, place = BREAKS[code]
    found = make()
    assert (found.code, found.severity) == (code, CODES[code].severity)
    assert found.file == "f"
    shown = _place(found)
    if code == "code-unknown":
        assert str(shown.pop("expected")).startswith("one of 01, 02, 03")
    assert shown == place
    assert found.message.endswith(".")


@pytest.mark.parametrize("code", [code for code in BREAKS if CODES[code].severity is not Severity.ERROR])
def test_what_is_no_error_does_not_refuse_the_file(code: str) -> None:
    """Warnings and information leave the file in use."""
    if code != "findings-cut":
        assert BREAKS[code][0]().severity is not Severity.ERROR


def test_an_unknown_code_is_kept_raw() -> None:
    """It is read as the meaning that the profile gives to codes it does not list, beside the raw code."""
    model = read(put(_SETTLEMENTS, 5, 66, b"5x")).require()
    assert isinstance(model, SettlementFile)
    closure = model.entries[3]
    assert (closure.reason, closure.reason_code) == (ClosingReason.OTHER, "5x")  # type: ignore[union-attr]
    assert serialize(model, REFERENCE) == put(_SETTLEMENTS, 5, 66, b"5x")


def test_the_second_code_of_a_meaning_is_reported() -> None:
    """Where the raw code is not kept, only the first of two is ever written back."""
    profile = small(codes='D = "direct_payment", X = "direct_payment"')
    data = serialize(corrections(correction()), profile)
    assert b"\nCD10" in data
    parsed = read(data.replace(b"\nCD10", b"\nCX10"), profile=profile)
    found = only_finding(parsed)
    assert (found.code, found.field, found.found) == ("field-not-canonical", "kind", "'X'")
    assert parsed.model == corrections(correction())


def test_findings_stand_in_the_order_of_the_lines() -> None:
    """Several findings of one file: by line, and what concerns the whole file last; nothing hides another."""
    broken = put(put(put(_CASES, 9, 40, b"x"), 2, 38, b"?"), 5, 40, b"       100000")
    parsed = read(broken, Transfer.CASES)
    assert [(found.code, found.line) for found in parsed.findings] == [
        ("field-unreadable", 2),
        ("field-not-canonical", 5),
        ("field-unreadable", 9),
    ]
    assert [found.line for found in parsed.errors()] == [2, 9]


@pytest.mark.parametrize("more", [b" ", b"x", b" " * 500])
def test_a_line_longer_than_its_record_is_refused(more: bytes) -> None:
    """What stands beyond the record is never dropped, blanks neither: a column is wrong somewhere."""
    for number, line in enumerate(_CASES.split(b"\r\n")[:-1], 1):
        found = only_finding(read(_CASES.replace(line + b"\r\n", line + more + b"\r\n"), Transfer.CASES))
        assert (found.code, found.line) == ("record-length", number)
        assert (found.expected, found.found) == (f"{len(line)} bytes", f"{len(line) + len(more)} bytes")


def test_a_sum_with_an_unreadable_part_is_not_compared() -> None:
    """The error is the unreadable amount; that the sum cannot hold without it is no news."""
    assert only_finding(read(put(_CASES, 5, 40, b"x"), Transfer.CASES)).field == "original_amount"


def test_a_total_that_is_not_stated_is_nothing() -> None:
    """Where a total may be blank, blank means that there is nothing; it is reported, and compared all the same."""
    after = """
[[files.corrections.records]]
name = "end"
fields = [
    { name = "code", length = 1, kind = "constant", value = "E" },
    { name = "items", length = 2, kind = "integer", counts = ["correction"], empty = "blanks" },
]"""
    profile = small(after=after)
    nothing, one = (serialize(corrections(*items), profile) for items in ((), (correction(),)))
    assert nothing.endswith(b"E00\n")
    parsed = read(nothing.replace(b"E00", b"E  "), profile=profile)
    found = only_finding(parsed)
    assert (found.code, found.field, parsed.refused) == ("field-not-canonical", "items", False)
    parsed = read(one.replace(b"E01", b"E  "), profile=profile)
    assert [found.code for found in parsed.findings] == ["field-not-canonical", "count-mismatch"]


def test_an_unreadable_record_is_not_missing() -> None:
    """A case whose only claim cannot be read has one error, not also a missing claim."""
    assert only_finding(read(put(_CASES, 9, 24, b"x"), Transfer.CASES)).line == 9


def test_every_missing_record_is_named() -> None:
    """A case without debtor and claims, and a file without its end: each is said, at the line where it began."""
    broken = b"\r\n".join(_CASES.split(b"\r\n")[:2]) + b"\r\n"
    parsed = read(broken, Transfer.CASES)
    assert [(found.code, found.record, found.line) for found in parsed.findings] == [
        ("record-missing", "debtor", 2),
        ("record-missing", "claim", 2),
        ("record-missing", "end", 2),
    ]


def test_dates_are_dates() -> None:
    """No digit short, no blank, no other digits than 0 to 9, no day that the calendar lacks."""
    for text in ("2026 801", "2026080 ", "20260230", "00000000", "        ", "20261301", "-0260801", "२०२६०८०१"):
        encoded = text.encode("iso-8859-1", "replace")[:8]
        found = only_finding(read(put(_CASES, 5, 24, encoded), Transfer.CASES))
        assert (found.code, found.field) == ("field-unreadable", "invoice_date")


def test_amounts_are_amounts() -> None:
    """Garbage never becomes a number: no sign where there is none, no separator, no blanks within or behind."""
    for text in (
        b"-000000100000",
        b"0000001000.00",
        b"0000001000 00",
        b"0000000100000"[:12] + b" ",
        b" " * 13,
        b"+1".rjust(13),
    ):
        found = only_finding(read(put(_CASES, 5, 40, text), Transfer.CASES))
        assert (found.code, found.field) == ("field-unreadable", "original_amount")


def test_decimals_beyond_ore_must_be_zero() -> None:
    """A layout with three decimals holds whole øre only: half an øre is refused, never rounded."""
    profile = small(fields='{ name = "amount", length = 8, kind = "amount", decimals = 3, to = "amount" },')
    data = serialize(corrections(correction(amount=Decimal("12.34"))), profile)
    assert data.endswith(b"00012340\n")
    for last in b"159":
        found = only_finding(read(put(data, 2, 28, bytes([last]), b"\n"), profile=profile))
        assert (found.code, found.field, found.column) == ("field-unreadable", "amount", 21)
        assert found.expected.startswith("an amount in whole øre")


def test_signed_amounts() -> None:
    """A minus stands in front; minus zero is zero, reported; a lone minus is no amount; blanks may stand before it."""
    gross = 23  # of the settlement's totals, 15 wide, signed
    for text, finding_code in {
        b"-00000000001000": None,
        b"-00000000000000": "field-not-canonical",
        b"          -1000": "field-not-canonical",
        b"              -": "field-unreadable",
        b"0000000000-1000": "field-unreadable",
        b"--0000000001000": "field-unreadable",
        b"0000000001000-".rjust(15, b"0"): "field-unreadable",
    }.items():
        parsed = read(put(_SETTLEMENTS, 6, gross, text), Transfer.SETTLEMENTS)
        assert [found.code for found in parsed.findings] == ([finding_code] if finding_code else []), text


def test_blanks_for_zeros_and_zeros_for_blanks() -> None:
    """An absent date may be blanks where the layout has zeros, and the other way round; it is reported."""
    parsed = read(put(_CASES, 2, 39, b" " * 8), Transfer.CASES)
    found = only_finding(parsed)
    assert (found.code, found.field, found.severity) == ("field-not-canonical", "notice_date", Severity.INFO)
    assert found.expected == "a date as YYYYMMDD, or zeros for none"
    assert not parsed.refused


def test_zeros_for_blanks_are_no_date_either() -> None:
    """The same where the layout has blanks."""
    profile = odd()
    case = evolve(SAMPLES[Transfer.CASES].cases[1], agency_case_number="")  # type: ignore[union-attr]
    debtor = Debtor(number="1", kind=DebtorKind.COMPANY, name="Fjord AS")
    claim = evolve(case.claims[0], paid_amount=Decimal(0), interest_rate=None, original_amount=Decimal(9))
    case = evolve(case, debtor=debtor, claims=(claim,))
    envelope = evolve(SMALL_ENVELOPE, created_at=datetime(2026, 1, 2, 3, 4))
    data = serialize(CaseFile(envelope=envelope, cases=(case,)), profile)
    blank = data.split(b"\n")[2]
    assert blank.endswith(b" " * 6)
    parsed = read(data.replace(blank, blank[:-6] + b"000000"), profile=profile)
    found = only_finding(parsed)
    assert (found.code, found.field, found.found) == ("field-not-canonical", "birth_date", "'000000'")
    assert serialize(parsed.require(), profile) == data


# Personal data -------------------------------------------------------------------------------------------------------


def _spoiled_everywhere() -> list[bytes]:
    """Return the sample with a control character in every personal field, and lines with them in every wrong place."""
    debtor = _line(_CASES, 3)
    spoiled = [put(_CASES, 3, column, b"\x01") for column in (29, 47 + 20, 107, 147, 187, 276, 296, 316, 396)]
    return [
        *spoiled,
        _CASES.replace(CANARY_ID.encode(), CANARY_ID[:5].encode() + b"\x85" + CANARY_ID[6:].encode()),
        _with(_CASES, 3, debtor),
        _with(_CASES, 3, debtor[:-1]),
        _with(_CASES, 3, debtor[18:]),
        debtor[18:],
        debtor[46:],
        put(_CASES, 3, 39, b"19861315"),
        _CASES[: _CASES.index(debtor) + 200],
    ]


def test_personal_data_is_never_shown() -> None:
    """No finding, repr or exception of a broken file shows a national id or a name of a person whole."""
    for broken in _spoiled_everywhere():
        parsed = read(broken, Transfer.CASES)
        with pytest.raises(FileRefusedError) as refused:
            parsed.require()
        unrecognised = read(broken)
        shown = [repr(parsed), str(refused.value), repr(refused.value), repr(unrecognised)]
        shown += [str(found) + repr(found) for found in (*parsed.findings, *unrecognised.findings)]
        for text in shown:
            assert CANARY_NAME not in text
            assert CANARY_ID not in text
            assert CANARY_ID[:5] not in text
            assert CANARY_NAME[:5] not in text
    assert CANARY_ID not in repr(SAMPLES[Transfer.CASES])


def test_a_personal_field_is_masked_but_for_two_characters() -> None:
    """What was found is shown in length and beginning, so that the field can be found again."""
    found = only_finding(read(put(_CASES, 3, 29, b"\x01"), Transfer.CASES))
    assert (found.field, found.column, found.width) == ("national_id", 19, 11)
    assert found.found == "'15*********'"


def test_an_unknown_byte_in_a_personal_field_is_not_shown() -> None:
    """Where the codec fails, the bytes of a personal field are left out altogether."""
    profile = small(codec="cp1252", fields='{ name = "text", length = 5, to = "text", personal = true },')
    data = serialize(corrections(correction(text="abc")), profile)
    found = only_finding(read(put(data, 2, 22, b"\x81", b"\n"), profile=profile))
    assert (found.code, found.found) == ("byte-unknown", "")


def test_findings_hold_no_control_characters() -> None:
    """What a file holds cannot forge a line of a log, or steer a terminal."""
    for noise in (b"\x1b[31m\r\n", b"\x00\x07\n\n\x08 90", b"00LS01\x1b]0;x\x07\r\n90\x1b\r\n"):
        for transfer in (None, *Transfer):
            for found in read(noise, transfer).findings:
                assert str(found).isprintable()


# Errors --------------------------------------------------------------------------------------------------------------


def test_a_refused_file_raises_its_errors_and_pickles() -> None:
    """`require` lists the errors, not what only informs; the exception survives a process boundary."""
    parsed = read(put(_CASES, 5, 40, b"x").replace(b"\r\n", b"\n", 1), Transfer.CASES)
    with pytest.raises(FileRefusedError) as refused:
        parsed.require()
    assert refused.value.findings == parsed.errors() != parsed.findings
    copy = pickle.loads(pickle.dumps(refused.value))
    assert (copy.summary, copy.findings, str(copy)) == (
        refused.value.summary,
        refused.value.findings,
        str(refused.value),
    )
    assert re.search(r"line 5, column 40, width 13, record claim, field original_amount", str(copy))


def test_a_file_of_an_empty_name_can_be_refused() -> None:
    """An error without a file name says so."""
    parsed = evolve(read(b""), file_name="")
    with pytest.raises(FileRefusedError, match="unnamed"):
        parsed.require()


def test_origins_belong_to_objects_not_to_equal_ones() -> None:
    """Two payments that say the same stand on different lines; an object from elsewhere has no origin."""
    profile = small()
    parsed = read(serialize(corrections(correction(), correction()), profile), profile=profile)
    first, second = parsed.require().corrections  # type: ignore[union-attr]
    assert first == second
    assert (parsed.origin(first).line, parsed.origin(second).line) == (2, 3)
    with pytest.raises(KeyError):
        parsed.origin(correction())


def test_the_layout_of_another_transfer_is_not_taken() -> None:
    """A file that is asked to be another transfer's is refused, with a finding for its first line."""
    parsed = read(_CASES, Transfer.SETTLEMENTS)
    assert parsed.refused
    assert (parsed.findings[0].line, parsed.findings[0].field, parsed.findings[0].expected) == (1, "transfer", "'OP'")


def test_a_transfer_that_the_profile_lacks_is_unrecognised() -> None:
    """It is a finding, not an exception."""
    found = only_finding(read(b"S\n", Transfer.CASES, small()))
    assert found.code == "file-unrecognised"


def test_the_day_of_an_event_is_read_to_the_letter() -> None:
    """A last guard on reading: what the sample says is what the models hold."""
    model = read(_SETTLEMENTS).require()
    assert isinstance(model, SettlementFile)
    assert model.entries[0].paid_on == date(2026, 12, 1)  # type: ignore[union-attr]
