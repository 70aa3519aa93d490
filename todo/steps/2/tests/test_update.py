"""PATCH: left out, null and a value are three different things."""

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize(
    ("change", "title", "notes", "done"),
    [
        ({}, "Pay rent", "by the 3rd", False),
        ({"title": "Pay the rent"}, "Pay the rent", "by the 3rd", False),
        ({"notes": None}, "Pay rent", None, False),
        ({"notes": ""}, "Pay rent", "", False),
        ({"done": True}, "Pay rent", "by the 3rd", True),
        ({"title": "Rent", "notes": None, "done": True}, "Rent", None, True),
    ],
)
def test_only_what_was_sent_changes(
    client: TestClient,
    change: dict[str, object],
    title: str,
    notes: str | None,
    done: bool,
) -> None:
    body = {"title": "Pay rent", "notes": "by the 3rd"}
    address = client.post("/todos", json=body).headers["Location"]
    answer = client.patch(address, json=change)
    assert answer.status_code == 200
    todo = answer.json()
    assert (todo["title"], todo["notes"], todo["done"]) == (title, notes, done)
    assert client.get(address).json() == todo


@pytest.mark.parametrize(
    "change",
    [{"title": None}, {"title": " "}, {"done": None}, {"id": 7}, {"created_at": None}],
)
def test_what_may_not_be_set_is_refused(
    client: TestClient, change: dict[str, object]
) -> None:
    created = client.post("/todos", json={"title": "Pay rent"})
    address = created.headers["Location"]
    assert client.patch(address, json=change).status_code == 422
    assert client.get(address).json() == created.json()
