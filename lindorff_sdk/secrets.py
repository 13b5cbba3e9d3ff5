"""Secrets: a password that shows itself only where it is used."""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn, Self

from lindorff_sdk.errors import SecretError

_MASK = "********"


class Secret:
    """A password from a value, a callable, an environment variable or a file; masked wherever it is shown.

    The source is read at each `reveal`, so a password that is rotated is picked up by the next connection.
    A secret does not pickle: a process that needs it makes its own from the same source.
    """

    __slots__ = ("_origin", "_read")

    def __init__(self, value: str | Callable[[], str]) -> None:
        """Wrap a password, or a callable that returns it."""
        self._read: Callable[[], str] = value if callable(value) else _Constant(value)
        self._origin = "callable" if callable(value) else "value"

    @classmethod
    def from_env(cls, variable: str) -> Self:
        """Return the secret kept in an environment variable."""
        secret = cls(lambda: _from_env(variable))
        secret._origin = f"environment variable {variable}"
        return secret

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Return the secret kept in a file that only its owner can read; one final line end is left out."""
        secret = cls(lambda: _from_file(Path(path)))
        secret._origin = f"file {path}"
        return secret

    @classmethod
    def from_setting(cls, setting: object, folder: Path) -> Self:
        """Return the secret that a definition's setting describes.

        Args:
            setting: ``{ env = "NAME" }``, ``{ file = "path" }``, or the password itself.
            folder: What a relative path is relative to.

        Raises:
            SecretError: If the setting is neither.
        """
        if isinstance(setting, str):
            return cls(setting)
        if isinstance(setting, Mapping) and len(setting) == 1:
            (source, where), *_ = setting.items()
            if source == "env" and isinstance(where, str):
                return cls.from_env(where)
            if source == "file" and isinstance(where, str):
                return cls.from_file(folder / where)
        raise SecretError('A password is given as { env = "NAME" }, as { file = "path" }, or as the text itself.')

    def reveal(self) -> str:
        """Return the password. Call it only where it is handed over.

        Raises:
            SecretError: If its source is missing or fails, or is a file that others can read.
        """
        try:
            return self._read()
        except SecretError:
            raise
        except Exception as error:  # noqa: BLE001 - the callable is the caller's and may raise anything
            reason = type(error).__name__
        raise SecretError(f"The password cannot be read: its callable raised {reason}.")

    def __repr__(self) -> str:
        return f"Secret({_MASK} from {self._origin})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __reduce__(self) -> NoReturn:
        raise SecretError("A secret is not pickled or copied: make it again from its source where it is needed.")


class _Constant:
    """Holds a password given as a value without showing it in tracebacks that print locals."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return _MASK


def _from_env(variable: str) -> str:
    value = os.environ.get(variable)
    if value is None:
        raise SecretError(f"The environment variable {variable} is not set; it should hold the password.")
    return value


def _from_file(path: Path) -> str:
    try:
        return private_file(path, "password").decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        pass
    # Raised outside the handler: the caught error holds the bytes.
    raise SecretError(f"The password file {path} cannot be read: it is not UTF-8 text.")


def private_file(path: Path, kind: str) -> bytes:
    """Return the bytes of a file that only its owner can read.

    Args:
        path: The file.
        kind: What it holds, for the message: ``password`` or ``key``.

    Raises:
        SecretError: If it cannot be read, or others can read it.
    """
    try:
        # One handle for the check and the reading, so that the file cannot be swapped in between.
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                octal = f"{stat.S_IMODE(mode):04o}"
                raise SecretError(f"The {kind} file {path} can be read by others (mode {octal}); run: chmod 600 {path}")
            return file.read()
    except OSError as error:
        reason = error.strerror
    raise SecretError(f"The {kind} file {path} cannot be read: {reason}.")
