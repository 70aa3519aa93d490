"""The tables."""

from collections.abc import Iterable
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
)
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
    # The due date that a reminder was recorded for: a new date brings a new reminder.
    reminded_for: Mapped[datetime | None]
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


class EventKind(StrEnum):
    TODO_COMPLETED = "todo.completed"
    TODO_DUE_SOON = "todo.due_soon"


class OutboxMessage(Base):
    """Something that happened, recorded in the transaction in which it happened.

    It is a job until `done_at` (or `dead_at`) is set. The queue only says that there is
    work; this row is the work, and survives what a queue and a worker do not.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    # For receivers elsewhere: by it they tell a repetition from a new event.
    key: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(50))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    # Not before: the end of the lease while a worker has it, the end of the pause after
    # a failure.
    available_at: Mapped[datetime] = mapped_column(index=True)
    dispatched_at: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(36))
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(500))


class Notification(Base):
    __tablename__ = "notifications"
    __table_args__ = (Index(None, "user_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # Twice the same event is one notification, whatever the workers do.
    event_key: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(50))
    todo_id: Mapped[int]
    text: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
