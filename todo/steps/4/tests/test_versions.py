"""Two clients, one todo: nobody overwrites what they have not read."""

from collections.abc import Awaitable, Callable

import anyio
import httpx2
import pytest
from fastapi.testclient import TestClient

from todo.clock import utc_now
from todo.db import Database
from todo.errors import ConflictError
from todo.pagination import Order
from todo.repositories import TodoRepository
from todo.schemas import TodoCreate, TodoFilter, TodoUpdate
from todo.unit_of_work import UnitOfWork


def test_each_change_counts_the_version_up(client: TestClient) -> None:
    created = client.post("/todos", json={"title": "Pay rent"})
    address = created.headers["Location"]
    assert created.headers["ETag"] == '"1"'
    # Tags are another table, and still a change of the todo.
    for number, change in enumerate([{"done": True}, {"tags": ["home"]}], start=2):
        changed = client.patch(address, json=change)
        assert changed.headers["ETag"] == f'"{number}"'
        assert changed.json()["version"] == number
    assert client.get(address).headers["ETag"] == '"3"'


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_old_version_is_refused(client: TestClient, method: str) -> None:
    created = client.post("/todos", json={"title": "Pay rent"})
    address = created.headers["Location"]
    client.patch(address, json={"title": "Pay the rent"})
    body = {"title": "Rent"} if method == "PATCH" else None
    headers = {"If-Match": created.headers["ETag"]}
    late = client.request(method, address, json=body, headers=headers)
    assert late.status_code == 412
    assert client.get(address).json()["title"] == "Pay the rent"
    fresh = client.request(method, address, json=body, headers={"If-Match": '"2"'})
    assert fresh.is_success


@pytest.mark.parametrize("tag", ["1", '"one"', '"1", "2"', '"99999999999"'])
def test_an_etag_has_a_form(client: TestClient, tag: str) -> None:
    address = client.post("/todos", json={"title": "Pay rent"}).headers["Location"]
    answer = client.patch(address, json={"done": True}, headers={"If-Match": tag})
    assert answer.status_code == 422


async def rename(todos: TodoRepository, todo_id: int) -> None:
    await todos.update(todo_id, TodoUpdate(title="Rent"), None, utc_now())


async def remove(todos: TodoRepository, todo_id: int) -> None:
    await todos.remove(todo_id, None)


@pytest.mark.parametrize("write", [rename, remove])
async def test_the_second_of_two_transactions_is_refused(
    database: Database,
    owner_id: int,
    write: Callable[[TodoRepository, int], Awaitable[None]],
) -> None:
    async with database.sessions() as session:
        uow = UnitOfWork(session)
        new = TodoCreate(title="Pay rent")
        todo_id = (await uow.todos_of(owner_id).add(new, utc_now())).id
        await uow.commit()
    async with database.sessions() as one, database.sessions() as other:
        first = UnitOfWork(one).todos_of(owner_id)
        second = UnitOfWork(other).todos_of(owner_id)
        # Both have read version 1 before either writes. The name keeps the object: the
        # session holds its objects weakly, and would read a forgotten one again.
        read = await second.get(todo_id)
        await first.update(todo_id, TodoUpdate(done=True), None, utc_now())
        await one.commit()
        assert read.version == 1
        with pytest.raises(ConflictError):
            await write(second, todo_id)
    async with database.sessions() as session:
        todos = UnitOfWork(session).todos_of(owner_id)
        page = await todos.find(TodoFilter(order=Order.OLDEST), 10)
    assert [(todo.title, todo.done) for todo in page.items] == [("Pay rent", True)]


async def test_sixteen_writers_lose_no_update(async_client: httpx2.AsyncClient) -> None:
    created = await async_client.post("/todos", json={"title": "Guests", "notes": ""})
    address = created.headers["Location"]

    async def sign_up(name: str) -> None:
        while True:
            read = await async_client.get(address)
            change = {"notes": f"{read.json()['notes']}{name} "}
            headers = {"If-Match": read.headers["ETag"]}
            answer = await async_client.patch(address, json=change, headers=headers)
            if answer.is_success:
                return
            assert answer.status_code in {409, 412}, answer.text

    names = [f"guest-{number}" for number in range(16)]
    async with anyio.create_task_group() as group:
        for name in names:
            group.start_soon(sign_up, name)
    todo = (await async_client.get(address)).json()
    assert sorted(todo["notes"].split()) == sorted(names)
    assert todo["version"] == 17
