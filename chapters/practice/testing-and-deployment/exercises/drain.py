# %% [check]
"""A server that finishes what it has in hand before it stops."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from seethrough.eventloop import Deadlock, run
from seethrough.exercises import Work


def check(work: Work) -> str:
    server = work.get("Server", type)
    finishes(work, server)
    refuses(work, server)
    gives_up(work, server)
    idle(work, server)
    return "In hand: finished. New: refused. Too slow: cancelled when the grace period ends."


def play(work: Work, main: Coroutine[Any, Any, Any]) -> Any:
    try:
        return run(main)
    except Deadlock as error:
        work.fail(f"`stop` waits for something that never comes: {error}.")


async def answer(seconds: float, log: list[str]) -> str:
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        log.append("cancelled")
        raise
    log.append("answered")
    return "200"


def finishes(work: Work, server: type) -> None:
    async def main() -> tuple[list[str], list[object], float]:
        log: list[str] = []
        running = server()
        tasks = [running.accept(answer(seconds, log)) for seconds in (1.0, 3.0)]
        await asyncio.sleep(0.5)
        await running.stop(10.0)
        after = asyncio.get_running_loop().time()
        before = list(log)
        await asyncio.sleep(5)
        return before, [task.done() for task in tasks], after

    log, _, after = play(work, main())
    work.require(
        "cancelled" not in log,
        "two requests were in hand and the grace period was 10 s; `stop` cancelled "
        f"{log.count('cancelled')} of them at once.",
    )
    work.require(
        log == ["answered", "answered"],
        f"`stop` came back at {after:.1f} s with {len(log)} of 2 requests answered: the process "
        "would end, and lose the rest.",
    )
    work.require(
        after < 3.5,
        f"the last request was answered at 3.0 s, and `stop` came back only at {after:.1f} s.",
    )


def refuses(work: Work, server: type) -> None:
    async def main() -> bool:
        running = server()
        running.accept(answer(2.0, []))
        stopping = asyncio.create_task(running.stop(10.0))
        await asyncio.sleep(1.0)
        late = answer(0.1, [])
        try:
            running.accept(late)
        except ConnectionRefusedError:
            return True
        finally:
            await stopping
        return False

    work.require(
        play(work, main()),
        "a request that came while the server was stopping was accepted; it should raise "
        "`ConnectionRefusedError`.",
    )


def gives_up(work: Work, server: type) -> None:
    async def main() -> tuple[list[str], float]:
        log: list[str] = []
        running = server()
        running.accept(answer(60.0, log))
        await asyncio.sleep(0)
        await running.stop(5.0)
        return list(log), asyncio.get_running_loop().time()

    log, after = play(work, main())
    work.require(
        after < 6,
        f"a stream ran for 60 s and the grace period was 5 s; `stop` came back at {after:.0f} s, "
        "long after the platform's SIGKILL.",
    )
    work.require(
        log == ["cancelled"],
        "after the grace period `stop` came back and left the request running: it never got to "
        "clean up.",
    )


def idle(work: Work, server: type) -> None:
    async def main() -> float:
        await server().stop(5.0)
        return asyncio.get_running_loop().time()

    after = play(work, main())
    work.require(after < 0.1, f"with nothing in hand `stop` took {after:.1f} s.")


# %% [hint]
# `accept` needs two things: a flag that says whether the server is stopping, and a set of the tasks in hand. A task
# leaves the set by `task.add_done_callback(self.tasks.discard)`.

# %% [hint]
# `asyncio.wait(tasks, timeout=grace)` waits for all of them, but not longer, and cancels nothing. It raises
# `ValueError` for an empty set.

# %% [hint]
# It returns `(done, pending)`. Cancel what is pending, then await it once more:
# `await asyncio.gather(*pending, return_exceptions=True)`.

# %% [solution]
import asyncio
from collections.abc import Coroutine
from typing import Any


class Server:
    """Runs requests as tasks, and stops in the order that a platform expects."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopping = False

    def accept(self, request: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a request, unless the server is stopping."""
        if self._stopping:
            request.close()
            raise ConnectionRefusedError
        task = asyncio.create_task(request)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self, grace: float) -> None:
        """Finish what is in hand, for `grace` seconds at most."""
        self._stopping = True
        if not self._tasks:
            return
        _, pending = await asyncio.wait(self._tasks, timeout=grace)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


# %% [mistake] cancels-at-once
# says: `stop` cancelled 2 of them at once
import asyncio


class Server:
    def __init__(self):
        self.tasks = set()

    def accept(self, request):
        task = asyncio.create_task(request)
        self.tasks.add(task)
        return task

    async def stop(self, grace):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


# %% [mistake] sleeps
# says: came back only at 10.5 s
import asyncio


class Server:
    def __init__(self):
        self.stopping = False

    def accept(self, request):
        if self.stopping:
            request.close()
            raise ConnectionRefusedError
        self.task = asyncio.create_task(request)
        return self.task

    async def stop(self, grace):
        self.stopping = True
        await asyncio.sleep(grace)


# %% [mistake] still-open
# says: while the server was stopping was accepted
import asyncio


class Server:
    def __init__(self):
        self.tasks = set()

    def accept(self, request):
        task = asyncio.create_task(request)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def stop(self, grace):
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=grace)


# %% [mistake] leaves-it-running
# says: left the request running
import asyncio


class Server:
    def __init__(self):
        self.tasks = set()
        self.stopping = False

    def accept(self, request):
        if self.stopping:
            request.close()
            raise ConnectionRefusedError
        task = asyncio.create_task(request)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def stop(self, grace):
        self.stopping = True
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=grace)


# %% [mistake] no-limit
# says: long after the platform's SIGKILL
import asyncio


class Server:
    def __init__(self):
        self.tasks = set()
        self.stopping = False

    def accept(self, request):
        if self.stopping:
            request.close()
            raise ConnectionRefusedError
        task = asyncio.create_task(request)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def stop(self, grace):
        self.stopping = True
        await asyncio.gather(*self.tasks)
