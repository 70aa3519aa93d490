# %% [check]
"""Liveness and readiness that answer two different questions."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from seethrough.eventloop import Deadlock, run
from seethrough.exercises import Work

type Ping = Callable[[], Awaitable[None]]


async def fine() -> None:
    await asyncio.sleep(0.01)


async def broken() -> None:
    raise ConnectionError("postgresql://shop:hunter2@db refused")


async def silent() -> None:
    await asyncio.sleep(3600)


def ask(app: Any, path: str) -> tuple[int, str, float]:
    """Return status, text and the virtual seconds that the answer took."""

    async def main() -> tuple[int, str, float]:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            loop = asyncio.get_running_loop()
            begun = loop.time()
            answer = await client.get(path, timeout=None)
            return answer.status_code, answer.text, loop.time() - begun

    return run(main())


def check(work: Work) -> str:
    health_app = work.get("health_app")
    for path in ("/health/live", "/health/ready"):
        status, _, _ = ask(health_app(fine), path)
        work.require(
            status == 200, f"the database answers, and `GET {path}` gave {status} instead of 200."
        )
    gone(work, health_app)
    hangs(work, health_app)
    return "Alive whatever the database does; ready only if it answers, and soon."


def gone(work: Work, health_app: Callable[[Ping], Any]) -> None:
    status, _, _ = ask(health_app(broken), "/health/live")
    work.require(
        status == 200,
        f"the database is gone and `/health/live` answered {status}: the platform would restart "
        "a process that is well.",
    )
    status, text, _ = ask(health_app(broken), "/health/ready")
    work.require(
        status == 503,
        f"the database refused the connection and `/health/ready` answered {status}; it should "
        "answer 503.",
    )
    work.require(
        "hunter2" not in text,
        f"`/health/ready` told a stranger the password of the database: `{text[:80]}`.",
    )


def hangs(work: Work, health_app: Callable[[Ping], Any]) -> None:
    try:
        status, _, took = ask(health_app(silent), "/health/ready")
    except Deadlock as error:
        work.fail(f"with a database that never answers, your check waits for ever: {error}.")
    work.require(
        took <= 2.5,
        f"the database kept silent, and `/health/ready` answered after {took:.0f} s; the platform "
        "had given up after three.",
    )
    work.require(
        status == 503,
        f"the database kept silent, and `GET /health/ready` gave {status} instead of 503.",
    )


# %% [hint]
# Liveness asks nobody. Its route does not call `ping` at all.

# %% [hint]
# `async with asyncio.timeout(2): await ping()` ends the waiting with a `TimeoutError`, which is an
# `Exception` like the others.

# %% [hint]
# `except Exception as error: raise HTTPException(503, type(error).__name__) from error`. The kind is enough;
# the text of a driver's error often holds the address.

# %% [solution]
import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, HTTPException


def health_app(ping: Callable[[], Awaitable[None]]) -> FastAPI:
    """Serve both probes; `ping` asks the database."""
    app = FastAPI()

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        try:
            async with asyncio.timeout(2):
                await ping()
        except Exception as error:
            raise HTTPException(503, type(error).__name__) from error
        return {"status": "ok"}

    return app


# %% [mistake] live-asks-the-database
# says: would restart a process that is well
from fastapi import FastAPI, HTTPException


def health_app(ping):
    app = FastAPI()

    @app.get("/health/live")
    @app.get("/health/ready")
    async def ready():
        try:
            await ping()
        except Exception as error:
            raise HTTPException(503) from error
        return {"status": "ok"}

    return app


# %% [mistake] crashes
# says: answered 500; it should answer 503
from fastapi import FastAPI


def health_app(ping):
    app = FastAPI()

    @app.get("/health/live")
    async def live():
        return {"status": "ok"}

    @app.get("/health/ready")
    async def ready():
        await ping()
        return {"status": "ok"}

    return app


# %% [mistake] tells-all
# says: told a stranger the password
from fastapi import FastAPI, HTTPException


def health_app(ping):
    app = FastAPI()

    @app.get("/health/live")
    async def live():
        return {"status": "ok"}

    @app.get("/health/ready")
    async def ready():
        try:
            await ping()
        except Exception as error:
            raise HTTPException(503, str(error)) from error
        return {"status": "ok"}

    return app


# %% [mistake] no-limit
# says: answered after 3600 s
from fastapi import FastAPI, HTTPException


def health_app(ping):
    app = FastAPI()

    @app.get("/health/live")
    async def live():
        return {"status": "ok"}

    @app.get("/health/ready")
    async def ready():
        try:
            await ping()
        except Exception as error:
            raise HTTPException(503) from error
        return {"status": "ok"}

    return app
