"""Run the final stage as it is deployed: processes, sockets, real servers."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import httpx2

from coursekit import processes
from coursekit.stages_proof import STEP_SECONDS, clean_environment, laid_out
from seethrough.rehearsal import free_port
from seethrough.stages import numbers

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

FINAL = numbers()[-1]
PASSWORD = "correct horse battery staple"
BIN = Path(sys.executable).parent
# None of these is a figure: they only end a test that hangs, however busy the machine is.
WAIT_SECONDS = 300.0


@dataclass
class Service:
    """A laid-out final stage and the settings that all its processes share."""

    project: Path
    environment: dict[str, str]

    def run(self, *command: str) -> str:
        """Run a command to its end and return what it printed."""
        done = processes.run(command, cwd=self.project, env=self.environment, timeout=STEP_SECONDS)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    @contextmanager
    def process(self, *command: str) -> Iterator[subprocess.Popen[str]]:
        """Keep a process running; at the end it and what it started get SIGKILL."""
        with processes.running(command, cwd=self.project, env=self.environment) as process:
            yield process

    @contextmanager
    def api(self) -> Iterator[tuple[httpx2.Client, int]]:
        """Run the HTTP service.

        Yields:
            A client for it, and its process id.
        """
        with (
            self.process(sys.executable, "-m", "todo") as process,
            httpx2.Client(base_url=self.address, timeout=WAIT_SECONDS) as client,
        ):
            wait_until(lambda: _ready(client, process), "the service is ready")
            yield client, process.pid

    @property
    def address(self) -> str:
        """Where the HTTP service listens."""
        return f"http://127.0.0.1:{self.environment['TODO_PORT']}"


@contextmanager
def service(**settings: str) -> Iterator[Service]:
    """Lay the final stage out, with a migrated database.

    Args:
        settings: such as `database_url`; SQLite if it is not given.
    """
    with laid_out(FINAL) as project:
        defaults = {
            "database_url": f"sqlite+aiosqlite:///{project / 'todo.db'}",
            "port": str(free_port()),
            "jwt_secret": "x" * 32,
        }
        chosen = {f"TODO_{name.upper()}": value for name, value in (defaults | settings).items()}
        environment = clean_environment() | chosen | {"PYTHONPATH": str(project / "src")}
        running = Service(project, environment)
        running.run(str(BIN / "alembic"), "upgrade", "head")
        yield running


def sign_up(client: httpx2.Client, username: str) -> None:
    """Register, log in, and let the client send its token from now on."""
    body = {"username": username, "password": PASSWORD}
    client.post("/auth/register", json=body).raise_for_status()
    form = {"grant_type": "password", **body}
    tokens = client.post("/auth/token", data=form).raise_for_status().json()
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"


def wait_until(holds: Callable[[], bool], what: str) -> float:
    """Look again and again; return the seconds that it took.

    Raises:
        TimeoutError: it never held.
    """
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > WAIT_SECONDS:
            raise TimeoutError(f"waited {WAIT_SECONDS:.0f} s until {what}")
        time.sleep(0.05)
    return time.monotonic() - started


def _ready(client: httpx2.Client, process: subprocess.Popen[str]) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the service ended with {process.returncode}")
    try:
        return client.get("/health/ready").is_success
    except httpx2.TransportError:
        return False


@dataclass
class Receiver:
    """A webhook's other side. It holds the first request back until it is told to go on."""

    keys: list[str] = field(default_factory=list)
    begun: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)
    address: str = ""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listen for webhooks on a free port."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.keys.append(self.headers["Idempotency-Key"])
            state.begun.set()
            state.go_on.wait(WAIT_SECONDS)
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
    state.address = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield state
    finally:
        state.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
