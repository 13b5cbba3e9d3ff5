"""Cut uploads and downloads at every 97th byte, on every real server; a table of the counts goes to build/soak.json.

``python -m soak [--step BYTES] [--at-once COUNT] [NAME ...]`` runs only the servers named, and cuts at wider steps
where there is less time. Some run side by side, each in a process of its own; all of it takes about half an hour on two
idle cores. The table is written whenever a server is done, so that a soak that is stopped tells how far it came. One
that fails does not stop the others, but fails the whole.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from lindorff_sdk.transport import Transport
from tests.faultproxy import How
from tests.servers import RunningServer
from tests.transport.real import REAL, Real
from tests.transport.sweeps import Target, sweep_all

STEP = 97
# Every fifth is a silence: it costs its time limit each time.
HOWS = [How.RESET, How.CLOSE, How.RESET, How.CLOSE, How.SILENCE]
AT_ONCE = 3
"""Servers swept side by side: a silence leaves the cores idle."""


async def sweep(name: str, real: Real, server: RunningServer, folder: Path, step: int) -> dict[str, int]:
    async def connect(port: int, seconds: float) -> Transport:
        return await real.connect(server, folder, port, seconds)

    target = Target(server.port, server.root, connect, ftp=server.host_key == "")
    counts = {}
    for uploads in (True, False):
        begun = time.monotonic()
        way = "upload" if uploads else "download"
        counts[way] = await sweep_all(target, lambda total: range(1, total, step), HOWS, uploads=uploads)
        print(f"{name}: {counts[way]} cuts of {way}, no wrong end state, {time.monotonic() - begun:.0f} s", flush=True)
    return counts


def sweep_one(name: str, step: int) -> dict[str, int] | str:
    """Return the counts of one server, or how it failed."""
    logging.getLogger("lindorff_sdk").setLevel(logging.ERROR)  # plain FTP warns at each of thousands of log-ins
    try:
        with REAL[name].run() as server, tempfile.TemporaryDirectory() as folder:
            return asyncio.run(sweep(name, REAL[name], server, Path(folder), step))
    except Exception:  # noqa: BLE001 - told with the others at the end
        return traceback.format_exc()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m soak")
    parser.add_argument("--step", type=int, default=STEP)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*REAL, []])
    options = parser.parse_args()
    wanted = options.names or list(REAL)
    counts: dict[str, dict[str, int]] = {}
    Path("build").mkdir(exist_ok=True)
    with ProcessPoolExecutor(options.at_once, max_tasks_per_child=1) as pool:
        names = {pool.submit(sweep_one, name, options.step): name for name in wanted}
        for done in as_completed(names):
            row = done.result()
            if isinstance(row, str):
                print(f"\n{names[done]} FAILED\n{row}", flush=True)
            else:
                counts[names[done]] = row
            Path("build/soak.json").write_text(json.dumps(counts, indent=1) + "\n")
    total = sum((Counter(row) for row in counts.values()), Counter[str]())
    print(f"{len(counts)} of {len(wanted)} servers, {total.total()} cuts: {dict(total)}")
    sys.exit(len(counts) < len(wanted))
