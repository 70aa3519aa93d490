"""Exercises that check themselves and say what the learner's code did.

A chapter calls `check("descriptors/clamp")` under the learner's cell. The exercise is one file,
`chapters/<part>/descriptors/exercises/clamp.py`, of sections in the percent format:

    # %% [check]         a function `check(work)` that calls `work.equal(…)` and the like
    # %% [hint]          three or more, each a little clearer; Markdown in comments
    # %% [solution]      what the author would write
    # %% [mistake] slug  what learners write instead, below a comment `# says: …` with words that
                         the feedback must contain

The same check runs in Jupyter, in the browser and in validation.
"""

from __future__ import annotations

import re
import sys
import traceback
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, overload

from seethrough.budget import ForbiddenExit, OutOfBudget, limited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
_SECTION = re.compile(r"^# %% \[(check|hint|solution|mistake)\][ ]*(.*)$", re.MULTILINE)
_hints_given: dict[str, int] = {}


class ExerciseFileError(Exception):
    """An exercise's file is missing or has the wrong shape; the message names file and line."""


class NotYet(Exception):  # noqa: N818 - it is an answer, not an error
    """The learner's code does not do what the exercise asks; the message says what it did."""


@dataclass(frozen=True)
class Mistake:
    """A mistake that learners make, and the words that its feedback must contain."""

    slug: str
    says: str
    source: str
    line: int


@dataclass(frozen=True)
class Exercise:
    """One exercise, read from its file.

    Attributes:
        name: `chapter/exercise`, as learners type it.
        check_source: the section that defines `check(work)`.
        check_line: the line of the file on which that section begins.
        hints: Markdown, from vague to clear.
        solution: the author's answer.
        mistakes: what learners write instead.
    """

    name: str
    path: Path
    check_source: str
    check_line: int
    hints: tuple[str, ...]
    solution: str
    solution_line: int
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes:
        name: the exercise.
        passed: whether the learner's code does what was asked.
        message: what the code did, for a person to read.
    """

    name: str
    passed: bool
    message: str

    def __repr__(self) -> str:
        if self.passed:
            return f"Solved: {self.name}\n{self.message}"
        return f"Not yet: {self.message}\nStuck? hint({self.name!r}) shows the next hint."

    def _repr_html_(self) -> str:
        state = "solved" if self.passed else "not-yet"
        words = "Solved" if self.passed else "Not yet"
        more = (
            ""
            if self.passed
            else f"<p>Stuck? <code>hint({escape(repr(self.name))})</code> shows the next hint.</p>"
        )
        return (
            f'<div class="st-verdict st-{state}" role="status"><p><strong>{words}.</strong> '
            f"{_inline(self.message)}</p>{more}</div>"
        )


class Work:
    """The learner's work as a check sees it: the names that their cell left behind."""

    def __init__(self, names: Mapping[str, Any], source: str = "") -> None:
        self.names = names
        self.source = source

    @overload
    def get(self, name: str) -> Any: ...  # noqa: ANN401

    @overload
    def get[T](self, name: str, kind: type[T]) -> T: ...

    def get(self, name: str, kind: type = object) -> Any:
        """Return what the learner called `name`.

        Args:
            name: a global name of the learner's cell.
            kind: the class that it must be an instance of (`type` for a class).

        Raises:
            NotYet: there is no such name, or it is something else.
        """
        if name not in self.names:
            self.fail(f"nothing is called `{name}` yet. Run the cell above first.")
        value = self.names[name]
        if not isinstance(value, kind):
            wanted = "a class" if kind is type else f"of type `{kind.__name__}`"
            self.fail(f"`{name}` should be {wanted}; it is `{_short(value)}`.")
        return value

    def fail(self, message: str) -> NoReturn:
        """Say what the learner's code did; the check ends here.

        Raises:
            NotYet: always.
        """
        raise NotYet(message)

    def require(self, condition: object, message: str) -> None:
        """Fail with `message` unless the condition is true."""
        if not condition:
            self.fail(message)

    def equal(self, got: object, wanted: object, doing: str) -> None:
        """Fail unless two values are equal.

        Args:
            got: what the learner's code gave.
            wanted: what the exercise asks for.
            doing: the expression that was evaluated, as the learner would write it.
        """
        if got != wanted:
            self.fail(f"`{doing}` gave `{_short(got)}`; it should give `{_short(wanted)}`.")

    def raises[E: BaseException](
        self, kind: type[E], action: Callable[[], object], doing: str
    ) -> E:
        """Fail unless calling `action` raises `kind`, and return what it raised."""
        try:
            value = action()
        except kind as error:
            return error
        except Exception as error:
            self.fail(
                f"`{doing}` raised `{type(error).__name__}: {error}`; "
                f"it should raise `{kind.__name__}`."
            )
        self.fail(f"`{doing}` should raise `{kind.__name__}`; it gave `{_short(value)}`.")


