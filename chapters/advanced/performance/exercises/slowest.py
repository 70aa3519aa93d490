# %% [check]
"""Find the n slowest requests of a stream without holding the stream."""

import gc
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from seethrough.exercises import Work


class Request(Protocol):
    """What the learner's class looks like."""

    path: str
    milliseconds: int


def check(work: Work) -> str:
    """Compare results first, then count the requests that are alive at once."""
    slowest: Callable[[Iterable[Request], int], list[Request]] = work.get("slowest")
    kind = work.get("Request", type)
    times = [5, 90, 17, 90, 3, 250, 41]
    found = slowest([kind(f"/{place}", took) for place, took in enumerate(times)], 3)
    work.require(
        isinstance(found, list), f"`slowest` gave a `{type(found).__name__}`; it should be a list."
    )
    got = [request.milliseconds for request in found]
    if got == [90, 90, 250]:
        work.fail("the right requests with the slowest *last*; the slowest comes first.")
    work.equal(got, [250, 90, 90], "the milliseconds of slowest(requests, 3)")
    few = slowest(iter([kind("/a", 1)]), 3)
    work.equal(len(few), 1, "len(slowest(one_request, 3))")

    living, most = [0], [0]

    class Watched(kind):
        """A request that counts itself."""

        def __init__(self, path: str, milliseconds: int) -> None:
            super().__init__(path, milliseconds)
            living[0] += 1
            most[0] = max(most[0], living[0])

        def __del__(self) -> None:
            living[0] -= 1

    def stream() -> Iterator[Request]:
        for number in range(2_000):
            yield Watched(f"/{number}", number * 7_919 % 2_003)

    gc.collect()
    top = slowest(stream(), 5)
    got = [request.milliseconds for request in top]
    work.equal(got, [2_002, 2_001, 2_000, 1_999, 1_998], "the five slowest of 2,000")
    work.require(
        most[0] <= 15,
        f"while your code looked for 5 of 2,000 requests, {most[0]:,} were alive at once. "
        "It holds the whole log.",
    )
    return f"5 of 2,000 found, and never more than {most[0]} alive at once."


# %% [hint]
# `sorted` needs all requests before it can give the first. What do you have to keep if you have
# seen a million requests and want the three slowest?

# %% [hint]
# Only n candidates. The standard library has a structure that hands you the smallest of them
# cheaply, and a function that does all of it.

# %% [hint]
# Look at `heapq.nlargest` and its `key`.

# %% [solution]
import heapq
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Request:
    """One request of the log."""

    path: str
    milliseconds: int


def slowest(requests: Iterable[Request], n: int) -> list[Request]:
    """Return the n slowest requests, slowest first, holding little more than n."""
    return heapq.nlargest(n, requests, key=lambda request: request.milliseconds)


# %% [mistake] list-first
# says: were alive at once
import heapq
from dataclasses import dataclass


@dataclass
class Request:
    path: str
    milliseconds: int


def slowest(requests, n):
    everything = list(requests)
    return heapq.nlargest(n, everything, key=lambda request: request.milliseconds)


# %% [mistake] ascending
# says: slowest *last*
from dataclasses import dataclass


@dataclass
class Request:
    path: str
    milliseconds: int


def slowest(requests, n):
    return sorted(requests, key=lambda request: request.milliseconds)[-n:]


# %% [mistake] heap-of-all
# says: were alive at once
import heapq
from dataclasses import dataclass


@dataclass
class Request:
    path: str
    milliseconds: int


def slowest(requests, n):
    heap = [(-request.milliseconds, place, request) for place, request in enumerate(requests)]
    heapq.heapify(heap)
    return [heapq.heappop(heap)[2] for _ in range(min(n, len(heap)))]


# %% [mistake] islice
# says: gave `[90, 17, 5]`
from dataclasses import dataclass
from itertools import islice


@dataclass
class Request:
    path: str
    milliseconds: int


def slowest(requests, n):
    some = list(islice(requests, n))
    return sorted(some, key=lambda request: -request.milliseconds)


# %% [mistake] key-forgotten
# says: raised `TypeError
import heapq
from dataclasses import dataclass


@dataclass
class Request:
    path: str
    milliseconds: int


def slowest(requests, n):
    return heapq.nlargest(n, requests)
