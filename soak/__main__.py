"""Cut uploads and downloads at every 97th byte, on every real server; a table of the counts goes to build/soak.json.

``python -m soak [NAME ...]`` runs only the servers named.
"""

import asyncio
import json
import logging
import sys
import tempfile
import time
from pathlib import Path

from lindorff_sdk.transport import Transport
from tests.faultproxy import How
from tests.servers import RunningServer
from tests.transport.real import REAL, Real
from tests.transport.sweeps import Target, sweep_all

STEP = 97


async def sweep(name: str, real: Real, server: RunningServer, folder: Path) -> dict[str, int]:
    async def connect(port: int, seconds: float) -> Transport:
        return await real.connect(server, folder, port, seconds)

    plain = server.host_key == "" and server.certificate is None
    target = Target(server.port, server.root, connect, ftp=plain)
    counts = {}
    for uploads in (True, False):
        begun = time.monotonic()
        way = "upload" if uploads else "download"
        counts[way] = await sweep_all(
            target, lambda total: range(1, total, STEP), [How.RESET, How.CLOSE], uploads=uploads
        )
        print(f"{name}: {counts[way]} cuts of {way}, no wrong end state, {time.monotonic() - begun:.0f} s", flush=True)
    return counts


def main() -> None:
    logging.getLogger("lindorff_sdk").setLevel(logging.ERROR)  # plain FTP warns at each of thousands of log-ins
    wanted = sys.argv[1:] or list(REAL)
    found = {}
    for name in wanted:
        with REAL[name].run() as server, tempfile.TemporaryDirectory() as folder:
            found[name] = asyncio.run(sweep(name, REAL[name], server, Path(folder)))
    Path("build").mkdir(exist_ok=True)
    Path("build/soak.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
