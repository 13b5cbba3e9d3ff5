"""What the tests of several folders are given."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.journal.databases import PostgreSQL, postgresql

# How long an example takes says nothing on a machine that is busy with others; timings are the benchmarks' task.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """PostgreSQL, started when it is first asked for."""
    with postgresql() as running:
        yield running
