# %% [check]
"""Step a coroutine by hand: collect what comes out, send or throw the answers in."""

from collections.abc import Generator
from typing import Any

from seethrough.exercises import Work


class Ask:
    """An await that yields a question and evaluates to the answer."""

    def __init__(self, question: str) -> None:
        self.question = question

    def __await__(self) -> Generator[str, Any, Any]:
        return (yield self.question)


async def silent() -> str:
    return "said nothing"


async def menu() -> str:
    soup = await Ask("soup")
    try:
        bread = await Ask("bread")
    except LookupError:
        bread = await Ask("crackers")
    return f"{soup} with {bread}"


def outcome(work: Work, answers: dict[str, Any]) -> Any:
    drive = work.get("drive")
    try:
        return drive(menu(), answers)
    except StopIteration:
        work.fail(
            "`StopIteration` came out of `drive`: the coroutine ended. That is how a "
            "coroutine returns; its value is in `.value`."
        )
    except LookupError as error:
        if error is answers["bread"]:
            work.fail("`drive` raised the exception itself; it belongs *into* the coroutine.")
        raise


def check(work: Work) -> str:
    plain = outcome(work, {"soup": "leek soup", "bread": "rye"})
    work.require(
        isinstance(plain, tuple) and len(plain) == 2,
        f"`drive` should return a pair; it returned `{plain!r}`.",
    )
    asked, value = plain
    work.require(
        asked != ["soup"],
        "`drive` stopped after one step: `['soup']` came out, and `bread` was never asked for.",
    )
    work.equal(asked, ["soup", "bread"], "the list of what came out")
    work.require(
        value != "None with None",
        "the coroutine returned `'None with None'`: the answers never reached it.",
    )
    work.equal(value, "leek soup with rye", "the return value")
    out = outcome(work, {"soup": "stew", "bread": LookupError("sold out"), "crackers": "salt"})
    work.require(
        not (isinstance(out[1], str) and "sold out" in out[1]),
        f"the coroutine returned `{out[1]!r}`: the exception was *sent* in as a value, not thrown.",
    )
    work.equal(out, (["soup", "bread", "crackers"], "stew with salt"), "drive(…) with no bread")
    try:
        quiet = work.get("drive")(silent(), {})
    except StopIteration:
        work.fail(
            "`drive` let `StopIteration` out for a coroutine that asks for nothing: "
            "its very first step may be its last."
        )
    work.equal(quiet, ([], "said nothing"), "drive(silent(), {})")
    return "Questions out, answers and exceptions in. A Task does the same with futures."


# %% [hint]
# Which two methods of a coroutine resume it? One brings a value to the `await`, the other an
# exception.

# %% [hint]
# The first step has nothing to answer: `coroutine.send(None)`. After that, each thing that came out
# decides about the next step. It is a loop.

# %% [hint]
# *Any* step may be the last one, also the first, and also one that throws. So the whole loop stands in
# one `try`, with `except StopIteration as stop: return asked, stop.value`.

# %% [solution]
from collections.abc import Coroutine
from typing import Any


def drive(coroutine: Coroutine[str, Any, Any], answers: dict[str, Any]) -> tuple[list[str], Any]:
    """Step a coroutine to its end; return what came out, and its return value."""
    asked: list[str] = []
    answer: Any = None
    try:
        while True:
            if isinstance(answer, BaseException):
                question = coroutine.throw(answer)
            else:
                question = coroutine.send(answer)
            asked.append(question)
            answer = answers[question]
    except StopIteration as stop:
        return asked, stop.value


# %% [mistake] one-step
# says: stopped after one step
from collections.abc import Coroutine
from typing import Any


def drive(coroutine: Coroutine[str, Any, Any], answers: dict[str, Any]) -> tuple[list[str], Any]:
    asked = [coroutine.send(None)]
    return asked, answers[asked[0]]


# %% [mistake] sends-none
# says: the answers never reached it
from collections.abc import Coroutine
from typing import Any


def drive(coroutine: Coroutine[str, Any, Any], answers: dict[str, Any]) -> tuple[list[str], Any]:
    asked = []
    while True:
        try:
            asked.append(coroutine.send(None))
        except StopIteration as stop:
            return asked, stop.value


# %% [mistake] lets-the-end-out
# says: That is how a coroutine returns
from collections.abc import Coroutine
from typing import Any


def drive(coroutine: Coroutine[str, Any, Any], answers: dict[str, Any]) -> tuple[list[str], Any]:
    asked = [coroutine.send(None)]
    while True:
        asked.append(coroutine.send(answers[asked[-1]]))


# %% [mistake] sends-exceptions
# says: was *sent* in as a value
from collections.abc import Coroutine
from typing import Any


def drive(coroutine: Coroutine[str, Any, Any], answers: dict[str, Any]) -> tuple[list[str], Any]:
    asked = []
    answer = None
    try:
        while True:
            asked.append(coroutine.send(answer))
            answer = answers[asked[-1]]
    except StopIteration as stop:
        return asked, stop.value


# %% [mistake] first-step-outside
# says: its very first step may be its last
from collections.abc import Coroutine
from typing import Any


def drive(coroutine: Coroutine[str, Any, Any], answers: dict[str, Any]) -> tuple[list[str], Any]:
    asked = [coroutine.send(None)]
    try:
        while True:
            answer = answers[asked[-1]]
            step = coroutine.throw if isinstance(answer, Exception) else coroutine.send
            asked.append(step(answer))
    except StopIteration as stop:
        return asked, stop.value
