"""Other people's todos, and fields that nobody may set."""

import logging

import pytest
from fastapi.testclient import TestClient

from tests.accounts import PASSWORD, log_in, login_form, register, sign_up


@pytest.fixture
def bob(client: TestClient) -> dict[str, str]:
    return sign_up(client, "bob")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_todo_of_somebody_else_is_not_there(
    client: TestClient, bob: dict[str, str], method: str
) -> None:
    todo = client.post("/todos", json={"title": "Ada's", "tags": ["secret"]}).json()
    body = {"done": True} if method == "PATCH" else None
    foreign = client.request(method, f"/todos/{todo['id']}", json=body, headers=bob)
    missing = client.request(method, f"/todos/{10**6}", json=body, headers=bob)
    # 404, not 403: that it exists is none of his business.
    assert foreign.status_code == missing.status_code == 404
    assert client.get(f"/todos/{todo['id']}").json() == todo


def test_lists_hold_ones_own(client: TestClient, bob: dict[str, str]) -> None:
    client.post("/todos", json={"title": "Ada's", "tags": ["secret"], "priority": 3})
    client.post("/todos", json={"title": "Bob's", "tags": ["open"]}, headers=bob)
    for query in ("", "q=s", "order=urgent", "tag=open"):
        page = client.get(f"/todos?{query}", headers=bob).json()
        assert [todo["title"] for todo in page["items"]] == ["Bob's"]
    assert client.get("/todos", params={"tag": "secret"}, headers=bob).json() == {
        "items": [],
        "next_cursor": None,
    }
    tags = client.get("/tags", headers=bob).json()["items"]
    assert tags == [{"name": "open", "todos": 1}]


def test_a_cursor_of_somebody_else_opens_nothing(
    client: TestClient, bob: dict[str, str]
) -> None:
    for number in range(3):
        client.post("/todos", json={"title": f"Ada's {number}"})
    cursor = client.get("/todos", params={"limit": 1}).json()["next_cursor"]
    page = client.get("/todos", params={"cursor": cursor}, headers=bob).json()
    assert page["items"] == []


@pytest.mark.parametrize(
    "field", ["id", "owner_id", "created_at", "updated_at", "version", "done"]
)
def test_nobody_sets_what_is_not_theirs_in_a_todo(
    client: TestClient, field: str
) -> None:
    answer = client.post("/todos", json={"title": "x", field: 1})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == ["body", field]


@pytest.mark.parametrize("field", ["id", "is_active", "scopes", "password_hash"])
def test_nobody_sets_what_is_not_theirs_in_a_user(
    anonymous: TestClient, field: str
) -> None:
    body = {"username": "eve", "password": PASSWORD, field: 1}
    assert anonymous.post("/auth/register", json=body).status_code == 422


def test_a_refused_password_comes_not_back(
    anonymous: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    short = anonymous.post(
        "/auth/register", json={"username": "ada", "password": "hunter2"}
    )
    extra = anonymous.post(
        "/auth/register",
        json={"username": "!", "password": "hunter2 hunter2", "x": "hunter2"},
    )
    long = anonymous.post("/auth/token", data=login_form("ada", "hunter2" * 20))
    for answer in (short, extra, long):
        assert answer.status_code == 422
        assert "hunter2" not in answer.text
    assert "hunter2" not in caplog.text


def test_no_answer_holds_a_hash(client: TestClient) -> None:
    register(client, "bob")
    answers = [
        client.get("/users/me"),
        client.get("/todos"),
        client.post("/auth/token", data=login_form("bob")),
        client.post("/auth/register", json={"username": "eve", "password": PASSWORD}),
    ]
    for answer in answers:
        assert answer.is_success
        assert "argon2" not in answer.text
        assert PASSWORD not in answer.text


def test_tokens_and_users_are_not_stored_on_the_way(client: TestClient) -> None:
    tokens = client.post("/auth/token", data=login_form("ada"))
    body = {"refresh_token": tokens.json()["refresh_token"]}
    for answer in (
        tokens,
        client.post("/auth/refresh", json=body),
        client.get("/users/me"),
    ):
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_a_body_without_end_is_cut_off(client: TestClient, declared: bool) -> None:
    body = b'{"title": "' + b"x" * 70_000 + b'"}'
    content = body if declared else iter([body[:1000], body[1000:]])
    headers = {"Content-Type": "application/json"}
    answer = client.post("/todos", content=content, headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("tokens", ["present", "absent"])
def test_a_foreign_page_may_not_read(anonymous: TestClient, tokens: str) -> None:
    register(anonymous, "ada")
    if tokens == "present":
        access = log_in(anonymous, "ada")["access_token"]
        anonymous.headers["Authorization"] = f"Bearer {access}"
    headers = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "Authorization",
    }
    preflight = anonymous.options("/todos", headers=headers)
    assert preflight.status_code == 400
    answer = anonymous.get("/todos", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
