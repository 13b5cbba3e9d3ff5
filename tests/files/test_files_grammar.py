"""What a record description may say beyond the reference profile: each key of the grammar, read and written."""

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from lindorff_sdk.errors import FileRefusedError, ProfileError, SerializeError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.profile import load, load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.stream import Streamed, iter_parse
from lindorff_sdk.models.cases import CaseFile, Claim, CollectionCase
from lindorff_sdk.models.codes import CorrectionKind, DebtorKind, Transfer
from lindorff_sdk.models.corrections import Correction, CorrectionFile
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parties import Address, Debtor
from tests.files.support import odd

_HEAD = 'id = "p"\nversion = "1"\nholds_from = 2026-01-01\norigin = "A test."\ncodec = "iso-8859-1"\nline_end = "lf"\n'
ENVELOPE = Envelope(customer_id="417")
ONE = Correction(
    kind=CorrectionKind.DIRECT_PAYMENT, invoice_number="10", effective_on=date(2026, 1, 2), amount=Decimal("1234.50")
)


def profile(*fields: str, file: str = "", record: str = "", extra: str = "", head: str = "") -> Profile:
    """Return a profile of corrections whose lines are a code, a kind, an invoice number and these fields."""
    listed = ",\n".join(fields)
    return load_text(
        f"""{_HEAD}{head}
[files.corrections]
name = "RD{{created_at:%Y%m%d}}"
recognised_by = ["code"]
defaults = {{ "envelope.customer_id" = "417" }}
{file}
[[files.corrections.records]]
name = "correction"
opens = "corrections"
occurs = "*"
defaults = {{ "effective_on" = 2026-01-02 }}
{record}
fields = [
 {{ name = "code", kind = "constant", value = "C" }},
 {{ name = "kind", length = 1, kind = "code", to = "kind", codes = {{ D = "direct_payment", K = "credit_note" }} }},
 {{ name = "invoice", length = 4, to = "invoice_number" }},
 {listed}
]
{extra}
""",
        "p.toml",
    )


def one(**changes: object) -> CorrectionFile:
    return CorrectionFile(envelope=ENVELOPE, corrections=(evolve(ONE, **changes),))  # type: ignore[arg-type]


def written(file: CorrectionFile, layout: Profile) -> str:
    """Return the text of a file that comes back as it went, without a finding."""
    data = serialize(file, layout)
    parsed = parse(data, layout, Transfer.CORRECTIONS)
    assert parsed.findings == ()
    assert parsed.model == file
    assert serialize(parsed.require(), layout, kept=parsed.kept) == data
    return data.decode("iso-8859-1")


@pytest.mark.parametrize(
    ("field", "amount", "text"),
    [
        ('length = 8, kind = "amount"', "1234.50", "00123450"),
        ('length = 8, kind = "amount", pad = " "', "1234.50", "  123450"),
        ('length = 8, kind = "amount", decimals = 0', "1234.00", "00001234"),
        ('length = 9, kind = "amount", decimals = 4', "1234.50", "012345000"),
        ('length = 9, kind = "amount", decimal_mark = ","', "1234.50", "001234,50"),
        ('length = 10, kind = "amount", decimal_mark = ",", thousands = ".", pad = " "', "1234.50", "  1.234,50"),
        ('length = 8, kind = "amount", sign = "leading"', "-1234.50", "-0123450"),
        ('length = 8, kind = "amount", sign = "trailing"', "-1234.50", "0123450-"),
        ('length = 8, kind = "amount", sign = "trailing", signs = ["+", "-"]', "1234.50", "0123450+"),
        ('length = 8, kind = "amount", sign = "trailing", signs = [" ", "-"]', "1234.50", "0123450 "),
        ('length = 9, kind = "amount", sign = "leading", pad = " "', "-1234.50", "  -123450"),
    ],
)
def test_amounts_stand_as_the_layout_says(field: str, amount: str, text: str) -> None:
    """Implied and explicit decimals, whole kroner, marks, signs in front and behind: read and written alike."""
    layout = profile(f'{{ name = "amount", {field}, to = "amount" }}')
    assert written(one(amount=amount), layout) == f"CD10  {text}\n"


@pytest.mark.parametrize("wrong", ["0123450-", "12345.67", "1234,5,0", "1234.5e1", "٣٣٣٣٣٣٣٣"])
def test_what_is_no_amount_is_refused(wrong: str) -> None:
    """A sign where none belongs, two marks, an exponent, digits of other scripts."""
    layout = profile('{ name = "amount", length = 8, kind = "amount", to = "amount" }', head="")
    data = f"CD10  {wrong}\n".encode()[:14].ljust(14, b"x") + b"\n"
    assert parse(data, layout, Transfer.CORRECTIONS).refused


