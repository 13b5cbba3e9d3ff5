"""The same deaths with a real server in between: SFTP at OpenSSH, FTP at vsftpd."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from lindorff_sdk import PaymentReceived, to_json
from lindorff_sdk.definition import Protocol
from lindorff_sdk.journal import OutgoingState
from lindorff_sdk.testing import EmbeddedAgency, Pays
from tests.exchange.crashing import DEAD, EXPORT, Evening, in_process
from tests.exchange.erp import Erp, evening, group_of, night, of, small_group
from tests.exchange.sites import FOLDERS
from tests.ftp_servers import vsftpd
from tests.servers import PASSWORD, USERNAME, RunningServer, openssh

pytestmark = pytest.mark.real_server

SERVERS: dict[str, tuple[Protocol, Callable[[], AbstractContextManager[RunningServer]]]] = {
    "openssh": (Protocol.SFTP, openssh),
    "vsftpd": (Protocol.FTP, vsftpd),
}
FETCH = (
    "in the middle of fetching",
    "after reading, before moving at the agency",
    "after moving at the agency, before that is written down",
)
TEMPORARY = re.compile(r"\.LS.+\.part")


@frozen
class Site:
    """An agency behind a server.

    Attributes:
        agency: The agency, at work on the folders that the server serves.
        settings: What leads there.
    """

    agency: EmbeddedAgency
    settings: dict[str, Any]

    def seen(self) -> list[str]:
        """Return the names that stand in our folder there, but for temporary ones of ours."""
        names = (path.name for path in self.agency.folders.uploads.iterdir())
        return [name for name in names if not TEMPORARY.fullmatch(name)]


@pytest.fixture(scope="module")
def running() -> Iterator[Callable[[str], RunningServer]]:
    """The servers, each started when it is first asked for."""
    started: dict[str, RunningServer] = {}
    with ExitStack() as stack:

        def get(name: str) -> RunningServer:
            if name not in started:
                started[name] = stack.enter_context(SERVERS[name][1]())
            return started[name]

        yield get


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest, running: Callable[[str], RunningServer], tmp_path: Path) -> Site:
    """An agency behind each server in turn."""
    server = running(request.param)
    paths = [server.root / name for name in FOLDERS]
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o755)
        shutil.chown(path, USERNAME, USERNAME)
    agency = EmbeddedAgency(tmp_path / "agency", protocol=Protocol.LOCAL)
    agency.folders.make()
    agency.folders.uploads, agency.folders.downloads, agency.folders.done = paths
    settings = {
        "protocol": str(SERVERS[request.param][0]),
        "server": "127.0.0.1",
        "port": server.port,
        "username": USERNAME,
        "password": PASSWORD,
        "host_key": server.host_key,
    }
    return Site(agency, {name: value for name, value in settings.items() if value})


def first_evening(tmp_path: Path, site: Site, **changes: Any) -> Evening:
    """Return the evening on which a small group is exported."""
    group = to_json(small_group())
    made = Evening(folder=tmp_path, agency=site.agency.folders.home, group=group, now=evening(0), server=site.settings)
    return evolve(made, **changes)


@pytest.mark.parametrize("point", EXPORT)
def test_death_while_exporting(tmp_path: Path, site: Site, point: str) -> None:
    """Nothing half under the final name; the next run finishes it with the same bytes, once."""
    work = first_evening(tmp_path, site)
    assert in_process(evolve(work, die=point)) == DEAD
    with Erp.open(tmp_path) as erp:
        [(name, data)] = erp.uploads("nordlys").items()
    assert site.seen() == ([name] if point == "after rename, before mark_sent" else [])
    assert in_process(evolve(work, now=evening(1))) == 0
    assert site.seen() == [name]
    assert (site.agency.folders.uploads / name).read_bytes() == data
    with Erp.open(tmp_path) as erp:
        [file] = erp.journal.outgoing("nordlys")
        assert file.state is OutgoingState.SENT
    site.agency.work(night(1))
    assert len(site.agency.caseload.cases) == 5


@pytest.mark.parametrize("point", FETCH)
def test_death_while_fetching(tmp_path: Path, site: Site, point: str) -> None:
    """Every payment is booked once, and the agency's files end where they were to be moved."""
    work = first_evening(tmp_path, site, after_fetch="move")
    assert in_process(work) == 0
    site.agency.work(night(0))
    site.agency.settle(night(1), [Pays("I1", "400.00"), Pays("I3", "1000.00")])
    again = evolve(work, now=evening(2), group=to_json(group_of()))
    assert in_process(evolve(again, die=point)) == DEAD
    assert in_process(again) == 0
    with Erp.open(tmp_path) as erp:
        paid = of(PaymentReceived, erp.booked())
        assert sorted(event.amount for event in paid) == [400, 1000]
        assert not list(erp.journal.pending("nordlys"))
        assert not erp.journal.findings("nordlys")
    assert sorted(path.name for path in site.agency.folders.done.iterdir()) == sorted(site.agency.written)
    assert not list(site.agency.folders.downloads.iterdir())
    assert site.seen() == []
