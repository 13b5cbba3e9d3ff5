"""Listings of FTP servers, read one line at a time so that an odd line costs only itself."""

import re
from datetime import UTC, datetime

from attrs import frozen

from lindorff_sdk.transport.base import RemoteFile
from lindorff_sdk.transport.names import is_safe_name

# The group may be missing and the mode may end in an ACL mark; month names are not looked at, they may be local.
_UNIX = re.compile(
    r"(?P<kind>[-dlbcps])[-rwxsStTl]{9}[.+@]?\s+\d+\s+.*?\s(?P<size>\d+)"
    r"\s+\S+\s+\S+\s+(?:\d{1,2}:\d{2}|\d{4})\s(?P<name>.+)"
)
_WINDOWS = re.compile(r"\d{2}-\d{2}-\d{2,4}\s+\d{1,2}:\d{2}(?:[AP]M)?\s+(?P<size><[A-Z]+>|[\d,.]+)\s+(?P<name>.+)")
_TIME = re.compile(r"(\d{14})(?:\.\d+)?")


@frozen
class Listing:
    """The ordinary files of a listing, and how many lines were of no use."""

    files: tuple[RemoteFile, ...]
    unusable: int


def read_listing(folder: str, data: bytes, encoding: str, *, machine_readable: bool) -> Listing:
    """Return the files named in an answer to MLSD (``machine_readable``) or LIST."""
    read = read_facts if machine_readable else read_line
    files, unusable = [], 0
    for raw in data.splitlines():
        line = raw.decode(encoding, "surrogateescape")
        if not line.strip() or line.startswith("total "):
            continue
        kind, file = read(folder, line)
        if kind == "file" and file is not None and is_safe_name(file.name):
            files.append(file)
        elif kind in {"file", ""}:
            unusable += 1
    return Listing(tuple(sorted(files, key=lambda file: file.name)), unusable)


def read_facts(folder: str, line: str) -> tuple[str, RemoteFile | None]:
    """Return kind and file of one line of MLSD or MLST; the kind is ``""`` where the line makes no sense."""
    facts, _, name = line.lstrip(" ").partition(" ")
    pairs = dict(part.lower().split("=", 1) for part in facts.split(";") if "=" in part)
    if not name or "type" not in pairs:
        return "", None
    size = pairs.get("size", "")
    # Some servers name the whole path in MLST.
    plain = name.rsplit("/", 1)[-1]
    return pairs["type"], RemoteFile(
        folder, plain, int(size) if size.isdecimal() else None, read_time(pairs.get("modify", ""))
    )


def read_line(folder: str, line: str) -> tuple[str, RemoteFile | None]:
    """Return kind and file of one line of LIST, without a time: LIST tells minutes in an unknown zone."""
    if unix := _UNIX.fullmatch(line):
        kind = {"-": "file"}.get(unix["kind"], "other")
        return kind, RemoteFile(folder, unix["name"], int(unix["size"]))
    if windows := _WINDOWS.fullmatch(line):
        size = windows["size"].replace(",", "").replace(".", "")
        return ("file", RemoteFile(folder, windows["name"], int(size))) if size.isdecimal() else ("other", None)
    return "", None


def read_time(text: str) -> datetime | None:
    """Return the time in an answer to MDTM or a ``modify`` fact (UTC), or None."""
    if match := _TIME.fullmatch(text.strip()):
        try:
            return datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return None
    return None
