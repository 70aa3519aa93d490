# %% [check]
"""Results and errors in the order of the items, from at most so many threads."""

import threading
import time
from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    outcomes = work.get("outcomes")
    got = described(work, outcomes)
    wanted = ["10", "ValueError", "30", "ValueError"]
    work.require(
        sorted(got) != sorted(wanted) or got == wanted,
        f"the outcomes of 1, 0, 3 and 0 came as `{got}`: they belong in the order of the items.",
    )
    work.equal(got, wanted, "the outcomes of 1, 0, 3 and 0")
    at_once(work, outcomes)
    work.equal(list(outcomes(str, iter(()), 2)), [], "the outcomes of no items")
    return "Each item has its outcome, in its place, and never more than the workers allowed ran."


def described(work: Work, outcomes: Any) -> list[str]:
    third = threading.Event()

    def tenfold(number: int) -> int:
        if number == 0:
            raise ValueError(number)
        if number == 1:
            third.wait(0.5)  # the first item ends after the third, and the others are looked at
            time.sleep(0.1)
        else:
            third.set()
        return 10 * number

    try:
        results = outcomes(tenfold, [1, 0, 3, 0], 4)
        return [type(r).__name__ if isinstance(r, Exception) else str(r) for r in results]
    except ValueError:
        work.fail("`function` raised for one item, and the error came out: the others are lost.")


def at_once(work: Work, outcomes: Any) -> None:
    now = most = 0
    guard, pair, third = threading.Lock(), threading.Barrier(2), threading.Event()
    met: list[bool] = []

    def meet(_: int) -> None:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
            if most > 2:
                third.set()
        try:
            pair.wait(0.5)
            met.append(True)
        except threading.BrokenBarrierError:
            met.append(False)
        third.wait(0.1)  # for one too many, if it is allowed to begin
        with guard:
            now -= 1

    outcomes(meet, iter(range(4)), 2)
    work.require(any(met), "with two workers, no two calls ran at the same time.")
    work.require(most <= 2, f"with two workers, {most} calls were running at the same time.")
    work.require(len(met) == 4, f"of four items, the function was called for {len(met)}.")


# %% [hint]
# `map` ends at the first error. Something else gives you a handle for each call, which keeps either
# its result or its error until you ask.

# %% [hint]
# `futures = [pool.submit(function, item) for item in items]` has the order of the items, in whatever
# order they finish.

# %% [hint]
# `future.result()` waits, and returns what the call returned or raises what it raised. A `try` around
# it, for each future, turns the second case into a value.


# %% [solution]
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor


def outcomes[A, B](
    function: Callable[[A], B], items: Iterable[A], workers: int
) -> list[B | Exception]:
    """Return each item's result or exception, in the order of the items."""

    def outcome(future: Future[B]) -> B | Exception:
        try:
            return future.result()
        except Exception as error:
            return error

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(function, item) for item in items]
    return [outcome(future) for future in futures]


# %% [mistake] map-raises
# says: the error came out
from concurrent.futures import ThreadPoolExecutor


def outcomes(function, items, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, items))


# %% [mistake] completion-order
# says: they belong in the order of the items
from concurrent.futures import ThreadPoolExecutor, as_completed


def outcomes(function, items, workers):
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(function, item) for item in items]
        return [f.exception() or f.result() for f in as_completed(futures)]


# %% [mistake] one-after-the-other
# says: no two calls ran at the same time
def outcomes(function, items, workers):
    results = []
    for item in items:
        try:
            results.append(function(item))
        except Exception as error:
            results.append(error)
    return results


# %% [mistake] default-pool
# says: calls were running at the same time
from concurrent.futures import ThreadPoolExecutor


def outcomes(function, items, workers):
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(function, item) for item in items]
    return [future.exception() or future.result() for future in futures]


# %% [mistake] errors-dropped
# says: the outcomes of 1, 0, 3 and 0
from concurrent.futures import ThreadPoolExecutor


def outcomes(function, items, workers):
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(function, item) for item in items]
    return [future.result() for future in futures if not future.exception()]


# %% [mistake] asked-too-soon
# says: no two calls ran at the same time
from concurrent.futures import ThreadPoolExecutor


def outcomes(function, items, workers):
    results = []
    with ThreadPoolExecutor(workers) as pool:
        for item in items:
            future = pool.submit(function, item)
            results.append(future.exception() or future.result())
    return results
