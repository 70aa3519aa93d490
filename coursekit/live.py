"""Run chapters with the reader's own Python (Pyodide) in node, and compare with the references.

The same runtime, kernel and bundles as in a browser tab, without the browser: a few seconds a
chapter, its exercises included. The browsers themselves are driven by `tests/live`.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bookext.live.build import BROWSER, ROOT, Maker
from coursekit import chapters
from coursekit.notebook import code_cells, read_notebook
from coursekit.places import BUILD, SANITIZE_CFG, references_of
from coursekit.references import difference, normalise, read, source_hash
from coursekit.sanitize import read_rules
from seethrough import exercises

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from pathlib import Path

    from nbformat import NotebookNode

    from coursekit.references import Reference
    from coursekit.sanitize import Rule

# What stays as it was recorded: a quiz is answered on the page, and these cannot run in a tab.
RECORDED = {"no-browser", "quiz"}
# What `seethrough.typecheck` says where mypy answers in place of pyrefly, which needs a process.
OTHER_CHECKER = "no pyrefly here"
STARTS_WITHIN = 120.0  # seconds; half a one on an idle machine
_CELL_FILE = re.compile(r"<cell \d+>|&lt;cell \d+&gt;")


@dataclass(frozen=True)
class CellResult:
    """One cell as it went in the reader's Python.

    Attributes:
        line: where it begins in the chapter.
        state: `done`, `failed`, `recorded` (not run) or `fatal`.
        outputs: nbformat outputs.
        difference: a diff to the reference, empty where they agree.
        reason: why the cell is not run.
        quiz: whether it is the chapter's quiz, which the page itself asks.
        otherwise: whether it shows something else than in Jupyter, and says so.
    """

    line: int
    state: str
    outputs: list[dict[str, Any]]
    difference: str = ""
    reason: str = ""
    quiz: bool = False
    otherwise: bool = False


def maker() -> Maker:
    """Return what makes the live layer, quiet."""
    return Maker(ROOT, BUILD / "live", lambda _: None)


def run_jobs(jobs: list[dict[str, Any]], *, timeout: float = 300) -> list[dict[str, Any]]:
    """Run cells in node; each job gets a Python of its own.

    Args:
        jobs: `{name, cells, cwd, groups}`; a cell is a source or `{source, input, exercise}`,
            or `{call}`: what `Python.call` in the page is given.
        timeout: seconds for all of them.

    Returns:
        For each job its `name`, the `started` time and `cells` with `state`, `outputs`, `ms`.
    """
    made = maker()
    dist = made.make()
    done = subprocess.run(
        [*made.node_command(), str(BROWSER / "check.mjs"), str(dist)],
        input=json.dumps(jobs), capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip
    if done.returncode:
        message = f"the reader's Python did not run in node: {done.stderr[-2000:]}"
        raise RuntimeError(message)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def run_job(job: dict[str, Any], limits: Iterable[float]) -> Generator[dict[str, Any]]:
    """Run one job's cells and yield each one's result as it ends.

    A cell that waits for what never comes can only be ended with its Python.

    Args:
        job: as for `run_jobs`.
        limits: seconds for each cell.

    Yields:
        `state`, `outputs` and `ms` of one cell after another. Fewer than there are cells, where
        Python ended before, or was ended because a cell went over its limit.
    """
    made = maker()
    dist = made.make()
    command = [*made.node_command(), str(BROWSER / "check.mjs"), str(dist)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with process.stdin as stdin:
                stdin.write(json.dumps([{**job, "each": True}]))
            for at, limit in enumerate([STARTS_WITHIN, *limits]):
                timer = threading.Timer(limit, process.kill)
                timer.start()
                line = process.stdout.readline()
                timer.cancel()
                ended = not line.endswith("\n")
                if ended and not at:
                    message = "the reader's Python did not start in node"
                    raise RuntimeError(message)
                if ended:
                    return
                if at:
                    yield json.loads(line)
        finally:
            process.kill()


@dataclass(frozen=True)
class Attempt:
    """One way to do an exercise, and words that its check must answer with.

    Attributes:
        exercise: its name in the chapter.
        what: `starter`, `solution` or the mistake's name.
        source: what stands in the learner's cell.
        says: words of the answer.
    """

    exercise: str
    what: str
    source: str
    says: str

    def problem(self, answer: str) -> str:
        """Say what is wrong with the answer of the check, or nothing."""
        if self.says in answer or self.says in " ".join(answer.split()):
            return ""
        return f"{self.exercise}, {self.what}: “{self.says}” is not in: {answer[:300]}"


def attempts(path: Path) -> list[Attempt]:
    """List the attempts at a chapter's exercises that a tab can judge."""
    chapter = chapters.read(path)
    found: list[Attempt] = []
    for name, cell in chapter.starters.items():
        cells = (cell, chapter.checks[name])
        if not any("no-browser" in each.tags for each in cells):
            found += attempts_at(chapter, name)
    return found


