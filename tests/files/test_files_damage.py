"""What happens to a file on its way is noticed, and no bytes at all make the parser fail."""

import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import MAX_FINDINGS
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import CODES, Severity
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.testing.strategies_damage import Damage, damaged
from tests.files.layouts import COUNTED, LAYOUTS, Drawn
from tests.files.samples import SAMPLES
from tests.files.support import LAW, REFERENCE, objects, record_of, sample_bytes, values

each_layout = pytest.mark.parametrize("layout", LAYOUTS)
each_counted = pytest.mark.parametrize("layout", COUNTED)


def assert_sound(parsed: ParsedFile[AnyFile], data: bytes, profile: Profile) -> None:
    """A result is refused exactly if it has errors; its findings can be shown; without any, it is canonical."""
    assert parsed.refused == bool(parsed.errors())
    assert len(parsed.findings) <= MAX_FINDINGS + 1
    for found in parsed.findings:
        assert found.code in CODES
        assert str(found).isprintable()
    repr(parsed)
    if not parsed.findings:
        assert serialize(parsed.require(), profile) == data


def check(data: bytes, profile: Profile = REFERENCE, transfer: Transfer | None = None) -> ParsedFile[AnyFile]:
    """Return what bytes hold, once the result is sound."""
    parsed = parse(data, profile, transfer)
    assert_sound(parsed, data, profile)
    return parsed


# Any bytes -----------------------------------------------------------------------------------------------------------


def _broken_lines(drawn: Drawn) -> SearchStrategy[bytes]:
    """Return files made of whole lines, parts of lines and noise, in any order, with any line ends."""

    def shuffled(data: bytes) -> SearchStrategy[bytes]:
        lines = data.split(drawn.profile.line_end.encode())
        piece = st.one_of(
            st.sampled_from(lines),
            st.sampled_from(lines).flatmap(lambda line: st.integers(0, len(line)).map(lambda at: line[:at])),
            st.binary(max_size=40),
        )
        ends = st.sampled_from([b"\r\n", b"\n", b"\r", b"", b"\x1a", b"\x85", b"\x0c", b" \r\n"])
        return st.lists(st.tuples(piece, ends), max_size=12).map(lambda parts: b"".join(map(b"".join, parts)))

    return drawn.canonical.flatmap(shuffled)


@each_layout
@settings(LAW, deadline=timedelta(seconds=5))
@given(data=st.data())
def test_no_bytes_make_the_parser_fail(layout: str, data: DataObject) -> None:
    """Any bytes end in models with findings or in a refused file, within bounded time; never in an exception."""
    drawn = LAYOUTS[layout]
    noise = data.draw(st.binary(max_size=300) | _broken_lines(drawn))
    for transfer in (None, drawn.transfer):
        check(noise, drawn.profile, transfer)


@pytest.mark.parametrize("noise", [b"\x1a", b"\r", b"\n", b"\r\n", b" ", b"\x1a\n", b"00", b"\x00", b"90\r\n", b"\xff"])
@pytest.mark.parametrize("times", [1, 50_000])
def test_long_runs_of_one_thing_end_soon(noise: bytes, times: int) -> None:
    """Time and findings are bounded however long a run of line ends, blanks, Ctrl-Z or unknown lines is."""
    started = time.monotonic()
    for data in (noise * times, noise * times + b"x", sample_bytes(Transfer.CASES) + noise * times + b"x"):
        check(data, REFERENCE, Transfer.CASES)
    assert time.monotonic() - started < 20  # it takes one; with every line looked for in every other, minutes


def test_more_findings_than_are_kept_are_counted() -> None:
    """A file of nothing but bad lines keeps a set number of findings and says how many more there were."""
    parsed = parse(b"??\r\n" * 3000, REFERENCE, Transfer.CASES)
    assert parsed.findings[-1].code == "findings-cut"
    assert parsed.findings[-1].message.startswith("2002 ")  # of 3000 lines, and two records that are missing
    assert len(parsed.findings) == MAX_FINDINGS + 1
    assert parsed.refused


@each_layout
@LAW
@given(data=st.data())
def test_damage_of_any_kind_is_survived(layout: str, data: DataObject) -> None:
    """A file that is almost right ends as softly as noise does."""
    drawn = LAYOUTS[layout]
    broken = data.draw(drawn.canonical.flatmap(lambda whole: damaged(whole, drawn.profile, drawn.transfer)))
    check(broken, drawn.profile, drawn.transfer)
    check(broken, drawn.profile)


# Damage that must be refused -----------------------------------------------------------------------------------------


@each_counted
@pytest.mark.parametrize("kind", [Damage.DROPPED, Damage.DOUBLED, Damage.CUT, Damage.TOTAL])
@LAW
@given(data=st.data())
def test_lost_and_doubled_lines_cuts_and_other_totals_are_refused(layout: str, kind: Damage, data: DataObject) -> None:
    """Where the layout counts its records, nothing can come or go unnoticed, and no total can be another."""
    drawn = COUNTED[layout]
    broken = data.draw(drawn.canonical.flatmap(lambda whole: damaged(whole, drawn.profile, drawn.transfer, kind)))
    assert parse(broken, drawn.profile, drawn.transfer).refused


