# %% [check]
"""Start all, return the first success, leave nothing running."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from seethrough.eventloop import run
from seethrough.exercises import Work

type Mirror = Callable[[], Coroutine[Any, Any, str]]


class Mirrors:
    """Mirrors that note when they start, and need a while to clean up."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def make(self, name: str, seconds: float, *, fails: bool = False) -> Mirror:
        async def mirror() -> str:
            loop = asyncio.get_running_loop()
            self.log.append(f"{name} starts at {loop.time():.1f}")
            try:
                await asyncio.sleep(seconds)
                if fails:
                    raise ConnectionError(name)
                return name
            except asyncio.CancelledError:
                await asyncio.sleep(0.1)
                self.log.append(f"{name} cleaned up")
                raise

        return mirror


def check(work: Work) -> str:
    first = work.get("first")
    one_wins(work, first)
    all_fail(work, first)
    caller_gives_up(work, first)
    return "The fastest success wins, and nobody is left behind."


def one_wins(work: Work, first: Callable[..., Any]) -> None:
    mirrors = Mirrors()
    choice = [
        mirrors.make("far", 5.0),
        mirrors.make("broken", 0.1, fails=True),
        mirrors.make("near", 0.3),
    ]

    async def main() -> tuple[str, float, list[str]]:
        value = await first(*choice)
        left = [
            "cancelled, and nobody waited for it to clean up"
            if task.cancelling()
            else "left to run on"
            for task in asyncio.all_tasks() - {asyncio.current_task()}
        ]
        return value, asyncio.get_running_loop().time(), left

    try:
        value, at, left = run(main())
    except ConnectionError:
        work.fail("`broken` failed at 0.1 s, and its error came out; `near` would have answered.")
    starts = [line for line in mirrors.log if "starts" in line]
    work.require(
        len(starts) == 3 and all(line.endswith("0.0") for line in starts),
        f"all three should start at once; what started: {', '.join(starts)}.",
    )
    work.equal(value, "near", "the result of far (5 s), broken (fails at 0.1 s), near (0.3 s)")
    work.require(at < 1, f"`near` answered at 0.3 s, but `first` returned only at {at:.1f} s.")
    for what in left:
        work.fail(f"when `first` returned, a task was still there: `far` was {what}.")
    work.require("far cleaned up" in mirrors.log, "`far` never got to clean up.")


def all_fail(work: Work, first: Callable[..., Any]) -> None:
    mirrors = Mirrors()
    names = ("a", "b")
    broken = [mirrors.make(name, 0.1 * place, fails=True) for place, name in enumerate(names)]

    async def main() -> object:
        return await first(*broken)

    try:
        value = run(main())
    except ExceptionGroup as group:
        work.equal(sorted(map(str, group.exceptions)), ["a", "b"], "the errors in the group")
    except ConnectionError as error:
        work.fail(f"when all fail, an `ExceptionGroup` should come out; it was `{error!r}` alone.")
    else:
        work.fail(f"when all mirrors fail, `first` returned `{value!r}`.")


def caller_gives_up(work: Work, first: Callable[..., Any]) -> None:
    mirrors = Mirrors()

    async def main() -> int:
        try:
            async with asyncio.timeout(0.5):
                await first(mirrors.make("far", 5.0), mirrors.make("farther", 6.0))
        except TimeoutError:
            pass
        return len(asyncio.all_tasks()) - 1

    left = run(main())
    work.require(
        left == 0,
        f"the caller gave up after 0.5 s, and {left} mirrors ran on. Clean up in `finally`.",
    )


# %% [hint]
# Make a task of each mirror first. Then look at them in the order in which they complete.

# %% [hint]
# `async for task in asyncio.as_completed(tasks)` gives them in that order; `await task` returns or
# raises. Collect what is raised and go on.

# %% [hint]
# Whatever happens, in `finally`: cancel every task (a finished one does not mind), then wait for all of
# them with `asyncio.gather(*tasks, return_exceptions=True)`.

# %% [solution]
import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


async def first[T](*mirrors: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Return the first successful answer; leave no task running."""
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    errors: list[Exception] = []
    try:
        async for task in asyncio.as_completed(tasks):
            try:
                return await task
            except Exception as error:
                errors.append(error)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    raise ExceptionGroup("no mirror answered", errors)


# %% [mistake] one-by-one
# says: all three should start at once
async def first(*mirrors):
    errors = []
    for mirror in mirrors:
        try:
            return await mirror()
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("no mirror answered", errors)


# %% [mistake] first-completed
# says: `near` would have answered
import asyncio


async def first(*mirrors):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return done.pop().result()


# %% [mistake] leaves-them-running
# says: `far` was left to run on
import asyncio


async def first(*mirrors):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    errors = []
    async for task in asyncio.as_completed(tasks):
        try:
            return await task
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("no mirror answered", errors)


# %% [mistake] does-not-wait
# says: nobody waited for it to clean up
import asyncio


async def first(*mirrors):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    errors = []
    try:
        async for task in asyncio.as_completed(tasks):
            try:
                return await task
            except Exception as error:
                errors.append(error)
    finally:
        for task in tasks:
            task.cancel()
    raise ExceptionGroup("no mirror answered", errors)


# %% [mistake] waits-for-all
# says: but `first` returned only at 5.0 s
import asyncio


async def first(*mirrors):
    results = await asyncio.gather(*(mirror() for mirror in mirrors), return_exceptions=True)
    good = [result for result in results if not isinstance(result, Exception)]
    if not good:
        raise ExceptionGroup("no mirror answered", results)
    return good[-1]


# %% [mistake] no-finally
# says: Clean up in `finally`
import asyncio


async def first(*mirrors):
    tasks = [asyncio.create_task(mirror()) for mirror in mirrors]
    errors = []
    async for task in asyncio.as_completed(tasks):
        try:
            value = await task
        except Exception as error:
            errors.append(error)
        else:
            for other in tasks:
                other.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return value
    raise ExceptionGroup("no mirror answered", errors)
