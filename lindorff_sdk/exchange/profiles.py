"""The profile that a definition names, or the versions of it."""

from datetime import date
from functools import lru_cache
from pathlib import Path

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import ProfileError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.profile import load, shipped
from lindorff_sdk.files.versions import in_order, version_on
from lindorff_sdk.models.codes import Transfer


def versions_of(definition: ExportDefinition) -> tuple[Profile, ...]:
    """Return the versions of a definition's profile, in the order in which they begin to hold.

    Raises:
        ProfileError: If there is none of a name, one has mistakes, or two begin on the same day.
    """
    return in_order([_profile(name) for name in definition.format])


def bank_versions_of(definition: ExportDefinition) -> tuple[Profile, ...]:
    """Return the versions of the profile of the bank's files, as `versions_of`; none if none come.

    Raises:
        ProfileError: As `versions_of`, and if one has no file of the bank's.
    """
    versions = in_order([_profile(name) for name in definition.bank_format])
    for profile in versions:
        if all(layout.transfer is not Transfer.BANK for layout in profile.files.values()):
            raise ProfileError(f"The profile {profile.id} has no file of the bank's; bank_format needs one.")
    return versions


def profile_of(definition: ExportDefinition, day: date) -> Profile:
    """Return the version of a definition's profile that files of a day are written in.

    Raises:
        ProfileError: As `versions_of`.
    """
    return version_on(versions_of(definition), day)


def _profile(name: str) -> Profile:
    if not name.endswith(".toml"):
        return shipped(name)
    path = Path(name)
    return _loaded(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=32)
def _loaded(path: Path, _changed: int) -> Profile:
    # A profile that was edited is read again.
    return load(path)
