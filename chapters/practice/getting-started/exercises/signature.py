# %% [check]
"""Say in a signature where each argument comes from."""

from typing import Any

from fastapi import FastAPI

from seethrough.exercises import Work
from seethrough.tour import ask, request


def check(work: Work) -> str:
    app = work.get("app", FastAPI)

    def patch(path: str, body: Any) -> tuple[int, Any]:
        answer = ask(app, request("PATCH", path, body))[0]
        return answer.status, answer.json()

    status, said = patch("/notes/7", {"text": "milk"})
    if status == 422:
        where = ", ".join(".".join(map(str, fault["loc"])) for fault in said["detail"])
        work.fail(f"a good request was refused. Your signature misses or rejects: {where}.")
    work.equal(said, {"id": 7, "text": "milk", "notify": False}, 'PATCH /notes/7 {"text": "milk"}')
    _, said = patch("/notes/7?notify=yes", {"text": "milk"})
    work.equal(said["notify"], True, "notify in PATCH /notes/7?notify=yes")
    for path, body, wrong in (
        ("/notes/0", {"text": "milk"}, "an id of 0"),
        ("/notes/7", {"text": "x" * 51}, "a text of 51 characters"),
        ("/notes/7?notify=perhaps", {"text": "milk"}, "notify=perhaps"),
        ("/notes/7", {}, "a body without text"),
    ):
        status, _ = patch(path, body)
        work.require(status == 422, f"{wrong} was answered with {status}, not with 422.")
    status, _ = patch("/notes/7", {"text": "x" * 50})
    work.equal(status, 200, "the status of a text of exactly 50 characters")
    return "Three arguments from three places, each within its bounds."


# %% [hint]
# What is in the path is found by its name. What is plain and not in the path is looked for in the
# query.

# %% [hint]
# For the body, write a model with one field `text`, and let one parameter have it as its type; or
# `Body(embed=True)`.

# %% [hint]
# `Annotated[int, Path(ge=1)]`, and `Field(max_length=50)` in the model. A default of `False` makes
# `notify` optional.

# %% [solution]
from typing import Annotated

from fastapi import Body, FastAPI, Path

app = FastAPI()


@app.patch("/notes/{note_id}")
async def update(
    note_id: Annotated[int, Path(ge=1)],
    text: Annotated[str, Body(embed=True, max_length=50)],
    notify: bool = False,
) -> dict[str, int | str | bool]:
    """Change a note."""
    return {"id": note_id, "text": text, "notify": notify}


# %% [mistake] text-from-query
# says: query.text
from typing import Annotated

from fastapi import FastAPI, Path

app = FastAPI()


@app.patch("/notes/{note_id}")
async def update(note_id: Annotated[int, Path(ge=1)], text: str, notify: bool = False):
    return {"id": note_id, "text": text, "notify": notify}


# %% [mistake] body-not-embedded
# says: misses or rejects: body
from typing import Annotated

from fastapi import Body, FastAPI, Path

app = FastAPI()


@app.patch("/notes/{note_id}")
async def update(
    note_id: Annotated[int, Path(ge=1)],
    text: Annotated[str, Body(max_length=50)],
    notify: bool = False,
):
    return {"id": note_id, "text": text, "notify": notify}


# %% [mistake] notify-required
# says: query.notify
from typing import Annotated

from fastapi import Body, FastAPI, Path

app = FastAPI()


@app.patch("/notes/{note_id}")
async def update(
    note_id: Annotated[int, Path(ge=1)],
    text: Annotated[str, Body(embed=True, max_length=50)],
    notify: bool | None,
):
    return {"id": note_id, "text": text, "notify": notify}


# %% [mistake] no-bounds
# says: an id of 0 was answered with 200
from typing import Annotated

from fastapi import Body, FastAPI

app = FastAPI()


@app.patch("/notes/{note_id}")
async def update(note_id: int, text: Annotated[str, Body(embed=True)], notify: bool = False):
    return {"id": note_id, "text": text, "notify": notify}
