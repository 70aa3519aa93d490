"""`course.py check`: what is missing or wrong in the sources, in seconds, without running them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from coursekit import chapters, proofs
from coursekit.chapters import KEPT, SKIP, ChapterError
from coursekit.messages import nearest
from coursekit.places import ROOT, chapter_files, shown
from seethrough import exercises
from seethrough.quiz import QuizFileError
from seethrough.quiz import load as load_quiz

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from coursekit.chapters import Chapter

BONES = (
    "A puzzle first",
    "Broken code, and its repair",
    "Which tool when",
    "Where you have met this",
    "Exercises",
    "Quiz",
    "Take-away",
    "Sources",
)
FRONT_MATTER = ("minutes", "prerequisites", "outcomes", "runs_in")
MOST_LINES = 30
MOST_COLUMNS = 88
LEAST_EXERCISES, LEAST_HINTS, LEAST_MISTAKES = 5, 3, 3
LEAST_QUESTIONS = 8
MINUTES = range(20, 61)
_TAGS = re.compile(
    r"raises-exception|quiz|no-browser|nbval-ignore-output|hide-(?:input|output|cell)"
    r"|remove-(?:input|output)|(?:exercise|check):[a-z0-9-]+"
)
# Words of STYLE.md that no sentence needs. Looked for in prose, not in code.
_WORDS = re.compile(
    r"\b(in this section we will|let's dive|it is important to note|powerful|robust|seamless(?:ly)?"
    r"|under the hood|simply|easily|obviously|as we can see|game-changer|happy coding)\b",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"\b(TODO:|FIXME|XXX|lorem ipsum|coming soon)", re.IGNORECASE)
_LINK = re.compile(r"\]\(([^)#\s:]+\.md)(?:#[^)]*)?\)")
_FENCE = re.compile(r"^(`{3,}|~{3,})")


@dataclass(frozen=True)
class Problem:
    """Something to mend: where, and what to do."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{shown(self.path)}:{self.line}: {self.message}"


def check(slugs: Sequence[str] = ()) -> list[Problem]:
    """Check the table of contents and chapters.

    Args:
        slugs: chapters; none means all, and the table of contents.

    Raises:
        CourseError: a slug is unknown.
    """
    by_slug = {path.stem: path for path in chapter_files()}
    for slug in slugs:
        if slug not in by_slug:
            raise nearest(slug, by_slug, "chapter")
    paths = [by_slug[slug] for slug in slugs] or list(by_slug.values())
    problems = [] if slugs else list(check_contents())
    for path in paths:
        problems += check_chapter(path)
    return problems


def check_contents(root: Path = ROOT) -> Iterator[Problem]:
    """Compare `_toc.yml` with the files there are."""
    toc = root / "_toc.yml"
    text = toc.read_text(encoding="utf-8")
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        yield Problem(toc, _yaml_line(error, 1), f"not YAML: {_yaml_words(error)}")
        return
    named = [content["root"], *_files(content)]
    lines = text.split("\n")
    for name in named:
        if not (root / f"{name}.md").exists():
            line = next((at for at, words in enumerate(lines, 1) if str(name) in words), 1)
            yield Problem(toc, line, f"there is no file {name}.md")
    folder = root / "chapters"
    for path in sorted([*folder.glob("*.md"), *chapter_files(folder)]):
        if str(path.relative_to(root).with_suffix("")) not in named:
            yield Problem(path, 1, "is not in _toc.yml, so nobody would find it")


