"""Files read block by block: the same objects and findings as of the whole file, wherever a block ends."""

import io
from collections.abc import Callable
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from lindorff_sdk.errors import FileRefusedError, ProfileError
from lindorff_sdk.files import blocks, stream
from lindorff_sdk.files.compile import compiled
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.stream import Streamed, iter_parse, survey
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.testing.strategies import canonical_bytes
from lindorff_sdk.testing.strategies_damage import damaged
from tests.files.any_bytes import targets
from tests.files.support import LAW, REFERENCE, objects, sample_bytes
from tests.files.test_files_shipped import DATA, NETS

Damaging = Callable[[bytes], SearchStrategy[bytes]]


DRAWN = {f"{number}-{profile.id}.{layout.id}": (profile, layout) for number, (profile, layout) in enumerate(targets())}
each_layout = pytest.mark.parametrize("name", DRAWN)


def opened_by(model: object, layout: FileLayout, each: str) -> list[object]:
    """Return the objects of a file that a record opens; those directly in it unless one is named."""
    records = [record for record in compiled(layout).records if record.layout.opens]
    if not each:
        return [item for at in dict.fromkeys(r.layout.opens for r in records if r.parent.opener is None)
                for item in getattr(model, at)]  # fmt: skip
    chain = [next(record for record in records if record.layout.name == each)]
    while chain[0].parent.opener is not None:
        chain.insert(0, chain[0].parent.opener)
    found = [model]
    for record in (record for record in chain if record.batching is None):
        found = [below for item in found for below in getattr(item, record.layout.opens) if type(below) is record.model]
    return found


def kept(parsed: ParsedFile[AnyFile], item: object) -> dict[tuple[str, str], str]:
    """Return the reserved areas of an object and of what it holds, by path."""
    paths = {id(each): path for path, each in objects(item)}
    return {(paths[key], name): text for (key, name), text in parsed.kept.items() if key in paths}


def agree(data: bytes, profile: Profile, layout: FileLayout, each: str, on_error: OnError) -> None:
    """Streaming gives the findings of reading the whole, and the same objects in their places."""
    whole = parse(data, profile, layout.id, on_error=on_error, file_name="f")
    with survey(io.BytesIO(data), profile, layout.id, each=each, on_error=on_error, file_name="f") as surveyed:
        assert surveyed.file.findings == whole.findings
        assert surveyed.file.unread == whole.unread
        assert surveyed.file.refused == whole.refused
        assert surveyed.file.layout == whole.layout
        handed: list[Streamed] = []
        if whole.refused:
            with pytest.raises(FileRefusedError) as error:
                handed.extend(surveyed.objects())
            assert tuple(error.value.findings) == whole.errors()
            assert handed == []
            return
        handed.extend(surveyed.objects())
    expected = opened_by(whole.require(), layout, each)
    origins = {id(item): whole.origin(item) for item in expected}
    expected.sort(key=lambda item: origins[id(item)].line)
    assert [streamed.item for streamed in handed] == expected
    assert [streamed.origin for streamed in handed] == [origins[id(item)] for item in expected]
    for streamed, item in zip(handed, expected, strict=True):
        assert _by_path(streamed) == kept(whole, item)


def _by_path(streamed: Streamed) -> dict[tuple[str, str], str]:
    paths = {id(each): path for path, each in objects(streamed.item)}
    return {(paths[key], name): text for (key, name), text in streamed.kept.items()}


def _twice(profile: Profile, layout: FileLayout) -> SearchStrategy[bytes]:
    """Return files of a layout: whole, damaged, and damaged twice."""
    whole = canonical_bytes(profile, layout.id)
    once = whole.flatmap(lambda data: damaged(data, profile, layout.id))
    return whole | once | st.one_of(once, once).map(lambda data: data + data[-200:]) | once.flatmap(_noisy)


def _noisy(data: bytes) -> SearchStrategy[bytes]:
    """Return files in which something stands at some place."""
    noise = st.sampled_from([b"\n", b"\r\n", b" \n" * 9, b"\x1a", b"X", b"-", b"\xff", b"Y" * 130, b"\r", b"0000\n"])
    return st.builds(lambda at, what: data[:at] + what + data[at:], st.integers(0, len(data)), noise)