def parse(text: str, name: str, path: Path) -> Exercise:
    """Read an exercise from the text of its file.

    Args:
        text: the whole file.
        name: `chapter/exercise`.
        path: where it is from, for messages.

    Raises:
        ExerciseFileError: a section is missing, twice there or out of shape.
    """
    heads = list(_SECTION.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    found: dict[str, list[tuple[str, str, int]]] = {"check": [], "hint": [], "solution": []}
    mistakes = []
    for head, end in zip(heads, ends, strict=True):
        body = text[head.end() : end].strip("\n") + "\n"
        line = text.count("\n", 0, head.start()) + 2
        if head[1] == "mistake":
            mistakes.append(_mistake(head[2].strip(), body, line, path))
        else:
            found[head[1]].append((head[2], body, line))
    for kind in ("check", "solution"):
        if len(found[kind]) != 1:
            message = f"{path}: one `# %% [{kind}]` section is needed, found {len(found[kind])}"
            raise ExerciseFileError(message)
    hints = tuple(re.sub(r"^# ?", "", body, flags=re.MULTILINE).strip()
                  for _, body, _ in found["hint"])  # fmt: skip
    _, check_source, check_line = found["check"][0]
    _, solution, solution_line = found["solution"][0]
    return Exercise(
        name, path, check_source, check_line, hints, solution, solution_line, tuple(mistakes)
    )


def _mistake(slug: str, body: str, line: int, path: Path) -> Mistake:
    says = re.match(r"# says: (.+)\n", body)
    if not slug or not says:
        message = (
            f"{path}:{line - 1}: a mistake needs a name (`# %% [mistake] shared-state`) "
            "and, as its first line, the words that its feedback must contain (`# says: …`)"
        )
        raise ExerciseFileError(message)
    return Mistake(slug, says[1].strip(), body[says.end() :], line)


def load(name: str) -> Exercise:
    """Read the exercise `chapter/exercise` from its file.

    Raises:
        ExerciseFileError: there is no such exercise, or its file is out of shape.
    """
    slug, _, exercise = name.partition("/")
    paths = sorted(CHAPTERS.glob(f"*/{slug}/exercises/{exercise}.py")) if exercise else []
    if not paths:
        known = sorted(p.stem for p in CHAPTERS.glob(f"*/{slug}/exercises/*.py"))
        message = f"there is no exercise {name!r}; this chapter has: {', '.join(known) or 'none'}"
        raise ExerciseFileError(message)
    return parse(paths[0].read_text(encoding="utf-8"), name, paths[0])


def judge(exercise: Exercise, names: Mapping[str, Any], source: str = "") -> Verdict:
    """Run an exercise's check on a namespace.

    The learner's code runs under a budget (`seethrough.budget`), so that an endless loop or an
    attempt to leave is reported like any other answer.

    Args:
        exercise: what is asked.
        names: the global names that the learner's cell left behind.
        source: the text of that cell, where it is known.

    Returns:
        The verdict; nothing that the learner's code raises comes out of here.
    """
    scope: dict[str, Any] = {"__name__": f"check of {exercise.name}"}
    padding = "\n" * (exercise.check_line - 1)
    exec(compile(padding + exercise.check_source, str(exercise.path), "exec"), scope)
    try:
        with limited():
            praise = scope["check"](Work(names, source))
    except NotYet as answer:
        return Verdict(exercise.name, passed=False, message=str(answer))
    except (OutOfBudget, ForbiddenExit) as error:
        return Verdict(exercise.name, passed=False, message=f"your code was stopped: {error}.")
    except RecursionError:
        message = "your code called itself until Python gave up (`RecursionError`)."
        return Verdict(exercise.name, passed=False, message=message)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        return Verdict(exercise.name, passed=False, message=_crash(error, exercise))
    return Verdict(exercise.name, passed=True, message=praise or "It does what was asked.")


def _crash(error: BaseException, exercise: Exercise) -> str:
    """Say where the learner's code raised, in the learner's own lines."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename not in {str(exercise.path), __file__}
    ]
    place = f" at `{frames[-1].line}`" if frames and frames[-1].line else ""
    words = f": {error}" if str(error) else ""
    return f"your code raised `{type(error).__name__}{words}`{place}."


def check(name: str) -> Verdict:
    """Check the exercise `chapter/exercise` against what the cells above defined."""
    names = sys._getframe(1).f_globals
    return judge(load(name), names, _source_of(name, names))


def hint(name: str) -> None:
    """Print the next hint for an exercise, one more at each call."""
    hints = load(name).hints
    given = min(_hints_given.get(name, 0), len(hints) - 1)
    _hints_given[name] = given + 1
    print(f"Hint {given + 1} of {len(hints)}: {hints[given]}")


def solution(name: str) -> None:
    """Print the author's solution."""
    print(load(name).solution)


def _source_of(name: str, names: Mapping[str, Any]) -> str:
    """Find the learner's cell in IPython's history, by the comment on its first line."""
    mark = f"# Exercise: {name.partition('/')[2]}"
    cells = [cell for cell in names.get("In", []) if cell.lstrip().startswith(mark)]
    return cells[-1] if cells else ""


def _short(value: object, limit: int = 120) -> str:
    try:
        words = repr(value)
    except Exception as error:
        words = f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return words if len(words) <= limit else words[: limit - 1] + "…"


def _inline(message: str) -> str:
    """Escape a message for HTML and set `code` spans."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(message)).replace("\n", "<br>")
