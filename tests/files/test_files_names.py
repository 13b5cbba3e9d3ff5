"""Names of files are made from a template, and told by it."""

import io
from datetime import datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.errors import ProfileError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.names import file_name, name_pattern, template_mistake, transfer_by_name
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.stream import iter_parse, survey
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.envelope import Envelope
from tests.files.samples import ENVELOPE
from tests.files.support import LAW, REFERENCE, SMALL_ENVELOPE, correction, corrections, odd, small

PROFILES = {
    "reference": REFERENCE,
    "odd": odd(),
    "small": small(name="{sequence:06d}.{created_at:%j%H}(a+b).{customer_id}"),
}
ENVELOPES = st.builds(
    Envelope,
    customer_id=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8),
    sequence=st.integers(0, 999_999),
    created_at=st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31)),
)


@pytest.mark.parametrize(
    ("transfer", "name"),
    [
        (Transfer.CASES, "LS0041720261124103005"),
        (Transfer.CORRECTIONS, "RD0041720261124103005"),
        (Transfer.RECEIPTS, "KV0041720261124103005"),
        (Transfer.SETTLEMENTS, "OP0041720261124103005"),
    ],
)
def test_names_of_the_reference_profile(transfer: Transfer, name: str) -> None:
    """Transfer, customer id with its zeros, date and time; told by the same."""
    assert file_name(REFERENCE.file(transfer), ENVELOPE) == name
    assert transfer_by_name(REFERENCE, name, "00417") is transfer


@pytest.mark.parametrize("name_of_profile", PROFILES)
@LAW
@given(envelope=ENVELOPES)
def test_a_name_that_is_made_is_told(name_of_profile: str, envelope: Envelope) -> None:
    """Whatever the customer id, number and time, the template that made the name tells its transfer."""
    profile = PROFILES[name_of_profile]
    for layout in profile.files.values():
        name = file_name(layout, envelope)
        assert name_pattern(layout.name, envelope.customer_id).fullmatch(name)
        assert transfer_by_name(profile, name, envelope.customer_id) is layout.transfer


@pytest.mark.parametrize(
    "name",
    [
        "LS0041820261124103005",  # another customer
        "LS41720261124103005",  # the zeros are part of the id
        "LS0041720261124",
        "LS0041720261124103005.tmp",
        ".LS0041720261124103005",
        "ls0041720261124103005",
        "LS00417202611241030o5",
        "LS00417\uff12\uff10261124103005",
        "LS0041720261124103005\n",
        "XX0041720261124103005",
        "",
    ],
)
def test_other_names_are_not_told(name: str) -> None:
    """The whole name must fit, letter for letter and digit for digit."""
    assert transfer_by_name(REFERENCE, name, "00417") is None


def test_a_customer_id_is_no_pattern() -> None:
    """What stands in it is taken literally."""
    assert transfer_by_name(REFERENCE, "LS00X1720261124103005", "00.17") is None
    assert transfer_by_name(REFERENCE, "LS00.1720261124103005", "00.17") is Transfer.CASES


def test_the_text_around_the_parts_is_no_pattern() -> None:
    """A dot in a template is a dot, in the format of the time too."""
    assert name_pattern("a.b{created_at:%Y.%m}", "1").fullmatch("a.b2026.01")
    assert not name_pattern("a.b{created_at:%Y.%m}", "1").fullmatch("axb2026.01")
    assert not name_pattern("a.b{created_at:%Y.%m}", "1").fullmatch("a.b2026x01")


def test_a_name_that_fits_two_transfers_is_not_told() -> None:
    """Then only the content can tell."""
    profile = small(name="{customer_id}")
    layout = profile.file(Transfer.CORRECTIONS)
    both = evolve(
        profile, files={Transfer.CORRECTIONS: layout, Transfer.CASES: evolve(layout, transfer=Transfer.CASES)}
    )
    assert transfer_by_name(profile, "417", "417") is Transfer.CORRECTIONS
    assert transfer_by_name(both, "417", "417") is None


def test_formats_of_the_parts() -> None:
    """A customer id may be filled with zeros, a sequence number too."""
    layout = small(name="{customer_id:0>8}-{sequence:03d}").file(Transfer.CORRECTIONS)
    assert file_name(layout, SMALL_ENVELOPE) == "00000417-001"
    assert name_pattern(layout.name, "417").fullmatch("00000417-001")
    assert not name_pattern(layout.name, "417").fullmatch("417-001")
    assert name_pattern(layout.name, "417").fullmatch(file_name(layout, evolve(SMALL_ENVELOPE, sequence=12345)))


