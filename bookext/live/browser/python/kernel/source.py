"""The text of a cell: its magics, what it imports, and the code objects made of it."""

from __future__ import annotations
import __future__

import ast
import functools
import linecache
import operator
import re
import sys
import tokenize
import warnings
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from .pasted import lines_in_strings, unwrap

if TYPE_CHECKING:
    import types

_MAGIC = re.compile(r"^([ \t]*)(?:([\w, \t.]*?)[ \t]*=[ \t]*)?([%!])(\w+)?[ \t]?(.*)$")
_HELP = re.compile(r"^([ \t]*)(?:(\?\??)(%{0,2}[\w.]+)|(%{0,2}[\w.]+)(\?\??))[ \t]*$")
_CELL_MAGIC = re.compile(r"((?:[ \t]*\n)*)%%(\w+)\b(?!\?)[ \t]?(.*)(?:\n|\Z)")
_SPECIAL = re.compile(r"^\s*([\w., \t]*=\s*)?[%!]|^[ \t]*\?|\?[ \t]*$", re.MULTILINE)
# Bound to the module as it is now: a cell may delete it.
_quietly = functools.partial(warnings.catch_warnings, action="ignore", module=warnings)
_lines = linecache.getlines


def as_python(source: str) -> str:
    """Write a cell as plain Python: code that was pasted with prompts, magics, `name?`.

    Each line keeps its number.
    """
    text, without_outputs = unwrap(source)
    if without_outputs != text and not _parses(text) and _parses(without_outputs):
        text = without_outputs
    return _without_magics(text)


def _parses(text: str) -> bool:
    with _quietly():
        try:
            ast.parse(_without_magics(text))
        except (SyntaxError, ValueError, RecursionError):
            return False
    return True


def _without_magics(source: str) -> str:
    """Turn lines such as `%timeit f()` into calls, so that the rest is plain Python."""
    if head := _CELL_MAGIC.match(source):
        above, name, words = head.groups()
        rest = source[head.end() :]
        return f"{above}get_ipython().run_cell_magic({name!r}, {words!r}, {rest!r})\n"
    if not _SPECIAL.search(source):
        return source
    inside = lines_in_strings(source)
    lines = source.split("\n")
    return "\n".join(
        line if number in inside else _call_of(line) for number, line in enumerate(lines, start=1)
    )


def _call_of(line: str) -> str:
    """Turn a line into a call, if it is a magic or asks for help."""
    if found := _HELP.match(line):
        space, before, after_it, name, after = found.groups()
        magic = "pinfo" if (before or after) == "?" else "pinfo2"
        return f"{space}get_ipython().run_line_magic({magic!r}, {name or after_it!r})"
    found = _MAGIC.match(line)
    if not found or (found[3] == "%" and not found[4]):
        return line
    space, target, sign, name, words = found.groups()
    if sign == "!":
        name, words = "system", f"{name or ''} {words}".strip()
    store = f"{target} = " if target else ""
    return f"{space}{store}get_ipython().run_line_magic({name!r}, {words!r})"


def imports(source: str) -> list[str]:
    """Name the top-level modules that a cell imports, to fetch what they need beforehand."""
    try:
        with _quietly():  # the cell itself will warn
            tree = ast.parse(as_python(source))
    except (SyntaxError, ValueError, RecursionError):
        return []
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found.update(dict.fromkeys(alias.name for alias in names))
            case ast.ImportFrom(module=str(module), level=0):
                found[module] = None
            case _:
                pass
    return list(found)


def missing(source: str) -> list[str]:
    """Name the imports of a cell that are not in memory yet."""
    return [name for name in imports(source) if name not in sys.modules]


@dataclass(frozen=True)
class Place:
    """Where the code that a magic was given stands: a cell, and the line of its beginning."""

    filename: str
    line: int