@each_layout
@pytest.mark.parametrize("on_error", OnError)
@LAW
@given(data=st.data())
def test_streaming_and_reading_the_whole_agree(name: str, on_error: OnError, data: DataObject) -> None:
    """Of clean files and damaged ones, whatever is handed out, and wherever blocks and lines too long end."""
    profile, layout = DRAWN[name]
    content = data.draw(_twice(profile, layout))
    each = data.draw(
        st.sampled_from(["", *(record.name for record in layout.records if record.opens and not record.batch)])
    )
    longest = data.draw(st.sampled_from([50, 100, 150, 400, 4000]))
    with (
        mock.patch.object(stream, "BLOCK", data.draw(st.integers(10, 2000))),
        mock.patch.object(blocks, "LONGEST_LINE", longest),
        mock.patch.object(blocks, "LONGEST_END", data.draw(st.integers(1, 2000))),
    ):
        agree(content, profile, layout, each, on_error)


# What is not handed out ----------------------------------------------------------------------------------------------


def test_the_children_of_a_refused_parent_are_not_handed_out() -> None:
    """A case whose debtor is missing takes its claims along; nothing tells that before they were read."""
    broken = sample_bytes(Transfer.CASES).replace(b"\r\n20", b"\r\n??", 1)
    parsed = parse(broken, REFERENCE, on_error=OnError.REFUSE_RECORD)
    cases = parsed.require().cases  # type: ignore[union-attr]
    streamed = [*iter_parse(io.BytesIO(broken), REFERENCE, each="claim", on_error=OnError.REFUSE_RECORD)]
    assert [each.item for each in streamed] == [claim for case in cases for claim in case.claims]
    assert broken.count(b"\r\n30") > len(streamed) > 0


def test_a_bank_file_is_handed_out_by_assignment_unless_asked_for_otherwise() -> None:
    whole = parse(DATA, NETS).require()
    assert tuple(each.item for each in iter_parse(io.BytesIO(DATA), NETS)) == whole.assignments  # type: ignore[union-attr]


@pytest.mark.parametrize("each", ["payments", "end", "start"])
def test_a_record_that_opens_nothing_cannot_be_asked_for(each: str) -> None:
    """A typing error ends in an error, not in a file without objects."""
    with pytest.raises(ProfileError, match=f"No record '{each}' of layout settlements"):
        list(iter_parse(io.BytesIO(sample_bytes(Transfer.SETTLEMENTS)), REFERENCE, each=each))


class _Changing(io.BytesIO):
    """A file to which something happens once it was read."""

    def seek(self, to: int, whence: int = 0, /) -> int:
        if self.tell() == len(self.getvalue()) > 0 and self.change:
            self.getbuffer()[-300] ^= 1
        return super().seek(to, whence)

    change = False


def test_a_file_that_changes_after_its_totals_were_checked_hands_nothing_out() -> None:
    """The finding is file-changed; it stands for every byte that is another, or more, or missing."""
    source = _Changing(sample_bytes(Transfer.SETTLEMENTS))
    with survey(source, REFERENCE, file_name="f") as surveyed:
        assert not surveyed.file.refused
        source.change = True
        with pytest.raises(FileRefusedError, match="file-changed"):
            next(surveyed.objects())


def test_a_survey_can_be_followed_by_several_readings() -> None:
    with survey(io.BytesIO(DATA), NETS, file_name="f") as surveyed:
        assert surveyed.file.require().transmitter == parse(DATA, NETS).require().transmitter  # type: ignore[union-attr]
        assert list(surveyed.objects()) == list(surveyed.objects())


def test_the_beginning_may_be_blank() -> None:
    """What holds nothing but line ends is empty however long it is; what begins with them is not."""
    for data, code in [(b"\n" * 600_000, "file-empty"), (b"\n" * 600_000 + DATA, "record-unknown")]:
        with survey(io.BytesIO(data), NETS, Transfer.BANK, file_name="f") as surveyed:
            assert surveyed.file.findings == parse(data, NETS, Transfer.BANK, file_name="f").findings
            assert surveyed.file.findings[0].code == code


def test_a_line_longer_than_its_limit_ends_the_file() -> None:
    """However the file is read; what stood before it is told, what follows is not looked at."""
    line, *others = DATA.splitlines(keepends=True)
    data = line + b"?" * 65_537 + b"\n" + b"".join(others) + b"??\n"
    assert [(found.code, found.line) for found in parse(data, NETS).findings] == [("record-length", 2)]
    agree(data, NETS, NETS.file(Transfer.BANK), "", OnError.REFUSE_RECORD)
    assert {"record-unknown"} < {found.code for found in parse(data.replace(b"?", b"", 1), NETS).findings}
