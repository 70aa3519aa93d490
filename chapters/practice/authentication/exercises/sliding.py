# %% [check]
"""A rate limiter with a sliding window."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    limiter_class = work.get("Limiter", type)
    boundary(work, limiter_class(5, 60))
    refused_do_not_count(work, limiter_class(2, 60))
    waits(work, limiter_class(2, 60))
    forgets(work, limiter_class(2, 60))
    return "Never more than five in any sixty seconds, and no list that only grows."


def boundary(work: Work, limiter: Any) -> None:
    before = sum(limiter.wait("ada", 59.0) == 0 for _ in range(7))
    work.equal(before, 5, "how many of seven attempts at 59 s were allowed")
    work.equal(limiter.wait("bob", 59.0), 0, 'limiter.wait("bob", 59) after seven of Ada')
    after = sum(limiter.wait("ada", 60.5) == 0 for _ in range(7))
    work.require(
        after == 0,
        f"five attempts were allowed at 59 s and {after} more at 60.5 s: {5 + after} within two "
        "seconds. Your window jumps; it should slide.",
    )


def waits(work: Work, limiter: Any) -> None:
    limiter.wait("ada", 100.0)
    limiter.wait("ada", 130.0)
    work.equal(limiter.wait("ada", 140.0), 20, "wait at 140 s after attempts at 100 s and 130 s")
    work.equal(limiter.wait("ada", 160.0), 0, "wait at 160 s, exactly a minute after the first")
    work.equal(limiter.wait("ada", 161.0), 29, "wait at 161 s after attempts at 130 s and 160 s")


def refused_do_not_count(work: Work, limiter: Any) -> None:
    limiter.wait("ada", 0.0)
    limiter.wait("ada", 0.0)
    for moment in range(1, 60):
        limiter.wait("ada", float(moment))
    work.require(
        limiter.wait("ada", 60.5) == 0,
        "two attempts were allowed at 0 s and many refused since; at 60.5 s the key is "
        "still locked. "
        "Refused attempts must not count, or an impatient user never gets in again.",
    )


def forgets(work: Work, limiter: Any) -> None:
    for number in range(1000):
        limiter.wait(f"address {number}", float(number) / 1000)
    work.equal(len(limiter), 1000, "len(limiter) after 1000 keys in a second")
    limiter.wait("ada", 200.0)
    kept = len(limiter)
    work.require(
        kept <= 2,
        f"1000 keys tried once, long ago, and `len(limiter)` is {kept}: an attacker with many "
        "addresses fills your memory.",
    )


# %% [hint]
# Keep the *moments* of the allowed attempts of each key, not a count. Which of them still matter at `now`?

# %% [hint]
# A `deque` for each key: drop from its left what is `<= now - seconds`. If fewer than `limit` are left, append
# `now` and return 0; else the wait ends when the oldest falls out: `oldest + seconds - now`.

# %% [hint]
# Forgetting: go through all keys and delete those whose newest moment is too old. Once per window is enough;
# remember when you last swept.

# %% [solution]
from collections import deque


class Limiter:
    """At most `limit` attempts of a key in any stretch of `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self.allowed: dict[str, deque[float]] = {}
        self.swept = 0.0

    def __len__(self) -> int:
        return len(self.allowed)

    def wait(self, key: str, now: float) -> float:
        """Return 0 if the attempt is allowed, else the seconds until one would be."""
        self._sweep(now)
        moments = self.allowed.setdefault(key, deque())
        while moments and moments[0] <= now - self.seconds:
            moments.popleft()
        if len(moments) < self.limit:
            moments.append(now)
            return 0
        return moments[0] + self.seconds - now

    def _sweep(self, now: float) -> None:
        if now - self.swept < self.seconds:
            return
        self.swept = now
        old = [key for key, moments in self.allowed.items() if moments[-1] <= now - self.seconds]
        for key in old:
            del self.allowed[key]


# %% [mistake] fixed-window
# says: 10 within two seconds
from collections import Counter


class Limiter:
    def __init__(self, limit, seconds):
        self.limit, self.seconds = limit, seconds
        self.window, self.counts = -1, Counter()

    def __len__(self):
        return len(self.counts)

    def wait(self, key, now):
        window = int(now // self.seconds)
        if window != self.window:
            self.window = window
            self.counts.clear()
        self.counts[key] += 1
        return 0 if self.counts[key] <= self.limit else (window + 1) * self.seconds - now


# %% [mistake] counts-refused
# says: Refused attempts must not count
from collections import deque


class Limiter:
    def __init__(self, limit, seconds):
        self.limit, self.seconds, self.moments = limit, seconds, {}

    def __len__(self):
        return len(self.moments)

    def wait(self, key, now):
        tried = self.moments.setdefault(key, deque())
        while tried and tried[0] <= now - self.seconds:
            tried.popleft()
        tried.append(now)
        if len(tried) <= self.limit:
            return 0
        return tried[0] + self.seconds - now


# %% [mistake] never-forgets
# says: an attacker with many addresses fills your memory
from collections import defaultdict, deque


class Limiter:
    def __init__(self, limit, seconds):
        self.limit, self.seconds, self.moments = limit, seconds, defaultdict(deque)

    def __len__(self):
        return len(self.moments)

    def wait(self, key, now):
        tried = self.moments[key]
        while tried and tried[0] <= now - self.seconds:
            tried.popleft()
        if len(tried) < self.limit:
            tried.append(now)
            return 0
        return tried[0] + self.seconds - now


# %% [mistake] one-for-all
# says: `limiter.wait("bob", 59) after seven of Ada` gave
from collections import deque


class Limiter:
    def __init__(self, limit, seconds):
        self.limit, self.seconds, self.moments = limit, seconds, deque()

    def __len__(self):
        return 0

    def wait(self, key, now):
        while self.moments and self.moments[0] <= now - self.seconds:
            self.moments.popleft()
        if len(self.moments) < self.limit:
            self.moments.append(now)
            return 0
        return self.moments[0] + self.seconds - now


# %% [mistake] off-by-one
# says: wait at 161 s after attempts at 130 s and 160 s
from collections import deque


class Limiter:
    def __init__(self, limit, seconds):
        self.limit, self.seconds, self.moments = limit, seconds, {}

    def __len__(self):
        return len(self.moments)

    def wait(self, key, now):
        tried = self.moments.setdefault(key, deque())
        while tried and tried[0] < now - self.seconds:
            tried.popleft()
        if len(tried) < self.limit:
            tried.append(now)
            return 0
        return tried[0] + self.seconds - now
