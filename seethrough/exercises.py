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

import ast
import dis
import linecache
import re
import sys
import traceback
import warnings
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, overload

from seethrough.budget import ForbiddenExit, OutOfBudget, limited
from seethrough.places import CHAPTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HEAD = re.compile(r"^# ?%%(.*)$", re.MULTILINE)
_KIND = re.compile(r" \[(check|hint|solution|mistake)\][ ]*(.*)")
_OURS = re.escape(str(Path(__file__).resolve().parent))
_LIBRARY = re.escape(str(Path(re.__file__).parent.parent))
_NOT_THE_LEARNERS = re.compile(rf"{_OURS}|{_LIBRARY}|<frozen |.*(?:site|dist)-packages")
_hints_given: dict[str, int] = {}
_MARK = "# Exercise: "
_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_starters_run: dict[str, str] = {}  # the learner's cells that answer exercises, by their first line
# The names that these cells gave a value, in any text that they ever had.
_bound_so_far: dict[str, set[str]] = {}


class ExerciseFileError(Exception):
    """An exercise's file is missing or has the wrong shape; the message names file and line."""


class NotYet(Exception):  # noqa: N818 - it is an answer, not an error
    """The learner's code does not do what the exercise asks; the message says what it did."""


@dataclass(frozen=True)
class Mistake:
    """A mistake that learners make, and the words that its feedback must contain.

    Attributes:
        slug: its name.
        says: words of the feedback.
        source: what the learner wrote.
        line: the line of the file on which `source` begins.
    """

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
        check_line: the line of the file on which that source begins; likewise `solution_line`.
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
        stopped: whether the check came to no answer of its own, because the code raised, went on
            without end or tried to leave.
    """

    name: str
    passed: bool
    message: str
    stopped: bool = False

    def __repr__(self) -> str:
        if self.passed:
            return f"Solved: {self.name}\n{self.message}"
        return f"Not yet: {self.message}\nStuck? hint({self.name!r}) shows the next hint."

    def _repr_html_(self) -> str:
        state = "solved" if self.passed else "not-yet"
        words = "Solved" if self.passed else "Not yet"
        call = f"<code>hint({escape(repr(self.name))})</code>"
        stuck = f'<p class="st-stuck">Stuck? {call} shows the next hint.</p>'
        more = "" if self.passed else stuck
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
    def get(self, name: str) -> Any: ...

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
        """Fail unless calling `action` raises `kind`, and return what it raised.

        Args:
            kind: the exception that the exercise asks for.
            action: a call without arguments; what the check itself says in it goes through.
            doing: the expression that was evaluated, as the learner would write it.
        """
        try:
            value = action()
        except (NotYet, OutOfBudget, ForbiddenExit):
            raise
        except kind as error:
            return error
        except Exception as error:
            self.fail(f"`{doing}` raised `{_named(error)}`; it should raise `{kind.__name__}`.")
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
    found: dict[str, list[tuple[str, str, int]]] = {
        kind: [] for kind in ("check", "hint", "solution", "mistake")
    }
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    for head, end in zip(heads, ends, strict=True):
        line = text.count("\n", 0, head.start()) + 1
        kind = _KIND.fullmatch(head[1].rstrip())
        if not kind:
            message = (
                f"{path}:{line}: `{head[0]}` is no section of an exercise; there are "
                "`# %% [check]`, `[hint]`, `[solution]` and `[mistake] its-name`"
            )
            raise ExerciseFileError(message)
        body = text[head.end() + 1 : end]
        blank = len(body) - len(body.lstrip("\n"))
        found[kind[1]].append((kind[2].strip(), body.strip("\n") + "\n", line + 1 + blank))
    for kind in ("check", "solution"):
        if len(found[kind]) != 1:
            line = found[kind][1][2] - 1 if found[kind] else 1
            message = (
                f"{path}:{line}: one `# %% [{kind}]` section is needed, found {len(found[kind])}"
            )
            raise ExerciseFileError(message)
    hints = tuple(re.sub(r"^# ?", "", body, flags=re.MULTILINE).strip()
                  for _, body, _ in found["hint"])  # fmt: skip
    mistakes = [_mistake(slug, body, line, path) for slug, body, line in found["mistake"]]
    for at, mistake in enumerate(mistakes):
        if mistake.slug in {other.slug for other in mistakes[:at]}:
            message = f"{path}:{mistake.line}: the mistake `{mistake.slug}` is there twice"
            raise ExerciseFileError(message)
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
    return Mistake(slug, says[1].strip(), body[says.end() :], line + 1)


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
    return read(paths[0])


def read(path: Path) -> Exercise:
    """Read an exercise from its file, `…/<chapter>/exercises/<name>.py`.

    Raises:
        ExerciseFileError: the file is missing, not UTF-8 or out of shape.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"{path}:1: there is no such file"
        raise ExerciseFileError(message) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"{path}:{line}: the file should be saved as UTF-8"
        raise ExerciseFileError(message) from None
    return parse(text, f"{path.parent.parent.name}/{path.stem}", path)


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
    check = compile(padding + exercise.check_source, str(exercise.path), "exec", dont_inherit=True)
    exec(check, scope)
    if "check" not in scope:
        message = f"{exercise.path}:{exercise.check_line}: the section defines no `check(work)`"
        raise ExerciseFileError(message)
    try:
        with limited():
            praise = scope["check"](Work(names, source))
    except NotYet as answer:
        return Verdict(exercise.name, passed=False, message=str(answer))
    except BaseException as error:  # whatever the learner's code does, it is reported
        return Verdict(exercise.name, False, _stopped(error, exercise), stopped=True)
    return Verdict(exercise.name, passed=True, message=praise or "It does what was asked.")


