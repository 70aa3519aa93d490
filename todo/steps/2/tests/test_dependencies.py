"""A dependency can be replaced: here, the clock."""

from datetime import UTC, datetime

from fastapi import FastAPI
from fastapi.testclient import TestClient

from todo.dependencies import get_clock


def test_a_todo_is_dated_by_the_clock(app: FastAPI, client: TestClient) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    app.dependency_overrides[get_clock] = lambda: lambda: noon
    todo = client.post("/todos", json={"title": "Eat"}).json()
    assert datetime.fromisoformat(todo["created_at"]) == noon


def test_without_an_override_the_clock_is_aware(client: TestClient) -> None:
    before = datetime.now(UTC)
    todo = client.post("/todos", json={"title": "Eat"}).json()
    assert before <= datetime.fromisoformat(todo["created_at"]) <= datetime.now(UTC)
