"""The service in the page: "Try it out" of `{swagger-ui} N` answers from the page's own Python.

Below Swagger UI each request can be opened: what validation said, the dependencies, the SQL, the
time of each part, the response; and the service's tables are shown. What runs it is
`seethrough/inpage.py`; what the page does is in `static/service/service.js`. Without live cells or
without Swagger UI there is nothing of it on a page.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookext import live, pagefiles, stages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
# What the service imports, from which stage on: fetched before it starts, and for offline. What it
# imports when a request comes is among them.
IMPORTS = {
    1: "seethrough fastapi pydantic pydantic_settings email_validator multipart python_multipart",
    3: "sqlalchemy sqlalchemy.ext.asyncio aiosqlite sqlite3 greenlet",
    4: "jwt pwdlib argon2",
    5: "taskiq taskiq.api taskiq_redis redis",
    6: "alembic prometheus_client",
}


def load(page: pagefiles.Page) -> None:
    """Load script and style on a page that has Swagger UI and live cells."""
    if not page.interactive or "swagger" not in page.metadata:
        return
    if live.manifest_of(page.app) is not None and stages.has_swagger(page.app):
        page.style("service/service.css")
        needed = imports(page.metadata["swagger"])
        page.script("service/service.js", **{"data-imports": ",".join(needed)})
        page.context["live_imports"] = set(needed)


def imports(stage: int) -> list[str]:
    """Name the modules that a stage of the service needs."""
    return [name for since, names in IMPORTS.items() if since <= stage for name in names.split()]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    pagefiles.offer(app, HERE / "static", load, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
