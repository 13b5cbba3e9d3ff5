"""What lines say of the object around them: of a file without such lines, and of lines that disagree."""

import io
from collections.abc import Mapping

import pytest
from attrs import evolve
from hypothesis import Phase, find, given, settings

from lindorff_sdk.errors import ProfileError, SerializeError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.stream import iter_parse, survey
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.settlements import SettlementFile
from lindorff_sdk.testing.strategies import files
from tests.files.support import LAW

_NIGHTS = """
id = "nights"
version = "1"
holds_from = 2026-01-01
origin = "Made by a test."
codec = "utf-8"
line_end = "lf"

[files.settlements]
name = "OP"
recognised_by = ["code"]
defaults = { "envelope.customer_id" = "417" }
[files.settlements.delimited]

[[files.settlements.records]]
name = "start"
fields = [
    { name = "code", kind = "constant", value = "S" },
    { name = "sequence", kind = "integer", to = "envelope.sequence" },
]

[[files.settlements.records]]
name = "batch"
opens = "entries"
batch = true
occurs = "*"
fields = [
    { name = "code", kind = "constant", value = "B" },
    { name = "settlement", to = "settlement_number" },
    { name = "account", to = "^envelope.payout_account" },
]

[[files.settlements.records]]
name = "payment"
under = "batch"
opens = "entries"
model = "Payment"
occurs = "*"
fields = [
    { name = "code", kind = "constant", value = "P" },
    { name = "id", to = "transaction_id" },
    { name = "amount", kind = "amount", to = "amount", also_to = "principal" },
    { name = "paid", kind = "date", to = "paid_on" },
]

[[files.settlements.records]]
name = "end"
fields = [{ name = "code", kind = "constant", value = "Z" }, { name = "lines", kind = "integer", counts = ["*"] }]
"""
EMPTY = b"S;7\nZ;2\n"
FULL = b"S;7\nB;9;A1\nP;T1;100;20261101\nB;8;A1\nP;T2;100;20261101\nZ;6\n"
ENVELOPE = Envelope(customer_id="417", sequence=7)


def nights(*changes: tuple[str, str]) -> Profile:
    text = _NIGHTS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return load_text(text, "nights.toml")


ALWAYS = ('"417" }', '"417", "envelope.payout_account" = "A9" }')
CUSTOMER = ('to = "^envelope.payout_account"', 'to = "^envelope.customer_id"')
NO_CUSTOMER = ('defaults = { "envelope.customer_id" = "417" }', "")
MADE_AT = ('to = "^envelope.payout_account"', 'kind = "datetime", format = "%Y%m%d%H", to = "^envelope.created_at"')


@pytest.mark.parametrize(
    ("changes", "envelope"),
    [
        ([], ENVELOPE),
        ([ALWAYS], evolve(ENVELOPE, payout_account="A9")),
        ([CUSTOMER], ENVELOPE),
        ([MADE_AT], ENVELOPE),
    ],
)
def test_a_night_without_payments_is_an_empty_file(changes: list[tuple[str, str]], envelope: Envelope) -> None:
    """What no line says is what the profile's defaults say, or what the attribute is by itself; None if it may be."""
    profile, file = nights(*changes), SettlementFile(envelope=envelope, entries=())
    parsed = parse(EMPTY, profile)
    assert (parsed.findings, parsed.model) == ((), file)
    assert serialize(file, profile) == EMPTY
    assert list(iter_parse(io.BytesIO(EMPTY), profile)) == []
    with survey(io.BytesIO(EMPTY), profile) as surveyed:
        assert surveyed.file.model == file


def test_what_must_be_said_is_missing_where_no_line_says_it() -> None:
    profile = nights(CUSTOMER, NO_CUSTOMER)
    (found,) = parse(EMPTY, profile).findings
    assert (found.code, found.field) == ("record-missing", "envelope.customer_id")
    with pytest.raises(SerializeError) as refused:
        serialize(SettlementFile(envelope=ENVELOPE, entries=()), profile)
    (problem,) = refused.value.findings
    assert (problem.field, problem.expected, problem.found) == ("envelope.customer_id", "", "'417'")


def test_a_line_that_says_it_wins_over_the_default() -> None:
    parsed = parse(FULL, nights(ALWAYS))
    assert parsed.findings == ()
    assert parsed.require().envelope.payout_account == "A1"
    assert serialize(parsed.require(), nights(ALWAYS)) == FULL


@pytest.mark.parametrize(("changes", "otherwise"), [([], "''"), ([ALWAYS], "'A9'")])
def test_a_file_that_says_what_none_of_its_lines_could_say_is_refused(
    changes: list[tuple[str, str]], otherwise: str
) -> None:
    """Else the account would be lost: no line of the file would hold it."""
    file = SettlementFile(envelope=evolve(ENVELOPE, payout_account="A1"), entries=())
    with pytest.raises(SerializeError) as refused:
        serialize(file, nights(*changes))
    (problem,) = refused.value.findings
    assert problem.field == "envelope.payout_account"
    assert (problem.expected, problem.found) == (f"{otherwise}, which holds without them", "'A1'")


