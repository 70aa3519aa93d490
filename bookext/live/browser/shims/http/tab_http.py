"""Run in place what asks for another thread: a tab has one. Imported when anyio arrives.

That is a function for a worker thread, and the event loop that Starlette's `TestClient` keeps in a
thread of its own. Here that loop is driven whenever the client waits for it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, override

import anyio.from_thread
import anyio.to_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


async def run_sync(function: Callable[..., Any], *args: Any, **_: Any) -> Any:
    """Call the function at once; the event loop waits meanwhile."""
    await anyio.sleep(0)
    return function(*args)


class Promise(Future[Any]):
    """The result of a task in a portal; whoever asks for it drives the loop until it is there."""

    def __init__(self, portal: Portal) -> None:
        super().__init__()
        self._portal = portal
        self.task: asyncio.Task[None]

    @override
    def result(self, timeout: float | None = None) -> Any:
        """Return what the task returned."""
        self._portal.wait_for(self)
        return super().result(timeout)

    @override
    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return what the task raised."""
        self._portal.wait_for(self)
        return super().exception(timeout)


class Portal:
    """What `anyio.from_thread.BlockingPortal` is to a thread with a loop, to a loop without one."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def call(self, func: Callable[..., Any], *args: Any) -> Any:
        """Call a function in the loop, and return what it gives."""
        return self.start_task_soon(func, *args).result()

    def start_task_soon(self, func: Callable[..., Any], *args: Any, name: object = None) -> Promise:
        """Start a task; it goes on whenever the loop is driven."""
        promise = Promise(self)

        async def work() -> None:
            try:
                value = func(*args)
                promise.set_result(await value if isawaitable(value) else value)
            except asyncio.CancelledError:
                promise.cancel()
                promise.set_running_or_notify_cancel()
            except BaseException as error:
                promise.set_exception(error)

        promise.task = self._loop.create_task(work(), name=None if name is None else str(name))
        self._tasks.add(promise.task)
        promise.task.add_done_callback(self._tasks.discard)
        return promise

    def start_task(
        self, func: Callable[..., Any], *args: Any, name: object = None
    ) -> tuple[Promise, Any]:
        """Start a task and wait until it says that it has begun."""
        began = _Began(self._loop.create_future())
        promise = self.start_task_soon(partial(func, task_status=began), *args, name=name)
        waiting = [began.future, promise.task]
        self._drive(asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED))
        if not began.future.done():
            promise.result()
            raise RuntimeError("the task ended before it had begun")
        return promise, began.future.result()

    def wait_for(self, promise: Promise) -> None:
        """Drive the loop until a task has ended."""
        if not promise.done():
            self._drive(asyncio.wait([promise.task]))

    def close(self, *, cancel: bool) -> None:
        """Let the tasks end, and close the loop."""
        if cancel:
            for task in self._tasks:
                task.cancel()
        if self._tasks:
            self._drive(asyncio.wait(self._tasks))
        self._drive(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _drive(self, work: Any) -> None:
        from seethrough.eventloop import no_outer_loop  # a cell runs in a loop, too

        with no_outer_loop():
            self._loop.run_until_complete(work)


class _Began:
    """What a task of `start_task` is given, to say that it has begun."""

    def __init__(self, future: asyncio.Future[Any]) -> None:
        self.future = future

    def started(self, value: Any = None) -> None:
        if not self.future.done():
            self.future.set_result(value)


@contextmanager
def start_blocking_portal(*_: Any, **__: Any) -> Generator[Portal]:
    """Make a portal for the time of a `with` block."""
    portal = Portal()
    try:
        yield portal
    except BaseException:
        portal.close(cancel=True)
        raise
    portal.close(cancel=False)


anyio.to_thread.run_sync = run_sync  # type: ignore[bad-assignment]
anyio.from_thread.start_blocking_portal = start_blocking_portal  # type: ignore[bad-assignment]
