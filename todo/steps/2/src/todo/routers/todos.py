"""Todos: create, read, update, delete."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from todo.dependencies import ClockDep, SettingsDep, StoreDep, TodoId
from todo.errors import INVALID, NOT_FOUND
from todo.schemas import TodoCreate, TodoFilter, TodoOut, TodoPage, TodoUpdate
from todo.store import Page, Todo

router = APIRouter(prefix="/todos", tags=["todos"], responses=INVALID)


# The path is "", not "/": with a slash, /todos would be another address than the one
# that clients are told.
@router.get("", response_model=TodoPage, summary="List todos")
async def list_todos(
    wanted: Annotated[TodoFilter, Query()], store: StoreDep, settings: SettingsDep
) -> Page:
    return store.find(wanted, wanted.limit or settings.page_size)


@router.post(
    "",
    response_model=TodoOut,
    status_code=status.HTTP_201_CREATED,
    summary="Add a todo",
)
async def create_todo(
    new: TodoCreate,
    store: StoreDep,
    clock: ClockDep,
    request: Request,
    response: Response,
) -> Todo:
    todo = store.add(new, clock())
    response.headers["Location"] = str(request.url_for("read_todo", todo_id=todo.id))
    return todo


@router.get(
    "/{todo_id}", response_model=TodoOut, responses=NOT_FOUND, summary="Read a todo"
)
async def read_todo(todo_id: TodoId, store: StoreDep) -> Todo:
    return store.get(todo_id)


@router.patch(
    "/{todo_id}", response_model=TodoOut, responses=NOT_FOUND, summary="Change a todo"
)
async def update_todo(todo_id: TodoId, change: TodoUpdate, store: StoreDep) -> Todo:
    return store.update(todo_id, change)


@router.delete(
    "/{todo_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=NOT_FOUND,
    summary="Remove a todo",
)
async def delete_todo(todo_id: TodoId, store: StoreDep) -> None:
    store.remove(todo_id)
