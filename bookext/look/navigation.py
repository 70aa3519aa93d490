"""The two lists of contents: the book's, from `_toc.yml`, and a page's, from its headings."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, cast

from docutils import nodes

from bookext.look import frontmatter

if TYPE_CHECKING:
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.environment import BuildEnvironment

_NUMBER = re.compile(r'<span class="section-number">.*?</span>')
DEPTH = 2  # sections and their subsections


def toc_path(env: BuildEnvironment) -> Path:
    """Where the table of contents is; Jupyter Book may give it another place."""
    return Path(env.srcdir, str(env.config["external_toc_path"]))


def book_contents(builder: StandaloneHTMLBuilder, here: str) -> str:
    """List the book's pages by part as HTML, with the page `here` marked."""
    made: list[str] = []
    for part in frontmatter.parts(toc_path(builder.env)):
        known = [name for name in part.docnames if name in builder.env.titles]
        if part.caption and known:
            made.append(f'<p class="nav-heading">{escape(part.caption)}</p>')
        made += ["<ul>", *(_page(builder, here, name) for name in known), "</ul>"]
    return "\n".join(made)


def page_contents(env: BuildEnvironment, docname: str) -> str:
    """List a page's sections as HTML; empty where there are fewer than two."""
    toc = env.tocs.get(docname)
    top = next(iter(toc.findall(nodes.bullet_list)), None) if toc is not None else None
    if top is None or not top.children:
        return ""
    inner = _sections(cast("nodes.Element", top.children[0]), DEPTH)
    return inner if inner.count("<li>") > 1 else ""


def _page(builder: StandaloneHTMLBuilder, here: str, docname: str) -> str:
    number = builder.env.toc_secnumbers.get(docname, {}).get("", ())
    counted = f'<span class="number">{number[0]}</span>' if number else ""
    link = builder.get_relative_uri(here, docname) or "#"
    current = ' class="current"' if docname == here else ""
    mark = ' aria-current="page"' if docname == here else ""
    title = _NUMBER.sub("", builder.render_partial(builder.env.titles[docname])["title"])
    return f'<li{current}><a href="{escape(link)}"{mark}>{counted}<span>{title}</span></a></li>'


def _sections(item: nodes.Element, depth: int) -> str:
    """Make a list of the sections under one entry of a table of contents."""
    if depth == 0:
        return ""
    made: list[str] = []
    for under in _of(item, nodes.bullet_list):
        for entry in _of(under, nodes.list_item):
            link = next(iter(entry.findall(nodes.reference)), None)
            if link is not None:
                anchor = escape(str(link.get("anchorname", "")))
                words = escape(link.astext())
                made.append(f'<li><a href="{anchor}">{words}</a>{_sections(entry, depth - 1)}</li>')
    return f"<ul>{''.join(made)}</ul>" if made else ""


def _of(node: nodes.Element, kind: type[nodes.Element]) -> list[nodes.Element]:
    return [child for child in node.children if isinstance(child, kind)]
