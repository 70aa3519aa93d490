"""Users, their refresh tokens, and an owner for each todo.

Todos from before have no owner. They are given to a user whom nobody can log in as.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

users = sa.table(
    "users",
    sa.column("id", sa.Integer),
    sa.column("username", sa.String),
    sa.column("password_hash", sa.String),
    sa.column("is_active", sa.Boolean),
    sa.column("created_at", MOMENT),
)
todos = sa.table(
    "todos", sa.column("id", sa.Integer), sa.column("owner_id", sa.Integer)
)


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("username", sa.String(32), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("username", name="uq_users_username"),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("family", sa.String(36), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_refresh_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_refresh_tokens_token_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_refresh_tokens_user_id_users",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_refresh_tokens_user_id", "refresh_tokens", ["user_id"])
    op.create_index("ix_refresh_tokens_family", "refresh_tokens", ["family"])
    with op.batch_alter_table("todos") as table:
        table.add_column(sa.Column("owner_id", sa.Integer))
    give_todos_an_owner()
    with op.batch_alter_table("todos") as table:
        table.alter_column("owner_id", existing_type=sa.Integer, nullable=False)
        table.create_foreign_key(
            op.f("fk_todos_owner_id_users"),
            "users",
            ["owner_id"],
            ["id"],
            ondelete="CASCADE",
        )
        table.drop_index("ix_todos_priority_id")
        table.create_index("ix_todos_owner_id_id", ["owner_id", "id"])
        table.create_index(
            "ix_todos_owner_id_priority_id", ["owner_id", "priority", "id"]
        )


def give_todos_an_owner() -> None:
    connection = op.get_bind()
    if connection.scalar(sa.select(sa.func.count()).select_from(todos)) == 0:
        return
    connection.execute(
        users.insert().values(
            username="from-before-users",
            password_hash="!",  # no password has this hash
            is_active=False,
            created_at=sa.func.current_timestamp(),
        )
    )
    owner = sa.select(users.c.id).where(users.c.username == "from-before-users")
    connection.execute(todos.update().values(owner_id=owner.scalar_subquery()))


def downgrade() -> None:
    with op.batch_alter_table("todos") as table:
        table.drop_index("ix_todos_owner_id_priority_id")
        table.drop_index("ix_todos_owner_id_id")
        table.create_index("ix_todos_priority_id", ["priority", "id"])
        table.drop_constraint(op.f("fk_todos_owner_id_users"), type_="foreignkey")
        table.drop_column("owner_id")
    op.drop_table("refresh_tokens")
    op.drop_table("users")
