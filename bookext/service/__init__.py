"""The service in the page: "Try it out" of `{swagger-ui} N` answers from the page's own Python.

Below Swagger UI each request can be opened: what validation said, the dependencies, the SQL, the
time of each part, the response; and the service's tables are shown. What runs it is
`seethrough/inpage.py`; what the page does is in `static/service/service.js`. Without live cells or
without Swagger UI there is nothing of it on a page.
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
# What the service imports; the page keeps it ready, and for offline.
IMPORTS = frozenset({"fastapi", "pydantic_settings", "sqlalchemy", "jwt", "seethrough"})


def add_assets(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Load script and style on a page that has Swagger UI and live cells."""
    del templatename
    if doctree is None or app.builder.name not in cells.INTERACTIVE:
        return
    if "swagger" not in app.env.metadata.get(pagename, {}):
        return
    if _has(app, "live", "manifest") and _has(app, "stages", "swagger"):
        app.add_css_file("service/service.css")
        app.add_js_file("service/service.js", loading_method="defer")
        context["live_imports"] = IMPORTS


def _has(app: Sphinx, part: str, what: str) -> bool:
    extension = app.extensions.get(f"bookext.{part}")
    return extension is not None and extension.metadata.get(what) is not None


def add_static(app: Sphinx, config: Config) -> None:
    """Have style and script copied into the book."""
    del app
    config.html_static_path.append(str(HERE / "static"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    app.connect("config-inited", add_static)
    app.connect("html-page-context", add_assets, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
