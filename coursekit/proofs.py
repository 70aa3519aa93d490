"""Proves what exercises and quizzes claim, by running it.

For each exercise of a chapter: the starter fails, with an answer of the check and not with a
crash; the solution passes; each mistake fails with the words of its `says:`. For each `predict`
question: its code prints the answer, the same under two hash seeds, and no distractor looks like
it. Every piece runs in a fresh copy of an interpreter that can be ended (`proof_worker`), so that
an endless loop, a crash or an exit is a finding like any other.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coursekit import chapters
from coursekit.places import ROOT, shown
from seethrough import exercises, quiz

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from coursekit.chapters import Chapter
    from seethrough.exercises import Exercise
    from seethrough.quiz import Question

SECONDS = 40.0  # a piece may take; the budget ends all that is endless in Python long before
_START = 120.0  # seconds for an interpreter to start and import, on a busy machine
_SEEDS = ("1", "2")
CAN_FORK = hasattr(os, "fork")


@dataclass(frozen=True)
class Proof:
    """One claim, and whether it held.

    Attributes:
        what: the claim's subject, such as `descriptors/clamp, starter`.
        path: the file to look at, and `line` the line.
        held: whether the claim is true.
        message: what was found; for a starter or a mistake, the learner's feedback.
    """

    what: str
    path: Path
    line: int
    held: bool
    message: str

    def __str__(self) -> str:
        return f"{shown(self.path)}:{self.line}: {self.what}: {self.message}"


@dataclass(frozen=True)
class _Piece:
    """Something to run: a subject, its place, and what a worker needs to know."""

    role: str  # starter, solution, mistake
    what: str
    path: Path
    line: int
    job: dict[str, Any]
    says: str = ""


def prove(path: Path, *, seconds: float = SECONDS, fork: bool = CAN_FORK) -> list[Proof]:
    """Prove a chapter's exercises and its predictions.

    Args:
        path: the chapter's source, `chapters/<part>/<slug>.md`.
        seconds: how long one piece may take.
        fork: whether pieces are forked copies of one interpreter; else each starts its own.

    Returns:
        One proof a claim, in the order of the chapter. What cannot be read is a claim that does
        not hold.
    """
    try:
        chapter = chapters.read(path)
    except chapters.ChapterError as error:
        return [Proof("chapter", error.path, error.line, False, error.message)]
    pieces: list[_Piece] = []
    proofs = list(shape(chapter))
    for name, cell in chapter.starters.items():
        file = chapter.folder / "exercises" / f"{name}.py"
        what = f"{chapter.slug}/{name}"
        try:
            exercise = exercises.read(file)
        except exercises.ExerciseFileError as error:
            proofs.append(unreadable(what, file, str(error)))
            continue
        pieces.append(_piece("starter", exercise, path, cell.source_line, cell.source))
        pieces += _of_file(exercise)
    questions, problems = _questions(chapter)
    proofs += problems
    programs = [_program(question) for question in questions]
    with tempfile.TemporaryDirectory(prefix="proofs-") as folder:  # what they write stays there
        runs = [_Run([piece.job for piece in pieces], _SEEDS[0], seconds, fork, folder)]
        runs += [_Run(programs, seed, seconds, fork, folder) for seed in _SEEDS]
        judged, *printed = [run.results() for run in runs]
    proofs += [_weigh(piece, result) for piece, result in zip(pieces, judged, strict=True)]
    for question, *results in zip(questions, *printed, strict=True):
        proofs.append(_predicted(chapter, question, results))
    return proofs


def shape(chapter: Chapter) -> Iterator[Proof]:
    """Compare the cells of a chapter with the files of its exercises."""
    seen: dict[str, int] = {}
    for cell in chapter.cells:
        name = cell.tagged("exercise")
        if not name:
            continue
        what = f"{chapter.slug}/{name}"
        if name in seen:
            words = f"another starter, on line {seen[name]}, has this name"
            yield Proof(what, chapter.path, cell.line, False, words)
        seen.setdefault(name, cell.line)
        if cell.source.split("\n")[0].rstrip() != f"# Exercise: {name}":
            words = f"the first line of a starter is `# Exercise: {name}`"
            yield Proof(what, chapter.path, cell.source_line, False, words)
    for file in sorted((chapter.folder / "exercises").glob("*.py")):
        if file.stem not in seen:
            words = f"no cell of {chapter.path.name} is tagged `exercise:{file.stem}`"
            yield Proof(f"{chapter.slug}/{file.stem}", file, 1, False, words)


def unreadable(what: str, file: Path, message: str) -> Proof:
    """Turn the message of an `ExerciseFileError` into a claim that does not hold, with its line."""
    place, _, words = message.removeprefix(f"{file}:").partition(": ")
    return Proof(what, file, int(place), False, words) if place.isdigit() else Proof(
        what, file, 1, False, message)  # fmt: skip


# ---------------------------------------------------------------- exercises


def _of_file(exercise: Exercise) -> Iterable[_Piece]:
    solution, line = exercise.solution, exercise.solution_line
    yield _piece("solution", exercise, exercise.path, line, solution)
    for each in exercise.mistakes:
        role = f"mistake {each.slug}"
        yield _piece(role, exercise, exercise.path, each.line, each.source, each.says)


def _piece(
    role: str, exercise: Exercise, path: Path, line: int, source: str, says: str = ""
) -> _Piece:
    name = exercise.name.partition("/")[2]
    mark = f"# Exercise: {name}\n"
    if not source.startswith(mark):  # a learner keeps the line; checks may look at the source
        source = mark + source
    job = {
        "do": "judge",
        "name": f"<{role} of {exercise.name}>",
        "path": str(exercise.path),
        "source": source,
        "also": exercise.check_source,
    }
    return _Piece(role.split()[0], f"{exercise.name}, {role}", path, line, job, says)


def _weigh(piece: _Piece, result: dict[str, Any]) -> Proof:
    problem = _problem(piece, result["kind"], result["message"], result.get("raised", ""))
    message = problem or result["message"]
    return Proof(piece.what, piece.path, piece.line, not problem, message)


def _problem(piece: _Piece, kind: str, message: str, raised: str) -> str:
    """Say why the outcome is not what was claimed, or nothing."""
    if kind in {"hung", "died"}:
        return f"{message}. It must end by itself, so that a reader hears why it fails."
    if kind == "broken":
        return f"the check itself cannot run: {message}"
    if piece.role == "solution":
        if raised:
            return f"the solution should pass; {raised}"
        return "" if kind == "passed" else f"the solution should pass; the check says: {message}"
    if kind == "passed":
        return f"the check passes it, so it proves nothing. It says: {message}"
    if piece.role == "mistake":
        feedback = f"{raised} {message}".strip()
        if piece.says in feedback:
            return ""
        return f"the feedback should contain “{piece.says}”; it is: {feedback}"
    if raised:
        return f"a starter runs without an exception and needs no cell above it; {raised}"
    if kind == "stopped":
        return (
            f"the check should answer with kind words, not with a crash: {message} "
            "Let it look first (`work.get`, `work.require`)."
        )
    return ""


# ---------------------------------------------------------------- predictions


def _questions(chapter: Chapter) -> tuple[list[Question], list[Proof]]:
    file = chapter.folder / "quiz.yml"
    if not file.exists():
        return [], []
    try:
        found = quiz.load(file, chapter.slug)
    except quiz.QuizFileError as error:
        return [], [Proof(f"{chapter.slug}, quiz", file, error.line, False, error.message)]
    return [question for question in found.questions if question.kind == "predict"], []


def _program(question: Question) -> dict[str, Any]:
    return {"do": "output", "name": f"<question {question.id}>", "source": question.code}


def _predicted(chapter: Chapter, question: Question, results: Sequence[dict[str, Any]]) -> Proof:
    outputs = [_printed(result) for result in results]
    wrong = [
        option.text
        for option in question.options[1:]
        if option.text.split() == question.answer.split()
    ]
    if problem := next((problem for _, problem in outputs if problem), ""):
        message = problem
    elif outputs[0] != outputs[1]:
        message = "it prints something else under another PYTHONHASHSEED: sets have no order"
    elif outputs[0][0] != question.answer:
        message = f"the code prints {outputs[0][0]!r}, the answer says {question.answer!r}"
    elif wrong:
        message = f"the distractor {wrong[0]!r} looks like the answer"
    else:
        message = ""
    what = f"{chapter.slug}, question {question.id}"
    file = chapter.folder / "quiz.yml"
    return Proof(what, file, question.line, not message, message or f"prints {question.answer!r}")


def _printed(result: dict[str, Any]) -> tuple[str, str]:
    """Return what a program printed, and what went wrong with it."""
    if result["kind"] != "ran":
        return "", f"its code did not come to an end: {result['message']}"
    if result["raised"]:
        return "", f"its code raises `{result['raised']}`; catch it and print what matters"
    return result["message"].removesuffix("\n"), ""


# ---------------------------------------------------------------- workers


class _Run:
    """A list of jobs: with fork under way in one interpreter, without it in one each, in turn."""

    def __init__(
        self, jobs: list[dict[str, Any]], seed: str, seconds: float, fork: bool, folder: str
    ) -> None:
        self.jobs = [{**job, "fork": fork, "seconds": seconds} for job in jobs]
        self.seed, self.seconds, self.fork, self.folder = seed, seconds, fork, folder
        self.worker = _Worker(self.jobs, seed, folder) if fork and jobs else None

    def results(self) -> list[dict[str, Any]]:
        """Wait for the jobs and return their results."""
        if self.worker:
            return self.worker.results(_START + self.seconds * len(self.jobs))
        if self.fork:
            return []
        each = (_Worker([job], self.seed, self.folder) for job in self.jobs)
        return [result for worker in each for result in worker.results(self.seconds + 2)]


class _Worker:
    """One interpreter with jobs to do. What it says goes through files: no pipe can fill up."""

    def __init__(self, jobs: list[dict[str, Any]], seed: str, folder: str) -> None:
        self.count = len(jobs)
        self.answers = tempfile.TemporaryFile()  # noqa: SIM115 - closed by results()
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with tempfile.TemporaryFile() as tasks:
            tasks.write(json.dumps(jobs).encode())
            tasks.seek(0)
            self.process = subprocess.Popen(
                [sys.executable, "-m", "coursekit.proof_worker"],
                stdin=tasks,
                stdout=self.answers,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
                start_new_session=True,
            )

    def results(self, seconds: float) -> list[dict[str, Any]]:
        """Wait, end what is left of the interpreter and its children, and return its answers."""
        try:
            code = self.process.wait(seconds)
            ending = {"kind": "died", "message": f"the interpreter ended with exit code {code}"}
        except subprocess.TimeoutExpired:
            ending = {"kind": "hung", "message": f"it was ended after {seconds:g} seconds"}
        finally:
            self._end()
        with self.answers:
            self.answers.seek(0)
            results = [json.loads(line) for line in self.answers if line.endswith(b"\n")]
        return results + [ending] * (self.count - len(results))

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        self.process.wait()
