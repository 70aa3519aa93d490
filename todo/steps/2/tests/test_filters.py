"""Finding todos: search, pages, and filters that do not exist."""

import pytest
from fastapi.testclient import TestClient

from tests.test_todos import add, titles


@pytest.fixture(autouse=True)
def errands(client: TestClient) -> None:
    for title in ("Buy bread", "Buy Milk", "Call mum"):
        add(client, title)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("buy", ["Buy bread", "Buy Milk"]),
        ("MILK", ["Buy Milk"]),
        ("all m", ["Call mum"]),
        ("%", []),
        ("_", []),
    ],
)
def test_search_ignores_case_and_knows_no_wildcards(
    client: TestClient, q: str, found: list[str]
) -> None:
    assert titles(client, q=q) == found


def test_an_unknown_filter_is_refused(client: TestClient) -> None:
    # Ignored, a typo in `done` would return everything.
    assert client.get("/todos", params={"dnoe": True}).status_code == 422
