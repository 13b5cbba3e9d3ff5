"""What the tests of several folders are given."""

from collections.abc import Iterator

import pytest

from tests.journal.databases import PostgreSQL, postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """PostgreSQL, started when it is first asked for."""
    with postgresql() as running:
        yield running
