# %% [check]
"""Post an event: retries with backoff, jitter, Retry-After and a key."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import httpx2

from seethrough.eventloop import run
from seethrough.exercises import Work

EVENT = {"kind": "todo.completed"}


class Fixed(random.Random):
    """Notes what it is asked for, and takes half of it."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked: list[tuple[float, float]] = []

    def uniform(self, a: float, b: float) -> float:
        self.asked.append((a, b))
        return (a + b) / 2


class Trial:
    """One delivery against a receiver that follows a script."""

    def __init__(self, deliver: Callable[..., Any], script: list[Any]) -> None:
        self.requests: list[httpx2.Request] = []
        self.moments: list[float] = []
        self.rng = Fixed()
        self.result: object = None
        self.error: Exception | None = None
        self.ended = 0.0
        replies = iter(script)

        def receiver(request: httpx2.Request) -> httpx2.Response:
            self.requests.append(request)
            self.moments.append(asyncio.get_running_loop().time())
            reply = next(replies, 204)
            if isinstance(reply, httpx2.Response):
                return reply
            if isinstance(reply, int):
                return httpx2.Response(reply)
            raise httpx2.ConnectError("refused")

        async def main() -> None:
            transport = httpx2.MockTransport(receiver)
            async with httpx2.AsyncClient(transport=transport) as http:
                url = "https://hooks.example/todo"
                try:
                    self.result = await deliver(http, url, EVENT, "event-7", self.rng)
                except httpx2.TransportError as error:
                    self.error = error
            self.ended = asyncio.get_running_loop().time()

        run(main())


def check(work: Work) -> str:
    deliver = work.get("deliver")
    once(work, deliver)
    transient(work, deliver)
    final(work, deliver)
    retry_after(work, deliver)
    exhausted(work, deliver)
    return "It waits, it gives up in time, and every try carries the same key."


def once(work: Work, deliver: Callable[..., Any]) -> None:
    good = Trial(deliver, [204])
    work.require(
        good.result == 204,
        f"the receiver answered 204, and `deliver` returned `{good.result}`.",
    )
    work.require(
        len(good.requests) == 1, f"the event was taken, and was sent {len(good.requests)} times."
    )
    key = good.requests[0].headers.get("Idempotency-Key")
    work.require(key == "event-7", f"the header `Idempotency-Key` was `{key}`, not the key.")


def transient(work: Work, deliver: Callable[..., Any]) -> None:
    bumpy = Trial(deliver, [503, None, 204])
    work.require(
        bumpy.error is None,
        "a connection that was refused came out as an error; it is worth another try.",
    )
    work.require(
        len(bumpy.requests) == 3,
        f"the receiver said 503, then refused, then would have said 204; it was asked "
        f"{len(bumpy.requests)} times.",
    )
    keys = {request.headers.get("Idempotency-Key") for request in bumpy.requests}
    work.require(keys == {"event-7"}, f"three tries carried the keys `{sorted(map(str, keys))}`.")
    work.require(
        bumpy.rng.asked != [],
        f"the tries came at {bumpy.moments}: nothing was asked of `rng`, so all clients that "
        "failed together come back together.",
    )
    work.require(
        bumpy.rng.asked == [(0, 1), (0, 2)],
        f"before the second and the third try, `rng.uniform` was asked for {bumpy.rng.asked}; "
        "the pauses are parts of 1 s and of 2 s.",
    )
    work.require(
        bumpy.moments == [0, 0.5, 1.5],
        f"the tries came at {bumpy.moments} s; with half of 1 s and half of 2 s between them "
        "they come at [0, 0.5, 1.5].",
    )


def final(work: Work, deliver: Callable[..., Any]) -> None:
    bad = Trial(deliver, [400])
    work.require(
        len(bad.requests) == 1,
        f"a 400 does not get better by asking again; it was asked {len(bad.requests)} times.",
    )
    work.require(
        bad.result == 400, f"the receiver answered 400, and `deliver` returned `{bad.result}`."
    )


def retry_after(work: Work, deliver: Callable[..., Any]) -> None:
    busy = Trial(deliver, [httpx2.Response(429, headers={"Retry-After": "30"}), 204])
    work.require(
        busy.moments == [0, 30],
        f"the receiver said `Retry-After: 30`; the tries came at {busy.moments} s.",
    )


def exhausted(work: Work, deliver: Callable[..., Any]) -> None:
    down = Trial(deliver, [503] * 9)
    work.require(
        len(down.requests) == 4, f"a receiver that is down was asked {len(down.requests)} times."
    )
    work.require(
        down.ended == down.moments[-1],
        f"the last try was at {down.moments[-1]} s, and `deliver` returned at {down.ended} s: "
        "it slept before giving up.",
    )
    work.require(
        down.result == 503,
        f"the receiver answered 503 each time, and `deliver` returned `{down.result}`.",
    )
    gone = Trial(deliver, [None] * 9)
    work.require(
        isinstance(gone.error, httpx2.ConnectError),
        f"a receiver that never let you connect ended in `{gone.result}`; its error should come "
        "out.",
    )


