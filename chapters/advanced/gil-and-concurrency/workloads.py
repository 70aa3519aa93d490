"""The jobs that this chapter runs, in a module, so that another process can import them.

A worker process gets the *name* of a function, `workloads.compute`, and imports it. A function
that was defined in a notebook's cell has no module that could be imported elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = bytes(1 << 20)


def compute(steps: int) -> int:
    """Execute that many turns of a loop in Python."""
    total = 0
    for step in range(steps):
        total += step * step % 7
    return total


def digest(mebibytes: int) -> str:
    """Hash that many MiB; `hashlib` computes in C and lets other threads run meanwhile."""
    state = hashlib.sha256()
    for _ in range(mebibytes):
        state.update(BLOCK)
    return state.hexdigest()


def wait(seconds: float) -> float:
    """Wait, as for a server's answer."""
    time.sleep(seconds)
    return seconds


def whoami() -> int:
    """Return the number of the process that executes this."""
    return os.getpid()


def append_to(basket: list[str], item: str) -> int:
    """Append to a list and return its length: the caller's list, or a copy of it."""
    basket.append(item)
    return len(basket)


def double_in_place(name: str, count: int) -> int:
    """Double the first `count` 64-bit floats of a block of shared memory."""
    from multiprocessing.shared_memory import SharedMemory  # not there in a browser's tab

    block = SharedMemory(name=name)
    try:
        assert block.buf is not None  # it is None after `close`
        with block.buf[: 8 * count] as part, part.cast("d") as numbers:
            for place in range(count):
                numbers[place] *= 2
    finally:
        block.close()
    return count


class Counter:
    """What two threads add to."""

    n = 0


def one() -> int:
    """Return 1, at the price of a call between the read and the write of `+=`."""
    return 1


def plain(counter: Counter, times: int) -> None:
    """Add a constant."""
    for _ in range(times):
        counter.n += 1


def calling(counter: Counter, times: int) -> None:
    """Add what a call returns."""
    for _ in range(times):
        counter.n += one()


def lost(work: Callable[[Counter, int], None], times: int = 200_000) -> int:
    """Let two threads add to one counter and return how many of the additions are missing."""
    counter, together = Counter(), threading.Barrier(2)

    def add() -> None:
        together.wait()
        work(counter, times)

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 2 * times - counter.n


def block_size() -> int:
    """Return the size of this module's `BLOCK`, as this process sees it."""
    return len(BLOCK)


def set_block(block: bytes) -> None:
    """Replace this process's `BLOCK`."""
    global BLOCK
    BLOCK = block
