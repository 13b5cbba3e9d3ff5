from tests.journal.conftest import server

__all__ = ["server"]
