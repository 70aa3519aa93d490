# %% [check]
"""Notes that belong to somebody, asked over HTTP."""

import json
from typing import Any

from seethrough.eventloop import Deadlock, run
from seethrough.exercises import Work


def check(work: Work) -> str:
    api = Api(work)
    work.equal(api.status("POST", "/notes", "", {"text": "x"}), 401, "POST /notes without X-User")
    notes = [api.add("ada", "Pay rent"), api.add("bob", "Call mum"), api.add("ada", "Water plants")]
    own(work, api, notes[0])
    foreign(work, api, notes[0], notes[1])
    forbidden_fields(work, api)
    for path in ("/notes", f"/notes/{notes[0]}"):
        work.equal(api.status("GET", path), 401, f"GET {path} without X-User")
    work.equal(api.status("DELETE", f"/notes/{notes[0]}", "ada"), 204, "DELETE of Ada's "
    "note, as Ada")
    work.equal(api.status("GET", f"/notes/{notes[0]}", "ada"), 404, "GET of it afterwards")
    numbers(work, api, notes)
    return "Everybody sees their own, and nobody can tell what else there is."


class Api:
    """Calls the learner's application in-process."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.app = work.get("app")

    def call(
        self, method: str, path: str, user: str = "", body: dict[str, Any] | None = None
    ) -> tuple[int, Any]:
        """Send one request, and return the status and the decoded body."""
        try:
            status, text = run(request(self.app, method, path, user, body))
        except Deadlock:
            self.work.fail(
                f"`{method} {path}` waits for a thread, and this check has none: write `async def`."
            )
        except Exception as error:
            self.work.fail(f"`{method} {path}` crashed: `{type(error).__name__}: {error}`.")
        return status, json.loads(text or "null")

    def status(self, *request: Any) -> int:
        return self.call(*request)[0]

    def add(self, user: str, text: str) -> int:
        status, number = self.call("POST", "/notes", user, {"text": text})
        self.work.equal(status, 201, f"POST /notes as {user}, status")
        self.work.require(
            isinstance(number, int), f"POST /notes answered `{number!r}`; it should be a number."
        )
        return number


async def request(
    app: Any, method: str, path: str, user: str, body: dict[str, Any] | None
) -> tuple[int, bytes]:
    """Speak ASGI by hand: a check needs no client."""
    headers = [(b"host", b"notes.example"), (b"content-type", b"application/json")]
    if user:
        headers.append((b"x-user", user.encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": headers,
        "server": ("notes.example", 80),
        "client": ("127.0.0.1", 1),
    }
    sent: list[dict[str, Any]] = []
    content = b"" if body is None else json.dumps(body).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def own(work: Work, api: Api, note: int) -> None:
    status, found = api.call("GET", f"/notes/{note}", "ada")
    work.equal(status, 200, "GET of Ada's note, as Ada")
    work.require(
        isinstance(found, dict) and found.get("text") == "Pay rent",
        f"Ada's own note came back as `{found!r}`; its `text` should be 'Pay rent'.",
    )
    _, listed = api.call("GET", "/notes", "bob")
    texts = [entry.get("text") for entry in listed]
    work.equal(texts, ["Call mum"], "the texts in GET /notes, as Bob")


def foreign(work: Work, api: Api, adas: int, bobs: int) -> None:
    for method in ("GET", "DELETE"):
        status = api.status(method, f"/notes/{adas}", "bob")
        missing = api.status(method, "/notes/999", "bob")
        work.require(status >= 400, f"Bob could {method} Ada's note: the answer was {status}.")
        work.require(
            status == missing == 404,
            f"{method} of Ada's note as Bob gives {status}, of a note that is not there {missing}. "
            "Both should be 404: that it exists is none of his business.",
        )
    work.equal(
        api.status("GET", f"/notes/{adas}", "ada"), 200, "GET of Ada's note after Bob's DELETE"
    )
    work.equal(api.status("GET", f"/notes/{bobs}", "bob"), 200, "GET of Bob's note, as Bob")


def forbidden_fields(work: Work, api: Api) -> None:
    for field in ("owner", "id", "done"):
        status, _ = api.call("POST", "/notes", "bob", {"text": "x", field: "ada"})
        work.require(
            status == 422,
            f"Bob sent `{field}: 'ada'` with a new note, and the answer was {status}, not 422.",
        )
    _, listed = api.call("GET", "/notes", "ada")
    work.equal(len(listed), 2, "the number of notes in GET /notes, as Ada, after Bob's attempts")


def numbers(work: Work, api: Api, before: list[int]) -> None:
    """See that a number is not given out twice after a deletion."""
    new = api.add("bob", "New")
    work.require(
        new not in before,
        f"after a deletion the new note got the number {new} again, and replaced another one.",
    )


# %% [hint]
# One dependency that reads `X-User` and raises 401 settles who asks, for all four routes. Give it a name such
# as `UserDep = Annotated[str, Depends(current_user)]`.

# %% [hint]
# Ask for *a note of this user* in one function, and raise 404 there for both "not there" and "not yours". Reading
# and deleting both go through it.

# %% [hint]
# The body is a model with `ConfigDict(extra="forbid")` and only the fields that a client may set:
# `class NewNote(BaseModel): text: str`. The owner comes from the dependency. For the numbers, `itertools.count(1)`:
# the length of a dictionary falls when something is deleted.

# %% [solution]
from itertools import count
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict

app = FastAPI()
NOTES: dict[int, tuple[str, str]] = {}
FRESH = count(1)


class NewNote(BaseModel):
    """What a client may set."""

    model_config = ConfigDict(extra="forbid")
    text: str


class Note(BaseModel):
    """What a client sees."""

    id: int
    text: str


async def current_user(x_user: Annotated[str, Header()] = "") -> str:
    """Stand in for the login."""
    if not x_user:
        raise HTTPException(401)
    return x_user


UserDep = Annotated[str, Depends(current_user)]


def notes_of(user: str) -> dict[int, Note]:
    """Return the notes that this user can see at all."""
    return {
        number: Note(id=number, text=text)
        for number, (owner, text) in NOTES.items()
        if owner == user
    }


def own_note(user: str, number: int) -> Note:
    """Return one of them, or answer 404."""
    note = notes_of(user).get(number)
    if note is None:
        raise HTTPException(404)
    return note


@app.post("/notes", status_code=201)
async def add(note: NewNote, user: UserDep) -> int:
    """Add a note."""
    number = next(FRESH)
    NOTES[number] = (user, note.text)
    return number


@app.get("/notes")
async def all_notes(user: UserDep) -> list[Note]:
    """List one's own."""
    return list(notes_of(user).values())


