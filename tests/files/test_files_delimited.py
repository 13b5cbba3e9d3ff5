"""Delimited lines: what differs from how the layout writes them is told, and what cannot be parted says where."""

import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import Finding
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.testing.strategies import files
from lindorff_sdk.testing.strategies_damage import Damage, damaged
from lindorff_sdk.testing.strategies_profiles import profiles
from tests.files import test_files_told_by_sign as by_sign
from tests.files.support import LAW
from tests.files.test_files_grammar import one, profile

_FIELDS = (
    '{ name = "text", to = "text" }',
    '{ name = "amount", kind = "amount", to = "amount" }',
    '{ name = "case", to = "agency_case_number", personal = true }',
)


def delimited(keys: str = "", codec: str = "iso-8859-1") -> Profile:
    """Return a profile of corrections in delimited lines."""
    return profile(
        *_FIELDS, file=f'codec = "{codec}"\ndelimited = {{ {f"{keys}, " if keys else ""}delimiter = "|" }}\n'
    )


def read(data: bytes, layout: Profile) -> ParsedFile[AnyFile]:
    return parse(data, layout, Transfer.CORRECTIONS)


def only(data: bytes, layout: Profile) -> Finding:
    """Return the one finding of a file."""
    (found,) = read(data, layout).findings
    return found


TRAILING = delimited("trailing = true")
LINE = b"C|D|10|kr|123450||\n"


def test_a_delimiter_that_lacks_at_the_end_is_told() -> None:
    """The line is read all the same; without the finding it would be written again otherwise in silence."""
    assert serialize(one(text="kr"), TRAILING) == LINE
    data = LINE.replace(b"||\n", b"|7\n")
    found = only(LINE + data, TRAILING)
    assert (found.code, found.line, found.record) == ("line-not-canonical", 2, "correction")
    assert found.message == "The line lacks the '|' that ends it."
    assert read(LINE + data, TRAILING).require().corrections[1].agency_case_number == "7"  # type: ignore[union-attr]


def test_a_delimiter_too_many_is_a_value_too_many() -> None:
    for keys in ("trailing = true", ""):
        data = serialize(one(text="kr"), delimited(keys)).replace(b"\n", b"|\n")
        found = only(data, delimited(keys))
        assert (found.code, found.expected, found.found) == ("record-length", "6 values", "7 values")


def test_quotes_that_the_layout_would_not_write_are_told() -> None:
    plain, all_quoted = delimited(), delimited("quote_all = true")
    found = only(b'C|D|10|"kr"|123450|\n', plain)
    assert (found.code, found.message) == (
        "line-not-canonical",
        "The layout would quote the values of the line otherwise.",
    )
    assert only(b'"C"|"D"|"10"|kr|"123450"|""\n', all_quoted).code == "line-not-canonical"
    assert read(serialize(one(text='k"r'), plain), plain).findings == ()


def test_a_header_that_is_written_otherwise_is_told() -> None:
    layout = by_sign.profile(file="delimited = { header = true, trailing = true }\n")
    data = "".join(f"{line};\n" for line in (by_sign.HEADER + by_sign.LINES).splitlines()).encode()
    assert parse(data, layout).findings == ()
    (found,) = parse(data.replace(b";\n", b"\n", 1), layout).findings
    assert (found.code, found.message) == (
        "line-not-canonical",
        "The line lacks the ';' that ends it. It is the header.",
    )


