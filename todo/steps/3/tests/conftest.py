import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, MetaData, create_engine, make_url
from sqlalchemy.pool import NullPool

from todo import migrations
from todo.db import Base, Database
from todo.main import create_app
from todo.settings import Settings
from todo.unit_of_work import UnitOfWork


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
    return Settings(database_url=database_url)


@pytest.fixture(scope="session")
def built() -> FastAPI:
    # Building the routes takes longer than a request. They are the same for all tests.
    return create_app(Settings())


@pytest.fixture
def app(built: FastAPI, settings: Settings) -> Iterator[FastAPI]:
    # What may differ is put in here, or made anew by the lifespan. What a test puts in
    # itself is taken out again.
    built.state.settings = settings
    yield built
    built.dependency_overrides.clear()


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    # Only as a context manager does TestClient run the lifespan.
    with TestClient(app) as client:
        yield client


@pytest.fixture
async def async_client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """For tests that send requests at the same time. It runs no lifespan by itself."""
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client,
    ):
        yield client


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url)
    yield database
    await database.dispose()


@pytest.fixture
async def uow(database: Database) -> AsyncIterator[UnitOfWork]:
    async with database.sessions() as session:
        yield UnitOfWork(session)


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