class Compiler:
    """Compiles the cells of a page; a `from __future__` holds for all later ones, as in IPython."""

    def __init__(self) -> None:
        self._future = 0

    def compile(self, source: str, filename: str) -> tuple[list[types.CodeType], bool]:
        """Compile a cell.

        Args:
            source: the cell, with magics.
            filename: what tracebacks call it; its lines are kept for them.

        Returns:
            The code objects to run one after the other, and whether the last one is an expression
            whose value is to be shown.

        Raises:
            SyntaxError: when the cell is not Python.
        """
        typed = unwrap(source)[0]  # its columns are the program's
        lines = typed.splitlines(keepends=True)
        linecache.cache[filename] = (len(typed), None, lines, filename)
        text = as_python(source)
        tree = self._parse(text, filename, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        return self._codes(tree, text, filename, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    def compile_part(self, source: str, place: Place) -> tuple[list[types.CodeType], bool]:
        """Compile what a magic was given; arguments and result as for `compile`.

        Magics wait for nothing, so a top-level `await` is an error here, as in IPython.
        """
        return self._codes(self.parse_part(source, place), source, place.filename, 0)

    def parse_part(self, source: str, place: Place) -> ast.Module:
        """Parse what a magic was given, such that errors in it point at the reader's line."""
        tree = self._parse("\n" * (place.line - 1) + as_python(source), place.filename, 0)
        _move(tree, source, place)
        return tree

    def code(self, tree: ast.AST, filename: str, mode: str, flags: int = 0) -> types.CodeType:
        """Compile a tree of a cell.

        Raises:
            SyntaxError: with its line, which Python itself would look for in a file.
        """
        try:
            code = self._compiled(tree, filename, mode, flags)
        except SyntaxError as error:
            number = error.lineno or 0
            error.text = error.text or "".join(_lines(filename)[number - 1 : number])
            raise
        self._future |= code.co_flags & _FUTURE
        return code

    def check(self, tree: ast.Module, filename: str) -> None:
        """Refuse what is no program by itself, such as a `return`; warn of nothing."""
        with _quietly():
            self.code(tree, filename, "exec")

    def _codes(
        self, tree: ast.Module, text: str, filename: str, flags: int
    ) -> tuple[list[types.CodeType], bool]:
        match tree.body:
            case [*before, ast.Expr(value=last)] if not _ends_quietly(text):
                parts: list[ast.Module] = [ast.Module(before, [])] if before else []
                codes = [self.code(part, filename, "exec", flags) for part in parts]
                return [*codes, self.code(ast.Expression(last), filename, "eval", flags)], True
        return [self.code(tree, filename, "exec", flags)], False

    def _parse(self, text: str, filename: str, flags: int) -> ast.Module:
        return self._compiled(text, filename, "exec", flags | ast.PyCF_ONLY_AST)

    def _compiled(self, text: Any, filename: str, mode: str, flags: int) -> Any:
        return compile(text, filename, mode, flags | self._future, dont_inherit=True)


compiler = Compiler()


def _move(tree: ast.Module, source: str, place: Place) -> None:
    """Move the columns of a magic's line to where it stands, behind the magic's name."""
    quoted = _lines(place.filename)[place.line - 1 : place.line]
    line, first = "".join(quoted), source.split("\n", 1)[0]
    before = line[: max(line.rfind(first), 0)]
    for node in ast.walk(tree) if before else ():
        if getattr(node, "lineno", 0) == getattr(node, "end_lineno", 0) == place.line:
            node.col_offset += len(before.encode())  # pyrefly: ignore[missing-attribute]
            node.end_col_offset += len(before.encode())  # pyrefly: ignore[missing-attribute]


_FUTURE = functools.reduce(
    operator.or_,
    (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names),
)


def _ends_quietly(source: str) -> bool:
    """Tell whether the last thing in a cell is a semicolon."""
    try:
        tokens = list(tokenize.generate_tokens(StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    skipped = {tokenize.ENDMARKER, tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT}
    return next((t.string == ";" for t in reversed(tokens) if t.type not in skipped), False)
