"""Records whose codes overlap: what another record's line may hold is refused on loading, or stated, never misread."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.errors import ProfileError, SerializeError
from lindorff_sdk.files.layout import Field, Kind, Profile
from lindorff_sdk.files.may_hold import may_hold
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.codes import CaseStatus, CorrectionKind, FileStatus
from lindorff_sdk.models.corrections import Correction, CorrectionFile
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.models.receipts import CaseReceipt, FileReceipt, ReceiptFile
from tests.files.support import LAW

_HEAD = """
id = "p"
version = "1"
holds_from = 2026-01-01
origin = "A test."
codec = "{codec}"
line_end = "lf"

[files.corrections]
name = "RD"
recognised_by = ["code"]
defaults = {{ "envelope.customer_id" = "417" }}
{file}
"""
_RECORD = """
[[files.corrections.records]]
name = "{name}"
opens = "corrections"
occurs = "*"
defaults = {{ kind = "{kind}", effective_on = 2026-01-01 }}
{keys}
fields = [ {fields} ]
"""


def code(value: str, **keys: str) -> str:
    further = "".join(f', {key} = "{text}"' for key, text in keys.items())
    return f'{{ name = "code", kind = "constant", value = "{value}"{further} }}'


def reference(keys: str) -> str:
    return f'{{ name = "reference", {keys} }}'


INVOICE = '{ name = "invoice", length = 5, to = "invoice_number" }'
TEXT = 'length = 5, to = "reference"'


def two(
    first: list[str], second: list[str], *, wins: bool = False, file: str = "", codec: str = "utf-8", keys: str = ""
) -> Profile:
    """Return a profile of two records, of direct payments and of credit notes; the second may win over the first."""
    won = 'wins_over = ["payment"]\n' if wins else ""
    return load_text(
        _HEAD.format(file=file, codec=codec)
        + _RECORD.format(name="payment", kind="direct_payment", fields=", ".join(first), keys="")
        + _RECORD.format(name="credit", kind="credit_note", fields=", ".join(second), keys=won + keys),
        "p.toml",
    )


def payment(**attributes: object) -> CorrectionFile:
    made = Correction(
        kind=CorrectionKind.DIRECT_PAYMENT,
        effective_on=date(2026, 1, 1),
        **{"invoice_number": "7", **attributes},  # type: ignore[arg-type]
    )
    return CorrectionFile(envelope=Envelope(customer_id="417"), corrections=(made,))


def _is_refused(make: Callable[[], Profile]) -> bool:
    """Return whether a profile is refused because its codes overlap."""
    try:
        make()
    except ProfileError as error:
        return all(found.field.endswith(".recognised_by") for found in error.findings)
    return False


MAY_BE: dict[str, str] = {
    "text": TEXT,
    "text in capitals": f"{TEXT}, upper = true",
    "text at the right": f'{TEXT}, align = "right"',
    "reserved": 'length = 5, kind = "reserved"',
    "codes of which one looks so": 'length = 2, kind = "code", to = "kind", codes = { T9 = "direct_payment" }',
    "any code": 'length = 2, kind = "code", to = "kind", codes = { A = "direct_payment" }, unknown = "credit_note"',
    "a sign that looks so": 'length = 9, kind = "amount", to = "amount", sign = "leading", signs = ["T", "C"]',
    "a sign of its own": 'length = 1, kind = "sign", signs = ["C", "T"] }, '
    '{ name = "a", kind = "amount", length = 9, to = "amount", sign_in = "reference"',
    "a text that means nothing": 'length = 5, kind = "digits", to = "reference", none = "TOM"',
    "a filler": 'length = 3, kind = "filler", pad = "T"',
}
CANNOT_BE: dict[str, str] = {
    "digits": 'length = 5, kind = "digits", to = "reference"',
    "an amount": 'length = 9, kind = "amount", to = "amount"',
    "an amount with a sign": 'length = 9, kind = "amount", sign = "leading", to = "amount"',
    "a date": 'kind = "date", to = "effective_on"',
    "codes of which none looks so": 'length = 2, kind = "code", to = "kind", codes = { AT = "direct_payment" }',
    "a filler": 'length = 3, kind = "filler"',
    "another constant": 'kind = "constant", value = "ST"',
}


@pytest.mark.parametrize("what", MAY_BE)
def test_a_longer_code_that_may_follow_the_shorter_is_refused(what: str) -> None:
    """The message names both records, the code, and what can be done."""
    with pytest.raises(ProfileError) as refused:
        two([code("2"), reference(MAY_BE[what]), INVOICE], [code("2T"), INVOICE])
    (found,) = refused.value.findings
    assert found.field == "files.corrections.records[credit].recognised_by"
    assert all(word in found.message for word in ("'payment'", "'2T'", "wins_over = ['payment']"))
    two([code("2"), reference(MAY_BE[what]), INVOICE], [code("2T"), INVOICE], wins=True)


@pytest.mark.parametrize("what", CANNOT_BE)
def test_a_longer_code_that_cannot_follow_the_shorter_is_none_of_it(what: str) -> None:
    two([code("2"), reference(CANNOT_BE[what]), INVOICE], [code("2T"), INVOICE])


DATES = [("%d%m%y", "9", False), ("%d%m%y", "3", True), ("%m%d%y", "2", False), ("%m%d%y", "09", True)]


@pytest.mark.parametrize(("form", "rest", "taken"), [*DATES, ("%d.%m.%y", "241", False), ("%y%m%d", "991", True)])
def test_a_date_is_taken_for_what_a_date_may_be(form: str, rest: str, taken: bool) -> None:
    """No day begins with 9 and no month with 2."""
    first = [code("2"), reference(f'kind = "date", format = "{form}", to = "effective_on"'), INVOICE]
    assert _is_refused(lambda: two(first, [code(f"2{rest}"), INVOICE])) is taken


def test_codes_in_other_columns_overlap_as_well() -> None:
    """What is told by a code further right is told by that code, wherever the first two columns may hold one."""
    first = [code("A", at="1"), '{ name = "ref", at = "2-9", to = "reference" }', INVOICE]
    second = [INVOICE, code("ZZ", at="6-7")]
    with pytest.raises(ProfileError, match="'ZZ'"):
        two(first, second)
    digits = [each.replace('to = "reference"', 'kind = "digits", to = "reference"') for each in first]
    two(digits, second)


def test_a_length_tells_only_where_it_differs() -> None:
    """A code of more columns that only lines of another width have is no rival; of the same width it is."""
    first, second = [code("2"), reference(TEXT), INVOICE], [code("2T"), INVOICE]
    by_length = 'recognised_by = ["code", "length"]'
    two(first, second, keys=by_length)
    wide = [code("2T"), '{ name = "rest", length = 4, kind = "filler" }', INVOICE]
    with pytest.raises(ProfileError, match="wins_over"):
        two(first, wide, keys=by_length)


def test_one_code_is_told_by_length_only_where_the_lengths_differ() -> None:
    """It is enough that one of two says so; then the other one's lines must be of another width."""
    first, by_length = [code("2"), INVOICE], 'recognised_by = ["code", "length"]'
    other = [code("2"), INVOICE, '{ name = "text", length = 4, to = "text" }']
    profile = two(first, other, keys=by_length)
    for file in (payment(), CorrectionFile(envelope=Envelope(customer_id="417"), corrections=(_credit("x"),))):
        assert parse(serialize(file, profile), profile).require() == file
    with pytest.raises(ProfileError, match="Nothing tells it from"):
        two(first, [code("2"), INVOICE], keys=by_length)


