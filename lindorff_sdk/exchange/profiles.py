"""The profile that a definition names, or the versions of it."""

from datetime import date
from functools import lru_cache
from pathlib import Path

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.profile import load, shipped
from lindorff_sdk.files.versions import in_order, version_on


def versions_of(definition: ExportDefinition) -> tuple[Profile, ...]:
    """Return the versions of a definition's profile, in the order in which they begin to hold.

    Raises:
        ProfileError: If there is none of a name, one has mistakes, or two begin on the same day.
    """
    return in_order([_profile(name) for name in definition.format])


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
