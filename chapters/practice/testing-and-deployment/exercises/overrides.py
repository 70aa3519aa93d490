# %% [check]
"""An override that puts back what was there before."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fastapi import FastAPI

from seethrough.exercises import Work


def clock() -> str:
    return "real"


def limit() -> int:
    return 20


def check(work: Work) -> str:
    overridden = work.get("overridden")
    inside(work, overridden)
    foreign(work, overridden)
    nested(work, overridden)
    crash(work, overridden)
    return "Overrides end with their block: alone, beside others, nested, and after a crash."


def noon() -> str:
    return "noon"


def inside(work: Work, overridden: Callable[..., Any]) -> None:
    app = FastAPI()
    with overridden(app, clock, noon):
        work.require(
            app.dependency_overrides.get(clock) is noon,
            "inside the block `app.dependency_overrides` does not have the replacement.",
        )
    work.require(
        app.dependency_overrides == {},
        f"after the block the application still has {len(app.dependency_overrides)} override(s).",
    )


def foreign(work: Work, overridden: Callable[..., Any]) -> None:
    app = FastAPI()
    app.dependency_overrides[limit] = limit
    with overridden(app, clock, noon):
        pass
    work.require(
        limit in app.dependency_overrides,
        "a fixture had overridden `limit`; your block for `clock` took that one out, too.",
    )


def nested(work: Work, overridden: Callable[..., Any]) -> None:
    app = FastAPI()
    kept: object = None
    with suppress(KeyError), overridden(app, clock, noon):
        with overridden(app, clock, lambda: "midnight"):
            pass
        kept = app.dependency_overrides.get(clock)
    work.require(
        kept is noon,
        "two blocks for the same dependency: when the inner one ended, the outer one's "
        "replacement was gone.",
    )


def crash(work: Work, overridden: Callable[..., Any]) -> None:
    app = FastAPI()
    try:
        with overridden(app, clock, noon):
            raise LookupError("the test failed")
    except LookupError:
        pass
    else:
        work.fail("an exception inside the block did not come out: the test would be green.")
    work.require(
        app.dependency_overrides == {},
        "the test in the block failed, and its override stayed for all tests after it.",
    )


# %% [hint]
# `@contextmanager` turns a generator with one `yield` into a context manager. What stands behind the
# `yield` runs when the block ends.

# %% [hint]
# When the block raises, the exception comes out of your `yield`. Only a `finally` runs then, too.

# %% [hint]
# Remember first what was there: `before = app.dependency_overrides.get(dependency)`. In `finally`, put it
# back, or remove the key if there was nothing.

# %% [solution]
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI


@contextmanager
def overridden(
    app: FastAPI, dependency: Callable[..., Any], replacement: Callable[..., Any]
) -> Iterator[None]:
    """Replace one dependency for the length of a block."""
    overrides = app.dependency_overrides
    before = overrides.get(dependency)
    overrides[dependency] = replacement
    try:
        yield
    finally:
        if before is None:
            del overrides[dependency]
        else:
            overrides[dependency] = before


# %% [mistake] no-finally
# says: its override stayed for all tests after it
from contextlib import contextmanager


@contextmanager
def overridden(app, dependency, replacement):
    before = app.dependency_overrides.copy()
    app.dependency_overrides[dependency] = replacement
    yield
    app.dependency_overrides = before


# %% [mistake] clears-all
# says: took that one out, too
from contextlib import contextmanager


@contextmanager
def overridden(app, dependency, replacement):
    app.dependency_overrides[dependency] = replacement
    try:
        yield
    finally:
        app.dependency_overrides.clear()


# %% [mistake] forgets-the-outer
# says: the outer one's replacement was gone
from contextlib import contextmanager


@contextmanager
def overridden(app, dependency, replacement):
    app.dependency_overrides[dependency] = replacement
    try:
        yield
    finally:
        app.dependency_overrides.pop(dependency)


# %% [mistake] swallows
# says: the test would be green
from contextlib import contextmanager, suppress


@contextmanager
def overridden(app, dependency, replacement):
    before = app.dependency_overrides.copy()
    app.dependency_overrides[dependency] = replacement
    with suppress(Exception):
        yield
    app.dependency_overrides = before
