from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, make_url

from lindorff_sdk.journal import Journal
from tests.journal.databases import PostgreSQL, engine_of
from tests.journal.ledgers import LEDGER

ERPS_POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.real_server)


@pytest.fixture(params=["sqlite", ERPS_POSTGRESQL])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Where the ERP's own database is, with nothing in it."""
    if request.param == "sqlite":
        return make_url(f"sqlite:///{tmp_path / 'erp.db'}")
    found: PostgreSQL = request.getfixturevalue("server")
    return found.fresh()


@pytest.fixture(params=["sqlite", ERPS_POSTGRESQL])
def prepared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """Where the ERP's own database is; on PostgreSQL with the tables of a journal, on SQLite with nothing in it."""
    if request.param == "sqlite":
        yield make_url(f"sqlite:///{tmp_path / 'erp.db'}")
        return
    server: PostgreSQL = request.getfixturevalue("server")
    with server.with_journal() as url:
        yield url


@pytest.fixture(params=["sqlite", "own file", ERPS_POSTGRESQL])
def erp(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The ERP's database with its ledger, or the journal's own file, in which the ledger is as well."""
    lent = ExitStack()
    if request.param == "own file":
        journal = Journal.open(tmp_path / "journal.db")
        journal.engine.dispose()
        engine = journal.engine
    elif request.param == "sqlite":
        engine = engine_of(f"sqlite:///{tmp_path / 'erp.db'}")
    else:
        server: PostgreSQL = request.getfixturevalue("server")
        engine = engine_of(lent.enter_context(server.with_journal()))
    LEDGER.create(engine)
    with lent:
        yield engine
        engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """The ERP's own SQLite database, with the driver's own way of transactions."""
    engine = engine_of(f"sqlite:///{tmp_path / 'erp.db'}", timeout=5)
    LEDGER.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def journal(erp: Engine) -> Journal:
    """The journal with its tables in the ERP's database."""
    return Journal(erp)
