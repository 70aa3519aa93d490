import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import anyio
import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Connection, MetaData, create_engine, make_url
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import NullPool
from taskiq import InMemoryBroker
from taskiq.api import run_receiver_task

from tests.accounts import add_user, headers_of
from todo import migrations
from todo.db import Base, Database
from todo.main import create_app
from todo.queue import Queue
from todo.settings import Settings
from todo.tokens import AccessTokens
from todo.unit_of_work import UnitOfWork


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its level, which is told by the highest thing it asks for."""
    for item in items:
        asks_for = set(getattr(item, "fixturenames", []))
        if item.path.name == "test_process.py":
            item.add_marker("process")
        elif asks_for & {"app", "anonymous", "client", "async_client"}:
            item.add_marker("http")
        elif asks_for & {"database", "database_url", "session", "settings"}:
            item.add_marker("database")
        else:
            item.add_marker("unit")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database: a file of our own, or the one in TODO_DATABASE_URL."""
    folder = tmp_path_factory.mktemp("database")
    url = os.environ.get("TODO_DATABASE_URL", sqlite_url(folder / "todo.db"))
    name = make_url(url).database or ""
    if "TODO_DATABASE_URL" in os.environ and not name.endswith("test"):
        pytest.exit(f"the tests empty the database: {name!r} has to end in 'test'")

    def rebuild(connection: Connection) -> None:
        drop_everything(connection)
        migrations.upgrade(connection)

    run_in(url, rebuild)
    return url


@pytest.fixture
def settings(database_url: str) -> Settings:
    # Every test begins with empty tables.
    run_in(database_url, delete_all_rows)
    return Settings(
        database_url=database_url,
        jwt_secret=SecretStr("the secret of the tests, 32 bytes"),
        # As in `accounts.CHEAP`.
        argon2_memory_kib=8,
        argon2_passes=1,
        argon2_lanes=1,
        # Redis is shared by the tests: each has a corner of its own.
        queue_url=os.environ.get("TODO_QUEUE_URL"),
        queue_name=f"test-{uuid4()}",
        # Tests say themselves when it is time.
        schedule_here=False,
    )


@pytest.fixture(scope="session")
def built() -> FastAPI:
    # Building the routes takes longer than a request. They are the same for all tests.
    return create_app(Settings())


@pytest.fixture
def app(built: FastAPI, settings: Settings) -> Iterator[FastAPI]:
    # What may differ is put in here, or made anew by the lifespan. What a test puts in
    # itself is taken out again.
    built.state.settings = settings
    built.state.tokens = AccessTokens(settings)
    yield built
    built.dependency_overrides.clear()


@pytest.fixture
def anonymous(app: FastAPI) -> Iterator[TestClient]:
    # Only as a context manager does TestClient run the lifespan.
    with TestClient(app) as client:
        yield client


@pytest.fixture
def client(app: FastAPI, anonymous: TestClient, settings: Settings) -> TestClient:
    """Logged in as Ada. It is the client `anonymous`: a test asks for one of them."""
    assert anonymous.portal is not None
    user_id = anonymous.portal.call(add_user, app.state.database, "ada")
    anonymous.headers.update(headers_of(user_id, settings))
    return anonymous


@pytest.fixture
async def async_client(
    app: FastAPI, settings: Settings
) -> AsyncIterator[httpx2.AsyncClient]:
    """For tests that send requests at the same time. It runs no lifespan by itself."""
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client,
    ):
        user_id = await add_user(app.state.database, "ada")
        client.headers.update(headers_of(user_id, settings))
        yield client


@pytest.fixture
async def queue(app: FastAPI, async_client: httpx2.AsyncClient) -> AsyncIterator[Queue]:
    """The queue of the application behind `async_client`, with a worker on it."""
    queue: Queue = app.state.queue
    if isinstance(queue.broker, InMemoryBroker):
        yield queue
        return
    async with anyio.create_task_group() as group:
        group.start_soon(run_receiver_task, queue.broker)
        yield queue
        group.cancel_scope.cancel()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url)
    yield database
    await database.dispose()


@pytest.fixture
async def uow(database: Database) -> AsyncIterator[UnitOfWork]:
    async with database.sessions() as session:
        yield UnitOfWork(session)


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """A session whose commits are taken back after the test.

    It lives in a transaction of the test's own: what it calls commit ends a savepoint.
    """
    async with database.engine.connect() as connection:
        transaction = await connection.begin()
        if connection.dialect.name == "sqlite":
            # Python's sqlite3 begins by itself, but at the first INSERT and not at a
            # SAVEPOINT: that one would be a transaction of its own.
            await connection.exec_driver_sql("BEGIN")
        async with AsyncSession(
            connection,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        ) as session:
            yield session
        await transaction.rollback()


@pytest.fixture
async def owner_id(database: Database) -> int:
    return await add_user(database, "grace")


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def run_in(url: str, work: Callable[[Connection], None]) -> None:
    """Do something in a database, without an event loop."""
    engine = create_engine(url.replace("+aiosqlite", ""), poolclass=NullPool)
    with engine.begin() as connection:
        work(connection)


def drop_everything(connection: Connection) -> None:
    found = MetaData()
    found.reflect(connection)
    found.drop_all(connection)


def delete_all_rows(connection: Connection) -> None:
    for table in reversed(Base.metadata.sorted_tables):
        connection.execute(table.delete())
