"""The engine, the sessions, and what all tables have in common."""

from datetime import UTC, datetime
from typing import override

from sqlalchemy import DateTime, Dialect, MetaData, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: goes in aware, is kept in UTC, comes out aware.

    PostgreSQL has a type for it. SQLite has none: it stores text and forgets the zone.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without its time zone: {value!r}")
        return value.astimezone(UTC)

    @override
    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Base(DeclarativeBase):
    # Named by rule, a constraint can be found and dropped by a later migration on every
    # database. Left to the database, each makes up its own name, and SQLite makes none.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012


class Database:
    """One engine for the life of the process, and a session for each unit of work."""

    def __init__(self, url: str) -> None:
        # Pre-ping: a connection that a restart of the server cut is replaced unnoticed.
        self.engine = create_async_engine(url, pool_pre_ping=True)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
        # Expired on commit, an attribute would be loaded again when the response is
        # made: implicit I/O, which async sessions refuse with MissingGreenlet.
        self.sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self.engine, expire_on_commit=False
        )

    async def dispose(self) -> None:
        await self.engine.dispose()


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    try:
        # SQLite checks foreign keys only when asked to, on each connection.
        cursor.execute("PRAGMA foreign_keys = ON")
        # Readers do not wait for the writer, and a commit does not wait for the disk: a
        # power cut may take back the last ones, but never leaves half of one.
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        # Writers take turns: wait for the other one instead of failing at once.
        cursor.execute("PRAGMA busy_timeout = 10000")
    finally:
        cursor.close()