def _stopped(error: BaseException, exercise: Exercise) -> str:
    """Say why a check came to no answer of its own."""
    for each in _leaves(error):
        if isinstance(each, OutOfBudget | ForbiddenExit):
            return f"your code was stopped: {each}."
    if isinstance(error, RecursionError):
        return "your code called itself until Python gave up (`RecursionError`)."
    return f"your code raised `{_named(error)}`{_place(error, exercise)}."


def _leaves(error: BaseException) -> list[BaseException]:
    """Return what a group of exceptions holds, at any depth."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for inner in error.exceptions for leaf in _leaves(inner)]


def _place(error: BaseException, exercise: Exercise) -> str:
    """Say where it was raised: in the learner's own lines, or else what the check did then."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if frame.filename != str(exercise.path) and not _NOT_THE_LEARNERS.match(frame.filename)
    ]
    if own and own[-1].line:
        return f" at `{own[-1].line}`"
    linecache.checkcache(str(exercise.path))
    checks = [frame for frame in frames if frame.filename == str(exercise.path)]
    if not own and checks and checks[-1].line and "work." not in checks[-1].line:
        return f" when the check ran `{checks[-1].line}`"
    return ""


def _named(error: BaseException) -> str:
    """Return an exception as a traceback's last line has it, also if its text cannot be had."""
    try:
        words = str(error)
    except Exception:
        words = "(its `__str__` raises)"
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def check(name: str) -> Verdict:
    """Check the exercise `chapter/exercise` against what the cells above defined."""
    names = sys._getframe(1).f_globals
    source = _source_of(name, names)
    return judge(load(name), _without_earlier(names, source), source)


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
    """Find the learner's cell by the comment on its first line.

    IPython's history `In` has it, unless the cell was run without history, as stock nbval does.
    """
    mark = f"{_MARK}{name.partition('/')[2]}"
    cells = [cell for cell in names.get("In", []) if _first_line(cell) == mark]
    return _starters_run.get(mark) or (cells[-1] if cells else "")


def _first_line(cell: str) -> str:
    return cell.lstrip().split("\n")[0].rstrip()


def _remember(info: Any) -> None:
    """Keep the text of a starter that is about to run, and the names that it will bind."""
    source, mark = info.raw_cell, _first_line(info.raw_cell)
    if mark.startswith(_MARK):
        _starters_run[mark] = source
        _bound_so_far.setdefault(mark, set()).update(_bound(source) or ())


def _bound(source: str) -> set[str] | None:
    """Return the global names that a cell gives a value; nothing where it is not plain Python."""
    try:
        with warnings.catch_warnings(action="ignore"):  # the cell itself gives them
            code = compile(source, "<cell>", "exec", _AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    binds = {"STORE_NAME", "STORE_GLOBAL"}
    return {each.argval for each in dis.get_instructions(code) if each.opname in binds}


def _without_earlier(names: Mapping[str, Any], source: str) -> Mapping[str, Any]:
    """Leave out what only an earlier text of the learner's cell defined: it is not in the cell."""
    bound = _bound(source)
    if bound is None:
        return names
    gone = _bound_so_far.get(_first_line(source), set()) - bound
    return {name: value for name, value in names.items() if name not in gone}


def _listen() -> None:
    """Ask IPython, where there is one, to tell of each cell."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if events := getattr(shell, "events", None):
        events.register("pre_run_cell", _remember)


def _short(value: object, limit: int = 120) -> str:
    try:
        words = repr(value)
    except Exception as error:
        words = f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return words if len(words) <= limit else words[: limit - 1] + "…"


def _inline(message: str) -> str:
    """Escape a message for HTML and set `code` spans."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(message)).replace("\n", "<br>")


_listen()
