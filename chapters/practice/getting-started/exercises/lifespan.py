# %% [check]
"""Keep a counter in the application's state, made anew at each start."""

from fastapi import FastAPI

from seethrough.exercises import Work
from seethrough.tour import ask, request


def check(work: Work) -> str:
    app = work.get("app", FastAPI)
    counts: list[list[object]] = []
    for visits in (3, 2):
        answers = ask(app, *[request("POST", "/visits")] * visits)
        bad = next((answer for answer in answers if answer.status != 200), None)
        if bad is not None:
            work.fail(f"POST /visits was answered with {bad.status}: `{bad.body.decode()[:80]}`.")
        counts.append([answer.json().get("visits") for answer in answers])
    first, second = counts
    work.equal(first, [1, 2, 3], "the visits of the first start")
    work.require(
        second[0] != 4, "after a new start the counter went on with `4`: it outlived the "
        "application."
    )
    work.equal(second, [1, 2], "the visits of the second start")
    return "Each start counts from 1."


# %% [hint]
# An async generator function under `@asynccontextmanager`, passed as `FastAPI(lifespan=…)`, runs
# at each start up to its `yield`.

# %% [hint]
# Set `app.state.visits = 0` before the `yield`. A handler reaches it by `request.app.state`.

# %% [hint]
# The parameter has to be annotated: `request: Request`. Otherwise it is looked for in the query.

# %% [solution]
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Begin to count."""
    app.state.visits = 0
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/visits")
async def visit(request: Request) -> dict[str, int]:
    """Count a visit."""
    request.app.state.visits += 1
    return {"visits": request.app.state.visits}


# %% [mistake] state-once
# says: went on with `4`
from fastapi import FastAPI, Request

app = FastAPI()
app.state.visits = 0


@app.post("/visits")
async def visit(request: Request) -> dict[str, int]:
    request.app.state.visits += 1
    return {"visits": request.app.state.visits}


# %% [mistake] request-from-query
# says: answered with 422
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app):
    app.state.visits = 0
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/visits")
async def visit(request) -> dict[str, int]:
    return {"visits": 1}


# %% [mistake] counter-in-handler
# says: the visits of the first start
from fastapi import FastAPI

app = FastAPI()


@app.post("/visits")
async def visit() -> dict[str, int]:
    visits = 0
    visits += 1
    return {"visits": visits}
