"""nbval on MyST notebooks: a pytest plugin that runs and compares every code cell of a chapter.

Load it with `-p coursekit.collector`. It reads a chapter with the very reader of the HTML build, so
a failure names `chapters/<part>/<slug>.md:LINE`. One execution serves everything: it is compared
with the references, and put into the jupyter-cache from which the book is built.

Modes (`--chapters-mode`):

- `compare` (default): any difference from the reference outputs is a failure;
- `refresh`: the outputs of this run become the reference.
"""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING, Any, cast, override

import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import is_myst_markdown_notebook
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import coalesce_streams, find_comment_markers

from coursekit import references, version_records
from coursekit.keys import cache_folder, digest
from coursekit.notebook import code_cells, read_notebook
from coursekit.places import EXECUTION, SANITIZE_CFG, VALIDATION, references_of, shown
from coursekit.references import Reference, difference, normalise, source_hash
from coursekit.sanitize import Rule, for_pages, read_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

DEFAULT_SECONDS = 20.0
INTERRUPT_SECONDS = 5.0
_FORBIDDEN = {"nbval-skip", "skip-execution", "nbval-check-output", "nbval-raises-exception"}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this plugin."""
    group = parser.getgroup("chapters", "validation of the course's chapters")
    group.addoption("--chapters-mode", choices=["compare", "refresh"], default="compare")
    group.addoption("--chapters-cache", type=Path, default=EXECUTION, help="below which to cache")
    group.addoption("--chapters-records", type=Path, default=VALIDATION, help="where to note runs")
    group.addoption("--chapters-outputs", type=Path, help="write references here, not beside")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect `chapters/<part>/<slug>.md` when it is a notebook."""
    if file_path.suffix != ".md" or "_build" in file_path.parts:
        return None
    if not is_myst_markdown_notebook(file_path.read_text(encoding="utf-8")):
        return None
    return ChapterFile.from_parent(parent, path=file_path)


class CellFailure(Exception):  # noqa: N818 - pytest speaks of failures
    """What is wrong with a cell, in words for the author."""


@dataclass
class CellRun:
    """What one execution of one cell left behind."""

    outputs: list[Any] = field(default_factory=list)
    count: int | None = None
    seconds: float = 0.0
    ended: str = "done"  # or "timeout", "dead"

    @property
    def error(self) -> Any:
        """The output of an exception, if the cell raised."""
        return next((out for out in self.outputs if out["output_type"] == "error"), None)


