# %% [check]
"""A dependency that takes an argument, and asks for another one."""

from typing import Any

from fastapi import Depends, FastAPI

from seethrough.dependencies import answer
from seethrough.exercises import Work


def check(work: Work) -> str:
    app = work.get("app", FastAPI)
    requires: Any = work.get("Requires", type)

    def status(method: str, path: str, name: str = "") -> int:
        headers = {"x-name": name} if name else {}
        got = answer(app, method, path, headers=headers)
        if got.raised is not None:
            work.fail(
                f"`{method} {path}` as {name or 'a stranger'} crashed with "
                f"`{type(got.raised).__name__}: {got.raised}`."
            )
        return got.status

    table = (
        ("POST", "/reports", {"ada": 200, "bob": 200, "eve": 403, "": 401}),
        ("GET", "/admin/users", {"ada": 200, "bob": 403, "eve": 403, "": 401}),
    )
    for method, path, wanted in table:
        for name, code in wanted.items():
            got = status(method, path, name)
            work.require(
                got == code,
                f"`{method} {path}` as {name or 'a stranger'} was answered with {got}; "
                f"it should be {code}.",
            )
    admin: Any = work.get("admin")
    work.require(
        len(admin.dependencies) == 1,
        "the guard stands on a route of `admin`; on the router itself no later route could "
        "forget it.",
    )
    own, guard = FastAPI(), Depends(requires("write"))

    @own.get("/me")
    async def me(name: Any = guard) -> Any:
        return name

    got = answer(own, "GET", "/me", headers={"x-name": "bob"})
    work.equal(got.json, "bob", "the value of Depends(Requires('write')) for bob")
    return "401 for strangers, 403 for the wrong ones, and no route can forget its guard."


# %% [hint]
# `Depends` calls what it is given. An instance can be called when its class has `__call__`.

# %% [hint]
# The parameters of `__call__` are read like those of a function:
# `caller: Annotated[str, Depends(get_caller)]`.

# %% [hint]
# `Depends(Requires("write"))` as a guard whose value nobody wants goes into `dependencies=[…]`, of
# the route's decorator or of `APIRouter`. And return the caller.

# %% [solution]
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException

PERMISSIONS: dict[str, set[str]] = {"ada": {"write", "admin"}, "bob": {"write"}, "eve": set()}


def get_caller(x_name: Annotated[str, Header()] = "") -> str:
    """Say who calls."""
    if x_name not in PERMISSIONS:
        raise HTTPException(401, "who are you?")
    return x_name


class Requires:
    """Let callers through that have a permission."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def __call__(self, caller: Annotated[str, Depends(get_caller)]) -> str:
        """Return the caller's name."""
        if self.permission not in PERMISSIONS[caller]:
            raise HTTPException(403, f"this needs {self.permission}")
        return caller


app = FastAPI()


@app.post("/reports", dependencies=[Depends(Requires("write"))])
async def write() -> str:
    """Write a report."""
    return "written"


admin = APIRouter(prefix="/admin", dependencies=[Depends(Requires("admin"))])


@admin.get("/users")
async def users() -> list[str]:
    """List users."""
    return sorted(PERMISSIONS)


app.include_router(admin)


# %% [mistake] class-instead-of-object
# says: `POST /reports` as ada was answered with 422; it should be 200
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException

PERMISSIONS = {"ada": {"write", "admin"}, "bob": {"write"}, "eve": set()}


def get_caller(x_name: Annotated[str, Header()] = "") -> str:
    if x_name not in PERMISSIONS:
        raise HTTPException(401, "who are you?")
    return x_name


class Requires:
    def __init__(self, permission: str):
        self.permission = permission

    def __call__(self, caller: Annotated[str, Depends(get_caller)]):
        if self.permission not in PERMISSIONS[caller]:
            raise HTTPException(403)
        return caller


app = FastAPI()


@app.post("/reports", dependencies=[Depends(Requires)])
async def write():
    return "written"


admin = APIRouter(prefix="/admin", dependencies=[Depends(Requires)])


@admin.get("/users")
async def users():
    return sorted(PERMISSIONS)


app.include_router(admin)


# %% [mistake] asks-for-the-header
# says: `POST /reports` as a stranger was answered with 422; it should be 401
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException

PERMISSIONS = {"ada": {"write", "admin"}, "bob": {"write"}, "eve": set()}


class Requires:
    def __init__(self, permission):
        self.permission = permission

    def __call__(self, x_name: Annotated[str, Header()]):
        if self.permission not in PERMISSIONS[x_name]:
            raise HTTPException(403)
        return x_name


app = FastAPI()


@app.post("/reports", dependencies=[Depends(Requires("write"))])
async def write():
    return "written"


admin = APIRouter(prefix="/admin", dependencies=[Depends(Requires("admin"))])


@admin.get("/users")
async def users():
    return sorted(PERMISSIONS)


app.include_router(admin)


# %% [mistake] one-door-left-open
# says: `GET /admin/users` as bob was answered with 200; it should be 403
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException

PERMISSIONS = {"ada": {"write", "admin"}, "bob": {"write"}, "eve": set()}


def get_caller(x_name: Annotated[str, Header()] = "") -> str:
    if x_name not in PERMISSIONS:
        raise HTTPException(401, "who are you?")
    return x_name


class Requires:
    def __init__(self, permission):
        self.permission = permission

    def __call__(self, caller: Annotated[str, Depends(get_caller)]):
        if self.permission not in PERMISSIONS[caller]:
            raise HTTPException(403)
        return caller


app = FastAPI()


@app.post("/reports", dependencies=[Depends(Requires("write"))])
async def write():
    return "written"


admin = APIRouter(prefix="/admin")


@admin.get("/users")
async def users():
    return sorted(PERMISSIONS)


app.include_router(admin)

# %% [mistake] on-the-route
# says: on the router itself no later route could forget it
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException

PERMISSIONS = {"ada": {"write", "admin"}, "bob": {"write"}, "eve": set()}


def get_caller(x_name: Annotated[str, Header()] = "") -> str:
    if x_name not in PERMISSIONS:
        raise HTTPException(401, "who are you?")
    return x_name


class Requires:
    def __init__(self, permission):
        self.permission = permission

    def __call__(self, caller: Annotated[str, Depends(get_caller)]):
        if self.permission not in PERMISSIONS[caller]:
            raise HTTPException(403)
        return caller


app = FastAPI()


@app.post("/reports", dependencies=[Depends(Requires("write"))])
async def write():
    return "written"


admin = APIRouter(prefix="/admin")


@admin.get("/users", dependencies=[Depends(Requires("admin"))])
async def users():
    return sorted(PERMISSIONS)


app.include_router(admin)


# %% [mistake] gives-nothing
# says: the value of Depends(Requires('write')) for bob` gave `None`
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException

PERMISSIONS = {"ada": {"write", "admin"}, "bob": {"write"}, "eve": set()}


def get_caller(x_name: Annotated[str, Header()] = "") -> str:
    if x_name not in PERMISSIONS:
        raise HTTPException(401, "who are you?")
    return x_name


class Requires:
    def __init__(self, permission):
        self.permission = permission

    def __call__(self, caller: Annotated[str, Depends(get_caller)]):
        if self.permission not in PERMISSIONS[caller]:
            raise HTTPException(403)


app = FastAPI()


@app.post("/reports", dependencies=[Depends(Requires("write"))])
async def write():
    return "written"


admin = APIRouter(prefix="/admin", dependencies=[Depends(Requires("admin"))])


@admin.get("/users")
async def users():
    return sorted(PERMISSIONS)


app.include_router(admin)
