"""How Alembic connects. Run by Alembic for each command."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection

from todo.db import Base, Database
from todo.models import Todo  # noqa: F401 - a table is known once its model is imported
from todo.settings import Settings


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite cannot alter most things: copy the table, change, rename.
        render_as_batch=True,
    )
    with foreign_keys_off(connection), context.begin_transaction():
        context.run_migrations()


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """SQLite: keep the rows that refer to a table which is copied.

    Copying ends in dropping the old table, and that deletes its rows first. With
    foreign keys on, ON DELETE CASCADE would take the tags of all todos along.
    """
    if connection.dialect.name != "sqlite" or not _pragma(connection, "foreign_keys"):
        yield
        return
    if connection.in_transaction():  # within one, SQLite does not switch
        raise RuntimeError("migrate on a connection that is not in a transaction")
    _pragma(connection, "foreign_keys = OFF")
    try:
        yield
    finally:
        _pragma(connection, "foreign_keys = ON")


def _pragma(connection: Connection, words: str) -> bool:
    # Below SQLAlchemy's transactions: above, Alembic would find one begun and leave the
    # commit to whoever began it.
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"PRAGMA {words}")
        row = cursor.fetchone()
    finally:
        cursor.close()
    return bool(row and row[0])


async def migrate_on_our_own() -> None:
    database = Database(Settings().database_url)
    async with database.engine.connect() as connection:
        await connection.run_sync(migrate)
    await database.dispose()


def write_sql() -> None:
    """`alembic upgrade head --sql`: print what would be run."""
    context.configure(url=Settings().database_url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    write_sql()
elif (given := context.config.attributes.get("connection")) is not None:
    migrate(given)
else:
    asyncio.run(migrate_on_our_own())
