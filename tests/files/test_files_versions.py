"""Two versions of a profile side by side, and several kinds of file in one folder."""

from datetime import date, datetime
from pathlib import Path

import pytest
from attrs import evolve

from lindorff_sdk.errors import ProfileError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.names import day_in_name
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.versions import in_order, parse_version, version_on
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.corrections import CorrectionFile
from lindorff_sdk.models.envelope import Envelope
from tests.files.support import correction, small, small_toml

_CHANGED = """
extends = "small.toml"
version = "2"
holds_from = 2026-07-01
[[files.corrections.records]]
name = "correction"
fields = [ { name = "text", length = 5, to = "text", after = "kind" } ]
"""


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Profile, ...]:
    """The small profile, and what it is from July on."""
    (tmp_path / "small.toml").write_text(small_toml(), encoding="utf-8")
    return in_order([load_text(_CHANGED, "changed.toml", tmp_path), small()])


def named(versions: tuple[Profile, ...], template: str) -> tuple[Profile, ...]:
    """Return the versions with another template of names."""
    return tuple(
        evolve(each, files={name: evolve(layout, name=template) for name, layout in each.files.items()})
        for each in versions
    )


def made(on: date) -> CorrectionFile:
    moment = datetime(on.year, on.month, on.day, 12)
    envelope = Envelope(customer_id="417", sequence=1, created_at=moment)
    return CorrectionFile(envelope=envelope, corrections=(correction(text="x"),))


def test_a_changed_field_stands_where_the_variant_says(versions: tuple[Profile, ...]) -> None:
    record = versions[1].file(Transfer.CORRECTIONS).record("correction")
    assert [item.name for item in record.fields] == ["code", "kind", "text", "invoice_number", "effective_on"]
    assert [item.start for item in record.fields] == [0, 1, 2, 7, 17]


def test_a_record_may_be_taken_out_or_stand_first(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(small_toml(), encoding="utf-8")
    text = _CHANGED + (
        '[[files.corrections.records]]\nname = "hello"\nafter = ""\n'
        'fields = [ { name = "code", kind = "constant", value = "H" } ]\n'
        '[[files.corrections.records]]\nname = "start"\nremoved = true\n'
        '[files.corrections.defaults]\n"envelope.customer_id" = "417"\n'
    )
    layout = load_text(text, "changed.toml", tmp_path).file(Transfer.CORRECTIONS)
    assert [record.name for record in layout.records] == ["hello", "correction"]
    with pytest.raises(ProfileError, match="after"):
        load_text(text.replace('after = ""', 'after = "nobody"'), "changed.toml", tmp_path)


@pytest.mark.parametrize(
    ("day", "version"), [("2025-01-01", "1"), ("2026-06-30", "1"), ("2026-07-01", "2"), ("2030-01-01", "2")]
)
def test_a_version_holds_from_its_day_on(versions: tuple[Profile, ...], day: str, version: str) -> None:
    assert version_on(versions, date.fromisoformat(day)).version == version


def test_two_versions_do_not_begin_on_one_day(versions: tuple[Profile, ...]) -> None:
    with pytest.raises(ProfileError, match="both hold from 2026-07-01"):
        in_order([*versions, versions[1]])


BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 2)


@pytest.mark.parametrize(
    ("on", "received", "version"), [(BEFORE, AFTER, "1"), (AFTER, AFTER, "2"), (AFTER, BEFORE, "2")]
)
@pytest.mark.parametrize("template", ["RD{created_at:%Y%m%d}", "RD{created_at:%d%m%y}.{sequence}", "RD{sequence}"])
def test_a_file_is_read_by_the_version_of_its_own_day(
    versions: tuple[Profile, ...], template: str, on: date, received: date, version: str
) -> None:
    """The day in its name, or that in its first record; however late it is received."""
    both = named(versions, template)
    file = made(on)
    data = serialize(file, version_on(both, on))
    name = template.format(created_at=file.envelope.created_at, sequence=1)
    profile, parsed = parse_version(data, both, file_name=name, received_on=received)
    assert profile.version == version
    assert parsed.findings == ()
    assert parsed.require().envelope == file.envelope


@pytest.mark.parametrize(("received", "version"), [(BEFORE, "1"), (AFTER, "2")])
def test_a_file_without_a_day_is_read_by_the_version_of_its_receipt(
    versions: tuple[Profile, ...], received: date, version: str
) -> None:
    """Whatever the other version would make of it."""
    dateless = [
        small_toml(name="RD{sequence}").replace(
            '{ name = "created_at", length = 14, kind = "datetime", to = "envelope.created_at" },', ""
        )
    ]
    dateless.append(dateless[0].replace("2026-01-01", "2026-07-01").replace('version = "1"', 'version = "2"'))
    both = in_order([load_text(text) for text in dateless])
    data = serialize(evolve(made(AFTER), envelope=Envelope(customer_id="417", sequence=1)), both[0])
    profile, parsed = parse_version(data, both, file_name="RD1", received_on=received)
    assert (profile.version, parsed.refused) == (version, False)
    profile, parsed = parse_version(b"S417", both, file_name="anything", received_on=received)
    assert (profile.version, parsed.refused) == (version, True)


