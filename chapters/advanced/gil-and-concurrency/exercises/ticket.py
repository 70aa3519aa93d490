# %% [check]
"""A seat is sold once, whatever the order of two threads' lines."""

from itertools import combinations
from typing import Any

from seethrough.exercises import Work
from seethrough.lanes import Stuck, lockstep


def check(work: Work) -> str:
    box = work.get("Box", type)
    alone = box(2)
    work.equal([alone.sell(), alone.sell(), alone.sell()], [1, 2, None], "three sales of two seats")
    for seats in (2, 1):
        for order in orders():
            both_buy(work, box(seats), seats, order)
    return "Every order of lines was tried with one seat and with two: no seat was sold twice."


def orders() -> list[str]:
    """Return orders of three lines each; the rest of a function runs after them, in turn."""
    return [
        "".join("A" if place in places else "B" for place in range(6))
        for places in combinations(range(6), 3)
        if 0 in places
    ]


def both_buy(work: Work, box: Any, seats: int, order: str) -> None:
    sold: list[int | None] = []

    class Buyer:
        """Notes what it got; `lockstep` stops in the lines of `sell`, which it is a `func` of."""

        func = box.sell

        def __call__(self) -> None:
            sold.append(box.sell())

    try:
        lockstep(order, Buyer(), Buyer(), patience=0.02)
    except Stuck as stuck:
        work.fail(f"two buyers at once wait for ever, {stuck}.")
    except IndexError:
        work.fail(
            f"with {seats} free, in the order `{order}` of lines, both buyers passed the test for "
            "a free seat, and then there was none left for one of them (`IndexError`)."
        )
    got = sorted(seat for seat in sold if seat is not None)
    when = f"with {seats} free, in the order `{order}` of lines,"
    work.require(len(set(got)) == len(got), f"{when} seat {got[:1]} was sold twice.")
    work.require(len(got) == min(seats, 2), f"{when} the two buyers got `{sold}`.")
    work.require(
        len(box.free) == seats - len(got),
        f"{when} `{sold}` were sold, and yet `{box.free}` are still free.",
    )


# %% [hint]
# Which lines must no other thread come between? The first of them is not the one that assigns.

# %% [hint]
# One lock for each box, made in `__init__`. All of `sell` stands inside `with self.lock:`.

# %% [hint]
# The test `if not self.free` is a read, and what it decides is only true while the lock is held. A
# `return` inside the `with` releases it.


# %% [solution]
import threading


class Box:
    """A box office; `sell` may be called from any thread."""

    def __init__(self, seats: int) -> None:
        self.free = list(range(1, seats + 1))
        self.lock = threading.Lock()

    def sell(self) -> int | None:
        """Return the number of a seat that nobody else gets, or None."""
        with self.lock:
            if not self.free:
                return None
            seat = self.free[0]
            self.free = self.free[1:]
            return seat


# %% [mistake] no-lock
# says: was sold twice
import threading


class Box:
    def __init__(self, seats):
        self.free = list(range(1, seats + 1))

    def sell(self):
        if not self.free:
            return None
        seat = self.free[0]
        self.free = self.free[1:]
        return seat


# %% [mistake] check-outside
# says: both buyers passed the test
import threading


class Box:
    def __init__(self, seats):
        self.free = list(range(1, seats + 1))
        self.lock = threading.Lock()

    def sell(self):
        if not self.free:
            return None
        with self.lock:
            seat = self.free[0]
            self.free = self.free[1:]
            return seat


# %% [mistake] lock-of-its-own
# says: was sold twice
import threading


class Box:
    def __init__(self, seats):
        self.free = list(range(1, seats + 1))

    def sell(self):
        with threading.Lock():
            if not self.free:
                return None
            seat = self.free[0]
            self.free = self.free[1:]
            return seat


# %% [mistake] only-the-write
# says: was sold twice
import threading


class Box:
    def __init__(self, seats):
        self.free = list(range(1, seats + 1))
        self.lock = threading.Lock()

    def sell(self):
        if not self.free:
            return None
        seat = self.free[0]
        with self.lock:
            self.free = self.free[1:]
        return seat


# %% [mistake] never-released
# says: wait for ever
import threading


class Box:
    def __init__(self, seats):
        self.free = list(range(1, seats + 1))
        self.lock = threading.Lock()

    def sell(self):
        if not self.free:
            return None
        self.lock.acquire(timeout=5)
        if not self.free:
            return None
        seat = self.free[0]
        self.free = self.free[1:]
        if self.free:
            self.lock.release()
        return seat
