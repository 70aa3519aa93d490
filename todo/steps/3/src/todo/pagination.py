"""Keyset pagination: a page begins behind the last row of the one before.

OFFSET makes the database read and drop all rows before the page, and a row that is
added or removed meanwhile shifts the pages: some rows come twice, some never.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, tuple_

from todo.errors import InvalidError
from todo.models import Priority, Todo

# What an INTEGER holds on PostgreSQL.
MAX_ID = 2**31 - 1


class Order(StrEnum):
    OLDEST = "oldest"
    NEWEST = "newest"
    URGENT = "urgent"


class Cursor(BaseModel):
    """The position of a row in an order. Clients send it back as they got it."""

    model_config = ConfigDict(extra="forbid")

    order: Order
    priority: Priority
    id: int = Field(ge=1, le=MAX_ID)

    @classmethod
    def of(cls, todo: Todo, order: Order) -> Self:
        return cls(order=order, priority=Priority(todo.priority), id=todo.id)

    def encode(self) -> str:
        return urlsafe_b64encode(self.model_dump_json().encode()).decode()

    @classmethod
    def decode(cls, text: str, order: Order) -> Self:
        try:
            cursor = cls.model_validate_json(urlsafe_b64decode(text))
        except ValueError as error:  # also binascii.Error and ValidationError
            raise InvalidError("cursor", "This is no cursor of ours.") from error
        if cursor.order is not order:
            raise InvalidError("cursor", f"This cursor is for order={cursor.order}.")
        return cursor


def ordered(query: Select[Todo], order: Order) -> Select[Todo]:
    # Each order ends in the id: only a total order has a place behind every row.
    match order:
        case Order.OLDEST:
            return query.order_by(Todo.id)
        case Order.NEWEST:
            return query.order_by(Todo.id.desc())
        case Order.URGENT:
            return query.order_by(Todo.priority.desc(), Todo.id.desc())


def behind(cursor: Cursor) -> ColumnElement[bool]:
    match cursor.order:
        case Order.OLDEST:
            return Todo.id > cursor.id
        case Order.NEWEST:
            return Todo.id < cursor.id
        case Order.URGENT:
            # One comparison of two values: it can use the index over both columns.
            return tuple_(Todo.priority, Todo.id) < (int(cursor.priority), cursor.id)