def test_a_sign_may_stand_apart() -> None:
    """The sign's field says plus or minus for the amount that names it."""
    layout = profile(
        '{ name = "sign", length = 1, kind = "sign", signs = ["0", "-"] }',
        '{ name = "amount", length = 6, kind = "amount", to = "amount", sign_in = "sign" }',
    )
    assert written(one(amount="-12.00"), layout) == "CD10  -001200\n"
    assert written(one(amount="12.00"), layout) == "CD10  0001200\n"
    assert parse(b"CD10  +001200\n", layout, Transfer.CORRECTIONS).refused


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("%d.%m.%Y", "02.01.2026"), ("%y%m%d", "260102"), ("%d%m%y", "020126"), ("%Y%d%m", "20260201")],
)
def test_dates_stand_in_any_order(pattern: str, text: str) -> None:
    assert written(one(amount=0), dated(f'format = "{pattern}"')) == f"CD10  {text}\n"


def dated(keys: str) -> Profile:
    """Return a profile whose lines end with a date."""
    return load_text(dated_text(keys))


def dated_text(keys: str = 'format = "%Y%m%d"') -> str:
    return f"""{_HEAD}
[files.corrections]
name = "RD"
recognised_by = ["code"]
defaults = {{ "envelope.customer_id" = "417" }}
[[files.corrections.records]]
name = "correction"
opens = "corrections"
occurs = "*"
fields = [
 {{ name = "code", kind = "constant", value = "C" }},
 {{ name = "kind", length = 1, kind = "code", to = "kind", codes = {{ D = "direct_payment" }} }},
 {{ name = "invoice", length = 4, to = "invoice_number" }},
 {{ name = "day", kind = "date", {keys}, to = "effective_on" }},
]
"""


def test_two_digit_years_turn_at_the_pivot() -> None:
    layout = dated('format = "%y%m%d", pivot = 50')
    for year, meant in ((49, 2049), (50, 1950), (99, 1999), (0, 2000)):
        parsed = parse(f"CD10  {year:02d}0102\n".encode(), layout, Transfer.CORRECTIONS)
        assert parsed.model == one(amount=0, effective_on=date(meant, 1, 2))
    with pytest.raises(SerializeError):
        serialize(one(amount=0, effective_on=date(1949, 1, 1)), layout)


def test_columns_are_given_from_one_or_from_zero_by_range_start_or_length() -> None:
    """The same record, described in four ways."""
    ways = [
        ('at = "7-10"', 'at = "11-14"', ""),
        ("start = 7, length = 4", "start = 11, length = 4", ""),
        ("length = 4", "length = 4", ""),
        ('at = "6-9"', "start = 10, length = 4", "columns_from = 0\n"),
    ]
    for first, second, head in ways:
        layout = profile(
            f'{{ name = "a", {first}, to = "reference" }}', f'{{ name = "b", {second}, to = "text" }}', head=head
        )
        assert written(one(reference="ab", text="cd", amount=0), layout) == "CD10  ab  cd  \n"


def test_gaps_overlaps_and_widths_that_do_not_add_up_are_all_named() -> None:
    with pytest.raises(ProfileError) as refused:
        profile(
            '{ name = "a", at = "8-10", to = "reference" }',
            '{ name = "b", at = "10-14", to = "text" }',
            record="length = 10",
        )
    paths = [found.field for found in refused.value.findings]
    assert any("[a]" in path for path in paths)
    assert any("[b]" in path for path in paths)
    assert any(path.endswith("records[correction]") for path in paths)


def test_the_rest_of_a_record_is_filled() -> None:
    layout = profile('{ name = "text", length = 3, to = "text" }', record='length = 12\nfill = "*"')
    assert written(one(text="x", amount=0), layout) == "CD10  x  ***\n"


def test_blanks_at_the_end_may_be_left_out() -> None:
    layout = profile('{ name = "text", length = 8, to = "text" }', file="strip_blanks = true")
    assert written(one(text="ab", amount=0), layout) == "CD10  ab\n"
    parsed = parse(b"CD10  ab   \n", layout, Transfer.CORRECTIONS)
    assert [found.code for found in parsed.findings] == ["line-not-stripped"]


def test_older_versions_may_lack_trailing_fields() -> None:
    layout = profile(
        '{ name = "text", length = 3, to = "text", optional = true }',
        '{ name = "ref", length = 2, to = "reference", optional = true }',
    )
    for data, text, reference in ((b"CD10  \n", "", ""), (b"CD10  abc\n", "abc", ""), (b"CD10  abcde\n", "abc", "de")):
        parsed = parse(data, layout, Transfer.CORRECTIONS)
        (correction,) = parsed.require().corrections  # type: ignore[union-attr]
        assert (correction.text, correction.reference) == (text, reference)
        assert [found.code for found in parsed.findings] == ([] if reference else ["record-short"])
    assert parse(b"CD10  ab\n", layout, Transfer.CORRECTIONS).refused


def test_text_is_written_in_capitals_cut_and_with_a_word_for_nothing() -> None:
    layout = profile(
        '{ name = "a", length = 4, to = "reference", upper = true, cut = true }',
        '{ name = "b", length = 4, to = "text", none = "0" }',
        '{ name = "c", length = 5, kind = "digits", leading_zeros = false, to = "debtor_number" }',
    )
    file = one(reference="abcdef", text="", debtor_number="42", amount=0)
    data = serialize(file, layout)
    assert data == b"CD10  ABCD0   00042\n"
    (back,) = parse(data, layout, Transfer.CORRECTIONS).require().corrections  # type: ignore[union-attr]
    assert (back.reference, back.text, back.debtor_number) == ("ABCD", "", "42")
    with pytest.raises(SerializeError):
        serialize(one(text="0", debtor_number="42", amount=0), layout)
    with pytest.raises(SerializeError):
        serialize(one(debtor_number="042", amount=0), layout)


