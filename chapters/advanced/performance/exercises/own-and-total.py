# %% [check]
"""Own and total samples of each function, with recursion counted once."""

from collections.abc import Callable

from seethrough.exercises import Work


def check(work: Work) -> str:
    """Check plain stacks, then recursion."""
    shares: Callable[[dict[tuple[str, ...], int]], dict[str, tuple[int, int]]] = work.get("shares")
    plain: dict[tuple[str, ...], int] = {
        ("run", "read"): 3,
        ("run", "read", "mask"): 5,
        ("run",): 1,
    }
    got = shares(plain)
    work.require(isinstance(got, dict), f"`shares` gave `{got!r}`; it should give a dictionary.")
    work.require("run" in got, "there is no entry for `run`, the outermost function.")
    work.require(
        got.get("run") != (9, 9),
        "you gave `run` every sample as its own. Own are those in which it is *last* on the stack.",
    )
    work.equal(got.get("mask"), (5, 5), "shares(stacks)['mask']")
    work.equal(got.get("read"), (3, 8), "shares(stacks)['read']")
    work.equal(got.get("run"), (1, 9), "shares(stacks)['run']")
    twice = ("run", "walk", "walk")
    nested: dict[tuple[str, ...], int] = {("run", "walk"): 1, twice: 4, (*twice, "stat"): 2}
    got = shares(nested)
    if got.get("walk") == (5, 13):
        work.fail(
            "`walk` got 13 of 7 samples in total: a stack in which it stands twice was counted "
            "twice. A share above 100 % is how you notice this in a profile."
        )
    work.equal(got.get("walk"), (5, 7), "shares(recursive_stacks)['walk']")
    work.equal(got.get("run"), (0, 7), "shares(recursive_stacks)['run']")
    return "Own from the last frame, total once a stack."


# %% [hint]
# A stack is `("run", "read", "mask")`. Whose own time is it? Whose total time?

# %% [hint]
# Own: only the last name gets the weight. Total: every *different* name on the stack does.

# %% [hint]
# `for name in set(stack): total[name] += weight`, and `own[stack[-1]] += weight`. A function can
# have a total and no own samples.

# %% [solution]
from collections import Counter


def shares(stacks: dict[tuple[str, ...], int]) -> dict[str, tuple[int, int]]:
    """Return own and total samples of each function."""
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stack, weight in stacks.items():
        own[stack[-1]] += weight
        for name in set(stack):
            total[name] += weight
    return {name: (own[name], total[name]) for name in total}


# %% [mistake] recursion-counted-twice
# says: got 13 of 7 samples
from collections import Counter


def shares(stacks):
    own, total = Counter(), Counter()
    for stack, weight in stacks.items():
        own[stack[-1]] += weight
        for name in stack:
            total[name] += weight
    return {name: (own[name], total[name]) for name in total}


# %% [mistake] own-of-the-outermost
# says: you gave `run` every sample as its own
from collections import Counter


def shares(stacks):
    own, total = Counter(), Counter()
    for stack, weight in stacks.items():
        own[stack[0]] += weight
        for name in set(stack):
            total[name] += weight
    return {name: (own[name], total[name]) for name in total}


# %% [mistake] counts-stacks
# says: it should give `(5, 5)`
from collections import Counter


def shares(stacks):
    own, total = Counter(), Counter()
    for stack in stacks:
        own[stack[-1]] += 1
        total.update(set(stack))
    return {name: (own[name], total[name]) for name in total}


# %% [mistake] leaves-only
# says: it should give `(0, 7)`
from collections import Counter


def shares(stacks):
    own, total = Counter(), Counter()
    for stack, weight in stacks.items():
        own[stack[-1]] += weight
        for name in set(stack):
            total[name] += weight
    return {name: (own[name], total[name]) for name in own}
