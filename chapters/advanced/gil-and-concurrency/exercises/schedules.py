# %% [check]
"""Every order in which two threads can execute their steps."""

from collections import Counter
from math import comb

from seethrough.exercises import Work


def check(work: Work) -> str:
    schedules = work.get("schedules")
    for first, second in ((["a1", "a2"], ["b1"]), (["a1", "a2"], ["b1", "b2"]), ([], ["b1"])):
        found = [list(each) for each in schedules(list(first), list(second))]
        call = f"schedules({first}, {second})"
        for each in found:
            work.require(
                Counter(each) == Counter(first + second),
                f"`{call}` yielded `{each}`, in which a step is missing or there twice.",
            )
            for name, own in (("first", first), ("second", second)):
                kept = [step for step in each if step in own]
                work.require(
                    kept == own,
                    f"`{call}` yielded `{each}`: the {name} thread executes its steps in another "
                    "order than its own.",
                )
        different = {tuple(each) for each in found}
        work.require(
            len(different) == len(found),
            f"`{call}` yielded {len(found)} schedules, but only {len(different)} different ones.",
        )
        wanted = comb(len(first) + len(second), len(first))
        work.require(
            len(found) == wanted,
            f"`{call}` yielded {len(found)} of the {wanted} possible schedules.",
        )
    long = schedules(["a"] * 30, ["b"] * 30)
    work.require(
        len(next(iter(long))) == 60,
        "the first schedule of two threads with 30 steps each should have 60 steps.",
    )
    return "All of them, each once, and one at a time: you can stop at the first that fails."


# %% [hint]
# Think of the first step of a schedule only. Whose can it be?

# %% [hint]
# If it is the first thread's, the rest of the schedule is a schedule of `first[1:]` and `second`. If
# it is the second thread's, …

# %% [hint]
# `for rest in schedules(first[1:], second): yield [first[0], *rest]`, the same for `second`, and one
# case in which neither has a step left: `yield []`.


# %% [solution]
from collections.abc import Iterator


def schedules(first: list[str], second: list[str]) -> Iterator[list[str]]:
    """Yield each order once, that with all of `first` before `second` first."""
    if not first and not second:
        yield []
    if first:
        for rest in schedules(first[1:], second):
            yield [first[0], *rest]
    if second:
        for rest in schedules(first, second[1:]):
            yield [second[0], *rest]


# %% [mistake] permutations
# says: in another order than its own
from itertools import permutations


def schedules(first, second):
    for order in permutations(first + second):
        yield list(order)


# %% [mistake] one-block
# says: yielded 2 of the 3 possible schedules
def schedules(first, second):
    yield first + second
    if first and second:
        yield second + first


# %% [mistake] twice-at-the-end
# says: only
def schedules(first, second):
    if not first:
        yield list(second)
    if not second:
        yield list(first)
    if first:
        for rest in schedules(first[1:], second):
            yield [first[0], *rest]
    if second:
        for rest in schedules(first, second[1:]):
            yield [second[0], *rest]


# %% [mistake] lost-tail
# says: a step is missing or there twice
def schedules(first, second):
    if not first or not second:
        yield []
        return
    for rest in schedules(first[1:], second):
        yield [first[0], *rest]
    for rest in schedules(first, second[1:]):
        yield [second[0], *rest]