def attempts_at(chapter: chapters.Chapter, name: str) -> list[Attempt]:
    """List the attempts at one exercise: the starter, the solution, each mistake."""
    exercise = exercises.read(chapter.folder / "exercises" / f"{name}.py")
    return [
        Attempt(name, "starter", chapter.starters[name].source, "Not yet"),
        Attempt(name, "solution", exercise.solution, "Solved"),
        *(Attempt(name, each.slug, each.source, each.says) for each in exercise.mistakes),
    ]


@dataclass(frozen=True)
class ChapterResult:
    """A chapter as it went in the reader's Python.

    Attributes:
        cells: each code cell, in order.
        wrong: what is wrong with the answers to attempts at its exercises.
        tried: how many attempts there were.
    """

    cells: list[CellResult]
    wrong: list[str]
    tried: int

    @property
    def runs_in(self) -> str:
        """What the front matter must say of browsers: `yes`, `partly` or `no`."""
        recorded = [cell for cell in self.cells if cell.state == "recorded" and not cell.quiz]
        ran = [cell for cell in self.cells if cell.state != "recorded"]
        if not ran:
            return "no"
        return "partly" if recorded or any(cell.otherwise for cell in ran) else "yes"


def run_chapter(chapter: Path) -> ChapterResult:
    """Run a chapter's cells in order, compare each with its reference, and try its exercises."""
    cells = code_cells(chapter, read_notebook(chapter))
    sources: list[Any] = [cell.source for _, cell in cells if not _is_recorded(cell)]
    count = len(sources)
    tries = attempts(chapter)
    sources += trying(chapter, tries)
    ran = run_jobs([job_of(chapter, sources)])[0]["cells"]
    return ChapterResult(compare(chapter, ran[:count]), wrong_of(tries, ran[count:]), len(tries))


def job_of(chapter: Path, sources: list[Any]) -> dict[str, Any]:
    """Describe a job that runs cells where a chapter's page runs them, among the same files."""
    part = chapter.parent.name
    groups: list[str] = []
    if chapter.is_relative_to(ROOT) and chapter.with_suffix("").is_dir():
        groups.append(f"chapter-{chapter.stem}")
    if part == "practice":
        groups.append("todo")  # the stages of the service
    cwd = f"/course/chapters/{part}"
    return {"name": chapter.stem, "cwd": cwd, "groups": groups, "cells": sources}


def trying(chapter: Path, tries: Iterable[Attempt]) -> list[Any]:
    """List the cells that try attempts: for each one what the learner wrote, and the check."""
    checks = chapters.read(chapter).checks
    cells: list[Any] = []
    for each in tries:
        cells.append({"source": each.source, "exercise": each.exercise})
        cells.append(checks[each.exercise].source)
    return cells


def wrong_of(tries: Sequence[Attempt], ran: Sequence[dict[str, Any]]) -> list[str]:
    """Say what is wrong with the answers to attempts, given what the cells of `trying` gave."""
    answers = [_answer(each["outputs"]) for each in ran[1::2]]
    answers += ["Python ended before."] * (len(tries) - len(answers))
    said = [each.problem(answer) for each, answer in zip(tries, answers, strict=True)]
    return [*filter(None, said)]


