"""What routes ask for by type."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Path, Request

from todo.clock import Clock, utc_now
from todo.db import Database
from todo.pagination import MAX_ID
from todo.settings import Settings
from todo.unit_of_work import UnitOfWork


def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def get_uow(
    database: Annotated[Database, Depends(get_database)],
) -> AsyncIterator[UnitOfWork]:
    async with database.sessions() as session:
        yield UnitOfWork(session)


def get_clock() -> Clock:
    # A dependency, so that a test can stop the time.
    return utc_now


def get_version(
    if_match: Annotated[
        str | None,
        Header(
            pattern=r'^"[0-9]{1,10}"$',
            description="The ETag that was read: 412 if there is a newer one.",
        ),
    ] = None,
) -> int | None:
    return None if if_match is None else int(if_match.strip('"'))


SettingsDep = Annotated[Settings, Depends(get_settings)]
# "function": closed when the route returns. By default it would be closed after the
# response is sent, and a slow client would keep a connection out of the pool.
UowDep = Annotated[UnitOfWork, Depends(get_uow, scope="function")]
ClockDep = Annotated[Clock, Depends(get_clock)]
VersionDep = Annotated[int | None, Depends(get_version)]
TodoId = Annotated[int, Path(ge=1, le=MAX_ID)]