def _files(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "file" in node:
            yield str(node["file"])
        for value in node.values():
            yield from _files(value)
    elif isinstance(node, list):
        for value in node:
            yield from _files(value)


def check_chapter(path: Path) -> list[Problem]:
    """Check one chapter and its folder."""
    try:
        chapter = chapters.read(path)
    except ChapterError as error:
        return [Problem(error.path, error.line, error.message)]
    rules: tuple[Callable[[Chapter], Iterator[Problem]], ...] = (
        _front_matter, _bones, _prose, _links, _cells, _exercises, _quiz, _terms,
    )  # fmt: skip
    return [problem for rule in rules for problem in rule(chapter)]


def _prose_lines(chapter: Chapter) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines that are neither front matter nor fenced code."""
    begins = chapter.lines.index("---", 1) + 1
    fence = ""
    for number, line in enumerate(chapter.lines[begins:], begins + 1):
        mark = _FENCE.match(line)
        if mark:
            fence = "" if fence and line.startswith(fence) else fence or mark[1]
        elif not fence:
            yield number, re.sub(r"`[^`]*`", "", line)


def _line_of(chapter: Chapter, text: str) -> int:
    """Return the first line that has the text, else 1."""
    return next((at for at, line in enumerate(chapter.lines, 1) if text in line), 1)


def _front_matter(chapter: Chapter) -> Iterator[Problem]:
    front, path = chapter.front, chapter.path
    for key in FRONT_MATTER:
        if key not in front:
            yield Problem(path, 1, f"front matter lacks `{key}:`")
    minutes = front.get("minutes")
    if minutes is not None and minutes not in MINUTES:
        line = _line_of(chapter, "minutes:")
        yield Problem(path, line, f"`minutes: {minutes}` is not from {MINUTES[0]} to {MINUTES[-1]}")
    known = {other.stem for other in chapter_files()}
    for slug in front.get("prerequisites") or []:
        if slug not in known:
            line = _line_of(chapter, "prerequisites:")
            yield Problem(path, line, str(nearest(str(slug), known, "chapter")))
    runs_in = front.get("runs_in")
    if isinstance(runs_in, dict):
        answer = runs_in.get("browser")
        if answer not in {"yes", "partly", "no"}:
            words = '`browser:` is "yes", "partly" or "no", with quotes (YAML reads yes as true)'
            yield Problem(path, _line_of(chapter, "runs_in:"), words)
        elif answer != "yes" and not runs_in.get("reason"):
            yield Problem(path, _line_of(chapter, "runs_in:"), "`runs_in` needs a `reason:`")


def _bones(chapter: Chapter) -> Iterator[Problem]:
    headings = [(number, words[3:].strip()) for number, words in _prose_lines(chapter)
                if words.startswith("## ")]  # fmt: skip
    found = [words for _, words in headings]
    for bone in BONES:
        if bone not in found:
            yield Problem(chapter.path, len(chapter.lines), f"lacks the heading `## {bone}`")
    present = [bone for bone in BONES if bone in found]
    order = sorted(present, key=found.index)
    if order != present:
        yield Problem(chapter.path, 1, f"headings come in the order {', '.join(present)}")


def _prose(chapter: Chapter) -> Iterator[Problem]:
    for number, line in _prose_lines(chapter):
        for match in _WORDS.finditer(line):
            yield Problem(chapter.path, number, f"the word {match[0]!r}: STYLE.md does without it")
        if match := _UNFINISHED.search(line):
            yield Problem(chapter.path, number, f"{match[0]!r} is not for readers")


def _links(chapter: Chapter) -> Iterator[Problem]:
    for number, line in enumerate(chapter.lines, 1):
        for target in _LINK.findall(line):
            if not (chapter.path.parent / target).resolve().exists():
                yield Problem(chapter.path, number, f"the link {target!r} leads nowhere")


def _cells(chapter: Chapter) -> Iterator[Problem]:
    for cell in chapter.cells:
        number = cell.source_line
        for tag in cell.tags:
            if not _TAGS.fullmatch(tag):
                yield Problem(
                    chapter.path, number, f"unknown tag {tag!r}; CONTRIBUTING.md has them"
                )
        if KEPT in cell.options and not (cell.options[KEPT] and SKIP in cell.tags):
            words = f"`{KEPT}:` says in words why the tag `{SKIP}` stays, and stands beside it"
            yield Problem(chapter.path, number, words)
        lines = cell.source.split("\n")
        if len(lines) > MOST_LINES:
            words = f"a cell of {len(lines)} lines; {MOST_LINES} are the most a reader holds"
            yield Problem(chapter.path, number, words)
        for offset, line in enumerate(lines):
            if len(line) > MOST_COLUMNS:
                words = f"a code line of {len(line)} characters; {MOST_COLUMNS} fit"
                yield Problem(chapter.path, number + offset, words)
    for error in chapters.syntax_errors(chapter):
        yield Problem(error.path, error.line, error.message)


def _exercises(chapter: Chapter) -> Iterator[Problem]:
    for claim in proofs.shape(chapter):
        yield Problem(claim.path, claim.line, f"{claim.what}: {claim.message}")
    for name, cell in chapter.checks.items():
        if f'check("{chapter.slug}/{name}")' not in cell.source:
            words = f'the cell calls `check("{chapter.slug}/{name}")`'
            yield Problem(chapter.path, cell.source_line, words)
    for name, cell in chapter.starters.items():
        file = chapter.folder / "exercises" / f"{name}.py"
        if name not in chapter.checks:
            words = f"the exercise {name!r} has no cell tagged `check:{name}`"
            yield Problem(chapter.path, cell.source_line, words)
        if file.exists():
            yield from _exercise_file(file)
        else:
            yield Problem(chapter.path, cell.source_line, f"there is no exercises/{name}.py")
    if len(chapter.starters) < LEAST_EXERCISES:
        words = f"has {len(chapter.starters)} exercises; {LEAST_EXERCISES} are the least"
        yield Problem(chapter.path, _line_of(chapter, "## Exercises"), words)


def _exercise_file(path: Path) -> Iterator[Problem]:
    try:
        exercise = exercises.read(path)
    except exercises.ExerciseFileError as error:
        claim = proofs.unreadable(path.stem, path, str(error))
        yield Problem(claim.path, claim.line, claim.message)
        return
    if len(exercise.hints) < LEAST_HINTS:
        yield Problem(path, 1, f"has {len(exercise.hints)} hints; {LEAST_HINTS} are the least")
    if len(exercise.mistakes) < LEAST_MISTAKES:
        words = f"has {len(exercise.mistakes)} mistakes; {LEAST_MISTAKES} are the least"
        yield Problem(path, 1, words)


def _quiz(chapter: Chapter) -> Iterator[Problem]:
    path = chapter.folder / "quiz.yml"
    if not path.exists():
        yield Problem(
            chapter.path, _line_of(chapter, "## Quiz"), f"there is no {path.parent.name}/quiz.yml"
        )
        return
    try:
        quiz = load_quiz(path, chapter.path.stem)
    except QuizFileError as error:
        yield Problem(path, error.line, error.message)
        return
    predictions = sum(question.kind == "predict" for question in quiz.questions)
    total = len(quiz.questions)
    if total < LEAST_QUESTIONS or predictions * 2 < min(total, LEAST_QUESTIONS):
        words = (
            f"has {total} questions of which {predictions} predict output; "
            f"{LEAST_QUESTIONS} and {LEAST_QUESTIONS // 2} are the least"
        )
        yield Problem(path, 1, words)


def _terms(chapter: Chapter) -> Iterator[Problem]:
    path = chapter.folder / "terms.yml"
    if not path.exists():
        return
    try:
        terms = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        yield Problem(path, _yaml_line(error, 1), f"not YAML: {_yaml_words(error)}")
        return
    if not isinstance(terms, dict) or not all(isinstance(text, str) for text in terms.values()):
        yield Problem(path, 1, "each entry is `term: a sentence or two`")


def _yaml_line(error: yaml.YAMLError, first: int) -> int:
    mark = getattr(error, "problem_mark", None)
    return first + mark.line if mark else first


def _yaml_words(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).split("\n")[0]
