"""Several pieces of one file under way at once, given and taken in their order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Coroutine
from typing import Any

WINDOW = 2 * 1024 * 1024
"""Bytes of one file under way: as many as an SSH channel takes unanswered."""


async def write_all(
    chunks: AsyncIterable[bytes], write: Callable[[bytes, int], Coroutine[Any, Any, None]], size: int
) -> int:
    """Write everything at its place, several pieces at once, and return how many bytes that made.

    After an error no further piece is begun; those under way come to their own end before it is raised.

    Args:
        chunks: The bytes, in pieces of any size.
        write: Writes one piece at an offset.
        size: Bytes of the largest piece that the server takes.
    """
    under_way: deque[asyncio.Task[int]] = deque()
    written = 0
    try:
        # What the loop holds are calls, not bytes: the frame of an error shows nobody's data.
        async for call in _calls(chunks, write, size):
            under_way.append(asyncio.ensure_future(call))
            if len(under_way) >= WINDOW // size:
                written += await under_way.popleft()
        while under_way:
            written += await under_way.popleft()
    finally:
        await _let_end(under_way)
    return written


async def _calls(
    chunks: AsyncIterable[bytes], write: Callable[[bytes, int], Coroutine[Any, Any, None]], size: int
) -> AsyncGenerator[Coroutine[Any, Any, int], None]:
    offset = 0
    async for chunk in chunks:
        for start in range(0, len(chunk), size):
            yield _counted(write(chunk[start : start + size], offset + start), min(size, len(chunk) - start))
        offset += len(chunk)


async def _counted(writing: Coroutine[Any, Any, None], count: int) -> int:
    await writing
    return count


async def read_all(
    total: int | None, read: Callable[[int], Coroutine[Any, Any, bytes]], size: int
) -> AsyncGenerator[bytes, None]:
    """Yield a file piece by piece to its end, several being read at once.

    Args:
        total: Bytes that the server tells. It only says how far is read ahead: the end is where nothing comes any more.
        read: Gives at most ``size`` bytes from an offset on; none at the end.
        size: Bytes of a piece.
    """
    ahead: deque[asyncio.Task[bytes]] = deque()
    offset = begun = 0
    try:
        while True:
            while begun < (total or 0) and len(ahead) < WINDOW // size:
                ahead.append(asyncio.ensure_future(read(begun)))
                begun += size
            piece = await (ahead.popleft() if ahead else read(offset))
            if not piece:
                break
            length = len(piece)
            offset += length
            yield piece
            del piece  # an error's frames hold no data of a file
            if length < size:
                # The end, or a server that gives less than it was asked for: what was read ahead is out of place.
                await _let_end(ahead)
                begun = total or 0
    finally:
        await _let_end(ahead)


async def _let_end(tasks: deque[Any]) -> None:
    # Not cancelled: a cancelled request costs the whole connection, and each has a time limit of its own.
    left = list(tasks)
    tasks.clear()
    try:
        await asyncio.gather(*left, return_exceptions=True)
    except asyncio.CancelledError:
        await asyncio.gather(*left, return_exceptions=True)
        raise
