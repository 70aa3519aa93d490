# %% [check]
"""A function with two signatures, and a body that keeps both promises."""

from typing import Any

from seethrough.exercises import Work
from seethrough.typecheck import surprise

PROBE = """
number: int = first([1, 2])
from_text: str = first("ab")
maybe: int | None = first([1], None)
mixed: int | str = first([1], "none")
sure: int = first([1], None)  # refused
wrong: str = first([1])  # refused
first([1], 2, 3)  # refused
first(3)  # refused
"""


def check(work: Work) -> str:
    first: Any = work.get("first")
    if words := surprise(work.source, PROBE):
        work.fail(words)
    work.equal(first([7, 8]), 7, "first([7, 8])")
    work.equal(first([0, 8], 9), 0, "first([0, 8], 9)")
    work.equal(first([None], 9), None, "first([None], 9)")
    work.equal(first(n for n in (4, 5)), 4, "first(<a generator of 4 and 5>)")
    work.equal(first([], "none"), "none", "first([], 'none')")
    work.raises(LookupError, lambda: first([]), "first([])")
    try:
        nothing = first([], None)
    except LookupError:
        work.fail(
            "`first([], None)` raised `LookupError`: a default of `None` was taken for no default."
        )
    work.equal(nothing, None, "first([], None)")
    return "Who gives no default gets no `None`, in the type and in the run."


# %% [hint]
# Two `@overload` definitions, without and with `default`, and the real function below them. The element type
# is one type parameter, the default's type another.

# %% [hint]
# `def first[T](values: Iterable[T]) -> T: ...` and `def first[T, D](values: Iterable[T], default: D) -> T | D: ...`

# %% [hint]
# In the body, `None` is a default like any other. Make an object of your own for "no default was given",
# `MISSING = object()`, and compare with `is`.

# %% [hint]
# `for value in values: return value` gives the first one of anything iterable, and goes on behind the loop if
# there is none. The implementation's own result may be `object`.

# %% [solution]
from collections.abc import Iterable
from typing import overload

MISSING = object()


@overload
def first[T](values: Iterable[T]) -> T: ...
@overload
def first[T, D](values: Iterable[T], default: D) -> T | D: ...
def first(values: Iterable[object], default: object = MISSING) -> object:
    for value in values:
        return value
    if default is MISSING:
        message = "there is no first value"
        raise LookupError(message)
    return default


# %% [mistake] always-maybe
# says: the checker refuses `number: int = first([1, 2])`
from collections.abc import Iterable


def first[T](values: Iterable[T], default: T | None = None) -> T | None:
    for value in values:
        return value
    if default is None:
        raise LookupError("there is no first value")
    return default


# %% [mistake] none-means-missing
# says: a default of `None` was taken for no default
from collections.abc import Iterable
from typing import overload


@overload
def first[T](values: Iterable[T]) -> T: ...
@overload
def first[T, D](values: Iterable[T], default: D) -> T | D: ...
def first(values: Iterable[object], default: object = None) -> object:
    for value in values:
        return value
    if default is None:
        raise LookupError("there is no first value")
    return default


# %% [mistake] first-true-value
# says: `first([0, 8], 9)` gave `8`
from collections.abc import Iterable
from typing import overload

MISSING = object()


@overload
def first[T](values: Iterable[T]) -> T: ...
@overload
def first[T, D](values: Iterable[T], default: D) -> T | D: ...
def first(values: Iterable[object], default: object = MISSING) -> object:
    for value in values:
        if value:
            return value
    if default is MISSING:
        raise LookupError("there is no first value")
    return default


# %% [mistake] lists-only
# says: the checker refuses `from_text: str = first("ab")`
from collections.abc import Sequence
from typing import overload

MISSING = object()


@overload
def first[T](values: list[T]) -> T: ...
@overload
def first[T, D](values: list[T], default: D) -> T | D: ...
def first(values: Sequence[object], default: object = MISSING) -> object:
    if values:
        return values[0]
    if default is MISSING:
        raise LookupError("there is no first value")
    return default


# %% [mistake] stop-iteration
# says: raised `StopIteration`; it should raise `LookupError`
from collections.abc import Iterable
from typing import overload

MISSING = object()


@overload
def first[T](values: Iterable[T]) -> T: ...
@overload
def first[T, D](values: Iterable[T], default: D) -> T | D: ...
def first(values: Iterable[object], default: object = MISSING) -> object:
    if default is MISSING:
        return next(iter(values))
    return next(iter(values), default)
