"""What generated profiles once showed to be wrong, each with an example of its own."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from attrs import evolve

from lindorff_sdk.errors import SerializeError
from lindorff_sdk.files.compile import compiled
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.codes import CaseStatus, ClosingReason, FileStatus, Transfer
from lindorff_sdk.models.corrections import CorrectionFile
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.receipts import CaseReceipt, FileReceipt, ReceiptFile
from lindorff_sdk.models.settlements import CaseClosure, SettlementFile
from tests.files.test_files_grammar import ENVELOPE, one, profile, written

_RECEIPTS = """
id = "r"
version = "1"
holds_from = 2026-01-01
origin = "A test."
codec = "utf-8"
line_end = "lf"

[files.receipts]
name = "R{sequence}"
recognised_by = ["code"]
defaults = { "envelope.customer_id" = "417" }
"""
_STATUS = '{ name = "status", length = 1, kind = "code", to = "status", codes = { A = "accepted" } }'
_FILE = """
[[files.receipts.records]]
name = "file"
opens = "receipts"
occurs = "*"
fields = [
    { name = "code", kind = "constant", value = "%s" },
    { name = "file_name", length = 4, to = "file_name" },
    { name = "sequence", length = 1, kind = "integer", to = "sequence" },
    %s,
    %s
]
"""


def moments(*fields: str) -> Profile:
    """Return a profile of corrections whose envelope says when the file was made by these fields."""
    start = (
        "\n[[files.corrections.records]]\nname = 'start'\nfields = [{ name = 'code', kind = 'constant', value = 'S' },"
    )
    return profile(
        '{ name = "amount", length = 8, kind = "amount", to = "amount" }', extra=f"{start}{','.join(fields)}]"
    )


def made_at(at: datetime | None) -> CorrectionFile:
    return CorrectionFile(envelope=Envelope(customer_id="417", created_at=at), corrections=one().corrections)


_DAY = '{ name = "day", kind = "date", to = "envelope.created_at" %s}'
_HOUR = '{ name = "hour", kind = "time", format = "%%H%%M", to = "envelope.created_at" %s}'


def test_a_date_that_fills_a_moment_is_its_midnight() -> None:
    assert "S20260102" in written(made_at(datetime(2026, 1, 2)), moments(_DAY % ""))


def test_a_moment_finer_than_its_date_is_refused() -> None:
    with pytest.raises(SerializeError, match="a day without a time"):
        serialize(made_at(datetime(2026, 1, 2, 3)), moments(_DAY % ""))


def test_midnight_is_a_time() -> None:
    """Where blanks mean no time, zeros mean midnight."""
    layout = moments(_DAY % ', empty = "blanks"', _HOUR % ', empty = "blanks"')
    assert "S202601020000" in written(made_at(datetime(2026, 1, 2)), layout)


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ('pad = "*"', "***12345"),
        ('pad = "*", align = "left"', "12345***"),
        ('pad = "_", sign = "leading"', "___12345"),
    ],
)
def test_any_pad_fills_a_number(keys: str, text: str) -> None:
    layout = profile(f'{{ name = "amount", length = 8, kind = "amount", to = "amount", {keys} }}')
    assert text in written(one(amount=Decimal("123.45")), layout)


def test_values_of_delimited_lines_are_not_filled() -> None:
    """A length is the most that a value may have there; what means "none" is written all the same."""
    layout = profile(
        '{ name = "note", length = 9, to = "text" }',
        '{ name = "amount", length = 8, kind = "amount", to = "amount" }',
        '{ name = "case", length = 6, kind = "digits", empty = "blanks", to = "agency_case_number" }',
        file='delimited = { delimiter = ";" }\n',
    )
    assert written(one(text="kr", agency_case_number="12"), layout) == "C;D;10;kr;123450;12\n"
    assert written(one(), layout) == "C;D;10;;123450;\n"


def test_a_file_without_a_line_is_refused() -> None:
    """Such a file would be refused on reading: nothing tells it from a file that was lost."""
    with pytest.raises(SerializeError, match="no line for a file of nothing"):
        serialize(
            CorrectionFile(envelope=ENVELOPE, corrections=()), profile('{ name = "text", length = 5, to = "text" }')
        )


def test_a_last_line_that_would_not_be_read_is_refused() -> None:
    """Blank lines at the end fill a file up: a record that looks like one would be lost."""
    layout = load_text(
        _RECEIPTS.replace('recognised_by = ["code"]', "")
        + """
