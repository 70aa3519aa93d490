"""What is due soon, and what is not."""

from datetime import UTC, datetime, timedelta

import anyio
import pytest

from tests.events import outbox
from todo.db import Database
from todo.models import Todo
from todo.reminders import record_due_soon
from todo.schemas import TodoCreate, TodoUpdate
from todo.unit_of_work import UnitOfWork

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def add(
    database: Database, owner_id: int, due_at: datetime | None, done: bool = False
) -> Todo:
    async with database.sessions() as session:
        todos = UnitOfWork(session).todos_of(owner_id)
        todo = await todos.add(TodoCreate(title="Dentist", due_at=due_at), NOON)
        todo.done = done
        await session.commit()
        return todo


async def record(database: Database, now: datetime = NOON) -> int:
    async with database.sessions() as session:
        return await record_due_soon(session, now, HOUR)


@pytest.mark.parametrize(
    ("due_in", "done", "events"),
    [
        (timedelta(minutes=1), False, 1),
        (HOUR, False, 1),
        (HOUR + timedelta(seconds=1), False, 0),
        (timedelta(0), False, 0),
        (-HOUR, False, 0),
        (None, False, 0),
        (timedelta(minutes=1), True, 0),
    ],
)
async def test_only_what_is_open_and_due_soon(
    database: Database, owner_id: int, due_in: timedelta | None, done: bool, events: int
) -> None:
    await add(database, owner_id, None if due_in is None else NOON + due_in, done)
    assert await record(database) == events
    assert [message.kind for message in await outbox(database)] == (
        ["todo.due_soon"] * events
    )


async def test_once_for_each_due_date(database: Database, owner_id: int) -> None:
    todo = await add(database, owner_id, NOON + HOUR)
    assert [await record(database), await record(database)] == [1, 0]
    async with database.sessions() as session:
        todos = UnitOfWork(session).todos_of(owner_id)
        # A reminder is no change of the owner's: their version is still the newest.
        assert (await todos.get(todo.id)).version == todo.version
        later = TodoUpdate(due_at=NOON + 2 * HOUR)
        await todos.update(todo.id, later, todo.version, NOON)
        await session.commit()
    assert await record(database, NOON + HOUR) == 1


async def test_of_ten_schedulers_one_finds_it(
    database: Database, owner_id: int
) -> None:
    await add(database, owner_id, NOON + HOUR)
    found: list[int] = []

    async def look() -> None:
        found.append(await record(database))

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(look)
    assert sorted(found) == [0] * 9 + [1]
    assert len(await outbox(database)) == 1
