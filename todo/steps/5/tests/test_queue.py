"""From the request to the effect, over the broker: in memory, or Redis."""

import importlib
import sys
from datetime import UTC, datetime, timedelta

import anyio
import httpx2
import pytest
from redis.asyncio import Redis
from taskiq_redis import RedisStreamBroker

from tests.events import complete_a_todo, outbox, texts
from todo.db import Database
from todo.queue import Queue
from todo.rate_limit import RedisRateLimiter
from todo.settings import Settings
from todo.webhooks import Webhooks


async def until_notified(client: httpx2.AsyncClient, count: int) -> list[str]:
    with anyio.fail_after(20):
        while True:
            items = (await client.get("/notifications")).json()["items"]
            if len(items) >= count:
                return [item["text"] for item in items]
            await anyio.sleep(0.02)


async def test_a_completed_todo_leads_to_a_notification(
    async_client: httpx2.AsyncClient, queue: Queue
) -> None:
    created = await async_client.post("/todos", json={"title": "Pay rent"})
    # No schedule runs here: the nudge after the response is enough.
    await async_client.patch(created.headers["Location"], json={"done": True})
    assert await until_notified(async_client, 1) == ["Done: Pay rent"]


async def test_a_job_that_was_sent_twice_has_one_effect(
    async_client: httpx2.AsyncClient, queue: Queue, database: Database, owner_id: int
) -> None:
    now = datetime.now(UTC)
    first = await complete_a_todo(database, owner_id, now, "Pay rent")
    second = await complete_a_todo(database, owner_id, now, "Call mum")
    for event in (first, first, second, first, second):
        await queue.broker.find_task("run_job").kiq(event)  # type: ignore[union-attr]
    with anyio.fail_after(20):
        while not all(message.done_at for message in await outbox(database)):
            await anyio.sleep(0.02)
    assert sorted(await texts(database)) == ["Done: Call mum", "Done: Pay rent"]


async def test_what_is_due_soon_is_reminded_of(
    async_client: httpx2.AsyncClient, queue: Queue
) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=30)
    late = datetime.now(UTC) + timedelta(days=3)
    for title, due in (("Dentist", soon), ("Holidays", late)):
        body = {"title": title, "due_at": due.isoformat()}
        await async_client.post("/todos", json=body)
    for _ in range(3):
        await queue.remind()
    assert await until_notified(async_client, 1) == ["Due soon: Dentist"]


async def test_a_nudge_that_fails_is_no_error_for_the_client(
    async_client: httpx2.AsyncClient,
    queue: Queue,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object) -> None:
        raise ConnectionError("no Redis")

    monkeypatch.setattr(queue, "dispatch", fail)
    created = await async_client.post("/todos", json={"title": "Pay rent"})
    answer = await async_client.patch(created.headers["Location"], json={"done": True})
    assert answer.status_code == 200
    # The event waits for the schedule.
    assert [message.done_at for message in await outbox(database)] == [None]


async def test_the_schedule_names_what_there_is(
    settings: Settings, database: Database
) -> None:
    queue = Queue(settings, database, Webhooks(settings))
    [source] = queue.scheduler.sources
    await source.startup()
    schedules = {s.task_name: s for s in await source.get_schedules()}
    assert schedules["dispatch"].interval == settings.dispatch_seconds
    assert schedules["remind"].cron == "* * * * *"
    assert set(schedules) < set(queue.broker.get_all_tasks())


async def test_without_a_queue_the_service_runs_the_schedule_itself(
    settings: Settings, database: Database, owner_id: int
) -> None:
    alone = settings.model_copy(
        update={"queue_url": None, "schedule_here": True, "dispatch_seconds": 1}
    )
    await complete_a_todo(database, owner_id, datetime.now(UTC))
    webhooks = Webhooks(alone)
    queue = Queue(alone, database, webhooks)
    async with queue.as_client():
        with anyio.fail_after(20):
            while await texts(database) != ["Done: Pay rent"]:
                await anyio.sleep(0.05)
    await webhooks.aclose()


def test_a_worker_needs_a_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TODO_QUEUE_URL", raising=False)
    monkeypatch.delitem(sys.modules, "todo.worker", raising=False)
    with pytest.raises(SystemExit, match="TODO_QUEUE_URL"):
        importlib.import_module("todo.worker")


async def test_a_worker_knows_the_jobs_and_closes_what_it_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TODO_QUEUE_URL", "redis://127.0.0.1:1/0")
    monkeypatch.delitem(sys.modules, "todo.worker", raising=False)
    worker = importlib.import_module("todo.worker")
    assert isinstance(worker.broker, RedisStreamBroker)
    assert set(worker.broker.get_all_tasks()) >= {"run_job", "dispatch", "remind"}
    worker.broker.is_worker_process = True
    await worker.broker.shutdown()


async def test_redis_counts_attempts_for_all_processes(settings: Settings) -> None:
    if settings.queue_url is None:
        pytest.skip("no Redis: set TODO_QUEUE_URL")
    now = 1000.0
    redis = Redis.from_url(settings.queue_url)
    first, second = (
        RedisRateLimiter(redis, settings.queue_name, lambda: now) for _ in range(2)
    )
    assert [await first.hit("ada", 2), await second.hit("ada", 2)] == [0, 0]
    assert await first.hit("ada", 2) == 20
    assert await second.hit("bob", 2) == 0
    now += 20
    assert await first.hit("ada", 2) == 0
    await redis.aclose()