def test_one_text_stands_in_two_fields_and_two_texts_in_one() -> None:
    layout = profile(
        '{ name = "first", length = 6, to = "text" }',
        '{ name = "last", length = 6, to = "text", join = " " }',
        '{ name = "both", length = 8, to = "reference", rest_to = "debtor_number" }',
    )
    assert written(one(text="Åse Øst", reference="12", debtor_number="a b", amount=0), layout) == (
        "CD10  Åse   Øst   12 a b  \n"
    )
    with pytest.raises(SerializeError):
        serialize(one(text="Åse", reference="1 2", debtor_number="3", amount=0), layout)


@pytest.mark.parametrize(("join", "lines"), [(" ", "CD10  Kari  \nTNordm \n"), ("", "CD10  Kari N\nTordm  \n")])
def test_a_text_may_go_on_in_a_record_that_may_be_left_out(join: str, lines: str) -> None:
    """Where nothing of it is left, the record is not written, and not missed."""
    more = f"""
[[files.corrections.records]]
name = "more"
under = "correction"
occurs = "?"
fields = [
 {{ name = "code", kind = "constant", value = "T" }},
 {{ name = "text", length = 6, to = "text", join = "{join}" }},
]
"""
    layout = profile('{ name = "text", length = 6, to = "text" }', extra=more)
    assert written(one(amount=0, text="Kari Nordm"), layout) == lines
    assert written(one(amount=0, text="Ola"), layout) == "CD10  Ola   \n"
    assert written(one(amount=0, text=""), layout) == "CD10        \n"
    parsed = parse(b"CD10  Ola   \nT      \n", layout, Transfer.CORRECTIONS)
    assert [found.code for found in parsed.findings] == ["record-idle"]


def test_the_later_field_alone_may_say_that_the_text_goes_on() -> None:
    layout = profile(
        '{ name = "one", length = 4, to = "text" }', '{ name = "two", length = 4, to = "text", join = "" }'
    )
    assert written(one(text="abc def", amount=0), layout) == "CD10  abc def \n"


def test_a_blank_behind_a_number_is_its_plus_or_a_lost_digit() -> None:
    """Where zeros fill in front, a number that ends too early was moved: a tenth of it is never read."""
    layout = profile(
        '{ name = "a", length = 7, kind = "amount", sign = "trailing", signs = [" ", "-"], to = "amount" }'
    )
    assert written(one(), layout) == "CD10  123450 \n"
    assert written(one(amount=-ONE.amount), layout) == "CD10  123450-\n"
    for text, codes in (("  3450 ", ["field-not-canonical"]), ("03450  ", ["field-unreadable"])):
        found = parse(f"CD10  {text}\n".encode(), layout, Transfer.CORRECTIONS).findings
        assert [each.code for each in found] == codes


def test_a_text_goes_on_where_a_field_ends() -> None:
    layout = profile(
        '{ name = "one", length = 4, to = "text", join = "" }', '{ name = "two", length = 4, to = "text", join = "" }'
    )
    assert written(one(text="ab cdef", amount=0), layout) == "CD10  ab cdef \n"
    assert written(one(text="abc def", amount=0), layout) == "CD10  abc def \n"
    with pytest.raises(SerializeError):
        serialize(one(text="123456789", amount=0), layout)


_TEXT_LINES = """
[[files.corrections.records]]
name = "line"
under = "correction"
occurs = "*"
fields = [
 { name = "code", kind = "constant", value = "T" },
 { name = "number", length = 2, kind = "integer", numbers = "line", within = "correction" },
 { name = "key", length = 4, matches = "invoice" },
 { name = "text", length = 5, to = "text", join = "" },
]
"""


def test_numbered_lines_continue_an_object_and_repeat_its_key() -> None:
    layout = profile(extra=_TEXT_LINES)
    file = CorrectionFile(
        envelope=ENVELOPE,
        corrections=(evolve(ONE, amount=0, text="hello world"), evolve(ONE, amount=0, invoice_number="11", text="x")),
    )
    text = written(file, layout)
    assert text == "CD10  \nT0110  hello\nT0210   worl\nT0310  d    \nCD11  \nT0111  x    \n"
    wrong_key = parse(text.replace("T0210", "T0212").encode(), layout, Transfer.CORRECTIONS)
    assert [found.code for found in wrong_key.errors()] == ["key-mismatch"]
    (finding,) = wrong_key.errors()
    assert (finding.line, finding.column, finding.width, finding.field) == (3, 4, 4, "key")
    wrong_number = parse(text.replace("T0210", "T0710").encode(), layout, Transfer.CORRECTIONS)
    assert [found.code for found in wrong_number.findings] == ["number-unexpected"]


