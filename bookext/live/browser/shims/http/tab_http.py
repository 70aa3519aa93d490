"""Run what asks for a worker thread in place: a tab has one thread. Imported when anyio arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio.to_thread

if TYPE_CHECKING:
    from collections.abc import Callable


async def run_sync(function: Callable[..., Any], *args: Any, **_: Any) -> Any:
    """Call the function at once; the event loop waits meanwhile."""
    await anyio.sleep(0)
    return function(*args)


anyio.to_thread.run_sync = run_sync
