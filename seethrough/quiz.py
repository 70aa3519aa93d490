"""Quizzes: questions as data, shown with every option's reason once they are answered.

A chapter ends with `quiz("descriptors")`. The questions are in the chapter's `quiz.yml`, whose form
`CONTRIBUTING.md` describes. The book's page and a notebook show the same HTML: it can be read
without JavaScript (answers are folded away in `<details>`), and the script in `quiz_page/` makes it
answerable. The order of the options follows from their text alone: it is the same everywhere, and
says nothing about which is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from seethrough.places import CHAPTERS
from seethrough.yaml_lines import DataFileError, Item, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE_FILES = Path(__file__).resolve().parent / "quiz_page"

Kind = Literal["predict", "choose", "choose-many", "order"]

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ORDINAL = "first|second|third|fourth|fifth|last|previous|next"
_POSITIONAL = re.compile(
    rf"""\b(?:all|none|both|neither|any|either)[ ]of[ ]the[ ](?:above|below)\b
      | \b(?:option|answer|choice)s?[ ](?:above|below|[A-E1-5])\b
      | \b(?:{_ORDINAL})[ ](?:option|answer|choice)s?\b
      | \A(?:all|none|both|neither)(?:[ ]of[ ](?:them|these|those))?\.?\Z
      | \Athe[ ](?:{_ORDINAL})[ ]one\.?\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_ASK = {
    "predict": "Choose what it prints.",
    "choose": "Choose one.",
    "choose-many": "Choose all that apply.",
    "order": "Put these in order.",
}


class QuizFileError(DataFileError):
    """A quiz is missing or has the wrong shape; the message begins with `file:line`."""


@dataclass(frozen=True)
class Option:
    """One option of a question, or one item of an `order` question.

    Attributes:
        text: Markdown, or for `predict` the exact output.
        right: whether it belongs to the answer.
        because: the reason, in Markdown; empty for the items of an `order` question.
        line: its line in the file.
    """

    text: str
    right: bool
    because: str
    line: int

    @property
    def key(self) -> str:
        """Return a short name that depends on the text alone."""
        return _digest(self.text)[:8]


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        id: stable and unique in the chapter; answers are kept under it.
        kind: what is asked for.
        question: the question, in Markdown.
        code: Python to show; for `predict`, what validation runs. Empty if there is none.
        options: as in the file: for `predict` the answer comes first, for `order` all items do, in
            the right order.
        because: the reason of an `order` question's order.
        line: its line in the file.
    """

    id: str
    kind: Kind
    question: str
    code: str
    options: tuple[Option, ...]
    because: str
    line: int

    @property
    def answer(self) -> str:
        """Return what the code of a `predict` question should print."""
        return self.options[0].text

    @property
    def shown(self) -> tuple[Option, ...]:
        """Return the options in the order in which readers see them."""
        order = sorted(self.options, key=lambda option: _digest(f"{self.id}\0{option.text}"))
        if self.kind == "order" and order == list(self.options):
            order = [*order[1:], order[0]]  # not solved from the start
        return tuple(order)

    @property
    def fingerprint(self) -> str:
        """Return a short digest of what is asked; an answer to something else does not count."""
        parts = [self.kind, self.question, self.code]
        parts += [f"{option.right}{option.text}" for option in self.options]
        return _digest("\0".join(parts))[:10]


@dataclass(frozen=True)
class Quiz:
    """A chapter's questions; a notebook displays them answerable."""

    slug: str
    path: Path
    questions: tuple[Question, ...] = field(repr=False)

    def __repr__(self) -> str:
        count = len(self.questions)
        return f"Quiz: {self.slug}, {count} question{'' if count == 1 else 's'}"

    def _repr_html_(self) -> str:
        style, script = _page_file("quiz.css"), _page_file("quiz.js")
        return (
            f"{render(self)}\n<style>{style}</style>\n<script>{script}</script>\n"
            "<!-- end of quiz -->"
        )


def quiz(slug: str) -> Quiz:
    """Return a chapter's quiz; as the last value of a cell it is displayed.

    Args:
        slug: the chapter.

    Raises:
        QuizFileError: there is no such quiz, or its file is out of shape.
    """
    paths = sorted(CHAPTERS.glob(f"*/{slug}/quiz.yml"))
    if not paths:
        known = sorted(path.parent.name for path in CHAPTERS.glob("*/*/quiz.yml"))
        message = f"there is no quiz for {slug!r}; there is one for: {', '.join(known) or 'none'}."
        raise QuizFileError(CHAPTERS / "*" / slug / "quiz.yml", 1, message)
    return load(paths[0], slug)


def load(path: Path, slug: str = "") -> Quiz:
    """Read a quiz from its file.

    Args:
        path: a `quiz.yml`.
        slug: the chapter; by default the name of the file's folder.

    Raises:
        QuizFileError: the file is missing or out of shape; the message names file and line.
    """
    try:
        root = read_yaml(path)
        if root is None:
            raise DataFileError(path, 1, "the quiz is empty; it should be a list of questions.")
        questions = [_question(item) for item in root.list("a quiz")]
        _unique([(question.id, question.line) for question in questions], path, "the id")
    except DataFileError as error:
        raise QuizFileError(error.path, error.line, error.message) from None
    return Quiz(slug or path.parent.name, path, tuple(questions))