# %% [hint]
# A `for attempt in range(4)` with four ways out of a turn: a success, a final status, a failure worth
# another try, and the last failure.

# %% [hint]
# Keep what you know after each try: the answer, or the error. After the loop's last turn, return the
# one or raise the other. The pause belongs at the *end* of a turn, and not of the last.

# %% [hint]
# `pause = rng.uniform(0, 2**attempt)`, unless the answer has the header:
# `float(answer.headers["Retry-After"])`.

# %% [solution]
import asyncio
import random
from typing import Any

import httpx2

TRANSIENT = {429, 500, 502, 503, 504}
ATTEMPTS = 4


async def deliver(
    http: httpx2.AsyncClient,
    url: str,
    event: dict[str, Any],
    key: str,
    rng: random.Random,
) -> int:
    """Post an event, and again where that may help. The key makes repetitions harmless."""
    for attempt in range(ATTEMPTS):
        last = attempt == ATTEMPTS - 1
        wanted = None
        try:
            answer = await http.post(url, json=event, headers={"Idempotency-Key": key})
        except httpx2.TransportError:
            if last:
                raise
        else:
            if answer.status_code not in TRANSIENT or last:
                return answer.status_code
            wanted = answer.headers.get("Retry-After")
        pause = rng.uniform(0, 2**attempt) if wanted is None else float(wanted)
        await asyncio.sleep(pause)
    raise AssertionError


# %% [mistake] no-jitter
# says: nothing was asked of `rng`
import asyncio

import httpx2


async def deliver(http, url, event, key, rng):
    for attempt in range(4):
        try:
            answer = await http.post(url, json=event, headers={"Idempotency-Key": key})
            if answer.status_code not in {429, 500, 502, 503, 504}:
                return answer.status_code
        except httpx2.TransportError:
            pass
        await asyncio.sleep(2**attempt)
    return answer.status_code


# %% [mistake] fresh-key
# says: three tries carried the keys
import asyncio
from itertools import count

import httpx2


async def deliver(http, url, event, key, rng):
    for attempt in count():
        name = key if attempt == 0 else f"{key}-{attempt}"
        try:
            answer = await http.post(url, json=event, headers={"Idempotency-Key": name})
            if answer.is_success or attempt == 3:
                return answer.status_code
        except httpx2.TransportError:
            pass
        await asyncio.sleep(rng.uniform(0, 2**attempt))


# %% [mistake] retries-everything
# says: does not get better by asking again
import asyncio

import httpx2


async def deliver(http, url, event, key, rng):
    for attempt in range(4):
        try:
            answer = await http.post(url, json=event, headers={"Idempotency-Key": key})
            if answer.is_success or attempt == 3:
                return answer.status_code
        except httpx2.TransportError:
            if attempt == 3:
                raise
        await asyncio.sleep(rng.uniform(0, 2**attempt))


# %% [mistake] status-only
# says: came out as an error
import asyncio


async def deliver(http, url, event, key, rng):
    for attempt in range(4):
        answer = await http.post(url, json=event, headers={"Idempotency-Key": key})
        if answer.status_code not in {429, 500, 502, 503, 504}:
            return answer.status_code
        await asyncio.sleep(rng.uniform(0, 2**attempt))
    return answer.status_code


# %% [mistake] deaf-to-retry-after
# says: the receiver said `Retry-After: 30`
import asyncio

import httpx2


async def deliver(http, url, event, key, rng):
    for attempt in range(4):
        try:
            answer = await http.post(url, json=event, headers={"Idempotency-Key": key})
            if answer.status_code not in {429, 500, 502, 503, 504} or attempt == 3:
                return answer.status_code
        except httpx2.TransportError:
            if attempt == 3:
                raise
        await asyncio.sleep(rng.uniform(0, 2**attempt))


# %% [mistake] sleeps-at-the-end
# says: it slept before giving up
import asyncio

import httpx2


async def deliver(http, url, event, key, rng):
    for attempt in range(4):
        wanted = None
        try:
            answer = await http.post(url, json=event, headers={"Idempotency-Key": key})
            if answer.status_code not in {429, 500, 502, 503, 504}:
                return answer.status_code
            wanted = answer.headers.get("Retry-After")
        except httpx2.TransportError:
            if attempt == 3:
                raise
        await asyncio.sleep(float(wanted) if wanted else rng.uniform(0, 2**attempt))
    return answer.status_code
