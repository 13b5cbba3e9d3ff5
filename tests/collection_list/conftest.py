"""The list on each database that the journal runs on."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lindorff_sdk.collection_list import CollectionList
from lindorff_sdk.journal import Journal
from tests.collection_list.scenes import DEFINITION, Scene
from tests.journal.databases import PostgreSQL, engine_of
from tests.journal.ledgers import LEDGER


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real_server)])
def erp(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The ERP's database with its ledger."""
    lent = ExitStack()
    if request.param == "sqlite":
        engine = engine_of(f"sqlite:///{tmp_path / 'erp.db'}", timeout=5)
    else:
        server: PostgreSQL = request.getfixturevalue("server")
        engine = engine_of(lent.enter_context(server.with_journal()))
    LEDGER.create(engine)
    with lent:
        yield engine
        engine.dispose()


@pytest.fixture
def scene(erp: Engine) -> Scene:
    """An ERP with a list, and an agency that is played by hand."""
    journal = Journal(erp)
    return Scene(journal, CollectionList(journal, DEFINITION))
