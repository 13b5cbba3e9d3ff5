"""A profile checks itself as it is loaded, and names every mistake at once by its key path."""

import pickle
from pathlib import Path

import pytest

from lindorff_sdk.errors import ProfileError
from lindorff_sdk.files import profile as profiles
from lindorff_sdk.files.describe import describe
from lindorff_sdk.files.layout import InterestNotes, Kind, Occurs, Profile
from lindorff_sdk.files.profile import load, load_text, shipped
from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.models.codes import ClosingReason, Transfer
from tests.files.mistakes import AMOUNT, CORRECTION, DATED, END, END_RECORD, MISTAKES, end, field, other
from tests.files.support import REFERENCE, odd, small_toml


def mistakes(text: str) -> list[Finding]:
    """Return the mistakes of a profile."""
    with pytest.raises(ProfileError) as refused:
        load_text(text, "mine.toml")
    return list(refused.value.findings)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_named_by_its_key_path(mistake: str) -> None:
    """One mistake in the profile is one finding, with the file, the key path and a sentence."""
    text, path, words = MISTAKES[mistake]
    found = mistakes(text)
    named = [each for each in found if each.field == path and words in each.message + each.expected]
    assert len(named) == 1, [str(each) for each in found]
    assert named[0].code == "profile-mistake"
    assert named[0].severity is Severity.ERROR
    assert named[0].file == "mine.toml"
    assert len(set(found)) == len(found)


def test_the_profiles_without_a_mistake_load() -> None:
    """What the mistakes above are made in is right as it stands."""
    for text in (
        small_toml(),
        field('name = "text", length = 5, to = "text"'),
        end('name = "n", length = 3, kind = "integer", counts = ["*"]'),
        end('name = "n", length = 9, kind = "amount", sums = ["correction.amount"]', AMOUNT),
        other(),
        other('occurs = "?"', fields='{ name = "money", length = 3, to = "envelope.currency" },'),
        other('occurs = "*"', fields='{ name = "money", length = 3, to = "envelope.currency" },'),
        field('name = "rate", length = 5, kind = "rate", decimals = 2, sign = "leading", to = "amount"'),
        field('name = "again", length = 10, to = "invoice_number", join = " "'),
        small_toml().replace(DATED, 'length = 10, kind = "date", format = "%Y-%m-%d"'),
        # Constants may stand at other columns in some records.
        small_toml(after=END_RECORD.replace("[ ", '[ { name = "f", length = 1, kind = "filler" }, ') % ""),
    ):
        assert load_text(text).id == "small"


def test_several_mistakes_are_reported_at_once() -> None:
    """Mistakes of the top, of two files and of several fields all come in one error, in the order of the file."""
    text = (
        small_toml(codec="klingon", fields='{ name = "text", length = "5", to = "text", kolor = 1 },')
        .replace('id = "small"', "id = 7")
        .replace('version = "1"', "")
    )
    text += '\n[files.cases]\nname = "LS{x}"\n'
    found = mistakes(text)
    assert [each.field for each in found] == [
        "version",  # which stands nowhere
        "id",
        "codec",
        f"{CORRECTION}.fields[text].length",
        f"{CORRECTION}.fields[text].kolor",
        "files.cases.records",
        "files.cases.name",
    ]
    with pytest.raises(ProfileError) as refused:
        load_text(text, "mine.toml")
    assert refused.value.summary == "The profile mine.toml has 7 mistakes:"
    for each in found:
        assert str(each) in str(refused.value)


def test_mistakes_of_the_layout_are_reported_at_once() -> None:
    """Where the tables can be read, all that is wrong in them is said together, each field's and each total's."""
    after = END_RECORD % (
        '{ name = "n", length = 3, kind = "integer", counts = ["claim"] },'
        '{ name = "sum", length = 9, kind = "amount", sums = ["correction.sum"] },'
    )
    fields = '{ name = "text", length = 5, to = "tekst" }, { name = "amount", length = 8, to = "amount" },'
    assert [each.field for each in mistakes(small_toml(after=after, fields=fields))] == [
        f"{CORRECTION}.fields[text].to",
        f"{CORRECTION}.fields[amount].to",
        f"{END}.fields[n].counts",
        f"{END}.fields[sum].sums",
    ]


