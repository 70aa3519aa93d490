"""The text of a cell: its magics, what it imports, and the code objects made of it."""

from __future__ import annotations
import __future__

import ast
import contextlib
import functools
import linecache
import operator
import re
import sys
import textwrap
import tokenize
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import types

_MAGIC = re.compile(r"^([ \t]*)(?:([\w, \t.]*?)[ \t]*=[ \t]*)?([%!])(\w+)?[ \t]?(.*)$")


def without_magics(source: str) -> str:
    """Turn lines such as `%timeit f()` into calls, so that the rest is plain Python."""
    first, _, rest = source.lstrip("\n").partition("\n")
    if head := re.match(r"%%(\w+)[ \t]?(.*)$", first):
        return f"get_ipython().run_cell_magic({head[1]!r}, {head[2]!r}, {rest!r})\n"
    if not re.search(r"^\s*([\w., \t]*=\s*)?[%!]", source, re.MULTILINE):
        return source
    inside = _string_lines(source)
    lines = []
    for number, line in enumerate(source.split("\n"), start=1):
        found = None if number in inside else _MAGIC.match(line)
        if not found or (found[3] == "%" and not found[4]):
            lines.append(line)
            continue
        space, target, sign, name, words = found.groups()
        store = f"{target} = " if target else ""
        if sign == "!":
            command = f"{name or ''} {words}".strip()
            lines.append(f"{space}{store}get_ipython().run_line_magic('system', {command!r})")
        else:
            lines.append(f"{space}{store}get_ipython().run_line_magic({name!r}, {words!r})")
    return "\n".join(lines)


def _string_lines(source: str) -> set[int]:
    """Find the lines that continue a string: a `%` at their start is no magic."""
    inside: set[int] = set()
    with contextlib.suppress(Exception):
        for token in tokenize.generate_tokens(StringIO(source).readline):
            if token.type in {tokenize.STRING, tokenize.FSTRING_MIDDLE}:
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
    return inside


def imports(source: str) -> list[str]:
    """Name the top-level modules that a cell imports, to fetch what they need beforehand."""
    try:
        tree = ast.parse(without_magics(textwrap.dedent(source)))
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
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        text = without_magics(source)
        tree = self._compiled(text, filename, "exec", ast.PyCF_ONLY_AST)
        match tree.body:
            case [*before, ast.Expr(value=last)] if not _ends_quietly(text):
                codes = [self._code(ast.Module(before, []), filename, "exec")] if before else []
                return [*codes, self._code(ast.Expression(last), filename, "eval")], True
        return [self._code(tree, filename, "exec")], False

    def _code(self, tree: ast.AST, filename: str, mode: str) -> types.CodeType:
        code = self._compiled(tree, filename, mode)
        self._future |= code.co_flags & _FUTURE
        return code

    def _compiled(self, text: Any, filename: str, mode: str, flags: int = 0) -> Any:
        flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | self._future
        return compile(text, filename, mode, flags, dont_inherit=True)


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
