"""Trying again: what may help is tried, everything else surfaces at once, and nothing outlives the run's deadline."""

import asyncio
import logging
import re
import time
from collections.abc import Iterator
from typing import TypeVar

import pytest

from lindorff_sdk import errors
from lindorff_sdk.errors import (
    ConnectionLostError,
    DeadlineError,
    InvoiceLockedError,
    LindorffError,
    LoginRefusedError,
    SecretError,
    TransientError,
    TransportError,
    UnknownOutcomeError,
)
from lindorff_sdk.transport.fleet import LOGINS, door, each, fleet
from lindorff_sdk.transport.memory import MemoryServer
from lindorff_sdk.transport.retry import Patience, _Tries, limited, persist

_E = TypeVar("_E", bound=LindorffError)

QUICK = Patience(attempts=3, seconds=5, first_wait=0.001, longest_wait=0.002)


def every(kind: type[_E]) -> Iterator[type[_E]]:
    yield kind
    for below in kind.__subclasses__():
        yield from every(below)


class Failing:
    """Raises its errors in turn, then gives a value."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def made(kind: type[_E], text: str) -> _E:
    """Return an error; some take more than a text, which does not matter here."""
    return kind.__new__(kind, text) if issubclass(kind, InvoiceLockedError) else kind(text)


@pytest.mark.parametrize("kind", sorted(set(every(LindorffError)), key=str))
async def test_every_error_surfaces(kind: type[LindorffError]) -> None:
    """No class of error is swallowed or changed: transient ones after the last attempt, others after the first."""
    failures = [made(kind, f"number {number}") for number in range(3)]
    work = Failing(*failures)
    with pytest.raises(kind) as caught:
        await persist(work, QUICK)
    transient = isinstance(failures[0], TransportError) and failures[0].transient
    assert work.calls == (3 if transient else 1)
    assert caught.value is failures[2 if transient else 0], "the last error is the one raised"


def test_what_is_transient() -> None:
    """These and no others are worth another try."""
    assert {kind.__name__ for kind in every(TransportError) if kind("").transient} == {
        "TransientError",
        "ConnectionLostError",
        "DeadlineError",
        "TruncatedError",
    }
    assert errors.LoginRefusedError("").transient is False


async def test_what_comes_after_a_failure() -> None:
    """One failure in passing costs one more attempt."""
    work = Failing(ConnectionLostError("cut"))
    assert await persist(work, QUICK) == "done"
    assert work.calls == 2


async def test_an_unknown_outcome_only_where_it_is_found_out() -> None:
    """It is tried again only where the caller says that the work finds out by itself what happened."""
    for also, calls in (((), 1), ((UnknownOutcomeError,), 2)):
        work = Failing(UnknownOutcomeError("lost"), *([] if also else [UnknownOutcomeError("lost")]))
        if also:
            assert await persist(work, QUICK, also=also) == "done"
        else:
            with pytest.raises(UnknownOutcomeError):
                await persist(work, QUICK)
        assert work.calls == calls


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return level and line of what was logged, and forget it."""
    lines = [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name == "lindorff_sdk.transport.retry"
    ]
    caplog.clear()
    return lines


