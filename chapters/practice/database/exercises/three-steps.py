# %% [check]
"""A column that may not be null, for a table that has rows, and the way back."""

from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from seethrough.exercises import Work
from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.exc import DBAPIError

PEOPLE = ["Ada", "Bob"]


def check(work: Work) -> str:
    for people in (PEOPLE, []):
        with create_engine("sqlite://").connect() as connection:
            _one_database(work, connection, people)
    return "Added, filled, forbidden and unique; and back, with all members still there."


def _one_database(work: Work, connection: Connection, people: list[str]) -> None:
    connection.exec_driver_sql(
        "CREATE TABLE members (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL)"
    )
    for name in people:
        connection.exec_driver_sql("INSERT INTO members (name) VALUES (?)", (name,))
    op = Operations(MigrationContext.configure(connection))
    try:
        work.get("upgrade")(op)
    except DBAPIError as error:
        rows = "a table with two rows" if people else "an empty table"
        work.fail(f"on {rows}, `upgrade` raised `{type(error.orig).__name__}: {error.orig}`.")
    columns = {column["name"]: column for column in inspect(connection).get_columns("members")}
    if "email" not in columns:
        work.fail(f"after `upgrade` the table has {', '.join(columns)}, and no `email`.")
    got = connection.exec_driver_sql("SELECT name, email FROM members ORDER BY id").all()
    wanted = [(name, f"{name.lower()}@example.org") for name in people]
    work.equal([tuple(row) for row in got], wanted, "the members after upgrade")
    work.require(
        not columns["email"]["nullable"], "after `upgrade` a member without `email` is allowed."
    )
    names: Any = [one["name"] for one in inspect(connection).get_unique_constraints("members")]
    work.require(
        "uq_members_email" in names,
        f"after `upgrade` the unique constraints are called `{names}`; there should be one "
        "`uq_members_email`, or nobody can drop it by name.",
    )
    work.get("downgrade")(op)
    left = [column["name"] for column in inspect(connection).get_columns("members")]
    work.equal(left, ["id", "name"], "the columns after downgrade")
    rows = connection.exec_driver_sql("SELECT name FROM members ORDER BY id").scalars().all()
    work.equal(list(rows), people, "the members after downgrade")


# %% [hint]
# Run the starter's `upgrade` in your head for a table with two rows: which value would their
# `email` have?

# %% [hint]
# Three steps: add the column *nullable*; fill it with one `UPDATE`; then forbid null and add the
# constraint, in a second `batch_alter_table`.

# %% [hint]
# For the `UPDATE`, describe what you need of the table: `members = sa.table('members',
# sa.column('name'), sa.column('email'))`, then `op.execute(members.update().values(email=…))`.

# %% [hint]
# `sa.func.lower(members.c.name) + '@example.org'` is the value. The last step is
# `table.alter_column('email', existing_type=sa.String(100), nullable=False)` and
# `table.create_unique_constraint('uq_members_email', ['email'])`. The way back drops both, the
# constraint first.

# %% [solution]
import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.add_column(sa.Column("email", sa.String(100)))
    members = sa.table("members", sa.column("name"), sa.column("email"))
    filled = sa.func.lower(members.c.name) + "@example.org"
    op.execute(members.update().values(email=filled))
    with op.batch_alter_table("members") as table:
        table.alter_column("email", existing_type=sa.String(100), nullable=False)
        table.create_unique_constraint("uq_members_email", ["email"])


def downgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.drop_constraint("uq_members_email", type_="unique")
        table.drop_column("email")


# %% [mistake] left-nullable
# says: a member without `email` is allowed
import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.add_column(sa.Column("email", sa.String(100)))
    members = sa.table("members", sa.column("name"), sa.column("email"))
    filled = sa.func.lower(members.c.name) + "@example.org"
    op.execute(members.update().values(email=filled))
    with op.batch_alter_table("members") as table:
        table.create_unique_constraint("uq_members_email", ["email"])


def downgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.drop_constraint("uq_members_email", type_="unique")
        table.drop_column("email")


# %% [mistake] filled-by-default
# says: the members after upgrade
import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.add_column(
            sa.Column("email", sa.String(100), nullable=False, server_default="unknown")
        )


def downgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.drop_constraint("uq_members_email", type_="unique")
        table.drop_column("email")


# %% [mistake] nameless
# says: there should be one `uq_members_email`
import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.add_column(sa.Column("email", sa.String(100)))
    members = sa.table("members", sa.column("name"), sa.column("email"))
    filled = sa.func.lower(members.c.name) + "@example.org"
    op.execute(members.update().values(email=filled))
    with op.batch_alter_table("members") as table:
        table.alter_column("email", existing_type=sa.String(100), nullable=False)
        table.create_unique_constraint("unique_email", ["email"])


def downgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.drop_constraint("uq_members_email", type_="unique")
        table.drop_column("email")


# %% [mistake] no-way-back
# says: the columns after downgrade
import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.add_column(sa.Column("email", sa.String(100)))
    members = sa.table("members", sa.column("name"), sa.column("email"))
    filled = sa.func.lower(members.c.name) + "@example.org"
    op.execute(members.update().values(email=filled))
    with op.batch_alter_table("members") as table:
        table.alter_column("email", existing_type=sa.String(100), nullable=False)
        table.create_unique_constraint("uq_members_email", ["email"])


def downgrade(op: Operations) -> None:
    pass


# %% [mistake] forbidden-before-filled
# says: `upgrade` raised `IntegrityError: NOT NULL constraint failed
import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.add_column(sa.Column("email", sa.String(100)))
    with op.batch_alter_table("members") as table:
        table.alter_column("email", existing_type=sa.String(100), nullable=False)
        table.create_unique_constraint("uq_members_email", ["email"])
    members = sa.table("members", sa.column("name"), sa.column("email"))
    filled = sa.func.lower(members.c.name) + "@example.org"
    op.execute(members.update().values(email=filled))


def downgrade(op: Operations) -> None:
    with op.batch_alter_table("members") as table:
        table.drop_constraint("uq_members_email", type_="unique")
        table.drop_column("email")
