"""A Todo service in one file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Annotated

from fastapi import FastAPI, HTTPException, Path, Query, Request, Response, status
from pydantic import BaseModel, StringConstraints

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]
TodoId = Annotated[int, Path(ge=1)]


class TodoCreate(BaseModel):
    title: Title
    notes: str | None = None


class TodoUpdate(BaseModel):
    done: bool


class Todo(BaseModel):
    id: int
    title: str
    notes: str | None
    done: bool


class TodoList(BaseModel):
    # An object, not a bare array: there is room for a cursor or a total later
    # without breaking the clients of today.
    items: list[Todo]


class TodoStore:
    """Todos in memory: they last as long as the process."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._todos: dict[int, Todo] = {}

    def add(self, new: TodoCreate) -> Todo:
        todo = Todo(id=next(self._ids), title=new.title, notes=new.notes, done=False)
        self._todos[todo.id] = todo
        return todo

    def get(self, todo_id: int) -> Todo:
        if todo_id not in self._todos:
            raise HTTPException(
                status.HTTP_404_NOT_FOUND, f"There is no todo {todo_id}."
            )
        return self._todos[todo_id]

    def find(self, done: bool | None, limit: int) -> list[Todo]:
        found = [t for t in self._todos.values() if done is None or t.done == done]
        return found[:limit]

    def update(self, todo_id: int, change: TodoUpdate) -> Todo:
        todo = self.get(todo_id).model_copy(update={"done": change.done})
        self._todos[todo_id] = todo
        return todo

    def remove(self, todo_id: int) -> None:
        self.get(todo_id)
        del self._todos[todo_id]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Start with no todos, so that a restart (and a test) inherits nothing."""
    app.state.store = TodoStore()
    yield


app = FastAPI(title="Todo", version="0.1.0", lifespan=lifespan)


def get_store(request: Request) -> TodoStore:
    store: TodoStore = request.app.state.store
    return store


@app.get("/", summary="What this service is")
async def about() -> dict[str, str]:
    return {"service": "todo", "documentation": "/docs"}


@app.get("/todos", summary="List todos")
async def list_todos(
    request: Request,
    done: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> TodoList:
    return TodoList(items=get_store(request).find(done, limit))


@app.post("/todos", status_code=status.HTTP_201_CREATED, summary="Add a todo")
async def create_todo(new: TodoCreate, request: Request, response: Response) -> Todo:
    todo = get_store(request).add(new)
    response.headers["Location"] = str(request.url_for("read_todo", todo_id=todo.id))
    return todo


@app.get("/todos/{todo_id}", summary="Read a todo")
async def read_todo(todo_id: TodoId, request: Request) -> Todo:
    return get_store(request).get(todo_id)


@app.patch("/todos/{todo_id}", summary="Change a todo")
async def update_todo(todo_id: TodoId, change: TodoUpdate, request: Request) -> Todo:
    return get_store(request).update(todo_id, change)


@app.delete(
    "/todos/{todo_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Remove a todo",
)
async def delete_todo(todo_id: TodoId, request: Request) -> None:
    get_store(request).remove(todo_id)
