"""Find cells that keep their recorded output (`no-browser`) although the reader's Python gives it.

A chapter's cells are run in node in order, the tagged ones among them, and each is compared with
its reference. A tag is needless if the chapter still holds with it dropped. So a cell is judged
after what a page would have run before it: the cells without the tag, and those whose tag could be
dropped as well. One that differs, raises, or does not end is left out, and the chapter is begun
anew without it, because it may have left half of its work behind.

To begin anew for each would take minutes. What a tab lacks (threads, processes, packages) it says
in words that nothing run before could have caused, so all cells that hear them are left out by one
run, which goes on after them: the survey.

Node is not a browser: its stack, for one, is deeper. What drops its tag is run in Chromium by
`tests/live`, and a tag that Chromium needs says so in `kept-because:`.

Doubt counts for the tag. A cell that is right but too slow for `LIMIT` is taken for one that never
ends, also in the survey; on a busy machine needless tags may be missed, and no other is accused.
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NoReturn

from coursekit import chapters
from coursekit.chapters import KEPT, SKIP
from coursekit.live import (
    as_outputs,
    attempts_at,
    comparable,
    compare_cell,
    job_of,
    run_job,
    trying,
    wrong_of,
)
from coursekit.notebook import code_cells, read_notebook
from coursekit.places import SANITIZE_CFG, references_of, shown
from coursekit.references import Reference, read
from coursekit.sanitize import read_rules

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from nbformat import NotebookNode

    from coursekit.live import Attempt

LIMIT = 5.0  # seconds for a tagged cell; those that a tab can run take a small part of one
PATIENCE = 300.0  # for the others, which are known to end
_LACKS = re.compile(
    r"can't start new thread|does not support processes|build lacks multiprocessing"
    r"|No module named"
)
_MEASURED = "≈ measured"  # what `tests/sanitize.cfg` makes of a measured value
_EXERCISE = re.compile(r"(?:exercise|check):(.+)")


@dataclass(frozen=True)
class Needless:
    """A cell that could do without its tag.

    Attributes:
        path: the chapter.
        line: where the cell begins.
        silent: the lines of cells above it that are tagged, print nothing and ran as well.
    """

    path: Path
    line: int
    silent: tuple[int, ...] = ()

    def __str__(self) -> str:
        lines = ", ".join(map(str, self.silent))
        along = f" (and of what it needs of the cells at {lines}, which print nothing)"
        return (
            f"{shown(self.path)}:{self.line}: gives its reference output in the reader's Python. "
            f"Drop the tag `{SKIP}` and its `reason:`{along if lines else ''}, and read whether "
            f"`runs_in:` and the prose still hold. Where the output is right by accident, or in "
            f"node alone, say why the tag stays: `{KEPT}: …` beside `reason:`."
        )


@dataclass(frozen=True)
class Cell:
    """A code cell with what is known of it.

    Attributes:
        line: where it begins in the chapter.
        node: the cell itself.
        reference: what it gives in Jupyter.
    """

    line: int
    node: NotebookNode
    reference: Reference | None

    @property
    def tags(self) -> list[str]:
        """Its tags."""
        return self.node.metadata.get("tags", [])

    @property
    def is_tagged(self) -> bool:
        """Whether it keeps its recorded output."""
        return SKIP in self.tags

    @property
    def exercise(self) -> str:
        """The exercise of which it is the starter or the check, or nothing."""
        found = (_EXERCISE.fullmatch(tag) for tag in self.tags)
        return next((match[1] for match in found if match), "")

    @property
    def proves(self) -> bool:
        """Whether agreeing with its reference says that it works in a tab.

        A cell that only defines something agrees wherever it runs, and one whose output is ignored
        everywhere. Measured values are masked, so a line or a picture with one says no more than
        that nothing was raised.
        """
        if self.reference is None or "nbval-ignore-output" in self.tags:
            return False
        return any(map(_says_something, self.reference.outputs))


def _says_something(output: dict[str, Any]) -> bool:
    """Tell whether a reference output has anything that was not measured."""
    compared = comparable(output)
    if "data" not in compared:
        return any(line.strip() and _MEASURED not in line for line in compared["text"])
    text = compared["data"]["text/plain"] or []
    return any(map(str.strip, text)) and not any(_MEASURED in line for line in text)


def needless(chapter: Path) -> list[Needless]:
    """Find the cells of a chapter that could do without their tag `no-browser`.

    Raises:
        RuntimeError: node does not start, or a cell *without* the tag ends the chapter's Python.
    """
    trial = Trial(chapter)
    if trial.has_proofs:
        trial.survey()
    while trial.has_proofs and (found := trial.first_wrong()):
        trial.leave_out(found)
    return trial.result()


class Trial:
    """The tagged cells of one chapter, fewer and fewer of which might do without their tag."""

    def __init__(self, chapter: Path) -> None:
        self.chapter = chapter
        self.rules = read_rules(SANITIZE_CFG)
        references = read(references_of(chapter)) or []
        self.cells = [
            Cell(line, node, references[number] if number < len(references) else None)
            for number, (line, node) in enumerate(code_cells(chapter, read_notebook(chapter)))
            if "quiz" not in node.metadata.get("tags", [])
        ]
        for cell in [each for each in self.cells if KEPT in each.node.metadata]:
            self.leave_out(cell)

    @property
    def has_proofs(self) -> bool:
        """Whether there is a tagged cell left that would be worth a message."""
        return any(cell.is_tagged and cell.proves for cell in self.cells)

    def leave_out(self, cell: Cell) -> None:
        """Believe a cell's tag, and with it that of an exercise's other cell: they go together."""
        self.cells = [
            each
            for each in self.cells
            if not each.is_tagged
            or (each is not cell and (not cell.exercise or each.exercise != cell.exercise))
        ]

    def survey(self) -> None:
        """Leave out every cell that says what a tab lacks, and every one that does not end."""
        ended = False
        while not ended:
            ended = True
            with closing(self.run()) as ran:
                for cell in list(self.cells):
                    messages = _messages(next(ran, None))
                    if messages is None:  # and Python went with it
                        self.leave_out(self.blamed(cell) or self.broken(cell))
                        ended = False
                        break
                    if cell.is_tagged and self.differs(cell, messages) and _lacks(messages):
                        self.leave_out(cell)

    def first_wrong(self) -> Cell | None:
        """Run what is left, and return the first tagged cell that the tab does not get right.

        It is also to blame where a cell below it, without the tag, goes wrong.  Of an exercise, a
        tab must answer every attempt as Jupyter does: a check that cannot do its work may well
        tell the starter "Not yet".
        """
        course = chapters.read(self.chapter)
        names = dict.fromkeys(cell.exercise for cell in self.cells if cell.is_tagged)
        tries = {name: attempts_at(course, name) for name in names if name}
        with closing(self.run(chain(*tries.values()))) as ran:
            for cell in self.cells:
                messages = _messages(next(ran, None))
                wrong = messages is None or self.differs(cell, messages)
                if wrong and (blamed := self.blamed(cell)):
                    return blamed
                if messages is None:
                    self.broken(cell)
            for name, own in tries.items():
                if wrong_of(own, [*islice(ran, 2 * len(own))]):
                    return next(cell for cell in self.cells if cell.exercise == name)
        return None

    def run(self, tries: Iterable[Attempt] = ()) -> Generator[dict[str, Any]]:
        """Run what is left of the chapter, then attempts; yield each result as it comes."""
        attempted = trying(self.chapter, tries)
        job = job_of(self.chapter, [cell.node.source for cell in self.cells] + attempted)
        limits = [LIMIT if cell.is_tagged else PATIENCE for cell in self.cells]
        return run_job(job, limits + [LIMIT] * len(attempted))

    def differs(self, cell: Cell, messages: list[Any]) -> bool:
        """Tell whether a cell gave something else than its reference, or says that it does."""
        outputs = as_outputs(messages)
        diff, otherwise = compare_cell(cell.node, cell.reference, outputs, self.rules)
        return bool(diff) or (otherwise and cell.is_tagged)

    def blamed(self, cell: Cell) -> Cell | None:
        """Find whose tag is right when a cell goes wrong: its own, or of the nearest above it."""
        above = (each for each in reversed(self.cells) if each.line <= cell.line)
        return next((each for each in above if each.is_tagged), None)

    def broken(self, cell: Cell) -> NoReturn:
        """Refuse to judge what stands below a cell that ends Python by itself."""
        message = f"{shown(self.chapter)}:{cell.line}: ends the reader's Python, or never ends"
        raise RuntimeError(message)

    def result(self) -> list[Needless]:
        """Report what is left: the whole chapter holds without these tags."""
        tagged = [cell for cell in self.cells if cell.is_tagged]
        silent = [cell.line for cell in tagged if not cell.proves]
        return [
            Needless(self.chapter, cell.line, tuple(line for line in silent if line < cell.line))
            for cell in tagged
            if cell.proves
        ]


def _messages(got: dict[str, Any] | None) -> list[Any] | None:
    """Return what a cell sent, or nothing where it did not end or took Python with it."""
    return None if got is None or got["state"] == "fatal" else got["outputs"]


def _lacks(messages: list[Any]) -> bool:
    """Tell whether a cell's outputs say that a tab lacks something."""
    return bool(_LACKS.search(json.dumps(messages)))
