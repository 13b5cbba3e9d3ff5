"""What ends a line, what ends a file, and what does neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lindorff_sdk.files.lines import split_lines
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import Severity
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.settlements import SettlementFile
from tests.files.layouts import LAYOUTS
from tests.files.samples import SAMPLES
from tests.files.support import (
    LAW,
    REFERENCE,
    TRANSFERS,
    correction,
    corrections,
    only_finding,
    put,
    read,
    sample_bytes,
    small,
)

each_transfer = pytest.mark.parametrize("transfer", TRANSFERS)
ENDS_OTHERWISE = {
    "no last line end": (b"\r\n", b""),
    "an empty line": (b"\r\n", b"\r\n\r\n"),
    "several empty lines": (b"\r\n", b"\r\n\r\n\r\n\r\n"),
    "a line of blanks": (b"\r\n", b"\r\n   \r\n"),
    "Ctrl-Z": (b"\r\n", b"\r\n\x1a"),
    "Ctrl-Z without a line end": (b"\r\n", b"\x1a"),
    "Ctrl-Z on a line": (b"\r\n", b"\r\n\x1a\r\n"),
    "Ctrl-Z and a block of them": (b"\r\n", b"\r\n" + b"\x1a" * 100),
    "Ctrl-Z before the line end": (b"\r\n", b"\x1a\r\n"),
}


def assert_accepted(data: bytes, transfer: Transfer, *codes: str) -> None:
    """A file is read as the sample, with these findings, which only inform."""
    parsed = read(data, transfer)
    assert parsed.model == SAMPLES[transfer]
    assert [found.code for found in parsed.findings] == list(codes)
    assert {found.severity for found in parsed.findings} <= {Severity.INFO}
    assert {found.file for found in parsed.findings} <= {"f"}


@each_transfer
def test_lf_is_accepted_for_cr_lf(transfer: Transfer) -> None:
    """Line ends other than the profile's are accepted, and reported once."""
    assert_accepted(sample_bytes(transfer).replace(b"\r\n", b"\n"), transfer, "line-end-differs")


@each_transfer
def test_mixed_line_ends_are_accepted(transfer: Transfer) -> None:
    """One line that ends otherwise does no harm, wherever it stands."""
    data = sample_bytes(transfer)
    for number in range(data.count(b"\r\n")):
        lines = data.split(b"\r\n")
        mixed = b"\r\n".join([*lines[:number], b"\n".join(lines[number : number + 2]), *lines[number + 2 :]])
        assert_accepted(mixed, transfer, "line-end-differs")


def test_cr_lf_is_accepted_for_lf() -> None:
    """The same the other way round, in a profile whose lines end with LF."""
    profile = small()
    data = serialize(corrections(correction(), correction()), profile)
    assert data.count(b"\n") == 3
    assert b"\r" not in data
    parsed = read(data.replace(b"\n", b"\r\n"), profile=profile)
    assert only_finding(parsed).code == "line-end-differs"
    assert parsed.model == corrections(correction(), correction())


@each_transfer
@pytest.mark.parametrize("end", ENDS_OTHERWISE.values(), ids=ENDS_OTHERWISE)
def test_another_end_of_the_file_is_accepted(transfer: Transfer, end: tuple[bytes, bytes]) -> None:
    """A missing last line end, trailing empty lines and Ctrl-Z are accepted, and reported."""
    assert_accepted(sample_bytes(transfer).removesuffix(end[0]) + end[1], transfer, "file-end-differs")


def test_both_deviations_are_reported() -> None:
    """One does not hide the other."""
    data = sample_bytes(Transfer.RECEIPTS).replace(b"\r\n", b"\n") + b"\x1a"
    assert_accepted(data, Transfer.RECEIPTS, "line-end-differs", "file-end-differs")