@pytest.mark.parametrize("transfer", SAMPLES)
def test_a_cut_at_any_byte_is_refused(transfer: Transfer) -> None:
    """No beginning of a file is taken for the file; only the last line end may be missing."""
    whole = sample_bytes(transfer)
    for length in range(len(whole) - 2):
        assert parse(whole[:length], REFERENCE, transfer).refused, length
    assert not parse(whole[:-2], REFERENCE, transfer).refused


@each_layout
@LAW
@given(data=st.data())
def test_swapped_lines_are_refused_or_another_valid_file(layout: str, data: DataObject) -> None:
    """Two lines in each other's place are refused, unless the file is as valid as before: then it is what it says."""
    drawn = LAYOUTS[layout]
    broken = data.draw(
        drawn.canonical.flatmap(lambda whole: damaged(whole, drawn.profile, drawn.transfer, Damage.SWAPPED))
    )
    parsed = parse(broken, drawn.profile, drawn.transfer)
    if not parsed.refused:
        assert serialize(parsed.require(), drawn.profile) == broken


@pytest.mark.parametrize("transfer", SAMPLES)
def test_records_of_different_kinds_cannot_be_swapped(transfer: Transfer) -> None:
    """Of the samples' lines, only those that the layout lets stand in any order can change places."""
    lines = sample_bytes(transfer).removesuffix(b"\r\n").split(b"\r\n")
    names = [record_of(line, transfer).name for line in lines]
    alternating = {"payment", "interest_note", "reversal", "closure", "totals"}
    for first in range(len(lines)):
        for second in range(first):
            swapped = list(lines)
            swapped[first], swapped[second] = lines[second], lines[first]
            refused = parse(b"".join(line + b"\r\n" for line in swapped), REFERENCE, transfer).refused
            pair = {names[first], names[second]}
            assert refused == (len(pair) > 1 and not pair <= alternating), pair


# One changed byte ----------------------------------------------------------------------------------------------------


class Guard:
    """A whole file, against which files with one changed byte are held."""

    def __init__(self, data: bytes, profile: Profile, transfer: Transfer) -> None:
        self.data, self.profile, self.transfer = data, profile, transfer
        self.end = profile.line_end.encode()
        self.whole = parse(data, profile, transfer)
        self.values = values(self.whole.require())
        self.opened = {line: path for path, item in objects(self.whole.require()) if (line := self._line(item))}

    def _line(self, item: object) -> int:
        try:
            return self.whole.origin(item).line
        except KeyError:
            return 0

    def fields_at(self, at: int) -> set[str]:
        """Return the paths of what the field at a byte of the file fills."""
        lines = self.data.split(self.end)
        number = self.data[:at].count(self.end)
        column = at - sum(len(line) + len(self.end) for line in lines[:number])
        records = [record_of(line, self.transfer, self.profile) for line in lines[: number + 1]]
        opener = records[-1]
        while not opener.opens and opener.under:
            opener = self.profile.file(self.transfer).record(opener.under)
        # The object that was opened last by such a record; the file itself if none opens it.
        owner = self.opened[max(at for at, each in enumerate(records, 1) if each is opener)] if opener.opens else ""
        return {
            f"{owner}.{to}".lstrip(".")
            for item in records[-1].fields
            if item.start <= column < item.end
            for to in (item.to, item.raw_to)
            if to
        }

    def holds_against(self, broken: bytes) -> None:
        """A changed byte is refused, or nothing but the field in which it stands is another, or it is reported."""
        parsed = check(broken, self.profile, self.transfer)
        if parsed.refused:
            return
        at = next(at for at, (old, new) in enumerate(zip(self.data, broken, strict=True)) if old != new)
        after = values(parsed.require())
        changed = {path for path in self.values | after if self.values.get(path, ...) != after.get(path, ...)}
        assert changed <= self.fields_at(at), (changed, at, broken[at])
        assert changed or parsed.findings, (at, broken[at])


@each_layout
@LAW
@given(data=st.data())
def test_a_changed_byte_is_noticed_or_changes_only_its_field(layout: str, data: DataObject) -> None:
    """Every single-byte change is refused, or changes only the field it sits in, or has no effect and is reported."""
    drawn = LAYOUTS[layout]
    whole = data.draw(drawn.canonical)
    broken = data.draw(damaged(whole, drawn.profile, drawn.transfer, Damage.BYTE))
    Guard(whole, drawn.profile, drawn.transfer).holds_against(broken)


@pytest.mark.parametrize("transfer", SAMPLES)
@pytest.mark.parametrize("byte", [b"7", b" ", b"\n", b"\x85"])
def test_every_byte_of_the_samples_is_guarded(transfer: Transfer, byte: bytes) -> None:
    """The same at every position of a small file, for bytes that mean something."""
    data = sample_bytes(transfer)
    guard = Guard(data, REFERENCE, transfer)
    for at in range(len(data)):
        if data[at : at + 1] != byte:
            guard.holds_against(data[:at] + byte + data[at + 1 :])


def test_refusing_is_not_all_there_is() -> None:
    """The law above is no empty one: most changes inside a free text are accepted, and change that text."""
    data = sample_bytes(Transfer.SETTLEMENTS)
    broken = data.replace(b"Feilf\xf8rt", b"Feilf\xf8rd")
    model = parse(broken, REFERENCE).require()
    assert "Feilførd" in values(model).values()
    assert not [found for found in parse(broken, REFERENCE).findings if found.severity is not Severity.INFO]
