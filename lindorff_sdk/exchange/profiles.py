"""The profile that a definition names."""

from functools import lru_cache
from pathlib import Path

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.profile import load, shipped


def profile_of(definition: ExportDefinition) -> Profile:
    """Return the profile of a definition's format: one that ships, or the TOML file at a path.

    Raises:
        ProfileError: If there is none, or it has mistakes.
    """
    if definition.format.endswith(".toml"):
        path = Path(definition.format)
        return _loaded(path, path.stat().st_mtime_ns if path.exists() else 0)
    return shipped(definition.format)


@lru_cache(maxsize=32)
def _loaded(path: Path, _changed: int) -> Profile:
    # A profile that was edited is read again.
    return load(path)
