"""A profile from TOML, checked as it is read: every mistake is named at once, with its key path and its line."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from attrs import evolve, frozen

from lindorff_sdk.errors import ProfileError
from lindorff_sdk.files.extending import merged
from lindorff_sdk.files.key_lines import key_lines
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.loading import Loader
from lindorff_sdk.findings import Finding


@cache
def shipped(name: str) -> Profile:
    """Return a profile that ships with the SDK: ``lindorff-reference``, ``mamut-nk003`` or ``nets-ocr-giro``.

    Raises:
        ProfileError: If none of that name ships.
    """
    return load_text(_shipped_text(name), name)


def _shipped_text(name: str) -> str:
    file = resources.files("lindorff_sdk.files") / "profiles" / f"{name.replace('-', '_')}.toml"
    if not name.replace("-", "").isalnum() or not file.is_file():
        raise ProfileError(f"No profile named {name!r} ships with the SDK; give the path of a TOML file.")
    return file.read_text(encoding="utf-8")


def load(path: Path | str) -> Profile:
    """Return the profile in a TOML file, given its path.

    Raises:
        ProfileError: If the file cannot be read or has mistakes; it lists all of them.
    """
    file = Path(path)
    return load_text(_read(file), str(file), file.parent)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        reason = f"it was looked for in {path.absolute().parent}, and is not there"
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 text (byte {error.start + 1})"
    except (OSError, ValueError) as error:
        reason = (error.strerror or type(error).__name__) if isinstance(error, OSError) else "no file has such a name"
    raise ProfileError(f"The profile {path} cannot be read: {reason}.")


def load_text(text: str, source: str = "", folder: Path | None = None) -> Profile:
    """Return the profile in a TOML text.

    Args:
        text: The TOML.
        source: Its name, for findings.
        folder: Where the file of a profile that it ``extends`` is looked for, unless that one ships.

    Raises:
        ProfileError: If it has mistakes; it lists all of them, each with its key path and its line.
    """
    layers = list(_layers(text, source, folder or Path()))
    data: Mapping[str, object] = {}
    for layer in reversed(layers):
        data = merged(data, layer.data)
    loader = Loader(source)
    profile = loader.profile(data)
    if not loader.mistakes:
        said = next(layer for layer in layers if "origin" in layer.data)
        return profile if said is layers[0] else evolve(profile, origin=f"As {said.source}: {profile.origin}")
    mistakes = _located(loader.mistakes, layers)
    what = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    raise ProfileError(f"The profile {source} has {what}:", mistakes)


@frozen
class _Layer:
    """The text of a profile, or of one that it extends."""

    source: str
    text: str
    data: Mapping[str, object]


def _layers(text: str, source: str, folder: Path) -> Iterator[_Layer]:
    """Yield a profile, the one that it extends, and so on."""
    seen: list[str] = []
    while True:
        data = _toml(text, source)
        base = data.pop("extends", None)
        yield _Layer(source, text, data)
        if base is None:
            return
        seen.append(source)
        if not isinstance(base, str) or base in seen:
            raise ProfileError(f"The profile {source} extends {base!r}, which leads in a circle or nowhere.")
        text = _read(folder / base) if base.endswith(".toml") else _shipped_text(base)
        source = base


def _toml(text: str, source: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
    except RecursionError:
        reason = "it is nested too deeply"
    raise ProfileError(f"The profile {source} is not valid TOML: {reason}.")


def _located(mistakes: Sequence[Finding], layers: Sequence[_Layer]) -> list[Finding]:
    """Return mistakes with the lines on which they stand, in the order of the file."""
    lines = [key_lines(layer.text) for layer in layers]
    return sorted((_at(found, layers, lines) for found in mistakes), key=lambda found: found.line)


def _at(found: Finding, layers: Sequence[_Layer], lines: Sequence[Mapping[str, int]]) -> Finding:
    """Return a mistake with its line, or that of the nearest table around where a key is missing."""
    path = found.field
    while path:
        for layer, known in zip(layers, lines, strict=True):
            if path in known:
                return evolve(found, file=layer.source, line=known[path])
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return found
