"""The queue: how workers hear about jobs.

It carries the ids of outbox rows and nothing else. What it loses is told again, what it
tells twice is done once: the queue may be as simple and as fast as it likes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from taskiq import AsyncBroker, InMemoryBroker, TaskiqScheduler
from taskiq.api import run_scheduler_task
from taskiq.schedule_sources import LabelScheduleSource
from taskiq_redis import RedisStreamBroker

from todo.clock import Clock, utc_now
from todo.db import Database
from todo.jobs import JobRunner
from todo.reminders import record_due_soon
from todo.settings import Settings
from todo.unit_of_work import UnitOfWork
from todo.webhooks import Webhooks

logger = logging.getLogger(__name__)


def make_broker(settings: Settings) -> AsyncBroker:
    if settings.queue_url is None:
        return InMemoryBroker()
    return RedisStreamBroker(
        settings.queue_url,
        queue_name=f"{settings.queue_name}:jobs",
        consumer_group_name="workers",
        # "0": also what was sent before the first worker ever came up.
        consumer_id="0",
        # A stream keeps what was acknowledged. Cut it, roughly here.
        maxlen=10_000,
    )


class Queue:
    def __init__(
        self,
        settings: Settings,
        database: Database,
        webhooks: Webhooks,
        clock: Clock = utc_now,
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self.broker = make_broker(settings)
        runner = JobRunner(settings, database, webhooks, clock)

        @self.broker.task(task_name="run_job")
        async def run_job(message_id: int) -> None:
            await runner.run(message_id)

        @self.broker.task(
            task_name="dispatch", schedule=[{"interval": settings.dispatch_seconds}]
        )
        async def dispatch() -> None:
            await self.dispatch()

        @self.broker.task(task_name="remind", schedule=[{"cron": "* * * * *"}])
        async def remind() -> None:
            await self.remind()

        self._run_job = run_job
        self.scheduler = TaskiqScheduler(
            self.broker, [LabelScheduleSource(self.broker)]
        )

    async def dispatch(self) -> None:
        """Tell the workers about each job that is ready."""
        async with self._database.sessions() as session:
            uow = UnitOfWork(session)
            again = timedelta(seconds=self._settings.redispatch_seconds)
            ids = await uow.outbox.dispatchable(self._clock(), again)
            # Committed first. If we die in between, the jobs are told about `again`
            # later; the other way round a worker could look before the commit.
            await uow.commit()
        for message_id in ids:
            await self._run_job.kiq(message_id)

    async def remind(self) -> None:
        """Record what is due soon, and tell the workers."""
        lead = timedelta(minutes=self._settings.remind_minutes)
        async with self._database.sessions() as session:
            await record_due_soon(session, self._clock(), lead)
        await self.dispatch()

    async def nudge(self) -> None:
        """Dispatch now instead of some seconds later. Failing is allowed."""
        try:
            await self.dispatch()
        except Exception:
            logger.warning("no nudge; the schedule will do it", exc_info=True)

    @asynccontextmanager
    async def as_client(self) -> AsyncIterator[None]:
        """What the web service needs; with no queue, it is its own worker."""
        await self.broker.startup()
        schedule = None
        if self._settings.queue_url is None and self._settings.schedule_here:
            schedule = asyncio.create_task(run_scheduler_task(self.scheduler))
        try:
            yield
        finally:
            if schedule is not None:
                schedule.cancel()
            if isinstance(self.broker, InMemoryBroker):
                await self.broker.wait_all()
            await self.broker.shutdown()
