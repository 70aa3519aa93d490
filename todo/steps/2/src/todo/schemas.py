"""What goes in and out over HTTP.

A model for each direction: what a client may send is never what the service stores, and
what it stores is never what it shows.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]
Notes = Annotated[str, StringConstraints(max_length=10_000)]


class Input(BaseModel):
    """What a client sends. A field that we do not know is a mistake, not noise."""

    model_config = ConfigDict(extra="forbid")


class TodoCreate(Input):
    title: Title
    notes: Notes | None = None


class TodoUpdate(Input):
    # Each field may be left out, and only notes may be null. The defaults are never
    # read, since `sent` drops them; made by a factory, they stay out of the schema.
    title: Title = Field(default_factory=str)
    notes: Notes | None = None
    done: bool = Field(default_factory=bool)

    def sent(self) -> dict[str, Any]:
        """Return the fields that the client sent, and no others."""
        return self.model_dump(exclude_unset=True)


class TodoFilter(Input):
    done: bool | None = None
    q: str | None = Field(default=None, max_length=100, description="Part of a title.")
    limit: int | None = Field(default=None, ge=1, le=100)
    offset: int = Field(default=0, ge=0)


class TodoOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    notes: str | None
    done: bool
    created_at: datetime


class TodoPage(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    items: list[TodoOut]
    total: int = Field(description="How many match, on all pages.")
