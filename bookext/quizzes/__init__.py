"""Quizzes in the book: the cell tagged `quiz` becomes the quiz itself.

HTML pages get the form that `seethrough.quiz.render` describes, with its style and script on the
pages that have a quiz and on no other. EPUB, PDF and one-page HTML get the questions as text,
followed by the answers with their reasons. Without JavaScript the answers are in `<details>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging

from bookext import pagefiles
from bookext.quizzes import cells, prose
from seethrough import quiz

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.docutils import SphinxTranslator
    from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)
_LETTERS = "abcdefghij"


class quiz_node(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes so
    """A quiz: its HTML is in `html`, its static form in the children."""


def place(app: Sphinx, doctree: nodes.document) -> None:
    """Put the quiz in the place of its cell."""
    for cell, tags in cells.cells(doctree):
        if "quiz" not in tags:
            continue
        path = cells.folder(app.env) / "quiz.yml"
        app.env.note_dependency(str(path))
        try:
            found = quiz.load(path)
        except quiz.QuizFileError as error:
            at = f"{error.path}:{error.line}"
            log.warning("%s", error.message, location=at, type="course", subtype="quiz")
            continue
        node = quiz_node(html=quiz.render(found))
        node.source, node.line = cell.source, cell.line
        node += static(found)
        cell.replace_self(node)


def static(found: quiz.Quiz) -> list[nodes.Node]:
    """Return a quiz as text: the questions, then the answers with every option's reason."""
    questions = nodes.enumerated_list(enumtype="arabic", suffix=".")
    answers = nodes.enumerated_list(enumtype="arabic", suffix=".")
    for question in found.questions:
        asked = nodes.list_item("", *prose.blocks(question.question))
        if question.code:
            asked += prose.code(question.code)
        asked += _list([_text(question, option) for option in question.shown])
        questions += asked
        answers += nodes.list_item("", *_answer(question))
    head = nodes.paragraph("", "", nodes.strong("", "Answers"))
    return [questions, head, answers]


def _answer(question: quiz.Question) -> list[nodes.Node]:
    if question.kind == "order":
        order = [_text(question, option) for option in question.options]
        return [_list(order, numbered=True), *prose.blocks(question.because)]
    reasons: list[list[nodes.Node]] = []
    for option in question.shown:
        mark = nodes.strong("", "Right:" if option.right else "Not right:")
        text = nodes.paragraph("", "", mark, nodes.Text(" "), *_inline(question, option))
        reasons.append([text, *prose.blocks(option.because)])
    return [_list(reasons)]


def _text(question: quiz.Question, option: quiz.Option) -> list[nodes.Node]:
    if question.kind == "predict" and "\n" in option.text:
        return [prose.code(option.text, "text")]
    return [nodes.paragraph("", "", *_inline(question, option))]


def _inline(question: quiz.Question, option: quiz.Option) -> list[nodes.Node]:
    if question.kind != "predict":
        return prose.inline(option.text)
    if not option.text:
        return [nodes.emphasis("", "(nothing)")]
    return [nodes.literal(option.text, option.text.replace("\n", " ⏎ "))]


def _list(items: list[list[nodes.Node]], *, numbered: bool = False) -> nodes.Element:
    made = (
        nodes.enumerated_list(enumtype="arabic", suffix=".") if numbered
        else nodes.enumerated_list(enumtype="loweralpha", suffix=".")
    )  # fmt: skip
    made += [nodes.list_item("", *item) for item in items]
    return made


def visit_html(translator: HTML5Translator, node: quiz_node) -> None:
    """Write the interactive form where scripts run; elsewhere the children are written."""
    if translator.builder.name in cells.INTERACTIVE:
        translator.body.append(node["html"])
        raise nodes.SkipNode
    translator.body.append('<div class="st-quiz-static">\n')


def depart_html(translator: HTML5Translator, node: quiz_node) -> None:
    """Close the static form."""
    del node
    translator.body.append("</div>\n")


def pass_by(translator: SphinxTranslator, node: quiz_node) -> None:
    """Write nothing but the children."""
    del translator, node


def load(page: pagefiles.Page) -> None:
    """Load style and script on a page that has a quiz."""
    if not page.interactive or page.doctree is None:
        return
    if next(iter(page.doctree.findall(quiz_node)), None) is not None:
        page.style("quiz.css")
        page.script("quiz.js")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    quiet = (pass_by, pass_by)
    app.add_node(
        quiz_node, html=(visit_html, depart_html), latex=quiet, text=quiet, man=quiet, texinfo=quiet
    )
    app.connect("doctree-read", place)
    pagefiles.offer(app, quiz.PAGE_FILES, load)
    return {
        "version": "1",
        "env_version": 1,  # raise it when the form of the nodes changes: pages are read again
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
