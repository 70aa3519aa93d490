"""Notifications: as a list, and as a stream that goes on."""

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import APIRouter, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from todo.dependencies import DatabaseDep, ReaderDep, SettingsDep, UowDep
from todo.errors import INVALID, REFUSED
from todo.pagination import MAX_ID
from todo.schemas import NotificationList, NotificationOut
from todo.unit_of_work import UnitOfWork

router = APIRouter(
    prefix="/notifications", tags=["notifications"], responses=INVALID | REFUSED
)
BATCH = 100


@router.get("", summary="List notifications")
async def list_notifications(
    user: ReaderDep,
    uow: UowDep,
    after: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
) -> NotificationList:
    found = await uow.notifications_of(user.id).after(after, BATCH)
    return NotificationList(items=[NotificationOut.model_validate(n) for n in found])


@router.get(
    "/stream", response_class=EventSourceResponse, summary="Follow notifications"
)
async def stream_notifications(
    user: ReaderDep,
    database: DatabaseDep,
    settings: SettingsDep,
    # A client that was cut off says what it saw last, and misses nothing.
    last_event_id: Annotated[int, Header(ge=0, le=MAX_ID)] = 0,
) -> AsyncIterator[ServerSentEvent]:
    # Not for ever: the client comes back by itself, with a token that is still good,
    # and perhaps to a process that is newer than this one.
    deadline = anyio.current_time() + settings.stream_seconds
    while anyio.current_time() < deadline:
        # A session for each look, not for the stream: a reader must not keep a
        # connection out of the pool for minutes.
        async with database.sessions() as session:
            notifications = UnitOfWork(session).notifications_of(user.id)
            news = await notifications.after(last_event_id, BATCH)
        for item in news:
            last_event_id = item.id
            yield ServerSentEvent(
                id=str(item.id),
                event=item.kind,
                data=NotificationOut.model_validate(item),
            )
        if not news:
            await anyio.sleep(settings.stream_poll_seconds)
