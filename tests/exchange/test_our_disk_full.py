"""Our own disk is full while files are fetched: nothing is taken from the agency that is not in the journal."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lindorff_sdk import fetch_settlements
from lindorff_sdk.errors import JournalError
from tests.exchange.erp import Erp, evening, night
from tests.exchange.sites import Site

NETWORK = ["local", "embedded sftp", "embedded ftp", pytest.param("openssh", marks=pytest.mark.real_server)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes for the ERP's database."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "lindorff-test", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave no room."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 512, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    yield
    filler.unlink()


@pytest.mark.real_server
@pytest.mark.parametrize("site", NETWORK, indirect=True)
async def test_our_disk_is_full(site: Site, disk: Path) -> None:
    """The journal's error is raised and the agency's files stay; with room again all are read, each once."""
    names = [site.works("settle", night(day), []) for day in range(3)]
    definition = site.definition(after_fetch="delete")
    with Erp.open(disk) as erp:
        with filled(disk), pytest.raises(JournalError):
            await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(0))
        assert site.names("out") == names
        report = await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(1))
        assert [file.name for file in report.files] == names
        assert erp.book_all(definition) == len(names)
        assert site.names("out") == []
