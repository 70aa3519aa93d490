"""The application, put together from its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute

from todo import __version__, errors
from todo.db import Database
from todo.routers import meta, tags, todos
from todo.settings import Settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the pool when the service starts, and close it when it stops.

    The tables are not made here: migrations run before the start, once, whatever the
    number of processes.
    """
    app.state.database = Database(app.state.settings.database_url)
    yield
    await app.state.database.dispose()


def operation_id(route: APIRoute) -> str:
    """Name operations after their functions: generated clients read like our code."""
    return route.name


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings()
    app = FastAPI(
        title=settings.title,
        version=__version__,
        lifespan=lifespan,
        openapi_url="/openapi.json" if settings.docs else None,
        # A redirect from /todos/ would hide the typo and cost each call a round trip.
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
    )
    app.state.settings = settings
    errors.install(app)
    app.include_router(meta.router)
    app.include_router(todos.router)
    app.include_router(tags.router)
    return app


app = create_app()
