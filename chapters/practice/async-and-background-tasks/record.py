"""Record what stage 5 does on a real Redis when its worker is killed: `python record.py`.

Writes `recorded.json` beside this file. It needs `redis-server` on the machine and the course's
environment; everything listens to 127.0.0.1, on free ports, and is stopped again. About a minute.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT))

import httpx2  # noqa: E402
from redis import Redis  # noqa: E402

from coursekit.services import redis  # noqa: E402
from seethrough.rehearsal import free_port  # noqa: E402
from seethrough.stages import stage  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BIN = Path(sys.executable).parent
PASSWORD = "correct horse battery staple"
WAIT_SECONDS = 60.0

# A broker by itself, without the outbox. A job notes that it began, and takes its time.
BARE = """
import asyncio, os
from taskiq_redis import RedisStreamBroker

broker = RedisStreamBroker(os.environ["URL"], consumer_id="0", idle_timeout=2000)


@broker.task(task_name="report")
async def report(name: str, seconds: float) -> None:
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(f"{name} begun by {os.environ['WORKER']}\\n")
    await asyncio.sleep(seconds)
"""


class Journal:
    """What happened, in order, with the seconds since the first event."""

    def __init__(self) -> None:
        self._started: float | None = None
        self.events: list[dict[str, Any]] = []

    def say(self, who: str, what: str) -> None:
        """Note an event."""
        if self._started is None:
            self._started = time.monotonic()
        at = round(time.monotonic() - self._started, 2)
        self.events.append({"at": at, "who": who, "what": what})
        print(f"{at:6.2f}  {who:<9} {what}", flush=True)


@contextmanager
def process(folder: Path, environment: dict[str, str], *command: str) -> Iterator[None]:
    """Keep a process running. At the end it and its children get SIGKILL: no good-byes."""
    running = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def until(holds: Callable[[], object], what: str) -> None:
    """Look again and again, for a minute at most."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {WAIT_SECONDS:.0f} s until {what}")
        time.sleep(0.05)


@contextmanager
def receiver(journal: Journal) -> Iterator[tuple[str, list[str], Event]]:
    """Listen for webhooks; answer none before the event is set."""
    keys: list[str] = []
    go_on = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            keys.append(self.headers["Idempotency-Key"])
            journal.say("webhook", "hears of the event" + ", again" * (len(keys) > 1))
            go_on.wait(WAIT_SECONDS)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # the worker was killed while it waited for the answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", keys, go_on
    finally:
        go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


def killed_worker(queue_url: str, folder: Path) -> dict[str, Any]:
    """Kill a worker of stage 5 in the middle of a job, and start another."""
    project = stage(5, folder / "project").path
    port, database = free_port(), folder / "todo.db"
    journal = Journal()
    with receiver(journal) as (address, keys, go_on):
        environment = {
            "TODO_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
            "TODO_QUEUE_URL": queue_url,
            "TODO_WEBHOOK_URL": address,
            "TODO_WEBHOOK_SECONDS": "60",
            "TODO_LEASE_SECONDS": "3",
            "TODO_DISPATCH_SECONDS": "1",
            "TODO_JWT_SECRET": "x" * 32,
            "PYTHONPATH": str(project / "src"),
        }
        subprocess.run(
            [BIN / "alembic", "upgrade", "head"],
            cwd=project,
            env=os.environ | environment,
            check=True,
            capture_output=True,
        )
        worker = (str(BIN / "taskiq"), "worker", "--workers", "1", "todo.worker:broker")
        serve = (sys.executable, "-m", "uvicorn", "todo.main:app", "--port", str(port))
        scheduler = (str(BIN / "taskiq"), "scheduler", "todo.worker:scheduler")
        with (
            process(project, environment, *serve),
            process(project, environment, *scheduler),
            httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        ):
            until(lambda: _answers(client), "the service answers")
            _log_in(client)
            todo = client.post("/todos", json={"title": "Pay rent"}).raise_for_status()
            with ExitStack() as second:
                with process(project, environment, *worker):
                    until(lambda: _consumers(queue_url) == 1, "worker 1 listens")
                    journal.say("worker 1", "listens")
                    client.patch(todo.headers["Location"], json={"done": True}).raise_for_status()
                    journal.say("client", "200: the todo is done")
                    until(lambda: keys, "the first worker began")
                    second.enter_context(process(project, environment, *worker))
                    until(lambda: _consumers(queue_url) == 2, "worker 2 listens")
                    journal.say("worker 2", "listens too")
                    time.sleep(4)  # longer than a lease: the heartbeat has renewed it
                    calls_before, before = len(keys), len(_notifications(client))
                    journal.say("worker 1", "kill -9, in the middle of the job")
                go_on.set()
                until(lambda: _notifications(client), "the second worker was done")
                journal.say("client", "sees the notification")
                time.sleep(5)  # longer than a lease and some dispatches: nothing more comes
                after = len(_notifications(client))
    with sqlite3.connect(database) as connection:
        [(attempts, done)] = connection.execute(
            "SELECT attempts, done_at IS NOT NULL FROM outbox"
        ).fetchall()
    connection.close()
    return {
        "events": journal.events,
        "webhook_calls_before_the_kill": calls_before,
        "notifications_before_the_kill": before,
        "notifications": after,
        "attempts": attempts,
        "done": bool(done),
        "webhook_calls": len(keys),
        "webhook_keys": len(set(keys)),
    }


