# %% [check]
"""A decorator that uses the first parameter and keeps the others."""

from seethrough.exercises import Work
from seethrough.typecheck import surprise

PROBE = """
@audited
def rename(user: str, task: int, *, title: str = "") -> bool: return True
good: bool = rename("ada", 7, title="Water plants")
rename("ada", title="Water plants")  # refused
rename("ada", 7, titel="Water plants")  # refused
rename(7, 7)  # refused
wrong: str = rename("ada", 7)  # refused
def count(task: int) -> int: return task
audited(count)  # refused
"""


def check(work: Work) -> str:
    audited = work.get("audited")
    log = work.get("LOG", list)
    if words := surprise(work.source, PROBE):
        work.fail(words)

    def close(user: str, task: int, *, why: str = "done") -> str:
        seen.append(list(log))
        return f"{user} {task} {why}"

    seen: list[list[str]] = []
    log.clear()
    decorated = audited(close)
    work.require(not log, "`LOG` has an entry before anything was called.")
    answer = decorated("ada", 7, why="rain")
    work.equal(answer, "ada 7 rain", 'close("ada", 7, why="rain")')
    work.require(
        seen[0] == ["ada: close"],
        f"while the function ran, `LOG` was `{seen[0]}`; `ada: close` belongs there then.",
    )
    work.equal(log, ["ada: close"], "LOG afterwards")
    work.equal(decorated.__name__, "close", "the name of the decorated function")
    return "One parameter is known, the others pass through with names and defaults."


# %% [hint]
# Two things are kept of the signature: the parameters behind the first, and the result. Each needs a type
# parameter.

# %% [hint]
# "A `str` first, then whatever": `Callable[Concatenate[str, P], R]`. It is the type of what comes in *and* of
# what goes out.

# %% [hint]
# The inner function is `def wrapper(user: str, /, *args: P.args, **kwargs: P.kwargs) -> R`. The slash is
# needed, since `Concatenate` promises a positional parameter.

# %% [hint]
# Append to `LOG`, then call `function(user, *args, **kwargs)`. `@functools.wraps(function)` keeps the name.

# %% [solution]
import functools
from collections.abc import Callable
from typing import Concatenate

LOG: list[str] = []


def audited[**P, R](
    function: Callable[Concatenate[str, P], R],
) -> Callable[Concatenate[str, P], R]:
    """Note the user and the function's name in LOG before each call."""
    name = getattr(function, "__name__", "a call")

    @functools.wraps(function)
    def wrapper(user: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        LOG.append(f"{user}: {name}")
        return function(user, *args, **kwargs)

    return wrapper


# %% [mistake] dots
# says: the checker accepts `rename("ada", title="Water plants")`
import functools
from collections.abc import Callable
from typing import Concatenate

LOG: list[str] = []


def audited[R](function: Callable[Concatenate[str, ...], R]) -> Callable[Concatenate[str, ...], R]:
    @functools.wraps(function)
    def wrapper(user: str, /, *args: object, **kwargs: object) -> R:
        LOG.append(f"{user}: {getattr(function, '__name__', '')}")
        return function(user, *args, **kwargs)

    return wrapper


# %% [mistake] everything-is-p
# says: the checker accepts `audited(count)`
import functools
from collections.abc import Callable

LOG: list[str] = []


def audited[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        LOG.append(f"{args[0]}: {getattr(function, '__name__', '')}")
        return function(*args, **kwargs)

    return wrapper


# %% [mistake] too-late
# says: `ada: close` belongs there then
import functools
from collections.abc import Callable
from typing import Concatenate

LOG: list[str] = []


def audited[**P, R](
    function: Callable[Concatenate[str, P], R],
) -> Callable[Concatenate[str, P], R]:
    @functools.wraps(function)
    def wrapper(user: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        result = function(user, *args, **kwargs)
        LOG.append(f"{user}: {getattr(function, '__name__', '')}")
        return result

    return wrapper


# %% [mistake] loses-its-name
# says: the name of the decorated function
from collections.abc import Callable
from typing import Concatenate

LOG: list[str] = []


def audited[**P, R](
    function: Callable[Concatenate[str, P], R],
) -> Callable[Concatenate[str, P], R]:
    def wrapper(user: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        LOG.append(f"{user}: {getattr(function, '__name__', '')}")
        return function(user, *args, **kwargs)

    return wrapper


# %% [mistake] silenced
# says: silences the checker
import functools
from collections.abc import Callable

LOG: list[str] = []


def audited[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(function)
    def wrapper(user, *args, **kwargs):  # type: ignore
        LOG.append(f"{user}: {function.__name__}")
        return function(user, *args, **kwargs)

    return wrapper
