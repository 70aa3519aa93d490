# %% [check]
"""An event stream that can be resumed, and that ends."""

import asyncio
from typing import Any

import httpx2

from seethrough.eventloop import record
from seethrough.exercises import Work


def events(text: str) -> list[tuple[str, str]]:
    """Read id and data of each event."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line[1:])
        if "data" in fields:
            found.append((fields.get("id", "no id"), fields["data"].strip('"')))
    return found


def read(work: Work, later: dict[float, str], last: int | None) -> tuple[list[Any], float]:
    app, news = work.get("app"), work.get("news", list)
    news[:] = ["packed", "shipped"]

    async def write() -> None:
        for at, words in later.items():
            await asyncio.sleep(at - asyncio.get_running_loop().time())
            news.append(words)

    async def main() -> tuple[list[Any], float]:
        writing = asyncio.create_task(write())
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as http:
            headers = {} if last is None else {"Last-Event-ID": str(last)}
            try:
                async with asyncio.timeout(500):
                    answer = await http.get("/news", headers=headers)
            except TimeoutError:
                work.fail("after 500 s the stream had not ended; its client never comes back.")
        ended = asyncio.get_running_loop().time()
        writing.cancel()
        return events(answer.text), ended

    recording = record(main())
    if recording.error is not None:
        raise recording.error
    return recording.value


def check(work: Work) -> str:
    got, ended = read(work, {}, None)
    work.require(
        [words for _, words in got[:2]] == ["packed", "shipped"],
        f"with two items the stream sent {[words for _, words in got]}.",
    )
    work.require(
        len(got) == 2, f"two items were there, and {len(got)} events came: some came again."
    )
    ids = [number for number, _ in got]
    work.require(
        ids == ["1", "2"],
        f"the two events carry {ids}; a client says by the ids 1 and 2 what it has seen.",
    )
    work.require(
        ended >= 29, f"the stream ended after {ended:.0f} s; it should look for 30 s what comes."
    )
    work.require(ended <= 32, f"the stream ended after {ended:.0f} s, not after 30 s.")

    got, _ = read(work, {5.5: "delivered"}, None)
    work.require(
        ("3", "delivered") in got, "an item was added while the stream was open, and never came."
    )
    got, _ = read(work, {5.5: "delivered"}, 1)
    work.require(
        got == [("2", "shipped"), ("3", "delivered")],
        f"a client that has seen event 1 was sent {got}; it lacks 2 and 3, in this order.",
    )
    return "It sends what is there and what comes, each once, and lets go after 30 seconds."


# %% [hint]
# One number says where you are: the id of the last event sent. It begins as `last_event_id`.

# %% [hint]
# `while` the deadline is not reached: send `news[last:]`, each with its id, move the number on; then
# `await asyncio.sleep(1)`.

# %% [hint]
# `deadline = asyncio.get_running_loop().time() + 30` before the loop. The id of `news[n]` is `n + 1`, and
# `ServerSentEvent(id=…)` takes a string.

# %% [solution]
import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

app = FastAPI()
news: list[str] = []


@app.get("/news", response_class=EventSourceResponse)
async def follow(
    last_event_id: Annotated[int, Header()] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Send what comes after `last_event_id`, for half a minute."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + 30
    while clock() < deadline:
        for text in news[last_event_id:]:
            last_event_id += 1
            yield ServerSentEvent(id=str(last_event_id), data=text)
        await asyncio.sleep(1)


# %% [mistake] never-ends
# says: after 500 s the stream had not ended
import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

app = FastAPI()
news = []


@app.get("/news", response_class=EventSourceResponse)
async def follow(
    last_event_id: Annotated[int, Header()] = 0,
) -> AsyncIterator[ServerSentEvent]:
    while True:
        for text in news[last_event_id:]:
            last_event_id += 1
            yield ServerSentEvent(id=str(last_event_id), data=text)
        await asyncio.sleep(1)


# %% [mistake] sends-again
# says: some came again
import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

app = FastAPI()
news = []


@app.get("/news", response_class=EventSourceResponse)
async def follow(
    last_event_id: Annotated[int, Header()] = 0,
) -> AsyncIterator[ServerSentEvent]:
    for _ in range(30):
        for number, text in enumerate(news, 1):
            if number > last_event_id:
                yield ServerSentEvent(id=str(number), data=text)
        await asyncio.sleep(1)


# %% [mistake] no-ids
# says: the two events carry
import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

app = FastAPI()
news = []


@app.get("/news", response_class=EventSourceResponse)
async def follow(
    last_event_id: Annotated[int, Header()] = 0,
) -> AsyncIterator[ServerSentEvent]:
    for _ in range(30):
        for text in news[last_event_id:]:
            last_event_id += 1
            yield ServerSentEvent(data=text)
        await asyncio.sleep(1)


# %% [mistake] ends-at-once
# says: the stream ended after 0 s
import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

app = FastAPI()
news = []


@app.get("/news", response_class=EventSourceResponse)
async def follow(
    last_event_id: Annotated[int, Header()] = 0,
) -> AsyncIterator[ServerSentEvent]:
    for number, text in enumerate(news, 1):
        if number > last_event_id:
            yield ServerSentEvent(id=str(number), data=text)


# %% [mistake] deaf-to-the-header
# says: a client that has seen event 1 was sent
import asyncio
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.sse import EventSourceResponse, ServerSentEvent

app = FastAPI()
news = []


@app.get("/news", response_class=EventSourceResponse)
async def follow() -> AsyncIterator[ServerSentEvent]:
    last = 0
    for _ in range(30):
        for text in news[last:]:
            last += 1
            yield ServerSentEvent(id=str(last), data=text)
        await asyncio.sleep(1)
