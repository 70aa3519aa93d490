# %% [check]
"""Retry with a time limit for each attempt, growing pauses, and respect for cancellation."""

import asyncio
from collections.abc import Callable
from typing import Any

from seethrough.eventloop import run
from seethrough.exercises import Work


class Service:
    """Answers each call as planned: a delay in seconds, then a value or an error."""

    def __init__(self, *plan: tuple[float, str | Exception]) -> None:
        self.plan = plan
        self.calls: list[float] = []

    async def __call__(self) -> str:
        seconds, answer = self.plan[min(len(self.calls), len(self.plan) - 1)]
        self.calls.append(round(asyncio.get_running_loop().time(), 3))
        await asyncio.sleep(seconds)
        if isinstance(answer, Exception):
            raise answer
        return answer


def check(work: Work) -> str:
    persistent = work.get("persistent")
    third_time(work, persistent)
    never(work, persistent)
    stopped(work, persistent)
    return "It tries, pauses, gives up in time, and stops when asked."


def third_time(work: Work, persistent: Callable[..., Any]) -> None:
    service = Service((0.5, ConnectionError("refused")), (60, "too slow"), (0.5, "hello"))

    async def main() -> object:
        return await persistent(service, 3, 2.0)

    try:
        value = run(main())
    except (ConnectionError, TimeoutError) as error:
        work.fail(
            f"the third attempt would have answered, but `{type(error).__name__}` came out "
            f"after {len(service.calls)}."
        )
    work.require(value != "too slow", "the second attempt took 60 s although each has 2 s.")
    work.equal(value, "hello", "the result of refused, too slow, hello")
    work.equal(service.calls, [0.0, 1.5, 5.5], "the moments at which an attempt began")


def never(work: Work, persistent: Callable[..., Any]) -> None:
    service = Service((0.5, ConnectionError("refused")))

    async def main() -> tuple[str, float]:
        error = ""
        try:
            value = await persistent(service, 3, 2.0)
        except Exception as raised:
            error = type(raised).__name__
        else:
            work.fail(f"every attempt failed, and `persistent` returned `{value!r}`.")
        return error, asyncio.get_running_loop().time()

    error, at = run(main())
    work.equal(len(service.calls), 3, "the number of attempts")
    work.equal(error, "ConnectionError", "the error after the last attempt")
    work.require(
        at < 5, f"the last attempt failed at 4.5 s; the error came out only at {at:.1f} s."
    )


def stopped(work: Work, persistent: Callable[..., Any]) -> None:
    for when, doing in ((0.2, "during an attempt"), (1.0, "during a pause")):
        service = Service((0.5, ConnectionError("refused")))

        async def main(service: Service = service, when: float = when) -> tuple[bool, float]:
            task = asyncio.create_task(persistent(service, 3, 2.0))
            await asyncio.sleep(when)
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # looked at, so that nobody complains
            return task.cancelled(), asyncio.get_running_loop().time()

        cancelled, at = run(main())
        work.require(
            cancelled and at == when,
            f"it was cancelled at {when} s, {doing}, and went on until {at:.1f} s: "
            "the cancellation was swallowed.",
        )


# %% [hint]
# Three things can end an attempt: a result, an error (a timeout is one), a cancellation. Only one of
# them leads to another attempt.

# %% [hint]
# `async with asyncio.timeout(seconds):` around the call, inside the loop over attempts. It raises
# `TimeoutError`, an `Exception`; `CancelledError` is none.

# %% [hint]
# `except Exception:` and in it `if attempt == attempts - 1: raise`. The pause comes after the `except`
# block: `await asyncio.sleep(2**attempt)`.

# %% [solution]
import asyncio
from collections.abc import Awaitable, Callable


async def persistent[T](call: Callable[[], Awaitable[T]], attempts: int, seconds: float) -> T:
    """Call until it works, at most `attempts` times, each within `seconds`."""
    for attempt in range(attempts):
        try:
            async with asyncio.timeout(seconds):
                return await call()
        except Exception:
            if attempt == attempts - 1:
                raise
        await asyncio.sleep(2**attempt)
    message = "at least one attempt is needed"
    raise ValueError(message)


# %% [mistake] swallows-cancellation
# says: the cancellation was swallowed
import asyncio


async def persistent(call, attempts, seconds):
    for attempt in range(attempts):
        try:
            async with asyncio.timeout(seconds):
                return await call()
        except BaseException:
            if attempt == attempts - 1:
                raise
        await asyncio.sleep(2**attempt)


# %% [mistake] one-timeout-for-all
# says: came out after 2
import asyncio


async def persistent(call, attempts, seconds):
    async with asyncio.timeout(seconds):
        for attempt in range(attempts):
            try:
                return await call()
            except Exception:
                if attempt == attempts - 1:
                    raise
            await asyncio.sleep(2**attempt)


# %% [mistake] no-timeout
# says: took 60 s although each has 2 s
import asyncio


async def persistent(call, attempts, seconds):
    for attempt in range(attempts):
        try:
            return await call()
        except Exception:
            if attempt == attempts - 1:
                raise
        await asyncio.sleep(2**attempt)


# %% [mistake] pause-after-the-last
# says: the error came out only at
import asyncio


async def persistent(call, attempts, seconds):
    for attempt in range(attempts):
        try:
            async with asyncio.timeout(seconds):
                return await call()
        except Exception as error:
            last = error
            await asyncio.sleep(2**attempt)
    raise last


# %% [mistake] returns-none
# says: every attempt failed, and `persistent` returned `None`
import asyncio


async def persistent(call, attempts, seconds):
    for attempt in range(attempts):
        try:
            return await asyncio.wait_for(call(), seconds)
        except Exception:
            await asyncio.sleep(2**attempt)


# %% [mistake] always-one-second
# says: the moments at which an attempt began
import asyncio


async def persistent(call, attempts, seconds):
    for attempt in range(attempts):
        try:
            async with asyncio.timeout(seconds):
                return await call()
        except Exception:
            if attempt == attempts - 1:
                raise
        await asyncio.sleep(1)