def test_what_an_unreadable_line_may_have_said_is_not_taken_from_the_default() -> None:
    """The only line that says it cannot be read: what it said is unknown, so nothing of the file may be used."""
    data = b"S;7\nB;9;A1;further\nP;T1;100;20261101\nZ;4\n"
    assert parse(data, nights(), on_error=OnError.REFUSE_RECORD).refused
    assert not parse(data.replace(b";A1;further", b";A1"), nights(), on_error=OnError.REFUSE_RECORD).refused


def test_an_older_line_that_lacks_it_says_what_holds_without_it() -> None:
    optional = ('to = "^envelope.payout_account"', 'to = "^envelope.payout_account", optional = true')
    older = FULL.replace(b";A1", b"")
    parsed = parse(older, nights(optional, ALWAYS))
    assert parsed.require().envelope.payout_account == "A9"
    customer = ('to = "^envelope.payout_account"', 'to = "^envelope.customer_id", optional = true')
    assert parse(older, nights(customer)).require().envelope.customer_id == "417"
    with pytest.raises(ProfileError, match="always has a value"):
        nights(customer, NO_CUSTOMER)


def test_lines_that_disagree_are_shown_with_what_each_says() -> None:
    (found,) = parse(FULL.replace(b"8;A1", b"8;A2"), nights()).findings
    assert (found.code, found.line, found.column, found.field) == ("lines-disagree", 4, 3, "account")
    assert "line 2" in found.message
    assert (found.expected, found.found) == ("'A1'", "'A2'")
    personal = ('to = "^envelope.payout_account"', 'to = "^envelope.payout_account", personal = true')
    (masked,) = parse(FULL.replace(b"8;A1", b"8;86011").replace(b"A1", b""), nights(personal)).findings
    assert (masked.expected, masked.found) == ("nothing", "'86***'")


@pytest.mark.parametrize("changes", [[], [ALWAYS], [CUSTOMER, NO_CUSTOMER]])
def test_drawn_files_have_nights_without_payments(changes: list[tuple[str, str]]) -> None:
    """Those that a file may have are drawn; every drawn file comes back as it went."""
    profile = nights(*changes)
    drawn = files(profile, "settlements")

    @LAW
    @given(drawn)
    def comes_back(file: SettlementFile) -> None:
        parsed = parse(serialize(file, profile), profile)
        assert (parsed.model, parsed.findings) == (file, ())

    comes_back()
    quickly = settings(phases=[Phase.generate], database=None, max_examples=500)
    if CUSTOMER not in changes:
        find(drawn, lambda file: file == SettlementFile(envelope=file.envelope, entries=()), settings=quickly)


# Reserved areas of a batch's own lines -------------------------------------------------------------------------------

LAST = '[[files.settlements.records]]\nname = "end"'
BATCH_END = """[[files.settlements.records]]
name = "batch_end"
under = "batch"
fields = [{ name = "code", kind = "constant", value = "E" }, { name = "theirs", kind = "reserved" }]

"""
AREAS = (
    ('name = "account", to = "^envelope.payout_account"', 'name = "account", kind = "reserved"'),
    (LAST, BATCH_END + LAST),
)
KEPT = b"S;7\nB;9;A1\nP;T1;100;20261101\nP;T3;100;20261101\nE;x\nB;8;\nP;T2;100;20261101\nE;y\nZ;9\n"


def told(kept: Mapping[tuple[int, str], str], entries: tuple[object, ...]) -> list[tuple[int, str, str]]:
    numbers = {id(entry): number for number, entry in enumerate(entries)}
    return sorted((numbers[item], name, text) for (item, name), text in kept.items())


def test_a_batch_may_have_reserved_areas() -> None:
    """The models know no batch: what stood there is kept with the first of its objects, and written back."""
    profile = nights(*AREAS)
    parsed = parse(KEPT, profile)
    assert parsed.findings == ()
    file = parsed.require()
    assert isinstance(file, SettlementFile)
    assert told(parsed.kept, file.entries) == [
        (0, "batch.account", "A1"),
        (0, "batch_end.theirs", "x"),
        (2, "batch_end.theirs", "y"),
    ]
    assert serialize(file, profile, kept=parsed.kept) == KEPT
    each = [sorted(streamed.kept.values()) for streamed in iter_parse(io.BytesIO(KEPT), profile)]
    assert each == [["A1", "x"], [], ["y"]]


def test_the_areas_of_an_empty_batch_are_told_to_be_lost() -> None:
    data = b"S;7\nB;9;A1\nE;x\nZ;4\n"
    parsed = parse(data, nights(*AREAS))
    assert [found.code for found in parsed.findings] == ["batch-lost"]
    assert parsed.kept == {}
