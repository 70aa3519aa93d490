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


class Todo(Base):
    __tablename__ = "todos"
    __table_args__ = (
        CheckConstraint("priority BETWEEN 1 AND 3", name="priority_range"),
        Index(None, "priority", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
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
