"""Alive, ready, and measured."""

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, text

from tests.conftest import run_in
from todo.db import Database
from todo.health import Readiness
from todo.main import create_app
from todo.settings import Settings


def test_alive_and_ready(anonymous: TestClient) -> None:
    assert anonymous.get("/health/live").json() == {"status": "ok"}
    assert anonymous.get("/health/ready").json() == {"status": "ok"}


def test_without_its_database_it_is_alive_and_not_ready(
    app: FastAPI, anonymous: TestClient
) -> None:
    nowhere = Database("postgresql://todo:hunter2@127.0.0.1:1/todo")
    app.state.readiness = Readiness(nowhere, None)
    assert anonymous.get("/health/live").status_code == 200
    answer = anonymous.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("The database does not answer")
    # Anybody can ask: the answer tells nothing about where the database is.
    assert "hunter2" not in answer.text
    assert "127.0.0.1" not in answer.text


def test_with_the_database_of_another_version_it_is_not_ready(
    anonymous: TestClient, settings: Settings
) -> None:
    def set_version(connection: Connection, version: str) -> None:
        statement = text("UPDATE alembic_version SET version_num = :version")
        connection.execute(statement, {"version": version})

    def put_at(version: str) -> None:
        run_in(settings.database_url, lambda c: set_version(c, version))

    put_at("0003")
    try:
        answer = anonymous.get("/health/ready")
    finally:
        put_at("0004")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The database is at 0003, not 0004."


class SilentRedis:
    async def ping(self) -> None:
        raise ConnectionError("redis://:hunter2@queue refused")


def test_without_its_queue_it_is_not_ready(
    app: FastAPI, anonymous: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness: Readiness = app.state.readiness
    monkeypatch.setattr(readiness, "_redis", SilentRedis())
    answer = anonymous.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The queue does not answer (ConnectionError)."


def numbers(text: str) -> dict[str, float]:
    """Read the format of Prometheus: a name with labels, a blank, a number."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {
        name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)
    }


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings.model_copy(update={"metrics": True}))


def test_requests_are_counted_by_route(client: TestClient) -> None:
    addresses = [
        client.post("/todos", json={"title": "x"}).headers["Location"] for _ in range(2)
    ]
    for address in addresses:
        client.get(address)
    client.get("/todos/999999")
    client.get("/nowhere")
    client.request("BREW", "/todos")
    found = numbers(client.get("/metrics").text)
    read = 'method="GET",route="/todos/{todo_id}"'
    assert found[f'todo_http_requests_total{{{read},status="200"}}'] == 2
    assert found[f'todo_http_requests_total{{{read},status="404"}}'] == 1
    assert found[f"todo_http_request_seconds_count{{{read}}}"] == 3
    labels = 'method="GET",route="unmatched",status="404"'
    assert found[f"todo_http_requests_total{{{labels}}}"] == 1
    # No label holds what a client made up.
    assert not any("nowhere" in name or "BREW" in name for name in found)
    assert any('method="OTHER"' in name for name in found)


async def test_jobs_that_wait_are_counted(
    app: FastAPI, async_client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        return

    found = numbers((await async_client.get("/metrics")).text)
    assert found["todo_outbox_open"] == found["todo_outbox_oldest_seconds"] == 0
    monkeypatch.setattr(app.state.queue, "dispatch", away)
    created = await async_client.post("/todos", json={"title": "Pay rent"})
    await async_client.patch(created.headers["Location"], json={"done": True})
    found = numbers((await async_client.get("/metrics")).text)
    assert found["todo_outbox_open"] == 1
    assert found["todo_outbox_oldest_seconds"] > 0


def test_metrics_are_off_unless_switched_on(settings: Settings) -> None:
    quiet = settings.model_copy(update={"metrics": False})
    with TestClient(create_app(quiet)) as client:
        assert client.get("/metrics").status_code == 404
