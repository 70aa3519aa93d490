"""Password hashing: slow on purpose, and away from the event loop."""

from secrets import token_urlsafe

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from todo.settings import Settings


class Passwords:
    def __init__(self, settings: Settings) -> None:
        self._hasher = PasswordHash(
            (
                Argon2Hasher(
                    memory_cost=settings.argon2_memory_kib,
                    time_cost=settings.argon2_passes,
                    parallelism=settings.argon2_lanes,
                ),
            )
        )
        # Each hash takes its memory for itself. Without a limit of our own, the thread
        # pool would run forty at once: 40 x 64 MiB.
        self._limiter = CapacityLimiter(settings.argon2_at_once)
        self._nobody = self._hasher.hash(token_urlsafe())

    async def hash(self, password: str) -> str:
        return await to_thread.run_sync(
            self._hasher.hash, password, limiter=self._limiter
        )

    async def verify(self, password: str, known: str | None) -> tuple[bool, str | None]:
        """Tell whether the password is right, and its new hash if the old one is weak.

        Without a hash to compare with, it compares with that of nobody: an unknown user
        takes as long as a wrong password.
        """
        right, new = await to_thread.run_sync(
            self._hasher.verify_and_update,
            password,
            known if known is not None else self._nobody,
            limiter=self._limiter,
        )
        return right and known is not None, new
