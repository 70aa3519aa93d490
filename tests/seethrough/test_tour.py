"""Does the tour tell what happened to a request, and leave the application as it was?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Annotated

import pytest
from fastapi import BackgroundTasks, FastAPI, HTTPException, Path, routing
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import StreamingResponse

from seethrough.tour import PLACES, Patience, ask, furthest, once, parse, reach, request, walk


class Order(BaseModel):
    title: str


def application():
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.starts = getattr(app.state, "starts", 0) + 1
        yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/orders/{order_id}")
    async def read(order_id: Annotated[int, Path(ge=1)]) -> Order:
        if order_id > 5:
            raise HTTPException(404, "no such order")
        if order_id == 5:
            raise ValueError("a defect")
        return Order(title="Tea")

    @app.post("/orders", status_code=201)
    async def create(new: Order) -> Order:
        return new

    return app


def ticks():
    """A clock that goes on by a millisecond each time it is read."""
    numbers = count()
    return lambda: next(numbers) / 1000


def walked(raw, **options):
    return asyncio.run(walk(application(), raw, clock=ticks(), **options))


def places(tour):
    return [place for place in PLACES if place in {step.place for step in tour.steps}]


def test_a_good_request_comes_by_every_place():
    tour = walked(request("POST", "/orders", {"title": "Tea"}))
    assert (tour.status, tour.body) == (201, b'{"title":"Tea"}')
    assert tour.headers["content-type"] == "application/json"
    assert places(tour) == list(PLACES)
    handler = next(step for step in tour.steps if step.place == "handler")
    assert (handler.name, handler.gave) == ("create", "Order")


@pytest.mark.parametrize(
    ("raw", "status", "last"),
    [
        (request("GET", "/nowhere"), 404, "routing"),
        (request("PUT", "/orders", {"title": "x"}), 405, "routing"),
        (request("POST", "/orders", b"{"), 422, "body"),
        (request("POST", "/orders", {}), 422, "validation"),
        (request("GET", "/orders/9"), 404, "handler"),
        (request("GET", "/orders/5"), 500, "handler"),
        (request("GET", "/orders/1"), 200, "serialisation"),
    ],
)
def test_how_far_does_a_request_get(raw, status, last):
    tour = walked(raw)
    assert (tour.status, furthest(tour)) == (status, last)


def test_routes_are_asked_in_order_until_one_matches():
    tour = walked(request("POST", "/orders", {"title": "Tea"}))
    asked = [(step.name, step.gave) for step in tour.steps if step.place == "routing"]
    assert asked[-2:] == [("GET /orders/{order_id}", "none"), ("POST /orders", "full")]


def test_own_times_add_up_to_the_whole():
    tour = walked(request("POST", "/orders", {"title": "Tea"}))
    assert sum(step.own for step in tour.steps) == pytest.approx(tour.steps[0].seconds)
    assert sum(tour.shares().values()) == pytest.approx(1)


def test_the_application_is_left_as_it_was():
    app = application()
    before = (routing.solve_dependencies, Request.body, Request.json)
    asyncio.run(walk(app, request("GET", "/orders/1"), times=3))
    assert app.state.starts == 3  # each time is a first one
    assert (routing.solve_dependencies, Request.body, Request.json) == before
    assert all("matches" not in vars(route) for route in app.routes)
    assert type(app.middleware_stack).__name__ == "ServerErrorMiddleware"


def test_the_text_has_a_row_a_step_with_neighbours_joined():
    text = walked(request("GET", "/orders/1")).text
    assert text.startswith("GET /orders/1 → 200\nserver")
    assert "5 routes asked → full" in text
    assert "start and body → 15 bytes" in text


def test_the_picture_is_marked_as_measured_and_the_grid_is_not():
    app = application()
    tour = asyncio.run(walk(app, request("GET", "/orders/1")))
    assert 'data-measured="true"' in tour.picture.svg
    grid = asyncio.run(
        reach(app, {"good": request("GET", "/orders/1"), "bad": request("GET", "/")})
    )
    assert "data-measured" not in grid.picture.svg
    assert grid.text.splitlines()[1:] == [
        "good  200  serialisation",
        "bad   404  routing        HTTPException",
    ]


def test_a_request_is_written_and_read_back():
    raw = request("POST", "/orders?fast=1", {"title": "Tea"}, {"X-Token": "t", "Content-Type": ""})
    scope, body = parse(raw)
    assert (scope["method"], scope["path"], scope["query_string"]) == ("POST", "/orders", b"fast=1")
    assert dict(scope["headers"])[b"x-token"] == b"t"
    assert b"content-type" not in dict(scope["headers"])
    assert body == b'{"title": "Tea"}'


def test_an_application_is_started_asked_and_stopped_also_while_a_loop_runs():
    async def inside():
        app = application()

        @app.get("/plain")
        def plain() -> dict[str, int]:  # a `def` endpoint, which a server puts into a thread
            return {"starts": app.state.starts}

        return ask(app, request("GET", "/plain"), request("GET", "/orders/9"))

    plain, missing = asyncio.run(inside())
    assert (plain.status, plain.json()) == (200, {"starts": 1})
    assert missing.status == 404


def test_an_application_without_lifespan_is_asked_all_the_same():
    async def bare(scope, receive, send):
        path = scope["path"].encode()  # raises for a lifespan
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": path})

    assert ask(bare, request("GET", "/here"))[0].body == b"/here"


def test_an_application_that_does_not_start_says_why():
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        raise OSError("no database")
        yield

    with pytest.raises(RuntimeError, match="did not start"):
        ask(FastAPI(lifespan=lifespan), request("GET", "/"))


def endless(pause):
    """An application that streams without end, waits without end, or works on after its answer."""
    app = FastAPI()

    async def numbers():
        for number in count():
            yield str(number)
            if pause:
                await asyncio.sleep(pause)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(numbers())

    @app.get("/waits")
    async def waits() -> None:
        await asyncio.Event().wait()

    @app.get("/afterwards")
    async def afterwards(work: BackgroundTasks) -> None:
        work.add_task(waits)

    return app


@pytest.mark.parametrize(
    ("path", "pause", "status", "words"),
    [
        ("/stream", 0.01, 200, "a stream: it was cut after 0.1 s"),
        ("/stream", 0, 200, "a stream: it was cut after 0.1 s"),
        ("/waits", 0, 504, "no answer within 0.3 s"),
        ("/afterwards", 0, 200, "complete; what followed it was ended after 0.3 s"),
    ],
)
def test_patience_ends_what_has_no_end(path, pause, status, words):
    app = endless(pause)
    solve = routing.solve_dependencies
    tour = asyncio.run(once(app, request("GET", path), patience=Patience(0.3, 0.1)))
    assert (tour.status, tour.steps[0].raised) == (status, "")
    assert words in tour.cut
    assert tour.body.startswith(b"0123") or path != "/stream"
    assert routing.solve_dependencies is solve
    good = asyncio.run(once(app, request("GET", "/nowhere"), patience=Patience(0.3, 0.1)))
    assert (good.status, good.cut) == (404, "")
