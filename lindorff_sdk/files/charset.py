"""What a codec's bytes are, looked at once for a whole file instead of line by line."""

import codecs
from functools import lru_cache
from unicodedata import category

from attrs import frozen


@frozen
class Charset:
    """A profile's codec.

    Attributes:
        codec: Its name for Python.
        single_byte: Whether every character is one byte; otherwise only ASCII lines are as wide as they look.
        unclean: The bytes that stand for control characters, or for nothing, line ends left out.
    """

    codec: str
    single_byte: bool
    unclean: bytes

    def is_clean(self, data: bytes, line_end: str, lines: int) -> bool:
        """Return whether a file is free of control characters beside the ends of its lines, and wide as it looks."""
        ends = line_end == "\r\n"
        return (
            (self.single_byte or data.isascii())
            and len(data.translate(None, self.unclean)) == len(data)
            and data.count(b"\n") == lines
            and data.count(b"\r") == (lines if ends else 0)
            and (not ends or data.count(b"\r\n") == lines)  # as many as there are lines, and one of them in a text
        )

    def size(self, text: str) -> int:
        """Return how many bytes a text takes; of one that the codec lacks, as many as it has characters."""
        return len(text) if self.single_byte else len(text.encode(self.codec, "surrogateescape"))

    def column_view(self, line: str) -> str:
        """Return a line with one character for each byte, for looking at a column of it."""
        return (
            line if self.single_byte or line.isascii() else line.encode(self.codec, "surrogateescape").decode("latin-1")
        )


@lru_cache(maxsize=32)
def charset(codec: str) -> Charset:
    """Return what is to be known of a codec."""
    single_byte = codecs.lookup(codec).name != "utf-8"
    texts = {byte: bytes([byte]).decode(codec, "ignore") for byte in range(256 if single_byte else 128)}
    unclean = bytes(
        byte for byte, text in texts.items() if (not text or category(text) == "Cc") and byte not in b"\r\n"
    )
    return Charset(codec, single_byte, unclean)


def is_usable(codec: str) -> bool:
    """Return whether a codec is UTF-8, or single-byte and like ASCII in its lower half."""
    try:
        name = codecs.lookup(codec).name
        return name == "utf-8" or (
            bytes(range(128)).decode(name) == "".join(map(chr, range(128)))
            and all(len(bytes([byte] * 2 + [32]).decode(name, "replace")) == 3 for byte in range(256))
            and all(len(bytes([byte, 65]).decode(name, "replace")) == 2 for byte in range(256))
            and len(rb"\u00e6".decode(name) + b"\x1b$B0!".decode(name, "replace")) == 11
            and len(("\x20" * 3).encode(name)) == 3
        )
    except (LookupError, ValueError):
        return False