def _credit(text: str) -> Correction:
    return Correction(kind=CorrectionKind.CREDIT_NOTE, effective_on=date(2026, 1, 1), invoice_number="7", text=text)


def test_cells_of_delimited_lines_overlap_where_they_are_looked_at() -> None:
    """A code is a whole value there, so `2` and `2T` are apart; codes of different columns may meet."""
    delimited = "delimited = { delimiter = ';' }"
    two([code("2"), reference('to = "reference"'), INVOICE], [code("2T"), INVOICE], file=delimited)
    first = [code("2"), reference('to = "reference"'), INVOICE]
    with pytest.raises(ProfileError, match="'TT'"):
        two(first, [INVOICE, code("TT")], file=delimited)
    digits = [code("2"), reference('kind = "digits", to = "reference"'), INVOICE]
    two(digits, [INVOICE, code("TT")], file=delimited)


ENCLOSED = """
[[files.receipts.records]]
name = "file"
opens = "receipts"
occurs = "*"
defaults = { sequence = 1 }
fields = [ { name = "code", kind = "constant", value = "F" }, { name = "name", length = 4, to = "file_name" },
           { name = "status", length = 1, kind = "code", to = "status", codes = { A = "accepted" } } ]

[[files.receipts.records]]
name = "case"
under = "file"
opens = "cases"
occurs = "%s"
fields = [ { name = "code", kind = "constant", value = "2" },
           { name = "status", length = 1, kind = "code", to = "status", codes = { A = "accepted" } },
           { name = "reference", length = 4, to = "reference" } ]
%s
[[files.receipts.records]]
name = "end"
fields = [ { name = "code", kind = "constant", value = "2" },
           { name = "n", length = 5, kind = "digits", to = "envelope.customer_id" } ]
"""
FILE_END = """
[[files.receipts.records]]
name = "file_end"
under = "file"
occurs = "%s"
fields = [ { name = "code", kind = "constant", value = "E" } ]
"""