[[files.receipts.records]]
name = "file"
opens = "receipts"
occurs = "*"
defaults = { status = "accepted", sequence = 1 }
fields = [ { name = "file_name", length = 4, to = "file_name" } ]
""",
        "r.toml",
    )
    file = ReceiptFile(envelope=ENVELOPE, receipts=(FileReceipt(file_name="", sequence=1, status=FileStatus.ACCEPTED),))
    with pytest.raises(SerializeError, match="would not be read"):
        serialize(file, layout)


def test_one_code_at_two_depths_is_the_record_that_may_stand_there() -> None:
    """The record of the inner object stands once; the next line with its code is that of the outer one."""
    layout = load_text(
        _RECEIPTS
        + _FILE % ("F", _STATUS, '{ name = "x", kind = "filler", length = 1 }')
        + """
[[files.receipts.records]]
name = "case"
under = "file"
opens = "cases"
occurs = "*"
fields = [ { name = "code", kind = "constant", value = "C" }, { name = "reference", length = 4, to = "reference" },
    { name = "status", length = 1, kind = "code", to = "status", codes = { A = "accepted" } } ]

[[files.receipts.records]]
name = "case_text"
under = "case"
fields = [ { name = "code", kind = "constant", value = "T" }, { name = "text", length = 4, to = "reason_text" } ]

