"""How the book looks: templates, styles, the line under each title, the map of the course."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bookext.look import chapters

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    # Jupyter Book sets this for an extension that the book leaves out.
    app.add_config_value("comments_config", {}, "")
    app.add_directive("course-map", chapters.CourseMap)
    app.connect("doctree-read", chapters.add_meta_line)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
