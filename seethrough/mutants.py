"""The mutation game: plant a bug in running code, run a suite, take the bug out again.

A bug is a replacement of text in one module. The changed source is compiled, and the code objects
of those functions that came out different are put into the functions that are already there
(`function.__code__` can be assigned to). Whoever holds such a function, a route table for
instance, runs the bug from then on; nothing is imported again. Afterwards the old code objects go
back. This works for what stands inside functions, not for module-level statements.

- `planted()` are the bugs of `todo/planted_bugs.toml`
- `with plant(bug): ...` runs a block with one of them
- `await play(suite, bugs, fresh)` runs each test of a suite against each bug
"""

from __future__ import annotations

import importlib
import inspect
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from seethrough.picture import Canvas, Picture
from seethrough.stages import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

PLANTED = ROOT / "todo" / "planted_bugs.toml"

type Test = Callable[[Any], Awaitable[None]]


class MutantError(Exception):
    """A bug that cannot be planted, or a suite that fails without any bug."""


@dataclass(frozen=True)
class Bug:
    """A bug to plant: one replacement in one file.

    Attributes:
        name: what a reader would call it.
        file: relative to the project, such as `src/todo/tokens.py`.
        find, replace: the right text, once in the file, and the wrong one.
        harm: what it would do to a user.
    """

    name: str
    file: str
    find: str
    replace: str
    harm: str

    @property
    def module(self) -> str:
        """The name of the module that the file is."""
        parts = self.file.removeprefix("src/").removesuffix(".py").split("/")
        return ".".join(parts)


@dataclass(frozen=True)
class Game:
    """What a suite did about each bug.

    Attributes:
        tests: the names of the tests, in order.
        caught: for each bug's name, the names of the tests that failed.
    """

    tests: tuple[str, ...]
    caught: dict[str, tuple[str, ...]]

    @property
    def survivors(self) -> tuple[str, ...]:
        """The bugs that no test noticed."""
        return tuple(name for name, by in self.caught.items() if not by)

    @property
    def score(self) -> str:
        """How many bugs were caught, in words."""
        total = len(self.caught)
        return f"{total - len(self.survivors)} of {total} bugs caught"

    def __repr__(self) -> str:
        pad = max((len(name) for name in self.caught), default=0)
        rows = [
            f"{name:<{pad}}  {', '.join(by) if by else '-'}" for name, by in self.caught.items()
        ]
        return "\n".join([self.score, *rows])

    def picture(self, title: str = "Which test catches which bug") -> Picture:
        """Draw bugs as rows and tests as columns; a filled field is a failed test."""
        return draw(self, title)


def planted(names: Iterable[str] | None = None) -> tuple[Bug, ...]:
    """Return the bugs of the Todo service, all or those named, in the order of the file."""
    bugs = tuple(Bug(**entry) for entry in tomllib.loads(PLANTED.read_text("utf-8"))["bug"])
    if names is None:
        return bugs
    wanted = set(names)
    if unknown := wanted - {bug.name for bug in bugs}:
        raise MutantError(f"there is no bug {', '.join(sorted(unknown))}")
    return tuple(bug for bug in bugs if bug.name in wanted)


@contextmanager
def plant(bug: Bug, module: ModuleType | None = None) -> Iterator[tuple[str, ...]]:
    """Run a block with a bug in the code.

    Args:
        bug: what to replace.
        module: where; by default the one that the bug's file is, imported if need be.

    Yields:
        The qualified names of the functions that were changed.

    Raises:
        MutantError: the text is not there exactly once, or no function came out different.
    """
    where = module or importlib.import_module(bug.module)
    source = inspect.getsource(where)
    if (times := source.count(bug.find)) != 1:
        raise MutantError(f"{bug.name}: the text to replace is {times} times in {bug.file}")
    name = where.__file__ or bug.file
    right = _codes(compile(source, name, "exec", dont_inherit=True))
    wrong = _codes(compile(source.replace(bug.find, bug.replace), name, "exec", dont_inherit=True))
    changed = {
        function: wrong[function.__code__.co_qualname]
        for function in _functions(where)
        if _shape(right.get(function.__code__.co_qualname))
        != _shape(wrong.get(function.__code__.co_qualname))
    }
    if not changed:
        raise MutantError(f"{bug.name}: no function of {where.__name__} came out different")
    kept = {function: function.__code__ for function in changed}
    try:
        for function, code in changed.items():
            function.__code__ = code
        yield tuple(sorted(code.co_qualname for code in changed.values()))
    finally:
        for function, code in kept.items():
            function.__code__ = code


