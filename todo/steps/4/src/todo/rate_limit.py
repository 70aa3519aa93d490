"""How often somebody may try."""

import time
from collections import Counter
from collections.abc import Callable
from math import ceil
from typing import Protocol

WINDOW_SECONDS = 60


class RateLimiter(Protocol):
    async def hit(self, key: str, limit: int) -> int:
        """Count one attempt. Return 0 if it is allowed, else the seconds to wait."""
        ...


class MemoryRateLimiter:
    """Counts by the minute, in this process alone. Two processes count apart."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._window = 0
        self._counts: Counter[str] = Counter()

    async def hit(self, key: str, limit: int) -> int:
        now = self._clock()
        window = int(now // WINDOW_SECONDS)
        if window != self._window:
            # A new minute forgets all keys of the old one: no list that only grows.
            self._window = window
            self._counts.clear()
        self._counts[key] += 1
        if self._counts[key] <= limit:
            return 0
        return ceil((window + 1) * WINDOW_SECONDS - now)