def test_a_record_may_stand_at_most_so_many_times() -> None:
    """Of lines of text and of objects; one more is refused, on the way in and on the way out."""
    layout = profile(record="", extra=_TEXT_LINES.replace('occurs = "*"', 'occurs = "0-2"'))
    text = written(one(amount=0, text="hello worl"), layout)
    assert text.count("T") == 2
    (found,) = parse(f"{text}T0310  d    \n".encode(), layout, Transfer.CORRECTIONS).errors()
    assert (found.code, found.line, "at most 2 times" in found.message) == ("record-misplaced", 4, True)
    with pytest.raises(SerializeError, match="fits 2 lines"):
        serialize(one(amount=0, text="hello world"), layout)
    few = load_text(dated_text().replace('occurs = "*"', 'occurs = "1-2"'))
    twice, thrice = (CorrectionFile(envelope=ENVELOPE, corrections=(ONE,) * times) for times in (2, 3))
    line = b"CD10  20260102\n"
    assert parse(line * 2, few).model == evolve(twice, corrections=(evolve(ONE, amount=0),) * 2)
    assert [found.line for found in parse(line * 3, few).errors()] == [3]
    assert list(iter_parse(io.BytesIO(line * 2), few))
    with pytest.raises(FileRefusedError):
        list(iter_parse(io.BytesIO(line * 3), few))
    with pytest.raises(SerializeError, match="at most 2"):
        serialize(thrice, few)
    with pytest.raises(ProfileError, match="any number of times"):
        load_text(_CSV.replace(", ALSO", "").replace("DELIMITED", "").replace("GROUPING", "").replace('"*"', '"0-9"'))


def test_a_repeated_key_keeps_the_blank_that_ends_its_line() -> None:
    """Where blanks at the end of a line are left out, the key is as wide as its field all the same."""
    more = """
[[files.corrections.records]]
name = "more"
under = "correction"
fields = [
 { name = "code", kind = "constant", value = "T" },
 { name = "text", length = 2, to = "text" },
 { name = "key", length = 3, align = "right", pad = "*", matches = "ref" },
]
"""
    last = '{ name = "ref", length = 3, align = "right", pad = "*", to = "reference" }'
    layout = profile(last, file="strip_blanks = true", extra=more)
    assert written(one(amount=0, reference="a ", text="x"), layout) == "CD10  *a\nTx *a\n"


_END = """
[[files.corrections.records]]
name = "end"
fields = [
 {{ name = "code", kind = "constant", value = "E" }},
 {{ name = "stated", length = 6, {total} }},
]
"""


@pytest.mark.parametrize(
    ("total", "stated"),
    [
        ('kind = "integer", counts = ["*"]', "000004"),
        ('kind = "integer", counts = ["*"], offset = -1', "000003"),
        ('kind = "integer", counts = ["*"], divisor = 2', "000002"),
        ('kind = "integer", counts = ["correction"], where = { kind = ["K"] }', "000001"),
        ('kind = "amount", sign = "leading", sums = ["correction.amount"]', "-00100"),
        ('kind = "amount", sums = ["correction.amount"], absolute = true', "001300"),
        ('kind = "amount", sums = ["correction.amount"], absolute = true, where = { kind = ["D"] }', "000900"),
        ('kind = "amount", sums = ["correction.amount"], absolute = true, modulus = 1000', "000300"),
        ('kind = "date", format = "%y%m%d", firsts = ["correction.day"]', "260101"),
        ('kind = "date", format = "%y%m%d", lasts = ["correction.day"]', "260301"),
    ],
)
def test_totals_of_every_kind_are_written_and_verified(total: str, stated: str) -> None:
    layout = profile(
        '{ name = "amount", length = 5, kind = "amount", sign = "leading", to = "amount" }',
        '{ name = "day", kind = "date", to = "effective_on" }',
        record="",
        extra=_END.format(total=total),
    )
    file = CorrectionFile(
        envelope=ENVELOPE,
        corrections=(
            evolve(ONE, amount="5.00", effective_on=date(2026, 2, 1)),
            evolve(ONE, amount="-4.00", effective_on=date(2026, 1, 1), kind=CorrectionKind.CREDIT_NOTE),
            evolve(ONE, amount="-2.00" if "leading" in total else "-4.00", effective_on=date(2026, 3, 1)),
        ),
    )
    text = written(file, layout) if "-00100" in stated else serialize(file, layout).decode()
    assert text.splitlines()[-1] == f"E{stated}"
    assert parse(text.encode(), layout, Transfer.CORRECTIONS).model == file
    wrong = text.replace(f"E{stated}", f"E{'260202' if 'date' in total else '000777'}")
    parsed = parse(wrong.encode(), layout, Transfer.CORRECTIONS)
    assert parsed.refused
    assert {found.code for found in parsed.errors()} <= {"count-mismatch", "sum-mismatch", "date-mismatch"}


