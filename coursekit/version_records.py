"""Keep what other Pythons say to `%%py` cells, and hold it against what they say now.

`refresh` writes `versions.json` beside a chapter on a machine that has those Pythons; validation
compares with it everywhere. See `seethrough.versions` for the cells themselves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from coursekit.messages import CourseError
from coursekit.notebook import code_cells, read_notebook
from coursekit.places import SANITIZE_CFG, folder_of, shown
from coursekit.references import difference, normalise
from coursekit.sanitize import for_pages, read_rules
from seethrough import versions
from seethrough.interpreters import Interpreter, find, variable
from seethrough.versions import Answer, VersionCellError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nbformat import NotebookNode

    from coursekit.sanitize import Rule


@dataclass(frozen=True)
class VersionCell:
    """A cell that begins with `%%py`: the version that it wants, its code and its key."""

    wanted: str
    code: str

    @property
    def key(self) -> str:
        """Name the cell's record."""
        return versions.key(self.wanted, self.code)


def file_of(chapter: Path) -> Path:
    """Return where a chapter's records are."""
    return folder_of(chapter) / versions.FILE


def problem_of(source: str) -> str:
    """Say what is wrong with a cell's first line or its emptiness, or nothing."""
    try:
        versions.asked(source)
    except VersionCellError as error:
        return f"cannot be put to any Python: {error}"
    return ""


def cell_of(source: str) -> VersionCell | None:
    """Read a cell; nothing when it does not begin with `%%py`, or not as it should."""
    try:
        found = versions.asked(source)
    except VersionCellError:
        return None
    return VersionCell(*found) if found else None


def cells(notebook: NotebookNode) -> dict[int, VersionCell]:
    """Find the `%%py` cells of a notebook, each by its place among the code cells."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return {number: cell for number, source in enumerate(sources) if (cell := cell_of(source))}


def answer_in(outputs: Sequence[Any]) -> Answer | None:
    """Read from a cell's outputs who answered."""
    texts = [output["text"] for output in outputs if output["output_type"] == "stream"]
    return next((found for text in texts if (found := versions.read_heading(text))), None)


# ── while validating ───────────────────────────────────────────────────────────────────────────


def differs(chapter: Path, source: str, outputs: Sequence[Any], rules: list[Rule]) -> str:
    """Compare what a `%%py` cell shows with its record.

    Args:
        chapter: where the cell stands.
        source: the whole cell.
        outputs: what it showed in this run.
        rules: the normalisers.

    Returns:
        What is wrong, and what to do; nothing when both agree or it is another kind of cell.
    """
    cell = cell_of(source)
    if cell is None:
        return ""
    try:
        kept = versions.read(file_of(chapter)).get(cell.key)
    except ValueError as error:
        return f"has no record: {error}"
    if kept is None:
        return (
            f"has no record of what Python {cell.wanted} says to it, or one for other code: "
            f"{_how(chapter, cell.wanted)}"
        )
    changed = difference(_shown(kept, rules), normalise(list(outputs), rules))
    if not changed:
        return ""
    now = answer_in(outputs)
    who = f"Python {now.version}" if now else "this run"
    return (
        f"shows something else on {who} than was recorded with Python {kept.version} on "
        f"{kept.date}: if the new one is right, {_how(chapter, cell.wanted)}\n\n{changed}"
    )


def _how(chapter: Path, wanted: str) -> str:
    return (
        f"run `python3 course.py refresh {chapter.stem}` on a machine with Python {wanted} "
        f"(`uv python install {wanted}`, or its path in {variable(wanted)})"
    )


def _shown(answer: Answer, rules: list[Rule]) -> list[dict[str, Any]]:
    text = str(answer).rstrip("\n") + "\n"
    return normalise([{"output_type": "stream", "name": "stdout", "text": text}], rules)


def leftover(chapter: Path, notebook: NotebookNode) -> str:
    """Say that there are records of cells that are gone, or nothing."""
    try:
        kept = versions.read(file_of(chapter))
    except ValueError as error:
        return str(error)
    extra = len(kept.keys() - {cell.key for cell in cells(notebook).values()})
    if not extra:
        return ""
    return (
        f"{extra} stale record(s): no `%%py` cell of the chapter has that version and code; "
        f"run `python3 course.py refresh {chapter.stem}`"
    )


# ── while refreshing ───────────────────────────────────────────────────────────────────────────


def record(
    chapter: Path,
    *,
    finding: Callable[[str], Interpreter | None] = find,
    today: str | None = None,
) -> None:
    """Ask the Pythons that are here, and rewrite a chapter's records.

    An answer that is as before keeps its version and date, so that the file changes only with
    what it says. Where a Python is not here, its records stay as they are.

    Args:
        chapter: the chapter's source.
        finding: who finds an interpreter for a version.
        today: the date to write, `YYYY-MM-DD`.

    Raises:
        CourseError: a cell has no record and nobody is here to make one, or is no right cell.
    """
    kept = _kept(chapter)
    rules = read_rules(SANITIZE_CFG)
    date = today or datetime.now(UTC).date().isoformat()
    found: dict[str, tuple[VersionCell, Answer]] = {}
    for line, notebook_cell in code_cells(chapter, read_notebook(chapter)):
        place = f"{shown(chapter)}:{line}"
        if words := problem_of(notebook_cell.source):
            message = f"{place}: this cell {words}"
            raise CourseError(message)
        cell = cell_of(notebook_cell.source)
        if cell is None:
            continue
        before = kept.get(cell.key)
        interpreter = finding(cell.wanted)
        if interpreter is None and before is None:
            message = (
                f"{place}: nothing is recorded for this cell and there is no Python {cell.wanted} "
                f"here: {_how(chapter, cell.wanted)}."
            )
            raise CourseError(message)
        answer = _asked(interpreter, cell, rules, date) if interpreter else before
        assert answer is not None
        same = before is not None and before.text == answer.text
        found[cell.key] = (cell, before if same and before else answer)
    _write(file_of(chapter), found)


def _kept(chapter: Path) -> dict[str, Answer]:
    try:
        return versions.read(file_of(chapter))
    except ValueError:
        return {}


def _asked(interpreter: Interpreter, cell: VersionCell, rules: list[Rule], date: str) -> Answer:
    answer = versions.run_in(interpreter, cell.code)
    text = for_pages([answer.text.rstrip("\n")], rules)[0]
    return Answer(answer.version, text, date)


def _write(path: Path, found: dict[str, tuple[VersionCell, Answer]]) -> None:
    if not found:
        path.unlink(missing_ok=True)
        return
    records = {
        key: {
            "wanted": cell.wanted,
            "begins": cell.code.split("\n", 1)[0],
            "version": answer.version,
            "recorded": answer.date,
            "output": answer.text.split("\n"),
        }
        for key, (cell, answer) in found.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": versions.FORMAT, "records": records}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
