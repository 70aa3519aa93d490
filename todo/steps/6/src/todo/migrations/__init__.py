"""Migrations, and a way to run them on a connection that is already open.

The command line (`alembic upgrade head`) opens its own and starts its own event loop;
in a test or a notebook a loop is running already.
"""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def upgrade(connection: Connection, revision: str = "head") -> None:
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str = "base") -> None:
    command.downgrade(_config(connection), revision)


def head() -> str | None:
    """Return the revision that this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(connection: Connection) -> str | None:
    """Return the revision that the database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "todo:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
