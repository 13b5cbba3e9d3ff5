"""What asyncssh sends in one turn of the loop, sent in one piece."""

import asyncio
from typing import Any

import asyncssh

_LARGE = 16 * 1024


class Gathering:
    """Stands before a connection's transport.

    asyncssh writes every packet by itself, and one to be ignored before it: two system calls a packet, each of which
    wakes the server. With many small files under way these are most of the time.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._gathered: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send this when the loop turns; what is large goes at once, for it would only be copied."""
        if len(data) > _LARGE:
            self._flush()
            self._transport.write(data)
            return
        if not self._gathered:
            self._loop.call_soon(self._flush)
        self._gathered.append(data)

    def close(self) -> None:
        """Send what is left, and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered and not self._transport.is_closing():
            self._transport.write(b"".join(gathered))


def gather(connection: asyncssh.SSHClientConnection) -> None:
    """Have a connection that was just made send in one piece what it sends in one turn."""
    # Not public. Where asyncssh keeps it no more, it is only slower.
    transport = getattr(connection, "_transport", None)
    if transport is not None:
        connection._transport = Gathering(transport)  # type: ignore[assignment]  # noqa: SLF001 - as said above
