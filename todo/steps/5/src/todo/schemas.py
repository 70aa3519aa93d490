"""What goes in and out over HTTP.

A model for each direction: what a client may send is never what the service stores, and
what it stores is never what it shows.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
)

from todo.models import Priority
from todo.pagination import Order

# SQLite stores U+0000, PostgreSQL refuses it: both get the same.
NO_NUL = r"^[^\x00]*$"


def to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("too far from our time") from error


Title = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=NO_NUL
    ),
]
Notes = Annotated[str, StringConstraints(max_length=10_000, pattern=NO_NUL)]
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,29}$")]
Moment = Annotated[AwareDatetime, AfterValidator(to_utc)]


Username = Annotated[
    str,
    StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{2,31}$"),
]
# The upper bound keeps a megabyte of "password" from being hashed.
Password = Annotated[SecretStr, Field(min_length=12, max_length=128)]
OpaqueToken = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class Scope(StrEnum):
    READ = "todos:read"
    WRITE = "todos:write"


class Input(BaseModel):
    """What a client sends. A field that we do not know is a mistake, not noise."""

    model_config = ConfigDict(extra="forbid")


class TodoCreate(Input):
    title: Title
    notes: Notes | None = None
    priority: Priority = Priority.NORMAL
    due_at: Moment | None = None
    tags: set[Tag] = Field(default_factory=set, max_length=10)


class TodoUpdate(Input):
    # Each field may be left out, and only notes and due_at may be null. The defaults
    # are never read, since `sent` drops them; made by a factory, they stay out of the
    # schema.
    title: Title = Field(default_factory=str)
    notes: Notes | None = None
    done: bool = Field(default_factory=bool)
    priority: Priority = Field(default_factory=lambda: Priority.NORMAL)
    due_at: Moment | None = None
    tags: set[Tag] = Field(default_factory=set, max_length=10)

    def sent(self) -> dict[str, Any]:
        """Return the fields that the client sent, and no others."""
        return self.model_dump(exclude_unset=True)


class TodoFilter(Input):
    done: bool | None = None
    q: str | None = Field(
        default=None, max_length=100, pattern=NO_NUL, description="Part of a title."
    )
    priority: Priority | None = None
    due_before: Moment | None = None
    tag: list[Tag] = Field(
        default_factory=list, max_length=5, description="All of these."
    )
    order: Order = Order.OLDEST
    limit: int | None = Field(default=None, ge=1, le=100)
    cursor: str | None = Field(
        default=None, max_length=200, description="`next_cursor` of the page before."
    )


class TodoOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    notes: str | None
    done: bool
    priority: Priority
    due_at: datetime | None
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    version: int = Field(description="Counts changes; also in the ETag.")


class TodoPage(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    items: list[TodoOut]
    next_cursor: str | None = Field(description="Null on the last page.")


class TagCount(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    todos: int


class TagList(BaseModel):
    items: list[TagCount]


class UserCreate(Input):
    username: Username
    password: Password


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    username: str
    created_at: datetime


class LoginForm(BaseModel):
    """The form of RFC 6749, 4.3.2. As it says, unknown fields are ignored."""

    grant_type: Literal["password"]
    username: str = Field(max_length=32, pattern=NO_NUL)
    # Not `Password`: an old password may be shorter than what we ask for today.
    password: SecretStr = Field(max_length=128)
    scope: str = Field(default="", max_length=200, description="Empty: all of them.")

    @field_validator("scope")
    @classmethod
    def known(cls, value: str) -> str:
        unknown = set(value.split()) - set(Scope)
        if unknown:
            raise ValueError("there is no such scope")
        return value

    @property
    def scopes(self) -> frozenset[Scope]:
        return frozenset(Scope(name) for name in self.scope.split()) or frozenset(Scope)


class RefreshForm(Input):
    refresh_token: OpaqueToken


class TokenOut(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int = Field(description="Seconds that the access token is good for.")
    refresh_token: str
    scope: str


class NotificationOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: str
    todo_id: int
    text: str
    created_at: datetime


class NotificationList(BaseModel):
    items: list[NotificationOut]
