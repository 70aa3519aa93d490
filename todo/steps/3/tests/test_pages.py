"""Reading a long list page by page."""

from base64 import urlsafe_b64encode

import pytest
from fastapi.testclient import TestClient

PRIORITIES = [2, 1, 3, 3, 2, 1, 2]


@pytest.fixture(autouse=True)
def todos(client: TestClient) -> None:
    for number, priority in enumerate(PRIORITIES):
        client.post("/todos", json={"title": f"{number}", "priority": priority})


def walk(client: TestClient, order: str, *, add_meanwhile: bool = False) -> list[str]:
    seen: list[str] = []
    params = {"order": order, "limit": "3"}
    while True:
        page = client.get("/todos", params=params).json()
        assert len(page["items"]) <= 3
        seen.extend(todo["title"] for todo in page["items"])
        if page["next_cursor"] is None:
            return seen
        params["cursor"] = page["next_cursor"]
        if add_meanwhile:
            client.post("/todos", json={"title": "new", "priority": 3})


@pytest.mark.parametrize(
    ("order", "expected"),
    [("oldest", "0123456"), ("newest", "6543210"), ("urgent", "3264051")],
)
def test_pages_cover_the_list_in_its_order(
    client: TestClient, order: str, expected: str
) -> None:
    assert "".join(walk(client, order)) == expected


@pytest.mark.parametrize("order", ["newest", "urgent"])
def test_a_row_added_meanwhile_shifts_nothing(client: TestClient, order: str) -> None:
    # With OFFSET, each new first row would push the last one of a page into the next.
    seen = walk(client, order, add_meanwhile=True)
    assert sorted(seen) == list("0123456")


def test_the_last_page_may_be_full(client: TestClient) -> None:
    page = client.get("/todos", params={"limit": len(PRIORITIES)}).json()
    assert len(page["items"]) == len(PRIORITIES)
    assert page["next_cursor"] is None


def forged(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "%",
        forged("[]"),
        forged('{"order": "oldest", "priority": 2, "id": 99999999999999999999}'),
        forged('{"order": "oldest", "priority": 2, "id": "1; DROP TABLE todos"}'),
        forged('{"order": "newest", "priority": 2, "id": 3}'),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(client: TestClient, cursor: str) -> None:
    answer = client.get("/todos", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == ["cursor"]
