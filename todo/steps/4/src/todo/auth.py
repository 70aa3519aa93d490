"""Registering, logging in, staying in, logging out."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from uuid import uuid4

from todo.clock import Clock
from todo.errors import AuthenticationError
from todo.models import RefreshToken, User
from todo.passwords import Passwords
from todo.schemas import LoginForm, Scope, UserCreate
from todo.settings import Settings
from todo.tokens import AccessTokens
from todo.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TokenPair:
    access_token: str
    expires_in: int
    refresh_token: str
    scope: str


class Auth:
    def __init__(
        self,
        uow: UnitOfWork,
        passwords: Passwords,
        tokens: AccessTokens,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._uow = uow
        self._passwords = passwords
        self._tokens = tokens
        self._session_length = timedelta(days=settings.session_days)
        self._clock = clock

    async def register(self, new: UserCreate) -> User:
        # Before the transaction begins, as in `log_in`.
        password_hash = await self._passwords.hash(new.password.get_secret_value())
        user = await self._uow.users.add(new.username, password_hash, self._clock())
        await self._uow.commit()
        return user

    async def log_in(self, form: LoginForm) -> TokenPair:
        user = await self._uow.users.by_username(form.username.lower())
        # The transaction ends here, and its connection goes back to the pool. Hashing
        # takes its time; a few logins would hold every connection for as long.
        await self._uow.commit()
        known = user.password_hash if user and user.is_active else None
        right, new_hash = await self._passwords.verify(
            form.password.get_secret_value(), known
        )
        if user is None or not right:
            raise AuthenticationError("The name or the password is wrong.")
        if new_hash is not None:
            await self._uow.users.replace_hash(user.id, user.password_hash, new_hash)
        now = self._clock()
        return await self._issue(
            RefreshToken(
                user_id=user.id,
                family=str(uuid4()),
                scopes=" ".join(sorted(form.scopes)),
                issued_at=now,
                expires_at=now + self._session_length,
            )
        )

    async def refresh(self, token: str) -> TokenPair:
        now = self._clock()
        used = await self._uow.refresh_tokens.use(_hash(token), now)
        if used is None:
            # Used before, by whom? The thief or the robbed: one of them is asking now.
            # End the session for both (RFC 9700, 4.14.2). Committed before the error,
            # which would roll it back.
            await self._uow.refresh_tokens.revoke_family_of(_hash(token), now)
            await self._uow.commit()
            raise AuthenticationError("This token is not valid.")
        user = await self._uow.users.get(used.user_id)
        if user is None or not user.is_active:
            raise AuthenticationError("This token is not valid.")
        return await self._issue(
            RefreshToken(
                user_id=used.user_id,
                family=used.family,
                scopes=used.scopes,
                issued_at=now,
                # Not longer with each refresh: a stolen session ends some day.
                expires_at=used.expires_at,
            )
        )

    async def log_out(self, token: str) -> None:
        """End the session. Access tokens of it stay good for their few minutes."""
        await self._uow.refresh_tokens.revoke_family_of(_hash(token), self._clock())
        await self._uow.commit()

    async def _issue(self, link: RefreshToken) -> TokenPair:
        token = token_urlsafe(32)
        link.token_hash = _hash(token)
        self._uow.refresh_tokens.add(link)
        await self._uow.commit()
        scopes = frozenset(Scope(name) for name in link.scopes.split())
        access = self._tokens.issue(link.user_id, scopes, link.issued_at)
        return TokenPair(access, self._tokens.seconds, token, link.scopes)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