def test_what_follows_ctrl_z_is_not_dropped() -> None:
    """Ctrl-Z ends a file only if nothing but blanks and line ends follow; anything else is an error."""
    data = sample_bytes(Transfer.RECEIPTS) + b"\x1a\r\n"
    assert not read(data).refused
    assert read(data + b"50").refused
    assert read(b"\x1a" + data).refused


def test_an_empty_line_within_the_file_is_an_error() -> None:
    """Only at the end does an empty line do no harm."""
    data = sample_bytes(Transfer.RECEIPTS)
    parsed = read(data.replace(b"\r\n", b"\r\n\r\n", 1), Transfer.RECEIPTS)
    # The end record counts all lines of the file, whatever they are.
    assert [(found.code, found.line) for found in parsed.errors()] == [("record-unknown", 2), ("count-mismatch", 7)]
    assert parsed.findings[0].found == "an empty line"


@pytest.mark.parametrize("layout", LAYOUTS)
@LAW
@given(data=st.data())
def test_line_ends_change_neither_models_nor_origins(layout: str, data: DataObject) -> None:
    """Whatever the lines end with, they say the same, and objects stand on the same lines with the same bytes."""
    drawn = LAYOUTS[layout]
    written = data.draw(drawn.canonical)
    other = {"\r\n": "\n", "\n": "\r\n"}[drawn.profile.line_end].encode()
    changed = written.replace(drawn.profile.line_end.encode(), other) + data.draw(st.sampled_from([b"", b"\x1a"]))
    before, after = (parse(each, drawn.profile, drawn.transfer) for each in (written, changed))
    assert after.model == before.model
    assert {found.code for found in after.findings} - {found.code for found in before.findings} >= {"line-end-differs"}
    if isinstance(after.model, SettlementFile) and isinstance(before.model, SettlementFile):
        for old, new in zip(before.model.entries, after.model.entries, strict=True):
            assert before.origin(old) == after.origin(new)


# What is no line end ------------------------------------------------------------------------------------------------

LAYOUT = REFERENCE.file(Transfer.CASES)
_NO_LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r"


@pytest.mark.parametrize("character", _NO_LINE_ENDS)
def test_other_separators_never_split_a_line(character: str) -> None:
    """``str.splitlines`` splits at these; a file does not."""
    assert split_lines(f"a{character}b\nc\n", "\n", LAYOUT) == ([f"a{character}b", "c"], [])
    assert split_lines(f"a{character}b\r\nc\r\n", "\r\n", LAYOUT) == ([f"a{character}b", "c"], [])


@pytest.mark.parametrize("byte", [b"\x0b", b"\x0c", b"\x1c", b"\x85", b"\x00", b"\r"])
def test_a_control_character_in_a_text_is_one_unreadable_field(byte: bytes) -> None:
    """In ISO-8859-1 these are control characters: refused in the field where they stand, and the line stays one."""
    found = only_finding(read(put(sample_bytes(Transfer.CORRECTIONS), 2, 112, byte), Transfer.CORRECTIONS))
    assert (found.code, found.line, found.column, found.field) == ("field-unreadable", 2, 109, "text")
    assert found.expected == "text without control characters"


def test_u2028_in_a_text_is_text() -> None:
    """Where the codec has U+2028, a text may hold it, and comes back whole."""
    profile = small(codec="utf-8", fields='{ name = "text", length = 20, to = "text" },')
    file = corrections(correction(text="a\u2028b\u00a0c"))
    data = serialize(file, profile)
    assert "\u2028".encode() in data
    assert data.count(b"\n") == 2
    assert read(data, profile=profile).model == file
    assert serialize(read(data, profile=profile).require(), profile) == data


def test_byte_85_is_a_letter_where_the_codec_says_so() -> None:
    """In Windows-1252 byte 0x85 is an ellipsis."""
    profile = small(codec="cp1252", fields='{ name = "text", length = 20, to = "text" },')
    file = corrections(correction(text="venter…"))
    assert b"venter\x85" in serialize(file, profile)
    assert read(serialize(file, profile), profile=profile).model == file