def test_objects_are_counted_where_lines_share_them() -> None:
    """Scattered lines count once where they are taken together, and twice where they are not."""
    text = (
        _CSV.replace("ALSO", 'also_to = "claims[].remaining_amount"')
        .replace("DELIMITED", "")
        .replace(
            "fields = [", 'recognised_by = ["mark"]\nfields = [\n { name = "mark", kind = "constant", value = "L" },', 1
        )
        + """
[[files.cases.records]]
name = "end"
recognised_by = ["mark"]
fields = [
 { name = "mark", kind = "constant", value = "E" },
 { name = "cases", kind = "integer", objects = ["line"] },
 { name = "lines", kind = "integer", counts = ["line"] },
]
"""
    )
    lines = b"".join(b"L;" + line + b"\n" for line in _rows("1a", "2b", "1a").splitlines())
    for rule, cases in (("merge", 2), ("separate", 3)):
        layout = load_text(text.replace("GROUPING", f'scattered = "{rule}"'))
        parsed = parse(lines + f"E;{cases};3\n".encode(), layout, Transfer.CASES)
        assert len(parsed.require().cases) == cases  # type: ignore[union-attr]
        assert serialize(parsed.require(), layout).endswith(f"E;{cases};3\n".encode())
        (found,) = parse(lines + b"E;9;3\n", layout, Transfer.CASES).errors()
        assert (found.code, found.field, found.expected) == ("count-mismatch", "cases", f"{cases}")
    with pytest.raises(ProfileError, match="opens objects"):
        load_text(text.replace("GROUPING", "").replace('objects = ["line"]', 'objects = ["end"]'))


def test_a_sum_may_leave_what_another_record_takes_back() -> None:
    """Payments less reversals, whose amounts stand without a sign."""
    back = """
[[files.settlements.records]]
name = "NAME"
opens = "entries"
model = "MODEL"
occurs = "*"
fields = [
 { name = "code", kind = "constant", value = "CODE" },
 { name = "id", length = 2, to = "transaction_id", also_to = "ALSO" },
 { name = "amount", length = 5, kind = "amount", to = "amount", also_to = "principal" },
 { name = "day", kind = "date", to = "DAY" },
]
"""
    end = """
[[files.settlements.records]]
name = "end"
fields = [
 { name = "code", kind = "constant", value = "E" },
 { name = "net", length = 7, kind = "amount", sign = "trailing", sums = ["paid.amount"], less = ["taken.amount"] },
]
"""
    words = ("NAME", "MODEL", "CODE", "ALSO", "DAY")
    text = f'{_HEAD}[files.settlements]\nname = "OP"\nrecognised_by = ["code"]\n'
    text += 'defaults = { "envelope.customer_id" = "417" }\n'
    for given in (
        ("paid", "Payment", "P", "reference", "paid_on"),
        ("taken", "PaymentReversal", "R", "reverses", "reversed_on"),
    ):
        one_record = back
        for word, value in zip(words, given, strict=True):
            one_record = one_record.replace(word, value)
        text += one_record
    layout = load_text(text + end)
    data = b"PA10100020261101\nRB10300020261102\nE002000-\n"
    parsed = parse(data, layout)
    assert parsed.findings == ()
    assert serialize(parsed.require(), layout) == data
    (found,) = parse(data.replace(b"E002000-", b"E0004000"), layout).errors()
    assert (found.code, found.expected, found.found) == ("sum-mismatch", "-20.00", "40.00")
    with pytest.raises(ProfileError, match="What is left can be negative"):
        load_text(text + end.replace('sign = "trailing", ', ""))


def test_the_file_may_be_filled_up_and_end_its_own_way() -> None:
    layout = profile(
        file='lines_multiple_of = 4\npadding_line = "9999"\nfinal_line_end = false\nctrl_z = true',
    )
    assert written(one(amount=0), layout) == "CD10  \n9999\n9999\n9999\x1a"


def test_records_are_told_by_several_fields_by_length_and_by_what_is_open() -> None:
    """One code means another record within another object; a longer line is another record than a short one."""
    layout = load_text(
        f"""{_HEAD}
[files.receipts]
name = "KV"
[files.receipts.defaults]
"envelope.customer_id" = "417"
[[files.receipts.records]]
name = "file"
opens = "receipts"
occurs = "*"
recognised_by = ["code", "sub"]
fields = [
 {{ name = "code", kind = "constant", value = "A" }},
 {{ name = "sub", kind = "constant", value = "1" }},
 {{ name = "name", length = 3, to = "file_name" }},
 {{ name = "sequence", length = 2, kind = "integer", to = "sequence" }},
 {{ name = "status", length = 1, kind = "code", to = "status", codes = {{ A = "accepted" }} }},
]
[[files.receipts.records]]
name = "reason"
under = "file"
occurs = "?"
recognised_by = ["code"]
fields = [ {{ name = "code", kind = "constant", value = "B" }}, {{ name = "t", length = 4, to = "reason_text" }} ]
[[files.receipts.records]]
name = "case"
under = "file"
opens = "cases"
occurs = "*"
recognised_by = ["code", "sub"]
fields = [
 {{ name = "code", kind = "constant", value = "A" }},
 {{ name = "sub", kind = "constant", value = "2" }},
 {{ name = "ref", length = 3, to = "reference" }},
 {{ name = "status", length = 1, kind = "code", to = "status", codes = {{ A = "accepted", R = "rejected" }} }},
]
[[files.receipts.records]]
name = "case_reason"
under = "case"
occurs = "?"
recognised_by = ["code"]
fields = [ {{ name = "code", kind = "constant", value = "B" }}, {{ name = "t", length = 4, to = "reason_text" }} ]
"""
    )
    data = b"A1F1 01A\nBfile\nA2C1 R\nBcase\nA2C2 A\n"
    parsed = parse(data, layout, Transfer.RECEIPTS)
    assert parsed.findings == ()
    (receipt,) = parsed.require().receipts  # type: ignore[union-attr]
    assert receipt.reason_text == "file"
    assert [case.reason_text for case in receipt.cases] == ["case", ""]
    assert serialize(parsed.require(), layout) == data


