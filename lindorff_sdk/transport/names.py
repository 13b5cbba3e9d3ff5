"""Which remote names and folders are safe to use, and the path they make."""

from lindorff_sdk.errors import UnsafeNameError
from lindorff_sdk.transport.place import Place

MAX_NAME_BYTES = 255
"""Longest file name in bytes; the limit of every common file system."""


def is_safe_name(name: str) -> bool:
    """Return whether ``name`` is one plain file name: no separator, no climbing, nothing unprintable."""
    return bool(name) and name not in {".", ".."} and not any(_is_unsafe(char) for char in name) and _fits(name)


def checked_name(name: str, place: Place) -> str:
    """Return ``name`` as it is.

    Raises:
        UnsafeNameError: If it is more than one plain name.
    """
    if not is_safe_name(name):
        raise place.error(UnsafeNameError, f"the name {name!r} is not one plain file name")
    return name


def checked_folder(folder: str, place: Place) -> str:
    """Return ``folder`` without a final separator; ``""`` is the folder one lands in after logging in.

    Raises:
        UnsafeNameError: If it climbs or holds control characters.
    """
    if ".." in folder.split("/") or any(char != "/" and _is_unsafe(char) for char in folder):
        raise place.error(UnsafeNameError, "the folder climbs or holds control characters")
    return folder.rstrip("/") or folder[:1]


def path_of(folder: str, name: str, place: Place) -> str:
    """Return the remote path of ``name`` in ``folder``, both checked."""
    folder = checked_folder(folder, place)
    name = checked_name(name, place)
    return f"{folder}{name}" if folder in {"", "/"} else f"{folder}/{name}"


def encodable(path: str, encoding: str, place: Place) -> str:
    """Return ``path`` as it is.

    Raises:
        UnsafeNameError: If the encoding agreed for names cannot hold it.
    """
    try:
        path.encode(encoding)
    except UnicodeEncodeError:
        pass
    else:
        return path
    raise place.error(UnsafeNameError, f"the name {path!r} cannot be written in {encoding}")


def _is_unsafe(char: str) -> bool:
    # Space is printable and common in names; the other separators and everything invisible are not.
    return char in "/\\" or not char.isprintable()


def _fits(name: str) -> bool:
    return len(name.encode("utf-8", "surrogateescape")) <= MAX_NAME_BYTES
