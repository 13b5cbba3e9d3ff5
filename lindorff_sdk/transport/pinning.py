"""The command that prints what a server shows of itself, to be compared with what the agency says, and then pinned.

Run ``python -m lindorff_sdk.transport.pinning sftp HOST [PORT]``, or with ``ftps`` or ``ftps-implicit``. From Python
call `lindorff_sdk.transport.fetch_host_keys` and `lindorff_sdk.transport.fetch_certificate`.
"""

import asyncio
import sys

from lindorff_sdk.transport.shown import ShownKey, fetch_certificate, fetch_host_keys


async def _main(protocol: str, host: str, port: str = "") -> None:
    number = int(port) if port else None
    shown: tuple[ShownKey, ...]
    if protocol == "sftp":
        shown = await fetch_host_keys(host, number or 22)
        setting = "host_key"
    else:
        shown = (await fetch_certificate(host, number, implicit=protocol == "ftps-implicit"),)
        setting = "tls_pin"
    print("Not trusted yet. Ask the agency, by another way, which of these is its server's; then write:")  # noqa: T201
    for key in shown:
        print(f'{setting} = "{key.fingerprint}"  # {key.kind}')  # noqa: T201


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
