"""Events for tests: making one, and looking what became of it."""

from datetime import datetime

from sqlalchemy import select

from todo.db import Database
from todo.models import Notification, OutboxMessage
from todo.schemas import TodoCreate, TodoUpdate
from todo.unit_of_work import UnitOfWork


async def complete_a_todo(
    database: Database, owner_id: int, now: datetime, title: str = "Pay rent"
) -> int:
    """Return the id of the event in the outbox."""
    async with database.sessions() as session:
        todos = UnitOfWork(session).todos_of(owner_id)
        todo = await todos.add(TodoCreate(title=title), now)
        await todos.update(todo.id, TodoUpdate(done=True), None, now)
        await session.commit()
        query = select(OutboxMessage.id).order_by(OutboxMessage.id.desc()).limit(1)
        return (await session.scalars(query)).one()


async def outbox(database: Database) -> list[OutboxMessage]:
    async with database.sessions() as session:
        query = select(OutboxMessage).order_by(OutboxMessage.id)
        return list(await session.scalars(query))


async def texts(database: Database) -> list[str]:
    """Return the notifications of everybody, in their order."""
    async with database.sessions() as session:
        query = select(Notification.text).order_by(Notification.id)
        return list(await session.scalars(query))
