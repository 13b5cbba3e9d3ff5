"""Event ids: the same fact always has the same id, and no two facts share one (design.md, rule 11)."""

import hashlib
from collections.abc import Iterable

from attrs import frozen

from lindorff_sdk.models.parsed import Origin


@frozen
class FileIdentity:
    """What tells one file from all others: its definition, its name, and the SHA-256 of its bytes."""

    definition_id: str
    name: str
    sha256: str


def event_id(file: FileIdentity, kind: str, origin: Origin) -> str:
    """Return the id of the event of one kind that a record makes.

    Where the profile names unique fields, the id is made of the definition, the kind and those fields' raw bytes, so
    that the same transaction in another file has the same id. Otherwise the file and the record's place in it count.
    Values are never parsed for it: a corrected profile must not change an id.
    """
    if origin.unique is not None:
        return _digest((file.definition_id.encode(), kind.encode(), origin.unique))
    place = (file.name.encode("utf-8", "surrogateescape"), file.sha256.encode(), str(origin.line).encode())
    return _digest((file.definition_id.encode(), kind.encode(), *place, origin.raw))


def twin_id(plain: str, place: int) -> str:
    """Return the id of an event whose line has the unique fields of as many lines before it in its file."""
    return _digest((plain.encode(), str(place).encode()))


def posting_id(event_ids: Iterable[str]) -> str:
    """Return the id of the posting of these events."""
    return _digest(identifier.encode() for identifier in event_ids)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        # The length in front keeps ("ab", "c") and ("a", "bc") apart.
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
