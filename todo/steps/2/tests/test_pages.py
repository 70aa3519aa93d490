"""Reading a long list page by page."""

from fastapi.testclient import TestClient

from tests.test_todos import add


def test_pages_do_not_overlap_and_know_the_total(client: TestClient) -> None:
    for number in range(5):
        add(client, f"todo {number}")
    seen: list[str] = []
    for offset in (0, 2, 4):
        page = client.get("/todos", params={"limit": 2, "offset": offset}).json()
        assert page["total"] == 5
        seen.extend(todo["title"] for todo in page["items"])
    assert seen == [f"todo {number}" for number in range(5)]
