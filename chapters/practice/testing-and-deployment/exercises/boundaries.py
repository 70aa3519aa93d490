# %% [check]
"""A suite that catches every planted bug."""

from collections.abc import Callable

from seethrough.exercises import Work

SOURCE = """
def allowed(attempts: list[float], now: float, limit: int = 3, window: float = 60.0) -> bool:
    recent = [at for at in attempts if now - at < window]
    return len(recent) < limit
"""
BUGS = {
    "one attempt too few is allowed": ("< limit", "< limit - 1"),
    "one attempt too many is allowed": ("< limit", "<= limit"),
    "old attempts are never forgotten": ("if now - at < window", ""),
    "an attempt exactly one window ago still counts": ("at < window", "at <= window"),
    "an attempt is forgotten a little too early": ("at < window", "at < window - 1"),
    "nobody is ever stopped": ("len(recent) < limit", "True"),
    "the window cannot be chosen": ("at < window", "at < 60.0"),
}


def built(find: str = "", replace: str = "") -> Callable[..., bool]:
    names: dict[str, Callable[..., bool]] = {}
    exec(SOURCE.replace(find, replace) if find else SOURCE, names)
    return names["allowed"]


def check(work: Work) -> str:
    suite = work.get("suite")
    try:
        suite(built())
    except AssertionError as error:
        work.fail(f"the right function fails your suite: `AssertionError: {error}`.")
    survivors = []
    for harm, (find, replace) in BUGS.items():
        try:
            suite(built(find, replace))
        except AssertionError:
            continue
        except Exception as error:
            work.fail(
                f"one of the wrong functions made your suite raise `{type(error).__name__}`; "
                "a test should say what is wrong by an assertion."
            )
        survivors.append(harm)
    caught = len(BUGS) - len(survivors)
    work.require(
        not survivors,
        f"your suite catches {caught} of {len(BUGS)} bugs. It did not notice this one: "
        f"{survivors[0] if survivors else ''}.",
    )
    return f"{caught} of {len(BUGS)} bugs caught, and the right function passes."


# %% [hint]
# For the limit you need two assertions: the last call that is allowed, and the one after it.

# %% [hint]
# The window has an edge too. At `now=60.0` an attempt from `0.0` is exactly one window old; at `now=59.9` it is
# not yet.

# %% [hint]
# A parameter that no test passes could be a constant. Call `allowed` once with `window=10.0`.

# %% [solution]
from collections.abc import Callable


def suite(allowed: Callable[..., bool]) -> None:
    """Ask on both sides of each boundary."""
    assert allowed([0.0, 0.0], 1.0)
    assert not allowed([0.0, 0.0, 0.0], 1.0)
    assert not allowed([0.0, 0.0, 0.0], 59.9)
    assert allowed([0.0, 0.0, 0.0], 60.0)
    assert allowed([0.0, 0.0, 0.0], 10.0, window=10.0)


# %% [mistake] happy-path
# says: catches 0 of 7 bugs
def suite(allowed):
    assert allowed([], 1.0)


# %% [mistake] far-from-the-edge
# says: an attempt exactly one window ago still counts
def suite(allowed):
    assert allowed([0.0, 0.0], 1.0)
    assert not allowed([0.0, 0.0, 0.0], 1.0)
    assert allowed([0.0, 0.0, 0.0], 1000.0)


# %% [mistake] wrong-about-the-edge
# says: the right function fails your suite
def suite(allowed):
    assert allowed([0.0, 0.0], 1.0)
    assert not allowed([0.0, 0.0, 0.0], 60.0), "still within the window"


# %% [mistake] default-window-only
# says: the window cannot be chosen
def suite(allowed):
    assert allowed([0.0, 0.0], 1.0)
    assert not allowed([0.0, 0.0, 0.0], 1.0)
    assert not allowed([0.0, 0.0, 0.0], 59.9)
    assert allowed([0.0, 0.0, 0.0], 60.0)
