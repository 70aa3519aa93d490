"""A chapter as the notebook that is executed, read by the reader of the HTML build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myst_nb.core.read import read_myst_markdown_notebook

import coursekit  # noqa: F401 - first of all: it makes nbformat import fast

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode


def read_notebook(chapter: Path) -> NotebookNode:
    """Read a chapter with the reader of the HTML build."""
    text = chapter.read_text(encoding="utf-8")
    return read_myst_markdown_notebook(text, add_source_map=True, path=chapter)


def code_cells(chapter: Path, notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """List a chapter's code cells, each with the line on which its code begins."""
    lines = chapter.read_text(encoding="utf-8").split("\n")
    pairs = zip(notebook.cells, notebook.metadata["source_map"], strict=True)
    return [
        (_first_code_line(lines, start, cell.source), cell)
        for cell, start in pairs
        if cell.cell_type == "code"
    ]


def _first_code_line(lines: list[str], start: int, source: str) -> int:
    """Find the 1-based line on which a cell's code begins, below its fence and options."""
    wanted = source.split("\n")[0].strip()
    for offset, line in enumerate(lines[start : start + 40]):
        if line.strip() == wanted:
            return start + offset + 1
    return start + 1