def test_the_error_pickles() -> None:
    """It survives a process boundary, with everything it lists."""
    with pytest.raises(ProfileError) as refused:
        load_text(small_toml(codec="klingon"), "mine.toml")
    copy = pickle.loads(pickle.dumps(refused.value))
    assert (copy.summary, copy.findings, str(copy)) == (
        refused.value.summary,
        refused.value.findings,
        str(refused.value),
    )


def test_what_is_no_toml_is_said_with_its_line() -> None:
    """The TOML parser's own words, with the place."""
    with pytest.raises(ProfileError, match=r"mine.toml is not valid TOML: .*line 2") as refused:
        load_text("id = 1\nversion = one\n", "mine.toml")
    assert refused.value.__cause__ is None
    assert refused.value.findings == ()


def test_profiles_come_from_files(tmp_path: Path) -> None:
    """A path is read as UTF-8; one that cannot be read is a profile error that names it."""
    path = tmp_path / "agreement.toml"
    path.write_text(small_toml().replace("Made by a test.", "Avtale på papir"), encoding="utf-8")
    assert load(path).origin == "Avtale på papir"
    path.write_bytes(small_toml().replace("Made by a test.", "på").encode("iso-8859-1"))
    with pytest.raises(ProfileError, match=r"agreement.toml cannot be read: it is not UTF-8 text \(byte [0-9]+\)"):
        load(path)
    with pytest.raises(ProfileError) as missing:
        load(tmp_path / "missing.toml")
    assert f"missing.toml cannot be read: it was looked for in {tmp_path}, and is not there." in str(missing.value)
    with pytest.raises(ProfileError, match="cannot be read: Is a directory"):
        load(tmp_path)
    with pytest.raises(ProfileError, match="no file has such a name"):
        load("a\0b.toml")


def test_an_unknown_shipped_profile_is_an_error() -> None:
    """Only what ships can be asked for by name; a name is no path."""
    for name in ("lindorff", "../lindorff_reference", ""):
        with pytest.raises(ProfileError, match="ships with the SDK"):
            shipped(name)


# What a profile is, once loaded --------------------------------------------------------------------------------------


def test_the_reference_profile_says_that_it_is_ours() -> None:
    """Nobody may take it for a specification of Lindorff."""
    assert REFERENCE.origin == (
        "The reference layout of lindorff_sdk, made by its maintainers. Not a specification of Lindorff or Intrum."
    )
    assert f"> {REFERENCE.origin}" in describe(REFERENCE)
    source = Path(profiles.__file__).with_name("profiles") / "lindorff_reference.toml"
    assert "THIS LAYOUT IS OURS" in source.read_text("utf-8")
    assert (REFERENCE.codec, REFERENCE.line_end, REFERENCE.interest_notes) == (
        "iso-8859-1",
        "\r\n",
        InterestNotes.RECORDS,
    )
    assert set(REFERENCE.files) == set(Transfer) - {Transfer.BANK}


def test_starts_follow_from_lengths() -> None:
    """A field starts where the one before ends; a record is as long as its fields."""
    record = REFERENCE.file(Transfer.CASES).record("claim")
    assert [(item.start, item.end) for item in record.fields[:3]] == [(0, 2), (2, 22), (22, 23)]
    assert record.length == sum(item.length for item in record.fields) == 235


def test_meanings_are_members_of_our_vocabularies() -> None:
    """The codes of a loaded profile map to enum members, not to texts."""
    reason = REFERENCE.file(Transfer.SETTLEMENTS).record("closure").field("reason")
    assert reason.codes["01"] is ClosingReason.PAID_TO_AGENCY
    assert reason.unknown is ClosingReason.OTHER
    assert set(reason.codes.values()) == set(ClosingReason)


def test_defaults() -> None:
    """What a table leaves out has the value that the grammar documents."""
    layout = odd().file(Transfer.CASES)
    assert layout.record("debtor").occurs is Occurs.ONCE
    assert layout.record("claim").field("original_amount").decimals == 2
    assert layout.record("claim").field("paid_amount").decimals == 0
    assert layout.record("claim").field("invoice_date").format == "%Y%m%d"
    assert layout.record("case").field("reference").kind is Kind.TEXT


def test_a_layout_that_is_not_there() -> None:
    """Asking for one is a KeyError; `Profile.files` says which there are."""
    profile: Profile = load_text(small_toml())
    assert list(profile.files) == [Transfer.CORRECTIONS]
    with pytest.raises(KeyError):
        profile.file(Transfer.CASES)
