"""300 workers killed at random moments of export, fetch and booking, over OpenSSH, on PostgreSQL.

``python -m soak.journal [KILLS]``. Nothing may be lost, nothing be there twice.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.journal.databases import postgresql
from tests.journal.kills import Ledger, check, trial
from tests.servers import openssh


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    begun = time.monotonic()
    with openssh() as sshd, postgresql() as server, tempfile.TemporaryDirectory() as folder:
        database = server.fresh().render_as_string(hide_password=False)
        with trial(sshd, database, Path(folder) / "trial", kills=kills, rounds=max(2, kills // 10)) as run:
            run.run()
            ledger = Ledger.of(database)
            check(run, ledger)
    events, seconds = len(ledger.events), time.monotonic() - begun
    print(f"{run.killed} kills, {events} events booked: none lost, none twice, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
