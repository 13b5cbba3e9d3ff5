from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event

from lindorff_sdk.journal import Journal
from tests.journal.ledgers import LEDGER


@pytest.fixture
def erp(tmp_path: Path) -> Iterator[Engine]:
    """The ERP's own database, with its ledger, with the driver's own way of transactions."""
    engine = create_engine(f"sqlite:///{tmp_path / 'erp.db'}")
    event.listen(engine, "connect", lambda driver, _: driver.execute("PRAGMA synchronous = OFF"))  # for quick tests
    LEDGER.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def journal(erp: Engine) -> Journal:
    """The journal with its tables in the ERP's database."""
    return Journal(erp)