class ChapterFile(pytest.File):
    """One chapter: starts the kernel, and at the end keeps what its cells did."""

    nb: NotebookNode
    rules: list[Rule]
    runs: dict[int, CellRun]
    references: list[Reference] | None = None
    total: int = 0
    failed: bool = False
    stopped_by: str = ""
    kernel: RunningKernel | None = None

    @override
    def collect(self) -> Iterator[pytest.Item]:
        """Make one item for each code cell, named by its line, and one for the whole."""
        self.nb = read_notebook(self.path)
        self.rules = read_rules(SANITIZE_CFG)
        self.runs = {}
        if not self.refreshing:
            self.references = references.read(references_of(self.path))
        found = code_cells(self.path, self.nb)
        self.total = len(found)
        for number, (line, cell) in enumerate(found):
            yield ChapterCell.from_parent(
                self, name=f"line {line}", number=number, cell=cell, line=line
            )
        yield ChapterEnd.from_parent(self, name="references")

    @property
    def refreshing(self) -> bool:
        """Whether this run's outputs become the reference."""
        return self.config.getoption("--chapters-mode") == "refresh"

    @override
    def setup(self) -> None:
        """Start a kernel of this interpreter in the chapter's folder, as Jupyter would."""
        self.started = time.perf_counter()
        self.kernel = _start_kernel(self.path.parent)

    @override
    def teardown(self) -> None:
        """Stop the kernel; keep the execution for the book when every cell did what it should."""
        if self.kernel is not None and self.kernel.is_alive():
            self.kernel.stop()
        complete = len(self.runs) == self.total and not self.stopped_by
        if complete and not self.failed:
            self._fill_cache()
            if self.refreshing:
                self._write_references()
        self._write_record(complete)

    def _fill_cache(self) -> None:
        notebook = cast("NotebookNode", nbformat.from_dict(self.nb))
        numbered = iter(range(self.total))
        for cell in notebook.cells:
            if cell.cell_type == "code":
                run = self.runs[next(numbered)]
                cell.execution_count = run.count
                cell.outputs = [
                    nbformat.from_dict(out) for out in for_pages(run.outputs, self.rules)
                ]
        notebook.metadata["language_info"] = {"name": "python", "file_extension": ".py"}
        folder = cache_folder(self.path, self.nb, self.config.getoption("--chapters-cache"))
        folder.parent.mkdir(parents=True, exist_ok=True)
        get_cache(folder).cache_notebook_bundle(
            CacheBundleIn(notebook, str(self.path), data={"execution_seconds": self._seconds()}),
            check_validity=False,
            overwrite=True,
        )

    def _write_references(self) -> None:
        found: list[Reference] = []
        numbered = iter(range(self.total))
        for cell in self.nb.cells:
            if cell.cell_type == "code":
                outputs = normalise(self.runs[next(numbered)].outputs, self.rules)
                first = cell.source.lstrip().split("\n")[0]
                found.append(Reference(source_hash(cell.source), first, outputs))
        target = self.config.getoption("--chapters-outputs")
        path = target / f"{self.path.stem}.json" if target else references_of(self.path)
        references.write(path, found)

    def _write_record(self, complete: bool) -> None:
        folder: Path = self.config.getoption("--chapters-records")
        folder.mkdir(parents=True, exist_ok=True)
        lines = {item.number: item.line for item in self.session.items
                 if isinstance(item, ChapterCell) and item.chapter is self}  # fmt: skip
        slowest = sorted(self.runs.items(), key=lambda pair: -pair[1].seconds)[:3]
        record = {
            "chapter": str(self.path),
            "key": validation_key(self.path, self.nb),
            "passed": complete and not self.failed,
            "seconds": round(self._seconds(), 2),
            "cells": self.total,
            "compared": len(self.runs),
            "slowest": [[lines.get(number, 0), round(run.seconds, 2)] for number, run in slowest],
            "versions": self._version_cells(lines),
        }
        path = folder / f"{self.path.stem}.json"
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        partial.replace(path)

    def _version_cells(self, lines: dict[int, int]) -> list[dict[str, Any]]:
        """Say of each `%%py` cell which versions it wants, and who answered in this run."""
        told: list[dict[str, Any]] = []
        for number, cell in version_records.cells(self.nb).items():
            outputs = self.runs[number].outputs if number in self.runs else []
            answers = version_records.answers_in(outputs)
            for wanted, answer in zip(cell.wanted, answers, strict=False):
                told.append({"line": lines.get(number, 0), "wanted": wanted,
                             "version": answer.version, "recorded": answer.date})  # fmt: skip
        return told

    def _seconds(self) -> float:
        return sum(run.seconds for run in self.runs.values())


