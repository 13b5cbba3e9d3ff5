"""A file in blocks of whole lines, so that it never has to be in memory whole."""

from array import array
from collections.abc import Iterator
from typing import BinaryIO, Protocol
from zlib import crc32

from attrs import frozen

from lindorff_sdk.errors import FileRefusedError
from lindorff_sdk.findings import finding

BLOCK = 256 * 1024
"""Bytes read at a time."""
LONGEST_LINE = 64 * 1024
"""Bytes of the longest line; a longer one ends the file."""
LONGEST_END = 1024 * 1024
"""Bytes at the end of a file that may be nothing but empty lines, and lines that fill it up."""
_NOTHING = b" \x1a\r\n"


@frozen
class Block:
    """Whole lines of a file.

    Attributes:
        data: Their bytes.
        is_last: Whether the file ends here; its last line may be without an end.
        is_broken_off: Whether the next line is too long, so that the file is not read any further.
    """

    data: bytes
    is_last: bool = False
    is_broken_off: bool = False


def filled(source: BinaryIO, size: int) -> bytes:
    """Return the next bytes of a file: so many, or all there are."""
    found = b""
    while len(found) < size and (more := source.read(size - len(found))):
        found += more
    return found


class SameTwice:
    """A file that is read several times, and must hold the same each time.

    A sum is kept of every block, so that nothing is used of one that changed after the totals were checked.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name, self._start = file, name, file.tell()
        self._sums = array("L")
        self._at = 0
        self._seen_whole = False

    def rewind(self) -> None:
        """Go back to where the file was at first."""
        self._file.seek(self._start)
        self._at = 0

    def read(self, size: int, /) -> bytes:
        """Return the next bytes.

        Raises:
            FileRefusedError: If they are not those that stood there when the file was read first.
        """
        data = filled(self._file, size)
        if not self._seen_whole:
            self._sums.append(crc32(data))
            self._seen_whole = not data
        elif self._at >= len(self._sums) or self._sums[self._at] != crc32(data):
            changed = finding("file-changed", "The file changed while it was read.", file=self._name)
            raise FileRefusedError(f"The file {self._name or '(unnamed)'} is refused:", [changed])
        self._at += 1
        return data


class Source(Protocol):
    """What a file is read from."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most so many; none at the end."""


def is_blank(data: bytes) -> bool:
    """Return whether there is nothing but blanks, line ends and Ctrl-Z."""
    return not data.strip(_NOTHING)


def blocks(source: Source, padding: bytes, size: int) -> Iterator[Block]:
    """Yield a file from where it stands.

    Lines that may be its end are kept back until the file goes on or ends, so that the last block has them all.

    Args:
        source: A file open for reading bytes.
        padding: The line that fills it up; empty if none does.
        size: Bytes read at a time.
    """
    rest = b""
    while more := source.read(size):
        rest += more
        start = _too_long(rest)
        if start is not None:
            yield Block(rest[:start], is_broken_off=True)
            return
        cut = _end(rest, padding)
        if cut:
            yield Block(rest[:cut])
            rest = rest[cut:]
    yield Block(rest, is_last=True)


def _too_long(data: bytes) -> int | None:
    """Return where a line begins that is longer than lines may be; None if there is none.

    Such a line holds one of the windows looked at, none of which is longer than half of it.
    """
    half = LONGEST_LINE // 2
    for at in range(0, len(data) - half + 1, half):
        if data.find(b"\n", at, at + half) < 0:
            start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at + half)
            if (end if end >= 0 else len(data)) - start > LONGEST_LINE:
                return start
    return None


def _end(data: bytes, padding: bytes) -> int:
    """Return where the whole lines end after which nothing but the end of the file may follow."""
    end = data.rfind(b"\n") + 1
    if not _is_end(data[data.rfind(b"\n", 0, max(end - 1, 0)) + 1 : end], padding):
        return end
    first = max(0, end - LONGEST_END)
    if first:
        first = data.index(b"\n", first - 1) + 1
    cut = end
    for line in reversed(data[first:end].split(b"\n")[:-1]):
        if not _is_end(line, padding):
            break
        cut -= len(line) + 1
    return cut


def _is_end(line: bytes, padding: bytes) -> bool:
    return line.strip(_NOTHING) in (b"", padding.strip(_NOTHING)) or line.rstrip(b" \r\n").endswith(b"\x1a")
