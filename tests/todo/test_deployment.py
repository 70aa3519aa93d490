"""Does the final stage hold as it is deployed: its Dockerfile, the image, a container, SIGTERM?

What a machine lacks for it is said in words. The chapter shows what was recorded with
`chapters/practice/testing-and-deployment/record_image.py`.
"""

from __future__ import annotations

import shutil
import signal
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx2
import pytest
from containers import CannotBuildError, Container, container
from running import BIN, FINAL, PASSWORD, WAIT_SECONDS, wait_until

from coursekit import processes
from coursekit.services import listens
from coursekit.stages_proof import laid_out
from seethrough.rehearsal import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coursekit.services import Servers

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def built() -> Iterator[Container]:
    """The image of the final stage, built from its own Dockerfile."""
    started = time.monotonic()
    try:
        with container() as made:
            print(f"built in {time.monotonic() - started:.1f} s")
            yield made
    except CannotBuildError as error:
        pytest.skip(f"the image was not built: {error}")


def test_the_dockerfile_has_nothing_to_be_said_about() -> None:
    here = BIN / "hadolint"
    linter = str(here) if here.exists() else shutil.which("hadolint")
    if linter is None:
        pytest.skip("the Dockerfile was not linted: hadolint comes with the lock, and is not there")
    with laid_out(FINAL) as project:
        done = processes.run((linter, "Dockerfile"), timeout=WAIT_SECONDS, cwd=project)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_holds_what_it_needs_and_no_more(built: Container) -> None:
    assert built.config["User"] == "10001"
    assert not any(word.startswith("TODO_JWT_SECRET") for word in built.config["Env"])
    assert built.run("id", "-u").stdout.strip() == "10001"
    assert built.run("sh", "-c", "command -v uv").returncode != 0
    assert built.run("python", "-c", "import pytest").returncode != 0
    # Nobody in there can change the code that runs.
    assert built.run("sh", "-c", "touch $(command -v alembic)").returncode != 0


def test_a_container_migrates_serves_and_loses_nothing_at_sigterm(
    built: Container, servers: Servers, queue_url: str
) -> None:
    folder = servers.postgres.folder
    folder.chmod(0o711)  # the user of the image has to reach the socket in it
    port = free_port()
    environment = {
        "TODO_DATABASE_URL": servers.environment("deployed_test")["TODO_DATABASE_URL"],
        "TODO_QUEUE_URL": queue_url,
        "TODO_JWT_SECRET": "x" * 32,
        "TODO_PORT": str(port),
        "TODO_HOST": "127.0.0.1",
    }

    def run(*command: str) -> int:
        return built.run(*command, environment=environment, mounted=folder).returncode

    assert run("python", "-m", "todo.healthcheck") != 0
    assert run("alembic", "upgrade", "head") == 0
    address = f"http://127.0.0.1:{port}"
    with (
        built.running(environment, folder) as (outside, inside),
        httpx2.Client(base_url=address, timeout=WAIT_SECONDS) as client,
    ):
        wait_until(lambda: _ready(client), "the container is ready")
        assert inside.uids().real == 10_001
        assert run("python", "-m", "todo.healthcheck") == 0
        person = {"username": "ada", "password": PASSWORD}
        assert client.post("/auth/register", json=person).status_code == 201
        with _request_in_hand(port) as line:
            inside.send_signal(signal.SIGTERM)
            wait_until(lambda: not listens(port), "it takes no new requests")
            line.sendall(_form())
            with line.makefile("rb") as answer:
                assert answer.readline() == b"HTTP/1.1 200 OK\r\n"
        log, _ = outside.communicate(timeout=WAIT_SECONDS)
    assert '"message": "POST /auth/token 200"' in log
    assert "Finished server process" in log
    assert run("python", "-m", "todo.healthcheck") != 0


def _form() -> bytes:
    form = {"grant_type": "password", "username": "ada", "password": PASSWORD}
    return urlencode(form).encode()


def _request_in_hand(port: int) -> socket.socket:
    """Send the head of a login; return when the application has asked for its body."""
    line = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
    head = (
        "POST /auth/token HTTP/1.1\r\nHost: testserver\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(_form())}\r\nExpect: 100-continue\r\n\r\n"
    )
    line.sendall(head.encode())
    said = b""
    while not said.endswith(b"\r\n\r\n"):
        said += line.recv(1)
    assert said == b"HTTP/1.1 100 Continue\r\n\r\n"
    return line


def _ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/health/ready").is_success
    except httpx2.TransportError:
        return False