# What only the name says ----------------------------------------------------------------------------------------------

_NAMED = """
id = "named"
version = "1"
holds_from = 2026-01-01
origin = "Made by a test."
codec = "utf-8"
line_end = "lf"

[files.settlements]
name = "TEMPLATE"
DEFAULTS

[files.settlements.delimited]
header = true

[[files.settlements.records]]
name = "closure"
opens = "entries"
model = "CaseClosure"
occurs = "*"
fields = [
    { name = "id", to = "transaction_id" },
    { name = "date", kind = "date", to = "closed_on" },
    { name = "why", kind = "code", to = "reason", codes = { 1 = "other" } },
]
"""


def _named(template: str, defaults: str = "") -> Profile:
    return load_text(_NAMED.replace("TEMPLATE", template).replace("DEFAULTS", defaults), "named.toml")


def _envelope(profile: Profile, name: str) -> Envelope:
    data = b"id;date;why\nA1;20261124;1\n"
    (streamed,) = iter_parse(io.BytesIO(data), profile, file_name=name)
    with survey(io.BytesIO(data), profile, file_name=name) as found:
        envelope = found.file.require().envelope
    parsed = parse(data, profile, file_name=name)
    assert parsed.require().envelope == envelope
    assert not parsed.findings
    assert streamed.origin.line == 2
    return envelope


@LAW
@given(envelope=ENVELOPES, template=st.sampled_from(["{customer_id}-{sequence}", "{sequence:05d}b{customer_id}_.csv"]))
def test_what_only_the_name_says_is_read_from_it(envelope: Envelope, template: str) -> None:
    """Who the file is for, and its number: else a night's missing file, or another customer's, would not show."""
    profile = _named(template)
    name = file_name(profile.file(Transfer.SETTLEMENTS), envelope)
    assert _envelope(profile, name) == Envelope(customer_id=envelope.customer_id, sequence=envelope.sequence)


def test_a_name_that_does_not_fit_says_nothing() -> None:
    """Then the defaults hold; without one nobody is the customer, which the reconciliation tells."""
    assert _envelope(_named("{customer_id}-{sequence}"), "x") == Envelope(customer_id="")
    given_one = _named("{customer_id}-{sequence}", 'defaults = { "envelope.customer_id" = "418" }')
    assert _envelope(given_one, "x") == Envelope(customer_id="418")
    assert _envelope(given_one, "417-3") == Envelope(customer_id="417", sequence=3)


@pytest.mark.parametrize("template", ["{sequence}", "{customer_id:0>8}-{sequence}", "{customer_id}{sequence}", "same"])
def test_a_customer_id_that_cannot_be_told_from_the_name_must_stand_elsewhere(template: str) -> None:
    """It is filled with zeros, nothing parts it from the number, or it does not stand there."""
    with pytest.raises(ProfileError, match=r"Nothing fills 'envelope\.customer_id'"):
        _named(template)


def test_what_the_file_says_counts_whatever_its_name() -> None:
    """The number of a line is not replaced by that of the name."""
    data = serialize(corrections(correction()), small(name="{customer_id}-{sequence}"))
    parsed = parse(data, small(name="{customer_id}-{sequence}"), file_name="999-77")
    assert parsed.require().envelope == SMALL_ENVELOPE


@pytest.mark.parametrize(
    "template",
    ["{x}", "{}", "{0}", "{customer_id", "customer_id}", "{created_at}", "{sequence:q}", "{customer_id.__class__}",
     "{customer_id!r}", "{created_at:%B}", "{sequence:>6}"],
)  # fmt: skip
def test_templates_that_cannot_be_used(template: str) -> None:
    """A template with other parts, with a format that fails, or whose names could not be told, is a mistake."""
    assert template_mistake(template)


@pytest.mark.parametrize("template", ["x", "{customer_id}", "{{{sequence}}}", "{created_at:%y%j%%}", "{sequence:06d}"])
def test_templates_that_can(template: str) -> None:
    """A fixed name, any of the three parts, and literal braces."""
    assert template_mistake(template) == ""
