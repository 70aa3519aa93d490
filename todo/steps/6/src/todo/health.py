"""Are we ready for requests?"""

from collections.abc import Awaitable, Callable

import anyio
from redis.asyncio import Redis
from sqlalchemy import Connection

from todo import migrations
from todo.db import Database
from todo.errors import UnavailableError

CHECK_SECONDS = 2.0


class Readiness:
    """Asks what each request needs. A process that is not ready gets no requests.

    To be alive is another question: restarting us does not bring the database back.
    """

    def __init__(self, database: Database, redis: Redis | None) -> None:
        self._database = database
        self._redis = redis
        self._head = migrations.head()

    async def check(self) -> None:
        await self._ask("database", self._database_answers)
        if self._redis is not None:
            await self._ask("queue", self._queue_answers)

    async def _ask(self, name: str, question: Callable[[], Awaitable[None]]) -> None:
        try:
            with anyio.fail_after(CHECK_SECONDS):
                await question()
        except UnavailableError:
            raise
        except Exception as error:
            # The kind of error and no more: its text may hold the address.
            kind = type(error).__name__
            raise UnavailableError(f"The {name} does not answer ({kind}).") from error

    async def _database_answers(self) -> None:
        async with self._database.engine.connect() as connection:
            await connection.run_sync(self._require_head)

    def _require_head(self, connection: Connection) -> None:
        current = migrations.current(connection)
        if current != self._head:
            raise UnavailableError(f"The database is at {current}, not {self._head}.")

    async def _queue_answers(self) -> None:
        if self._redis is not None:
            await self._redis.ping()