# ---------------------------------------------------------------- reading


def _question(item: Item) -> Question:
    if not isinstance(item.value, dict) or "kind" not in item.value:
        raise item.error("a question needs `kind:` (predict, choose, choose-many or order).")
    kind_item = item.value["kind"]
    kind = kind_item.text("`kind`")
    if kind not in get_args(Kind):
        raise kind_item.error(f"there is no kind `{kind}`; use {', '.join(get_args(Kind))}.")
    needed, allowed = {"id", "kind", "question"}, {"code"}
    needed |= {
        "predict": {"code", "answer", "because", "distractors"},
        "order": {"items", "because"},
    }.get(kind, {"options"})
    fields = item.fields(f"a question of kind `{kind}`", needed, allowed)
    name = fields["id"].text("`id`")
    if not _ID.fullmatch(name):
        raise fields["id"].error(f"the id `{name}` should be lower-case words joined by hyphens.")
    options = {"predict": _predicted, "order": _ordered}.get(kind, _chosen)(fields)
    _unique([(option.text, option.line) for option in options], item.path, "the option")
    return Question(
        id=name,
        kind=cast("Kind", kind),
        question=_prose(fields["question"], "`question`"),
        code=fields["code"].text("`code`") if "code" in fields else "",
        options=options,
        because=_prose(fields["because"], "`because`") if kind == "order" else "",
        line=item.line,
    )


def _predicted(fields: dict[str, Item]) -> tuple[Option, ...]:
    answer = fields["answer"]
    because = _prose(fields["because"], "`because`")
    options = [Option(_output(answer, "`answer`"), True, because, answer.line)]
    distractors = fields["distractors"].list("`distractors`")
    if not 2 <= len(distractors) <= 4:
        message = f"a prediction needs two to four distractors; this one has {len(distractors)}."
        raise fields["distractors"].error(message)
    for item in distractors:
        parts = item.fields("a distractor", {"text", "because"}, set())
        text = _output(parts["text"], "`text`")
        options.append(Option(text, False, _prose(parts["because"], "`because`"), item.line))
    return tuple(options)


def _chosen(fields: dict[str, Item]) -> tuple[Option, ...]:
    options = []
    for item in fields["options"].list("`options`"):
        parts = item.fields("an option", {"text", "because"}, {"right"})
        right = "right" in parts and parts["right"].flag("`right`")
        text = _prose(parts["text"], "`text`")
        options.append(Option(text, right, _prose(parts["because"], "`because`"), item.line))
    count = sum(option.right for option in options)
    if len(options) < 2:
        raise fields["options"].error("a choice needs at least two options.")
    if fields["kind"].value == "choose" and count != 1:
        message = f"`choose` needs exactly one option with `right: true`; this one has {count}."
        raise fields["options"].error(message)
    if count == 0:
        raise fields["options"].error("`choose-many` needs an option with `right: true`.")
    return tuple(options)


def _ordered(fields: dict[str, Item]) -> tuple[Option, ...]:
    items = fields["items"].list("`items`")
    if len(items) < 3:
        raise fields["items"].error("an order needs at least three items.")
    return tuple(Option(_prose(item, "an item"), True, "", item.line) for item in items)


def _prose(item: Item, what: str) -> str:
    text = item.text(what).strip("\n")
    if found := _POSITIONAL.search(text):
        message = f"options are shuffled, so “{found[0]}” has no meaning here. Name what you mean."
        raise item.error(message)
    return text


def _output(item: Item, what: str) -> str:
    """Return what is printed, without the one last newline; spaces and blank lines count."""
    if item.value == "":
        return ""  # a program that prints nothing
    if not isinstance(item.value, str):
        raise item.error(f"{what} should be text. Has it lost its quotes?")
    return item.value.removesuffix("\n")


def _unique(names: Iterable[tuple[str, int]], path: Path, what: str) -> None:
    seen: dict[str, int] = {}
    for name, line in names:
        if name in seen:
            shown = name.replace("\n", "⏎")
            message = f"{what} `{shown}` is there twice; it is on line {seen[name]} too."
            raise DataFileError(path, line, message)
        seen[name] = line


# ---------------------------------------------------------------- showing


def render(quiz: Quiz) -> str:
    """Return the quiz as HTML that can be read without JavaScript.

    The DOM, which `quiz_page/quiz.js` builds on:

    - `.st-quiz[data-quiz=SLUG]` holds one `.st-question#quiz-ID[data-id][data-kind]
      [data-fingerprint]` a question;
    - in it a `fieldset` with `.st-option[data-key]` rows (`.st-order > li[data-key]` for `order`);
    - then `details.st-answer` with, for each option, `li[data-key][data-right]`, whose
      `.st-because` is the reason.
    """
    count = len(quiz.questions)
    parts = [_render(quiz, each, f"{at} of {count}") for at, each in enumerate(quiz.questions, 1)]
    return (  # the script passes the last one on: JupyterLab then leaves the quiz its keys
        f'<div class="st-quiz" data-quiz="{escape(quiz.slug)}" data-lm-suppress-shortcuts="true">\n'
        f"{''.join(parts)}</div>"
    )


