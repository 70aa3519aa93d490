"""Migrations: up, down, and in step with the models."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from tests.conftest import run_in, sqlite_url
from todo import migrations
from todo.db import Base, Database

ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"
OLD_TODO = """
    INSERT INTO todos (title, done, created_at)
    VALUES ('Pay rent', false, '2026-11-24 12:00:00+00')
"""


@pytest.fixture
def empty_database(database_url: str, tmp_path: Path) -> Iterator[str]:
    """A database without tables, apart from the one that the other tests use."""
    if database_url.startswith("sqlite"):
        yield sqlite_url(tmp_path / "empty.db")
        return
    name = f"todo_{uuid4().hex}_test"
    run_outside_a_transaction(database_url, f"CREATE DATABASE {name}")
    yield make_url(database_url).set(database=name).render_as_string(False)
    run_outside_a_transaction(database_url, f"DROP DATABASE {name}")


def run_outside_a_transaction(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))


def test_the_models_need_no_further_migration(empty_database: str) -> None:
    def check(connection: Connection) -> None:
        migrations.upgrade(connection)
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []

    run_in(empty_database, check)


def test_the_command_line_migrates_what_the_settings_name(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODO_DATABASE_URL", empty_database)
    command.upgrade(Config(ALEMBIC_INI), "head")

    def check(connection: Connection) -> None:
        assert inspect(connection).has_table("todos")

    run_in(empty_database, check)


def test_the_command_line_can_print_the_sql(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TODO_DATABASE_URL", "postgresql://nobody@nowhere/todo")
    # Not the last ones: a migration that looks at the data has to run.
    command.upgrade(Config(ALEMBIC_INI), "0002", sql=True)
    assert "ALTER TABLE todos ADD COLUMN priority" in capsys.readouterr().out


def test_each_migration_can_be_taken_back(empty_database: str) -> None:
    def check(connection: Connection) -> None:
        migrations.upgrade(connection)
        migrations.downgrade(connection)
        assert inspect(connection).get_table_names() == ["alembic_version"]
        migrations.upgrade(connection)

    run_in(empty_database, check)


def test_todos_from_before_get_what_is_new(empty_database: str) -> None:
    def check(connection: Connection) -> None:
        migrations.upgrade(connection, "0001")
        connection.execute(text(OLD_TODO))
        migrations.upgrade(connection, "0002")
        query = "SELECT title, priority, version, updated_at = created_at FROM todos"
        row = connection.execute(text(query)).one()
        assert tuple(row) == ("Pay rent", 2, 1, True)
        migrations.downgrade(connection, "0001")
        assert connection.scalar(text("SELECT title FROM todos")) == "Pay rent"

    run_in(empty_database, check)


def test_todos_from_before_belong_to_nobody_who_can_log_in(empty_database: str) -> None:
    def check(connection: Connection) -> None:
        migrations.upgrade(connection, "0001")
        connection.execute(text(OLD_TODO))
        migrations.upgrade(connection, "0003")
        query = """
            SELECT username, is_active, password_hash
            FROM todos JOIN users ON users.id = todos.owner_id
        """
        row = connection.execute(text(query)).one()
        assert tuple(row) == ("from-before-users", False, "!")
        migrations.downgrade(connection, "0001")
        assert connection.scalar(text("SELECT title FROM todos")) == "Pay rent"

    run_in(empty_database, check)


async def test_tags_survive_that_their_todo_is_copied(empty_database: str) -> None:
    database = Database(empty_database)  # with foreign keys on, as the service has them
    async with database.engine.connect() as connection:
        await connection.run_sync(migrations.upgrade, "0001")
        await connection.execute(text(OLD_TODO))
        await connection.commit()
        await connection.run_sync(migrations.upgrade, "0002")
        await connection.execute(text("INSERT INTO todo_tags VALUES (1, 'home')"))
        await connection.commit()
        await connection.run_sync(migrations.upgrade, "0003")
        await connection.run_sync(migrations.downgrade, "0002")
        assert await connection.scalar(text("SELECT name FROM todo_tags")) == "home"
        await connection.rollback()
        if connection.dialect.name == "sqlite":
            assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
    await database.dispose()


def test_no_user_is_made_up_for_no_todos(empty_database: str) -> None:
    def check(connection: Connection) -> None:
        migrations.upgrade(connection, "0003")
        assert connection.scalar(text("SELECT count(*) FROM users")) == 0

    run_in(empty_database, check)


def test_constraints_are_named_by_the_convention(empty_database: str) -> None:
    def check(connection: Connection) -> None:
        migrations.upgrade(connection)
        inspector = inspect(connection)
        for table in Base.metadata.sorted_tables:
            key = inspector.get_pk_constraint(table.name)
            assert key["name"] == f"pk_{table.name}"
            for foreign in inspector.get_foreign_keys(table.name):
                assert str(foreign["name"]).startswith(f"fk_{table.name}_")

    run_in(empty_database, check)