def _answer(messages: Sequence[list[Any]]) -> str:
    """Join the text of what a cell showed."""
    return " ".join(
        str(first.get("text/plain", first.get("evalue")) if isinstance(first, dict) else second)
        for _, first, second in (message + [None] * (3 - len(message)) for message in messages)
    )


def compare(chapter: Path, ran: list[dict[str, Any]]) -> list[CellResult]:
    """Compare what a chapter's runnable cells gave with the references.

    Args:
        chapter: the chapter's source.
        ran: for each cell that is not recorded, in order, its `state` and `outputs`, which are
            the kernel's messages.

    Returns:
        One result for each code cell, the recorded ones included.
    """
    given = iter(ran)
    references = read(references_of(chapter)) or []
    rules = read_rules(SANITIZE_CFG)
    results: list[CellResult] = []
    for number, (line, cell) in enumerate(code_cells(chapter, read_notebook(chapter))):
        if _is_recorded(cell):
            reason = str(cell.metadata.get("reason", ""))
            quiz = "quiz" in cell.metadata.get("tags", [])
            results.append(CellResult(line, "recorded", [], reason=reason, quiz=quiz))
            continue
        got: dict[str, Any] = next(given, {"state": "fatal", "outputs": []})
        outputs = as_outputs(got["outputs"])
        reference = references[number] if number < len(references) else None
        diff, otherwise = compare_cell(cell, reference, outputs, rules)
        results.append(CellResult(line, got["state"], outputs, diff, otherwise=otherwise))
    return results


def compare_cell(
    cell: NotebookNode,
    reference: Reference | None,
    outputs: list[dict[str, Any]],
    rules: list[Rule],
) -> tuple[str, bool]:
    """Compare what one cell gave with its reference.

    Returns:
        A diff, empty where they agree, and whether the cell says that it shows something else here
        than in Jupyter, in which case there is nothing to compare.
    """
    if reference is None or reference.source_hash != source_hash(cell.source):
        return "its reference is missing or stale: `course.py refresh` writes it", False
    if "nbval-ignore-output" in cell.metadata.get("tags", []):
        return "", False
    now = [comparable(each) for each in normalise(outputs, rules)]
    if OTHER_CHECKER in json.dumps(now):
        return "", True
    return difference([comparable(each) for each in reference.outputs], now), False


def as_outputs(messages: list[list[Any]]) -> list[dict[str, Any]]:
    """Turn what the kernel in the tab sent into nbformat outputs, streams joined."""
    outputs: list[dict[str, Any]] = []
    for kind, first, second in (message + [None] * (3 - len(message)) for message in messages):
        last = outputs[-1] if outputs else {}
        if kind == "clear":
            outputs.clear()
        elif kind == "stream":
            text = _CELL_FILE.sub("cell.py", second)
            same = [each for each in outputs if each.get("name") == first]
            if last.get("name") == first:
                last["text"] += text
            elif same:  # as nbval joins them: one output a stream
                same[0]["text"] += text
            else:
                outputs.append({"output_type": "stream", "name": first, "text": text})
        elif kind == "error":
            value = _CELL_FILE.sub("cell.py", first["evalue"])
            outputs.append({"output_type": "error", "ename": first["ename"], "evalue": value})
        elif kind in {"display", "result"}:
            data = {mime: _CELL_FILE.sub("cell.py", text) for mime, text in first.items()}
            outputs.append({"output_type": "display_data", "data": data})
        else:
            outputs.append({"output_type": "error", "ename": kind, "evalue": str(first)})
    return outputs


def comparable(output: dict[str, Any]) -> dict[str, Any]:
    """Leave what both kernels have to agree on: streams, text forms, errors."""
    if "data" in output:
        return {"data": {"text/plain": output["data"].get("text/plain")}}
    return output


def _is_recorded(cell: Any) -> bool:
    return bool(RECORDED & set(cell.metadata.get("tags", [])))
