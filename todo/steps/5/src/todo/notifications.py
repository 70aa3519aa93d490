"""What a user is told."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from todo.models import Notification, OutboxMessage, User


class NotificationRepository:
    def __init__(self, session: AsyncSession, user_id: int) -> None:
        self._session = session
        self._user_id = user_id

    async def add(self, message: OutboxMessage, text: str, now: datetime) -> None:
        # Two transactions can commit in the other order than they took their ids, and a
        # reader who has seen 6 never asks for 5. Holding the user's row until the
        # commit lets the notifications of one user through one by one.
        await self._session.execute(
            select(User.id).where(User.id == self._user_id).with_for_update()
        )
        self._session.add(
            Notification(
                user_id=self._user_id,
                event_key=message.key,
                kind=message.kind,
                todo_id=message.payload["todo_id"],
                text=text,
                created_at=now,
            )
        )
        await self._session.flush()

    async def after(self, notification_id: int, limit: int) -> Sequence[Notification]:
        query = (
            select(Notification)
            .where(
                Notification.user_id == self._user_id,
                Notification.id > notification_id,
            )
            .order_by(Notification.id)
            .limit(limit)
        )
        return (await self._session.scalars(query)).all()
