"""The service as it is deployed: a process, a socket, signals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
import uvicorn

from tests.accounts import PASSWORD, login_form
from todo import __main__ as command
from todo import healthcheck
from todo.settings import Settings

PROJECT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def service(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "todo"],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": "src"} | environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_ready(client: httpx2.Client) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if client.get("/health/ready").is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail("the service did not come up")


def wait_until_closed(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.02)
    pytest.fail("the service goes on listening")


def test_at_sigterm_the_request_in_flight_is_answered(settings: Settings) -> None:
    port = free_port()
    environment = {
        "TODO_DATABASE_URL": settings.database_url,
        "TODO_PORT": str(port),
        "TODO_LOG_JSON": "true",
        "TODO_SCHEDULE_HERE": "false",
    }
    form = urlencode(login_form("ada")).encode()
    head = (
        "POST /auth/token HTTP/1.1\r\nHost: testserver\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(form)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with (
        service(environment) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        wait_until_ready(client)
        body = {"username": "ada", "password": PASSWORD}
        assert client.post("/auth/register", json=body).status_code == 201
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as line,
            line.makefile("rb") as answers,
        ):
            line.sendall(head.encode())
            # The server says so when the route asks for the body: it is in flight now,
            # and we did not have to guess how long that takes.
            assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"
            assert answers.readline() == b"\r\n"
            process.send_signal(signal.SIGTERM)
            wait_until_closed(port)
            line.sendall(form)
            assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
        _, log = process.communicate(timeout=30)
    assert process.returncode in {0, -signal.SIGTERM}
    assert '"message": "POST /auth/token 200"' in log
    assert "Finished server process" in log


def test_the_health_check_of_the_container_tells_alive_from_dead(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("TODO_PORT", str(port))
    assert healthcheck.main() == 1
    environment = {
        "TODO_DATABASE_URL": settings.database_url,
        "TODO_SCHEDULE_HERE": "false",
    }
    with (
        service(environment),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        wait_until_ready(client)
        assert healthcheck.main() == 0


def test_the_command_follows_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    called: dict[str, object] = {}

    def run(app: str, **options: object) -> None:
        called.update(options, app=app)

    monkeypatch.setenv("TODO_PORT", "8123")
    monkeypatch.setenv("TODO_SHUTDOWN_SECONDS", "7")
    monkeypatch.setattr(uvicorn, "run", run)
    command.main()
    assert called["app"] == "todo.main:app"
    assert (called["host"], called["port"]) == ("127.0.0.1", 8123)
    assert called["timeout_graceful_shutdown"] == 7