@pytest.mark.parametrize(
    ("occurs", "between", "met"),
    [("*", "", True), ("?", "", True), ("1", "", False), ("*", FILE_END % "1", False), ("*", FILE_END % "?", True)],
)
def test_a_code_means_another_record_elsewhere_only_where_that_is_past(occurs: str, between: str, met: bool) -> None:
    """The end of the file would be taken for one more case, unless none may come there any more."""
    head = _HEAD.format(file="", codec="utf-8").replace("corrections", "receipts")
    text = head.partition("defaults")[0] + ENCLOSED % (occurs, between)
    assert _is_refused(lambda: load_text(text)) is met
    if met:
        return
    profile = load_text(text)
    cases = (CaseReceipt(status=CaseStatus.ACCEPTED, reference="R"),) * (1 if occurs == "1" else 2)
    made = FileReceipt(file_name="LS1", sequence=1, status=FileStatus.ACCEPTED, cases=cases)
    file = ReceiptFile(envelope=Envelope(customer_id="00417"), receipts=(made, made))
    assert parse(serialize(file, profile), profile).require() == file


def test_one_code_elsewhere_is_told_by_its_length() -> None:
    """The end of the file is wider than a case, and so none, though a case might stand there."""
    head = _HEAD.format(file="", codec="utf-8").replace("corrections", "receipts")
    wider = (ENCLOSED % ("*", "")).replace('name = "n", length = 5', 'name = "n", length = 6')
    profile = load_text(
        head.partition("defaults")[0]
        + wider.replace('name = "end"', 'name = "end"\nrecognised_by = ["code", "length"]')
    )
    cases = (CaseReceipt(status=CaseStatus.ACCEPTED, reference="R"),)
    made = FileReceipt(file_name="LS1", sequence=1, status=FileStatus.ACCEPTED, cases=cases)
    file = ReceiptFile(envelope=Envelope(customer_id="000417"), receipts=(made,))
    assert parse(serialize(file, profile), profile).require() == file


def test_a_code_that_ends_in_a_blank_is_told_where_that_is_left_out() -> None:
    profile = two([code("A "), INVOICE], [code("B "), INVOICE], file="strip_blanks = true")
    assert serialize(payment(invoice_number=""), profile) == b"A\n"
    assert parse(b"A\n", profile).require() == payment(invoice_number="")


def test_a_repeated_key_may_hold_whatever_the_other_field_holds() -> None:
    assert may_hold(Field(name="key", start=1, length=5, kind=Kind.DIGITS, matches="reference"), "T")


def test_wins_over_names_a_record() -> None:
    with pytest.raises(ProfileError, match="no other record 'paiment'; did you mean 'payment'") as refused:
        two([code("2"), INVOICE], [code("3"), INVOICE], keys='wins_over = ["paiment"]')
    assert refused.value.findings[0].field == "files.corrections.records[credit].wins_over"