@pytest.mark.parametrize("transfer", [Transfer.CORRECTIONS, Transfer.RECEIPTS, Transfer.SETTLEMENTS])
@settings(LAW, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
def test_another_end_of_a_line_is_noticed_or_written_again(transfer: Transfer, data: DataObject) -> None:
    """Whatever is done to the delimiter that ends a line: without a finding the file is written again to the byte."""
    drawn = data.draw(profiles(transfer).filter(lambda each: next(iter(each.files.values())).delimited is not None))
    layout = next(iter(drawn.files.values()))
    written = serialize(data.draw(files(drawn, layout.id)), drawn, layout=layout.id)
    seen = data.draw(damaged(written, drawn, layout.id, Damage.DELIMITER))
    parsed = parse(seen, drawn, layout.id)
    if not parsed.findings:
        assert serialize(parsed.require(), drawn, layout=layout.id, kept=parsed.kept) == seen


# Lines that cannot be parted ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        (b'C|D|10|"kr|123450|', 4, "The quote at character 8 of the line is never closed."),
        (b'C|D|"10"|"k""r|123450|', 4, "The quote at character 10 of the line is never closed."),
        (b'"C|D|10|kr|123450|', 1, "The quote at character 1 of the line is never closed."),
        (b'C|D|10|"kr"x|123450|', 4, "The quote at character 11 of the line closes its value, and more of it follows."),
        (b'C|D|10|"kr|";7|123450|', 4, "The quote at character 12 of the line closes its value, and more of it"),
        (b"C|D|10|k\rr|123450|", 0, "The line holds a carriage return, or ends within a value."),
    ],
)
def test_a_line_that_cannot_be_parted_says_where(line: bytes, column: int, message: str) -> None:
    """The value is named, and the character at which the quote stands that is to blame."""
    found = only(LINE.replace(b"||", b"|") + line + b"\n", delimited())
    assert (found.code, found.line, found.column) == ("line-unparted", 2, column)
    assert found.message.startswith(message)


def test_an_escaped_quote_closes_nothing() -> None:
    layout = delimited("escape = '\\'")
    assert only(rb'C|D|10|"k\"r"|123450|' + b"\n", layout).code == "line-not-canonical"
    found = only(rb'C|D|10|"k\"r|123450|' + b"\n", layout)
    assert (found.code, found.column, found.expected) == ("line-unparted", 4, r"a quote within a value behind '\\'")


def test_an_open_quote_where_a_sign_tells_the_record_is_a_finding() -> None:
    """It once ended in an exception: there the record is looked for by a value of the line."""
    data = (by_sign.HEADER + by_sign.LINES + 'T3;"1.250,50;;20260102;kr\n').encode()
    (found,) = parse(data, by_sign.profile()).findings
    assert (found.code, found.line, found.column) == ("line-unparted", 4, 2)
    kept = parse(data, by_sign.profile(), on_error=OnError.REFUSE_RECORD)
    assert [each.transaction_id for each in kept.require().entries] == ["T1", "T2"]  # type: ignore[union-attr]


@settings(LAW, max_examples=LAW.max_examples * 10)
@given(
    line=st.text('a|"\\\r\u00e6', max_size=12),
    keys=st.sampled_from(["", "quote_all = true", "escape = '\\'", 'quote = ""']),
)
def test_any_line_is_parted_or_says_where_it_cannot_be(line: str, keys: str) -> None:
    """Where a quote is to blame it stands where the finding says."""
    layout = delimited(keys)
    for found in read(f"{line}\n".encode("latin-1"), layout).findings:
        if found.code == "line-unparted" and found.column:
            (at,) = re.findall("at character ([0-9]+)", found.message)
            assert line[int(at) - 1] == '"'
            assert line.count("|", 0, int(at) - 1) >= found.column - 1


# Bytes ----------------------------------------------------------------------------------------------------------------


def test_an_unknown_byte_is_named_with_its_value() -> None:
    """As of lines of fixed columns: the byte, the value's number, the field."""
    found = only(b"C|D|10|k\x81r|123450|\n", delimited(codec="cp1252"))
    assert (found.code, found.column, found.field, found.found) == (
        "byte-unknown",
        4,
        "text",
        "81 at byte 2 of the field",
    )
    utf_8 = delimited(codec="utf-8")
    assert only("C|D|10|æ".encode() + b"\xe6r|123450|\n", utf_8).found == "e6 at byte 3 of the field"
    assert only(b"C|D|10|kr|123450|\xe6\n", utf_8).found == ""  # a personal field


@pytest.mark.parametrize("file", ["", 'delimited = { delimiter = "|" }\n'])
def test_an_unknown_byte_in_an_optional_field_refuses_the_record(file: str) -> None:
    """The field is there, so the line is none of an older version that lacks it."""
    layout = profile('{ name = "text", length = 5, to = "text", optional = true }', file=f'codec = "cp1252"\n{file}')
    data = serialize(one(amount=0, text="abc"), layout)
    parsed = parse(data + data.replace(b"b", b"\x81"), layout, Transfer.CORRECTIONS, on_error=OnError.REFUSE_RECORD)
    assert [each.text for each in parsed.require().corrections] == ["abc"]  # type: ignore[union-attr]
    assert [(found.code, found.line) for found in parsed.findings] == [("byte-unknown", 2)]
