"""Users, and the refresh tokens of their sessions."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from todo.errors import ConflictError
from todo.models import RefreshToken, User


class UserRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, username: str, password_hash: str, now: datetime) -> User:
        user = User(username=username, password_hash=password_hash, created_at=now)
        self._session.add(user)
        try:
            # Asking first whether the name is free would leave a gap between question
            # and answer. The unique constraint has none.
            await self._session.flush()
        except IntegrityError as error:
            raise ConflictError("This name is taken.") from error
        return user

    async def get(self, user_id: int) -> User | None:
        return await self._session.get(User, user_id)

    async def by_username(self, username: str) -> User | None:
        return await self._session.scalar(select(User).where(User.username == username))

    async def replace_hash(self, user_id: int, old: str, new: str) -> None:
        # "old" in the condition: a password that was changed meanwhile stays changed.
        await self._session.execute(
            update(User)
            .where(User.id == user_id, User.password_hash == old)
            .values(password_hash=new)
        )


class RefreshTokenRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, token: RefreshToken) -> None:
        self._session.add(token)

    async def use(self, token_hash: str, now: datetime) -> RefreshToken | None:
        """Mark a token as used and return it, or None if it is not good (any more).

        One statement: of ten requests with one token, the database lets one through.
        """
        return await self._session.scalar(
            update(RefreshToken)
            .where(
                RefreshToken.token_hash == token_hash,
                RefreshToken.used_at.is_(None),
                RefreshToken.revoked_at.is_(None),
                RefreshToken.expires_at > now,
            )
            .values(used_at=now)
            .returning(RefreshToken)
        )

    async def revoke_family_of(self, token_hash: str, now: datetime) -> None:
        """End the session that a token belongs to, whatever has become of the token."""
        family = select(RefreshToken.family).where(
            RefreshToken.token_hash == token_hash
        )
        await self._session.execute(
            update(RefreshToken)
            .where(
                RefreshToken.family.in_(family.scalar_subquery()),
                RefreshToken.revoked_at.is_(None),
            )
            .values(revoked_at=now)
        )
