"""Correct skeletons: a chapter with the right bones, an exercise with every section."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from coursekit.messages import CourseError, nearest
from coursekit.places import CHAPTERS, ROOT, chapter_files, folder_of

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("advanced", "practice")
_SLUG = re.compile(r"[a-z][a-z0-9-]*")

_CHAPTER = """\
---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
minutes: 35
prerequisites: []
outcomes:
  - (a verb, and something the reader can test)
runs_in:
  browser: "yes"
---

# {title}

(One paragraph: what the reader will be able to do.)

```{{code-cell}} ipython3
from seethrough.exercises import check, hint
```

## A puzzle first

## (One idea a section)

## Broken code, and its repair

## Which tool when

## Where you have met this

## Exercises

## Quiz

```{{code-cell}} ipython3
:tags: [quiz]
from seethrough.quiz import quiz

quiz("{slug}")
```

## Take-away

## Sources
"""

_EXERCISE = '''\
# %% [check]
"""(One line: what is asked.)"""

from seethrough.exercises import Work


def check(work: Work) -> str:
    """Say what the learner's code did."""
    answer = work.get("answer")
    work.equal(answer(2), 4, "answer(2)")
    return "(What holds now.)"


# %% [hint]
# (A question that points to the right place.)

# %% [hint]
# (The name of the tool.)

# %% [hint]
# (Nearly the line to write.)

# %% [solution]
def answer(number: int) -> int:
    """Double a number."""
    return 2 * number


# %% [mistake] forgets-to-return
# says: gave `None`
def answer(number: int) -> None:
    """Double a number."""
    2 * number


# %% [mistake] squares-plus-one
# says: gave `5`
def answer(number: int) -> int:
    """Double a number."""
    return number**2 + 1


# %% [mistake] not-a-function
# says: raised `TypeError
answer = 4
'''


def create(what: str, name: str) -> list[Path]:
    """Write a skeleton; never over a file that is there.

    Args:
        what: `chapter` or `exercise`.
        name: `<part>/<slug>`, or `<chapter>/<exercise>`.

    Returns:
        The files written.

    Raises:
        CourseError: the name is not one, is taken, or the chapter of an exercise is unknown.
    """
    first, _, second = name.partition("/")
    if not (_SLUG.fullmatch(first) and _SLUG.fullmatch(second)):
        message = (
            f"{name!r} is not of the form part/slug or chapter/exercise: two names of lower-case "
            "letters, digits and hyphens with a slash between them."
        )
        raise CourseError(message)
    if what == "chapter":
        return _chapter(first, second)
    if what == "exercise":
        return _exercise(first, second)
    raise nearest(what, ("chapter", "exercise"), "skeleton")


def _chapter(part: str, slug: str) -> list[Path]:
    if part not in PARTS:
        raise nearest(part, PARTS, "part")
    taken = {path.stem: path for path in chapter_files()}
    if slug in taken:
        raise CourseError(f"The slug {slug!r} is taken by {taken[slug].relative_to(ROOT)}.")
    path = CHAPTERS / part / f"{slug}.md"
    title = slug.replace("-", " ").capitalize()
    quiz = folder_of(path) / "quiz.yml"
    terms = folder_of(path) / "terms.yml"
    _write(path, _CHAPTER.format(title=title, slug=slug))
    _write(quiz, "# Eight questions or more; the format is in CONTRIBUTING.md.\n[]\n")
    _write(terms, "# term: one or two sentences\n{}\n")
    return [path, quiz, terms]


def _exercise(chapter: str, exercise: str) -> list[Path]:
    by_slug = {path.stem: path for path in chapter_files()}
    if chapter not in by_slug:
        raise nearest(chapter, by_slug, "chapter")
    path = folder_of(by_slug[chapter]) / "exercises" / f"{exercise}.py"
    if path.exists():
        raise CourseError(f"{path.relative_to(ROOT)} is there already.")
    _write(path, _EXERCISE)
    return [path]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
