"""Trying again: only what may help and can do no harm, with jitter, and never beyond the run's deadline."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import stamina
from attrs import define, frozen

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
    tries = _Tries(patience, also)

    async def run() -> _T:
        async for attempt in stamina.retry_context(
            on=tries.failed, attempts=patience.attempts, timeout=patience.seconds
        ):
            with attempt:
                tries.number = attempt.num
                result = await work()
                tries.succeeded()
                return result
        raise AssertionError("unreachable")

    return await limited(run(), patience.seconds, lambda: tries.last)


@define
class _Tries:
    """The attempts of one call of `persist`, each of which leaves a line in the log, and the last error."""

    patience: Patience
    also: tuple[type[TransportError], ...]
    number: int = 0
    last: TransportError | None = None

    def failed(self, error: BaseException) -> bool | float:
        """Return the seconds until the next attempt; False where the error is not worth one, or it was the last."""
        if isinstance(error, asyncio.CancelledError):
            self._tell("was cut off: the time is over, or it was cancelled")
            return False
        if not isinstance(error, TransportError):
            self._tell("failed and is not repeated: %s", type(error).__name__)
            return False
        self.last = error
        if not error.transient and not isinstance(error, self.also):
            self._tell("failed and is not repeated: %s", error)
            return False
        if self.number >= self.patience.attempts:
            self._tell("failed: %s", error)
            return False
        spread = random.uniform(0, self.patience.first_wait)  # noqa: S311 - no secret
        wait: float = min(self.patience.longest_wait, self.patience.first_wait * 2 ** (self.number - 1) + spread)
        self._tell("failed, the next is in %.1f seconds: %s", wait, error)
        return wait

    def succeeded(self) -> None:
        """Tell of the attempt that did it; of the first one only whoever looks into details is told."""
        level = logging.INFO if self.number > 1 else logging.DEBUG
        _log.log(level, "attempt %d of %d succeeded", self.number, self.patience.attempts)

    def _tell(self, what: str, *details: object) -> None:
        _log.warning(f"attempt %d of %d {what}", self.number, self.patience.attempts, *details)


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