@app.get("/notes/{number}")
async def read(number: int, user: UserDep) -> Note:
    """Read one."""
    return own_note(user, number)


@app.delete("/notes/{number}", status_code=204)
async def delete(number: int, user: UserDep) -> None:
    """Remove one."""
    del NOTES[own_note(user, number).id]


# %% [mistake] forgot-delete
# says: Bob could DELETE Ada's note
from itertools import count
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict

app = FastAPI()
NOTES = {}
FRESH = count(1)


class NewNote(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str


async def current_user(x_user: Annotated[str, Header()] = "") -> str:
    if not x_user:
        raise HTTPException(401)
    return x_user


UserDep = Annotated[str, Depends(current_user)]


@app.post("/notes", status_code=201)
async def add(note: NewNote, user: UserDep):
    number = next(FRESH)
    NOTES[number] = {"owner": user, "text": note.text}
    return number


@app.get("/notes")
async def all_notes(user: UserDep):
    return [note for note in NOTES.values() if note["owner"] == user]


@app.get("/notes/{number}")
async def read(number: int, user: UserDep):
    if number not in NOTES or NOTES[number]["owner"] != user:
        raise HTTPException(404)
    return NOTES[number]


@app.delete("/notes/{number}", status_code=204)
async def delete(number: int, user: UserDep):
    if NOTES.pop(number, None) is None:
        raise HTTPException(404)


# %% [mistake] forbidden-instead
# says: of Ada's note as Bob gives 403, of a note that is not there 404
from itertools import count
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict

app = FastAPI()
NOTES = {}
FRESH = count(1)


class NewNote(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str


async def current_user(x_user: Annotated[str, Header()] = "") -> str:
    if not x_user:
        raise HTTPException(401)
    return x_user


UserDep = Annotated[str, Depends(current_user)]


def own(number, user):
    if number not in NOTES:
        raise HTTPException(404)
    if NOTES[number]["owner"] != user:
        raise HTTPException(403)
    return NOTES[number]


@app.post("/notes", status_code=201)
async def add(note: NewNote, user: UserDep):
    number = next(FRESH)
    NOTES[number] = {"owner": user, "text": note.text}
    return number


@app.get("/notes")
async def all_notes(user: UserDep):
    return [note for note in NOTES.values() if note["owner"] == user]


@app.get("/notes/{number}")
async def read(number: int, user: UserDep):
    return own(number, user)


@app.delete("/notes/{number}", status_code=204)
async def delete(number: int, user: UserDep):
    own(number, user)
    del NOTES[number]


# %% [mistake] list-of-all
# says: the texts in GET /notes, as Bob
from itertools import count
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException

app = FastAPI()
NOTES = {}
FRESH = count(1)


async def current_user(x_user: Annotated[str, Header()] = "") -> str:
    if not x_user:
        raise HTTPException(401)
    return x_user


UserDep = Annotated[str, Depends(current_user)]


@app.post("/notes", status_code=201)
async def add(note: dict[str, Any], user: UserDep):
    number = next(FRESH)
    NOTES[number] = note | {"owner": user}
    return number


@app.get("/notes")
async def all_notes(user: UserDep):
    return list(NOTES.values())


@app.get("/notes/{number}")
async def read(number: int, user: UserDep):
    if number not in NOTES or NOTES[number]["owner"] != user:
        raise HTTPException(404)
    return NOTES[number]


@app.delete("/notes/{number}", status_code=204)
async def delete(number: int, user: UserDep):
    await read(number, user)
    del NOTES[number]


# %% [mistake] extra-ignored
# says: Bob sent `owner: 'ada'` with a new note, and the answer was 201
from itertools import count
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

app = FastAPI()
NOTES = {}
FRESH = count(1)


class NewNote(BaseModel):
    text: str


async def current_user(x_user: Annotated[str, Header()] = "") -> str:
    if not x_user:
        raise HTTPException(401)
    return x_user


UserDep = Annotated[str, Depends(current_user)]


@app.post("/notes", status_code=201)
async def add(note: NewNote, user: UserDep):
    number = next(FRESH)
    NOTES[number] = {"owner": user, "text": note.text}
    return number


@app.get("/notes")
async def all_notes(user: UserDep):
    return [note for note in NOTES.values() if note["owner"] == user]


@app.get("/notes/{number}")
async def read(number: int, user: UserDep):
    if number not in NOTES or NOTES[number]["owner"] != user:
        raise HTTPException(404)
    return NOTES[number]


@app.delete("/notes/{number}", status_code=204)
async def delete(number: int, user: UserDep):
    await read(number, user)
    del NOTES[number]


# %% [mistake] length-as-number
# says: got the number 3 again
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict

app = FastAPI()
NOTES = {}


class NewNote(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str


async def current_user(x_user: Annotated[str, Header()] = "") -> str:
    if not x_user:
        raise HTTPException(401)
    return x_user


UserDep = Annotated[str, Depends(current_user)]


@app.post("/notes", status_code=201)
async def add(note: NewNote, user: UserDep):
    number = len(NOTES) + 1
    NOTES[number] = {"owner": user, "text": note.text}
    return number


@app.get("/notes")
async def all_notes(user: UserDep):
    return [note for note in NOTES.values() if note["owner"] == user]


@app.get("/notes/{number}")
async def read(number: int, user: UserDep):
    if number not in NOTES or NOTES[number]["owner"] != user:
        raise HTTPException(404)
    return NOTES[number]


@app.delete("/notes/{number}", status_code=204)
async def delete(number: int, user: UserDep):
    await read(number, user)
    del NOTES[number]
