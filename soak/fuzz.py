"""Coverage-guided fuzzing of the files: any bytes at all, read by any of the layouts (tests/files/any_bytes.py).

``python -m soak.fuzz [SECONDS]`` begins with the corpus in tests/corpus and the golden files; what fails is written to
build/fuzz. ``python -m soak.fuzz 0 -runs=2000`` makes a set number of runs; further arguments are libFuzzer's own.
"""

import os
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["lindorff_sdk.files"]):
    from tests.files.any_bytes import CORPUS, holds, targets

BUILD = Path(os.environ.get("LINDORFF_FUZZ_FOLDER", "build/fuzz"))
_SECONDS = 300


def seeds(folder: Path) -> None:
    """Write every golden file with the number of its layout in front of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (_, layout) in enumerate(targets()):
        for golden in sorted(CORPUS.with_name("golden").glob(f"*.{layout.id}")):
            (folder / f"{number}-{golden.name}").write_bytes(bytes([number]) + golden.read_bytes())


def main() -> None:
    seconds, *further = [*sys.argv[1:], *([] if sys.argv[1:] else [str(_SECONDS)])]
    found = BUILD / "corpus"
    seeds(BUILD / "seeds")
    found.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2048", "-max_len=4096"]
    folders = map(str, (found, CORPUS, BUILD / "seeds"))
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={BUILD}/", *further, *folders], holds)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
