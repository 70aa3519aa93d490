"""Finding what is due soon."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from todo.models import EventKind, Todo
from todo.outbox import Outbox


async def record_due_soon(session: AsyncSession, now: datetime, lead: timedelta) -> int:
    """Record an event for each open todo that is due within `lead`. Return how many.

    Two schedulers may ask at once: marking and finding are one statement, so each todo
    is found by one of them. It goes past the version counter on purpose, for the owner
    has changed nothing.
    """
    found = await session.scalars(
        update(Todo)
        .where(
            Todo.done.is_(False),
            Todo.due_at > now,
            Todo.due_at <= now + lead,
            or_(Todo.reminded_for.is_(None), Todo.reminded_for != Todo.due_at),
        )
        .values(reminded_for=Todo.due_at)
        .returning(Todo.id)
        .execution_options(synchronize_session=False)
    )
    todos = (await session.scalars(select(Todo).where(Todo.id.in_(found.all())))).all()
    outbox = Outbox(session)
    for todo in todos:
        outbox.add(EventKind.TODO_DUE_SOON, todo, now)
    await session.commit()
    return len(todos)
