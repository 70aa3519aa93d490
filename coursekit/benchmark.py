"""`course.py bench`: one execution for validation and book, against each tool on its own.

Measured in one run, side by side, from cold:

- ours: validate every chapter (two at a time), build the book from the same execution;
- plain: `jupyter-book build` from cold, which executes every notebook, and then stock nbval on the
  exported notebooks, which executes them again.

Then what an author waits for: nothing changed, a word of prose changed, a cell changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit import notebooks, validate
from coursekit.messages import CourseError
from coursekit.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

BOUND = 0.55
_COPIED = ("chapters", "bookext", "coursekit", "seethrough", "todo", "tests",
           "_config.yml", "_toc.yml", "requirements.txt", "pyproject.toml")  # fmt: skip


def run(*, say: Callable[[str], None]) -> None:
    """Run the benchmark and print the table.

    Raises:
        CourseError: a step failed, or the ratio is over its bound.
    """
    chapters = validate.find_chapters()
    rows: list[tuple[str, float]] = []

    def measured(name: str, work: Callable[[], bool]) -> float:
        say(f"{name} …")
        started = time.perf_counter()
        if not work():
            raise CourseError(f"The benchmark stopped: {name} failed.")
        seconds = time.perf_counter() - started
        rows.append((name, seconds))
        return seconds

    with tempfile.TemporaryDirectory(prefix="course-bench-") as folder:
        plain, ours_root = Path(folder, "plain"), Path(folder, "ours")
        for copy in (plain, ours_root):
            _copy(copy)
        ours = measured("ours: validate + build, cold", lambda: _course(ours_root))
        exported = Path(folder, "notebooks")
        validate.validate(chapters, fresh=False)
        notebooks.export(chapters, exported)
        cold = measured("plain: jupyter-book build, cold", lambda: _jupyter_book(plain))
        again = measured(
            "plain: nbval on converted notebooks",
            lambda: notebooks.run_stock_nbval(exported, jobs=1) == 0,
        )
        measured("ours: nothing changed", lambda: _course(ours_root))
        chapter = ours_root / chapters[0].relative_to(ROOT)
        text = chapter.read_text(encoding="utf-8")
        chapter.write_text(text + "\nOne more sentence.\n", encoding="utf-8")
        measured("ours: a sentence changed", lambda: _course(ours_root))
        helper = ours_root / chapters[0].relative_to(ROOT).with_suffix("") / "quiz.yml"
        helper.write_text(helper.read_text(encoding="utf-8") + "\n# touched\n", encoding="utf-8")
        measured("ours: what a chapter's cells depend on changed", lambda: _course(ours_root))
    ratio = ours / (cold + again)
    for name, seconds in rows:
        say(f"{seconds:8.1f} s  {name}")
    say(f"{len(chapters)} chapters, {ours / len(chapters):.1f} s each by ours")
    say(f"ours ÷ plain = {ratio:.2f} (at most {BOUND})")
    if ratio > BOUND:
        message = f"The single execution is too slow: {ratio:.2f} of the plain tools' time."
        raise CourseError(message)


def _copy(target: Path) -> None:
    target.mkdir()
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "_build")
            shutil.copytree(source, target / name, ignore=ignored)
        elif source.exists():
            shutil.copy2(source, target / name)


def _course(root: Path) -> bool:
    command = [sys.executable, "-m", "coursekit", "book", "--no-serve"]
    return _quietly(command, root)


def _jupyter_book(root: Path) -> bool:
    program = str(Path(sys.executable).with_name("jupyter-book"))
    return _quietly([program, "build", str(root)], root)


def _quietly(command: list[str], root: Path) -> bool:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stdout[-4000:] + done.stderr[-4000:])
    return done.returncode == 0
