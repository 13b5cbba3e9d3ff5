"""The garbage collector, kept out of the way while a file becomes objects."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave out the search for cycles while many objects are made that have none.

    Models hold no cycles, and to look for them among a million new objects takes as long as making these. Whoever
    found the collector running sets it going again, so that several threads may do this at the same time.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
