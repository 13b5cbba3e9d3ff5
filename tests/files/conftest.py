"""``pytest tests/files --regenerate-golden`` writes what the golden files turn out to hold; read the diff."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag."""
    parser.addoption("--regenerate-golden", action="store_true", help="write the expectations of tests/golden anew")


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    """Whether the expectations are written instead of compared."""
    # Where pytest was started for all tests, this file is read too late for the flag to be known.
    return bool(request.config.getoption("--regenerate-golden", default=False))
