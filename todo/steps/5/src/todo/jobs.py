"""Doing a job: at least one attempt, and one effect."""

import logging
from datetime import timedelta
from uuid import uuid4

import anyio

from todo.clock import Clock, utc_now
from todo.db import Database
from todo.models import EventKind, OutboxMessage
from todo.settings import Settings
from todo.unit_of_work import UnitOfWork
from todo.webhooks import Webhooks

logger = logging.getLogger(__name__)


class JobRunner:
    def __init__(
        self,
        settings: Settings,
        database: Database,
        webhooks: Webhooks,
        clock: Clock = utc_now,
    ) -> None:
        self._lease_length = timedelta(seconds=settings.lease_seconds)
        self._attempts = settings.job_attempts
        self._database = database
        self._webhooks = webhooks
        self._clock = clock

    async def run(self, message_id: int) -> None:
        """Do a job, unless it is done or somebody is at it. Safe to call often."""
        lease = str(uuid4())
        message = await self._claim(message_id, lease)
        if message is None:
            return
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._heartbeat, message_id, lease, group.cancel_scope)
                await self._do(message, lease)
                group.cancel_scope.cancel()
        except* Exception as errors:
            await self._failed(message, lease, errors.exceptions[0])

    async def _claim(self, message_id: int, lease: str) -> OutboxMessage | None:
        now = self._clock()
        async with self._database.sessions() as session:
            uow = UnitOfWork(session)
            until = now + self._lease_length
            if not await uow.outbox.claim(message_id, lease, now, until):
                return None
            message = await uow.outbox.get(message_id)
            if message is not None and message.attempts > self._attempts:
                # Each worker that began it died before it could say that it failed.
                await uow.outbox.bury(message_id, lease, "no worker survived it", now)
                message = None
            # Committed before the work: everybody sees that the job is taken.
            await uow.commit()
            return message

    async def _heartbeat(
        self, message_id: int, lease: str, scope: anyio.CancelScope
    ) -> None:
        """Renew the lease while we live. A long job needs no long lease."""
        while True:
            await anyio.sleep(self._lease_length.total_seconds() / 3)
            async with self._database.sessions() as session:
                uow = UnitOfWork(session)
                until = self._clock() + self._lease_length
                held = await uow.outbox.extend(message_id, lease, until)
                await uow.commit()
            if not held:
                # We were away for too long, and somebody else has the job now.
                scope.cancel()
                return

    async def _do(self, message: OutboxMessage, lease: str) -> None:
        if message.kind == EventKind.TODO_COMPLETED:
            # Another system takes no part in our transaction. This can happen twice.
            await self._webhooks.send(message.key, message.kind, message.payload)
        async with self._database.sessions() as session:
            uow = UnitOfWork(session)
            now = self._clock()
            notifications = uow.notifications_of(message.payload["user_id"])
            await notifications.add(message, _text(message), now)
            # The effect and the note that it is done are one transaction: if we die
            # before the commit neither is there, after it both are.
            if await uow.outbox.finish(message.id, lease, now):
                await uow.commit()

    async def _failed(
        self, message: OutboxMessage, lease: str, error: Exception
    ) -> None:
        logger.warning("job %d failed", message.id, exc_info=error)
        words = f"{type(error).__name__}: {error}"[:500]
        now = self._clock()
        async with self._database.sessions() as session:
            uow = UnitOfWork(session)
            if message.attempts < self._attempts:
                pause = timedelta(seconds=min(2**message.attempts, 300))
                await uow.outbox.retry(message.id, lease, words, now + pause)
            else:
                await uow.outbox.bury(message.id, lease, words, now)
            await uow.commit()


def _text(message: OutboxMessage) -> str:
    title = message.payload["title"]
    if message.kind == EventKind.TODO_DUE_SOON:
        return f"Due soon: {title}"
    return f"Done: {title}"
