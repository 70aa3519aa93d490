# %% [check]
"""A function that a new member of the union makes wrong, for the checker to see."""

import ast
from typing import Any

from seethrough.exercises import Work
from seethrough.typecheck import check_source, surprise

UNION = "type Shape = Square | Oblong\n"
RING = """@dataclass
class Ring:
    inner: float
    outer: float


type Shape = Square | Oblong | Ring
"""
PROBE = """
big: float = area(Square(2)) + area(Oblong(2, 3))
area("Square")  # refused
"""


def check(work: Work) -> str:
    area: Any = work.get("area")
    square, oblong = work.get("Square", type), work.get("Oblong", type)
    source = work.source.rstrip("\n") + "\n"
    if words := surprise(source, PROBE):
        work.fail(words)
    work.equal(area(square(3)), 9, "area(Square(3))")
    work.equal(area(oblong(2, 3)), 6, "area(Oblong(2, 3))")
    work.require(UNION in source, f"the line `{UNION.strip()}` should stay as it is.")
    tomorrow = source.replace(UNION, RING)
    errors = [each for each in check_source(tomorrow) if each.kind == "error"]
    work.require(
        errors,
        "with `Ring` added to the union, the checker finds nothing to refuse: the new case would "
        "be forgotten in silence.",
    )
    inside = lines_of("area", tomorrow)
    for each in errors:
        line = tomorrow.split("\n")[each.line - 1].strip()
        work.require(
            each.line in inside, f"with `Ring` added, the checker refuses `{line}`, outside `area`."
        )
    work.raises(AssertionError, lambda: area("a circle"), 'area("a circle")')
    return "Whoever adds a shape will be told where it is missing, before anybody runs it."


def lines_of(name: str, source: str) -> range:
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(0)


# %% [hint]
# Today the last `return 0.0` is reached by no shape, and nobody checks that. Which type does `shape` have
# there?

# %% [hint]
# When every member has been dealt with, what is left is `Never`. There is a function that takes a `Never` and
# nothing else.

# %% [hint]
# `assert_never(shape)` in place of `return 0.0`, or in a `case _`. At run time it raises `AssertionError`.

# %% [solution]
from dataclasses import dataclass
from typing import assert_never


@dataclass
class Square:
    side: float


@dataclass
class Oblong:
    width: float
    height: float


type Shape = Square | Oblong


def area(shape: Shape) -> float:
    match shape:
        case Square(side):
            return side**2
        case Oblong(width, height):
            return width * height
        case _:
            assert_never(shape)


# %% [mistake] match-with-a-zero
# says: the checker finds nothing to refuse
from dataclasses import dataclass


@dataclass
class Square:
    side: float


@dataclass
class Oblong:
    width: float
    height: float


type Shape = Square | Oblong


def area(shape: Shape) -> float:
    match shape:
        case Square(side):
            return side**2
        case Oblong(width, height):
            return width * height
        case _:
            return 0.0


# %% [mistake] raises-by-hand
# says: the checker finds nothing to refuse
from dataclasses import dataclass


@dataclass
class Square:
    side: float


@dataclass
class Oblong:
    width: float
    height: float


type Shape = Square | Oblong


def area(shape: Shape) -> float:
    if isinstance(shape, Square):
        return shape.side**2
    if isinstance(shape, Oblong):
        return shape.width * shape.height
    raise AssertionError(f"no such shape: {shape}")


# %% [mistake] the-rest-is-oblong
# says: raised `AttributeError
from dataclasses import dataclass


@dataclass
class Square:
    side: float


@dataclass
class Oblong:
    width: float
    height: float


type Shape = Square | Oblong


def area(shape: Shape) -> float:
    if isinstance(shape, Square):
        return shape.side**2
    return shape.width * shape.height


# %% [mistake] no-default
# says: `area("a circle")` should raise `AssertionError`; it gave `None`
from dataclasses import dataclass


@dataclass
class Square:
    side: float


@dataclass
class Oblong:
    width: float
    height: float


type Shape = Square | Oblong


def area(shape: Shape) -> float:
    match shape:
        case Square(side):
            return side**2
        case Oblong(width, height):
            return width * height
