"""Many files at once: several in flight on one connection, or several connections that do one thing at a time."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from math import ceil
from typing import TypeVar
from weakref import WeakKeyDictionary

from lindorff_sdk.errors import TransportError
from lindorff_sdk.transport.base import Transport

_T = TypeVar("_T")

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with the bytes moved so far, and those of all files of the run as far as the server tells sizes."""

LOGINS = 4
"""Log-ins that may be under way at one server at once; OpenSSH turns away some of more than ten."""

_FILES_PER_CONNECTION = 4
"""Files that a further connection must save before it is worth a log-in."""

_doors: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, int], asyncio.Semaphore]] = WeakKeyDictionary()


def door(host: str, port: int) -> asyncio.Semaphore:
    """Return what limits the log-ins under way at a server; hold it while logging in."""
    doors = _doors.setdefault(asyncio.get_running_loop(), {})
    return doors.setdefault((host, port), asyncio.Semaphore(LOGINS))


@contextlib.asynccontextmanager
async def fleet(
    first: Transport, connect: Callable[[], Awaitable[Transport]], files: int
) -> AsyncGenerator[Sequence[Transport], None]:
    """Open what moves ``files`` files best, and close it again, but for ``first``.

    A server that refuses a further connection costs speed and nothing else.
    """
    wanted = min(first.connections, ceil(files / _FILES_PER_CONNECTION)) - 1
    opened = await asyncio.gather(*(connect() for _ in range(wanted)), return_exceptions=True)
    others = [transport for transport in opened if not isinstance(transport, BaseException)]
    try:
        for error in opened:
            if isinstance(error, TransportError):
                _log.warning("going on with fewer connections: %s", error)
            elif isinstance(error, BaseException):
                raise error
        yield (first, *others)
    finally:
        for transport in others:
            await transport.close()


async def each(
    items: Iterable[_T], work: Callable[[Transport, _T], Awaitable[None]], transports: Sequence[Transport]
) -> None:
    """Do ``work`` for every item, in their order, as many at once as the connections take.

    After an error nothing new is begun; what is under way comes to its own end, and the first error is raised.
    """
    waiting = deque(items)
    errors: list[Exception] = []

    async def worker(transport: Transport) -> None:
        while waiting and not errors:
            try:
                await work(transport, waiting.popleft())
            except Exception as error:  # noqa: BLE001 - raised below
                errors.append(error)

    hands = [transport for transport in transports for _ in range(min(transport.in_flight, len(waiting)))]
    tasks = [asyncio.ensure_future(worker(transport)) for transport in hands]
    try:
        await asyncio.gather(*tasks)
    except asyncio.CancelledError:
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    if errors:
        raise errors[0]
