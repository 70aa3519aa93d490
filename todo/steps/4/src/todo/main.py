"""The application, put together from its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute

from todo import __version__, errors
from todo.db import Database
from todo.passwords import Passwords
from todo.rate_limit import MemoryRateLimiter
from todo.routers import auth, meta, tags, todos, users
from todo.settings import Settings
from todo.tokens import AccessTokens


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the pool when the service starts, and close it when it stops.

    The tables are not made here: migrations run before the start, once, whatever the
    number of processes.
    """
    settings: Settings = app.state.settings
    app.state.database = Database(settings.database_url)
    app.state.passwords = Passwords(settings)
    app.state.rate_limiter = MemoryRateLimiter()
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
        max_body_size=settings.max_body_bytes,
    )
    app.state.settings = settings
    app.state.tokens = AccessTokens(settings)
    errors.install(app)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-Match"],
        expose_headers=["ETag", "Location", "Retry-After"],
        # No cookies: the token is sent by the page itself, not by the browser.
        allow_credentials=False,
    )
    app.include_router(meta.router)
    app.include_router(auth.router)
    app.include_router(users.router)
    app.include_router(todos.router)
    app.include_router(tags.router)
    return app


app = create_app()
