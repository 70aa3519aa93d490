"""Measured values, printed so that everybody can tell them from computed ones.

A value that depends on the machine is always printed behind the sign `≈`. A reader sees at once
that their own run will differ, and validation masks exactly these values and nothing else: the
rule `measured` in `tests/sanitize.cfg` looks for the sign.
"""

from __future__ import annotations

import gc
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MEASURED_SIGN = "≈"

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_DECIMAL = re.compile(r"(?<![\w.])(?<!≈ )(?:\d+\.\d+(?![\d.])|\d+(?= (?:[num]?sec|[nuµm]?s)\b))")


def seconds(value: float) -> str:
    """Format a measured duration.

    Args:
        value: a duration in seconds, zero or more.

    Returns:
        Three significant digits with the largest fitting unit, such as `≈ 12.3 ms`.
    """
    for scale, unit in _UNITS:
        # Compare after rounding: 0.9996 s is 1 s, not 1e+03 ms.
        if float(f"{value / scale:.3g}") >= 1 or unit == "ns":
            scaled = value / scale
            digits = f"{scaled:.3g}" if scaled < 999.5 else f"{scaled:,.0f}"
            return f"{MEASURED_SIGN} {digits} {unit}"
    raise AssertionError  # the last unit always answers


def ratio(value: float) -> str:
    """Format a measured ratio without unit, such as `≈ 3.1×`."""
    digits = f"{value:.2g}" if value < 99.5 else f"{value:,.0f}"
    return f"{MEASURED_SIGN} {digits}×"


def share(value: float) -> str:
    """Format a measured part of a whole (0 to 1) in per cent, such as `≈ 42 %`."""
    return f"{MEASURED_SIGN} {100 * value:.0f} %"


def mark(words: str) -> str:
    """Put the sign before every measured number in a tool's own words.

    Those are decimal numbers, and whole ones before a unit of time.

    Args:
        words: what a tool printed, such as `best of 5: 28.1 usec per loop`.

    Returns:
        The same with `≈ 28.1`; other whole numbers, which tools count, stay as they are.
    """
    return _DECIMAL.sub(rf"{MEASURED_SIGN} \g<0>", words)


def count(value: float, unit: str = "") -> str:
    """Format a measured quantity with its unit, such as `≈ 1,431 KiB`."""
    return f"{MEASURED_SIGN} {value:,.0f} {unit}".rstrip()


@dataclass(frozen=True)
class Sample:
    """Repeated timings of one callable, in seconds per call.

    The minimum is the figure to compare with: noise from the machine only ever adds time
    (the documentation of `timeit.Timer.repeat` gives the argument).
    """

    per_call: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds per call in the middle repeat (the upper one of two)."""
        return sorted(self.per_call)[len(self.per_call) // 2]

    @property
    def best(self) -> float:
        """Seconds per call in the fastest repeat."""
        return min(self.per_call)

    def __repr__(self) -> str:
        return f"<Sample best {seconds(self.best)}, {len(self.per_call)} repeats>"


def sample(work: Callable[[], Any], *, repeats: int = 7, min_seconds: float = 0.01) -> Sample:
    """Time a callable the way `timeit` does: many calls a repeat, several repeats.

    Args:
        work: called without arguments; what it returns is dropped.
        repeats: how many repeats to keep.
        min_seconds: grow the number of calls until one repeat takes at least this long.

    Returns:
        The seconds per call of each repeat.
    """
    calls = 1
    while (elapsed := _timed(work, calls)) < min_seconds:
        # At most tenfold: a browser's coarse clock may say 0 for a call that takes a millisecond.
        wanted = int(calls * min_seconds / max(elapsed, 1e-9))
        calls = min(max(calls * 2, wanted), calls * 10)
    return Sample(tuple(_timed(work, calls) / calls for _ in range(repeats)))


def _timed(work: Callable[[], Any], calls: int) -> float:
    collecting = gc.isenabled()
    gc.disable()  # as timeit does: a collection would bill one call for the garbage of all
    try:
        started = time.perf_counter()
        for _ in range(calls):
            work()
        return time.perf_counter() - started
    finally:
        if collecting:
            gc.enable()
