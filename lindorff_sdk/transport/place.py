"""Where something happened: server, folder and operation, for the messages of errors."""

from typing import TypeVar

from attrs import frozen

from lindorff_sdk.errors import TransportError

_E = TypeVar("_E", bound=TransportError)

_MAX_WORDS = 300


@frozen
class Place:
    """Server, folder and operation of one call."""

    server: str
    folder: str = ""
    operation: str = ""

    def error(self, kind: type[_E], message: str) -> _E:
        """Return an error of this kind that names the place."""
        return kind(message, server=self.server, folder=self.folder, operation=self.operation)


def words(text: object) -> str:
    """Return a server's or library's words on one line, printable and bounded, so that no message can be forged."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    return line if len(line) <= _MAX_WORDS else line[: _MAX_WORDS - 1] + "…"
