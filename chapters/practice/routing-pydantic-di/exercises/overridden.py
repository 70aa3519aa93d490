# %% [check]
"""Overrides that end with their block, whatever happens in it."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI

from seethrough.dependencies import answer
from seethrough.exercises import Work


def _clock() -> str:
    return "real"


def _name() -> str:
    return "real"


def check(work: Work) -> str:
    overridden: Callable[..., Any] = work.get("overridden")
    app = FastAPI()

    @app.get("/")
    async def route(
        clock: Annotated[str, Depends(_clock)], name: Annotated[str, Depends(_name)]
    ) -> list[str]:
        return [clock, name]

    def seen() -> list[str]:
        got: list[str] = answer(app, "GET", "/").json
        return got

    with overridden(app, {_clock: lambda: "stopped"}):
        work.equal(seen(), ["stopped", "real"], "in the block: [clock, name]")
    work.equal(seen(), ["real", "real"], "after the block: [clock, name]")
    try:
        with overridden(app, {_clock: lambda: "stopped"}):
            raise ZeroDivisionError
    except ZeroDivisionError:
        left = seen()
    else:
        work.fail("the block raised `ZeroDivisionError`, and it did not come out of the `with`.")
    work.require(
        left == ["real", "real"],
        f"the block raised, and afterwards the application still gives {left}.",
    )
    with overridden(app, {_clock: lambda: "outer", _name: lambda: "outer"}):
        with overridden(app, {_clock: lambda: "inner"}):
            work.equal(seen(), ["inner", "outer"], "in the inner block: [clock, name]")
        left = seen()
        work.require(
            left == ["outer", "outer"],
            f"after an inner block the outer one gives {left}; it should be ['outer', 'outer'].",
        )
    work.require(
        app.dependency_overrides == {},
        f"in the end {len(app.dependency_overrides)} overrides are left on the application.",
    )
    return "Whatever happens in a block, the application is as it was."


# %% [hint]
# What has to be kept before the block, so that it can be put back?

# %% [hint]
# A `yield` in a `contextmanager` raises what the block raised. Clean up in `finally`.

# %% [hint]
# Keep a *copy*: `before = dict(app.dependency_overrides)`. To put it back, `clear()` and `update(before)`,
# or assign the copy.

# %% [solution]
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI


@contextmanager
def overridden(
    app: FastAPI, fakes: Mapping[Callable[..., Any], Callable[..., Any]]
) -> Iterator[None]:
    """Replace dependencies while the block runs."""
    before = dict(app.dependency_overrides)
    app.dependency_overrides.update(fakes)
    try:
        yield
    finally:
        app.dependency_overrides = before


# %% [mistake] no-finally
# says: the block raised, and afterwards the application still gives ['stopped', 'real']
from contextlib import contextmanager


@contextmanager
def overridden(app, fakes):
    before = dict(app.dependency_overrides)
    app.dependency_overrides.update(fakes)
    yield
    app.dependency_overrides = before


# %% [mistake] clears-all
# says: after an inner block the outer one gives ['real', 'real']
from contextlib import contextmanager


@contextmanager
def overridden(app, fakes):
    app.dependency_overrides.update(fakes)
    try:
        yield
    finally:
        app.dependency_overrides.clear()


# %% [mistake] pops-its-own
# says: after an inner block the outer one gives ['real', 'outer']
from contextlib import contextmanager


@contextmanager
def overridden(app, fakes):
    app.dependency_overrides.update(fakes)
    try:
        yield
    finally:
        for real in fakes:
            app.dependency_overrides.pop(real, None)


# %% [mistake] no-copy
# says: `after the block: [clock, name]` gave `['stopped', 'real']`
from contextlib import contextmanager


@contextmanager
def overridden(app, fakes):
    before = app.dependency_overrides
    app.dependency_overrides.update(fakes)
    try:
        yield
    finally:
        app.dependency_overrides = before


# %% [mistake] replaces-the-others
# says: `in the inner block: [clock, name]` gave `['inner', 'real']`
from contextlib import contextmanager


@contextmanager
def overridden(app, fakes):
    before = app.dependency_overrides
    app.dependency_overrides = dict(fakes)
    try:
        yield
    finally:
        app.dependency_overrides = before
