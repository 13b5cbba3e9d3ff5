"""The agencies that the exchange runs over, and the ERP on this side."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lindorff_sdk import ExportDefinition
from lindorff_sdk.definition import Protocol
from tests.exchange.erp import Erp
from tests.exchange.sites import Site, at_openssh, embedded, in_memory
from tests.servers import RunningServer, openssh

PROTOCOLS = {"local": Protocol.LOCAL, "embedded sftp": Protocol.SFTP, "embedded ftp": Protocol.FTP}
OPENSSH = pytest.param("openssh", marks=pytest.mark.real_server)


@pytest.fixture(scope="session")
def exchange_sshd() -> Iterator[RunningServer]:
    """OpenSSH, started when it is first asked for."""
    with openssh() as server:
        yield server


@pytest.fixture(params=[*PROTOCOLS, "memory", OPENSSH])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """Each agency in turn, or the one a test names."""
    root = tmp_path / "agency"
    if request.param == "memory":
        opened = in_memory(root)
    elif request.param == "openssh":
        opened = at_openssh(request.getfixturevalue("exchange_sshd"), root)
    else:
        opened = embedded(PROTOCOLS[request.param], root)
    async with opened as made:
        yield made


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[Site]:
    """An agency on plain folders, where the network does not matter."""
    async with embedded(Protocol.LOCAL, tmp_path / "agency") as made:
        yield made


@pytest.fixture
def definition(local: Site) -> ExportDefinition:
    """The agreement with the agency on plain folders."""
    return local.definition()


@pytest.fixture
def erp(tmp_path: Path) -> Iterator[Erp]:
    """The ERP."""
    with Erp.open(tmp_path) as opened:
        yield opened
