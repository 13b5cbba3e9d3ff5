"""Which files of a listing are finished: nobody may read what somebody is still writing."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from attrs import evolve, frozen

from lindorff_sdk.transport.base import RemoteFile, Transport


@frozen
class Rules:
    """How finished files are told from others. What is not agreed with the agency is left at its default.

    Attributes:
        unfinished: Patterns of temporary names; case does not matter.
        settle_seconds: Seconds between two looks in which size and time must stay the same; 0 for one look only.
        min_age_seconds: Age at which a file is taken to be finished; 0 for any. A file without a time, or with one in
            the future, has none.
        marker: Ending of the name of the file that says that another is finished; ``""`` for none.
    """

    unfinished: Sequence[str] = ()
    settle_seconds: float = 0.0
    min_age_seconds: float = 0.0
    marker: str = ""


@frozen
class Look:
    """What a look into a folder gave.

    Attributes:
        finished: The files that may be fetched, by name.
        left: The names of the others, with the reason; the next run looks again. Temporary names and markers are in
            neither.
    """

    finished: tuple[RemoteFile, ...] = ()
    left: tuple[str, ...] = ()


async def look(
    transport: Transport, folder: str, rules: Rules, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Look:
    """Return the finished files of a folder.

    Args:
        transport: An open connection.
        folder: The folder.
        rules: What tells a finished file.
        now: Gives the time (UTC) that ages are counted from; asked after the listing.

    Raises:
        TransportError: If the folder cannot be listed.
    """
    listed = [file for file in await transport.list(folder) if not _matches(file.name, rules.unfinished)]
    names = {file.name for file in listed}
    left: list[str] = []
    files = [file for file in listed if not (rules.marker and file.name.endswith(rules.marker))]
    if rules.marker:
        left += [f"{file.name}: not marked as finished yet" for file in files if file.name + rules.marker not in names]
        files = [file for file in files if file.name + rules.marker in names]
    if rules.min_age_seconds:
        files = [await _with_time(transport, file) for file in files]
        young = {file.name for file in files if not _is_old(file, now(), rules.min_age_seconds)}
        left += [f"{name}: younger than agreed" for name in sorted(young)]
        files = [file for file in files if file.name not in young]
    if rules.settle_seconds and files:
        await asyncio.sleep(rules.settle_seconds)
        again = {file.name: file for file in await transport.list(folder)}
        moving = {file.name for file in files if not _is_the_same(file, again.get(file.name))}
        left += [f"{name}: still changing" for name in sorted(moving)]
        files = [file for file in files if file.name not in moving]
    return Look(tuple(files), tuple(left))


def marker_of(file: RemoteFile, rules: Rules) -> RemoteFile | None:
    """Return the file that marks ``file`` as finished, where that is agreed."""
    return RemoteFile(file.folder, file.name + rules.marker) if rules.marker else None


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


async def _with_time(transport: Transport, file: RemoteFile) -> RemoteFile:
    if file.modified is not None:
        return file
    # Listings of some servers tell minutes in an unknown zone; asked for one file they tell the time.
    seen = await transport.stat(file.folder, file.name)
    return file if seen is None else evolve(file, modified=seen.modified)


def _is_old(file: RemoteFile, now: datetime, seconds: float) -> bool:
    return file.modified is not None and now - file.modified >= timedelta(seconds=seconds)


def _is_the_same(file: RemoteFile, again: RemoteFile | None) -> bool:
    # The time may come from elsewhere than the listing; where the second look tells one, it must agree.
    return (
        again is not None
        and again.size == file.size
        and (None in {again.modified, file.modified} or again.modified == file.modified)
    )
