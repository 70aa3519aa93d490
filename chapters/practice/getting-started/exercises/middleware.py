# %% [check]
"""Wrap an application and add a header to what it sends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from seethrough.exercises import Work
from seethrough.tour import ask, request

HEADER = "x-request-number"


def sample(started: list[str]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        started.append("started")
        yield
        started.append("stopped")

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def about() -> dict[str, str]:
        return {"service": "sample"}

    return app


def check(work: Work) -> str:
    counted = work.get("counted")
    started: list[str] = []
    paths = ("/", "/nowhere", "/")
    answers = ask(counted(sample(started)), *(request("GET", path) for path in paths))
    work.require(started, "the application's lifespan did not run: the event was not passed on.")
    numbers = [answer.headers.get(HEADER) for answer in answers]
    work.require(numbers[0] is not None, f"the first response has no header `{HEADER}`.")
    work.equal(numbers, ["1", "2", "3"], "the numbers of three responses")
    work.equal(answers[0].json(), {"service": "sample"}, "the body behind your middleware")
    kind = answers[0].headers.get("content-type")
    work.equal(kind, "application/json", "the content type behind your middleware")
    other = ask(counted(sample([])), request("GET", "/"))[0]
    work.equal(other.headers.get(HEADER), "1", "the number in a second application")
    return "Every response is numbered, and the lifespan went by unseen."


# %% [hint]
# You cannot change what `app` sends, but you can pass it a `send` of your own.

# %% [hint]
# The header belongs to the event `http.response.start`: append a pair of bytes to its `headers`.

# %% [hint]
# Count in `middleware`, and only when `scope["type"] == "http"`; `nonlocal` or `itertools.count`
# keeps a number per wrapped application.

# %% [solution]
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Event, Receive, Send], Awaitable[None]]


def counted(app: App) -> App:
    """Number the HTTP responses of an application."""
    numbers = count(1)

    async def middleware(scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        number = str(next(numbers)).encode()

        async def numbered(event: Event) -> None:
            if event["type"] == "http.response.start":
                event["headers"].append((b"x-request-number", number))
            await send(event)

        await app(scope, receive, numbered)

    return middleware


# %% [mistake] counts-lifespan
# says: the numbers of three responses
from itertools import count


def counted(app):
    numbers = count(1)

    async def middleware(scope, receive, send) -> None:
        number = str(next(numbers)).encode()

        async def numbered(event) -> None:
            if event["type"] == "http.response.start":
                event["headers"].append((b"x-request-number", number))
            await send(event)

        await app(scope, receive, numbered)

    return middleware


# %% [mistake] drops-lifespan
# says: lifespan did not run
from itertools import count


def counted(app):
    numbers = count(1)

    async def middleware(scope, receive, send) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return

        async def numbered(event) -> None:
            if event["type"] == "http.response.start":
                event["headers"].append((b"x-request-number", str(next(numbers)).encode()))
            await send(event)

        await app(scope, receive, numbered)

    return middleware


# %% [mistake] replaces-headers
# says: the content type behind your middleware
from itertools import count


def counted(app):
    numbers = count(1)

    async def middleware(scope, receive, send) -> None:
        async def numbered(event) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = [(b"x-request-number", str(next(numbers)).encode())]
            await send(event)

        await app(scope, receive, numbered)

    return middleware


# %% [mistake] one-counter-for-all
# says: the number in a second application
from itertools import count

numbers = count(1)


def counted(app):
    async def middleware(scope, receive, send) -> None:
        async def numbered(event) -> None:
            if event["type"] == "http.response.start":
                event["headers"].append((b"x-request-number", str(next(numbers)).encode()))
            await send(event)

        await app(scope, receive, numbered)

    return middleware