def _render(quiz: Quiz, question: Question, number: str) -> str:
    first, rest = markdown.split(question.question)
    stem = rest + (markdown.code(question.code) if question.code else "")
    rows = "".join(_row(quiz, question, option) for option in question.shown)
    if question.kind == "order":
        rows = f'<ol class="st-order">\n{rows}</ol>\n'
    return (
        f'<div class="st-question" id="quiz-{question.id}" data-id="{question.id}" '
        f'data-kind="{question.kind}" data-fingerprint="{question.fingerprint}">\n'
        f'<fieldset>\n<legend><span class="st-number">Question {number}</span> {first}</legend>\n'
        f'{stem}<p class="st-ask">{_ASK[question.kind]}</p>\n{rows}</fieldset>\n'
        '<details class="st-answer"><summary>Answer and reasons</summary>\n'
        f"{_reasons(question)}</details>\n</div>\n"
    )


def _row(quiz: Quiz, question: Question, option: Option) -> str:
    text = _option_text(question, option)
    if question.kind == "order":
        return f'<li data-key="{option.key}"><span class="st-text">{text}</span></li>\n'
    kind = "checkbox" if question.kind == "choose-many" else "radio"
    return (
        f'<div class="st-option" data-key="{option.key}"><label><input type="{kind}" '
        f'name="quiz-{escape(quiz.slug)}-{question.id}" value="{option.key}"> '
        f'<span class="st-text">{text}</span></label></div>\n'
    )


def _reasons(question: Question) -> str:
    if question.kind == "order":
        items = "".join(
            f'<li data-key="{option.key}">{_option_text(question, option)}</li>\n'
            for option in question.options
        )
        because = f'<div class="st-because">{markdown.block(question.because)}</div>\n'
        return f'<ol class="st-right-order">\n{items}</ol>\n{because}'
    items = "".join(
        f'<li data-key="{option.key}" data-right="{str(option.right).lower()}">'
        f'<strong class="st-mark">{"Right" if option.right else "Not right"}:</strong> '
        f'<span class="st-text">{_option_text(question, option)}</span>'
        f'<div class="st-because">{markdown.block(option.because)}</div></li>\n'
        for option in question.shown
    )
    return f"<ul>\n{items}</ul>\n"


def _option_text(question: Question, option: Option) -> str:
    if question.kind != "predict":
        return markdown.inline(option.text)
    if not option.text:
        return "<em>(nothing)</em>"
    return f'<code class="st-output">{escape(option.text, quote=False)}</code>'


class _Markdown:
    """Markdown to HTML by markdown-it-py and Pygments, or by a few rules where they are missing."""

    @cached_property
    def _parser(self) -> Any:  # markdown-it is imported late
        try:
            from markdown_it import MarkdownIt
        except ImportError:  # in the browser tab
            return None
        parser = MarkdownIt("commonmark", {"html": False})
        parser.add_render_rule("fence", self._fence)
        return parser

    def block(self, text: str) -> str:
        """Return paragraphs, lists and code blocks."""
        if self._parser is not None:
            return self._parser.render(text)
        return "".join(f"<p>{self.inline(part)}</p>\n" for part in re.split(r"\n\n+", text))

    def inline(self, text: str) -> str:
        """Return the HTML of text that is one paragraph; of more, the blocks."""
        if self._parser is not None:
            tokens = self._parser.parse(text)
            if len(tokens) == 3 and tokens[0].type == "paragraph_open":
                return self._parser.renderer.render(tokens[1:2], self._parser.options, {})
            return self._parser.render(text)
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
        text = re.sub(r"\*\*([^*<>]+)\*\*", r"<strong>\1</strong>", text)
        return re.sub(r"\*([^*<>]+)\*", r"<em>\1</em>", text)

    def split(self, text: str) -> tuple[str, str]:
        """Return the first paragraph's inline HTML, and the HTML of what follows it."""
        first, _, rest = text.partition("\n\n")
        return self.inline(first), self.block(rest) if rest else ""

    def code(self, source: str, language: str = "python") -> str:
        """Return a highlighted code block."""
        try:
            from pygments import highlight
            from pygments.formatters.html import HtmlFormatter
            from pygments.lexers import get_lexer_by_name
            from pygments.util import ClassNotFound
        except ImportError:
            return f'<div class="highlight"><pre>{escape(source, quote=False)}</pre></div>\n'
        try:
            lexer = get_lexer_by_name(language)
        except ClassNotFound:
            lexer = get_lexer_by_name("text")
        html: str = highlight(source, lexer, HtmlFormatter(wrapcode=True))
        return html

    def _fence(self, tokens: list[Any], at: int, *_: object) -> str:
        words = tokens[at].info.split()
        return self.code(tokens[at].content, words[0] if words else "text")


markdown = _Markdown()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _page_file(name: str) -> str:
    path = PAGE_FILES / name
    return path.read_text(encoding="utf-8") if path.exists() else ""