[[files.receipts.records]]
name = "file_text"
under = "file"
occurs = "?"
fields = [ { name = "code", kind = "constant", value = "T" }, { name = "text", length = 4, to = "reason_text" } ]
""",
        "r.toml",
    )
    case = CaseReceipt(reference="1", status=CaseStatus.ACCEPTED, reason_text="in")
    file = ReceiptFile(
        envelope=ENVELOPE,
        receipts=(
            FileReceipt(file_name="f", sequence=1, status=FileStatus.ACCEPTED, reason_text="out", cases=(case,)),
        ),
    )
    data = serialize(file, layout)
    assert data.splitlines()[-2:] == [b"Tin  ", b"Tout "]
    parsed = parse(data, layout)
    assert (parsed.findings, parsed.model) == ((), file)


@pytest.mark.parametrize("kind", ['kind = "digits", empty = "blanks"', "pad = ' '"])
def test_a_key_without_a_value_is_repeated_as_it_stands(kind: str) -> None:
    """What is compared are the texts: blanks are no digits, and are repeated all the same."""
    record = "\n[[files.corrections.records]]\nname = 'more'\nunder = 'correction'\noccurs = '?'\nfields = ["
    record += '{ name = "code", kind = "constant", value = "M" },'
    record += (
        '{ name = "key", length = 4, kind = "digits", matches = "case" }, { name = "text", length = 4, to = "text" }]'
    )
    layout = profile(
        '{ name = "amount", length = 8, kind = "amount", to = "amount" }',
        f'{{ name = "case", length = 4, to = "agency_case_number", {kind} }}',
        extra=record,
    )
    assert written(one(text="kr"), layout).endswith("M    kr  \n")


_CLOSURES = """
[files.settlements]
name = "S{sequence}"
defaults = { "envelope.customer_id" = "417" }
%s
[[files.settlements.records]]
name = "closure"
opens = "entries"
model = "CaseClosure"
occurs = "*"
defaults = { reason = "withdrawn", closed_on = 2026-01-02 }
fields = [ { name = "id", length = 4, to = "transaction_id" }, %s ]
"""


@pytest.mark.parametrize(
    ("keys", "fields", "none", "some"),
    [
        (
            "",
            (
                '{ name = "sign", length = 1, kind = "sign", signs = ["+", "-"] }, '
                '{ name = "left", length = 5, kind = "amount", sign_in = "sign", empty = "blanks", '
                'to = "remaining_principal" }'
            ),
            b"t1  +     ",
            b"t2  -00150",
        ),
        (
            'delimited = { delimiter = ";" }',
            (
                '{ name = "left", length = 5, kind = "amount", sign = "leading", empty = "zeros", '
                'to = "remaining_principal" }'
            ),
            b"t1;0",
            b"t2;-150",
        ),
    ],
)
def test_an_absent_amount_is_written(keys: str, fields: str, none: bytes, some: bytes) -> None:
    """With the sign of none; and as a zero on a delimited line, where zeros mean none."""
    layout = load_text(_RECEIPTS.partition("[files")[0] + _CLOSURES % (keys, fields), "s.toml")
    absent = CaseClosure(transaction_id="t1", closed_on=date(2026, 1, 2), reason=ClosingReason.WITHDRAWN)
    negative = evolve(absent, transaction_id="t2", remaining_principal=Decimal("-1.50"))
    file = SettlementFile(envelope=ENVELOPE, entries=(absent, negative))
    data = serialize(file, layout)
    assert data.splitlines() == [none, some]
    parsed = parse(data, layout, Transfer.SETTLEMENTS)
    assert (parsed.findings, parsed.model) == ((), file)


_JOINED = """
    { name = "first", length = 5, to = "reason_text" },
    { name = "second", length = 5, join = "%s", to = "reason_text" }"""


def receipt(text: str) -> ReceiptFile:
    return ReceiptFile(
        envelope=ENVELOPE,
        receipts=(FileReceipt(file_name="f", sequence=1, status=FileStatus.ACCEPTED, reason_text=text),),
    )


@pytest.mark.parametrize(
    ("join", "text", "line"),
    [
        ("", "aæøåæ", "Ff   1Aaæøåæ "),
        (" ", "æø å", "Ff   1Aæø å    "),
        (" ", "a b c de", "Ff   1Aa b cde   "),
    ],
)
def test_joined_texts_are_parted_by_bytes(join: str, text: str, line: str) -> None:
    """Each part takes the bytes that fit; words go where they have room."""
    layout = load_text(_RECEIPTS + _FILE % ("F", _STATUS, _JOINED % join), "r.toml")
    data = serialize(receipt(text), layout)
    assert len(data) == 18
    parsed = parse(data, layout)
    assert (parsed.findings, parsed.model) == ((), receipt(text))


def test_parts_that_stand_otherwise_are_reported() -> None:
    """Other bytes say the same: the layout would write the words as full as they fit."""
    layout = load_text(_RECEIPTS + _FILE % ("F", _STATUS, _JOINED % " "), "r.toml")
    parsed = parse(b"Ff   1Aa    b    \n", layout)
    assert parsed.require() == receipt("a b")
    assert parsed.findings == ()
    parsed = parse(b"Ff   1A     b    \n", layout)
    assert [found.code for found in parsed.findings] == ["field-not-canonical"]


def test_digits_shorter_than_their_field_are_refused() -> None:
    """Zeros that fill could not be told from zeros that belong to the number: ``42`` would come back as ``0042``."""
    layout = profile(
        '{ name = "amount", length = 8, kind = "amount", to = "amount" }',
        '{ name = "case", length = 4, kind = "digits", to = "agency_case_number" }',
    )
    with pytest.raises(SerializeError, match="agency_case_number"):
        serialize(one(agency_case_number="42"), layout)
    assert "0042" in written(one(agency_case_number="0042"), layout)


def test_a_return_within_a_text_is_no_line_end() -> None:
    """Also where there are as many of them as of lines, because another line lacks its own."""
    layout = load_text(
        (_RECEIPTS + _FILE % ("F", _STATUS, '{ name = "text", length = 4, to = "reason_text" }')).replace(
            '"lf"', '"crlf"'
        ),
        "r.toml",
    )
    parsed = parse(b"Ff   1Aab\rd\nFf   1Aabcd\r\n", layout)
    assert [(found.code, found.line) for found in parsed.errors()] == [("field-unreadable", 1)]


_OPTIONAL = (
    '{ name = "amount", kind = "amount", to = "amount" }',
    '{ name = "text", to = "text", optional = true }',
    '{ name = "debtor", to = "debtor_number", optional = true }',
)


@pytest.mark.parametrize(
    ("header", "line", "code", "text"),
    [
        ("code;kind;invoice;amount;text;debtor", "C;D;10;123450;kr;77", "", "kr"),
        ("code;kind;invoice;amount;text;debtor", "C;D;10;123450;kr", "record-short", "kr"),
        ("code;kind;invoice;amount;text", "C;D;10;123450;kr", "columns-differ", "kr"),
        ("code;kind;invoice;amount;text", "C;D;10;123450", "record-short", ""),
        ("code;kind;invoice;amount;text", "C;D;10;123450;kr;77", "record-length", None),
        ("code;kind;invoice;text;amount;debtor", "C;D;10;kr;123450;77", "columns-differ", "kr"),
        ("code;kind;invoice;text;amount;debtor", "C;D;10;12345;678", "record-length", None),
        ("kind;code;invoice;amount;text", "D;C;10;123450;kr;77", "record-length", None),
    ],
)
def test_values_stand_under_the_names_of_the_header(header: str, line: str, code: str, text: str | None) -> None:
    """Where optional columns are left out, no value is taken for that of another column."""
    layout = profile(*_OPTIONAL, file='delimited = { delimiter = ";", header = true }\n')
    parsed = parse(f"{header}\n{line}\n".encode(), layout, Transfer.CORRECTIONS)
    codes = {found.code for found in parsed.findings}
    assert code in codes if code else not codes
    assert (parsed.model.corrections[0].text if isinstance(parsed.model, CorrectionFile) else None) == text
    if not codes:
        assert serialize(parsed.require(), layout) == f"{header}\n{line}\n".encode()


def test_what_the_header_lacks_is_said_once() -> None:
    """The columns that are missing are named; lines that are as the header says are not short."""
    layout = profile(*_OPTIONAL, file='delimited = { delimiter = ";", header = true }\n')
    lines = "code;kind;invoice;amount;text\n" + "C;D;10;123450;kr\n" * 3
    (found,) = parse(lines.encode(), layout, Transfer.CORRECTIONS).findings
    assert (found.code, "lacks debtor" in found.message) == ("columns-differ", True)


_BANK = """
id = "b"
version = "1"
holds_from = 2026-01-01
origin = "A test."
codec = "utf-8"
line_end = "lf"

