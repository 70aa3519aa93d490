"""The outbox: events that are jobs until somebody has done them.

An event is written in the transaction that it tells about. Workers take it on lease,
for a time: a worker that dies gives nothing back, but its lease runs out.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from todo.models import EventKind, OutboxMessage, Todo

_OPEN = and_(OutboxMessage.done_at.is_(None), OutboxMessage.dead_at.is_(None))
BATCH = 100


class Outbox:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, kind: EventKind, todo: Todo, now: datetime) -> None:
        self._session.add(
            OutboxMessage(
                key=str(uuid4()),
                kind=kind,
                payload={
                    "user_id": todo.owner_id,
                    "todo_id": todo.id,
                    "title": todo.title,
                },
                created_at=now,
                available_at=now,
                attempts=0,
            )
        )

    async def get(self, message_id: int) -> OutboxMessage | None:
        return await self._session.get(OutboxMessage, message_id)

    async def dispatchable(self, now: datetime, again: timedelta) -> Sequence[int]:
        """Return what a worker should be told about, and note that it was.

        Told once is not told for ever: the queue may have lost it (`again`), or the
        worker who took it may have died, so that it became available anew.
        """
        ready = (
            select(OutboxMessage.id)
            .where(
                _OPEN,
                OutboxMessage.available_at <= now,
                or_(
                    OutboxMessage.dispatched_at.is_(None),
                    OutboxMessage.dispatched_at < OutboxMessage.available_at,
                    OutboxMessage.dispatched_at <= now - again,
                ),
            )
            .order_by(OutboxMessage.id)
            .limit(BATCH)
        )
        ids = (await self._session.scalars(ready)).all()
        await self._session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(ids))
            .values(dispatched_at=now)
        )
        return ids

    async def claim(
        self, message_id: int, lease: str, now: datetime, until: datetime
    ) -> bool:
        """Take a job, unless it is done, taken, or resting after a failure."""
        return await self._change(
            and_(OutboxMessage.id == message_id, OutboxMessage.available_at <= now),
            lease=lease,
            available_at=until,
            attempts=OutboxMessage.attempts + 1,
        )

    async def extend(self, message_id: int, lease: str, until: datetime) -> bool:
        return await self._change(_held(message_id, lease), available_at=until)

    async def finish(self, message_id: int, lease: str, now: datetime) -> bool:
        """Note that the job is done, unless the lease has gone to somebody else."""
        return await self._change(_held(message_id, lease), done_at=now)

    async def retry(
        self, message_id: int, lease: str, error: str, at: datetime
    ) -> None:
        await self._change(
            _held(message_id, lease), last_error=error, available_at=at, lease=None
        )

    async def bury(self, message_id: int, lease: str, error: str, at: datetime) -> None:
        """Give up. The row stays, for a person to look at."""
        await self._change(_held(message_id, lease), last_error=error, dead_at=at)

    async def waiting(self) -> tuple[int, datetime | None]:
        """Return how many jobs are open, and since when the oldest one is."""
        query = select(func.count(), func.min(OutboxMessage.created_at)).where(_OPEN)
        count, oldest = (await self._session.execute(query)).one()
        return count, oldest

    async def _change(self, condition: ColumnElement[bool], **values: object) -> bool:
        # One statement each: what is asked and what is changed cannot drift apart, and
        # of two workers the database lets one through.
        changed = await self._session.scalars(
            update(OutboxMessage)
            .where(_OPEN, condition)
            .values(**values)
            .returning(OutboxMessage.id)
            .execution_options(synchronize_session=False)
        )
        return changed.one_or_none() is not None


def _held(message_id: int, lease: str) -> ColumnElement[bool]:
    return and_(OutboxMessage.id == message_id, OutboxMessage.lease == lease)