class ChapterCell(pytest.Item):
    """One code cell: run it within its budget and compare what it shows."""

    def __init__(self, *, number: int, cell: NotebookNode, line: int, **rest: Any) -> None:
        super().__init__(**rest)
        self.number = number
        self.cell = cell
        self.line = line

    @property
    def chapter(self) -> ChapterFile:
        """The chapter that this cell stands in."""
        return cast("ChapterFile", self.parent)

    @override
    def runtest(self) -> None:
        """Run the cell and raise `CellFailure` with everything that is wrong with it."""
        try:
            self._check_tags()
            run = self._run()
            self.chapter.runs[self.number] = run
            self._check_ending(run)
            if not self.chapter.refreshing:
                self._compare(run)
                self._compare_with_record(run)
        except CellFailure:
            self.chapter.failed = True
            raise

    def _check_tags(self) -> None:
        metadata = self.cell.metadata
        forbidden = _FORBIDDEN & set(metadata.get("tags", []))
        if forbidden:
            message = f"has the tag {sorted(forbidden)[0]!r}: it would not be run or compared"
            raise CellFailure(message)
        if dict(find_comment_markers(self.cell.source)):
            message = "has an NBVAL comment; say it with a tag, which validation reads"
            raise CellFailure(message)
        for tag in ("nbval-ignore-output", "no-browser"):
            if tag in metadata.get("tags", []) and not metadata.get("reason"):
                message = f"has the tag {tag!r}, which needs a `reason:` beside it"
                raise CellFailure(message)
        if "timeout" in metadata and not metadata.get("reason"):
            message = "has a `timeout:`, which needs a `reason:` beside it"
            raise CellFailure(message)
        if problem := version_records.problem_of(self.cell.source):
            raise CellFailure(problem)

    def _run(self) -> CellRun:
        if self.chapter.stopped_by:
            message = f"was not run: {self.chapter.stopped_by}"
            raise CellFailure(message)
        kernel = self.chapter.kernel
        assert kernel is not None
        budget = float(self.cell.metadata.get("timeout", DEFAULT_SECONDS))
        run = execute(kernel, self.cell.source, budget)
        if run.ended == "timeout":
            self.chapter.stopped_by = f"the cell at line {self.line} went over its time"
            message = f"went over its budget of {budget:g} seconds"
            raise CellFailure(message)
        if run.ended == "dead":
            self.chapter.stopped_by = f"the kernel died in the cell at line {self.line}"
            message = "killed the kernel"
            raise CellFailure(message)
        return run

    def _check_ending(self, run: CellRun) -> None:
        expected = "raises-exception" in self.cell.metadata.get("tags", [])
        if run.error is not None and not expected:
            trace = _ANSI.sub("", "\n".join(run.error["traceback"]))
            message = f"raised {run.error['ename']}: {run.error['evalue']}\n\n{trace}"
            raise CellFailure(message)
        if run.error is None and expected:
            message = "is tagged 'raises-exception' but raised nothing"
            raise CellFailure(message)

    def _compare(self, run: CellRun) -> None:
        known = self.chapter.references
        slug = self.chapter.path.stem
        if known is None:
            message = f"has no reference: run `python3 course.py refresh {slug}` and read the diff"
            raise CellFailure(message)
        reference = known[self.number] if self.number < len(known) else None
        if reference is None or reference.source_hash != source_hash(self.cell.source):
            begins = f" (it is for a cell that begins {reference.begins!r})" if reference else ""
            was = reference.outputs if reference else []
            changed = difference(was, normalise(run.outputs, self.chapter.rules))
            message = (
                f"has a stale reference{begins}: run `python3 course.py refresh {slug}` "
                f"and read the diff\n\n{changed or 'It shows the same as before.'}"
            )
            raise CellFailure(message)
        if "nbval-ignore-output" in self.cell.metadata.get("tags", []):
            if reference.unsteady is False:
                message = "has the tag 'nbval-ignore-output' without need: two runs showed the same"
                raise CellFailure(message)
            return
        changed = difference(reference.outputs, normalise(run.outputs, self.chapter.rules))
        if changed:
            message = f"shows something else than its reference\n\n{changed}"
            raise CellFailure(message)

    def _compare_with_record(self, run: CellRun) -> None:
        """Hold what a `%%py` cell shows against what is kept for machines without that Python."""
        chapter = self.chapter
        if words := version_records.differs(
            chapter.path, self.cell.source, run.outputs, chapter.rules
        ):
            raise CellFailure(words)

    @override
    def repr_failure(  # type: ignore[override]
        self, excinfo: pytest.ExceptionInfo[BaseException], **_: Any
    ) -> str:
        """Say file, line, what is wrong, and show the cell."""
        if not isinstance(excinfo.value, CellFailure):
            return str(excinfo.getrepr())
        source = "\n".join(f"    {line}" for line in self.cell.source.split("\n"))
        place = shown(self.chapter.path, self.config.rootpath)
        return f"{place}:{self.line}: this cell {excinfo.value}\n\n{source}"

    @override
    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the line of the .md."""
        return self.chapter.path, self.line - 1, f"{self.chapter.path.name}:{self.line}"


class ChapterEnd(pytest.Item):
    """After the last cell: are there references or records for cells that are gone?"""

    about: Path | None = None

    @property
    def chapter(self) -> ChapterFile:
        """The chapter that ends here."""
        return cast("ChapterFile", self.parent)

    @override
    def runtest(self) -> None:
        """Fail when a file knows cells that the chapter does not have."""
        known = self.chapter.references
        if known is not None and len(known) > self.chapter.total:
            self.chapter.failed = True
            extra = len(known) - self.chapter.total
            message = (
                f"{extra} stale reference(s): the file knows more cells than the chapter has; "
                f"run `python3 course.py refresh {self.chapter.path.stem}`"
            )
            raise CellFailure(message)
        if not self.chapter.refreshing and (
            words := version_records.leftover(self.chapter.path, self.chapter.nb)
        ):
            self.chapter.failed = True
            self.about = version_records.file_of(self.chapter.path)
            raise CellFailure(words)

    @override
    def repr_failure(  # type: ignore[override]
        self, excinfo: pytest.ExceptionInfo[BaseException], **_: Any
    ) -> str:
        """Say which file."""
        path = self.about or references_of(self.chapter.path)
        return f"{shown(path, self.config.rootpath)}:1: {excinfo.value}"


def _start_kernel(folder: Path) -> RunningKernel:
    """Start a kernel of this interpreter in a folder.

    Its ports are chosen before it binds them, so another program may take one in between; the
    kernel dies of that before it answers, and another choice is all that it needs.

    Raises:
        RuntimeError: it died three times.
    """
    for _ in range(2):
        try:
            return RunningKernel(CURRENT_ENV_KERNEL_NAME, cwd=str(folder))
        except RuntimeError:
            continue
    return RunningKernel(CURRENT_ENV_KERNEL_NAME, cwd=str(folder))


def execute(kernel: RunningKernel, source: str, budget: float) -> CellRun:
    """Run one cell and collect what it shows.

    Args:
        kernel: a running kernel.
        source: the cell.
        budget: seconds before the kernel is interrupted (and, if that does not help, stopped).

    Returns:
        Outputs with streams joined, the execution count, the seconds it took and how it ended.
    """
    run = CellRun()
    started = time.monotonic()
    deadline = started + budget
    sent = kernel.kc.execute(source, store_history=True, allow_stdin=False, stop_on_error=False)
    while True:
        try:
            message = kernel.kc.get_iopub_msg(timeout=0.5)
        except Empty:
            if not kernel.is_alive():
                run.ended = "dead"
                break
            message = None
        now = time.monotonic()
        if run.ended == "done" and now > deadline:
            run.ended = "timeout"
            deadline = now + INTERRUPT_SECONDS
            kernel.interrupt()
        elif run.ended == "timeout" and now > deadline:
            kernel.stop()
            break
        if message is not None and message["parent_header"].get("msg_id") == sent:
            if _ends(message):
                break
            _collect(run, message)
    if run.ended == "done":
        kernel.await_reply(sent, timeout=10)
    run.seconds = time.monotonic() - started
    run.outputs = coalesce_streams(run.outputs) or []
    return run


def _ends(message: dict[str, Any]) -> bool:
    return message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"


def _collect(run: CellRun, message: dict[str, Any]) -> None:
    kind, content = message["msg_type"], message["content"]
    if kind == "execute_input":
        run.count = content["execution_count"]
    elif kind in {"stream", "display_data", "execute_result", "error"}:
        fields = {
            "stream": ("name", "text"),
            "display_data": ("data", "metadata"),
            "execute_result": ("data", "metadata", "execution_count"),
            "error": ("ename", "evalue", "traceback"),
        }[kind]
        values = {name: content[name] for name in fields}
        run.outputs.append(nbformat.from_dict({"output_type": kind, **values}))


def validation_key(chapter: Path, notebook: NotebookNode) -> str:
    """Name everything that the verdict on a chapter depends on."""
    outputs = references_of(chapter)
    return digest([
        cache_folder(chapter, notebook).name.encode(),
        outputs.read_bytes() if outputs.exists() else b"",
        SANITIZE_CFG.read_bytes(),
    ])  # fmt: skip


def read_record(slug: str, records: Path = VALIDATION) -> dict[str, Any] | None:
    """Read what the last run noted about a chapter."""
    path = records / f"{slug}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def is_validated(chapter: Path) -> bool:
    """Whether the last run of this very chapter passed and its outputs are still in the cache."""
    record = read_record(chapter.stem)
    if record is None or not record["passed"]:
        return False
    notebook = read_notebook(chapter)
    fresh = record["key"] == validation_key(chapter, notebook)
    return fresh and cache_folder(chapter, notebook).exists()
