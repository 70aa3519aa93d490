"""Pictures that a reader can step through: the same SVG, with controls below it.

A picture whose parts say which step they are (`Canvas.step`) or when they happen
(`Canvas.time_axis`) gets buttons and a slider from `static/pictures/pictures.js`. So does one that
a live cell draws later on the page. Print, e-book and a page without JavaScript show it whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookext import pagefiles

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
MARKS = ("data-step=", "data-axis=")


def load(page: pagefiles.Page) -> None:
    """Load style and script on a page that has such a picture."""
    if not page.interactive or page.doctree is None:
        return
    if any(mark in page.context["body"] for mark in MARKS):
        page.style("pictures/pictures.css")
        page.script("pictures/pictures.js")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    pagefiles.offer(app, HERE / "static", load)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