@pytest.mark.parametrize(
    ("template", "name", "day"),
    [
        ("RD{customer_id}{created_at:%Y%m%d%H%M%S}", "RD0041720260702030405", AFTER),
        ("RD{created_at:%y%j}", "RD26183", AFTER),
        ("RD{created_at:%Y%m}", "RD202607", None),
        ("RD{created_at:%Y%m%d}", "RD20261332", None),
        ("RD{created_at:%Y%m%d}", "XX20260702", None),
        ("{created_at:%Y%m%d}-{created_at:%Y%m%d}", "20260702-20260703", AFTER),
        ("RD{sequence}", "RD20260702", None),
    ],
)
def test_the_day_in_a_name(template: str, name: str, day: date | None) -> None:
    assert day_in_name(small(name=template).file(Transfer.CORRECTIONS), name) == day


# Several kinds of file in one folder ---------------------------------------------------------------------------------

_KIND = """
[files.{id}]
transfer = "{transfer}"
name = "{name}"
recognised_by = ["code"]
defaults = {{ "envelope.customer_id" = "417" }}
[[files.{id}.records]]
name = "start"
fields = [ {{ name = "code", kind = "constant", value = "S" }}, {{ name = "kind", length = 2, kind = "filler" }} ]
[[files.{id}.records]]
name = "line"
opens = "{opens}"
{model}
occurs = "*"
fields = [
 {{ name = "code", kind = "constant", value = "{code}" }},
 {fields}
]
"""
_CLOSED = (
    '{ name = "id", length = 3, to = "transaction_id" }, { name = "on", kind = "date", to = "closed_on" },'
    '{ name = "why", length = 1, kind = "code", to = "reason", codes = { A = "other" } }'
)
_RECEIPT = (
    '{ name = "file", length = 3, to = "file_name" }, { name = "n", length = 1, kind = "integer", to = "sequence" },'
    '{ name = "status", length = 1, kind = "code", to = "status", codes = { A = "accepted" } }'
)
CLOSURES, RECEIPTS = b"S  \nLx1 20260101A\n", b"S  \nLx1 1A\n"


def folder(first: str, second: str, code: str = "L") -> Profile:
    """Return a profile of two kinds of file that begin alike, with these name templates."""
    head = small_toml().partition("[files")[0]
    closures = _KIND.format(
        id="closures",
        transfer="settlements",
        name=first,
        opens="entries",
        model='model = "CaseClosure"',
        code="L",
        fields=_CLOSED,
    )
    return load_text(
        head
        + closures
        + _KIND.format(
            id="answers", transfer="receipts", name=second, opens="receipts", model="", code=code, fields=_RECEIPT
        )
    )


def test_kinds_are_told_by_name() -> None:
    """Where they look alike, even line by line."""
    profile = folder("CL{sequence}", "AN{sequence}")
    assert parse(CLOSURES, profile, file_name="CL1").layout == "closures"
    assert parse(RECEIPTS, profile, file_name="AN1").layout == "answers"
    assert not parse(RECEIPTS, profile, file_name="AN1").refused


def test_kinds_are_told_by_content_where_names_do_not_tell() -> None:
    """One template for both, a name of nobody's, or none: lines further down tell."""
    profile = folder("X{sequence}", "X{sequence}", code="M")
    answers = RECEIPTS.replace(b"L", b"M")
    for name in ("X1", "mail-attachment.dat", ""):
        assert parse(CLOSURES, profile, file_name=name).layout == "closures"
        assert parse(answers, profile, file_name=name).layout == "answers"


def test_a_file_that_nothing_tells_is_a_finding() -> None:
    """Neither name nor content: it is not guessed whether a file brings money or an answer."""
    profile = folder("X{sequence}", "X{sequence}")
    for name, data in (("X1", CLOSURES), ("", RECEIPTS), ("X1", b"Dear customer,\n")):
        parsed = parse(data, profile, file_name=name)
        assert [found.code for found in parsed.findings] == ["file-unrecognised"]
        assert parsed.refused


def test_a_layout_without_any_mark_is_told_by_its_name() -> None:
    """Values without a header or a constant say nothing of what they are; the name does."""
    text = small_toml().partition("[files")[0] + (
        '[files.receipts]\nname = "AN{sequence}.csv"\ndefaults = { "envelope.customer_id" = "417" }\n'
        "[files.receipts.delimited]\n"
        '[[files.receipts.records]]\nname = "line"\nopens = "receipts"\noccurs = "*"\nfields = [\n'
        '{ name = "file", to = "file_name" }, { name = "n", kind = "integer", to = "sequence" },'
        '{ name = "status", kind = "code", to = "status", codes = { A = "accepted" } } ]\n'
    )
    profile = load_text(text)
    assert not parse(b"x;1;A\n", profile, file_name="AN1.csv").refused
    assert parse(b"x;1;A\n", profile, file_name="other.csv").refused
