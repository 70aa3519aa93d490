"""Run chapters and compare them; see `coursekit.collector` for what a run checks."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from coursekit import references, version_records
from coursekit.collector import is_validated, read_record
from coursekit.keys import digest
from coursekit.messages import nearest
from coursekit.notebook import code_cells, read_notebook
from coursekit.places import BUILD, LOCK, ROOT, VALIDATION_SUMMARY, chapter_files, references_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHOWN_VERSIONS = ("jupyter-book", "myst-nb", "ipykernel", "nbval", "pytest", "sphinx")


def find_chapters(slugs: Sequence[str] = ()) -> list[Path]:
    """Return the chapters named, or all.

    Raises:
        CourseError: a slug is unknown; the message has the nearest.
    """
    by_slug = {path.stem: path for path in chapter_files()}
    for slug in slugs:
        if slug not in by_slug:
            raise nearest(slug, by_slug, "chapter")
    return [by_slug[slug] for slug in slugs] or list(by_slug.values())


def run_pytest(
    arguments: Sequence[str],
    *,
    jobs: int,
    environment: dict[str, str] | None = None,
    python: str = sys.executable,
) -> int:
    """Run the collector in a pytest of its own, without unrelated plugins.

    Args:
        arguments: paths and options for pytest.
        jobs: how many chapters at a time.
        environment: variables to add.
        python: the interpreter that runs pytest and the kernels.

    Returns:
        The exit code of pytest.
    """
    command = [python, "-m", "pytest", "-p", "coursekit", "-p", "xdist",
               "-p", "coursekit.collector", "-p", "no:cacheprovider",
               "--override-ini=addopts=", "--override-ini=filterwarnings=",
               "--rootdir", str(ROOT), "-q", "--no-header", "--tb=short"]  # fmt: skip
    if jobs > 1:
        command += ["-n", str(jobs), "--dist", "loadfile"]
    variables = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        # ipykernel says once per kernel that it talks TCP on this machine; so it does.
        "PYTHONWARNINGS": "ignore",
        **(environment or {}),
    }
    return subprocess.run([*command, *arguments], cwd=ROOT, env=variables, check=False).returncode


def validate(
    chapters: Sequence[Path], *, jobs: int = 2, fresh: bool = True, report: Path | None = None
) -> bool:
    """Execute chapters and compare every cell.

    Args:
        chapters: which.
        jobs: how many at a time.
        fresh: execute also what the last run validated and nothing changed since.
        report: where to write a JUnit report.

    Returns:
        Whether everything held. The outputs are then in the cache that the book is built from.
    """
    due = [path for path in chapters if fresh or not is_validated(path)]
    options = [f"--junitxml={report}"] if report else []
    paths = [str(path) for path in due]
    code = run_pytest([*paths, *options], jobs=min(jobs, len(due))) if due else 0
    write_summary()
    return code == 0


def refresh(chapters: Sequence[Path], *, jobs: int = 2) -> tuple[bool, list[str]]:
    """Execute chapters twice and make what they show the reference.

    The second run has another hash seed. A cell that shows something else in it is named,
    unless its output is ignored, in which case the difference proves that ignoring is needed.

    Args:
        chapters: which.
        jobs: how many at a time.

    Returns:
        Whether every cell ran as its tags say, and the unsteady cells as `file:line` messages.

    Raises:
        CourseError: a `%%py` cell has no record, and no interpreter is here to make it.
    """
    for chapter in chapters:
        version_records.record(chapter)
    paths = [str(path) for path in chapters]
    jobs = min(jobs, len(paths))
    second = BUILD / "second-run"
    first_code = run_pytest(
        [*paths, "--chapters-mode", "refresh"], jobs=jobs, environment={"PYTHONHASHSEED": "1"}
    )
    if first_code:
        return False, []
    options = ["--chapters-mode", "refresh", "--chapters-outputs", str(second),
               "--chapters-cache", str(BUILD / "second-cache"),
               "--chapters-records", str(second / "records")]  # fmt: skip
    code = run_pytest([*paths, *options], jobs=jobs, environment={"PYTHONHASHSEED": "2"})
    if code:
        return False, []
    return True, [line for path in chapters for line in _settle(path, second / f"{path.stem}.json")]


def _settle(chapter: Path, second: Path) -> list[str]:
    """Compare two runs of a chapter; note on ignored cells whether they really differ."""
    first_run, second_run = references.read(references_of(chapter)), references.read(second)
    assert first_run is not None
    assert second_run is not None
    unsteady: list[str] = []
    settled: list[references.Reference] = []
    cells = code_cells(chapter, read_notebook(chapter))
    for (line, cell), one, two in zip(cells, first_run, second_run, strict=True):
        differs = references.difference(one.outputs, two.outputs)
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            one = references.Reference(one.source_hash, one.begins, [], unsteady=bool(differs))
        elif differs:
            unsteady.append(f"{chapter.relative_to(ROOT)}:{line}: two runs differ\n{differs}")
        settled.append(one)
    references.write(references_of(chapter), settled)
    return unsteady


def show_reference_diff(chapters: Sequence[Path]) -> None:
    """Print how the reference outputs differ from the committed ones, for a person to read."""
    paths = [str(references_of(path)) for path in chapters]
    kept = [version_records.file_of(path) for path in chapters]
    paths += [str(path) for path in kept if path.exists() or _is_tracked(path)]
    subprocess.run(["git", "add", "--intent-to-add", *paths], cwd=ROOT, check=False)
    subprocess.run(
        ["git", "--no-pager", "diff", "--stat", "--patch", "--", *paths], cwd=ROOT, check=False
    )


def _is_tracked(path: Path) -> bool:
    found = subprocess.run(
        ["git", "ls-files", "--error-unmatch", str(path)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return found.returncode == 0


def write_summary() -> None:
    """Gather the records of all chapters for the page 'How this book is verified'."""
    chapters: dict[str, Any] = {}
    skips: list[dict[str, Any]] = []
    for path in chapter_files():
        record = read_record(path.stem)
        if record is not None and is_validated(path):
            shown = ("seconds", "cells", "compared", "slowest", "versions")
            chapters[path.stem] = {name: record[name] for name in shown if name in record}
    summary = {
        "interpreter": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "lock": digest([LOCK.read_bytes()]) if LOCK.exists() else "",
        "versions": {name: importlib.metadata.version(name) for name in SHOWN_VERSIONS},
        "chapters": chapters,
        "skips": skips,
    }
    VALIDATION_SUMMARY.parent.mkdir(exist_ok=True)
    text = json.dumps(summary, indent=1) + "\n"
    if not VALIDATION_SUMMARY.exists() or VALIDATION_SUMMARY.read_text(encoding="utf-8") != text:
        VALIDATION_SUMMARY.write_text(text, encoding="utf-8")


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()
