"""The command that prints what a server shows, and the calls behind it."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from lindorff_sdk import transport
from tests.transport.embedded import HOST_KEY, sftp_server


async def test_the_command_prints_what_is_pinned(root: Path) -> None:
    """It runs without a warning, prints the key as it is written into the definition, and says that it trusts none."""
    async with sftp_server(root) as server:
        command = ["-W", "error", "-m", "lindorff_sdk.transport.pinning", "sftp", "127.0.0.1", str(server.port)]
        run = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, stderr=PIPE)
        printed, warned = await run.communicate()
    assert (run.returncode, warned) == (0, b"")
    assert printed.startswith(b"Not trusted yet.")
    assert f'host_key = "{HOST_KEY.get_fingerprint()}"' in printed.decode()


def test_what_pinning_needs_is_exported() -> None:
    """The names are where the docs say, in order."""
    assert {"Tls", "ShownKey", "fetch_certificate", "fetch_host_keys"} <= set(transport.__all__)
    assert transport.__all__ == sorted(transport.__all__)
