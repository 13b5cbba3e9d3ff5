"""The same calls without ``await``, for code that does not use asyncio.

Each call runs an event loop of its own and ends it. Inside a running event loop use the calls of `lindorff_sdk`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from lindorff_sdk.errors import RequestError
from lindorff_sdk.exchange import exchange as _exchange
from lindorff_sdk.exchange import export_corrections as _export_corrections
from lindorff_sdk.exchange import export_group as _export_group
from lindorff_sdk.exchange import fetch_settlements as _fetch_settlements
from lindorff_sdk.exchange import ingest as _ingest
from lindorff_sdk.exchange import preview as _preview
from lindorff_sdk.exchange import reprocess as _reprocess

__all__ = ["exchange", "export_corrections", "export_group", "fetch_settlements", "ingest", "preview", "reprocess"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _sync(call: Callable[_P, Coroutine[Any, Any, _T]]) -> Callable[_P, _T]:
    @wraps(call)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if _in_event_loop():
            raise RequestError(f"An event loop is running: await lindorff_sdk.{call.__name__}() instead.")
        return asyncio.run(call(*args, **kwargs))

    return run


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


exchange = _sync(_exchange)
export_corrections = _sync(_export_corrections)
export_group = _sync(_export_group)
fetch_settlements = _sync(_fetch_settlements)
ingest = _sync(_ingest)
preview = _sync(_preview)
reprocess = _sync(_reprocess)
