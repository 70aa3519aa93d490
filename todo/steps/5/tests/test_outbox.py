"""Events: recorded with the change, or not at all."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from tests.events import complete_a_todo, outbox
from todo.db import Database
from todo.schemas import TodoCreate, TodoUpdate
from todo.unit_of_work import UnitOfWork

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
AGAIN = timedelta(minutes=1)


async def dispatchable(database: Database, now: datetime) -> list[int]:
    async with database.sessions() as session:
        found = list(await UnitOfWork(session).outbox.dispatchable(now, AGAIN))
        await session.commit()
        return found


@pytest.mark.parametrize(
    ("changes", "events"),
    [
        ([{"done": True}], 1),
        ([{"done": True}, {"done": True}], 1),
        ([{"done": True}, {"done": False}, {"done": True}], 2),
        ([{"title": "Rent"}, {"done": False}], 0),
    ],
)
async def test_completing_a_todo_is_an_event(
    client: TestClient,
    database: Database,
    changes: list[dict[str, object]],
    events: int,
) -> None:
    address = client.post("/todos", json={"title": "Pay rent"}).headers["Location"]
    for change in changes:
        assert client.patch(address, json=change).is_success
    recorded = await outbox(database)
    assert [message.kind for message in recorded] == ["todo.completed"] * events
    assert len({message.key for message in recorded}) == events


async def test_without_the_change_there_is_no_event(
    database: Database, owner_id: int
) -> None:
    async with database.sessions() as session:
        todos = UnitOfWork(session).todos_of(owner_id)
        todo = await todos.add(TodoCreate(title="Pay rent"), NOON)
        await todos.update(todo.id, TodoUpdate(done=True), None, NOON)
        await session.flush()
        await session.rollback()
    assert await outbox(database) == []


async def test_a_job_is_told_about_once_and_again_when_it_seems_lost(
    database: Database, owner_id: int
) -> None:
    event = await complete_a_todo(database, owner_id, NOON)
    assert await dispatchable(database, NOON - timedelta(seconds=1)) == []
    assert await dispatchable(database, NOON) == [event]
    assert await dispatchable(database, NOON + AGAIN / 2) == []
    assert await dispatchable(database, NOON + AGAIN) == [event]


async def test_a_job_whose_worker_died_is_told_about_when_its_lease_is_over(
    database: Database, owner_id: int
) -> None:
    event = await complete_a_todo(database, owner_id, NOON)
    assert await dispatchable(database, NOON) == [event]
    until = NOON + timedelta(seconds=30)
    async with database.sessions() as session:
        assert await UnitOfWork(session).outbox.claim(event, "lease", NOON, until)
        await session.commit()
    assert await dispatchable(database, until - timedelta(seconds=1)) == []
    assert await dispatchable(database, until) == [event]