[files.bank]
name = "B{sequence}"
recognised_by = ["code"]
defaults = { "envelope.customer_id" = "417", transmitter = "" }

[[files.bank.records]]
name = "assignment"
opens = "assignments"
defaults = { agreement_id = "1", number = "1", account = "" }
fields = [{ name = "code", kind = "constant", value = "A" }]

[[files.bank.records]]
name = "payment"
under = "assignment"
opens = "transactions"
defaults = { transaction_type = "10", DEFAULT }
fields = [
    { name = "code", kind = "constant", value = "P" },
    { name = "booked_on", length = 8, kind = "date", format = "%Y%m%d", to = "booked_on" },
    { name = "amount", length = 4, kind = "amount", to = "amount" },
    { name = "reference", length = 8, FIELD },
]
"""


@pytest.mark.parametrize(
    ("field", "default", "place"),
    [
        ('to = "kid"', 'day_code = ""', ("payment", "reference", 14)),
        ('to = "archive_reference", also_to = "kid"', 'day_code = ""', ("payment", "reference", 14)),
        ('to = "serial_number", rest_to = "kid"', 'day_code = ""', ("payment", "reference", 14)),
        ('to = "archive_reference"', 'kid = "129"', ("", "kid", 0)),
    ],
)
def test_a_wrong_kid_is_told_wherever_it_stands(field: str, default: str, place: tuple[str, str, int]) -> None:
    text = "7 129" if "rest_to" in field else "129"
    layout = load_text(_BANK.replace("FIELD", field).replace("DEFAULT", default))
    (found,) = parse(f"A\nP202611240100{text:<8}\n".encode(), layout).findings
    assert (found.code, found.line, found.record, found.field, found.column) == ("kid-wrong", 2, *place)


def test_what_stood_in_the_file_does_no_harm_to_a_terminal() -> None:
    layout = load_text(_BANK.replace("FIELD", 'to = "kid"').replace("DEFAULT", 'day_code = ""'))
    (found,) = parse("A\nP202611240100129\xa07\x1b[2J".ljust(24).encode() + b"\n", layout).findings[:1]
    assert str(found).isprintable()


def test_a_layout_that_is_compiled_anew_is_read_as_before() -> None:
    """A process that reads by many layouts forgets the plans of some, and makes them again."""
    layout = load_text(_BANK.replace("FIELD", 'to = "kid"').replace("DEFAULT", 'day_code = ""'))
    data = f"A\nP202611240100{'':<8}\n".encode()
    first = parse(data, layout)
    compiled.cache_clear()
    assert parse(data, layout).findings == first.findings == ()


_NUMBERED = """
id = "numbered"
origin = "Ours."
version = "1"
holds_from = 2026-01-01
codec = "cp865"
line_end = "lf"
[files.corrections]
name = "X"
defaults = { "envelope.customer_id" = "1" }
[[files.corrections.records]]
name = "line"
opens = "corrections"
occurs = "*"
defaults = { kind = "direct_payment" }
fields = [
    { name = "code", kind = "constant", value = "C" },
    { name = "number", kind = "integer", numbers = "line", HOW },
    { name = "invoice", length = 3, to = "invoice_number" },
    { name = "day", kind = "date", to = "effective_on" },
]
"""


@pytest.mark.parametrize(
    ("how", "first", "others"),
    [
        ("length = 3", "001", ["  1", "1  "]),
        ('length = 3, pad = " "', "  1", ["001", "1  "]),
        ('length = 3, pad = " ", align = "left"', "1  ", ["001", "  1"]),
        ('length = 4, sign = "leading", signs = ["+", "-"]', "+001", ["  +1"]),
    ],
)
def test_a_running_number_is_filled_as_its_field_says(how: str, first: str, others: list[str]) -> None:
    """It was always written with zeros in front, in silence; and a plus in front was taken for another number."""
    layout = load_text(_NUMBERED.replace("HOW", how))
    data = f"C{first}10020261124\n".encode()
    parsed = parse(data, layout)
    assert parsed.findings == ()
    assert serialize(parsed.require(), layout) == data
    for other in others:
        found = parse(f"C{other}10020261124\n".encode(), layout).findings
        assert found, other
