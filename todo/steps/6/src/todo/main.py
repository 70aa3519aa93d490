"""The application, put together from its parts."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute
from redis.asyncio import Redis

from todo import __version__, errors, logs
from todo.db import Database
from todo.health import Readiness
from todo.metrics import Metrics
from todo.middleware import Observe
from todo.passwords import Passwords
from todo.queue import Queue
from todo.rate_limit import MemoryRateLimiter, RedisRateLimiter
from todo.routers import auth, meta, notifications, operations, tags, todos, users
from todo.settings import Settings
from todo.tokens import AccessTokens
from todo.webhooks import Webhooks


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open what requests share when the service starts, and close it when it stops.

    The tables are not made here: migrations run before the start, once, whatever the
    number of processes.
    """
    settings: Settings = app.state.settings
    if settings.log_json:
        logs.configure()
    app.state.passwords = Passwords(settings)
    # Closed in the reverse order, also when a later one does not open.
    async with AsyncExitStack() as stack:
        app.state.database = Database(settings.database_url)
        stack.push_async_callback(app.state.database.dispose)
        webhooks = Webhooks(settings)
        stack.push_async_callback(webhooks.aclose)
        app.state.queue = Queue(settings, app.state.database, webhooks)
        await stack.enter_async_context(app.state.queue.as_client())
        redis = None
        if settings.queue_url is None:
            app.state.rate_limiter = MemoryRateLimiter()
        else:
            redis = Redis.from_url(settings.queue_url)
            stack.push_async_callback(redis.aclose)
            app.state.rate_limiter = RedisRateLimiter(redis, settings.queue_name)
        app.state.readiness = Readiness(app.state.database, redis)
        yield


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
    app.state.metrics = Metrics()
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
    # Added last, it is outermost: it sees what the others answer, too.
    app.add_middleware(Observe, metrics=app.state.metrics)
    app.include_router(meta.router)
    app.include_router(operations.router)
    if settings.metrics:
        app.include_router(operations.metrics_router)
    app.include_router(auth.router)
    app.include_router(users.router)
    app.include_router(todos.router)
    app.include_router(tags.router)
    app.include_router(notifications.router)
    return app


app = create_app()