STATED = two(
    [code("2"), reference(TEXT), INVOICE], [code("2T"), INVOICE, '{ name = "t", length = 4, to = "text" }'], wins=True
)


def test_a_line_that_would_be_read_as_another_record_is_not_written() -> None:
    """The one that wins over it is named; what cannot be taken for it is written."""
    with pytest.raises(SerializeError) as refused:
        serialize(payment(reference="T800"), STATED)
    (found,) = refused.value.findings
    assert (found.code, found.record, found.subject) == ("field-unwritable", "payment", "invoice 7")
    assert "read as record credit" in found.message
    assert "'2T' at column 1" in found.expected
    assert serialize(payment(reference="t800"), STATED) == b"2t800 7    \n"


def test_a_line_that_could_be_either_is_looked_at() -> None:
    """It is the one that wins, with a warning if, field by field, it is the other one as well."""
    digits = (
        reference('length = 5, to = "reference"'),
        '{ name = "n", length = 5, kind = "digits", to = "invoice_number" }',
    )
    profile = two([code("2"), *digits], [code("2T"), INVOICE, '{ name = "t", length = 4, to = "text" }'], wins=True)
    parsed = parse(b"2T800 00007\n", profile)
    assert [(found.code, found.line, found.record) for found in parsed.findings] == [("record-ambiguous", 1, "credit")]
    assert parsed.require().corrections == (  # type: ignore[union-attr]
        Correction(kind=CorrectionKind.CREDIT_NOTE, effective_on=date(2026, 1, 1), invoice_number="800 0", text="0007"),
    )
    assert parse(b"2T800  text\n", profile).findings == ()


KINDS = ("text", "digits", "code", "date", "filler", "amount")
LETTERS = st.text("2T1 ", min_size=1, max_size=3).filter(lambda text: text == text.strip(" "))


@st.composite
def fields_of(draw: st.DrawFn) -> list[str]:
    """Draw a record's fields: a code, and others of which the codes of other records may be a part."""
    before = draw(
        st.sampled_from(
            ["", "", "{ name = 'b', kind = 'reserved', length = 1 }", "{ name = 'b', kind = 'filler', length = 2 }"]
        )
    )
    how = draw(
        st.sampled_from(
            [
                TEXT,
                TEXT.replace("5", "2"),
                'length = 3, kind = "digits", to = "reference"',
                'length = 3, kind = "digits", to = "reference", pad = " ", align = "left"',
                'length = 7, kind = "amount", to = "amount"',
                'length = 7, kind = "amount", to = "amount", empty = "blanks", pad = " "',
                'length = 7, kind = "amount", to = "amount", sign = "leading", signs = ["", "T"], pad = " "',
            ]
        )
    )
    rest = '{ name = "invoice", length = 5, to = "invoice_number" }'
    return [each for each in (before, code(draw(LETTERS)), reference(how), rest) if each]


TEXTS = st.text("2T1 x", max_size=5).map(str.strip)


@LAW
@given(data=st.data(), file=st.sampled_from(["", "strip_blanks = true"]))
def test_a_line_is_read_as_the_record_that_it_was_written_as(data: st.DataObject, file: str) -> None:
    """Whatever the codes and wherever: refused on loading, refused on writing, or read as what it was."""
    first, second, wins = data.draw(fields_of()), data.draw(fields_of()), data.draw(st.booleans())
    try:
        profile = two(first, second, wins=wins, file=file, codec="iso-8859-1")
    except ProfileError:
        return
    numeric = 'kind = "digits"' in first[-2]
    text = data.draw(st.text("21", min_size=3, max_size=3) if numeric else TEXTS)
    keys = {"reference": text} if 'to = "reference"' in first[-2] else {"amount": data.draw(st.integers(-99, 99))}
    made = payment(invoice_number=data.draw(TEXTS), **keys)
    parsed = _back(made, profile, wins=wins)
    assert parsed is None or parsed.model == made, parsed.findings


def _back(made: CorrectionFile, profile: Profile, *, wins: bool) -> ParsedFile[AnyFile] | None:
    """Return what is read of a file that was written; None where it is refused, and may be."""
    try:
        return parse(serialize(made, profile), profile)
    except SerializeError as error:
        if not wins and "read as record" in str(error):
            raise
        return None