def test_a_blank_field_means_what_its_attribute_is_by_itself() -> None:
    """An amount left blank is 0.00 where the model has 0.00 for it."""
    layout = profile('{ name = "amount", length = 6, kind = "amount", empty = "blanks", to = "amount" }')
    assert written(one(amount=0), layout) == "CD10        \n"
    assert written(one(amount="1.50"), layout) == "CD10  000150\n"
    parsed = parse(b"CD10  000000\n", layout)
    assert parsed.model == one(amount=0)
    assert [found.code for found in parsed.findings] == ["field-not-canonical"]


def test_a_file_may_have_its_own_character_set_and_line_end() -> None:
    """Others of the profile keep those of the profile."""
    own = 'codec = "utf-8"\nline_end = "crlf"'
    layout = profile('{ name = "text", length = 4, to = "text" }', file=own)
    data = serialize(one(amount=0, text="æ"), layout)
    assert data == "CD10  æ  \r\n".encode()
    parsed = parse(data, layout)
    assert (parsed.model, parsed.findings) == (one(amount=0, text="æ"), ())
    assert [streamed.item for streamed in iter_parse(io.BytesIO(data), layout)] == list(
        one(amount=0, text="æ").corrections
    )
    assert (layout.codec, layout.line_end) == ("iso-8859-1", "\n")
    with pytest.raises(ProfileError, match="unusable codec"):
        profile(file='codec = "utf-16"')


def test_each_record_that_must_stand_is_missed() -> None:
    """Objects of another record in the same place do not make up for it."""
    ends = "B9010000000000000000"
    data = f"B0417   00120261124120000\nB3T1    20261124  1\n{ends}\n".encode()
    found = parse(data, odd(), Transfer.SETTLEMENTS).errors()
    assert [(each.code, each.record) for each in found] == [("record-missing", "payment")]


# Delimited lines -----------------------------------------------------------------------------------------------------

_CSV = (
    _HEAD
    + """
[files.cases]
name = "cases.csv"
[files.cases.delimited]
DELIMITED
[[files.cases.records]]
name = "line"
opens = "cases"
occurs = "*"
group_by = ["debtor.number"]
GROUPING
fields = [
 { name = "customer", to = "^envelope.customer_id" },
 { name = "number", to = "debtor.number", also_to = "reference" },
 { name = "name", to = "debtor.name", personal = true },
 { name = "kind", kind = "code", to = "debtor.kind", codes = { P = "private", B = "company" } },
 { name = "postcode", to = "debtor.address.postcode", rest_to = "debtor.address.city" },
 { name = "invoice", to = "claims[].invoice_number" },
 { name = "dated", kind = "date", format = "%d.%m.%Y", to = "claims[].invoice_date" },
 { name = "due", kind = "date", format = "%d.%m.%Y", to = "claims[].due_date" },
 { name = "amount", kind = "amount", decimal_mark = ",", thousands = " ", to = "claims[].original_amount", ALSO },
]
"""
)


def csv(delimited: str = "", grouping: str = "") -> Profile:
    return load_text(
        _CSV.replace("ALSO", 'also_to = "claims[].remaining_amount"')
        .replace("DELIMITED", delimited)
        .replace("GROUPING", grouping),
        "csv.toml",
    )


def case_file() -> CaseFile:
    claim = Claim(
        invoice_number="10",
        invoice_date=date(2026, 1, 1),
        due_date=date(2026, 1, 15),
        original_amount="12345.60",
        remaining_amount="12345.60",
    )
    first = CollectionCase(
        reference="7",
        debtor=Debtor(
            number="7", kind=DebtorKind.COMPANY, name='Bø; "Sønn" AS', address=Address(postcode="0150", city="OSLO S")
        ),
        claims=(claim, evolve(claim, invoice_number="11")),
    )
    second = evolve(
        first,
        reference="8",
        debtor=evolve(first.debtor, number="8", name="Åse"),
        claims=(evolve(claim, invoice_number="12"),),
    )
    return CaseFile(envelope=ENVELOPE, cases=(first, second))


@pytest.mark.parametrize(
    ("delimited", "first"),
    [
        ('delimiter = ";"', '417;7;"Bø; ""Sønn"" AS";B;0150 OSLO S;10;01.01.2026;15.01.2026;12 345,60'),
        (
            'delimiter = "|"\nescape = "\\\\"',
            '417|7|Bø; \\"Sønn\\" AS|B|0150 OSLO S|10|01.01.2026|15.01.2026|12 345,60',
        ),
        ('delimiter = "\\t"\nquote_all = true\ntrailing = true', '"417"\t"7"\t"Bø; ""Sønn"" AS"\t"B"\t'),
    ],
)
def test_delimited_lines_are_read_and_written(delimited: str, first: str) -> None:
    """Lines of one customer make one case; quotes, escapes and a last delimiter are as the layout says."""
    layout = csv(delimited)
    data = serialize(case_file(), layout)
    assert data.decode("iso-8859-1").startswith(first)
    parsed = parse(data, layout, Transfer.CASES)
    assert parsed.findings == ()
    assert parsed.model == case_file()


