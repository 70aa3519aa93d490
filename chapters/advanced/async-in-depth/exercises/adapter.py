# %% [check]
"""Turn a callback interface into a coroutine."""

import asyncio
from collections.abc import Callable
from typing import Any

from seethrough.eventloop import Deadlock, Endless, run
from seethrough.exercises import Work


class Sensor:
    """Calls back after a while, and notes what the callback raised."""

    def __init__(self, seconds: float, value: float | Exception) -> None:
        self.seconds = seconds
        self.value = value
        self.asked = 0
        self.trouble = ""

    def read(
        self, on_value: Callable[[float], None], on_error: Callable[[Exception], None]
    ) -> None:
        self.asked += 1
        asyncio.get_running_loop().call_later(self.seconds, self._answer, on_value, on_error)

    def _answer(
        self, on_value: Callable[[float], None], on_error: Callable[[Exception], None]
    ) -> None:
        try:
            if isinstance(self.value, Exception):
                on_error(self.value)
            else:
                on_value(self.value)
        except Exception as error:
            self.trouble = type(error).__name__


def check(work: Work) -> str:
    read = work.get("read")
    values(work, read)
    errors(work, read)
    gives_up(work, read)
    return "A value, an error and a late call: the future takes all three."


def values(work: Work, read: Callable[[Any], Any]) -> None:
    async def main() -> tuple[list[object], float]:
        both = await asyncio.gather(read(Sensor(0.25, 21.5)), read(Sensor(0.33, 18.0)))
        return list(both), asyncio.get_running_loop().time()

    try:
        both, at = run(main(), turns=2000)
    except Endless:
        work.fail(
            "your coroutine asks again and again with `sleep(0)`, so the loop turns without end "
            "and never gets to its timers. A future needs no polling: await it."
        )
    except Deadlock as error:
        work.fail(f"nobody resolves what `read` awaits. The loop says: {error}.")
    work.equal(both, [21.5, 18.0], "await gather(read(slow_sensor), read(slower_sensor))")
    work.require(
        abs(at - 0.33) < 1e-6,
        f"the sensors called back after 0.25 s and 0.33 s, but both values were there "
        f"only at {at:.2f} s.",
    )


def errors(work: Work, read: Callable[[Any], Any]) -> None:
    broken = OSError("sensor unplugged")

    async def main() -> object:
        return await read(Sensor(0.1, broken))

    try:
        value = run(main())
    except OSError as error:
        work.require(error is broken, "`read` raised another error than the sensor's own.")
        return
    except Deadlock:
        work.fail("when the sensor reports an error, nobody resolves what `read` awaits.")
    work.fail(
        f"the sensor reported an error, and `read` *returned* `{value!r}`; it should raise it."
    )


def gives_up(work: Work, read: Callable[[Any], Any]) -> None:
    for value in (20.0, OSError("late")):
        sensor = Sensor(2.0, value)

        async def main(sensor: Sensor = sensor) -> None:
            try:
                async with asyncio.timeout(1.0):
                    await read(sensor)
            except TimeoutError:
                await asyncio.sleep(2.0)

        run(main())
        work.require(
            not sensor.trouble,
            f"the reader gave up after 1 s; the sensor called back at 2 s, and your callback "
            f"raised `{sensor.trouble}` in its face.",
        )


# %% [hint]
# You need something that can be awaited *and* that somebody else can resolve: the running loop makes
# one for you.

# %% [hint]
# `future = asyncio.get_running_loop().create_future()`. Its methods `set_result` and `set_exception`
# take exactly the arguments that the two callbacks get.

# %% [hint]
# When the reader is cancelled, its future is cancelled too, and `set_result` on a future that is done
# raises `InvalidStateError`. Wrap both callbacks: `if not future.done(): …`.

# %% [solution]
import asyncio
from collections.abc import Callable
from typing import Protocol


class Sensor(Protocol):
    """What the library gives us."""

    def read(
        self, on_value: Callable[[float], None], on_error: Callable[[Exception], None]
    ) -> None: ...


async def read(sensor: Sensor) -> float:
    """Read a sensor once."""
    future: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def on_value(value: float) -> None:
        if not future.done():  # the reader may have given up
            future.set_result(value)

    def on_error(error: Exception) -> None:
        if not future.done():
            future.set_exception(error)

    sensor.read(on_value, on_error)
    return await future


# %% [mistake] late-callback
# says: raised `InvalidStateError` in its face
import asyncio


async def read(sensor):
    future = asyncio.get_running_loop().create_future()
    sensor.read(future.set_result, future.set_exception)
    return await future


# %% [mistake] error-as-value
# says: it should raise it
import asyncio


async def read(sensor):
    future = asyncio.get_running_loop().create_future()

    def answer(value):
        if not future.done():
            future.set_result(value)

    sensor.read(answer, answer)
    return await future


# %% [mistake] spins
# says: A future needs no polling
import asyncio


async def read(sensor):
    box = []
    sensor.read(box.append, box.append)
    while not box:
        await asyncio.sleep(0)
    return box[0]


# %% [mistake] polls
# says: but both values were there only at 0.40 s
import asyncio


async def read(sensor):
    box = []
    sensor.read(box.append, box.append)
    while not box:
        await asyncio.sleep(0.1)
    return box[0]


# %% [mistake] never-resolved
# says: nobody resolves what `read` awaits
import asyncio


async def read(sensor):
    future = asyncio.get_running_loop().create_future()
    sensor.read(lambda value: value, lambda error: error)
    return await future
