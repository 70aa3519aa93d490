"""Where SQL is written: the only modules that know how todos are stored."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.exc import StaleDataError

from todo.errors import ConflictError, NotFoundError, VersionError
from todo.models import EventKind, Todo, TodoTag
from todo.outbox import Outbox
from todo.pagination import Cursor, behind, ordered
from todo.schemas import TodoCreate, TodoFilter, TodoUpdate


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Todo]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class TagCount:
    name: str
    todos: int


class TodoRepository:
    """One owner's todos. It flushes; to commit is up to the unit of work.

    The owner is given once, here, and not to each method: none can forget to ask.
    """

    def __init__(self, session: AsyncSession, owner_id: int) -> None:
        self._session = session
        self._owner_id = owner_id
        self._outbox = Outbox(session)

    async def add(self, new: TodoCreate, now: datetime) -> Todo:
        todo = Todo(
            owner_id=self._owner_id,
            title=new.title,
            notes=new.notes,
            done=False,
            priority=new.priority,
            due_at=new.due_at,
            created_at=now,
            updated_at=now,
            tag_rows=[TodoTag(name=name) for name in sorted(new.tags)],
        )
        self._session.add(todo)
        await self._session.flush()
        return todo

    async def get(self, todo_id: int) -> Todo:
        todo = await self._session.scalar(self._visible().where(Todo.id == todo_id))
        if todo is None:
            raise NotFoundError(f"There is no todo {todo_id}.")
        return todo

    async def find(self, wanted: TodoFilter, limit: int) -> Page:
        query = ordered(_matching(self._visible(), wanted), wanted.order)
        if wanted.cursor is not None:
            query = query.where(behind(Cursor.decode(wanted.cursor, wanted.order)))
        # One row more than asked for tells whether there is a next page.
        rows = list(await self._session.scalars(query.limit(limit + 1)))
        items = rows[:limit]
        if len(rows) <= limit:
            return Page(items, None)
        return Page(items, Cursor.of(items[-1], wanted.order).encode())

    async def update(
        self, todo_id: int, change: TodoUpdate, version: int | None, now: datetime
    ) -> Todo:
        todo = await self.get(todo_id)
        _require_version(todo, version)
        sent = change.sent()
        completes = sent.get("done") is True and not todo.done
        if "tags" in sent:
            todo.retag(sent.pop("tags"))
        for name, value in sent.items():
            setattr(todo, name, value)
        # Tags are rows of another table. Touching the todo's own row counts up its
        # version for them too.
        todo.updated_at = now
        await self._flush()
        if completes:
            # In the same transaction: the event is recorded if and only if the change
            # is. Sent from here, it could be sent for a change that never came about.
            self._outbox.add(EventKind.TODO_COMPLETED, todo, now)
        return todo

    async def remove(self, todo_id: int, version: int | None) -> None:
        todo = await self.get(todo_id)
        _require_version(todo, version)
        await self._session.delete(todo)
        await self._flush()

    async def tags(self) -> list[TagCount]:
        query = (
            select(TodoTag.name, func.count())
            .join(Todo, Todo.id == TodoTag.todo_id)
            .where(Todo.owner_id == self._owner_id)
            .group_by(TodoTag.name)
            .order_by(TodoTag.name)
        )
        rows = await self._session.execute(query)
        return [TagCount(name, todos) for name, todos in rows]

    def _visible(self) -> Select[Todo]:
        # A second query for the tags of all todos found, whatever their number.
        query = select(Todo).where(Todo.owner_id == self._owner_id)
        return query.options(selectinload(Todo.tag_rows))

    async def _flush(self) -> None:
        try:
            await self._session.flush()
        except StaleDataError as error:
            raise ConflictError("Somebody else changed this todo just now.") from error


def _matching(query: Select[Todo], wanted: TodoFilter) -> Select[Todo]:
    if wanted.done is not None:
        query = query.where(Todo.done == wanted.done)
    if wanted.q is not None:
        # autoescape: % and _ are what they are, no wildcards.
        query = query.where(Todo.title.icontains(wanted.q, autoescape=True))
    if wanted.priority is not None:
        query = query.where(Todo.priority == wanted.priority)
    if wanted.due_before is not None:
        query = query.where(Todo.due_at < wanted.due_before)
    for name in wanted.tag:
        query = query.where(Todo.tag_rows.any(TodoTag.name == name))
    return query


def _require_version(todo: Todo, version: int | None) -> None:
    if version is not None and todo.version != version:
        raise VersionError(f"Todo {todo.id} is at version {todo.version} by now.")
