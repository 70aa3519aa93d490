"""What the templates of a page need, and which of the theme's files a page does not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes

from bookext.look import navigation, reach, site

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder

_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>\s*')
SUMMARY = 155  # characters; search engines cut near there
# The shell has its own script and the theme's styles come as one purged file. Sphinx's helpers
# serve its search alone.
UNUSED_SCRIPTS = ("scripts/",)
SEARCH_SCRIPTS = ("documentation_options.js", "doctools.js", "sphinx_highlight.js")
UNUSED_STYLES = ("styles/", "mystnb.", "basic.css", "pygments.css")  # code.css has its colours


def add_page_context(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give the layout its title, summary, contents and links; drop what it does not use."""
    del templatename
    builder = cast("StandaloneHTMLBuilder", app.builder)
    root = Path(app.srcdir)
    known = pagename in app.env.titles
    title = app.env.titles[pagename].astext() if known else "Search the pages of"
    name = str(app.config.project)
    context["page_title"] = name if pagename == app.config.root_doc else f"{title} · {name}"
    context["page_summary"] = summary(doctree) if doctree else f"Search every chapter of {name}."
    context["metatags"] = _VIEWPORT.sub(
        "", context.get("metatags", "")
    )  # the layout has it already
    context["book_contents"] = navigation.book_contents(builder, pagename)
    context["page_contents"] = navigation.page_contents(app.env, pagename)
    context["book_version"] = site.version(root)
    options = app.config.html_theme_options
    repository = site.repository(root, str(options.get("repository_url") or ""))
    if known:
        source = Path(app.env.doc2path(pagename, base=False)).as_posix()
        context["feedback_url"] = site.feedback_url(
            repository, title, source, context["book_version"]
        )
        if notebook(app, pagename).is_file():
            branch = str(options.get("repository_branch") or "main")
            context["notebook_url"] = context["pathto"](f"_sources/{pagename}.ipynb", 1)
            context["binder_url"] = site.binder_url(repository, branch, source)
    if "body" in context:
        context["body"] = reach.mark(str(context["body"]))
    unused = UNUSED_SCRIPTS if pagename == "search" else UNUSED_SCRIPTS + SEARCH_SCRIPTS
    context["script_files"] = [
        script
        for script in context["script_files"]
        if not _is_one_of(script, unused) and not _sets_an_option(script)
    ]
    context["css_files"] = [
        style for style in context["css_files"] if not _is_one_of(style, UNUSED_STYLES)
    ]


def summary(doctree: nodes.document) -> str:
    """Take the beginning of the page's first real paragraph, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        if (
            isinstance(paragraph.parent, nodes.section)
            and "chapter-meta" not in paragraph["classes"]
        ):
            words = " ".join(paragraph.astext().split())
            if len(words) <= SUMMARY:
                return words
            return words[: SUMMARY - 1].rpartition(" ")[0].rstrip(".,;:") + "…"
    return ""


def notebook(app: Sphinx, docname: str) -> Path:
    """Where MyST-NB left the executed notebook of a page, if it is one."""
    return Path(app.outdir).parent / "jupyter_execute" / f"{docname}.ipynb"


def copy_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Put each executed notebook beside the page's source, for download."""
    if error is not None:
        return
    for docname in app.env.found_docs:
        made = notebook(app, docname)
        if made.is_file():
            place = Path(app.outdir, "_sources", f"{docname}.ipynb")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made, place)


def _name(asset: object) -> str:
    return str(getattr(asset, "filename", None) or asset or "").removeprefix("_static/")


def _is_one_of(asset: object, beginnings: tuple[str, ...]) -> bool:
    return _name(asset).startswith(beginnings)


def _sets_an_option(script: object) -> bool:
    """Find the theme's inline scripts, which set options of a script that is not there."""
    attributes = cast("dict[str, Any]", getattr(script, "attributes", {}))
    return str(attributes.get("body", "")).startswith("DOCUMENTATION_OPTIONS.")
