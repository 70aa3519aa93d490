"""How todos are stored, below HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError, InvalidRequestError, StatementError

from todo.db import Database
from todo.errors import NotFoundError
from todo.models import Todo, TodoTag
from todo.schemas import TodoCreate, TodoFilter, TodoUpdate
from todo.unit_of_work import UnitOfWork

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@contextmanager
def recorded(database: Database) -> Iterator[list[str]]:
    """Collect the SQL that is sent meanwhile."""
    sent: list[str] = []

    def record(_1: object, _2: object, statement: str, *_: object) -> None:
        sent.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", record)
    yield sent
    event.remove(engine, "before_cursor_execute", record)


async def test_what_was_not_committed_is_gone(
    database: Database, owner_id: int
) -> None:
    async with database.sessions() as session:
        todos = UnitOfWork(session).todos_of(owner_id)
        await todos.add(TodoCreate(title="Draft"), NOON)
    async with database.sessions() as session:
        assert (await session.scalars(select(Todo))).all() == []


@pytest.mark.parametrize("todos", [1, 20])
async def test_a_page_takes_two_queries_whatever_its_size(
    database: Database, uow: UnitOfWork, owner_id: int, todos: int
) -> None:
    for number in range(todos):
        new = TodoCreate(title=f"{number}", tags={"home", f"tag-{number}"})
        await uow.todos_of(owner_id).add(new, NOON)
    await uow.commit()
    async with database.sessions() as session:
        with recorded(database) as sent:
            page = await UnitOfWork(session).todos_of(owner_id).find(TodoFilter(), 20)
            assert len([tag for todo in page.items for tag in todo.tags]) == 2 * todos
    assert len(sent) == 2, sent


async def test_forgotten_tags_are_an_error_and_no_hidden_query(
    database: Database, uow: UnitOfWork, owner_id: int
) -> None:
    await uow.todos_of(owner_id).add(TodoCreate(title="Pay rent"), NOON)
    await uow.commit()
    async with database.sessions() as session:
        todo = (await session.scalars(select(Todo))).one()
        with pytest.raises(InvalidRequestError, match="lazy='raise'"):
            _ = todo.tags


async def test_tags_that_stay_are_not_written_again(
    database: Database, uow: UnitOfWork, owner_id: int
) -> None:
    todo = await uow.todos_of(owner_id).add(
        TodoCreate(title="x", tags={"keep", "drop"}), NOON
    )
    await uow.commit()
    with recorded(database) as sent:
        change = TodoUpdate(tags={"keep", "new"})
        await uow.todos_of(owner_id).update(todo.id, change, None, NOON)
    written = [statement.split()[0] for statement in sent if "todo_tags" in statement]
    assert sorted(written) == ["DELETE", "INSERT", "SELECT"]
    assert todo.tags == ["keep", "new"]


async def test_removing_a_todo_removes_its_tags(
    database: Database, uow: UnitOfWork, owner_id: int
) -> None:
    todo = await uow.todos_of(owner_id).add(TodoCreate(title="x", tags={"home"}), NOON)
    await uow.commit()
    await uow.todos_of(owner_id).remove(todo.id, None)
    await uow.commit()
    async with database.sessions() as session:
        assert (await session.scalars(select(TodoTag))).all() == []
    with pytest.raises(NotFoundError):
        await uow.todos_of(owner_id).get(todo.id)


async def test_the_database_itself_refuses_a_wrong_priority(
    database: Database, owner_id: int
) -> None:
    async with database.sessions() as session:
        todo = Todo(owner_id=owner_id, title="x", created_at=NOON, updated_at=NOON)
        todo.priority = 9
        session.add(todo)
        with pytest.raises(IntegrityError, match="ck_todos_priority_range"):
            await session.flush()


async def test_the_database_itself_refuses_a_tag_without_todo(
    database: Database,
) -> None:
    async with database.sessions() as session:
        session.add(TodoTag(todo_id=999, name="orphan"))
        with pytest.raises(IntegrityError):
            await session.flush()


async def test_a_moment_without_zone_is_refused(
    database: Database, owner_id: int
) -> None:
    naive = datetime(2026, 11, 24, 12)
    async with database.sessions() as session:
        session.add(Todo(owner_id=owner_id, title="x", created_at=naive))
        with pytest.raises(StatementError, match="without its time zone"):
            await session.flush()


async def test_a_moment_comes_back_aware(
    database: Database, uow: UnitOfWork, owner_id: int
) -> None:
    await uow.todos_of(owner_id).add(TodoCreate(title="x", due_at=NOON), NOON)
    await uow.commit()
    async with database.sessions() as session:
        todo = (await session.scalars(select(Todo))).one()
    assert todo.due_at == NOON
    assert todo.created_at.tzinfo is UTC
