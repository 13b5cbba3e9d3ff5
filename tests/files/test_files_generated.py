"""The laws of whole files, for the shipped public profiles and for profiles that nobody wrote."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn, SearchStrategy

from lindorff_sdk.errors import FileRefusedError
from lindorff_sdk.files.carried import lost_of
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import MAX_FINDINGS, OnError
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import _Writing, serialize
from lindorff_sdk.files.stream import iter_parse
from lindorff_sdk.findings import CODES
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.testing.strategies import files
from lindorff_sdk.testing.strategies_damage import Damage, damaged
from lindorff_sdk.testing.strategies_profiles import profiles
from tests.files.slowly import slowly
from tests.files.support import LAW

NETS, NK003 = shipped("nets-ocr-giro"), shipped("mamut-nk003")
Chosen = tuple[Profile, FileLayout]
LAYOUTS: dict[str, SearchStrategy[Chosen]] = {
    "nets-ocr-giro": st.just((NETS, NETS.file("bank"))),
    "mamut.standard": st.just((NK003, NK003.file("standard"))),
    "mamut.advanced": st.just((NK003, NK003.file("advanced"))),
    **{
        f"generated.{transfer}": profiles(transfer).map(lambda drawn: (drawn, next(iter(drawn.files.values()))))
        for transfer in Transfer
    },
}
GENERATED = settings(LAW, max_examples=max(1, LAW.max_examples // 2))
"""Half as many: each example draws a layout, too."""
each_layout = pytest.mark.parametrize("layout", LAYOUTS)
Law = Callable[[str, DataObject], None]


@st.composite
def written(draw: DrawFn, layout: str) -> tuple[Profile, FileLayout, AnyFile, bytes]:
    """Draw a layout, a file that it can hold, and its bytes."""
    profile, chosen = draw(LAYOUTS[layout])
    file = draw(files(profile, chosen.id))
    return profile, chosen, file, serialize(file, profile, layout=chosen.id)


@each_layout
@GENERATED
@given(data=st.data())
def test_files_come_back_as_they_went(layout: str, data: DataObject) -> None:
    """Models to bytes and back, bytes to models and back; nothing but unknown codes is worth a finding.

    What comes back as it went is not lost, whatever the layout lacks.
    """
    profile, chosen, file, written_bytes = data.draw(written(layout))
    assert list(lost_of(chosen, file)) == []
    parsed = parse(written_bytes, profile, chosen.id)
    assert parsed.model == file, parsed.findings
    assert {found.code for found in parsed.findings} <= {"code-unknown", "kid-wrong", "record-ambiguous"}
    assert serialize(parsed.require(), profile, layout=chosen.id, kept=parsed.kept) == written_bytes


@each_layout
@settings(LAW, max_examples=10)
@given(data=st.data())
def test_lines_are_as_wide_as_their_records(layout: str, data: DataObject) -> None:
    """Widths count bytes: a line has one of the widths that the layout has, stripped blanks aside."""
    profile, chosen, _, written_bytes = data.draw(written(layout))
    if chosen.delimited is None and not chosen.strip_blanks:
        widths = {record.length for record in chosen.records} | {len(chosen.padding_line)}
        lines = written_bytes.removesuffix(b"\x1a").split(profile.line_end.encode())
        assert {len(line) for line in lines if line} <= widths


@each_layout
@GENERATED
@given(data=st.data())
def test_fast_and_slow_ways_agree(layout: str, data: DataObject) -> None:
    """Compiled functions and the way field by field say the same, of whole files and of broken ones."""
    profile, chosen, file, written_bytes = data.draw(written(layout))
    careful = _Writing(chosen, profile, {}, careful=True)
    assert careful.data(file) == written_bytes
    for seen in (written_bytes, data.draw(damaged(written_bytes, profile, chosen.id))):
        for on_error in OnError:
            fast = parse(seen, profile, chosen.id, on_error=on_error)
            slow = slowly(seen, profile, chosen.id, on_error)
            assert (fast.model, fast.findings, fast.unread) == (slow.model, slow.findings, slow.unread)
            assert sorted(fast.kept.values()) == sorted(slow.kept.values())


def _streamed(seen: bytes, profile: Profile, chosen: FileLayout, on_error: OnError) -> list[tuple[object, int, bytes]]:
    streamed = iter_parse(io.BytesIO(seen), profile, chosen.id, on_error=on_error)
    return [(each.item, each.origin.line, each.origin.raw) for each in streamed]


@each_layout
@GENERATED
@given(data=st.data())
def test_streams_hand_out_what_reading_gives(layout: str, data: DataObject) -> None:
    """The same objects in the same places, or the same errors; also of broken files, and where records are refused."""
    profile, chosen, _, written_bytes = data.draw(written(layout))
    for seen in (written_bytes, data.draw(damaged(written_bytes, profile, chosen.id))):
        for on_error in OnError:
            parsed = parse(seen, profile, chosen.id, on_error=on_error)
            if parsed.refused:
                with pytest.raises(FileRefusedError) as refused:
                    _streamed(seen, profile, chosen, on_error)
                assert refused.value.findings == parsed.errors()
                continue
            attributes = dict.fromkeys(record.opens for record in chosen.records if record.opens and not record.under)
            items = [item for name in attributes for item in getattr(parsed.model, name)]
            expected = [(item, parsed.origin(item).line, parsed.origin(item).raw) for item in items]
            assert _streamed(seen, profile, chosen, on_error) == expected


def assert_sound(parsed: ParsedFile[AnyFile], seen: bytes, profile: Profile) -> None:
    """A result is refused exactly if it has errors; its findings can be shown; without any, it is canonical."""
    assert parsed.refused == bool(parsed.errors())
    assert len(parsed.findings) <= MAX_FINDINGS + 1
    assert all(found.code in CODES and str(found).isprintable() for found in parsed.findings)
    if not parsed.findings:
        assert serialize(parsed.require(), profile, layout=parsed.layout, kept=parsed.kept) == seen


@each_layout
@settings(GENERATED, deadline=timedelta(seconds=10))
@given(data=st.data())
def test_no_bytes_make_the_parser_fail(layout: str, data: DataObject) -> None:
    """Whatever is done to a file, it ends in models with findings; and what gives no finding is canonical."""
    profile, chosen, _, written_bytes = data.draw(written(layout))
    broken = data.draw(damaged(written_bytes, profile, chosen.id) | shuffled(written_bytes, profile) | st.binary())
    for wanted in (chosen.id, None):
        assert_sound(parse(broken, profile, wanted), broken, profile)
        parse(broken, profile, wanted, on_error=OnError.REFUSE_RECORD)


def shuffled(whole: bytes, profile: Profile) -> SearchStrategy[bytes]:
    """Return files made of whole lines, parts of lines and noise, in any order, with any line ends."""
    lines = whole.split(profile.line_end.encode())
    piece = st.one_of(
        st.sampled_from(lines),
        st.sampled_from(lines).flatmap(lambda line: st.integers(0, len(line)).map(lambda at: line[:at])),
        st.binary(max_size=40),
    )
    ends = st.sampled_from([b"\r\n", b"\n", b"\r", b"", b"\x1a", b"\x85", b" \r\n"])
    return st.lists(st.tuples(piece, ends), max_size=12).map(lambda parts: b"".join(map(b"".join, parts)))


COUNTED = ["nets-ocr-giro"]


@pytest.mark.parametrize("layout", COUNTED)
@pytest.mark.parametrize("kind", [Damage.DROPPED, Damage.DOUBLED, Damage.CUT, Damage.TOTAL])
@settings(LAW, max_examples=10)
@given(data=st.data())
def test_where_every_line_counts_none_comes_or_goes(layout: str, kind: Damage, data: DataObject) -> None:
    profile, chosen, _, written_bytes = data.draw(written(layout))
    broken = data.draw(damaged(written_bytes, profile, chosen.id, kind))
    assert parse(broken, profile, chosen.id).refused
