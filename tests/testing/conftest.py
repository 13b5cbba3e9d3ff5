"""An embedded agency on plain folders, and the ERP at its door."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lindorff_sdk.definition import Protocol
from lindorff_sdk.testing import EmbeddedAgency
from tests.testing.erp import Erp


@pytest.fixture
async def agency(tmp_path: Path) -> AsyncIterator[EmbeddedAgency]:
    """An agency on plain folders."""
    async with EmbeddedAgency(tmp_path / "agency", protocol=Protocol.LOCAL) as running:
        yield running


@pytest.fixture
def erp(agency: EmbeddedAgency) -> Erp:
    """The ERP."""
    return Erp(agency)
