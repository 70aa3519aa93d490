"""Notifications: as a list, and as a stream."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import anyio
import httpx2
import pytest
from fastapi import FastAPI

from tests.accounts import add_user, headers_of
from todo.db import Database
from todo.models import OutboxMessage
from todo.settings import Settings
from todo.unit_of_work import UnitOfWork

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    # A stream that ends soon: the in-process transport hands over whole responses.
    stream = {"stream_seconds": 0.2, "stream_poll_seconds": 0.01}
    return settings.model_copy(update=stream)


@pytest.fixture
async def user_id(async_client: httpx2.AsyncClient) -> int:
    me: int = (await async_client.get("/users/me")).json()["id"]
    return me


async def notify(database: Database, user_id: int, text: str) -> None:
    message = OutboxMessage(
        key=text, kind="todo.completed", payload={"todo_id": 1, "user_id": user_id}
    )
    async with database.sessions() as session:
        uow = UnitOfWork(session)
        await uow.notifications_of(user_id).add(message, text, NOON)
        await uow.commit()


def events(stream: str) -> list[dict[str, str]]:
    """Read the text of an event stream: blocks of `name: value` lines."""
    found = []
    for block in stream.strip().split("\n\n"):
        pairs = (line.split(": ", 1) for line in block.splitlines())
        fields = {name: value for name, value in pairs if name}
        if fields:
            found.append(fields)
    return found


async def test_a_list_holds_ones_own_and_can_go_on(
    app: FastAPI,
    async_client: httpx2.AsyncClient,
    settings: Settings,
    database: Database,
    user_id: int,
) -> None:
    bob = await add_user(database, "bob")
    for owner, text in ((user_id, "one"), (bob, "secret"), (user_id, "two")):
        await notify(database, owner, text)
    items = (await async_client.get("/notifications")).json()["items"]
    assert [item["text"] for item in items] == ["one", "two"]
    rest = await async_client.get("/notifications", params={"after": items[0]["id"]})
    assert [item["text"] for item in rest.json()["items"]] == ["two"]
    bobs = await async_client.get("/notifications", headers=headers_of(bob, settings))
    assert [item["text"] for item in bobs.json()["items"]] == ["secret"]


class StreamClock:
    """Goes on only while the stream waits; at the first wait, something happens."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self.now = 0.0
        self.meanwhile = meanwhile

    def current_time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if self.now == 0:
            await self.meanwhile()
        self.now += seconds


async def test_a_stream_brings_what_is_there_and_what_comes(
    async_client: httpx2.AsyncClient,
    database: Database,
    user_id: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await notify(database, user_id, "before")
    clock = StreamClock(lambda: notify(database, user_id, "meanwhile"))
    monkeypatch.setattr("todo.routers.notifications.anyio", clock)
    answer = await async_client.get("/notifications/stream")
    assert clock.now >= 0.2
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = events(answer.text)
    assert [json.loads(event["data"])["text"] for event in found] == [
        "before",
        "meanwhile",
    ]
    assert {event["event"] for event in found} == {"todo.completed"}


async def test_who_comes_back_misses_nothing_and_sees_nothing_twice(
    async_client: httpx2.AsyncClient, database: Database, user_id: int
) -> None:
    for text in ("one", "two", "three"):
        await notify(database, user_id, text)
    [first, *_] = events((await async_client.get("/notifications/stream")).text)
    headers = {"Last-Event-ID": first["id"]}
    again = await async_client.get("/notifications/stream", headers=headers)
    assert [json.loads(event["data"])["text"] for event in events(again.text)] == [
        "two",
        "three",
    ]


@pytest.mark.parametrize("last", ["-1", "one", "99999999999"])
async def test_a_last_event_has_a_number(
    async_client: httpx2.AsyncClient, last: str
) -> None:
    headers = {"Last-Event-ID": last}
    answer = await async_client.get("/notifications/stream", headers=headers)
    assert answer.status_code == 422


async def test_readers_hold_no_connection(
    app: FastAPI, async_client: httpx2.AsyncClient
) -> None:
    # More readers than the pool has connections (5, and 10 more at a rush).
    async def read() -> None:
        answer = await async_client.get("/notifications/stream")
        assert answer.status_code == 200

    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(read)
        await anyio.sleep(0.1)
        assert (await async_client.get("/todos")).status_code == 200
