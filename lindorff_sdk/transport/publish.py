"""Publishing a file so that it appears whole, once, under its final name, and what to do after a crash."""

import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable, Collection
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from enum import Enum

from attrs import frozen

from lindorff_sdk.errors import CollisionError, PermissionRefusedError, TransportError, UnknownOutcomeError
from lindorff_sdk.transport.base import Content, RemoteFile, Transport

_TEMPORARY = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{12}\.(?P<time>\d{8}T\d{6}Z)-[0-9a-f]{8}\.part")
_TIME = "%Y%m%dT%H%M%SZ"


@frozen
class Published:
    """A file that stands under its final name.

    Attributes:
        file: The published file.
        uploaded: False where the same bytes were there already.
    """

    file: RemoteFile
    uploaded: bool


class Outcome(Enum):
    """What became of a publication whose end is not on record."""

    PUBLISHED = "published"
    """The file stands under its final name with the same bytes."""
    NOT_PUBLISHED = "not published"
    """The temporary file is still there: it was never renamed, so it is safe to publish again."""
    UNKNOWN = "unknown"
    """Neither is there: the agency may have taken the file. It is not sent again by itself."""


async def publish(
    transport: Transport,
    folder: str,
    name: str,
    content: Content,
    *,
    temporary_folder: str | None = None,
    before_rename: Callable[[str], Awaitable[None]] | None = None,
) -> Published:
    """Upload a file so that it appears under its final name whole or not at all, and never over another.

    Args:
        transport: An open connection.
        folder: The agency's folder.
        name: The final name.
        content: The bytes.
        temporary_folder: Where the temporary file is written; the agency's folder itself unless given. It must be on
            the same file system there, so that the file can be renamed into its place.
        before_rename: Called with the temporary name when all bytes are at the server and the rename is next.
            Write it down durably: `resume` needs it to tell what happened if the answer is lost. From then on the
            temporary file is removed only if the final name turns out to be taken: with neither of them there,
            nobody could tell that it was not sent.

    Raises:
        CollisionError: If the final name holds other bytes, or bytes that may not be read back.
        UnknownOutcomeError: If the answer to the rename was lost; go on with `resume` on a new connection.
        TransportError: For everything else; the file is then not published.
    """
    if (present := await transport.stat(folder, name)) is not None:
        return await _settled(transport, present, content)
    beside = folder if temporary_folder is None else temporary_folder
    temporary = RemoteFile(beside, temporary_name(name, content.sha256, datetime.now(UTC)), content.size)
    try:
        await transport.store(beside, temporary.name, content)
    except TransportError:
        await _remove(transport, temporary)
        raise
    if before_rename is not None:
        await before_rename(temporary.name)
    try:
        await transport.move(temporary, folder, name)
    except CollisionError:
        await _remove(transport, temporary)
        if (present := await transport.stat(folder, name)) is None:
            raise
        return await _settled(transport, present, content)
    except UnknownOutcomeError:
        raise
    except TransportError:
        if before_rename is None:
            await _remove(transport, temporary)
        raise
    return Published(RemoteFile(folder, name, content.size), uploaded=True)


async def resume(
    transport: Transport,
    folder: str,
    name: str,
    content: Content,
    temp_name: str,
    *,
    temporary_folder: str | None = None,
) -> Outcome:
    """Tell what became of a publication whose rename may or may not have happened.

    Args:
        transport: A new connection.
        folder: The agency's folder.
        name: The final name.
        content: The bytes that were to be published.
        temp_name: The temporary name that ``before_rename`` was given.
        temporary_folder: The folder that `publish` was given for it.

    Raises:
        CollisionError: If the final name holds other bytes.
    """
    # The temporary file is looked for first: seen in the other order, a rename in between would hide both.
    waiting = await transport.stat(folder if temporary_folder is None else temporary_folder, temp_name)
    present = await transport.stat(folder, name)
    if present is not None:
        if not await _same_or_unreadable(transport, present, content, unreadable=waiting is None):
            raise _collision(transport, present)
        return Outcome.PUBLISHED
    return Outcome.NOT_PUBLISHED if waiting is not None else Outcome.UNKNOWN


async def sweep(
    transport: Transport, folder: str, older_than: timedelta, now: datetime, keep: Collection[str] = ()
) -> tuple[RemoteFile, ...]:
    """Remove temporary files that interrupted uploads of ours left behind, and return them.

    The age is read from the temporary name, which holds the time of our clock: servers' clocks and listings are
    not to be relied upon.

    Args:
        transport: An open connection.
        folder: The folder in which temporary files are written.
        older_than: Younger files stay: another process may be at work on them.
        now: The time (with zone) that the age is counted from.
        keep: Temporary names that `resume` still needs.
    """
    stale = tuple(
        file
        for file in await transport.list(folder)
        if file.name not in keep and (begun := _begun(file.name)) is not None and now - begun >= older_than
    )
    for file in stale:
        await transport.delete(file)
    return stale


def temporary_name(name: str, sha256: str, now: datetime) -> str:
    """Return a name for one attempt to upload ``name``; no two attempts share one."""
    # A name that is the same for each attempt can be locked by the server's session of the attempt before.
    return f".{name}.{sha256[:12]}.{now.astimezone(UTC).strftime(_TIME)}-{secrets.token_hex(4)}.part"


def _begun(name: str) -> datetime | None:
    match = _TEMPORARY.fullmatch(name)
    if match is None:
        return None
    try:
        return datetime.strptime(match["time"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


async def _remove(transport: Transport, file: RemoteFile) -> None:
    # A lost connection cannot; `sweep` does it another day.
    with suppress(TransportError):
        await transport.delete(file)


async def _settled(transport: Transport, present: RemoteFile, content: Content) -> Published:
    if not await _same_or_unreadable(transport, present, content, unreadable=False):
        raise _collision(transport, present)
    return Published(present, uploaded=False)


async def _same_or_unreadable(transport: Transport, present: RemoteFile, content: Content, *, unreadable: bool) -> bool:
    """Return whether ``present`` holds the bytes of ``content``; ``unreadable`` where the server refuses reading."""
    if present.size is not None and present.size != content.size:
        return False
    digest = hashlib.sha256()
    try:
        async with aclosing(transport.fetch(present)) as chunks:
            async for chunk in chunks:
                digest.update(chunk)
                del chunk  # an error's frames hold no data of a file
    except PermissionRefusedError:
        return unreadable
    return digest.hexdigest() == content.sha256


def _collision(transport: Transport, present: RemoteFile) -> CollisionError:
    return CollisionError(
        f"the name {present.name} is taken by a file with other bytes; nothing was overwritten",
        server=transport.server,
        folder=present.folder,
        operation="publish",
    )
