"""A chapter's source, read in a millisecond: front matter, and cells with their tags and lines.

The book and the validation read chapters with MyST-NB's reader, which takes a second to import.
What only needs the cells' text (proofs, the exercises' part of the page) reads them here;
`tests/coursekit/test_chapters.py` holds both readers against each other.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml

from seethrough.yaml_lines import DataFileError, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The tag of a cell that keeps its recorded output, because it cannot run in the reader's tab, and
# the key beside it that tells editors why it stays although the tab prints the same.
SKIP, KEPT = "no-browser", "kept-because"
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*(.*?)[ \t]*$")
_CODE_CELL = "{code-cell}"
_MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)


class ChapterError(DataFileError):
    """A chapter cannot be read; the message begins with `file:line`."""


@dataclass(frozen=True)
class Cell:
    """One code cell.

    Attributes:
        source: its code, without the last newline.
        options: what stands above the code between two `---` or as `:key: value`.
        line: the line of its fence, from 1.
        source_line: the line on which its code begins.
    """

    source: str
    options: Mapping[str, Any]
    line: int
    source_line: int

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the cell's tags."""
        tags = self.options.get("tags") or ()
        return (tags,) if isinstance(tags, str) else tuple(map(str, tags))

    def tagged(self, kind: str) -> str:
        """Return NAME of a tag `kind:NAME`, or nothing."""
        return next((tag[len(kind) + 1 :] for tag in self.tags if tag.startswith(f"{kind}:")), "")


@dataclass(frozen=True)
class Chapter:
    """A chapter's source.

    Attributes:
        path: its file.
        front: the front matter.
        cells: its code cells, in order.
        lines: the lines of the file.
    """

    path: Path
    front: Mapping[str, Any]
    cells: tuple[Cell, ...]
    lines: tuple[str, ...]

    @property
    def slug(self) -> str:
        """Return the chapter's short name."""
        return self.path.stem

    @property
    def folder(self) -> Path:
        """Return the folder of what belongs to this chapter alone."""
        return self.path.with_suffix("")

    @cached_property
    def starters(self) -> dict[str, Cell]:
        """Return the starter cell of each exercise by its name."""
        return {cell.tagged("exercise"): cell for cell in self.cells if cell.tagged("exercise")}

    @cached_property
    def checks(self) -> dict[str, Cell]:
        """Return the check cell of each exercise by its name."""
        return {cell.tagged("check"): cell for cell in self.cells if cell.tagged("check")}


def read(path: Path) -> Chapter:
    """Read a chapter.

    Raises:
        ChapterError: it is missing, is not UTF-8, has no front matter, has broken YAML, or a fence
            is never closed.
    """
    try:
        text = read_text(path)
    except DataFileError as error:
        raise ChapterError(path, error.line, error.message) from None
    lines = text.splitlines()
    end = _end_of_front_matter(path, lines)
    front = _yaml(path, lines[1:end], 2, "the front matter")
    if "jupytext" not in front or "kernelspec" not in front:
        message = "the front matter lacks `jupytext:` or `kernelspec:`; CONTRIBUTING.md shows both"
        raise ChapterError(path, 1, message)
    return Chapter(path, front, tuple(_cells(path, lines, end + 1)), tuple(lines))


def syntax_errors(chapter: Chapter) -> list[ChapterError]:
    """Return the cells that are not Python, apart from magics and those that must raise."""
    found = []
    for cell in chapter.cells:
        if "raises-exception" in cell.tags or cell.source.lstrip().startswith("%%"):
            continue
        source = _MAGIC.sub(r"\1pass", cell.source)
        try:
            compile(source, str(chapter.path), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError as error:
            line = cell.source_line + (error.lineno or 1) - 1
            message = f"this cell is not Python: {error.msg}"
            found.append(ChapterError(chapter.path, line, message))
    return found


def _end_of_front_matter(path: Path, lines: list[str]) -> int:
    """Return the index of the line that closes the front matter."""
    if not lines or lines[0].rstrip() != "---":
        message = "a chapter begins with front matter between two lines `---`; see CONTRIBUTING.md"
        raise ChapterError(path, 1, message)
    for index, line in enumerate(lines[1:], 1):
        if line.rstrip() in {"---", "..."}:
            return index
    message = "the front matter is never closed by a line `---`"
    raise ChapterError(path, 1, message)


def _cells(path: Path, lines: list[str], start: int) -> list[Cell]:
    """Find the code cells that are not inside another fence."""
    cells = []
    index = start
    while index < len(lines):
        fence = _FENCE.match(lines[index])
        if not fence or (fence[1][0] == "`" and "`" in fence[2]):  # the latter is inline code
            index += 1
            continue
        close = _closing(lines, index + 1, fence[1])
        if close is None:
            raise ChapterError(
                path, index + 1, f"this fence is never closed by a line `{fence[1]}`"
            )
        if fence[2].startswith(_CODE_CELL):
            cells.append(_cell(path, lines, index, close))
        index = close + 1
    return cells


def _closing(lines: list[str], start: int, opening: str) -> int | None:
    for index in range(start, len(lines)):
        mark = lines[index].strip()
        if mark.startswith(opening) and set(mark) == {opening[0]}:
            return index
    return None


def _cell(path: Path, lines: list[str], opening: int, close: int) -> Cell:
    body = opening + 1
    options: list[str] = []
    if body < close and lines[body].startswith("---"):
        end = next((at for at in range(body + 1, close) if lines[at].startswith("---")), close)
        options = lines[body + 1 : end]
        first = body + 2
        body = min(end + 1, close)
    else:
        first = body + 1
        while body < close and lines[body].lstrip().startswith(":"):
            options.append(lines[body].lstrip()[1:])
            body += 1
    if body < close and not lines[body].strip():
        body += 1
    content = _yaml(path, options, first, "what stands above the code of this cell")
    return Cell("\n".join(lines[body:close]), content, opening + 1, body + 1)


def _yaml(path: Path, lines: list[str], first_line: int, what: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load("\n".join(lines)) or {}
    except yaml.MarkedYAMLError as error:
        line = first_line + (error.problem_mark.line if error.problem_mark else 0)
        raise ChapterError(path, line, f"{what} is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        words = str(error).splitlines()[0]
        raise ChapterError(path, first_line, f"{what} is not YAML: {words}") from None
    if not isinstance(content, dict):
        raise ChapterError(path, first_line, f"{what} should be lines of the form `key: value`")
    return content
