"""The tests' own servers tidy up behind runs that were killed."""

import os
from pathlib import Path

import pytest

from tests.servers import sweep_leftovers

NOW = 1_800_000_000.0
HOUR = 3600


def folder(parent: Path, name: str, hours: float, log_hours: float) -> None:
    root = parent / name / "root"
    root.mkdir(parents=True)
    (root / "file").write_text("x")
    log = parent / name / "server.log"
    log.write_text("x")
    os.utime(log, (NOW - log_hours * HOUR,) * 2)
    for path in (root, parent / name):
        os.utime(path, (NOW - hours * HOUR,) * 2)


@pytest.mark.parametrize(
    ("hours", "log_hours", "stays"), [(25, 25, False), (24, 24, False), (23, 23, True), (25, 1, True), (1, 25, True)]
)
def test_leftovers_are_removed_by_age(tmp_path: Path, hours: float, log_hours: float, stays: bool) -> None:
    """Only what nobody has touched for a day: a server that another run has at work writes its log."""
    folder(tmp_path, "tmp1", hours, log_hours)
    sweep_leftovers(tmp_path, NOW)
    assert (tmp_path / "tmp1" / "root" / "file").exists() is stays


def test_files_and_links_are_let_be(tmp_path: Path) -> None:
    """Nothing is followed out of the place, and what is no server's folder stays."""
    outside, place = tmp_path / "outside", tmp_path / "place"
    place.mkdir()
    folder(outside, "tmp1", 48, 48)
    (place / "link").symlink_to(outside / "tmp1")
    (place / "file").write_text("x")
    for path in place.iterdir():
        os.utime(path, (NOW - 48 * HOUR,) * 2, follow_symlinks=False)
    sweep_leftovers(place, NOW)
    assert {path.name for path in place.iterdir()} == {"link", "file"}
    assert (outside / "tmp1" / "root" / "file").exists()
