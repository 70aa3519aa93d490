"""Progress: what a reader has read, run, solved and answered, and the cards to review it by.

All of it is kept in the reader's browser. The build contributes what there is to do (`catalog`), a
deck for Anki (`anki`), and three directives for the page on progress: `{progress-list}` lists the
chapters, `{review-cards}` asks quiz questions when they are due, `{progress-file}` exports, imports
and resets. Without JavaScript the first shows what each chapter holds, the others say what they do.

Every page loads `progress/progress.js`, the catalog and `every-page.js` in one, which marks the
contents; on a chapter's page it has `data-chapter` and notes what happens there. `progress/page.js`
is for the page on progress alone.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, override

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from bookext import live, pagefiles
from bookext.progress import anki, catalog
from bookext.quizzes.cells import INTERACTIVE
from seethrough import quiz

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.docutils import SphinxTranslator
    from sphinx.writers.html5 import HTML5Translator

    from bookext.progress.catalog import Chapter

HERE = Path(__file__).parent
SCRIPT = "progress/progress.js"
_SHOWS = "shows progress"  # in the metadata of a page with one of the directives


class progress_node(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes so
    """One part of the page on progress: `part` says which; its content is written at the end."""


class _Part(SphinxDirective):
    part = ""

    @override
    def run(self) -> list[nodes.Node]:
        """Leave a place that is filled when all chapters are read."""
        self.env.metadata[self.env.docname][_SHOWS] = True
        return [progress_node(part=self.part)]


class ProgressList(_Part):
    """`{progress-list}`: every chapter with what there is to do, and what was done."""

    part = "list"


class ReviewCards(_Part):
    """`{review-cards}`: the quiz questions of all chapters, as cards."""

    part = "review"


class ProgressFile(_Part):
    """`{progress-file}`: export, import, reset, and the deck for Anki."""

    part = "file"


# ---------------------------------------------------------------- building


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Keep what the page holds; runs after the parts that put cells and quizzes in place."""
    catalog.note(app.env, app.env.docname, doctree)


