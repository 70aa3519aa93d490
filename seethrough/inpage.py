"""A stage of the service, run inside this Python: requests in, answers and records out.

The page asks by `call`, in JSON, and gets JSON back:

    {"do": "send", "stage": 3, "method": "GET", "target": "/todos", "headers": {}, "body": ""}
    {"do": "tables", "stage": 3}
    {"do": "reset", "stage": 3}

A stage is started by the first call that names it, with an empty database in a file of its own
(from stage 3 on), whose tables are made from its models. It keeps its modules to itself: cells may
import the same stage or another one under the same names. Requests run one after the other.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import json
import os
import sys
import tempfile
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seethrough import inspector, stages, tour
from seethrough.eventloop import no_outer_loop

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from types import ModuleType

ROWS = 50  # of a table that are shown, the newest
LONGEST = 80  # characters of a value that are shown
PATIENCE = tour.Patience()  # with a request, as Python can do nothing else meanwhile
GRACE = 1.0  # seconds that what was stopped has for its `finally`
_OWN = ("main", "todo")
_services: dict[int, Service] = {}


@dataclasses.dataclass
class Table:
    """A table as it is now.

    Attributes:
        name: of the table.
        columns: their names.
        rows: the newest `ROWS`, the oldest of them first, as text; None stands for NULL.
        count: how many rows there are.
    """

    name: str
    columns: list[str]
    rows: list[list[str | None]]
    count: int


class Service:
    """One stage, started.

    Attributes:
        number: which stage.
        app: its application.
        database: the file that it keeps its data in; it is not there before stage 3.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.folder = Path(tempfile.mkdtemp(prefix=f"service-{number}-"))
        self.database = self.folder / "todo.db"
        self._stage = stages.stage(number, self.folder / "project")
        self._modules: dict[str, ModuleType] = {}
        self._loop = asyncio.new_event_loop()
        self._running: Any = None
        with self._ours(), self._settings():
            main = "todo.main" if (self._stage.import_path / "todo").is_dir() else "main"
            self.app: Any = importlib.import_module(main).app
        self._run(self._start())

    @property
    def engine(self) -> Any:
        """The database's engine, if the stage has one."""
        return getattr(getattr(self.app.state, "database", None), "engine", None)

    def send(
        self, method: str, target: str, headers: dict[str, str], body: str
    ) -> tuple[inspector.Record, tour.Answer]:
        """Send one request, and record what it does."""
        raw = tour.request(method, target, body.encode() or None, {"content-type": "", **headers})
        look = inspector.inspect(self.app, raw, engine=self.engine, patience=PATIENCE)
        record, walked = self._run(look)
        content = walked.body
        if walked.cut and walked.headers.get("content-type", "").startswith("text/event-stream"):
            content += f": {walked.cut}\n\n".encode()  # a comment of the format
        return record, tour.Answer(walked.status, walked.headers, content)

    def tables(self) -> list[Table]:
        """Return what the service keeps now: tables of its database, or its store in memory."""
        if self.engine is None:
            return _stored(self.app)
        import sqlite3

        with closing(sqlite3.connect(self.database)) as connection:
            names = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
                " AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
            ).fetchall()
            return [_table(connection, name) for (name,) in names]

    def reset(self) -> None:
        """Stop, forget all data, and start again, whatever state it is in."""
        with suppress(Exception, BaseExceptionGroup):  # what a Stop by the reader broke is over
            self._run(self._stop())
        self.app.middleware_stack = None  # the next request makes a new one
        for file in self.folder.glob("todo.db*"):
            file.unlink()
        self._run(self._start())

    def close(self) -> None:
        """Stop for good."""
        self._run(self._stop())
        self._loop.close()

    async def _start(self) -> None:
        self._running = self.app.router.lifespan_context(self.app)
        await self._running.__aenter__()
        if self.engine is not None:
            models = importlib.import_module("todo.models")
            async with self.engine.begin() as connection:
                await connection.run_sync(models.Base.metadata.create_all)

    async def _stop(self) -> None:
        await self._running.__aexit__(None, None, None)

    def _run[T](self, work: Coroutine[Any, Any, T]) -> T:
        with no_outer_loop(), self._ours():
            task = self._loop.create_task(work)
            try:
                return self._loop.run_until_complete(task)
            except BaseException:
                self._end(task)
                raise

    def _end(self, task: asyncio.Task[Any]) -> None:
        """Let what the reader stopped put back what it had replaced; else nothing works again."""
        with suppress(BaseException):
            task.cancel()
            self._loop.run_until_complete(asyncio.wait([task], timeout=GRACE))

    @contextmanager
    def _settings(self) -> Iterator[None]:
        name = "TODO_DATABASE_URL"
        before = os.environ.get(name)
        os.environ[name] = f"sqlite+aiosqlite:///{self.database}"
        try:
            yield
        finally:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before

    @contextmanager
    def _ours(self) -> Iterator[None]:
        """Let the stage's names mean this service's modules, and afterwards what they meant."""
        others = _taken_out()
        sys.modules.update(self._modules)
        sys.path.insert(0, str(self._stage.import_path))
        try:
            yield
        finally:
            sys.path.remove(str(self._stage.import_path))
            self._modules = _taken_out()
            sys.modules.update(others)


def call(text: str) -> str:
    """Do what the page asks for; see the module.

    Returns:
        JSON: `tables`, and for a request `record` and `response`; `fresh` if the service was
        started for this.
    """
    asked = json.loads(text)
    number = asked["stage"]
    fresh = number not in _services
    if fresh:
        _services[number] = Service(number)
    service = _services[number]
    answer: dict[str, Any] = {"fresh": fresh}
    if asked["do"] == "send":
        record, response = service.send(
            asked["method"], asked["target"], asked["headers"], asked["body"]
        )
        answer["record"] = record.plain()
        answer["response"] = {
            "status": response.status,
            "headers": dict(response.headers),
            "body": response.body.decode("utf-8", "replace"),
        }
    elif asked["do"] == "reset" and not fresh:
        service.reset()
    answer["tables"] = [dataclasses.asdict(table) for table in service.tables()]
    answer["database"] = service.engine is not None
    return json.dumps(answer)


def _taken_out() -> dict[str, ModuleType]:
    """Take the modules of any stage out of `sys.modules`."""
    names = [name for name in sys.modules if name.partition(".")[0] in _OWN]
    return {name: sys.modules.pop(name) for name in names}


def _table(connection: Any, name: str) -> Table:
    quoted = '"' + name.replace('"', '""') + '"'
    (count,) = connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()
    # By the rowid: that is the primary key where it is a number, and elsewhere goes by age.
    found = connection.execute(f"SELECT * FROM {quoted} ORDER BY rowid DESC LIMIT {ROWS}")
    columns = [column[0] for column in found.description]
    rows = [[_shown(value) for value in row] for row in found]
    return Table(name, columns, rows[::-1], count)


def _stored(app: Any) -> list[Table]:
    """Show the dictionaries of an application's store as tables."""
    store = getattr(app.state, "store", None)
    found = []
    for name, things in vars(store).items() if store is not None else ():
        if isinstance(things, dict):
            rows = [_fields(thing) for thing in list(things.values())[-ROWS:]]
            columns = list(rows[0]) if rows else []
            values = [[_shown(value) for value in row.values()] for row in rows]
            found.append(Table(name.strip("_"), columns, values, len(things)))
    return found


def _fields(thing: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(thing):
        names = [each.name for each in dataclasses.fields(thing)]
        return {name: getattr(thing, name) for name in names}
    return dict(thing)


def _shown(value: object) -> str | None:
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
