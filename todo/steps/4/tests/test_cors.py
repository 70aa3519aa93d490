"""Which web pages may talk to us."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from todo.main import create_app
from todo.settings import Settings

OURS = "https://app.todo.example"


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings.model_copy(update={"cors_origins": [OURS]}))


def test_our_own_page_may(client: TestClient) -> None:
    headers = {
        "Origin": OURS,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "Authorization, If-Match",
    }
    preflight = client.options("/todos/1", headers=headers)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == OURS
    answer = client.get("/todos", headers={"Origin": OURS})
    assert answer.headers["Access-Control-Allow-Origin"] == OURS
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{OURS}.evil.example", "null"]
)
def test_others_may_not(client: TestClient, origin: str) -> None:
    answer = client.get("/todos", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