async def test_every_attempt_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Each attempt leaves one line with its number, its error and the wait; so does the one that succeeds."""
    caplog.set_level(logging.DEBUG, "lindorff_sdk")
    slowly = Patience(attempts=3, seconds=5, first_wait=0.06, longest_wait=0.16)
    begun = time.monotonic()
    await persist(Failing(ConnectionLostError("first cut"), DeadlineError("second, slow")), slowly)
    took = time.monotonic() - begun
    (first, second, third), waits = told(caplog), []
    for number, (line, error) in enumerate([(first, "first cut"), (second, "second, slow")], 1):
        match = re.fullmatch(rf"attempt {number} of 3 failed, the next is in (0\.\d) seconds: {error}", line[1])
        assert match, line
        assert line[0] == "WARNING"
        waits.append(float(match[1]))
    assert third == ("INFO", "attempt 3 of 3 succeeded")
    assert 0.06 - 0.05 <= waits[0] <= 0.12 + 0.05
    assert 0.12 - 0.05 <= waits[1] <= 0.16 + 0.05
    assert took >= sum(waits) - 0.1, "it waits for as long as it says"


async def test_the_last_attempt_is_logged_whatever_it_brings(caplog: pytest.LogCaptureFixture) -> None:
    """A failure after which no other attempt comes says so; one success at once is for whoever wants details."""
    caplog.set_level(logging.DEBUG, "lindorff_sdk")
    with pytest.raises(ConnectionLostError):
        await persist(Failing(*[ConnectionLostError("cut")] * 3), QUICK)
    assert told(caplog)[-1] == ("WARNING", "attempt 3 of 3 failed: cut")
    with pytest.raises(LoginRefusedError):
        await persist(Failing(LoginRefusedError("no")), QUICK)
    assert told(caplog) == [("WARNING", "attempt 1 of 3 failed and is not repeated: no")]
    with pytest.raises(SecretError):
        await persist(Failing(SecretError("what it says is no affair of this log")), QUICK)
    assert told(caplog) == [("WARNING", "attempt 1 of 3 failed and is not repeated: SecretError")]
    with pytest.raises(DeadlineError):
        await persist(asyncio.Event().wait, Patience(3, 0.05))
    assert told(caplog) == [("WARNING", "attempt 1 of 3 was cut off: the time is over, or it was cancelled")]
    await persist(Failing(), QUICK)
    assert told(caplog) == [("DEBUG", "attempt 1 of 3 succeeded")]


async def test_waits_have_jitter_and_a_bound() -> None:
    """The second wait is about twice the first, no two clients wait alike, and none longer than the bound."""
    patience = Patience(attempts=9, first_wait=1, longest_wait=3)
    first, second, third = (
        [_Tries(patience, (), number).failed(TransientError("x")) for _ in range(200)] for number in (1, 2, 3)
    )
    assert all(1 <= wait <= 2 for wait in first)
    assert all(2 <= wait <= 3 for wait in second)
    assert set(third) == {3}
    assert len(set(first)) > 100
    assert max(first) - min(first) > 0.5


async def test_waits_end_with_the_run() -> None:
    """A wait that would outlast the run ends with it, and the last error is told."""
    begun = time.monotonic()
    with pytest.raises(ConnectionLostError, match="cut"):
        await persist(Failing(*[ConnectionLostError("cut")] * 9), Patience(9, 0.2, first_wait=30, longest_wait=60))
    assert time.monotonic() - begun < 1.2
    with pytest.raises(ConnectionLostError, match="second"):
        await persist(
            Failing(*[ConnectionLostError(text) for text in ("first", "second", "third")]),
            Patience(9, 0.3, first_wait=0.1, longest_wait=60),
        )


async def test_a_run_that_hangs() -> None:
    """Work that never ends is ended at the deadline, and leaves no task."""
    begun, before = time.monotonic(), asyncio.all_tasks()
    with pytest.raises(DeadlineError) as caught:
        await persist(asyncio.Event().wait, Patience(3, 0.2))
    assert time.monotonic() - begun < 1.2
    assert caught.value.operation == "run"
    assert asyncio.all_tasks() == before


async def test_cancelling_a_run() -> None:
    """Cancellation goes through at once and is not taken for a failure."""
    work = Failing(*[ConnectionLostError("cut")] * 9)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await persist(work, Patience(9, 60, first_wait=30, longest_wait=30))
    assert work.calls == 1


async def test_an_error_in_time_is_not_a_deadline() -> None:
    """What the work raises comes out as it is, a TimeoutError of its own too."""
    with pytest.raises(TimeoutError):
        await limited(Failing(TimeoutError())(), 1)


# --- many files ------------------------------------------------------------------------------------------------------


async def test_all_is_done_once_and_in_order() -> None:
    """Every item is begun in turn, by as many hands as the connections take."""
    transport = MemoryServer().connect()
    begun: list[int] = []
    under_way = most = 0

    async def work(_: object, item: int) -> None:
        nonlocal under_way, most
        begun.append(item)
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    await each(range(100), work, [transport])
    assert begun == list(range(100))
    assert most == transport.in_flight
    await each([], work, [transport])


async def test_the_first_error_ends_all() -> None:
    """What is under way comes to its end, nothing new is begun, and the first error is raised."""
    begun: list[int] = []
    ended: list[int] = []

    async def work(_: object, item: int) -> None:
        begun.append(item)
        if item == 3:
            raise ConnectionLostError("cut")
        await asyncio.sleep(0.01)
        ended.append(item)

    with pytest.raises(ConnectionLostError):
        await each(range(100), work, [MemoryServer().connect()])
    assert len(begun) <= 8
    assert sorted([*ended, 3]) == begun


async def test_a_refused_further_connection_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    """An agency may allow one connection only: then one does the work."""
    first = MemoryServer().connect()
    first.connections = 4
    server = MemoryServer()
    answers: list[object] = [server.connect(), LoginRefusedError("one is enough"), TransientError("421")]

    async def connect() -> object:
        answer = answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async with fleet(first, connect, 100) as transports:  # type: ignore[arg-type]
        assert len(transports) == 2
    assert "fewer connections" in caplog.text
    async with fleet(first, connect, 3) as transports:  # type: ignore[arg-type]
        assert transports == (first,)


async def test_log_ins_at_one_server_wait_for_each_other() -> None:
    """No more than four at once at one server; another server has its own."""
    under_way = most = 0

    async def log_in() -> None:
        nonlocal under_way, most
        async with door("sftp.agency.example", 22):
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1

    await asyncio.gather(*(log_in() for _ in range(20)))
    assert most == LOGINS
    assert door("sftp.agency.example", 22) is not door("other.example", 22)
