"""Bound what a learner's code may do while a check runs it.

Endless loops are stopped after a number of *steps*, not seconds, so that the same code gets the
same answer on a fast machine, a loaded one and in a browser tab. `sys.monitoring` (PEP 669, Python
3.12) counts backward jumps and function starts of Python code at a small cost. A wall-clock limit
stands behind it for code that waits; where the system has interval timers (not on Windows, not in
a browser tab) it also ends a `time.sleep` or a lock that is never released.

Code that loops inside C without calling Python, such as `sum(iter(int, 1))`, cannot be stopped from
within its own interpreter. Validation runs each check in a process that it can end; a reader
restarts the kernel or presses Stop.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from types import CodeType, FrameType

STEPS = 3_000_000
SECONDS = 15.0

_TOOLS = (sys.monitoring.OPTIMIZER_ID, 3, 4)  # not those of debuggers, coverage and profilers
_NAME = "course-budget"

_OWN_FILES = {__file__, contextlib.__file__}

# Steps granted after each stop: enough for a `finally` to clean up, and less each time. After the
# last, every instruction is refused, so that code which catches everything comes to an end too.
_GRACE = (20_000, 1_000, 50)


class OutOfBudget(BaseException):
    """The code under check went on for too long.

    Not an `Exception`: a learner's `except Exception` must not swallow it.
    """


class ForbiddenExit(BaseException):
    """The code under check tried to end the interpreter itself."""


@contextmanager
def limited(steps: int = STEPS, wall_seconds: float = SECONDS) -> Iterator[None]:
    """Run a block under a budget of steps and time, with hard exits switched off.

    Threads that were running before the block (a kernel has some) neither count nor are stopped.

    Args:
        steps: function starts and jumps allowed before `OutOfBudget`.
        wall_seconds: the limit for waiting code.

    Raises:
        OutOfBudget: when either is used up.
        ForbiddenExit: when the code calls `os._exit` or `os.abort`.
    """
    if any(sys.monitoring.get_tool(tool) == _NAME for tool in _TOOLS):
        yield  # a check inside a check shares its budget
        return
    tool = next(tool for tool in _TOOLS if sys.monitoring.get_tool(tool) is None)
    left = steps
    grace = iter(_GRACE)
    deadline = time.monotonic() + wall_seconds
    outside = _callers()  # what must not be stopped: it ends the block
    bystanders = set(sys._current_frames()) - {threading.get_ident()}
    too_long = f"more than {wall_seconds:g} seconds without coming to an end"

    def spent() -> str:
        """Count one step; say why there are no more, or nothing."""
        nonlocal left
        if threading.get_ident() in bystanders:
            return ""
        left -= 1
        if left < 0:
            return f"more than {steps:,} steps without coming to an end"
        if left % 4096 == 0 and time.monotonic() > deadline:
            return too_long
        return ""

    def stop(why: str) -> NoReturn:
        nonlocal left
        left = next(grace, 0)
        sys.monitoring.set_events(tool, watched if left else watched | events.INSTRUCTION)
        raise OutOfBudget(why)

    def begun(code: CodeType, _: int) -> None:
        if code in outside or code.co_filename in _OWN_FILES:
            return
        if why := spent():
            stop(why)

    def jumped(code: CodeType, offset: int, target: int) -> None:
        # An exception raised here would pass by every `except` and `finally` of its function
        # (seen on 3.12 and 3.13), so that nothing could clean up. The next instruction raises it.
        if target <= offset and spent():
            sys.monitoring.set_events(tool, watched | events.INSTRUCTION)

    events = sys.monitoring.events
    watched = events.PY_START | events.JUMP
    callbacks = {events.PY_START: begun, events.INSTRUCTION: begun, events.JUMP: jumped}
    sys.monitoring.use_tool_id(tool, _NAME)
    for event, callback in callbacks.items():
        sys.monitoring.register_callback(tool, event, callback)
    kept = os._exit, os.abort
    os._exit, os.abort = _no_exit, _no_exit
    try:
        with _alarm(wall_seconds, too_long):
            sys.monitoring.set_events(tool, watched)
            try:
                yield
            finally:
                sys.monitoring.set_events(tool, 0)
    finally:
        os._exit, os.abort = kept
        sys.monitoring.set_events(tool, 0)
        for event in callbacks:
            sys.monitoring.register_callback(tool, event, None)
        sys.monitoring.free_tool_id(tool)


def _callers() -> set[CodeType]:
    """Return the code of every function that is running now."""
    frame: FrameType | None = sys._getframe()
    codes = set()
    while frame is not None:
        codes.add(frame.f_code)
        frame = frame.f_back
    return codes


def _alarm(seconds: float, message: str) -> AbstractContextManager[None]:
    """Return a context in which waiting code is interrupted, where the system can do that."""
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer") or not hasattr(signal, "SIGALRM"):
        return nullcontext()
    if signal.getitimer(signal.ITIMER_REAL)[0] > 0:  # somebody else's alarm is running
        return nullcontext()
    return _interrupting(seconds, message)


@contextmanager
def _interrupting(seconds: float, message: str) -> Iterator[None]:
    closing = False

    def ring(*_: object) -> None:
        if not closing:
            signal.setitimer(signal.ITIMER_REAL, 1.0)  # again, should it be swallowed
            raise OutOfBudget(message)

    try:
        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
    except (OSError, ValueError):  # a system that has the names and not the thing
        yield
        return
    try:
        try:
            yield
        finally:
            closing = True
    finally:  # twice, should it ring between the two
        closing = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _no_exit(status: int = 0) -> NoReturn:
    message = "it tried to end the interpreter itself"
    raise ForbiddenExit(message)
