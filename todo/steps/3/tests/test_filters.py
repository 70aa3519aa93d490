"""Finding todos: search, filters, and filters that do not exist."""

import pytest
from fastapi.testclient import TestClient
from httpx2 import QueryParams

ERRANDS: list[dict[str, object]] = [
    {"title": "Buy bread", "tags": ["shop", "food"], "due_at": "2026-12-01T09:00:00Z"},
    {"title": "Buy Milk", "tags": ["food"], "due_at": "2026-12-02T09:00:00Z"},
    {"title": "Call mum", "priority": 3},
]


@pytest.fixture(autouse=True)
def errands(client: TestClient) -> None:
    for errand in ERRANDS:
        assert client.post("/todos", json=errand).status_code == 201


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=buy", ["Buy bread", "Buy Milk"]),
        ("q=MILK", ["Buy Milk"]),
        ("q=all m", ["Call mum"]),
        ("q=%25", []),
        ("q=_", []),
        ("tag=food", ["Buy bread", "Buy Milk"]),
        ("tag=food&tag=shop", ["Buy bread"]),
        ("tag=none", []),
        ("priority=3", ["Call mum"]),
        ("due_before=2026-12-02T09:00:00Z", ["Buy bread"]),
        ("due_before=2026-12-02T19:00:00%2B09:00", ["Buy bread", "Buy Milk"]),
        ("order=newest", ["Call mum", "Buy Milk", "Buy bread"]),
        ("order=urgent", ["Call mum", "Buy Milk", "Buy bread"]),
        ("q=buy&tag=shop&done=false", ["Buy bread"]),
    ],
)
def test_filters_select_and_orders_sort(
    client: TestClient, query: str, found: list[str]
) -> None:
    page = client.get("/todos", params=QueryParams(query)).json()
    assert [todo["title"] for todo in page["items"]] == found


@pytest.mark.parametrize(
    "query",
    [
        "dnoe=true",  # ignored, a typo would return everything
        "offset=2",
        "q=%00",
        "priority=9",
        "due_before=2026-12-02",
        "order=random",
        "tag=a&tag=b&tag=c&tag=d&tag=e&tag=f",
    ],
)
def test_a_filter_that_does_not_fit_is_refused(client: TestClient, query: str) -> None:
    assert client.get("/todos", params=QueryParams(query)).status_code == 422


def test_tags_are_counted(client: TestClient) -> None:
    assert client.get("/tags").json() == {
        "items": [{"name": "food", "todos": 2}, {"name": "shop", "todos": 1}]
    }
