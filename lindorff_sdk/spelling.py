"""The word that somebody may have meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return ``; did you mean '...'`` for the nearest of ``words``, or ``""`` where none is near."""
    near = difflib.get_close_matches(word, list(words), n=1)
    return f"; did you mean {near[0]!r}" if near else ""
