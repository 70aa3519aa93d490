"""How often somebody may try."""

import time
from collections import Counter
from collections.abc import Callable
from math import ceil
from typing import Protocol

from redis.asyncio import Redis

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


class RedisRateLimiter:
    """Counts by the minute, for all processes together."""

    def __init__(
        self, redis: Redis, prefix: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._redis = redis
        self._prefix = prefix
        # The time of day: all processes have to mean the same minute.
        self._clock = clock

    async def hit(self, key: str, limit: int) -> int:
        now = self._clock()
        window = int(now // WINDOW_SECONDS)
        name = f"{self._prefix}:attempts:{window}:{key}"
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.incr(name)
            pipe.expire(name, WINDOW_SECONDS)
            count, _ = await pipe.execute()
        if count <= limit:
            return 0
        return ceil((window + 1) * WINDOW_SECONDS - now)
