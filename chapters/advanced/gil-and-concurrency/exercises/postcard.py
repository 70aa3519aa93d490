# %% [check]
"""How a value travels to another process."""

import collections
import threading
from typing import Any

from seethrough.exercises import Work


class Refuses:
    """An object that does not want to be pickled."""

    def __reduce__(self) -> str:
        message = "this connection cannot be sent"
        raise TypeError(message)


def nested() -> list[Any]:
    """Return a list with a lambda in its depth: it cannot travel, though it is a list."""
    return [1, {"key": (lambda: 1)}]


def check(work: Work) -> str:
    postcard = work.get("postcard")
    cases: list[tuple[str, Any, str]] = [
        ("[1, 2]", [1, 2], "as a copy"),
        ("{'a': [1.5]}", {"a": [1.5]}, "as a copy"),
        ("collections.Counter('aab')", collections.Counter("aab"), "as a copy"),
        ("len", len, "by name"),
        ("collections.Counter", collections.Counter, "by name"),
        ("threading.main_thread", threading.main_thread, "by name"),
        ("lambda: 1", lambda: 1, "not at all"),
        ("threading.Lock()", threading.Lock(), "not at all"),
        ("(n for n in [1])", (n for n in [1]), "not at all"),
        ("[1, {'key': lambda: 1}]", nested(), "not at all"),
        ("an object whose `__reduce__` raises TypeError", Refuses(), "not at all"),
        (
            "collections.Counter('aab').most_common",
            collections.Counter("aab").most_common,
            "as a copy",
        ),
    ]
    for words, value, wanted in cases:
        try:
            got = postcard(value)
        except Exception as error:
            work.fail(
                f"`postcard` of {words} raised `{type(error).__name__}`; "
                f"it should return {wanted!r}."
            )
        work.equal(got, wanted, f"postcard({words})")
    return "You know before you send it what arrives, and the pool need not tell you."


# %% [hint]
# Do what a pool does: pack it and unpack it. There are three things that can happen.

# %% [hint]
# If the very same object comes back, then it was found by its name. Compare by `is`, not by `==`.

# %% [hint]
# What cannot be packed says so in different ways: `PicklingError`, `TypeError`, `AttributeError`, or
# whatever an object's own `__reduce__` raises. Catch `Exception` around both calls.


# %% [solution]
import pickle
from typing import Any


def postcard(value: Any) -> str:
    """Tell how a function, class or mutable value would get to another process."""
    try:
        arrived = pickle.loads(pickle.dumps(value))
    except Exception:  # each type refuses in its own words
        return "not at all"
    return "by name" if arrived is value else "as a copy"


# %% [mistake] pickling-errors-only
# says: raised `TypeError`
import pickle


def postcard(value):
    try:
        arrived = pickle.loads(pickle.dumps(value))
    except (pickle.PicklingError, AttributeError):
        return "not at all"
    return "by name" if arrived is value else "as a copy"


# %% [mistake] callable-by-name
# says: postcard(lambda: 1)
def postcard(value):
    return "by name" if callable(value) else "as a copy"


# %% [mistake] compared-by-equality
# says: postcard([1, 2])
import pickle


def postcard(value):
    try:
        arrived = pickle.loads(pickle.dumps(value))
    except Exception:
        return "not at all"
    return "by name" if arrived == value else "as a copy"


# %% [mistake] methods-by-name
# says: most_common
import pickle


def postcard(value):
    try:
        pickle.dumps(value)
    except Exception:
        return "not at all"
    return "by name" if callable(value) else "as a copy"
