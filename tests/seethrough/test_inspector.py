"""Does a record tell what a request made an application do, in order?"""

import asyncio
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException, Security
from fastapi.dependencies import utils
from pydantic import BaseModel

from seethrough import inspector
from seethrough.tour import request


class Item(BaseModel):
    name: str
    price: float = 0.0


def settings() -> dict[str, int]:
    return {"limit": 2}


async def session(found: Annotated[dict[str, int], Depends(settings)]):
    yield found


class Page:
    def __init__(self, limit: int = 3) -> None:
        self.limit = limit


async def user(
    using: Annotated[dict[str, int], Depends(session)], x_user: Annotated[str, Header()] = ""
) -> str:
    if not x_user:
        raise HTTPException(401)
    return x_user


app = FastAPI()


@app.post("/items")
async def create(
    item: Item,
    who: Annotated[str, Security(user)],
    page: Annotated[Page, Depends()],
    again: Annotated[dict[str, int], Depends(settings)],
    anew: Annotated[dict[str, int], Depends(settings, use_cache=False)],
) -> Item:
    return item


@app.get("/broken")
async def broken() -> None:
    raise LookupError("lost")


def look(raw: bytes) -> inspector.Record:
    ticks = iter(range(10_000))
    record, _ = asyncio.run(inspector.inspect(app, raw, clock=lambda: next(ticks) / 1000))
    return record


def create_item(body: object = None, target: str = "/items", **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return request("POST", target, {"name": "tea"} if body is None else body, named)


def test_dependencies_are_told_in_the_order_of_their_calls():
    record = look(create_item(x_user="ada"))
    told = [(call.depth, call.name, call.kind, call.note) for call in record.dependencies]
    cached = "from this request's cache"
    assert told == [
        (2, "settings", "def", ""),
        (1, "session", "yield", ""),
        (0, "user", "async def", ""),
        (0, "Page", "class", ""),
        (0, "settings", "def", cached),
        (0, "settings", "def", ""),
    ]
    assert (record.status, record.validation) == (200, "fits")


def test_a_call_takes_the_time_between_its_needs_and_what_follows():
    for call in look(create_item(x_user="ada")).dependencies:
        assert call.ms == pytest.approx(1.0)  # one tick of the clock: nothing else lies between


def test_what_a_dependency_raises_is_told_with_it():
    record = look(create_item())
    assert record.status == 401
    assert [call.note for call in record.dependencies] == ["", "", "raised HTTPException"]
    assert record.validation == "not reached"


def test_a_dependency_with_wrong_input_is_not_called():
    record = look(create_item(target="/items?limit=many", x_user="ada"))
    notes = {call.name: call.note for call in record.dependencies}
    assert notes["Page"] == "not called: its own input is wrong"
    assert [(each.where, each.type) for each in record.errors] == [("query.limit", "int_parsing")]
    assert record.validation == "errors"


def test_what_leaves_the_application_is_told():
    record = look(request("GET", "/broken"))
    assert (record.status, record.raised) == (500, "LookupError")


def test_secrets_are_hidden_and_the_rest_is_shown():
    record = look(create_item({"name": "tea", "password": "hush"}, authorization="Bearer abc"))
    assert ("authorization", f"Bearer {inspector.HIDDEN}") in record.request_headers
    assert record.request_body == f'{{"name": "tea", "password": "{inspector.HIDDEN}"}}'
    form = {"content_type": "application/x-www-form-urlencoded"}
    sent = look(create_item(b"username=ada&password=hush", **form)).request_body
    assert sent == f"username=ada&password={inspector.HIDDEN}"
    sent = look(create_item(b"pass%77ord=hush&scope=", **form)).request_body
    assert sent == f"pass%77ord={inspector.HIDDEN}&scope="
    deep = look(create_item({"users": [{"Password": "hush", "age": 3}]})).request_body
    assert deep == f'{{"users": [{{"Password": "{inspector.HIDDEN}", "age": 3}}]}}'
    assert look(create_item(b'{"name": "tea",}')).request_body == '{"name": "tea",}'


def test_long_bodies_are_cut():
    record = look(create_item({"name": "x" * 9_000}, x_user="ada"))
    assert len(record.request_body) < inspector.LONGEST + 5
    assert record.response_body.endswith(" …")


def test_fastapi_is_put_back_as_it_was():
    before = utils.solve_dependencies, utils.request_params_to_args
    look(create_item(x_user="ada"))
    assert (utils.solve_dependencies, utils.request_params_to_args) == before
