"""Bound what a learner's code may do while a check runs it.

Endless loops are stopped after a number of *steps*, not seconds, so that the same code gets the
same answer on a fast machine, a loaded one and in a browser tab. `sys.monitoring` (PEP 669, Python
3.12) counts backward jumps and function starts of Python code at a small cost. A wall-clock limit
stands behind it for code that waits.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

STEPS = 3_000_000
SECONDS = 15.0

_TOOL = sys.monitoring.OPTIMIZER_ID  # unused by debuggers, coverage and profilers


class OutOfBudget(BaseException):
    """The code under check went on for too long.

    Not an `Exception`: a learner's `except Exception` must not swallow it.
    """


class ForbiddenExit(BaseException):
    """The code under check tried to end the interpreter itself."""


@contextmanager
def limited(steps: int = STEPS, wall_seconds: float = SECONDS) -> Iterator[None]:
    """Run a block under a budget of steps and time, with hard exits switched off.

    Args:
        steps: function starts and jumps allowed before `OutOfBudget`.
        wall_seconds: the limit for waiting code, checked as steps pass.

    Raises:
        OutOfBudget: when either is used up.
        ForbiddenExit: when the code calls `os._exit` or `os.abort`.
    """
    if sys.monitoring.get_tool(_TOOL) is not None:  # a check inside a check shares its budget
        yield
        return
    left = steps
    deadline = time.monotonic() + wall_seconds

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            left = 20_000  # again soon, should a `finally` loop on
            message = f"more than {steps:,} steps without coming to an end"
            raise OutOfBudget(message)
        if left % 4096 == 0 and time.monotonic() > deadline:
            message = f"more than {wall_seconds:g} seconds without coming to an end"
            raise OutOfBudget(message)

    def jumped(code: CodeType, offset: int, target: int) -> None:
        if target <= offset:
            step()

    events = sys.monitoring.events
    sys.monitoring.use_tool_id(_TOOL, "course-budget")
    sys.monitoring.register_callback(_TOOL, events.PY_START, step)
    sys.monitoring.register_callback(_TOOL, events.JUMP, jumped)
    sys.monitoring.set_events(_TOOL, events.PY_START | events.JUMP)
    kept = os._exit, os.abort
    os._exit, os.abort = _no_exit, _no_exit
    try:
        yield
    finally:
        os._exit, os.abort = kept
        sys.monitoring.set_events(_TOOL, 0)
        sys.monitoring.register_callback(_TOOL, events.PY_START, None)
        sys.monitoring.register_callback(_TOOL, events.JUMP, None)
        sys.monitoring.free_tool_id(_TOOL)


def _no_exit(*_: object) -> NoReturn:
    message = "it tried to end the interpreter itself"
    raise ForbiddenExit(message)
