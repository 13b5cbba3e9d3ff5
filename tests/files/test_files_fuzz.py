"""Any bytes at all: the corpus of the fuzzer, and a short run of it. The long one is ``make soak``."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.files.any_bytes import CORPUS, holds, targets

RUNS = 1500


@pytest.mark.parametrize("part", range(8))
def test_what_the_fuzzer_found_interesting_holds(part: int) -> None:
    """The corpus reaches as much of the code as the fuzzer ever did: every file of it, and every golden file."""
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
        [sys.executable, "-m", "soak.fuzz", "30", f"-runs={RUNS}", "-seed=1"],
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
    """What it holds files to fails where a promise is broken."""
    with pytest.raises(AssertionError, match="no finding"):
        _broken()


def _broken() -> None:
    from unittest import mock

    from tests.files import any_bytes

    whole = next(path.read_bytes() for path in sorted(CORPUS.iterdir()) if _is_clean(path.read_bytes()))
    with mock.patch.object(any_bytes, "serialize", return_value=b"other"):
        holds(whole)


def _is_clean(data: bytes) -> bool:
    from lindorff_sdk.files.parser import parse

    if not data:
        return False
    profile, layout = targets()[data[0] % len(targets())]
    return not parse(data[1:], profile, layout.id).findings
