"""What stands for the thread of an aiosqlite connection in a tab, which has no other thread.

A connection puts what it wants done into a queue and awaits a future. This queue does it at once,
so the future is done before anybody awaits it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable


class AtOnce:
    """A queue that is always empty, since what is put in is done."""

    def put_nowait(self, job: tuple[Future[Any] | None, Callable[[], Any]]) -> None:
        """Do a job and tell its future."""
        future, function = job
        try:
            result = function()
        except BaseException as problem:
            if future is not None:
                future.set_exception(problem)
        else:
            if future is not None:
                future.set_result(result)
