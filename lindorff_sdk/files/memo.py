"""A memory for what slow functions return."""

from collections.abc import Callable

_LIMIT = 4096


class Memo(dict[object, object]):
    """Remembers what a slow function returned, for the few thousand values that recur in a file."""

    def __init__(self, function: Callable[[object], object]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: object) -> object:
        value = self._function(key)
        if len(self) < _LIMIT:
            self[key] = value
        return value
