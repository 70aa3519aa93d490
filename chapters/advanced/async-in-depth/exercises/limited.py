# %% [check]
"""An asynchronous map with a limit on what runs at once."""

import asyncio
from collections.abc import Callable
from typing import Any

from seethrough.eventloop import run
from seethrough.exercises import Work

SECONDS = {"a": 0.4, "b": 0.1, "c": 0.1, "d": 0.3, "e": 0.1}


def check(work: Work) -> str:
    limited = work.get("limited")
    good_run(work, limited)
    failing_run(work, limited)
    return "Never more than two at once, no idle slot, and the order is kept."


def good_run(work: Work, limited: Callable[..., Any]) -> None:
    now = most = 0

    async def download(name: str) -> str:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(SECONDS[name])
        now -= 1
        return name.upper()

    async def main() -> tuple[list[str], float]:
        results = await limited(download, list(SECONDS), 2)
        return results, asyncio.get_running_loop().time()

    results, at = run(main())
    work.require(most <= 2, f"with a limit of 2, {most} downloads were running at the same time.")
    work.require(most > 1, "never more than one download ran at a time: nothing is concurrent.")
    work.require(
        sorted(results) != ["A", "B", "C", "D", "E"] or results == sorted(results),
        f"the results came in order of completion: `{results}`. They belong in the order of the "
        "items.",
    )
    work.equal(results, ["A", "B", "C", "D", "E"], "the results")
    work.require(
        at < 0.55,
        f"it took {at:.1f} s where 0.5 s would do: a slot stood idle while another was busy.",
    )


def failing_run(work: Work, limited: Callable[..., Any]) -> None:
    finished: list[str] = []

    async def download(name: str) -> str:
        await asyncio.sleep(SECONDS[name])
        if name == "b":
            raise ConnectionError(name)
        finished.append(name)
        return name

    async def main() -> str:
        try:
            results = await limited(download, list(SECONDS), 2)
        except* ConnectionError:
            pass
        else:
            return f"came back with `{results}`"
        await asyncio.sleep(5)
        return ""

    silent = run(main())
    work.require(not silent, f"one download failed, and `limited` {silent}.")
    work.require(
        not finished,
        f"`b` failed at 0.1 s and its error came out, but {', '.join(finished)} ran on to the end.",
    )


# %% [hint]
# Two separate questions: who owns the tasks, so that a failure ends them all? And who counts, so that
# only so many are past the gate?

# %% [hint]
# The gate is an `asyncio.Semaphore(limit)`, and *inside* each task: `async with gate: return await
# function(item)`.

# %% [hint]
# The owner is a `TaskGroup`. Keep the tasks in a list as you create them; after the block, each has a
# `result()`, and the list has the order of the items.

# %% [solution]
import asyncio
from collections.abc import Awaitable, Callable, Iterable


async def limited[A, B](
    function: Callable[[A], Awaitable[B]], items: Iterable[A], limit: int
) -> list[B]:
    """Call `function` on each item, at most `limit` at a time."""
    gate = asyncio.Semaphore(limit)

    async def one(item: A) -> B:
        async with gate:
            return await function(item)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(item)) for item in items]
    return [task.result() for task in tasks]


# %% [mistake] no-limit
# says: 5 downloads were running at the same time
import asyncio


async def limited(function, items, limit):
    return await asyncio.gather(*map(function, items))


# %% [mistake] gate-around-creation
# says: 5 downloads were running at the same time
import asyncio


async def limited(function, items, limit):
    gate = asyncio.Semaphore(limit)
    tasks = []
    async with asyncio.TaskGroup() as group:
        for item in items:
            async with gate:
                tasks.append(group.create_task(function(item)))
    return [task.result() for task in tasks]


# %% [mistake] batches
# says: a slot stood idle
import asyncio
from itertools import batched


async def limited(function, items, limit):
    results = []
    for batch in batched(items, limit):
        results += await asyncio.gather(*map(function, batch))
    return results


# %% [mistake] completion-order
# says: in order of completion
import asyncio


async def limited(function, items, limit):
    gate = asyncio.Semaphore(limit)
    results = []

    async def one(item):
        async with gate:
            results.append(await function(item))

    async with asyncio.TaskGroup() as group:
        for item in items:
            group.create_task(one(item))
    return results


# %% [mistake] runs-on
# says: ran on to the end
import asyncio


async def limited(function, items, limit):
    gate = asyncio.Semaphore(limit)

    async def one(item):
        async with gate:
            return await function(item)

    return await asyncio.gather(*map(one, items))


# %% [mistake] swallowed
# says: one download failed, and `limited` came back
import asyncio


async def limited(function, items, limit):
    gate = asyncio.Semaphore(limit)

    async def one(item):
        async with gate:
            return await function(item)

    return await asyncio.gather(*map(one, items), return_exceptions=True)
