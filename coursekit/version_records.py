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
    """A cell that begins with `%%py`: the versions that it wants, and its code."""

    wanted: tuple[str, ...]
    code: str

    @property
    def keys(self) -> dict[str, str]:
        """Name the record of each version."""
        return {minor: versions.key(minor, self.code) for minor in self.wanted}


@dataclass(frozen=True)
class Record:
    """What is kept of one version and one program."""

    wanted: str
    code: str
    answer: Answer


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


def answers_in(outputs: Sequence[Any]) -> list[Answer]:
    """Read from a cell's outputs who answered."""
    texts = [output["text"] for output in outputs if output["output_type"] == "stream"]
    return [answer for text in texts for answer in versions.read_answers(text)]


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
        records = versions.read(file_of(chapter))
    except ValueError as error:
        return f"has no record: {error}"
    kept: list[Answer] = []
    for minor, key in cell.keys.items():
        if key not in records:
            return (
                f"has no record of what Python {minor} says to it, or one for other code: "
                f"{_how(chapter, minor)}"
            )
        kept.append(records[key])
    changed = difference(_shown(kept, rules), normalise(list(outputs), rules))
    if not changed:
        return ""
    before = " and ".join(f"Python {each.version} on {each.date}" for each in kept)
    now = " and ".join(each.version for each in answers_in(outputs)) or "here"
    return (
        f"shows something else now ({now}) than was recorded with {before}: "
        f"if the new one is right, {_how(chapter, ' and '.join(cell.wanted))}\n\n{changed}"
    )


def _how(chapter: Path, wanted: str) -> str:
    return (
        f"run `python3 course.py refresh {chapter.stem}` on a machine with Python {wanted} "
        f"(`uv python install {wanted.replace(' and ', ' ')}`, or a path in "
        f"{variable(wanted.split(' and ')[0])})"
    )


def _shown(answers: Sequence[Answer], rules: list[Rule]) -> list[dict[str, Any]]:
    text = "".join(str(answer).rstrip("\n") + "\n" for answer in answers)
    return normalise([{"output_type": "stream", "name": "stdout", "text": text}], rules)


def leftover(chapter: Path, notebook: NotebookNode) -> str:
    """Say that there are records of cells that are gone, or nothing."""
    try:
        kept = versions.read(file_of(chapter))
    except ValueError as error:
        return str(error)
    known = {key for cell in cells(notebook).values() for key in cell.keys.values()}
    extra = len(kept.keys() - known)
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
    found: dict[str, Record] = {}
    for line, notebook_cell in code_cells(chapter, read_notebook(chapter)):
        place = f"{shown(chapter)}:{line}"
        if words := problem_of(notebook_cell.source):
            message = f"{place}: this cell {words}"
            raise CourseError(message)
        cell = cell_of(notebook_cell.source)
        for minor, key in cell.keys.items() if cell else ():
            assert cell is not None
            before, interpreter = kept.get(key), finding(minor)
            if interpreter is None and before is None:
                message = (
                    f"{place}: nothing is recorded for this cell and there is no Python {minor} "
                    f"here: {_how(chapter, minor)}."
                )
                raise CourseError(message)
            answer = _asked(interpreter, cell.code, rules, date) if interpreter else before
            assert answer is not None
            same = before is not None and _shown([before], rules) == _shown([answer], rules)
            found[key] = Record(minor, cell.code, before if same and before else answer)
    write(file_of(chapter), found)


def _kept(chapter: Path) -> dict[str, Answer]:
    try:
        return versions.read(file_of(chapter))
    except ValueError:
        return {}


def _asked(interpreter: Interpreter, code: str, rules: list[Rule], date: str) -> Answer:
    answer = versions.run_in(interpreter, code)
    text = for_pages([answer.text.rstrip("\n")], rules)[0]
    return Answer(answer.version, text, date)


def write(path: Path, found: dict[str, Record]) -> None:
    """Write records, so that equal ones give an equal file; none, no file."""
    if not found:
        path.unlink(missing_ok=True)
        return
    records = {
        key: {
            "wanted": record.wanted,
            "begins": record.code.split("\n", 1)[0],
            "version": record.answer.version,
            "recorded": record.answer.date,
            "output": record.answer.text.split("\n"),
        }
        for key, record in found.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": versions.FORMAT, "records": records}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
