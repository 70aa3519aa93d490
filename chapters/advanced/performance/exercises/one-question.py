# %% [check]
"""Replace one look-up a request by one for all."""

from collections.abc import Callable

from seethrough.exercises import Work


class CountingStore:
    """A store of three customers that writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.singles = 0
        self.plans = {"ann": "team", "bob": "free", "cy": "free"}

    def one(self, key: str) -> str:
        """Answer for one key."""
        self.singles += 1
        return self.plans[key]

    def many(self, keys: list[str]) -> dict[str, str]:
        """Answer for several keys."""
        self.asked.append(list(keys))
        return {key: self.plans[key] for key in keys}


def check(work: Work) -> str:
    """Count the questions that reach the store."""
    labels: Callable[[object, CountingStore], list[str]] = work.get("labels")
    store = CountingStore()
    visits = ["bob", "ann", "bob", "cy", "ann"]
    got = labels(iter(visits), store)
    questions = store.singles + len(store.asked)
    if store.singles:
        work.fail(
            f"five requests of three customers asked the store {questions} times, "
            f"{store.singles} of them by `store.one`. One question for all is `store.many`."
        )
    work.require(store.asked, "your code never asked the store.")
    work.require(questions == 1, f"your code asked the store {questions} times; once is enough.")
    if not store.asked[0]:
        work.fail(
            "`store.many` was asked for no keys at all. `requests` may be a generator: after one "
            "loop over it nothing is left for the second."
        )
    (keys,) = store.asked
    if len(keys) != len(set(keys)):
        work.fail(f"the store was asked for `{keys}`: some keys more than once.")
    work.equal(keys, ["bob", "ann", "cy"], "the keys that reached the store")
    work.equal(got, ["free", "team", "free", "free", "team"], "labels(requests, store)")
    idle = CountingStore()
    work.equal(labels([], idle), [], "labels([], store)")
    work.require(not idle.asked, "without requests your code still asked the store, for nothing.")
    return "Five requests, three customers, one question."


# %% [hint]
# You need all keys before you can ask once. `requests` can be a generator, so you can loop over it
# only one time.

# %% [hint]
# Keep the requests in a list first. `dict.fromkeys` drops duplicates and keeps the order.

# %% [hint]
# `plans = store.many(list(dict.fromkeys(keys)))`, then one look-up in `plans` per request. Mind the
# empty case.

# %% [solution]
from collections.abc import Iterable
from typing import Protocol


class Store(Protocol):
    """What `labels` asks."""

    def one(self, key: str) -> str:
        """Return the plan of one customer."""
        ...

    def many(self, keys: list[str]) -> dict[str, str]:
        """Return the plans of several customers."""
        ...


def labels(requests: Iterable[str], store: Store) -> list[str]:
    """Return the plan of each request's customer, by at most one question."""
    keys = list(requests)
    plans = store.many(list(dict.fromkeys(keys))) if keys else {}
    return [plans[key] for key in keys]


# %% [mistake] cached
# says: 3 of them by `store.one`
def labels(requests, store):
    known = {}
    for_each = []
    for key in requests:
        if key not in known:
            known[key] = store.one(key)
        for_each.append(known[key])
    return for_each


# %% [mistake] duplicates
# says: some keys more than once
def labels(requests, store):
    keys = list(requests)
    plans = store.many(keys) if keys else {}
    return [plans[key] for key in keys]


# %% [mistake] exhausted-generator
# says: it should give `['free', 'team', 'free', 'free', 'team']`
def labels(requests, store):
    plans = store.many(list(dict.fromkeys(requests)))
    return [plans[key] for key in requests]


# %% [mistake] many-of-one
# says: asked the store 5 times
def labels(requests, store):
    return [store.many([key])[key] for key in requests]


# %% [mistake] asks-for-nothing
# says: without requests your code still asked
def labels(requests, store):
    keys = list(requests)
    plans = store.many(list(dict.fromkeys(keys)))
    return [plans[key] for key in keys]
