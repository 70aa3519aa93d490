"""The part of IPython's shell object that cells, magics and extensions use."""

from __future__ import annotations

import contextlib
import linecache
import sys
import types
from typing import TYPE_CHECKING, Any

from .page import page
from .source import Place, compiler

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

_frame = sys._getframe
_lines = linecache.getlines


class Events:
    """The part of IPython's events that helpers use: who wants to hear of a cell before it runs."""

    def __init__(self) -> None:
        self._before: list[Callable[[Any], object]] = []

    def register(self, event: str, function: Callable[[Any], object]) -> None:
        """Have a function called at an event; only `pre_run_cell` ever happens here."""
        if event == "pre_run_cell" and function not in self._before:
            self._before.append(function)

    def unregister(self, event: str, function: Callable[[Any], object]) -> None:
        """Undo `register`."""
        if event == "pre_run_cell":
            self._before.remove(function)

    def before(self, source: str) -> None:
        """Tell of a cell that is about to run."""
        info = types.SimpleNamespace(raw_cell=source)
        for function in self._before:
            with contextlib.suppress(Exception):
                function(info)


class Shell:
    """The part of IPython's shell that cells and extensions use."""

    def __init__(self) -> None:
        self.events = Events()
        self.line_magics: dict[str, Callable[..., Any]] = {}
        self.cell_magics: dict[str, Callable[..., Any]] = {}
        self.place = _NOWHERE  # of the code that the magic was given which is called now

    @property
    def user_ns(self) -> dict[str, Any]:
        """The names of the page."""
        return page.names

    @property
    def execution_count(self) -> int:
        """How many cells ran."""
        return page.count

    def register_magic_function(
        self,
        func: Callable[..., Any],
        magic_kind: str = "line",
        magic_name: str | None = None,
    ) -> None:
        """Make a function known as a magic."""
        name = magic_name or func.__name__
        if "line" in magic_kind:
            self.line_magics[name] = func
        if "cell" in magic_kind:
            self.cell_magics[name] = func

    def run_line_magic(self, name: str, line: str, _depth: int = 1) -> Any:
        """Call a line magic."""
        self.place = _place_of(_frame(1))
        return self._find(name, "line")(line)

    def run_cell_magic(self, name: str, line: str, cell: str) -> Any:
        """Call a cell magic."""
        self.place = _place_of(_frame(1))
        return self._find(name, "cell")(line, cell)

    def compile(self, code: str) -> tuple[list[types.CodeType], bool]:
        """Compile what a magic was given, before the magic runs anything; see `Compiler`."""
        return compiler.compile_part(code, self.place)

    def parse(self, code: str) -> ast.Module:
        """Parse what a magic was given, before the magic runs anything."""
        return compiler.parse_part(code, self.place)

    def ex(self, code: str) -> None:
        """Run code among the names of the page."""
        exec(compile(code, "<string>", "exec"), page.names)

    def ev(self, code: str) -> Any:
        """Evaluate an expression among the names of the page."""
        return eval(compile(code, "<string>", "eval"), page.names)

    def _find(self, name: str, kind: str) -> Callable[..., Any]:
        known = self.line_magics if kind == "line" else self.cell_magics
        if name not in known:
            sign = "%" if kind == "line" else "%%"
            message = f"{kind.capitalize()} magic function `{sign}{name}` not found."
            raise UsageError(message)
        return known[name]


_NOWHERE = Place("<magic>", 1)


def _place_of(caller: types.FrameType) -> Place:
    """Find where the code of a magic stands, given the frame that calls the magic."""
    name, number = caller.f_code.co_filename, caller.f_lineno
    line = "".join(_lines(name)[number - 1 : number]).lstrip()
    if "%" not in line:  # a call that somebody wrote
        return _NOWHERE
    return Place(name, number + 1 if line.startswith("%%") else number)


class UsageError(Exception):
    """A magic was used in a way that it does not know."""

    __module__ = "builtins"  # shown without the kernel's name


shell = Shell()
