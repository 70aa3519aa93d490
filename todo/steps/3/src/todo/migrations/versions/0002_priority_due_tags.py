"""Priority, due date, tags, and a version counter.

A column that may not be null cannot be added to a table that has rows. Three steps:
add it nullable, fill it, forbid null. Autogenerate writes only the last state.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What the migration needs of the table, as it is at this point. Never import the model:
# it goes on changing, and this migration must not.
todos = sa.table(
    "todos",
    sa.column("priority", sa.SmallInteger),
    sa.column("version", sa.Integer),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("updated_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    with op.batch_alter_table("todos") as table:
        table.add_column(sa.Column("priority", sa.SmallInteger))
        table.add_column(sa.Column("due_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("updated_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("version", sa.Integer))
    op.execute(
        todos.update().values(priority=2, version=1, updated_at=todos.c.created_at)
    )
    with op.batch_alter_table("todos") as table:
        table.alter_column("priority", existing_type=sa.SmallInteger, nullable=False)
        table.alter_column(
            "updated_at", existing_type=sa.DateTime(timezone=True), nullable=False
        )
        table.alter_column("version", existing_type=sa.Integer, nullable=False)
        table.create_check_constraint(
            op.f("ck_todos_priority_range"), "priority BETWEEN 1 AND 3"
        )
        table.create_index("ix_todos_priority_id", ["priority", "id"])
    op.create_table(
        "todo_tags",
        sa.Column("todo_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(30), nullable=False),
        sa.PrimaryKeyConstraint("todo_id", "name", name="pk_todo_tags"),
        sa.ForeignKeyConstraint(
            ["todo_id"],
            ["todos.id"],
            name="fk_todo_tags_todo_id_todos",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_todo_tags_name", "todo_tags", ["name"])


def downgrade() -> None:
    op.drop_table("todo_tags")
    with op.batch_alter_table("todos") as table:
        table.drop_index("ix_todos_priority_id")
        table.drop_constraint(op.f("ck_todos_priority_range"), type_="check")
        table.drop_column("version")
        table.drop_column("updated_at")
        table.drop_column("due_at")
        table.drop_column("priority")
