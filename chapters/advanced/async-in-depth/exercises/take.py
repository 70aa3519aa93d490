# %% [check]
"""Pass on the first items of an async generator, and close it whatever happens."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from seethrough.eventloop import run
from seethrough.exercises import Work


class Source:
    """Counts from one, and notes what was asked of it and when it was closed."""

    def __init__(self, length: int = 1000) -> None:
        self.length = length
        self.asked = 0
        self.closed = False

    async def items(self) -> AsyncGenerator[int]:
        try:
            for number in range(1, self.length + 1):
                self.asked = number
                await asyncio.sleep(0.1)
                yield number
        finally:
            await asyncio.sleep(0.1)
            self.closed = True


def check(work: Work) -> str:
    take = work.get("take")
    to_the_end(work, take)
    too_few(work, take)
    consumer_leaves(work, take)
    return "Three asked for, three passed on, and the source is closed in each case."


def to_the_end(work: Work, take: Callable[..., Any]) -> None:
    source = Source()

    async def main() -> tuple[list[int], bool]:
        items = source.items()
        got: list[int] = []
        async for number in take(items, 3):
            got.append(number)
            if len(got) > 5:
                break
        return got, source.closed

    got, closed = run(main())
    work.require(len(got) <= 3, f"`take(source, 3)` went on after three items: `{got}…`.")
    work.equal(got, [1, 2, 3], "[item async for item in take(source, 3)]")
    work.require(
        source.asked == 3,
        f"to pass on 3 items, your generator asked the source for {source.asked}.",
    )
    work.require(closed, "after three items your generator ended, and the source was still open.")


def too_few(work: Work, take: Callable[..., Any]) -> None:
    async def main() -> list[int]:
        return [number async for number in take(Source(2).items(), 3)]

    try:
        got = run(main())
    except RuntimeError as error:
        work.fail(f"the source ended after two items, and your generator raised `{error!r}`.")
    work.equal(got, [1, 2], "the items of a source that has only two")


def consumer_leaves(work: Work, take: Callable[..., Any]) -> None:
    source = Source()

    async def main() -> bool:
        items = source.items()
        async with aclosing(take(items, 3)) as few:
            async for _ in few:
                break
        return source.closed

    work.require(
        run(main()),
        "the consumer stopped after one item and closed your generator; the source stayed open.",
    )


# %% [hint]
# `async for … break` leaves the source open. Which object from `contextlib` closes an async generator at
# the end of a block?

# %% [hint]
# A `for` that counts and an `async for` that fetches disagree by one: the `async for` has fetched an
# item before your body can decide that it was enough. Ask for each item yourself.

# %% [hint]
# `async with aclosing(source):`, in it `for _ in range(count):`, in it `item = await anext(source)`. An
# async generator must not let `StopAsyncIteration` out (it would become a `RuntimeError`): catch it
# and `return`.

# %% [solution]
from collections.abc import AsyncGenerator
from contextlib import aclosing


async def take[T](source: AsyncGenerator[T], count: int) -> AsyncGenerator[T]:
    """Pass on at most `count` items, then close the source."""
    async with aclosing(source):
        for _ in range(count):
            try:
                item = await anext(source)
            except StopAsyncIteration:
                return
            yield item


# %% [mistake] everything
# says: went on after three items
async def take(source, count):
    async for item in source:
        yield item


# %% [mistake] one-too-many
# says: asked the source for 4
from contextlib import aclosing


async def take(source, count):
    async with aclosing(source):
        taken = 0
        async for item in source:
            if taken == count:
                return
            yield item
            taken += 1


# %% [mistake] never-closed
# says: the source was still open
async def take(source, count):
    for _ in range(count):
        try:
            yield await anext(source)
        except StopAsyncIteration:
            return


# %% [mistake] closed-at-the-end-only
# says: the source stayed open
async def take(source, count):
    for _ in range(count):
        try:
            item = await anext(source)
        except StopAsyncIteration:
            return
        yield item
    await source.aclose()


# %% [mistake] stop-gets-out
# says: the source ended after two items
from contextlib import aclosing


async def take(source, count):
    async with aclosing(source):
        for _ in range(count):
            yield await anext(source)
