"""Export every chapter as .ipynb with outputs, for Jupyter, Colab and stock nbval."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import nbformat
from jupyter_cache import get_cache

from coursekit.keys import cache_folder
from coursekit.messages import CourseError
from coursekit.notebook import read_notebook
from coursekit.places import NOTEBOOKS, ROOT, SANITIZE_CFG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def export(chapters: Sequence[Path], into: Path = NOTEBOOKS) -> list[Path]:
    """Write `<into>/<part>/<slug>.ipynb` for each chapter from its validated execution.

    Raises:
        CourseError: a chapter has no validated outputs.
    """
    return [_export_one(path, into / path.parent.name / f"{path.stem}.ipynb") for path in chapters]


def _export_one(chapter: Path, target: Path) -> Path:
    notebook = read_notebook(chapter)
    folder = cache_folder(chapter, notebook)
    if not folder.exists():
        message = (
            f"{chapter.stem} has no validated outputs; run `python3 course.py test {chapter.stem}`"
        )
        raise CourseError(message)
    cache = get_cache(folder)
    _, filled = cache.merge_match_into_notebook(notebook)
    filled.metadata.pop("source_map", None)
    for number, cell in enumerate(filled.cells):
        cell["id"] = f"{chapter.stem}-{number}"
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(filled, target)
    return target


def run_stock_nbval(folder: Path = NOTEBOOKS, *, jobs: int = 2, report: Path | None = None) -> int:
    """Run nbval as anybody would, without a line of this project's code in pytest.

    Args:
        folder: where the notebooks are.
        jobs: how many at a time.
        report: where to write a JUnit report.

    Returns:
        The exit code of pytest.
    """
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-sanitize-with",
               str(SANITIZE_CFG),
               "--nbval-cell-timeout", "120", "--nbval-current-env", "-p", "no:randomly",
               "-n", str(jobs), "--dist", "loadfile", "-q", "--no-header",
               "-c", "/dev/null", "--rootdir", str(folder), "-p", "no:cacheprovider",
               str(folder)]  # fmt: skip
    if report:
        command.append(f"--junitxml={report}")
    return subprocess.run(command, cwd=ROOT, check=False).returncode