def test_columns_are_found_by_the_names_in_the_header() -> None:
    """Another order of the columns, and further ones, are told and read; a missing column refuses the file."""
    layout = csv("header = true")
    data = serialize(case_file(), layout)
    assert data.startswith(b"customer;number;name;")
    assert parse(data, layout).model == case_file()
    rows = [
        line.split(";") for line in data.replace(b'"B\xf8; ""S\xf8nn"" AS"', b"Bo").decode("iso-8859-1").splitlines()
    ]
    turned = "\n".join(";".join([*reversed(row), "x"]) for row in rows) + "\n"
    parsed = parse(turned.encode("iso-8859-1"), layout, Transfer.CASES)
    assert [found.code for found in parsed.findings] == ["columns-differ"]
    assert parsed.require().cases[0].claims == case_file().cases[0].claims  # type: ignore[union-attr]
    lacking = "\n".join(";".join(row[:-1]) for row in rows) + "\n"
    assert "column-missing" in [
        found.code for found in parse(lacking.encode("iso-8859-1"), layout, Transfer.CASES).findings
    ]


def _rows(*names: str) -> bytes:
    rows = (
        f"417;{n};{name};P;0150 OSLO;{i};01.01.2026;15.01.2026;1,00" for i, (n, name) in enumerate(map(tuple, names))
    )
    return ("\n".join(rows) + "\n").encode()


def test_lines_that_disagree_or_are_scattered_follow_the_stated_rule() -> None:
    scattered, disagreeing = _rows("1a", "2b", "1a"), _rows("1a", "1b")
    refused = parse(scattered, csv(), Transfer.CASES)
    assert [found.code for found in refused.errors()] == ["lines-scattered"]
    merged = parse(scattered, csv(grouping='scattered = "merge"'), Transfer.CASES)
    assert [len(case.claims) for case in merged.require().cases] == [2, 1]  # type: ignore[union-attr]
    assert [found.code for found in merged.findings] == ["lines-merged"]
    apart = parse(scattered, csv(grouping='scattered = "separate"'), Transfer.CASES)
    assert [len(case.claims) for case in apart.require().cases] == [1, 1, 1]  # type: ignore[union-attr]
    assert [found.code for found in parse(disagreeing, csv(), Transfer.CASES).errors()] == ["lines-disagree"]
    first = parse(disagreeing, csv(grouping='disagree = "first"'), Transfer.CASES)
    assert [case.debtor.name for case in first.require().cases] == ["a"]  # type: ignore[union-attr]
    (found,) = first.findings
    assert (found.code, found.line, found.column, found.field) == ("lines-differ", 2, 3, "name")
    assert ("line 1" in found.message, found.expected, found.found) == (True, "'a'", "'b'")


def test_all_lines_must_agree_about_the_object_around() -> None:
    data = _rows("1a", "2b").replace(b"417;2", b"418;2")
    assert [found.code for found in parse(data, csv(), Transfer.CASES).errors()] == ["lines-disagree"]


@pytest.mark.parametrize("line", [b'417;7;"open', b"417;7", b'417;7;a"b;P;0150 OSLO;1;01.01.2026;15.01.2026;1,00'])
def test_a_delimited_line_that_cannot_be_parted_is_a_finding(line: bytes) -> None:
    parsed = parse(_rows("1a") + line + b"\n", csv(), Transfer.CASES)
    assert parsed.refused or line.endswith(b"1,00")
    assert not parsed.errors() or {found.line for found in parsed.errors()} == {2}


# Profiles ------------------------------------------------------------------------------------------------------------


def test_a_profile_extends_another(tmp_path: Path) -> None:
    """A variant says only what differs; records and fields are found by their names."""
    (tmp_path / "variant.toml").write_text(
        """
extends = "lindorff-reference"
id = "variant"
[files.cases]
name = "X{customer_id}"
[[files.cases.records]]
name = "case"
fields = [ { name = "dispute_text", length = 80 } ]
""",
        encoding="utf-8",
    )
    variant = load(tmp_path / "variant.toml")
    assert (variant.id, variant.file(Transfer.CASES).name) == ("variant", "X{customer_id}")
    assert variant.file(Transfer.CASES).record("case").length == 135
    assert variant.file(Transfer.SETTLEMENTS).record("payment").length == 230


def test_a_circle_of_profiles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = "b.toml"\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text('extends = "a.toml"\n', encoding="utf-8")
    with pytest.raises(ProfileError, match="circle"):
        load(tmp_path / "a.toml")


# Errors of records, and files of any size ----------------------------------------------------------------------------


