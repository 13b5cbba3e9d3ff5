"""Trying again: only what may help and can do no harm, with jitter, and never beyond the run's deadline."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import stamina
from attrs import frozen

from lindorff_sdk.errors import DeadlineError, TransportError

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


@frozen
class Patience:
    """How long and how often is tried.

    Attributes:
        attempts: How often in all.
        seconds: For everything together, waits included.
        first_wait: Seconds before the second attempt, doubled before each further one; as much again is added at
            random, so that many clients do not come back at the same moment.
        longest_wait: Seconds that no wait exceeds.
    """

    attempts: int = 3
    seconds: float = 900.0
    first_wait: float = 1.0
    longest_wait: float = 30.0


async def persist(
    work: Callable[[], Awaitable[_T]], patience: Patience, *, also: tuple[type[TransportError], ...] = ()
) -> _T:
    """Return what ``work`` returns; try again after errors that are transient.

    Refused log-ins, changed keys, missing permissions and everything else that another try would meet again is
    raised at once. When no further try is left, or the time is over, the last error is raised.

    Args:
        work: What may be done twice without harm; each try opens its own connection.
        patience: How long and how often.
        also: Further errors after which ``work`` may be called again, since it finds out by itself what happened.

    Raises:
        TransportError: The last one.
        DeadlineError: If the time is over before anything failed.
    """
    last: TransportError | None = None

    async def run() -> _T:
        nonlocal last
        async for attempt in stamina.retry_context(
            on=lambda error: isinstance(error, also) or (isinstance(error, TransportError) and error.transient),
            attempts=patience.attempts,
            timeout=patience.seconds,
            wait_initial=patience.first_wait,
            wait_max=patience.longest_wait,
            wait_jitter=patience.first_wait,
        ):
            with attempt:
                try:
                    return await work()
                except TransportError as error:
                    last = error
                    _log.warning("attempt %d of %d failed: %s", attempt.num, patience.attempts, error)
                    raise
        raise AssertionError("unreachable")

    return await limited(run(), patience.seconds, lambda: last)


async def limited(
    work: Coroutine[Any, Any, _T], seconds: float, last: Callable[[], TransportError | None] = lambda: None
) -> _T:
    """Return what ``work`` returns within the time of a whole run.

    Raises:
        DeadlineError: If the time is over; the error that ``last`` gives instead, if it gives one.
    """
    # Not `asyncio.timeout`: a TimeoutError from within must be told from the end of the run.
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
    if not done:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if not task.cancelled():
        return task.result()
    raise last() or DeadlineError("the time for the whole run is over", operation="run")
