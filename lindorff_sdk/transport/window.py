"""Several pieces of one file under way at once, given and taken in their order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Coroutine
from typing import Any

from lindorff_sdk.transport.base import CHUNK

PIECES = 8
"""Pieces under way per file: of `CHUNK` bytes each, as many as an SSH channel takes unanswered (two megabytes)."""


async def write_all(chunks: AsyncIterable[bytes], write: Callable[[bytes, int], Coroutine[Any, Any, None]]) -> int:
    """Write every chunk at its place, several at once, and return how many bytes that made.

    After an error no further chunk is begun; those under way come to their own end before it is raised.
    """
    under_way: deque[asyncio.Task[None]] = deque()
    written = 0
    try:
        async for chunk in chunks:
            if len(under_way) == PIECES:
                await under_way.popleft()
            under_way.append(asyncio.ensure_future(write(chunk, written)))
            written += len(chunk)
        while under_way:
            await under_way.popleft()
    finally:
        await _let_end(under_way)
    return written


async def read_all(size: int | None, read: Callable[[int], Coroutine[Any, Any, bytes]]) -> AsyncGenerator[bytes, None]:
    """Yield a file piece by piece to its end, several being read at once.

    Args:
        size: Bytes that the server tells. It only says how far is read ahead: the end is where nothing comes any more.
        read: Gives at most `CHUNK` bytes from an offset on; none at the end.
    """
    ahead: deque[asyncio.Task[bytes]] = deque()
    offset = begun = 0
    try:
        while True:
            while begun < (size or 0) and len(ahead) < PIECES:
                ahead.append(asyncio.ensure_future(read(begun)))
                begun += CHUNK
            piece = await (ahead.popleft() if ahead else read(offset))
            if not piece:
                break
            offset += len(piece)
            yield piece
            if len(piece) < CHUNK:
                # The end, or a server that gives less than it was asked for: what was read ahead is out of place.
                await _let_end(ahead)
                begun = size or 0
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
