"""Workers killed at random moments over OpenSSH, on PostgreSQL: nothing lost, nothing twice."""

from pathlib import Path

import pytest

from tests.journal.databases import PostgreSQL
from tests.journal.kills import Ledger, check, trial
from tests.servers import openssh

pytestmark = pytest.mark.real_server
KILLS = 20


def test_twenty_kills(server: PostgreSQL, tmp_path: Path) -> None:
    """The ledger comes to what the agency's books say, and to what a run without kills comes to."""
    outcomes = []
    with openssh() as sshd:
        for kills in (KILLS, 0):
            database = server.fresh().render_as_string(hide_password=False)
            with trial(sshd, database, tmp_path / f"kills-{kills}", kills=kills, rounds=2) as run:
                run.run()
                assert run.killed == kills
                ledger = Ledger.of(database)
                check(run, ledger)
            outcomes.append(ledger.in_short())
    assert outcomes[0] == outcomes[1]
