"""How Alembic connects. Run by Alembic for each command."""

import asyncio

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
    with context.begin_transaction():
        context.run_migrations()


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
