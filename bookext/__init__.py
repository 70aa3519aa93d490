"""Sphinx extension of this book: one part a submodule, loaded in order.

Used by `_config.yml` as a local extension, so that plain `jupyter-book build .` builds the same
book as `course.py book`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PARTS: tuple[str, ...] = (
    "execution",
    "look",
    "verified",
    "glossary",
    "exercises",
    "quizzes",
    "stages",
    "service",
    "live",
    "progress",
    "pictures",
    "offline",
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Load every part; Sphinx calls this."""
    for part in PARTS:
        app.setup_extension(f"bookext.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
