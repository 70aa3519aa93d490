"""What waits in a tab: the event loop, `time.sleep` and `input`.

A cell runs on a real `asyncio` event loop, whose only speciality is how it waits: between cells
nothing runs, as in ipykernel 7, and `asyncio.run` refuses to nest, as in Jupyter.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import base_events
from typing import TYPE_CHECKING, Any, override

from .page import page
from .streams import streams

if TYPE_CHECKING:
    from collections.abc import Callable


class DeadlockError(RuntimeError):
    """Every task waits for another one and no timer is set."""

    __module__ = "builtins"  # shown without the kernel's name


class _Selector:
    """Waits for timers; there is nothing else to wait for in a tab."""

    def select(self, timeout: float | None) -> list[Any]:
        """Sleep until a timer is due.

        Raises:
            DeadlockError: when there is no timer.
        """
        if timeout is None:
            message = "nothing will ever wake this `await`: no timer, no task that can go on"
            raise DeadlockError(message)
        if timeout > 0:
            streams.send()
            page.pause(timeout)
        return []


class TabLoop(base_events.BaseEventLoop):
    """CPython's event loop without sockets and threads."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Selector()
        self.measure_clock()

    def measure_clock(self) -> None:
        """Take the resolution of this machine's clock; timers within it are due together."""
        self._clock_resolution = time.get_clock_info("monotonic").resolution

    def _process_events(self, events: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    @override
    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Call the function in place: a tab has one thread, so the loop waits meanwhile."""
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        future = self.create_future()

        def call() -> None:
            if future.cancelled():
                return
            try:
                result = func(*args)
            except StopIteration as error:
                future.set_exception(RuntimeError(f"{error!r} raised by a function"))
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self.call_soon(call)
        return future


class TabPolicy(asyncio.events._AbstractEventLoopPolicy):
    """Gives out `TabLoop`s."""

    def __init__(self) -> None:
        self._current: asyncio.AbstractEventLoop | None = None

    def get_event_loop(self) -> asyncio.AbstractEventLoop:
        """Give the current loop, as the default policy does."""
        if self._current is None:
            message = "There is no current event loop in thread 'MainThread'."
            raise RuntimeError(message)
        return self._current

    def set_event_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Make a loop current."""
        self._current = loop

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Make a loop of a tab."""
        return TabLoop()


def sleep(seconds: float, /) -> None:
    """Wait as `time.sleep` does; what was printed so far is shown before."""
    if seconds < 0:
        message = "sleep length must be non-negative"
        raise ValueError(message)
    streams.send()
    page.pause(seconds)


sleep.__module__ = "time"


def ask(prompt: object = "", /) -> str:
    """Read a line from the reader, as `input` does."""
    streams.send()
    if page.question is None:
        message = (
            "Python cannot wait for an answer yet. Reload the page and try again; where that "
            "does not help, give the answer in the cell: name = 'Ada'"
        )
        raise RuntimeError(message)
    return page.question(str(prompt), False)


ask.__name__ = ask.__qualname__ = "input"
ask.__module__ = "builtins"
