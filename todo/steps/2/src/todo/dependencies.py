"""What routes ask for by type."""

from typing import Annotated

from fastapi import Depends, Path, Request

from todo.clock import Clock, utc_now
from todo.settings import Settings
from todo.store import TodoStore


def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def get_store(request: Request) -> TodoStore:
    store: TodoStore = request.app.state.store
    return store


def get_clock() -> Clock:
    # A dependency, so that a test can stop the time.
    return utc_now


SettingsDep = Annotated[Settings, Depends(get_settings)]
StoreDep = Annotated[TodoStore, Depends(get_store)]
ClockDep = Annotated[Clock, Depends(get_clock)]
TodoId = Annotated[int, Path(ge=1)]
