"""PATCH: left out, null and a value are three different things."""

import pytest
from fastapi.testclient import TestClient

CREATED = {
    "title": "Pay rent",
    "notes": "by the 3rd",
    "priority": 3,
    "due_at": "2026-12-03T09:00:00Z",
    "tags": ["home", "money"],
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"title": "Pay the rent"},
        {"notes": None},
        {"notes": ""},
        {"done": True},
        {"priority": 1},
        {"due_at": None},
        {"due_at": "2027-01-03T09:00:00Z"},
        {"tags": []},
        {"tags": ["home", "landlord"]},
        {"title": "Rent", "notes": None, "done": True, "tags": ["money"]},
    ],
)
def test_only_what_was_sent_changes(
    client: TestClient, change: dict[str, object]
) -> None:
    address = client.post("/todos", json=CREATED).headers["Location"]
    answer = client.patch(address, json=change)
    assert answer.status_code == 200
    expected = CREATED | {"done": False} | change
    assert {name: answer.json()[name] for name in expected} == expected
    assert client.get(address).json() == answer.json()


@pytest.mark.parametrize(
    "change",
    [
        {"title": None},
        {"title": " "},
        {"done": None},
        {"priority": None},
        {"priority": 4},
        {"tags": None},
        {"tags": ["Not A Tag"]},
        {"tags": [f"tag-{number}" for number in range(11)]},
        {"due_at": "2026-12-03T09:00:00"},
        {"due_at": "0001-01-01T00:00:00+14:00"},
        {"notes": "a\x00b"},
        {"id": 7},
        {"version": 7},
    ],
)
def test_what_may_not_be_set_is_refused(
    client: TestClient, change: dict[str, object]
) -> None:
    created = client.post("/todos", json=CREATED)
    address = created.headers["Location"]
    assert client.patch(address, json=change).status_code == 422
    assert client.get(address).json() == created.json()


def test_a_moment_is_answered_in_utc(client: TestClient) -> None:
    body = {"title": "Call Tokyo", "due_at": "2026-12-03T18:00:00+09:00"}
    address = client.post("/todos", json=body).headers["Location"]
    assert client.get(address).json()["due_at"] == "2026-12-03T09:00:00Z"


def test_the_same_tag_twice_is_one_tag(client: TestClient) -> None:
    body = {"title": "Pay rent", "tags": ["home", "home"]}
    assert client.post("/todos", json=body).json()["tags"] == ["home"]
