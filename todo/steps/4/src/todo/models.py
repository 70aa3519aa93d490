"""The tables."""

from collections.abc import Iterable
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from todo.db import Base


class Priority(IntEnum):
    # Numbers, because the database sorts by them.
    LOW = 1
    NORMAL = 2
    HIGH = 3


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(32), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class RefreshToken(Base):
    """One link in the chain of a login session.

    Each is used once, for its successor. All links of a session have the same `family`.
    """

    __tablename__ = "refresh_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    family: Mapped[str] = mapped_column(String(36), index=True)
    # SHA-256 of the token: who reads the table cannot use what they find. The token is
    # random, so it needs no salt and no slow hash.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(200))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Todo(Base):
    __tablename__ = "todos"
    __table_args__ = (
        CheckConstraint("priority BETWEEN 1 AND 3", name="priority_range"),
        # Every query names the owner first.
        Index(None, "owner_id", "id"),
        Index(None, "owner_id", "priority", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str | None] = mapped_column(Text)
    done: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int] = mapped_column(SmallInteger, default=Priority.NORMAL)
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    # "raise": a query that forgot the tags fails in the first test that reads them,
    # instead of sending one more query for each todo.
    tag_rows: Mapped[list["TodoTag"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, lazy="raise"
    )

    # Each UPDATE and DELETE says `WHERE version = <the one that was read>` and each
    # UPDATE counts it up. Who comes second matches no row: StaleDataError.
    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012

    @property
    def tags(self) -> list[str]:
        return sorted(row.name for row in self.tag_rows)

    def retag(self, names: Iterable[str]) -> None:
        """Make these the tags, leaving the rows alone that stay."""
        wanted = set(names)
        kept = [row for row in self.tag_rows if row.name in wanted]
        new = wanted - {row.name for row in kept}
        self.tag_rows = [*kept, *(TodoTag(name=name) for name in sorted(new))]


class TodoTag(Base):
    __tablename__ = "todo_tags"

    todo_id: Mapped[int] = mapped_column(
        ForeignKey("todos.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(30), primary_key=True, index=True)
