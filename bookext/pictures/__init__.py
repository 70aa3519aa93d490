"""Pictures that a reader can step through: the same SVG, with controls below it.

A picture whose parts say which step they are (`Canvas.step`) or when they happen
(`Canvas.time_axis`) gets buttons and a slider from `static/pictures/pictures.js`. So does one that
a live cell draws later on the page. Print, e-book and a page without JavaScript show it whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookext.quizzes import cells

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

HERE = Path(__file__).parent
MARKS = ("data-step=", "data-axis=")


def add_assets(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Load style and script on a page that has such a picture."""
    del pagename, templatename
    if doctree is None or app.builder.name not in cells.INTERACTIVE:
        return
    if any(mark in context["body"] for mark in MARKS):
        app.add_css_file("pictures/pictures.css")
        app.add_js_file("pictures/pictures.js", loading_method="defer")


def add_static(app: Sphinx, config: Config) -> None:
    """Have style and script copied into the book."""
    del app
    config.html_static_path.append(str(HERE / "static"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    app.connect("config-inited", add_static)
    app.connect("html-page-context", add_assets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
