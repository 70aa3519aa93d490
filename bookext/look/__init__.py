"""How the book looks: templates, styles, the line under each title, the map of the course.

The book stands on sphinx-book-theme. From it come the styles of the text, purged of what no page
uses (`purge`, `assets`). The shell around the text is the book's own (`templates`, `static`): the
theme's asks for an icon script, Bootstrap and the search index on every page, 0.8 MB in all.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.jinja2glue import SphinxFileSystemLoader

from bookext.look import assets, chapters, finding, page, site

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.jinja2glue import BuiltinTemplateLoader
    from sphinx.writers.html5 import HTML5Translator

HERE = Path(__file__).parent
# Builders whose pages have the book's shell, and the folders of their templates.
TEMPLATES = {"html": ["templates"], "singlehtml": ["templates_print", "templates"]}


def configure(app: Sphinx, config: Config) -> None:
    """Set what follows from the book's own shell, and the address where there is one."""
    config.version = config.release = site.number(Path(app.srcdir))
    config.html_static_path.append(str(HERE / "static"))
    config.epub_show_urls = "no"  # a link can be followed; its address between words is noise
    config.epub_identifier = config.epub_uid = "urn:modern-python-course"
    config.epub_exclude_files = ["index.html"]  # left by sphinx-external-toc, no part of the book
    config.epub_description = f"{config.project}: an executable course"
    base = os.environ.get(site.BASE_URL, "")
    if base:
        config.html_baseurl = base.rstrip("/") + "/"
        config.sitemap_url_scheme = "{link}"  # one language and one version at that address


def use_templates(app: Sphinx) -> None:
    """Put the book's templates before the theme's, for the builders that they are made for."""
    folders = TEMPLATES.get(app.builder.name, [])
    if app.builder.name == "epub":
        app.add_css_file("look/epub.css")
        app.add_css_file("look/code.css")
    if not folders:
        return
    app.add_css_file("look/vendor.css", priority=100)
    app.add_css_file("look/look.css", priority=300)
    app.add_css_file("look/code.css", priority=310)
    app.add_js_file("look/look.js", loading_method="defer")
    bridge = cast("BuiltinTemplateLoader", app.builder.templates)
    for folder in reversed(folders):
        loader = SphinxFileSystemLoader(str(HERE / folder))
        bridge.pathchain.insert(0, str(HERE / folder))
        bridge.loaders.insert(0, loader)
    app.connect("html-page-context", page.add_page_context, priority=900)
    app.connect("build-finished", page.copy_notebooks)
    app.connect("build-finished", assets.finish, priority=950)


def open_hidden(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    """Open a folded part of a cell; MyST-NB's own summary has a name that it does not show."""
    what = str(node["prompt_show"])
    translator.body.append(
        f'<details class="hide {" ".join(node["classes"])}"><summary>{what}</summary>\n'
    )


def close_hidden(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    """Close a folded part of a cell."""
    del node
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    # Jupyter Book sets this for an extension that the book leaves out.
    app.add_config_value("comments_config", {}, "")
    if os.environ.get(site.BASE_URL):  # a site map names whole addresses
        app.setup_extension("sphinx_sitemap")
    app.add_directive("course-map", chapters.CourseMap)
    app.add_node(HideCodeCellNode, override=True, html=(open_hidden, close_hidden))
    app.connect("config-inited", configure)
    app.connect("builder-inited", use_templates)
    app.connect("doctree-read", chapters.add_meta_line)
    finding.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
