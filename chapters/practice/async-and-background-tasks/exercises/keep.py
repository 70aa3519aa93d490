# %% [check]
"""Work under a lease: renew it while the work runs, stop when it is gone."""

import asyncio
from collections.abc import Callable
from typing import Any

from seethrough.eventloop import run
from seethrough.exercises import Work


class Lease:
    """Counts its renewals; after `lasts` of them it belongs to somebody else."""

    def __init__(self, lasts: int = 99) -> None:
        self.moments: list[float] = []
        self.lasts = lasts

    async def renew(self) -> bool:
        self.moments.append(asyncio.get_running_loop().time())
        return len(self.moments) <= self.lasts


def check(work: Work) -> str:
    keep, lost = work.get("keep"), work.get("LeaseLost", type)
    good(work, keep)
    failing(work, keep)
    gone(work, keep, lost)
    given_up(work, keep)
    return "Renewed while it runs, let go when it ends, stopped when it is lost."


def good(work: Work, keep: Callable[..., Any]) -> None:
    lease = Lease()

    async def export() -> str:
        await asyncio.sleep(10)
        return "exported"

    async def main() -> tuple[object, float]:
        result = await keep(export, lease.renew, 3)
        ended = asyncio.get_running_loop().time()
        await asyncio.sleep(20)
        return result, ended

    result, ended = run(main())
    work.equal(result, "exported", "await keep(export, renew, 3)")
    work.require(lease.moments, "the work took 10 s, and the lease was never renewed.")
    work.require(ended <= 10, f"the work ended at 10 s, and `keep` returned at {ended:.0f} s.")
    late = [moment for moment in lease.moments if moment > 10]
    work.require(
        not late,
        f"the work was over at 10 s, and its lease was still renewed at {late[:2]}: nobody else "
        "would ever get the next job.",
    )
    work.require(
        lease.moments == [3, 6, 9],
        f"the work took 10 s with a period of 3 s, and the lease was renewed at {lease.moments} s.",
    )


def failing(work: Work, keep: Callable[..., Any]) -> None:
    lease = Lease()

    async def export() -> None:
        await asyncio.sleep(4)
        raise ConnectionError("no disk")

    async def main() -> str:
        try:
            await keep(export, lease.renew, 3)
        except* ConnectionError:
            pass
        else:
            return "returned as if all were well"
        await asyncio.sleep(20)
        return ""

    words = run(main())
    work.require(not words, f"the work raised, and `keep` {words}.")
    late = [moment for moment in lease.moments if moment > 4]
    work.require(
        not late, f"the work failed at 4 s, and its lease was still renewed at {late[:2]}."
    )


def gone(work: Work, keep: Callable[..., Any], lost: type[Exception]) -> None:
    lease, log = Lease(lasts=1), list[str]()

    async def export() -> None:
        try:
            await asyncio.sleep(60)
            log.append("finished")
        finally:
            await asyncio.sleep(0.5)
            log.append("cleaned up")

    async def main() -> str:
        words = ""
        try:
            await keep(export, lease.renew, 3)
            words = "`keep` returned as if all were well"
        except lost:
            if log != ["cleaned up"]:
                words = "`LeaseLost` came out before the work had cleaned up"
        except BaseExceptionGroup as group:
            names = [type(error).__name__ for error in group.exceptions]
            words = f"a group with {names} came out instead of `LeaseLost`"
        except asyncio.CancelledError:
            words = "`CancelledError` came out instead of `LeaseLost`"
        await asyncio.sleep(100)
        return words

    words = run(main())
    work.require(
        "finished" not in log,
        "the lease went to somebody else at 6 s, and the work ran on to its end.",
    )
    work.require(not words, f"the lease was lost at 6 s, and {words}.")


def given_up(work: Work, keep: Callable[..., Any]) -> None:
    lease, log = Lease(), list[str]()

    async def export() -> None:
        await asyncio.sleep(60)
        log.append("finished")

    async def main() -> None:
        try:
            async with asyncio.timeout(5):
                await keep(export, lease.renew, 3)
        except TimeoutError:
            log.append("timeout")
        await asyncio.sleep(100)

    run(main())
    work.require(
        log == ["timeout"],
        "the caller gave up after 5 s, and the work ran on without an owner.",
    )


# %% [hint]
# Two things at once, and when one ends the other must: a task for the work, a task for the renewing.
# What ends the renewing when the work is done, whatever way it ended?

# %% [hint]
# Make the work a task. A loop sleeps `period` and asks `renew`; on `False` it cancels the *work's* task.
# How do you tell that cancellation from one that comes from outside? By a flag.

# %% [hint]
# `worker = asyncio.create_task(work())`, `beat = asyncio.create_task(beating())`, then `try: return await
# worker`; `except CancelledError`: raise `LeaseLost` if the flag is set, else `raise`; `finally`: cancel
# both.

# %% [solution]
import asyncio
from collections.abc import Awaitable, Callable


class LeaseLost(Exception):
    """Somebody else has the job now."""


async def keep[T](
    work: Callable[[], Awaitable[T]],
    renew: Callable[[], Awaitable[bool]],
    period: float,
) -> T:
    """Await the work, and renew its lease as long as it runs."""
    lost = False

    async def run_work() -> T:
        return await work()

    async def beat() -> None:
        nonlocal lost
        while True:
            await asyncio.sleep(period)
            if not await renew():
                lost = True
                worker.cancel()
                return

    worker = asyncio.create_task(run_work())
    heartbeat = asyncio.create_task(beat())
    try:
        return await worker
    except asyncio.CancelledError:
        if lost:
            raise LeaseLost from None
        raise
    finally:
        worker.cancel()
        heartbeat.cancel()


# %% [mistake] never-renews
# says: and the lease was renewed at [10
class LeaseLost(Exception):
    pass


async def keep(work, renew, period):
    result = await work()
    if not await renew():
        raise LeaseLost
    return result


# %% [mistake] beats-on
# says: its lease was still renewed
import asyncio


class LeaseLost(Exception):
    pass


async def keep(work, renew, period):
    async def beat():
        while await renew():
            await asyncio.sleep(period)

    asyncio.create_task(beat())
    return await work()


# %% [mistake] beats-on-after-an-error
# says: the work failed at 4 s, and its lease was still renewed
import asyncio


class LeaseLost(Exception):
    pass


async def keep(work, renew, period):
    async def beat():
        while True:
            await asyncio.sleep(period)
            if not await renew():
                return

    task = asyncio.create_task(beat())
    result = await work()
    task.cancel()
    return result


# %% [mistake] works-on
# says: the work ran on to its end
import asyncio


class LeaseLost(Exception):
    pass


async def keep(work, renew, period):
    lost = False

    async def beat():
        nonlocal lost
        while True:
            await asyncio.sleep(period)
            if not await renew():
                lost = True
                return

    task = asyncio.create_task(beat())
    try:
        result = await work()
    finally:
        task.cancel()
    if lost:
        raise LeaseLost
    return result


# %% [mistake] raises-a-group
# says: a group with
import asyncio


class LeaseLost(Exception):
    pass


async def keep(work, renew, period):
    async def beat():
        while True:
            await asyncio.sleep(period)
            if not await renew():
                raise LeaseLost

    async with asyncio.TaskGroup() as group:
        beating = group.create_task(beat())
        result = await work()
        beating.cancel()
    return result
