"""Findings that the shipped layouts cannot have: each is produced by a file that breaks just that."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import CODES, Severity
from lindorff_sdk.models.codes import CaseStatus, CorrectionKind, FileStatus
from lindorff_sdk.models.corrections import Correction, CorrectionFile
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.models.receipts import CaseReceipt, FileReceipt, ReceiptFile

_MANY = Path(__file__).with_name("many.toml").read_text("utf-8")
PROFILE = load_text(_MANY, "many.toml")
STRICT = load_text(_MANY.replace('scattered = "merge"', 'scattered = "refuse"'), "many.toml")
_CSV = """\
client;number;name;kind;place;invoice;dated;due;amount;left;note
417;77;Kari;P;0150 Oslo;10;01.02.2026;15.02.26;1 000,00;500,00;a
417;77;Kari;P;0150 Oslo;11;01.02.2026;15.02.26;1 000,00;500,00;b
417;88;Ola;P;0150 Oslo;12;01.02.2026;15.02.26;1 000,00;500,00-;c
"""
_PAID = Correction(
    kind=CorrectionKind.DIRECT_PAYMENT,
    invoice_number="10",
    effective_on=date(2026, 1, 2),
    amount=Decimal("5.00"),
    debtor_number="ab cd",
    text="hello good world",
)
FILES: dict[str, AnyFile] = {
    "texts": CorrectionFile(
        envelope=Envelope(customer_id="417", created_at=datetime(2026, 1, 2, 3, 4)), corrections=(_PAID,)
    ),
    "lengths": ReceiptFile(
        envelope=Envelope(customer_id="417"),
        receipts=(
            FileReceipt(
                file_name="LS417",
                sequence=1,
                status=FileStatus.ACCEPTED,
                cases=(
                    CaseReceipt(reference="1", status=CaseStatus.ACCEPTED),
                    CaseReceipt(reference="2", status=CaseStatus.REJECTED, reason_code="R7"),
                ),
            ),
        ),
    ),
}
WHOLE = {"csv": _CSV.replace("\n", "\r\n")} | {
    layout: serialize(file, PROFILE, layout=layout).decode("cp1252") for layout, file in FILES.items()
}
# Code, layout, what stands there, what is put in its place, and the line of the finding (0: the file itself).
TAMPERED = [
    ("column-missing", "csv", "client;number", "kunde;number", 0),
    ("columns-differ", "csv", "dated;due;amount;left;note", "dated;due;amount;left", 0),
    ("lines-differ", "csv", "77;Kari;P;0150 Oslo;11", "77;Kira;P;0150 Oslo;11", 3),
    ("lines-disagree", "csv", "417;88", "418;88", 4),
    ("line-not-stripped", "texts", "hello good\r\n", "hello good  \r\n", 3),
    ("key-mismatch", "texts", "T0110 ", "T0111 ", 3),
    ("number-unexpected", "texts", "T01", "T02", 3),
    ("number-unexpected", "texts", "C001", "C003", 2),
    ("date-mismatch", "texts", "2026010220260102\r\n9", "2026010120260102\r\n9", 5),
    ("count-mismatch", "texts", "E00003", "E00004", 5),
    ("sum-mismatch", "texts", "000000000500", "000000000501", 5),
    ("record-short", "lengths", "R1     A0   \r\n", "R1     A\r\n", 2),
]


@pytest.mark.parametrize("layout", WHOLE)
def test_the_files_are_whole(layout: str) -> None:
    """Nothing is wrong with them before they are tampered with."""
    data = WHOLE[layout].encode("cp1252")
    parsed = parse(data, PROFILE, layout)
    assert parsed.findings == ()
    assert serialize(parsed.require(), PROFILE, layout=layout) == data


@pytest.mark.parametrize(("code", "layout", "old", "new", "line"), TAMPERED)
def test_what_is_tampered_with_is_told_and_nothing_else(code: str, layout: str, old: str, new: str, line: int) -> None:
    """One change, one finding; the file is refused exactly if the finding is an error."""
    whole = WHOLE[layout]
    assert whole.count(old) == 1
    tampered = whole.replace(old, new)
    if code == "columns-differ":
        tampered = "\r\n".join(row.rpartition(";")[0] if at else row for at, row in enumerate(tampered.split("\r\n")))
    parsed = parse(tampered.encode("cp1252"), PROFILE, layout)
    found = {(each.code, each.line) for each in parsed.findings if each.code != "record-short" or code == each.code}
    assert found == {(code, line)}
    assert parsed.refused == (CODES[code].severity is Severity.ERROR)


@pytest.mark.parametrize(("profile", "code"), [(PROFILE, "lines-merged"), (STRICT, "lines-scattered")])
def test_lines_that_do_not_stand_together_are_told(profile: object, code: str) -> None:
    """The two claims of one debtor, with another debtor's between."""
    header, first, second, third, _ = WHOLE["csv"].split("\r\n")
    tampered = f"{header}\r\n{first}\r\n{third}\r\n{second}\r\n".encode("cp1252")
    parsed = parse(tampered, PROFILE if profile is PROFILE else STRICT, "csv")
    assert [(each.code, each.line) for each in parsed.findings] == [(code, 4)]
    assert parsed.refused == (code == "lines-scattered")
