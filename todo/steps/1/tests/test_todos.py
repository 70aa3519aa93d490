"""What the service promises to its clients, whatever it is built from."""

import pytest
from fastapi.testclient import TestClient


def add(client: TestClient, title: str = "Water the plants") -> int:
    response = client.post("/todos", json={"title": title})
    assert response.status_code == 201, response.text
    todo_id: int = response.json()["id"]
    return todo_id


def titles(client: TestClient, **filters: str | int | bool) -> list[str]:
    response = client.get("/todos", params=filters)
    assert response.status_code == 200, response.text
    return [todo["title"] for todo in response.json()["items"]]


def test_a_new_todo_is_not_done(client: TestClient) -> None:
    response = client.post("/todos", json={"title": "Water the plants"})
    assert response.status_code == 201
    todo = response.json()
    assert (todo["title"], todo["notes"], todo["done"]) == (
        "Water the plants",
        None,
        False,
    )


def test_location_leads_to_the_new_todo(client: TestClient) -> None:
    created = client.post("/todos", json={"title": "Call the bank", "notes": "IBAN"})
    read = client.get(created.headers["Location"])
    assert read.status_code == 200
    assert read.json() == created.json()


def test_a_title_is_stripped(client: TestClient) -> None:
    todo_id = add(client, title="  Call the bank ")
    assert client.get(f"/todos/{todo_id}").json()["title"] == "Call the bank"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 201},
        {"title": None},
        {"title": 7},
        {"title": "x", "notes": 7},
        [],
    ],
)
def test_a_malformed_todo_is_refused(client: TestClient, body: object) -> None:
    assert client.post("/todos", json=body).status_code == 422
    assert titles(client) == []


def test_todos_are_listed_in_the_order_in_which_they_came(client: TestClient) -> None:
    for title in ("one", "two", "three"):
        add(client, title)
    assert titles(client) == ["one", "two", "three"]


def test_a_list_can_be_limited(client: TestClient) -> None:
    for title in ("one", "two", "three"):
        add(client, title)
    assert titles(client, limit=2) == ["one", "two"]


@pytest.mark.parametrize("limit", [0, 101, "many"])
def test_a_limit_has_bounds(client: TestClient, limit: int | str) -> None:
    assert client.get("/todos", params={"limit": limit}).status_code == 422


def test_done_and_open_todos_can_be_told_apart(client: TestClient) -> None:
    add(client, "open")
    client.patch(f"/todos/{add(client, 'done')}", json={"done": True})
    assert titles(client, done=True) == ["done"]
    assert titles(client, done=False) == ["open"]
    assert titles(client) == ["open", "done"]


def test_a_todo_can_be_done_and_undone(client: TestClient) -> None:
    todo_id = add(client)
    for done in (True, False):
        response = client.patch(f"/todos/{todo_id}", json={"done": done})
        assert response.status_code == 200
        assert response.json()["done"] is done
        assert client.get(f"/todos/{todo_id}").json()["done"] is done


def test_a_removed_todo_is_gone(client: TestClient) -> None:
    todo_id = add(client)
    response = client.delete(f"/todos/{todo_id}")
    assert response.status_code == 204
    assert response.content == b""
    assert client.get(f"/todos/{todo_id}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_todo_is_404(client: TestClient, method: str) -> None:
    body = {"done": True} if method == "PATCH" else None
    response = client.request(method, "/todos/999", json=body)
    assert response.status_code == 404
    assert response.json()["detail"] == "There is no todo 999."


@pytest.mark.parametrize("todo_id", ["0", "-1", "one", "1.5"])
def test_an_id_is_a_positive_integer(client: TestClient, todo_id: str) -> None:
    assert client.get(f"/todos/{todo_id}").status_code == 422


def test_the_front_page_names_the_documentation(client: TestClient) -> None:
    documentation = client.get("/").json()["documentation"]
    assert client.get(documentation).status_code == 200
