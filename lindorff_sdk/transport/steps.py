"""One step of a conversation with a server: bounded in time, its failure told in our own words."""

import asyncio
import contextlib
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from lindorff_sdk.errors import ConnectionLostError, DeadlineError, SecretError, TransportError
from lindorff_sdk.transport.place import Place, words

_T = TypeVar("_T")

_GRACE = 0.2
"""Seconds that work may take to end after its connection was cut, and again after it was cancelled."""

_CLOSING = 5.0
"""Seconds that a polite goodbye may take."""


async def within(seconds: float, work: Coroutine[Any, Any, _T], abort: Callable[[], None]) -> _T:
    """Return what ``work`` returns, or cut its connection with ``abort`` when the time is over.

    Cutting comes first because a library may wait for the server while it handles a cancellation; with the
    connection gone there is nothing left to wait for. The same holds when the caller is cancelled.

    Raises:
        TimeoutError: If the work took longer than ``seconds``.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        abort()
        await _drop(task)
        raise
    if not done:
        abort()
        await _drop(task)
        raise TimeoutError
    return task.result()


async def _drop(task: asyncio.Future[Any]) -> None:
    task.add_done_callback(_forget)
    # With its connection cut the work ends by itself, and tidies up behind it; a cancelled one would leave the
    # library's own tasks to fail unseen.
    await asyncio.wait({task}, timeout=_GRACE)
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_GRACE)


def _forget(task: asyncio.Future[Any]) -> None:
    # Looking at the exception keeps asyncio from reporting it as never retrieved.
    if not task.cancelled():
        task.exception()


async def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket connected to the first address of ``host`` that answers."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure: OSError | None = None
    for family, kind, protocol, _, address in found:
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)
        try:
            await loop.sock_connect(opened, address)
        except OSError as error:
            opened.close()
            failure = error
        except BaseException:
            opened.close()
            raise
        else:
            return opened
    raise failure or OSError("no address")


class Connection(ABC):
    """What the network backends share: time limits, one translation of errors, and no use after an error."""

    def __init__(self, server: str, operation_timeout: float) -> None:
        self.server = server
        self._operation_timeout = operation_timeout
        self._lost = False

    async def _step(self, place: Place, work: Coroutine[Any, Any, _T], seconds: float | None = None) -> _T:
        """Return what ``work`` returns; whatever it raises leaves as an error of ours."""
        if self._lost:
            work.close()
            raise place.error(ConnectionLostError, "the connection is not used again after an error")
        try:
            return await within(self._operation_timeout if seconds is None else seconds, work, self._abort)
        except asyncio.CancelledError:
            self._lost = True
            raise
        except SecretError:
            raise
        except Exception as error:  # noqa: BLE001 - a server can make the libraries raise nearly anything
            failure = self._told(error, place)
        # Raised here, outside the handler: the library's frames may hold a secret, and __context__ would keep them.
        if failure.transient:
            self._give_up()
        raise failure

    def _told(self, error: Exception, place: Place) -> TransportError:
        if isinstance(error, TransportError):
            return error
        if isinstance(error, TimeoutError):
            return place.error(DeadlineError, "the server did not answer in time")
        return self._translate(error, place)

    def _give_up(self) -> None:
        self._lost = True
        self._abort()

    async def close(self) -> None:
        """End the connection. Never raises and never waits longer than five seconds or the operation's limit."""
        was_lost, self._lost = self._lost, True
        if was_lost:
            self._abort()
        with contextlib.suppress(Exception):
            await within(min(self._operation_timeout, _CLOSING), self._goodbye(polite=not was_lost), self._abort)
        self._abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        await self.close()

    @abstractmethod
    def _abort(self) -> None:
        """Cut the connection at once; safe to repeat."""

    @abstractmethod
    async def _goodbye(self, *, polite: bool) -> None:
        """Leave the server, and wait until every socket is closed."""

    @abstractmethod
    def _translate(self, error: Exception, place: Place) -> TransportError:
        """Return our error for one of the library's."""


def cut(error: Exception, place: Place) -> ConnectionLostError:
    """Return the error for a connection that was refused, reset, closed or cut."""
    reason = error.strerror if isinstance(error, OSError) else None
    told = words(reason or error)
    return place.error(ConnectionLostError, f"the connection failed: {told or type(error).__name__}")
