"""What a server is seen to be like, underneath the contract; a row of docs/transport/contract.md."""

import contextlib
import re
from pathlib import Path

from lindorff_sdk.transport import Content, FtpTransport, SftpTransport, Transport
from tests.transport.sites import DiskSite, Site

PAGE = Path(__file__).parents[2] / "docs" / "transport" / "contract.md"
COLUMNS = (
    "lists by",
    "times in listings",
    "a rename onto a taken name",
    "tells free room",
    "mode of a new file",
    "files at once",
    "encryption",
)


async def observe(site: Site, transport: Transport) -> dict[str, str]:
    """Return what is seen, by column."""
    await transport.store("in", "new.txt", Content.of(b"new"))
    site.put("in", "taken.txt", b"taken")
    (listed, *_) = await transport.list("in")
    mode = f"{(site.root / 'in' / 'new.txt').stat().st_mode & 0o777:04o}" if isinstance(site, DiskSite) else "none"
    at_once = f"{transport.in_flight} on one connection" if transport.connections == 1 else "one a connection"
    seen = (
        _lists_by(transport),
        "to the second" if listed.modified else "none",
        await _renamed(site, transport),
        await _room(transport),
        mode,
        at_once if transport.connections == 1 else f"{at_once}, of {transport.connections}",
        _encryption(transport),
    )
    return dict(zip(COLUMNS, seen, strict=True))


def _lists_by(transport: Transport) -> str:
    if isinstance(transport, FtpTransport):
        return "MLSD" if "MLST" in transport._features else "LIST"
    return "attributes"


async def _renamed(site: Site, transport: Transport) -> str:
    """Return what the server's own rename does, which the SDK never lets happen."""
    with contextlib.suppress(Exception):
        if isinstance(transport, SftpTransport):
            await transport._sftp.rename("in/new.txt", "in/taken.txt")
        elif isinstance(transport, FtpTransport):
            await transport._client.command("RNFR in/new.txt", "350")
            await transport._client.command("RNTO in/taken.txt", "2xx")
        else:
            (file,) = [file for file in await transport.list("in") if file.name == "new.txt"]
            await transport.move(file, "in", "taken.txt")
    return "refuses" if site.read("in", "taken.txt") == b"taken" else "overwrites in silence"


async def _room(transport: Transport) -> str:
    if isinstance(transport, SftpTransport):
        with contextlib.suppress(Exception):
            return "yes" if (await transport._sftp.statvfs(".")).blocks else "no"
    return "no"


def _encryption(transport: Transport) -> str:
    if isinstance(transport, SftpTransport):
        return str(transport._connection.get_extra_info("send_cipher"))
    if isinstance(transport, FtpTransport):
        encrypted = transport._client.stream.writer.get_extra_info("ssl_object")
        return "none" if encrypted is None else str(encrypted.version())
    return "none"


def row(name: str, kept: str, observed: dict[str, str]) -> str:
    """Return a line of the table."""
    return f"| {name} | {kept} | {' | '.join(observed[column] for column in COLUMNS)} |"


def rows_of(page: str) -> dict[str, str]:
    """Return the lines of the page's table by server."""
    table = re.findall(r"^\| (\S.*?) \| \d+ of \d+ \|.*$", page, re.MULTILINE)
    lines = re.findall(r"^\| \S.*? \| \d+ of \d+ \|.*$", page, re.MULTILINE)
    return dict(zip(table, lines, strict=True))
