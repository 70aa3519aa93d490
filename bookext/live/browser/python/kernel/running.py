"""Runs a cell to its end, whatever it does."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import importlib
import inspect
import sys
from typing import Any

from .display import show_result
from .mistakes import report
from .page import Cell, page
from .protection import restore
from .shell import shell
from .source import compiler
from .streams import streams
from .waiting import DeadlockError, TabLoop, TabPolicy

GRACE = 0.5  # seconds that a stopped cell has for its `finally`


class _Runner:
    """Runs the cells of a page on one event loop."""

    def __init__(self) -> None:
        self.loop: TabLoop
        self._context = contextvars.copy_context()  # what a cell sets, the next one sees
        self._stopping = False
        self._changed: set[str] = set()

    def run(self, source: str, filename: str) -> list[str]:
        """Run a cell to its end, and name the builtins that it replaced."""
        self._stopping = False
        self._changed = set()
        task = self.loop.create_task(self._run(source, filename), context=self._context)
        try:
            self.loop.run_until_complete(task)
        except KeyboardInterrupt as error:
            self._cancel(task)
            report(KeyboardInterrupt(*error.args))
        except DeadlockError as error:
            if line := _line_that_waits(task.get_coro()):
                error.args = (f"{error}. The cell waits in line {line}.",)
            self._cancel(task)
            report(error)
        except BaseException as error:
            # The loop itself broke, perhaps for want of a builtin. What it had to do is void.
            self._restore()
            self.loop = TabLoop()
            report(error)
        self._restore()
        return sorted(self._changed)

    async def _run(self, source: str, filename: str) -> None:
        try:
            codes, shows = compiler.compile(source, filename)
            value: Any = None
            for code in codes:
                value = eval(code, page.names)
                if inspect.CO_COROUTINE & code.co_flags:
                    value = await value
            if shows:
                show_result(value)
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and self._stopping:
                raise
            self._restore()  # before anything else: what follows needs it
            report(error)
        finally:
            self._restore()

    def _restore(self) -> None:
        self._changed.update(restore())

    def _cancel(self, task: asyncio.Task[None]) -> None:
        self._stopping = True
        with contextlib.suppress(BaseException):
            task.cancel()
            self.loop.run_until_complete(asyncio.wait([task], timeout=GRACE))


_runner = _Runner()


def install() -> None:
    """Give the cells their event loop; between cells Pyodide's own is the current one."""
    policy = asyncio.events._get_event_loop_policy()
    between_cells = policy.get_event_loop()
    asyncio._set_running_loop(None)
    _runner.loop = TabLoop()
    own = TabPolicy()
    own.set_event_loop(between_cells)
    asyncio.events._set_event_loop_policy(own)
    asyncio.run = importlib.import_module("asyncio.runners").run  # Pyodide's own nests


def connect() -> None:
    """Measure the clock of the machine on which the memory was loaded."""
    _runner.loop.measure_clock()


def _line_that_waits(coroutine: Any) -> int:
    """Find the line of the cell at which a suspended coroutine waits."""
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        if frame.f_globals is page.main.__dict__:
            return frame.f_lineno
        coroutine = coroutine.cr_await
    return 0


def run(source: str, identity: str, exercise: str = "") -> str:
    """Run one cell.

    Args:
        source: the text of the cell.
        identity: the page's name for it, sent back with each message.
        exercise: the exercise that it answers; checks find its text by a first line that says so,
            even when the learner deleted that line.

    Returns:
        `done` or `failed`.
    """
    page.count += 1
    _begin(Cell(identity))
    mark = f"# Exercise: {exercise}\n"
    marked = not exercise or source.lstrip().startswith(mark)
    told = source if marked else mark + source
    page.inputs.append(told)
    shell.events.before(told)
    page.names["_i"] = source
    if replaced := _runner.run(source, f"<cell {identity}>"):
        noun, them = ("builtin", "it") if len(replaced) == 1 else ("builtins", "them")
        streams.err.write(
            f"This cell replaced the {noun} {', '.join(replaced)}; the page put {them} back.\n"
        )
    streams.send()
    return "failed" if page.cell.failed else "done"


def stopped(identity: str) -> str:
    """Say of a cell that it was stopped before it began, while what it needs was on its way.

    Args:
        identity: the page's name for it.

    Returns:
        `failed`.
    """
    _begin(Cell(identity))
    report(KeyboardInterrupt())
    return "failed"


def call(module: str, name: str, argument: str) -> str:
    """Call a function of a module that the page itself needs, and return its text.

    Args:
        module: such as `seethrough.inpage`; what it needs has arrived.
        name: of a function that takes a string and returns one.
        argument: what it is given.
    """
    _begin(Cell())
    try:
        return str(getattr(importlib.import_module(module), name)(argument))
    finally:
        restore()


def _begin(cell: Cell) -> None:
    """Put in order what the last cell may have left, and turn to another one."""
    restore()
    page.cell = cell
    streams.begin()
    sys.stdout, sys.stderr = streams.out, streams.err
    asyncio._set_running_loop(None)
