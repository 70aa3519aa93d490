"""What stands in a tab for greenlets and threads, under SQLAlchemy and Starlette as they are."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bookext.live import build
from bookext.live.build import BROWSER, ROOT
from bookext.live.groups import GROUPS

BEGIN = """
import asyncio, threading
import greenlet
from sqlalchemy import ForeignKey, exc, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
assert "tab" in greenlet.__doc__
threading.Thread.start = None  # a tab has none

class Base(DeclarativeBase): ...
class Todo(Base):
    __tablename__ = "todos"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(unique=True)
    steps: Mapped[list["Step"]] = relationship()
class Step(Base):
    __tablename__ = "steps"
    id: Mapped[int] = mapped_column(primary_key=True)
    todo_id: Mapped[int] = mapped_column(ForeignKey("todos.id"))

engine = create_async_engine("sqlite+aiosqlite:///todo.db")
sessions = async_sessionmaker(engine, expire_on_commit=False)

async def tables():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The tab's aiosqlite and greenlet in a folder."""
    folder = tmp_path_factory.mktemp("tab")
    for group in GROUPS:
        if group.name not in {"sqlalchemy", "fastapi", "http"}:
            continue
        build._zip_of_installed(group, folder / "all.zip", BROWSER / "shims" / group.name)
        with zipfile.ZipFile(folder / "all.zip") as bundle:
            ours = ("aiosqlite/", "greenlet", "starlette/", "tab_http")
            wanted = [name for name in bundle.namelist() if name.startswith(ours)]
            bundle.extractall(folder, wanted)
    return folder


@pytest.fixture
def shown(packages, tmp_path):
    """Run a program with these packages before all others, and return what it prints."""

    def run(program: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, check=False,
            env={"PYTHONPATH": f"{packages}:{ROOT}"}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_an_async_session_reads_and_writes_without_greenlets_or_threads(shown):
    program = (
        BEGIN
        + """
async def main():
    await tables()
    async with sessions() as session:
        session.add(Todo(title="Water", steps=[Step(), Step()]))
        await session.commit()
    async with sessions() as session:
        print(await session.scalar(select(Todo.title)))
        found = await session.stream(select(Step.id))
        print([row.id async for row in found])
        print(await session.run_sync(lambda sync: len(sync.scalars(select(Todo)).one().steps)))
    await engine.dispose()
asyncio.run(main())
"""
    )
    assert shown(program) == "Water\n[1, 2]\n2\n"


def test_errors_of_the_database_come_as_they_do_elsewhere(shown):
    program = (
        BEGIN
        + """
async def main():
    await tables()
    for _ in "two":
        async with sessions() as session:
            session.add(Todo(title="Water"))
            try:
                await session.commit()
            except exc.IntegrityError as error:
                print(error.orig)
    async with sessions() as session:
        print(len((await session.scalars(select(Todo))).all()))
        try:
            await session.execute(text("SELECT missing"))
        except exc.OperationalError as error:
            print(error.orig)
asyncio.run(main())
"""
    )
    lost = "UNIQUE constraint failed: todos.title\n"
    assert shown(program) == f"{2 * lost}1\nno such column: missing\n"


def test_implicit_loading_is_refused_as_it_is_elsewhere(shown):
    program = (
        BEGIN
        + """
async def main():
    await tables()
    async with sessions() as session:
        session.add(Todo(title="Water"))
        await session.commit()
    async with sessions() as session:
        todo = await session.scalar(select(Todo))
        try:
            todo.steps
        except exc.StatementError as error:
            print(type(error.orig).__name__)
        print(len(await session.run_sync(lambda _: todo.steps)))
asyncio.run(main())
"""
    )
    assert shown(program) == "MissingGreenlet\n0\n"


def test_what_takes_time_is_refused_in_words(shown):
    program = (
        BEGIN
        + """
from sqlalchemy.util import await_only, greenlet_spawn
async def main():
    try:
        await greenlet_spawn(lambda: await_only(asyncio.sleep(0.01)))
    except NotImplementedError as error:
        print(error)
    async def inner():
        return await greenlet_spawn(lambda: await_only(nested()))
    async def nested():
        return 42
    print(await greenlet_spawn(lambda: await_only(inner())))
asyncio.run(main())
"""
    )
    refused, answer = shown(program).strip().splitlines()
    assert "only what ends at once" in refused
    assert answer == "42"


def test_the_edits_of_packages_fit_the_installed_ones(packages):
    source = (Path(packages) / "aiosqlite/core.py").read_text()
    assert "AtOnce()" in source
    assert "thread.start" not in source


CLIENT = """
import asyncio, threading
threading.Thread.start = None  # a tab has none
import tab_http
from contextlib import asynccontextmanager
from fastapi import BackgroundTasks, FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

@asynccontextmanager
async def lifespan(app):
    app.state.words = ["begins"]
    yield
    app.state.words.append("ends")

app = FastAPI(lifespan=lifespan)

@app.get("/later")
async def later(tasks: BackgroundTasks):
    async def work():
        await asyncio.sleep(0.01)
        app.state.words.append("worked")
    tasks.add_task(work)
    return app.state.words

@app.get("/plain")
def plain():
    return "in place"

@app.get("/stream")
async def stream():
    async def parts():
        for part in "abc":
            await asyncio.sleep(0)
            yield part
    return StreamingResponse(parts())

@app.get("/broken")
async def broken():
    raise LookupError("lost")

@app.websocket("/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    await socket.send_text("echo of " + await socket.receive_text())
    await socket.close()
"""


@pytest.mark.parametrize("inside", [False, True], ids=["no loop runs", "in a cell's loop"])
def test_a_test_client_needs_no_thread(shown, inside):
    program = """
def main():
    with TestClient(app) as client:
        print(client.get("/plain").json(), client.get("/later").json())
        print(client.get("/stream").text)
        with client.websocket_connect("/echo") as socket:
            socket.send_text("me")
            print(socket.receive_text())
        try:
            client.get("/broken")
        except LookupError as error:
            print(repr(error))
    print(app.state.words)
    print(TestClient(app, raise_server_exceptions=False).get("/broken").status_code)
"""
    ran = "async def cell(): main()\nasyncio.run(cell())" if inside else "main()"
    expected = ["in place ['begins']", "abc", "echo of me", "LookupError('lost')"]
    expected += ["['begins', 'worked', 'ends']", "500"]
    assert shown(CLIENT + program + ran).splitlines() == expected
