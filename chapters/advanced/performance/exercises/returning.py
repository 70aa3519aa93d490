# %% [check]
"""Find repeated hosts in one pass, in the order of their second visit."""

from collections.abc import Callable
from typing import override

from seethrough.exercises import Work


class Host(str):
    """A string that counts how often one is compared with another."""

    __slots__ = ()
    compared = 0

    @override
    def __hash__(self) -> int:
        return str.__hash__(self)

    @override
    def __eq__(self, other: object) -> bool:
        Host.compared += 1
        if Host.compared > 20_000:
            raise TooSlow
        return str.__eq__(self, other)


class TooSlow(BaseException):
    """The learner's code compared far too often; no `except Exception` may hide it."""


def check(work: Work) -> str:
    """Compare results first, then count comparisons."""
    returning: Callable[[list[str]], list[str]] = work.get("returning")
    visits = ["d", "a", "b", "a", "c", "b", "a", "d", "b"]
    given = list(visits)
    got = returning(given)
    work.require(given == visits, "`returning` changed the list that it was given.")
    work.require(
        isinstance(got, list),
        f"`returning` gave a `{type(got).__name__}`; it should give a list, in order.",
    )
    if got == ["d", "a", "b"]:
        work.fail("your list is in the order of the *first* visits; it should be of the second.")
    if sorted(got) == ["a", "b", "d"] and got != ["a", "b", "d"]:
        work.fail(f"the right hosts in the wrong order: `{got}`. A set does not keep any order.")
    work.require(
        len(got) == len(set(got)), f"`returning({visits})` gave `{got}`: a host occurs twice."
    )
    work.equal(got, ["a", "b", "d"], f"returning({visits})")
    Host.compared = 0
    many = [Host(f"10.0.{number >> 8}.{number & 255}") for number in range(1_000)]
    again = [Host(f"10.0.{number >> 8}.{number & 255}") for number in range(1_000)]
    try:
        result = returning([*many, *again])
    except TooSlow:
        work.fail(
            "for 2,000 visits your code compared hosts more than 20,000 times, and was stopped. "
            "Somewhere `in` (or `count`, `index`) still searches a list."
        )
    work.require(len(result) == 1_000, "of 1,000 hosts that came twice some are missing.")
    return f"One pass: {Host.compared:,} comparisons for 2,000 visits."


# %% [hint]
# `host in hosts[:place]` copies a part of the list and then searches it. What answers "have I seen
# this?" without searching?

# %% [hint]
# Two questions are asked about each host: was it seen before, and was it reported before? Each
# needs a container of its own that answers by hash.

# %% [hint]
# A `set` for what was seen; for what was found a `dict` with `None` values, which keeps the order
# of insertion and ignores a key that it has: `found.setdefault(host)`.


# %% [solution]
def returning(hosts: list[str]) -> list[str]:
    """Return the hosts that occur more than once, in the order of their second visit."""
    seen: set[str] = set()
    found: dict[str, None] = {}
    for host in hosts:
        if host in seen:
            found.setdefault(host)
        seen.add(host)
    return list(found)


# %% [mistake] half-repaired
# says: more than 20,000 times
def returning(hosts):
    seen = set()
    found = []
    for host in hosts:
        if host in seen and host not in found:
            found.append(host)
        seen.add(host)
    return found


# %% [mistake] count
# says: the order of the *first* visits
def returning(hosts):
    return [host for host in dict.fromkeys(hosts) if hosts.count(host) > 1]


# %% [mistake] counter
# says: the order of the *first* visits
from collections import Counter


def returning(hosts):
    return [host for host, visits in Counter(hosts).items() if visits > 1]


# %% [mistake] every-visit
# says: a host occurs twice
def returning(hosts):
    seen = set()
    found = []
    for host in hosts:
        if host in seen:
            found.append(host)
        seen.add(host)
    return found


# %% [mistake] set-result
# says: gave a `set`
def returning(hosts):
    seen = set()
    found = set()
    for host in hosts:
        if host in seen:
            found.add(host)
        seen.add(host)
    return found
