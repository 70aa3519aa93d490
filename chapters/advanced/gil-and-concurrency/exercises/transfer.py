# %% [check]
"""Two opposite transfers end, no money is lost, and strangers need not wait."""

from functools import partial
from itertools import combinations
from typing import Any

from seethrough.exercises import Work
from seethrough.lanes import Stuck, lockstep


def check(work: Work) -> str:
    account, transfer = work.get("Account", type), work.get("transfer")
    ann, bob = account(1), account(2)
    transfer(ann, bob, 30)
    work.equal((ann.balance, bob.balance), (70, 130), "the balances after a transfer of 30")
    for order in orders():
        opposite(work, account, transfer, order)
        same_way(work, account, transfer, order)
    strangers(work, account, transfer)
    return "No order of lines blocks them or loses money, and strangers pass."


def orders() -> list[str]:
    return [
        "".join("A" if place in places else "B" for place in range(6))
        for places in combinations(range(6), 3)
    ]


def opposite(work: Work, account: Any, transfer: Any, order: str) -> None:
    ann, bob = account(1), account(2)
    there, back = partial(transfer, ann, bob, 10), partial(transfer, bob, ann, 20)
    try:
        lockstep(order, there, back, patience=0.02)
    except Stuck as stuck:
        work.fail(f"two opposite transfers wait for each other, {stuck}.")
    total = (ann.balance, bob.balance)
    work.require(
        total == (110, 90),
        f"after 10 there and 20 back, in the order `{order}` of lines, the balances are "
        f"`{total}`; they should be `(110, 90)`.",
    )


def same_way(work: Work, account: Any, transfer: Any, order: str) -> None:
    """Two transfers into one account from different ones."""
    ann, bob, cy = account(3), account(1), account(2)
    try:
        lockstep(
            order, partial(transfer, ann, bob, 10), partial(transfer, cy, bob, 20), patience=0.02
        )
    except Stuck as stuck:
        work.fail(f"two transfers into one account wait for each other, {stuck}.")
    total = (ann.balance, bob.balance, cy.balance)
    work.require(
        total == (90, 130, 80),
        f"after 10 and 20 into one account, in the order `{order}` of lines, the balances are "
        f"`{total}`; they should be `(90, 130, 80)`.",
    )


def strangers(work: Work, account: Any, transfer: Any) -> None:
    """While somebody is in the middle of a transfer, one between two others must go through."""
    one, two, three, four = (account(number) for number in range(1, 5))
    lines = len(lockstep("", partial(transfer, account(1), account(2), 1)))
    passed = False
    for begun in range(1, lines):
        order = "A" * begun + "B" * (lines + 5)
        log = lockstep(
            order,
            partial(transfer, one, two, 10),
            partial(transfer, three, four, 10),
            patience=0.5,
        )
        letters = "".join(letter for letter, _ in log)
        if "A" not in letters[begun:] or "B" not in letters[begun:].split("A")[0]:
            continue
        passed = letters[begun:].split("A")[0].count("B") >= lines
        work.require(
            passed,
            "a transfer between two other accounts had to wait until this one was done: "
            "all transfers share one lock.",
        )


# %% [hint]
# The two transfers take the same two locks in opposite orders. Which order could both agree on,
# whoever is source and whoever is target?

# %% [hint]
# Accounts have a `number`. Take the lock of the smaller number first.

# %% [hint]
# `first, second = sorted((source, target), key=lambda account: account.number)`, then
# `with first.lock, second.lock:`. What is done inside does not change.


# %% [solution]
import threading
from dataclasses import dataclass, field


@dataclass
class Account:
    """Some money, and the lock that whoever touches it must hold."""

    number: int
    balance: int = 100
    lock: threading.Lock = field(default_factory=threading.Lock)


def transfer(source: Account, target: Account, amount: int) -> None:
    """Move money; locks are taken in the order of the accounts' numbers."""
    first, second = sorted((source, target), key=lambda account: account.number)
    with first.lock, second.lock:
        source.balance -= amount
        target.balance += amount


# %% [mistake] source-first
# says: wait for each other
import threading
from dataclasses import dataclass, field


@dataclass
class Account:
    number: int
    balance: int = 100
    lock: threading.Lock = field(default_factory=threading.Lock)


def transfer(source, target, amount):
    with source.lock:
        with target.lock:
            source.balance -= amount
            target.balance += amount


# %% [mistake] by-balance
# says: wait for each other
import threading
from dataclasses import dataclass, field


@dataclass
class Account:
    number: int
    balance: int = 100
    lock: threading.Lock = field(default_factory=threading.Lock)


def transfer(source, target, amount):
    first, second = sorted((source, target), key=lambda account: account.balance)
    with first.lock:
        with second.lock:
            source.balance -= amount
            target.balance += amount


# %% [mistake] one-lock-for-all
# says: all transfers share one lock
import threading
from dataclasses import dataclass, field

everything = threading.Lock()


@dataclass
class Account:
    number: int
    balance: int = 100
    lock: threading.Lock = field(default_factory=threading.Lock)


def transfer(source, target, amount):
    with everything:
        source.balance -= amount
        target.balance += amount


# %% [mistake] gives-up
# says: the balances are
import threading
from dataclasses import dataclass, field


@dataclass
class Account:
    number: int
    balance: int = 100
    lock: threading.Lock = field(default_factory=threading.Lock)


def transfer(source, target, amount):
    with source.lock:
        if target.lock.acquire(blocking=False):
            source.balance -= amount
            target.balance += amount
            target.lock.release()


# %% [mistake] no-locks
# says: the balances are
import threading
from dataclasses import dataclass, field


@dataclass
class Account:
    number: int
    balance: int = 100
    lock: threading.Lock = field(default_factory=threading.Lock)


def transfer(source, target, amount):
    left, more = source.balance - amount, target.balance + amount
    source.balance = left
    target.balance = more
