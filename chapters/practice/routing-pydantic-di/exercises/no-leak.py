# %% [check]
"""Response models that stop stored fields from leaving."""

from fastapi import FastAPI

from seethrough.dependencies import answer
from seethrough.exercises import Work


def check(work: Work) -> str:
    app = work.get("app", FastAPI)
    for path in ("/users", "/team"):
        got = answer(app, "GET", path)
        if got.raised is not None:
            work.fail(f"`GET {path}` crashed with `{type(got.raised).__name__}`.")
        work.require(got.status == 200, f"`GET {path}` was answered with {got.status}.")
        for secret in ("password_hash", "budget"):
            work.require(
                secret not in got.body.decode(), f"`GET {path}` still shows `{secret}`: {got.json}."
            )
    ada, bob = {"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}
    team = {"title": "Engines", "members": [ada, bob]}
    for path, wanted in (("/users", [ada, bob]), ("/team", team)):
        work.equal(answer(app, "GET", path).json, wanted, f"GET {path}")
    paths = app.openapi()["paths"]
    for path in ("/users", "/team"):
        response = paths[path]["get"]["responses"]["200"]
        promised = response["content"]["application/json"]["schema"]
        work.require(
            "UserOut" in str(promised) or "TeamOut" in str(promised),
            f"`GET {path}` shows the right fields, but the OpenAPI document promises "
            f"`{promised}`; let the route promise a model.",
        )
    return "The rows are as they were, and what leaves is what the models list."


# %% [hint]
# A model for each thing that leaves: `class UserOut(BaseModel)` with `id` and `name`. `TeamOut` has
# `members: list[UserOut]`.

# %% [hint]
# The functions go on returning rows, so say it to FastAPI: `@app.get("/users",
# response_model=list[UserOut])`.

# %% [hint]
# What is nested is filtered by its own model: `members: list[UserRow]` would promise the hash. Rows may
# stay dataclasses; FastAPI reads their attributes.

# %% [solution]
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


@dataclass
class UserRow:
    """As stored."""

    id: int
    name: str
    password_hash: str


class UserOut(BaseModel):
    """A user without secrets."""

    id: int
    name: str


class TeamOut(BaseModel):
    """A team without its money."""

    title: str
    members: list[UserOut]


ada, bob = UserRow(1, "Ada", "argon2…"), UserRow(2, "Bob", "argon2…")
team: dict[str, Any] = {"title": "Engines", "budget": 9000, "members": [ada, bob]}


@app.get("/users", response_model=list[UserOut])
async def list_users() -> Any:
    """List users."""
    return [ada, bob]


@app.get("/team", response_model=TeamOut)
async def read_team() -> Any:
    """Read the team."""
    return team


# %% [mistake] members-as-rows
# says: `GET /team` still shows `password_hash`
from dataclasses import dataclass

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


@dataclass
class UserRow:
    id: int
    name: str
    password_hash: str


class UserOut(BaseModel):
    id: int
    name: str


class TeamOut(BaseModel):
    title: str
    members: list[UserRow]


ada, bob = UserRow(1, "Ada", "argon2…"), UserRow(2, "Bob", "argon2…")
team = {"title": "Engines", "budget": 9000, "members": [ada, bob]}


@app.get("/users", response_model=list[UserOut])
async def list_users():
    return [ada, bob]


@app.get("/team", response_model=TeamOut)
async def read_team():
    return team


# %% [mistake] list-forgotten
# says: `GET /users` still shows `password_hash`
from dataclasses import dataclass

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


@dataclass
class UserRow:
    id: int
    name: str
    password_hash: str


class UserOut(BaseModel):
    id: int
    name: str


ada, bob = UserRow(1, "Ada", "argon2…"), UserRow(2, "Bob", "argon2…")
team = {"title": "Engines", "budget": 9000, "members": [ada, bob]}


@app.get("/users")
async def list_users():
    return [ada, bob]


# %% [mistake] one-where-many
# says: `GET /users` crashed with `ResponseValidationError`
from dataclasses import dataclass

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


@dataclass
class UserRow:
    id: int
    name: str
    password_hash: str


class UserOut(BaseModel):
    id: int
    name: str


ada, bob = UserRow(1, "Ada", "argon2…"), UserRow(2, "Bob", "argon2…")
team = {"title": "Engines", "budget": 9000, "members": [ada, bob]}


@app.get("/users", response_model=UserOut)
async def list_users():
    return [ada, bob]


# %% [mistake] by-hand
# says: shows the right fields, but the OpenAPI document promises
from fastapi import FastAPI

app = FastAPI()
ada, bob = {"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}


@app.get("/users")
async def list_users():
    return [ada, bob]


@app.get("/team")
async def read_team():
    return {"title": "Engines", "members": [ada, bob]}