def test_a_record_may_be_refused_by_itself() -> None:
    """The record goes, the file stays, and its bytes are kept; where a total cannot be told, the file goes."""
    field = '{ name = "amount", length = 5, kind = "amount", to = "amount" }'
    plain, summed = (
        profile(field),
        profile(field, extra=_END.format(total='kind = "amount", sums = ["correction.amount"]')),
    )
    data = b"CD10  00100\nCD11  0x100\nZ\nCD12  00300\n"
    parsed = parse(data, plain, Transfer.CORRECTIONS, on_error=OnError.REFUSE_RECORD)
    assert [each.invoice_number for each in parsed.require().corrections] == ["10", "12"]  # type: ignore[union-attr]
    assert [found.code for found in parsed.errors()] == ["field-unreadable", "record-unknown"]
    assert parsed.unread == {2: b"CD11  0x100", 3: b"Z"}
    assert parse(data, plain, Transfer.CORRECTIONS).refused
    assert parse(data + b"E000500\n", summed, Transfer.CORRECTIONS, on_error=OnError.REFUSE_RECORD).refused


class _Pipe(io.RawIOBase):
    """A source that cannot be read twice."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)

    def seekable(self) -> bool:
        return False


def _many(count: int) -> Iterator[Correction]:
    return (
        evolve(ONE, amount=0, invoice_number=f"{number % 10000}", text="hello world"[: number % 12])
        for number in range(count)
    )


def test_a_streamed_file_gives_the_same_objects_in_their_places(tmp_path: Path) -> None:
    """From a path, a file and a pipe: the objects and origins that reading the whole file gives."""
    layout = profile(extra=_TEXT_LINES)
    data = serialize(CorrectionFile(envelope=ENVELOPE, corrections=tuple(_many(30_000))), layout)
    assert len(data) > 600_000
    parsed = parse(data, layout, Transfer.CORRECTIONS)
    corrections = parsed.require().corrections  # type: ignore[union-attr]
    (tmp_path / "file").write_bytes(data)
    for source in (tmp_path / "file", io.BytesIO(data), _Pipe(data)):
        streamed = list(iter_parse(source, layout, Transfer.CORRECTIONS))  # type: ignore[arg-type]
        assert tuple(each.item for each in streamed) == corrections
        assert [each.origin for each in streamed[::97]] == [parsed.origin(each) for each in corrections[::97]]


def test_nothing_is_handed_out_before_the_totals_hold() -> None:
    layout = profile(extra=_END.format(total='kind = "integer", counts = ["*"]'))
    data = serialize(CorrectionFile(envelope=ENVELOPE, corrections=tuple(_many(20_000))), layout)
    handed: list[Streamed] = []
    with pytest.raises(FileRefusedError):
        handed.extend(iter_parse(io.BytesIO(data[:-100] + data[-8:]), layout, Transfer.CORRECTIONS))
    assert handed == []


def test_a_line_without_an_end_ends_the_reading() -> None:
    """A gigabyte without a line end costs no gigabyte of memory."""
    layout = profile()

    class Endless(io.RawIOBase):
        left = 200

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            return b"C" * size if self.left > 0 else b""

        def seekable(self) -> bool:
            return True

        def tell(self) -> int:
            return 0

        def seek(self, _to: int, _whence: int = 0) -> int:
            self.left = 200
            return 0

    source = Endless()
    with pytest.raises(FileRefusedError, match="longer than"):
        list(iter_parse(source, layout, Transfer.CORRECTIONS))  # type: ignore[arg-type]
    assert source.left > 150


def test_what_a_field_is_without_a_value_may_be_said() -> None:
    """An attribute that always has a value: `defaults` say what it is where the field is empty, or older lines end."""
    layout = profile(
        '{ name = "day", kind = "date", empty = "blanks", to = "effective_on" }',
        '{ name = "amount", kind = "amount", length = 6, to = "amount", empty = "blanks" }',
    )
    blank = b"CD10          " + b" " * 6 + b"\n"
    parsed = parse(blank, layout)
    assert parsed.require() == CorrectionFile(envelope=ENVELOPE, corrections=(evolve(ONE, amount="0.00"),))
    assert (serialize(parsed.require(), layout), parsed.findings) == (blank, ())


def test_older_lines_lack_a_field_that_always_has_a_value() -> None:
    """They have what the defaults say; a sum counts nothing of them, and the newer lines have their own."""
    sums = """
[[files.corrections.records]]
name = "end"
fields = [ { name = "code", kind = "constant", value = "E" },
           { name = "sum", length = 7, kind = "amount", sums = ["correction.amount"] } ]
"""
    layout = profile(
        '{ name = "amount", kind = "amount", length = 6, to = "amount", optional = true }',
        '{ name = "day", kind = "date", to = "effective_on", optional = true }',
        extra=sums,
    )
    parsed = parse(b"CD10  12345020260303\nCD10  123450\nCD10  \nE0246900\n", layout)
    assert [found.code for found in parsed.findings] == ["record-short", "record-short"]
    day = date(2026, 3, 3)
    assert parsed.require().corrections == (evolve(ONE, effective_on=day), ONE, evolve(ONE, amount="0.00"))  # type: ignore[union-attr]


def test_a_blank_number_is_refused_with_the_key_that_would_allow_it() -> None:
    layout = profile('{ name = "amount", kind = "amount", length = 6, to = "amount" }')
    (found,) = parse(b"CD10        \n", layout).errors()
    assert (found.code, "(empty, defaults)" in found.message) == ("field-unreadable", True)
