"""The styles and scripts that a part of the book gives to the pages which need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bookext.quizzes.cells import INTERACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config


@dataclass(frozen=True)
class Page:
    """A page that is about to be written as HTML.

    Attributes:
        app: the application that writes it.
        name: its docname.
        context: what its template gets.
        doctree: what it holds.
    """

    app: Sphinx
    name: str
    context: dict[str, Any]
    doctree: nodes.document | None

    @property
    def interactive(self) -> bool:
        """Whether it is written by a builder whose pages run scripts."""
        return self.app.builder.name in INTERACTIVE

    @property
    def metadata(self) -> dict[str, Any]:
        """What the parts noted on it while it was read."""
        return self.app.env.metadata.get(self.name, {})

    def style(self, name: str, **options: Any) -> None:
        """Load a style sheet of the book's static files on it."""
        self.app.add_css_file(name, **options)

    def script(self, name: str, **attributes: Any) -> None:
        """Load a script on it, if it can run one, after the page is there."""
        if self.interactive:
            self.app.add_js_file(name, loading_method="defer", **attributes)


def offer(app: Sphinx, folder: Path, load: Callable[[Page], None], *, priority: int = 500) -> None:
    """Have a part's files copied into the book, and loaded by the pages that need them.

    Args:
        app: the application, in a part's `setup`.
        folder: the part's static files.
        load: called for each HTML page, pages without a source included (their `doctree` is None).
        priority: earlier is smaller, as in Sphinx' events.
    """

    def add_static(app: Sphinx, config: Config) -> None:
        del app
        config.html_static_path.append(str(folder))

    def add_assets(
        app: Sphinx,
        pagename: str,
        templatename: str,
        context: dict[str, Any],
        doctree: nodes.document | None,
    ) -> None:
        del templatename
        if app.builder.format == "html":
            load(Page(app, pagename, context, doctree))

    app.connect("config-inited", add_static)
    app.connect("html-page-context", add_assets, priority=priority)
