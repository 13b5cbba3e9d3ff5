"""Versions of a profile side by side: an agency changes its layout on a day, and files of both are about."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise

from lindorff_sdk.errors import ProfileError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.names import day_in_name
from lindorff_sdk.files.parser import parse
from lindorff_sdk.models.parsed import AnyFile, ParsedFile


def in_order(versions: Sequence[Profile]) -> tuple[Profile, ...]:
    """Return versions in the order in which they begin to hold.

    Raises:
        ProfileError: If two begin on the same day.
    """
    ordered = sorted(versions, key=lambda profile: profile.holds_from)
    for earlier, later in pairwise(ordered):
        if earlier.holds_from == later.holds_from:
            raise ProfileError(
                f"The profiles {earlier.id} {earlier.version} and {later.id} {later.version} both hold from "
                f"{later.holds_from}: versions begin on different days."
            )
    return tuple(ordered)


def version_on(versions: Sequence[Profile], day: date) -> Profile:
    """Return the version that holds on a day; before all of them the first."""
    return next((profile for profile in reversed(versions) if profile.holds_from <= day), versions[0])


def parse_version(
    data: bytes, versions: Sequence[Profile], *, file_name: str, received_on: date
) -> tuple[Profile, ParsedFile[AnyFile]]:
    """Return what a file holds, and the version of the profile that read it; see `choose_version`.

    Args:
        data: The file's bytes.
        versions: In the order in which they begin to hold; one or more.
        file_name: Its name.
        received_on: The day it was received.
    """

    def read(profile: Profile) -> ParsedFile[AnyFile]:
        return parse(data, profile, file_name=file_name)

    return choose_version(versions, read, file_name=file_name, received_on=received_on)


def choose_version(
    versions: Sequence[Profile],
    read: Callable[[Profile], ParsedFile[AnyFile]],
    *,
    file_name: str,
    received_on: date,
) -> tuple[Profile, ParsedFile[AnyFile]]:
    """Return the version of the profile that a file is read with, and what it holds.

    It is the version that holds on the day in the file's name. Where the name has none, it is the one that holds on the
    day the file itself states (``envelope.created_at``), and where that says nothing either, on the day of receipt.

    Args:
        versions: In the order in which they begin to hold; one or more.
        read: Reads the file with a version.
        file_name: The file's name.
        received_on: The day it was received.
    """
    layouts = (layout for profile in versions for layout in profile.files.values())
    named = next((day for layout in layouts if (day := day_in_name(layout, file_name))), None)
    if named is None and len(versions) > 1:
        for profile in reversed(versions):
            parsed = read(profile)
            made = None if parsed.model is None else parsed.model.envelope.created_at
            if made is not None and version_on(versions, made.date()) is profile:
                return profile, parsed
    profile = version_on(versions, named or received_on)
    return profile, read(profile)
