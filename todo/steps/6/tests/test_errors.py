"""Errors have one shape, say what is wrong, and repeat nothing."""

import pytest
from fastapi.testclient import TestClient

from todo.main import create_app
from todo.settings import Settings


def test_a_missing_todo_is_a_problem_document(client: TestClient) -> None:
    answer = client.get("/todos/999")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no todo 999.",
        "errors": [],
    }


def test_an_invalid_body_says_where(client: TestClient) -> None:
    answer = client.post("/todos", json={"title": "", "colour": "red"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problems = {tuple(p["where"]): p["type"] for p in answer.json()["errors"]}
    assert problems == {
        ("body", "title"): "string_too_short",
        ("body", "colour"): "extra_forbidden",
    }


def test_an_invalid_value_is_not_repeated(client: TestClient) -> None:
    answer = client.post("/todos", json={"title": ["hunter2"]})
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    "body", [b'{"title": "\\ud800"}', b'{"title": "x", "\\ud800": 1}', b'{"title": "']
)
def test_text_that_is_no_text_is_refused(client: TestClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = client.post("/todos", content=body, headers=headers)
    assert answer.status_code == 422


def test_json_has_to_be_called_json(client: TestClient) -> None:
    answer = client.post("/todos", content=b'{"title": "x"}')
    assert answer.status_code == 422


def test_an_unknown_address_and_a_wrong_method(client: TestClient) -> None:
    assert client.get("/todo").json()["status"] == 404
    assert client.get("/todos/").json()["status"] == 404
    wrong = client.put("/todos", json={})
    assert wrong.json()["status"] == 405
    assert wrong.headers["allow"]


def test_a_crash_tells_the_client_nothing(settings: Settings) -> None:
    app = create_app(settings)

    @app.get("/crash")
    async def crash() -> None:
        raise RuntimeError("the password is hunter2")

    # Otherwise TestClient raises what the server would log.
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/crash")
    assert answer.status_code == 500
    assert answer.json()["title"] == "Internal Server Error"
    assert "hunter2" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.json()["detail"]
