"""What reading costs: memory that does not grow with the file, and time that grows no faster than it."""

import gc
import io
import time
import tracemalloc
from contextlib import suppress
from unittest import mock

import pytest
from attrs import evolve

from lindorff_sdk.errors import FileRefusedError
from lindorff_sdk.files import blocks, stream
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.stream import iter_parse
from tests.files.support import correction, corrections, small
from tests.files.test_files_grammar import csv
from tests.files.test_files_shipped import NETS, PAID, bank_file


def bank(lines: int) -> bytes:
    """Return a bank file of one assignment, with an area in use in every payment that the layout keeps."""
    (assignment, _) = bank_file(*[PAID] * (lines // 2)).assignments
    written = serialize(evolve(bank_file(), assignments=(assignment,)), NETS).splitlines(keepends=True)
    return b"".join(line[:34] + b"0000001" + line[41:] if line[6:8] == b"31" else line for line in written)


def assignments(lines: int) -> bytes:
    """Return a bank file of many assignments with a payment each."""
    (assignment, _) = bank_file(PAID).assignments
    return serialize(evolve(bank_file(), assignments=(assignment,) * (lines // 4)), NETS)


def wrong_kids(lines: int) -> bytes:
    """Return a bank file in which no check digit of a KID is right."""
    return bank(lines).replace(b"123456782", b"123456783")


SMALL = small()
START, LINE = serialize(corrections(correction()), SMALL).splitlines(keepends=True)


def plain(lines: int) -> bytes:
    """Return a file of many corrections."""
    return START + LINE * lines


GARBAGE = {
    "unknown lines": b"?? what is this\n",
    "blank lines": b"\n",
    "blank lines with blanks": b"    \n",
    "starts": START,
    "dates that are none": LINE.replace(b"2026", b"20x6"),
    "fillers in use": LINE[:-2] + b"  x\n",
    "Ctrl-Z": b"\x1a\n",
    "unknown bytes": LINE[:3] + b"\x00" + LINE[4:],
    "lines of 60,000 bytes": b"C" * 60_000 + b"\n",
}
"""Lines that a file may hold many of."""
FILES = {
    "payments": (bank, NETS, "amount_item_1"),
    "payments with wrong KIDs": (wrong_kids, NETS, "amount_item_1"),
    "assignments": (assignments, NETS, ""),
    "corrections": (plain, SMALL, ""),
}


def garbage(kind: str, lines: int) -> bytes:
    """Return a file of lines that are no use; fewer of long ones."""
    line = GARBAGE[kind]
    return START + line * (lines // 20 if len(line) > 1000 else lines) + LINE


def whole(data: bytes, profile: Profile) -> None:
    """Read a file whole."""
    parse(data, profile, next(iter(profile.files)), on_error=OnError.REFUSE_RECORD)


def read(data: bytes, profile: Profile, each: str = "") -> None:
    """Read a file as a stream, in small blocks, and let go of what comes."""
    layout = next(iter(profile.files))
    small_end = mock.patch.object(blocks, "LONGEST_END", 512)
    with mock.patch.object(stream, "BLOCK", 1024), small_end, suppress(FileRefusedError):
        for _ in iter_parse(io.BytesIO(data), profile, layout, each=each, on_error=OnError.REFUSE_RECORD):
            pass


def peak(data: bytes, profile: Profile, each: str = "") -> int:
    """Return how many bytes are in use at most while a file is read as a stream."""
    gc.collect()
    tracemalloc.start()
    try:
        read(data, profile, each)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", FILES)
def test_memory_does_not_grow_with_the_file(name: str) -> None:
    """Twice the objects, with areas that are kept and findings about them, take the same memory."""
    make, profile, each = FILES[name]
    few, many = (peak(make(lines), profile, each) for lines in (2_400, 4_800))
    assert many < few * 1.1 + 20_000


@pytest.mark.parametrize("kind", GARBAGE)
def test_memory_does_not_grow_with_what_is_wrong(kind: str) -> None:
    few, many = (peak(garbage(kind, lines), SMALL) for lines in (1_200, 3_600))
    assert many < few * 1.1 + 50_000


def cpu(run: object, *arguments: object) -> float:
    """Return the CPU time of a call, the least of two."""
    took = []
    for _ in range(2):
        start = time.process_time()
        run(*arguments)  # type: ignore[operator]
        took.append(time.process_time() - start)
    return min(took)


@pytest.mark.parametrize("kind", GARBAGE)
@pytest.mark.parametrize("run", [read, whole])
def test_ten_times_what_is_wrong_takes_about_ten_times_as_long(kind: str, run: object) -> None:
    """With every line looked for in every other, it would take a hundred times as long."""
    few, many = (cpu(run, garbage(kind, lines), SMALL) for lines in (300, 3_000))
    assert many < max(few, 0.002) * 30


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("run", [read, whole])
def test_ten_times_the_objects_take_about_ten_times_as_long(name: str, run: object) -> None:
    make, profile, _ = FILES[name]
    few, many = (cpu(run, make(lines), profile) for lines in (300, 3_000))
    assert many < max(few, 0.002) * 30


def grouped(cases: int, *, adjacent: bool = True) -> bytes:
    """Return a file of a line for each invoice, two to a case."""
    numbers = [n for n in range(cases) for _ in range(2)] if adjacent else [*range(cases), *range(cases)]
    rows = (f"417;{n};Bo;P;0150 OSLO;{i};01.01.2026;15.01.2026;1,00" for i, n in enumerate(numbers))
    return ("\n".join(rows) + "\n").encode()


@pytest.mark.parametrize("scattered", ["refuse", "separate"])
def test_memory_hardly_grows_with_groups_that_stand_together(scattered: str) -> None:
    """Objects are handed out when their lines end; of each only a digest of its key may be kept."""
    profile = csv(grouping=f'scattered = "{scattered}"')
    few, many = (peak(grouped(cases), profile) for cases in (200, 800))
    assert many < few + 600 * 200 + 20_000


@pytest.mark.parametrize("scattered", ["refuse", "merge", "separate"])
@pytest.mark.parametrize("adjacent", [True, False])
@pytest.mark.parametrize("run", [read, whole])
def test_ten_times_the_groups_take_about_ten_times_as_long(scattered: str, adjacent: bool, run: object) -> None:
    profile = csv(grouping=f'scattered = "{scattered}"')
    few, many = (cpu(run, grouped(cases, adjacent=adjacent), profile) for cases in (50, 500))
    assert many < max(few, 0.002) * 30
