"""Rows of words as columns of text, for the text forms of tables and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def in_columns(rows: Sequence[Sequence[str]], *, gap: int = 2) -> str:
    """Write each row on a line, every column as wide as its longest word.

    Args:
        rows: all equally long.
        gap: blanks between two columns.

    Returns:
        The lines, without blanks at their ends.
    """
    pads = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        (" " * gap).join(f"{word:<{pad}}" for word, pad in zip(row, pads, strict=True)).rstrip()
        for row in rows
    )
