# %% [check]
"""Stop a worker: no new job, a while for the one in hand, and nothing lost."""

import asyncio
from typing import Any

from seethrough.eventloop import Deadlock, record
from seethrough.exercises import Work

Job = Any


class Day:
    """A worker, its queue, and what it did."""

    def __init__(self, kind: type) -> None:
        self.queue: asyncio.Queue[Job] = asyncio.Queue()
        self.worker = kind(self.queue)
        self.log: list[str] = []
        self.stopped = 0.0
        self.ended = False

    def job(self, name: str, seconds: float) -> None:
        async def work() -> None:
            self.log.append(f"{name} begins")
            await asyncio.sleep(seconds)
            self.log.append(f"{name} ends")

        self.queue.put_nowait(work)

    async def stop_after(self, seconds: float, grace: float) -> None:
        running = asyncio.create_task(self.worker.run())
        await asyncio.sleep(seconds)
        await self.worker.stop(grace)
        self.stopped = asyncio.get_running_loop().time()
        self.ended = running.done()
        left = self.queue.qsize()
        await asyncio.sleep(1000)
        self.log.append(f"left {left}")
        if not running.done():
            running.cancel()


def play(work: Work, day: Day, seconds: float, grace: float) -> None:
    recording = record(day.stop_after(seconds, grace))
    if isinstance(recording.error, Deadlock):
        work.fail(f"`stop` never returned: {recording.error}.")
    if recording.error is not None:
        raise recording.error


def check(work: Work) -> str:
    kind = work.get("Worker", type)
    in_time(work, kind)
    too_long(work, kind)
    idle(work, kind)
    return "It finishes what it can, gives back what it cannot, and takes nothing new."


def in_time(work: Work, kind: type) -> None:
    day = Day(kind)
    for name in ("first", "second", "third"):
        day.job(name, 10)
    play(work, day, 15, 30)
    work.require(
        "third begins" not in day.log,
        "`stop` was called while the second job ran, and the third was begun after it.",
    )
    work.require(
        "second ends" in day.log,
        "the job in hand needed 5 s more and had 30 s of grace; it was cut off.",
    )
    work.require(
        day.stopped != 15, "`stop` returned at once, while the job in hand was still running."
    )
    work.require(
        day.stopped == 20,
        f"the job in hand ended at 20 s, and `stop` returned at {day.stopped:.0f} s.",
    )
    work.require(day.ended, "`stop` returned, and `run` had not ended.")
    work.require(
        day.log[-1] == "left 1",
        f"the third job was still to do, and the queue holds {day.log[-1].removeprefix('left ')} "
        "jobs after `stop`.",
    )


def too_long(work: Work, kind: type) -> None:
    day = Day(kind)
    day.job("long", 100)
    day.job("next", 1)
    play(work, day, 10, 5)
    work.require(
        "long ends" not in day.log,
        "the job in hand needed 90 s more and had 5 s of grace; it ran to its end.",
    )
    work.require(
        day.stopped == 15, f"the grace was over at 15 s; `stop` returned at {day.stopped:.0f} s."
    )
    work.require(
        day.log[-1] == "left 2",
        f"the job that was cut off should be in the queue again, beside the next; the queue holds "
        f"{day.log[-1].removeprefix('left ')}.",
    )
    work.require(day.ended, "`stop` returned, and `run` had not ended.")


def idle(work: Work, kind: type) -> None:
    day = Day(kind)
    play(work, day, 10, 60)
    work.require(
        day.stopped == 10,
        f"a worker that waits for a job was stopped at 10 s; `stop` returned at "
        f"{day.stopped:.0f} s.",
    )
    work.require(day.ended, "an idle worker was stopped, and `run` had not ended.")


# %% [hint]
# `run` waits in one of two places: for a job, or in a job. Stopping means something else in each. Keep a
# note of where it is.

# %% [hint]
# Let `run` make a task of each job and keep it in `self.current`. `stop` may then wait for that task with
# a limit, and cancel what waits for the queue at once.

# %% [hint]
# `asyncio.wait([task], timeout=grace)` waits without cancelling or raising; whether it is in time you see by
# `task.done()`. Cancel it, wait for its end, put the job back. Since 3.13 `Queue.shutdown` would end the
# waiting too, but then nothing can be put back.

# %% [solution]
import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Job = Callable[[], Coroutine[Any, Any, None]]


class Worker:
    """Takes jobs one after the other, until it is stopped."""

    def __init__(self, queue: asyncio.Queue[Job]) -> None:
        self.queue = queue
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._hard_stop = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop` is called."""
        stopping = asyncio.create_task(self._stopping.wait())
        while not self._stopping.is_set():
            getting = asyncio.create_task(self.queue.get())
            await asyncio.wait([getting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                await self._do(getting.result())
            else:
                getting.cancel()
        self._ended.set()

    async def _do(self, job: Job) -> None:
        task = asyncio.create_task(job())
        cut = asyncio.create_task(self._hard_stop.wait())
        await asyncio.wait([task, cut], return_when=asyncio.FIRST_COMPLETED)
        cut.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
            # Nobody loses by it: what was begun may be begun again.
            self.queue.put_nowait(job)

    async def stop(self, grace: float) -> None:
        """Take no further job; give the one in hand `grace` seconds."""
        self._stopping.set()
        try:
            async with asyncio.timeout(grace):
                await self._ended.wait()
        except TimeoutError:
            self._hard_stop.set()
            await self._ended.wait()
        await asyncio.sleep(0)  # `run` itself returns


# %% [mistake] cancels-at-once
# says: it was cut off
import asyncio


class Worker:
    def __init__(self, queue):
        self.queue = queue
        self.task = None

    async def run(self):
        self.task = asyncio.current_task()
        while True:
            job = await self.queue.get()
            await job()

    async def stop(self, grace):
        self.task.cancel()
        await asyncio.wait([self.task], timeout=grace)


# %% [mistake] a-flag-alone
# says: `stop` returned at once
import asyncio


class Worker:
    def __init__(self, queue):
        self.queue = queue
        self.stopping = False

    async def run(self):
        while not self.stopping:
            job = await self.queue.get()
            await job()

    async def stop(self, grace):
        self.stopping = True


# %% [mistake] loses-the-job
# says: should be in the queue again
import asyncio


class Worker:
    def __init__(self, queue):
        self.queue = queue
        self.stopping = False
        self.busy = False

    async def run(self):
        self.task = asyncio.current_task()
        while not self.stopping:
            self.busy = False
            job = await self.queue.get()
            self.busy = True
            await job()

    async def stop(self, grace):
        self.stopping = True
        if self.busy:
            await asyncio.wait([self.task], timeout=grace)
        self.task.cancel()
        await asyncio.wait([self.task])


# %% [mistake] takes-one-more
# says: the third was begun after it
import asyncio


class Worker:
    def __init__(self, queue):
        self.queue = queue

    async def run(self):
        self.task = asyncio.current_task()
        while True:
            job = await self.queue.get()
            await job()

    async def stop(self, grace):
        await asyncio.wait([self.task], timeout=grace)
        self.task.cancel()
        await asyncio.wait([self.task])