async def play(
    suite: Sequence[Test],
    bugs: Sequence[Bug],
    fresh: Callable[[], AbstractAsyncContextManager[Any]],
) -> Game:
    """Run each test of a suite against each bug, one at a time.

    Args:
        suite: async functions of one argument; a test fails by raising.
        bugs: what to plant.
        fresh: makes a test's argument and clears up after it.

    Raises:
        MutantError: a test fails without any bug; it would catch everything.
    """
    for test in suite:
        if error := await _failure(test, fresh):
            raise MutantError(f"{test.__name__} fails without a bug: {error!r}") from error
    caught: dict[str, tuple[str, ...]] = {}
    for bug in bugs:
        with plant(bug):
            caught[bug.name] = tuple(
                [test.__name__ for test in suite if await _failure(test, fresh)]
            )
    return Game(tuple(test.__name__ for test in suite), caught)


def draw(game: Game, title: str) -> Picture:
    """Draw a game as a grid; its text form is the game's own."""
    gutter = 16 + 7.4 * max((len(name) for name in game.caught), default=0)
    cell, top = 28.0, 46.0
    width = max(gutter + cell * len(game.tests) + 10, 360)
    rows = len(game.caught)
    legend = top + 22 * rows + 20
    height = legend + 20 * len(game.tests) + 6
    canvas = Canvas(width, height, title, repr(game))
    canvas.text(0, 16, f"{title}: {game.score}", bold=True)
    for place in range(len(game.tests)):
        canvas.text(gutter + cell * (place + 0.5), top - 8, str(place + 1), anchor="middle")
    for row, (name, by) in enumerate(game.caught.items()):
        y = top + 22 * row
        canvas.text(gutter - 8, y + 14, name, anchor="end")
        for place, test in enumerate(game.tests):
            x = gutter + cell * place
            if test in by:
                canvas.rect(x + 3, y + 1, cell - 6, 18, fill="green", tip=f"{test} fails: {name}")
            else:
                canvas.rect(x + 3, y + 1, cell - 6, 18, fill="none", stroke="grey")
        if not by:
            canvas.circle(6, y + 10, 4, fill="red", tip=f"nobody noticed {name}")
    for place, test in enumerate(game.tests):
        canvas.text(0, legend + 20 * place, f"{place + 1}  {test}")
    return canvas.picture(repr(game))


async def _failure(
    test: Test, fresh: Callable[[], AbstractAsyncContextManager[Any]]
) -> Exception | None:
    try:
        async with fresh() as given:
            await test(given)
    except Exception as error:
        return error
    return None


def _codes(code: CodeType) -> dict[str, CodeType]:
    """Return the functions' code objects of a module, at any depth, by their qualified names."""
    found: dict[str, CodeType] = {}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found[constant.co_qualname] = constant
            found |= _codes(constant)
    return found


def _shape(code: CodeType | None) -> object:
    """Return what two code objects share that do the same; line numbers are left out."""
    if code is None:
        return None
    constants = tuple(
        _shape(c) if isinstance(c, CodeType) else (type(c), c) for c in code.co_consts
    )
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """Yield the functions that a module defined, those in its classes included."""
    waiting: list[object] = list(vars(module).values())
    seen: set[int] = set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, (classmethod, staticmethod)):
            waiting.append(value.__func__)
        elif isinstance(value, property):
            waiting += [value.fget, value.fset, value.fdel]
        elif isinstance(value, type) and value.__module__ == module.__name__:
            waiting += list(vars(value).values())
        elif isinstance(value, FunctionType):
            waiting.append(getattr(value, "__wrapped__", None))
            if value.__code__.co_filename == module.__file__:
                yield value