def _consumers(queue_url: str) -> int:
    """Return how many workers have asked the stream for a message so far."""
    with Redis.from_url(queue_url) as server:
        if not server.exists("todo:jobs"):
            return 0
        return sum(group["consumers"] for group in server.xinfo_groups("todo:jobs"))


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/openapi.json").is_success
    except httpx2.TransportError:
        return False


def _log_in(client: httpx2.Client) -> None:
    body = {"username": "ada", "password": PASSWORD}
    client.post("/auth/register", json=body).raise_for_status()
    form = {"grant_type": "password", **body}
    tokens = client.post("/auth/token", data=form).raise_for_status().json()
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"


def _notifications(client: httpx2.Client) -> list[object]:
    return client.get("/notifications").raise_for_status().json()["items"]


def bare_queue(queue_url: str, folder: Path) -> dict[str, Any]:
    """Show what the stream broker does, and does not, without an outbox behind it."""
    (folder / "bare.py").write_text(BARE)
    notes = folder / "notes.txt"
    notes.touch()
    environment = {"URL": queue_url, "NOTES": str(notes), "PYTHONPATH": str(folder)}
    journal = Journal()

    def begun(name: str) -> int:
        return notes.read_text().count(f"{name} begun")

    def send(name: str, seconds: float) -> None:
        code = (
            "import asyncio, bare\n"
            "async def main():\n"
            "    await bare.broker.startup()\n"
            f"    await bare.report.kiq({name!r}, {seconds})\n"
            "    await bare.broker.shutdown()\n"
            "asyncio.run(main())"
        )
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env=os.environ | environment | {"WORKER": "the client"},
            check=True,
        )
        journal.say("client", f"sends {name}")

    def worker(name: str) -> Any:
        command = (str(BIN / "taskiq"), "worker", "--workers", "1", "bare:broker")
        return process(folder, environment | {"WORKER": name}, *command)

    with worker("worker 1"):
        send("monday", 60)
        until(lambda: begun("monday"), "worker 1 began")
        journal.say("worker 1", "begins monday")
    journal.say("worker 1", "kill -9")
    with worker("worker 2"):
        time.sleep(12)  # six times the idle timeout
        idle = begun("monday")
        journal.say("worker 2", f"12 s later: monday begun {idle} time")
        send("tuesday", 60)
        until(lambda: begun("monday") > 1 and begun("tuesday"), "monday was taken over")
        journal.say("worker 2", "begins tuesday, and now monday")
        taken_over = begun("monday")
        # Worker 2 lives and is busy. A third one comes, and with it a new message.
        with worker("worker 3"):
            time.sleep(4)
            send("wednesday", 0)
            time.sleep(3)
    twice = begun("tuesday")
    journal.say("worker 3", f"tuesday begun {twice} times")
    return {
        "events": journal.events,
        "idle_timeout_seconds": 2,
        "waited_seconds": 12,
        "begun_while_idle": idle,
        "begun_after_a_new_message": taken_over,
        "living_job_begun": twice,
        "notes": notes.read_text().splitlines(),
    }


def main() -> None:
    """Record both, each on a Redis of its own."""
    with tempfile.TemporaryDirectory() as folder:
        parts: dict[str, Any] = {}
        for record in (killed_worker, bare_queue):
            place = Path(folder) / record.__name__
            place.mkdir()
            with redis() as url:
                parts[record.__name__] = record(url, place)
    server = subprocess.run(
        ["redis-server", "--version"], capture_output=True, text=True, check=True
    ).stdout
    recorded = {
        "recorded_on": datetime.now(UTC).date().isoformat(),
        "versions": {
            "python": platform.python_version(),
            "redis-server": server.split("v=")[1].split()[0],
            **{name: version(name) for name in ("taskiq", "taskiq-redis", "redis", "fastapi")},
        },
        **parts,
    }
    (HERE / "recorded.json").write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
