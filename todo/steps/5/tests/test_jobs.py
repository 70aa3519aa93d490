"""Jobs: however often they are begun, their effect happens once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, override

import anyio
import pytest

from tests.events import complete_a_todo, outbox, texts
from todo.db import Database
from todo.jobs import JobRunner
from todo.settings import Settings
from todo.unit_of_work import UnitOfWork
from todo.webhooks import WebhookError, Webhooks

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class FakeWebhooks(Webhooks):
    """Remembers what it was given, and fails or waits when it is told to."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.keys: list[str] = []
        self.error: Exception | None = None
        self.begun = anyio.Event()
        self.go_on = anyio.Event()
        self.go_on.set()

    @override
    async def send(self, key: str, kind: str, data: dict[str, Any]) -> None:
        self.keys.append(key)
        self.begun.set()
        await self.go_on.wait()
        if self.error is not None:
            raise self.error


class Bench:
    """A runner, its surroundings, and a clock that a test sets."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.now = NOON
        self.database = database
        self.webhooks = FakeWebhooks(settings)
        self.runner = JobRunner(settings, database, self.webhooks, lambda: self.now)


@pytest.fixture
async def bench(settings: Settings, database: Database) -> AsyncIterator[Bench]:
    bench = Bench(settings, database)
    yield bench
    await bench.webhooks.aclose()


async def test_a_job_is_done_once(bench: Bench, owner_id: int) -> None:
    event = await complete_a_todo(bench.database, owner_id, NOON)
    for _ in range(3):
        await bench.runner.run(event)
    assert await texts(bench.database) == ["Done: Pay rent"]
    assert len(bench.webhooks.keys) == 1


async def test_of_ten_workers_one_has_it(bench: Bench, owner_id: int) -> None:
    event = await complete_a_todo(bench.database, owner_id, NOON)
    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(bench.runner.run, event)
    assert await texts(bench.database) == ["Done: Pay rent"]
    assert len(bench.webhooks.keys) == 1


async def test_an_event_that_is_not_there_is_nothing_to_do(bench: Bench) -> None:
    await bench.runner.run(999)
    assert await texts(bench.database) == []


async def test_a_failed_job_rests_and_is_tried_again(
    bench: Bench, owner_id: int
) -> None:
    event = await complete_a_todo(bench.database, owner_id, NOON)
    bench.webhooks.error = WebhookError("status 503")
    await bench.runner.run(event)
    await bench.runner.run(event)  # too early: nothing happens
    [message] = await outbox(bench.database)
    assert (message.attempts, message.last_error) == (1, "WebhookError: status 503")
    assert message.available_at == NOON + timedelta(seconds=2)

    bench.webhooks.error = None
    bench.now = message.available_at
    await bench.runner.run(event)
    [message] = await outbox(bench.database)
    assert (message.attempts, message.done_at) == (2, bench.now)
    assert await texts(bench.database) == ["Done: Pay rent"]
    assert len(set(bench.webhooks.keys)) == 1


async def test_a_job_that_fails_for_ever_is_buried(
    bench: Bench, owner_id: int, settings: Settings
) -> None:
    event = await complete_a_todo(bench.database, owner_id, NOON)
    bench.webhooks.error = WebhookError("status 410")
    for _ in range(settings.job_attempts + 3):
        await bench.runner.run(event)
        bench.now += timedelta(minutes=10)
    [message] = await outbox(bench.database)
    assert message.attempts == settings.job_attempts
    assert message.dead_at is not None
    assert await texts(bench.database) == []


async def test_a_job_that_kills_its_workers_is_buried(
    bench: Bench, owner_id: int, settings: Settings
) -> None:
    event = await complete_a_todo(bench.database, owner_id, NOON)
    for attempt in range(settings.job_attempts):
        # A worker takes it and is gone: nobody says that the job failed.
        async with bench.database.sessions() as session:
            uow = UnitOfWork(session)
            until = bench.now + timedelta(seconds=settings.lease_seconds)
            assert await uow.outbox.claim(event, str(attempt), bench.now, until)
            await uow.commit()
        bench.now += timedelta(minutes=10)
    for _ in range(2):
        await bench.runner.run(event)
    [message] = await outbox(bench.database)
    assert message.dead_at == bench.now
    assert message.last_error == "no worker survived it"
    assert bench.webhooks.keys == []


async def test_who_lost_the_lease_has_no_effect(bench: Bench, owner_id: int) -> None:
    event = await complete_a_todo(bench.database, owner_id, NOON)
    bench.webhooks.go_on = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(bench.runner.run, event)
        await bench.webhooks.begun.wait()
        # The first worker hangs for longer than its lease. A second one takes over,
        # then the first one wakes up and thinks that the job is its own.
        bench.now += timedelta(minutes=1)
        second = FakeWebhooks(Settings())
        runner = JobRunner(Settings(), bench.database, second, lambda: bench.now)
        await runner.run(event)
        bench.webhooks.go_on.set()
    await second.aclose()
    assert await texts(bench.database) == ["Done: Pay rent"]
    [message] = await outbox(bench.database)
    assert message.done_at is not None


async def test_who_lost_the_lease_leaves_the_job_to_the_new_holder(
    bench: Bench, owner_id: int, settings: Settings
) -> None:
    event = await complete_a_todo(bench.database, owner_id, NOON)
    other = Bench(settings, bench.database)
    bench.webhooks.go_on = anyio.Event()
    other.webhooks.go_on = anyio.Event()
    async with anyio.create_task_group() as second:
        async with anyio.create_task_group() as first:
            first.start_soon(bench.runner.run, event)
            await bench.webhooks.begun.wait()
            other.now = bench.now = NOON + timedelta(minutes=1)
            second.start_soon(other.runner.run, event)
            await other.webhooks.begun.wait()
            bench.webhooks.go_on.set()
        # The first one has returned; the second one is still at it.
        assert await texts(bench.database) == []
        other.webhooks.go_on.set()
    await other.webhooks.aclose()
    assert await texts(bench.database) == ["Done: Pay rent"]
    [message] = await outbox(bench.database)
    assert (message.attempts, message.done_at) == (2, other.now)


async def test_a_long_job_keeps_a_short_lease(
    settings: Settings, database: Database, owner_id: int
) -> None:
    bench = Bench(settings.model_copy(update={"lease_seconds": 0.3}), database)
    event = await complete_a_todo(database, owner_id, NOON)
    bench.webhooks.go_on = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(bench.runner.run, event)
        await bench.webhooks.begun.wait()
        [before] = await outbox(database)
        bench.now += timedelta(seconds=0.2)
        with anyio.fail_after(10):
            while (await outbox(database))[0].available_at == before.available_at:
                await anyio.sleep(0.01)
        # Without the heartbeat, it would be anybody's by now.
        bench.now += timedelta(seconds=0.2)
        await bench.runner.run(event)
        assert len(bench.webhooks.keys) == 1
        bench.webhooks.go_on.set()
    await bench.webhooks.aclose()
    assert await texts(database) == ["Done: Pay rent"]


async def test_the_heartbeat_stops_who_lost_the_lease(
    settings: Settings, database: Database, owner_id: int
) -> None:
    bench = Bench(settings.model_copy(update={"lease_seconds": 0.1}), database)
    event = await complete_a_todo(database, owner_id, NOON)
    bench.webhooks.go_on = anyio.Event()
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(bench.runner.run, event)
            await bench.webhooks.begun.wait()
            # Somebody else has finished it. The webhook of the first never answers.
            async with database.sessions() as session:
                [message] = await outbox(database)
                found = await session.merge(message)
                found.lease, found.done_at = "somebody else", NOON
                await session.commit()
    await bench.webhooks.aclose()
    assert await texts(database) == []
