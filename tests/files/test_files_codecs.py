"""One declared codec, strictly: what its bytes mean, how wide its characters are, and what it lacks."""

import io
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lindorff_sdk.errors import SerializeError
from lindorff_sdk.files.charset import charset
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.stream import iter_parse
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile
from tests.files.support import LAW, correction, corrections, odd, only_finding, put, read, small

TEXTS = (
    '{ name = "text", length = 6, to = "text" }, { name = "reference", length = 4, align = "right", to = "reference" },'
)
PROFILES = {
    codec: small(codec=codec, fields=TEXTS) for codec in ("cp865", "cp1252", "utf-8", "iso-8859-1", "iso-8859-15")
}


@pytest.mark.parametrize(
    ("codec", "text", "written"),
    [
        ("cp865", "Ørås", b"\x9dr\x86s  "),
        ("cp1252", "Ø\u2013€ “", b"\xd8\x96\x80 \x93 "),
        ("utf-8", "Øå", b"\xc3\x98\xc3\xa5  "),
        ("iso-8859-1", "Øå", b"\xd8\xe5    "),
        ("iso-8859-15", "5 €", b"5 \xa4   "),
    ],
)
def test_each_codec_writes_its_own_bytes(codec: str, text: str, written: bytes) -> None:
    """The same letters are other bytes in every codec, and come back."""
    file = corrections(correction(text=text))
    data = serialize(file, PROFILES[codec])
    assert data.split(b"\n")[1][20:26] == written
    assert read(data, profile=PROFILES[codec]).model == file


def test_widths_count_bytes() -> None:
    """In UTF-8 a field of six bytes takes three letters of two bytes each, and the pad gives way on either side."""
    utf8 = PROFILES["utf-8"]
    for text, reference in (("æøå", "ø"), ("abæø", "æø"), ("\u20ac\u20ac", "a\u20ac"), ("\U0001f426ab", "")):
        file = corrections(correction(text=text, reference=reference))
        data = serialize(file, utf8)
        assert len(data.split(b"\n")[1]) == utf8.file(next(iter(utf8.files))).record("correction").length
        parsed = read(data, profile=utf8)
        assert (parsed.model, parsed.findings) == (file, ())
    for item, field in ((correction(text="æøåa"), "text"), (correction(reference="æøa"), "reference")):
        with pytest.raises(SerializeError) as refused:
            serialize(corrections(item), utf8)
        (found,) = refused.value.findings
        assert (found.field, found.expected) == (field, f"at most {6 if field == 'text' else 4} bytes in utf-8")


def test_a_letter_cut_in_two_is_an_unknown_byte() -> None:
    """Where a field ends in the middle of a letter, that field is unreadable and the line's others are not."""
    data = serialize(corrections(correction(text="abcde", reference="xyz")), PROFILES["utf-8"])
    parsed = read(put(data, 2, 26, b"\xc3\x98", b"\n"), profile=PROFILES["utf-8"])
    assert [(found.code, found.field, found.column) for found in parsed.findings] == [
        ("byte-unknown", "text", 21),
        ("byte-unknown", "reference", 27),
    ]


def test_columns_count_bytes_behind_wide_letters() -> None:
    """A finding behind letters of two bytes names the byte column."""
    data = serialize(corrections(correction(text="æøå", reference="xyz")), PROFILES["utf-8"])
    found = only_finding(read(put(data, 2, 28, b"\x01", b"\n"), profile=PROFILES["utf-8"]))
    assert (found.field, found.column, found.width) == ("reference", 27, 4)


def test_unique_fields_are_bytes_behind_wide_letters() -> None:
    """Read whole or streamed, the record behind a letter of two bytes is told, and so are its unique fields."""
    lines = [
        "#      000000101000000NOK",
        "#ø    10........  X---01012000",
        "#      20001            000000000              ",
        "#      3020000101010001" + "0" * 45,
        "#      99005010000000000000000",
        "",
    ]
    data, profile = "\n".join(lines).encode(), odd("utf-8")
    parsed = parse(data, profile, Transfer.CASES)
    (case,) = parsed.require().cases  # type: ignore[union-attr]
    (streamed,) = iter_parse(io.BytesIO(data), profile, Transfer.CASES)
    assert streamed.item == case
    assert streamed.origin == parsed.origin(case)
    assert streamed.origin.unique == "ø    ".encode() + b"\x00  "


@pytest.mark.parametrize("codec", ["cp1252", "utf-8"])
def test_unknown_bytes_are_errors_never_replaced(codec: str) -> None:
    """A byte that the codec does not have is an error in its field, wherever it stands on the line."""
    profile = PROFILES[codec]
    data = serialize(corrections(correction(text="abc", reference="de")), profile)
    line = data.index(b"\n") + 1
    for at in range(line, len(data) - 1):
        parsed = read(data[:at] + b"\x81" + data[at + 1 :], profile=profile)
        assert parsed.refused
        assert {found.code for found in parsed.findings} <= {"byte-unknown", "record-unknown"}
        assert "\ufffd" not in repr(parsed)


def test_what_one_codec_has_another_lacks() -> None:
    """The problem names the codec and the character."""
    for codec, text in (("iso-8859-1", "€"), ("cp865", "€"), ("iso-8859-15", "\u2013"), ("cp1252", "ł")):
        with pytest.raises(SerializeError, match=f"characters that {codec} has; it lacks '{text}'"):
            serialize(corrections(correction(text=text)), PROFILES[codec])


def _written(file: AnyFile, profile: Profile) -> bytes | None:
    try:
        return serialize(file, profile)
    except SerializeError:
        return None


@pytest.mark.parametrize("codec", PROFILES)
@settings(LAW, max_examples=100)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_any_text_is_written_and_read_or_refused(codec: str, text: str) -> None:
    """There is no third way: what codec and width allow comes back without the pad, the rest is refused."""
    profile, bare = PROFILES[codec], text.rstrip(" ")
    data = _written(corrections(correction(text=text)), profile)
    encoded = bare.encode(codec, "ignore")
    fits = encoded.decode(codec) == bare and len(encoded) <= 6 and all(category(each) != "Cc" for each in text)
    assert (data is not None) == fits
    if data is not None:
        assert data.count(b"\n") == 2
        parsed = read(data, profile=profile)
        assert (parsed.model, parsed.findings) == (corrections(correction(text=bare)), ())


def test_what_is_known_of_a_codec() -> None:
    """Control characters and bytes without a meaning are told from text; line ends are looked at by themselves."""
    assert charset("iso-8859-1").unclean == bytes([*range(10), 11, 12, *range(14, 32), *range(127, 160)])
    assert set(b"\x81\x8d\x8f\x90\x9d") < set(charset("cp1252").unclean)
    assert 0x85 not in charset("cp1252").unclean
    assert (charset("utf-8").single_byte, charset("UTF8").single_byte, charset("cp865").single_byte) == (
        False,
        False,
        True,
    )
