# %% [check]
"""A PATCH in which left out, null and a value are three things."""

from typing import Any

from fastapi import FastAPI

from seethrough.dependencies import answer
from seethrough.exercises import Work


def check(work: Work) -> str:
    app = work.get("app", FastAPI)
    start = {"name": "Ada", "bio": "Analyst", "public": True}
    nothing = answer(app, "PATCH", "/profile", body={})
    work.require(
        nothing.status == 200,
        f"`PATCH {{}}` was answered with {nothing.status}; every field may be left out.",
    )
    work.require(
        nothing.json == start,
        "`PATCH {}` changed the profile; nothing was sent, so nothing should change.",
    )
    steps: list[tuple[dict[str, Any], str]] = [
        ({"name": "Grace"}, "`{'name': 'Grace'}`"),
        ({"public": False}, "`{'public': False}`"),
        ({"bio": None}, "`{'bio': null}`"),
        ({"bio": ""}, "`{'bio': ''}`"),
    ]
    wanted = start
    for sent, words in steps:
        wanted = wanted | sent
        got = answer(app, "PATCH", "/profile", body=sent)
        work.require(
            got.status == 200, f"after {words} the answer was {got.status}; it should be 200."
        )
        for name, value in wanted.items():
            work.require(
                got.json.get(name) == value,
                f"after {words} the profile has `{name}={got.json.get(name)!r}`; "
                f"it should have `{name}={value!r}`.",
            )
    for name in ("name", "public"):
        got = answer(app, "PATCH", "/profile", body={name: None})
        work.require(
            got.status == 422,
            f"`{{'{name}': null}}` was answered with {got.status}; "
            f"a {name} that is null should be refused with 422.",
        )
    now = answer(app, "PATCH", "/profile", body={}).json
    work.equal(now, wanted, "the profile in the end")
    return "Left out, null and a value: three things, and each does what was meant."


# %% [hint]
# Which of the four `exclude_…` ways of `model_dump` leaves out what was not *sent*, and nothing else?

# %% [hint]
# `exclude_unset=True` goes by `model_fields_set`. A null that was sent is set.

# %% [hint]
# A `null` for `name` gets through because the type allows it. `name: str` with a default may be left
# out and may not be null; the default is never read.

# %% [solution]
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
profile: dict[str, Any] = {"name": "Ada", "bio": "Analyst", "public": True}


class ProfileUpdate(BaseModel):
    """What may change; only the bio may be null."""

    name: str = ""
    bio: str | None = None
    public: bool = False


@app.patch("/profile")
async def change(update: ProfileUpdate) -> dict[str, Any]:
    """Change what was sent."""
    profile.update(update.model_dump(exclude_unset=True))
    return profile


# %% [mistake] dumps-everything
# says: `PATCH {}` changed the profile
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
profile: dict[str, Any] = {"name": "Ada", "bio": "Analyst", "public": True}


class ProfileUpdate(BaseModel):
    name: str = ""
    bio: str | None = None
    public: bool = False


@app.patch("/profile")
async def change(update: ProfileUpdate):
    profile.update(update.model_dump())
    return profile


# %% [mistake] keeps-the-bio
# says: after `{'bio': null}` the profile has `bio='Analyst'`; it should have `bio=None`
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
profile: dict[str, Any] = {"name": "Ada", "bio": "Analyst", "public": True}


class ProfileUpdate(BaseModel):
    name: str | None = None
    bio: str | None = None
    public: bool | None = None


@app.patch("/profile")
async def change(update: ProfileUpdate):
    for name, value in update:
        if value is not None:
            profile[name] = value
    return profile


# %% [mistake] skips-what-is-false
# says: after `{'public': False}` the profile has `public=True`
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
profile: dict[str, Any] = {"name": "Ada", "bio": "Analyst", "public": True}


class ProfileUpdate(BaseModel):
    name: str = ""
    bio: str | None = None
    public: bool = False


@app.patch("/profile")
async def change(update: ProfileUpdate):
    profile.update(update.model_dump(exclude_defaults=True))
    return profile


# %% [mistake] null-for-a-name
# says: `{'name': null}` was answered with 200
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
profile: dict[str, Any] = {"name": "Ada", "bio": "Analyst", "public": True}


class ProfileUpdate(BaseModel):
    name: str | None = None
    bio: str | None = None
    public: bool | None = None


@app.patch("/profile")
async def change(update: ProfileUpdate):
    profile.update(update.model_dump(exclude_unset=True))
    return profile


# %% [mistake] all-required
# says: `PATCH {}` was answered with 422; every field may be left out
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
profile: dict[str, Any] = {"name": "Ada", "bio": "Analyst", "public": True}


class ProfileUpdate(BaseModel):
    name: str
    bio: str | None
    public: bool


@app.patch("/profile")
async def change(update: ProfileUpdate):
    profile.update(update.model_dump(exclude_unset=True))
    return profile
