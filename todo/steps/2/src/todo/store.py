"""Todos in memory: they last as long as the process."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from todo.errors import NotFoundError
from todo.schemas import TodoCreate, TodoFilter, TodoUpdate


@dataclass(frozen=True, slots=True)
class Todo:
    id: int
    title: str
    notes: str | None
    done: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Todo]
    total: int


class TodoStore:
    def __init__(self) -> None:
        self._ids = count(1)
        self._todos: dict[int, Todo] = {}

    def add(self, new: TodoCreate, now: datetime) -> Todo:
        todo = Todo(next(self._ids), new.title, new.notes, done=False, created_at=now)
        self._todos[todo.id] = todo
        return todo

    def get(self, todo_id: int) -> Todo:
        if todo_id not in self._todos:
            raise NotFoundError(f"There is no todo {todo_id}.")
        return self._todos[todo_id]

    def find(self, wanted: TodoFilter, limit: int) -> Page:
        found = [todo for todo in self._todos.values() if _matches(todo, wanted)]
        return Page(found[wanted.offset : wanted.offset + limit], len(found))

    def update(self, todo_id: int, change: TodoUpdate) -> Todo:
        todo = replace(self.get(todo_id), **change.sent())
        self._todos[todo_id] = todo
        return todo

    def remove(self, todo_id: int) -> None:
        self.get(todo_id)
        del self._todos[todo_id]


def _matches(todo: Todo, wanted: TodoFilter) -> bool:
    if wanted.done is not None and todo.done != wanted.done:
        return False
    return wanted.q is None or wanted.q.casefold() in todo.title.casefold()
