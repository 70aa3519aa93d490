"""All or nothing: what a request changes is kept together, or not at all."""

from sqlalchemy.ext.asyncio import AsyncSession

from todo.notifications import NotificationRepository
from todo.outbox import Outbox
from todo.repositories import TodoRepository
from todo.user_repository import RefreshTokenRepository, UserRepository


class UnitOfWork:
    """One session and the repositories that share it.

    Nothing is kept unless `commit` is called: a session that is closed rolls back.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.users = UserRepository(session)
        self.refresh_tokens = RefreshTokenRepository(session)
        self.outbox = Outbox(session)

    def todos_of(self, owner_id: int) -> TodoRepository:
        return TodoRepository(self._session, owner_id)

    def notifications_of(self, user_id: int) -> NotificationRepository:
        return NotificationRepository(self._session, user_id)

    async def commit(self) -> None:
        await self._session.commit()
