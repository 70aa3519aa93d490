"""ruff and the strict type checker over everything that a person may read as a model."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from coursekit.places import BUILD, CHAPTERS, ROOT
from seethrough import exercises

CHECKS = 5
_UNFOLDED = BUILD / "lint"
_PACKAGES = ("coursekit", "bookext", "seethrough", "tests", "course.py")
_IN_THE_TAB = "bookext/live/browser/pyrefly.toml"  # another Python, another path


def lint() -> list[str]:
    """Run every check.

    Returns:
        What each failed check printed; nothing when all hold.
    """
    unfold()
    runs = [
        _run("ruff", "check", "--quiet", *_PACKAGES, "chapters"),
        _run("ruff", "format", "--check", "--quiet", *_PACKAGES, "chapters"),
        _run("ruff", "check", "--quiet", "--no-cache", "--isolated", "--select", "E,F,W,B,UP",
             "--line-length", "100", "--ignore", "E402", str(_UNFOLDED)),
        _run("pyrefly", "check", "--output-format", "min-text",
             "--python-interpreter-path", sys.executable),
        _run("pyrefly", "check", "--output-format", "min-text", "--config", _IN_THE_TAB,
             "--python-interpreter-path", sys.executable),
    ]  # fmt: skip
    return [said for said in runs if said]


def unfold(into: Path = _UNFOLDED) -> list[Path]:
    """Write each exercise's check and solution as files of their own.

    A section of an exercise is a program by itself; linters want files.

    Returns:
        The files, `<chapter>/<exercise>/check.py` and `…/solution.py`.
    """
    shutil.rmtree(into, ignore_errors=True)
    written: list[Path] = []
    for path in sorted(CHAPTERS.glob("*/*/exercises/*.py")):
        name = f"{path.parent.parent.name}/{path.stem}"
        exercise = exercises.parse(path.read_text(encoding="utf-8"), name, path)
        folder = into / path.parent.parent.name.replace("-", "_") / path.stem.replace("-", "_")
        folder.mkdir(parents=True)
        for kind, source in (("check", exercise.check_source), ("solution", exercise.solution)):
            written.append(folder / f"{kind}.py")
            written[-1].write_text(source, encoding="utf-8")
    return written


def _run(tool: str, *arguments: str) -> str:
    program = Path(sys.executable).with_name(tool)
    done = subprocess.run(
        [str(program), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return ""
    return f"{tool} {arguments[0]}:\n{done.stdout}{done.stderr}".rstrip()
