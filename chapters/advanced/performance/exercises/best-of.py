# %% [check]
"""Time a callable: many calls between two looks at the clock, the best of several repeats."""

from collections.abc import Callable

from seethrough.exercises import Work


def check(work: Work) -> str:
    """Run the learner's timer against a clock that the check moves."""
    best_of: Callable[..., float] = work.get("best_of")
    now, ran, looks = [0.0], [0], [0]
    costs = [8.0] * 4 + [2.0] * 4 + [5.0] * 4  # seconds a call, in three repeats of four calls

    def job() -> None:
        now[0] += costs[ran[0]] if ran[0] < len(costs) else 1.0
        ran[0] += 1

    def clock() -> float:
        looks[0] += 1
        now[0] += 0.5  # looking costs time as well
        return now[0]

    result = best_of(job, 4, 3, clock)
    work.require(ran[0] > 0, "`best_of(…)` never called `work`.")
    work.require(looks[0] > 0, "`best_of(…)` never looked at `clock`, but perhaps at another one.")
    work.require(
        ran[0] == 12,
        f"with `calls=4, repeats=3` your timer called `work` {ran[0]} times; it should be 12.",
    )
    work.require(
        looks[0] == 6,
        f"your timer looked at the clock {looks[0]} times for 3 repeats. Two looks a repeat are "
        "enough, and each look is time that is not the work's.",
    )
    # One look lies between start and stop: half a second, shared by four calls.
    means = [8.125, 2.125, 5.125]
    if abs(result - sum(means) / 3) < 1e-9:
        work.fail(
            "your timer returned the mean of the repeats. One slow repeat makes it larger, "
            "and says nothing about the work."
        )
    if abs(result - 4 * means[1]) < 1e-9:
        work.fail("your timer returned the seconds of a whole repeat, not of one call.")
    if abs(result - max(means)) < 1e-9:
        work.fail("your timer returned the slowest repeat.")
    work.equal(result, means[1], "best_of(work, 4, 3, clock)")
    return "Two looks at the clock a repeat, the best repeat, divided by its calls."


# %% [hint]
# Where do the two looks at the clock belong, inside or outside the loop over `calls`?

# %% [hint]
# You need a loop over `repeats` and in it a loop over `calls`. Each turn of the outer one gives one
# value: the difference of two looks, divided by `calls`.

# %% [hint]
# Collect the values in a list and return `min(values)`.

# %% [solution]
from collections.abc import Callable


def best_of(
    work: Callable[[], object], calls: int, repeats: int, clock: Callable[[], float]
) -> float:
    """Return the seconds per call of the fastest repeat."""
    values: list[float] = []
    for _ in range(repeats):
        started = clock()
        for _ in range(calls):
            work()
        values.append((clock() - started) / calls)
    return min(values)


# %% [mistake] mean
# says: returned the mean of the repeats
def best_of(work, calls, repeats, clock):
    values = []
    for _ in range(repeats):
        started = clock()
        for _ in range(calls):
            work()
        values.append((clock() - started) / calls)
    return sum(values) / repeats


# %% [mistake] whole-repeat
# says: the seconds of a whole repeat
def best_of(work, calls, repeats, clock):
    values = []
    for _ in range(repeats):
        started = clock()
        for _ in range(calls):
            work()
        values.append(clock() - started)
    return min(values)


# %% [mistake] clock-in-the-loop
# says: looked at the clock 24 times
def best_of(work, calls, repeats, clock):
    values = []
    for _ in range(repeats):
        spent = 0.0
        for _ in range(calls):
            started = clock()
            work()
            spent += clock() - started
        values.append(spent / calls)
    return min(values)


# %% [mistake] one-repeat
# says: called `work` 4 times
def best_of(work, calls, repeats, clock):
    started = clock()
    for _ in range(calls):
        work()
    return (clock() - started) / calls


# %% [mistake] own-clock
# says: never looked at `clock`
import time


def best_of(work, calls, repeats, clock):
    values = []
    for _ in range(repeats):
        started = time.perf_counter()
        for _ in range(calls):
            work()
        values.append((time.perf_counter() - started) / calls)
    return min(values)
