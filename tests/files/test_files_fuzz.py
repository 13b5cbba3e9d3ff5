"""Any bytes at all: the corpus of the fuzzer, and a short run of it. The long one is ``make soak``."""

import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from lindorff_sdk.files.parser import parse
from tests.files import any_bytes
from tests.files.any_bytes import CORPUS, holds, targets

RUNS = 200


@pytest.mark.parametrize("part", range(8))
def test_what_the_fuzzer_found_interesting_holds(part: int) -> None:
    """The corpus reaches as much of the code as the fuzzer ever did."""
    kept = sorted(CORPUS.iterdir())
    assert len(kept) >= 100
    for path in kept[part::8]:
        holds(path.read_bytes())


def test_the_corpus_is_read_by_every_layout() -> None:
    numbers = {path.read_bytes()[0] % len(targets()) for path in CORPUS.iterdir() if path.stat().st_size}
    assert numbers == set(range(len(targets())))


def test_a_short_run_of_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    """Guided by what the code does with them, new bytes are made from the corpus; none breaks a promise."""
    run = subprocess.run(
        [sys.executable, "-m", "soak.fuzz", "20", f"-runs={RUNS}", "-seed=1"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"LINDORFF_FUZZ_FOLDER": str(tmp_path), "PATH": "", "PYTHONHASHSEED": "0"},
    )
    assert run.returncode == 0, run.stderr[-4000:]
    assert "Done " in run.stderr


def test_the_fuzzer_would_notice() -> None:
    """What it holds files to fails where other bytes say the same, and nothing is said of it."""
    whole = next(data for path in sorted(CORPUS.iterdir()) if (data := path.read_bytes()) and _is_clean(data))
    with mock.patch.object(any_bytes, "serialize", return_value=b"other"), pytest.raises(AssertionError, match="says"):
        holds(whole)


def _is_clean(data: bytes) -> bool:
    profile, layout = targets()[data[0] % len(targets())]
    return not parse(data[1:], profile, layout.id).findings
