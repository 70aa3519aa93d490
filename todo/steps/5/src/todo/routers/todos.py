"""Todos: create, read, update, delete."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response, status

from todo.dependencies import (
    ClockDep,
    QueueDep,
    ReaderDep,
    SettingsDep,
    TodoId,
    UowDep,
    VersionDep,
    WriterDep,
)
from todo.errors import INVALID, NOT_FOUND, REFUSED, STALE
from todo.models import Todo
from todo.repositories import Page
from todo.schemas import TodoCreate, TodoFilter, TodoOut, TodoPage, TodoUpdate

router = APIRouter(prefix="/todos", tags=["todos"], responses=INVALID | REFUSED)


# The path is "", not "/": with a slash, /todos would be another address than the one
# that clients are told.
@router.get("", response_model=TodoPage, summary="List todos")
async def list_todos(
    wanted: Annotated[TodoFilter, Query()],
    user: ReaderDep,
    uow: UowDep,
    settings: SettingsDep,
) -> Page:
    limit = wanted.limit or settings.page_size
    return await uow.todos_of(user.id).find(wanted, limit)


@router.post(
    "",
    response_model=TodoOut,
    status_code=status.HTTP_201_CREATED,
    summary="Add a todo",
)
async def create_todo(
    new: TodoCreate,
    user: WriterDep,
    uow: UowDep,
    clock: ClockDep,
    request: Request,
    response: Response,
) -> Todo:
    todo = await uow.todos_of(user.id).add(new, clock())
    # Here, and not in a dependency's exit: a commit that fails must be an error for the
    # client, and only the route knows what belongs together.
    await uow.commit()
    response.headers["Location"] = str(request.url_for("read_todo", todo_id=todo.id))
    return _tagged(todo, response)


@router.get(
    "/{todo_id}", response_model=TodoOut, responses=NOT_FOUND, summary="Read a todo"
)
async def read_todo(
    todo_id: TodoId, user: ReaderDep, uow: UowDep, response: Response
) -> Todo:
    return _tagged(await uow.todos_of(user.id).get(todo_id), response)


@router.patch(
    "/{todo_id}",
    response_model=TodoOut,
    responses=NOT_FOUND | STALE,
    summary="Change a todo",
)
async def update_todo(
    todo_id: TodoId,
    change: TodoUpdate,
    user: WriterDep,
    uow: UowDep,
    clock: ClockDep,
    version: VersionDep,
    queue: QueueDep,
    background: BackgroundTasks,
    response: Response,
) -> Todo:
    todo = await uow.todos_of(user.id).update(todo_id, change, version, clock())
    await uow.commit()
    # After the response, and lost if the process dies before. That may happen to a
    # hint: the schedule finds the event some seconds later.
    background.add_task(queue.nudge)
    return _tagged(todo, response)


@router.delete(
    "/{todo_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=NOT_FOUND | STALE,
    summary="Remove a todo",
)
async def delete_todo(
    todo_id: TodoId, user: WriterDep, uow: UowDep, version: VersionDep
) -> None:
    await uow.todos_of(user.id).remove(todo_id, version)
    await uow.commit()


def _tagged(todo: Todo, response: Response) -> Todo:
    response.headers["ETag"] = f'"{todo.version}"'
    return todo
