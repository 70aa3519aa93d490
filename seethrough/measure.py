"""Measured values, printed so that everybody can tell them from computed ones.

A value that depends on the machine is always printed behind the sign `≈`. A reader sees at once
that their own run will differ, and validation masks exactly these values and nothing else: the
rule `measured` in `tests/sanitize.cfg` looks for the sign.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MEASURED_SIGN = "≈"

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def seconds(value: float) -> str:
    """Format a measured duration.

    Args:
        value: a duration in seconds, zero or more.

    Returns:
        Three significant digits with the largest fitting unit, such as `≈ 12.3 ms`.
    """
    for scale, unit in _UNITS:
        if value >= scale:
            return f"{MEASURED_SIGN} {value / scale:.3g} {unit}"
    return f"{MEASURED_SIGN} {value / 1e-9:.3g} ns"


def ratio(value: float) -> str:
    """Format a measured ratio without unit, such as `≈ 3.1×`."""
    return f"{MEASURED_SIGN} {value:.2g}×" if value < 100 else f"{MEASURED_SIGN} {value:.0f}×"


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
        calls = max(calls * 2, int(calls * min_seconds / max(elapsed, 1e-9)) // 2)
    return Sample(tuple(_timed(work, calls) / calls for _ in range(repeats)))


def _timed(work: Callable[[], Any], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        work()
    return time.perf_counter() - started