def write_script(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write what all pages load, and have the page on progress written again."""
    if app.builder.name in INTERACTIVE:
        path = Path(app.outdir, "_static", SCRIPT)
        path.parent.mkdir(parents=True, exist_ok=True)
        script = lean((HERE / "every-page.js").read_text(encoding="utf-8"))
        listed = catalog.script(catalog.chapters(env), live=live.manifest_of(app) is not None)
        path.write_text(listed + script, encoding="utf-8")
    return [docname for docname, data in env.metadata.items() if _SHOWS in data]


def lean(script: str) -> str:
    """Leave comments and indentation out of a script that every page loads: a fifth of its weight.

    Only comments that begin a line go, so that nothing in a string can be taken for one.
    """
    comment = r"^[ ]*(?:/\*(?:[^*]|\*(?!/))*\*/|//.*)$"
    without = re.sub(comment, "", script, flags=re.MULTILINE)
    return re.sub(r"\n\s*", "\n", without).lstrip()


def load(page: pagefiles.Page) -> None:
    """Load scripts and styles: the marks on every page, the rest on the page on progress."""
    if not page.interactive:
        return
    page.style("progress/progress.css", priority=320)
    chapter: dict[str, Any] = {}
    if catalog.is_chapter(page.app.env, page.name):
        chapter["data-chapter"] = page.name.rpartition("/")[2]
    page.script(SCRIPT, **chapter)
    if _SHOWS in page.metadata:
        for name in ("quiz.css", "progress/page.css"):
            page.style(name, priority=330)
        for name in ("quiz.js", "progress/page.js"):
            page.script(name)


def write_deck(app: Sphinx, error: Exception | None) -> None:
    """Put the deck for Anki beside the pages."""
    if error is not None or app.builder.name not in INTERACTIVE:
        return
    found = [one for one in catalog.chapters(app.env) if one.quiz and one.questions()]
    if found and any(_SHOWS in data for data in app.env.metadata.values()):
        quizzes = [(one.title, quiz.load(cast("Path", one.quiz))) for one in found]
        made = anki.deck(quizzes, seconds=anki.last_change(Path(app.srcdir)))
        Path(app.outdir, anki.NAME).write_bytes(made)


# ---------------------------------------------------------------- writing


def visit_html(translator: HTML5Translator, node: progress_node) -> None:
    """Write one part of the page."""
    builder = cast("StandaloneHTMLBuilder", translator.builder)
    found = catalog.chapters(builder.env)
    here = cast("str", builder.current_docname)
    write = _WRITERS[node["part"]] if builder.name in INTERACTIVE else _WRITERS_STATIC[node["part"]]
    translator.body.append(write(builder, here, found))
    raise nodes.SkipNode


def _list(builder: StandaloneHTMLBuilder, here: str, found: list[Chapter]) -> str:
    """List the chapters with what they hold; the script adds what was done."""
    is_live = live.manifest_of(builder.app) is not None
    data = json.dumps({one.slug: catalog.details(one) for one in found}).replace("<", "\\u003c")
    return (
        f"{_static_list(builder, here, found, is_live=is_live)}"
        f'<script type="application/json" id="progress-chapters">{data}</script>\n'
    )


def _static_list(
    builder: StandaloneHTMLBuilder, here: str, found: list[Chapter], *, is_live: bool = False
) -> str:
    items: list[str] = []
    for one in found:
        try:
            link = builder.get_relative_uri(here, one.docname)
        except ValueError:  # a builder without pages
            link = ""
        runnable = sum(key != catalog.NOT_IN_A_TAB for key in one.cells) if is_live else 0
        counts = [
            _count(len(one.sections), "section"),
            _count(runnable, "cell"),
            _count(len(one.exercises), "exercise"),
            _count(len(one.questions()), "question"),
        ]
        items.append(
            f'<li class="progress-chapter" data-slug="{escape(one.slug)}">'
            f'<p class="progress-title"><a href="{escape(link)}">{escape(one.title)}</a></p>'
            f'<p class="progress-holds">{", ".join(filter(None, counts))}</p></li>\n'
        )
    return f'<ol class="progress-list">\n{"".join(items)}</ol>\n'


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""


def _review(builder: StandaloneHTMLBuilder, here: str, found: list[Chapter]) -> str:
    """Put every chapter's quiz on the page as a template; the script takes questions from it."""
    del builder, here
    templates = "".join(
        f'<template data-cards="{escape(one.slug)}">{quiz.render(quiz.load(one.quiz))}</template>\n'
        for one in found
        if one.quiz and one.questions()
    )
    return (
        '<div class="review js-only" id="review-cards"></div>\n'
        '<p class="no-js">With JavaScript, questions that are due are asked here, one at a time.'
        " Without it, each chapter has them at its end.</p>\n"
        f"{templates}"
    )


def _file(builder: StandaloneHTMLBuilder, here: str, found: list[Chapter]) -> str:
    """Give export, import and reset a place, and link to the deck."""
    count = sum(len(one.questions()) for one in found)
    deck = f"{'../' * here.count('/')}{anki.NAME}"
    if builder.name == "dirhtml":
        deck = f"../{deck}"
    return (
        '<div class="progress-file js-only" id="progress-file"></div>\n'
        '<p class="no-js">With JavaScript, buttons here export, import and reset what this page'
        " keeps.</p>\n"
        f'<p><a href="{deck}" download>{anki.NAME}</a>: the {count} questions as a deck for'
        " <em>Anki</em>, one card each. Importing a newer deck updates the cards and keeps your"
        " schedule.</p>\n"
    )


def _nothing(builder: StandaloneHTMLBuilder, here: str, found: list[Chapter]) -> str:
    del builder, here, found
    return "<p>The HTML pages of this book have it here.</p>\n"


_WRITERS = {"list": _list, "review": _review, "file": _file}
_WRITERS_STATIC = {"list": _static_list, "review": _nothing, "file": _nothing}


def depart(translator: SphinxTranslator, node: progress_node) -> None:
    """Do nothing: the visit has written it all."""
    del translator, node


def skip(translator: SphinxTranslator, node: progress_node) -> None:
    """Leave it out of formats that are not HTML."""
    del translator, node
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    quiet = (skip, depart)
    app.add_node(
        progress_node,
        html=(visit_html, depart), latex=quiet, text=quiet, man=quiet, texinfo=quiet,
    )  # fmt: skip
    app.add_directive("progress-list", ProgressList)
    app.add_directive("review-cards", ReviewCards)
    app.add_directive("progress-file", ProgressFile)
    app.connect("doctree-read", note, priority=900)
    app.connect("env-updated", write_script)
    pagefiles.offer(app, HERE / "static", load)
    app.connect("build-finished", write_deck)
    return {
        "version": "1",
        "env_version": 1,  # raise it when the form of what is noted changes: pages are read again
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
