"""The quiz questions of the course as a deck for Anki, `modern-python.apkg`.

Made by the library genanki. A note's identity follows from the chapter's slug and the question's
id, so that importing a newer deck updates the cards and keeps what the reader has learned. Anki
updates a note when the imported one was changed later: the deck is dated by the commit it was built
from. The same commit gives the same bytes.
"""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
import zipfile
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookext import archives
from seethrough.quiz import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seethrough.quiz import Option, Question, Quiz

NAME = "modern-python.apkg"
# Anki knows decks and note types by number. These never change; a chapter's follows from its slug.
_MODEL = 1_764_000_131
_FIELDS = ("Name", "Question", "Options", "Answer", "Chapter")
_ASK = {
    "predict": "What does it print?",
    "choose": "Choose one.",
    "choose-many": "Choose all that apply.",
    "order": "Put these in order.",
}
_STYLE = """\
.card { font: 17px/1.5 system-ui, sans-serif; max-width: 44em; margin: 0 auto; text-align: left; }
pre, code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.9em; }
pre { background: #f3f4f1; overflow-x: auto; padding: 0.6em 0.8em; white-space: pre; }
.nightMode pre { background: #1d2226; }
li pre { display: inline-block; margin: 0.1em 0; padding: 0.1em 0.4em; vertical-align: top; }
.chapter { color: #565f66; font-size: 0.85em; }
.nightMode .chapter { color: #a3adb5; }
"""
_FRONT = "{{Question}}\n{{Options}}"
_BACK = '{{FrontSide}}\n<hr id="answer">\n{{Answer}}\n<p class="chapter">{{Chapter}}</p>'


def deck(quizzes: Sequence[tuple[str, Quiz]], *, seconds: int) -> bytes:
    """Make the deck.

    Args:
        quizzes: title and quiz of each chapter, in the order of the book.
        seconds: since 1970, the time of the last change; a later one replaces what was imported.

    Returns:
        The content of an `.apkg` file, a zip archive.
    """
    import genanki  # builds with other builders do not need it

    model = genanki.Model(
        _MODEL,
        "Modern Python: quiz question",
        fields=[{"name": name} for name in _FIELDS],
        templates=[{"name": "Question", "qfmt": _FRONT, "afmt": _BACK}],
        css=_STYLE,
    )
    decks: list[Any] = []
    for title, quiz in quizzes:
        one = genanki.Deck(_number(quiz.slug), f"Modern Python::{title}")
        for at, question in enumerate(quiz.questions):
            one.add_note(
                genanki.Note(
                    model=model,
                    fields=_fields(title, quiz.slug, question),
                    guid=genanki.guid_for("modern-python", quiz.slug, question.id),
                    tags=[quiz.slug, question.kind],
                    due=at,  # new cards come in the chapter's order
                )
            )
        decks.append(one)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NAME)
        genanki.Package(decks).write_to_file(path, timestamp=float(seconds))
        return _repacked(path)


def last_change(root: Path) -> int:
    """Return the time of the commit in seconds; 1 January 2026 where there is none.

    The environment variable `SOURCE_DATE_EPOCH` wins, as in other reproducible builds.
    """
    asked = os.environ.get("SOURCE_DATE_EPOCH", "")
    if asked.isdigit():
        return int(asked)
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return 1_767_225_600
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else 1_767_225_600


def _number(slug: str) -> int:
    """Number a chapter's deck by its slug, within what JavaScript counts exactly."""
    return 1_764_000_000_000 + int(sha256(slug.encode()).hexdigest()[:8], 16)


def _fields(title: str, slug: str, question: Question) -> list[str]:
    asked = markdown.block(question.question)
    if question.code:
        asked += _pre(question.code)
    options = "".join(f"<li>{_text(question, option)}</li>" for option in question.shown)
    return [
        f"{slug}/{question.id}",
        asked,
        f"<p>{_ASK[question.kind]}</p><ul>{options}</ul>",
        _answer(question),
        escape(title),
    ]


def _answer(question: Question) -> str:
    if question.kind == "order":
        items = "".join(f"<li>{_text(question, option)}</li>" for option in question.options)
        return f"<ol>{items}</ol>{markdown.block(question.because)}"
    right_first = sorted(question.shown, key=lambda option: not option.right)
    items = "".join(
        f"<li><b>{'Right' if option.right else 'Not right'}:</b> {_text(question, option)}"
        f"{markdown.block(option.because)}</li>"
        for option in right_first
    )
    return f"<ul>{items}</ul>"


def _text(question: Question, option: Option) -> str:
    if question.kind != "predict":
        return markdown.inline(option.text)
    return _pre(option.text) if option.text else "<em>(nothing)</em>"


def _pre(code: str) -> str:
    return f"<pre><code>{escape(code, quote=False)}</code></pre>"


def _repacked(path: Path) -> bytes:
    """Write the archive again without the times of its temporary files."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for entry in sorted(old.namelist()):
            archives.add(new, entry, old.read(entry))
    return made.getvalue()
