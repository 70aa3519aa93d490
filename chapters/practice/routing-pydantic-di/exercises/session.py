# %% [check]
"""A session that commits before the answer, rolls back on errors, and closes always."""

from typing import Any

from fastapi import FastAPI

from seethrough.dependencies import Answer, answer
from seethrough.exercises import Work


def check(work: Work) -> str:
    app = work.get("app", FastAPI)
    journal: Any = work.get("journal", list)
    session: Any = work.get("Session", type)

    def post(title: str) -> Answer:
        journal.clear()
        return answer(app, "POST", f"/todos?title={title}")

    got = post("Rent")
    work.equal(got.status, 201, "status of POST /todos?title=Rent")
    work.require("commit" in journal, f"the route succeeded, and the journal is {journal}.")
    work.require(
        journal == ["commit", "close"],
        f"the route succeeded, and the journal is {journal}; it should be ['commit', 'close'].",
    )
    got = post("taken")
    work.require(
        got.status == 409,
        f"the route raised `HTTPException(409)`, and the client got {got.status}"
        + (f" (the server logs `{type(got.raised).__name__}`)." if got.raised else "."),
    )
    work.require(
        journal == ["rollback", "close"],
        f"the route raised, and the journal is {journal}; it should be ['rollback', 'close'].",
    )
    session.full = True
    try:
        got = post("Rent")
    finally:
        session.full = False
    work.require(
        got.status == 500,
        f"the disk was full, `commit` raised, and the client was told {got.status}.",
    )
    work.require(
        journal[-1:] == ["close"] and journal.count("close") == 1,
        f"when `commit` raised, the journal was {journal}; the session should be closed, once.",
    )
    return "The answer waits for the commit, and every session is closed."


# %% [hint]
# Give the session a name before the `yield`. What belongs into `except`, what into `else`, what into
# `finally`?

# %% [hint]
# `try: yield session` / `except Exception: rollback, raise` / `else: commit` / `finally: close`.

# %% [hint]
# The client is told `201` although the commit failed, because the code after `yield` runs after the
# answer. `Depends` takes a `scope`.

# %% [solution]
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

journal: list[str] = []


class Session:
    """Says what is done to it."""

    full = False

    def do(self, what: str) -> None:
        """Commit, roll back or close."""
        if what == "commit" and self.full:
            raise OSError("disk full")
        journal.append(what)


async def get_session() -> AsyncIterator[Session]:
    """Commit what a successful route did."""
    session = Session()
    try:
        yield session
    except Exception:
        session.do("rollback")
        raise
    else:
        session.do("commit")
    finally:
        session.do("close")


SessionDep = Annotated[Session, Depends(get_session, scope="function")]
app = FastAPI()


@app.post("/todos", status_code=201)
async def add(title: str, session: SessionDep) -> str:
    """Add a todo."""
    if title == "taken":
        raise HTTPException(409, "there is one already")
    return title


# %% [mistake] after-the-answer
# says: the disk was full, `commit` raised, and the client was told 201
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

journal = []


class Session:
    full = False

    def do(self, what):
        if what == "commit" and self.full:
            raise OSError("disk full")
        journal.append(what)


async def get_session():
    session = Session()
    try:
        yield session
    except Exception:
        session.do("rollback")
        raise
    else:
        session.do("commit")
    finally:
        session.do("close")


app = FastAPI()


@app.post("/todos", status_code=201)
async def add(title: str, session: Annotated[Session, Depends(get_session)]) -> str:
    if title == "taken":
        raise HTTPException(409, "there is one already")
    return title


# %% [mistake] swallows
# says: the route raised `HTTPException(409)`, and the client got 500
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

journal = []


class Session:
    full = False

    def do(self, what):
        if what == "commit" and self.full:
            raise OSError("disk full")
        journal.append(what)


async def get_session():
    session = Session()
    try:
        yield session
        session.do("commit")
    except Exception:
        session.do("rollback")
    finally:
        session.do("close")


app = FastAPI()


@app.post("/todos", status_code=201)
async def add(
    title: str, session: Annotated[Session, Depends(get_session, scope="function")]
) -> str:
    if title == "taken":
        raise HTTPException(409, "there is one already")
    return title


# %% [mistake] commits-always
# says: the route raised, and the journal is ['commit', 'close']
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

journal = []


class Session:
    full = False

    def do(self, what):
        if what == "commit" and self.full:
            raise OSError("disk full")
        journal.append(what)


async def get_session():
    session = Session()
    try:
        yield session
    finally:
        session.do("commit")
        session.do("close")


app = FastAPI()


@app.post("/todos", status_code=201)
async def add(
    title: str, session: Annotated[Session, Depends(get_session, scope="function")]
) -> str:
    if title == "taken":
        raise HTTPException(409, "there is one already")
    return title


# %% [mistake] left-open
# says: when `commit` raised, the journal was []
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

journal = []


class Session:
    full = False

    def do(self, what):
        if what == "commit" and self.full:
            raise OSError("disk full")
        journal.append(what)


async def get_session():
    session = Session()
    try:
        yield session
    except Exception:
        session.do("rollback")
        session.do("close")
        raise
    session.do("commit")
    session.do("close")


app = FastAPI()


@app.post("/todos", status_code=201)
async def add(
    title: str, session: Annotated[Session, Depends(get_session, scope="function")]
) -> str:
    if title == "taken":
        raise HTTPException(409, "there is one already")
    return title
