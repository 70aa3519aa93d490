"""A second run of every chapter on a newer Python, against the same references.

`python3 course.py test --python 3.14` makes an environment `.venv-3.14` from the lock, beside the
course's own, and runs the chapters in it. What a chapter shows must not depend on the version;
where the version is the lesson, a `%%py` cell asks for it. The ordinary `test` makes this run where
interpreter and environment are there already, and says in a sentence where it was not made.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit import validate
from coursekit.keys import digest
from coursekit.messages import CourseError
from coursekit.places import BUILD, LOCK, ROOT, shown
from seethrough.interpreters import Interpreter, find, variable
from seethrough.versions import wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NEWER = ("3.14", "3.15")
_NO_WHEEL = re.compile(r"Because (?:only )?([a-z0-9-]+)(?:==\S+)? has no\s+(?:usable )?wheels")
_IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)|^%load_ext\s+(\w+)", re.MULTILINE)
_MOST_ABSENT = 12


@dataclass(frozen=True)
class Environment:
    """An environment made from the lock for one interpreter.

    Attributes:
        minor: such as `3.14`.
        interpreter: what it was made with.
        absent: packages of the lock that have no build for this version.
    """

    minor: str
    interpreter: Interpreter
    absent: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where it is, beside `.venv`."""
        return folder_for(self.minor)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@dataclass(frozen=True)
class Verdict:
    """How a chapter did: `equal`, `differs`, or `not run`; and why, or where."""

    slug: str
    state: str
    words: str = ""

    def __str__(self) -> str:
        return f"  {self.slug:<28}{self.state}{f': {self.words}' if self.words else ''}"


def folder_for(minor: str) -> Path:
    """Return the folder of the environment for one version."""
    return ROOT / f".venv-{minor}"


def run(
    minor: str, chapters: Sequence[Path], say: Callable[[str], None], *, make: bool
) -> list[Verdict]:
    """Run chapters on another Python and say how each did.

    Args:
        minor: such as `3.14`.
        chapters: which.
        say: prints a line.
        make: make the environment if it is not there; else only say that it is not.

    Returns:
        One verdict a chapter; none when there is no such interpreter or no environment.

    Raises:
        CourseError: `minor` is no version, or the environment cannot be made.
    """
    try:
        (minor,) = wanted(minor)
    except ValueError:
        message = f"--python takes a version with one dot, such as 3.14; {minor!r} is none."
        raise CourseError(message) from None
    interpreter = find(minor)
    if interpreter is None:
        say(
            f"no Python {minor} on this machine: the second run was not made "
            f"(`uv python install {minor}`, or its path in {variable(minor)})"
        )
        return []
    environment = _ready(minor, interpreter) or (_make(minor, interpreter, say) if make else None)
    if environment is None:
        say(
            f"Python {interpreter.version} has no environment yet: the second run was not made "
            f"(`python3 course.py test --python {minor}` makes one)"
        )
        return []
    if words := _unusable(environment):
        say(f"the second run on Python {interpreter.version} was not made: {words}")
        return []
    say(f"chapters on Python {interpreter.version}, against the same references:")
    verdicts = _verdicts(environment, chapters)
    for verdict in verdicts:
        say(str(verdict))
    return verdicts


# ── the environment ────────────────────────────────────────────────────────────────────────────


def _stamp(minor: str) -> Path:
    return folder_for(minor) / "course-setup.json"


def _ready(minor: str, interpreter: Interpreter) -> Environment | None:
    """Return the environment if it was made from this lock with this interpreter."""
    try:
        stamp = json.loads(_stamp(minor).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    environment = Environment(minor, interpreter, tuple(stamp.get("absent", ())))
    same = stamp.get("of") == _of(interpreter) and environment.python.exists()
    return environment if same else None


def _of(interpreter: Interpreter) -> str:
    return digest([interpreter.version.encode(), str(ROOT).encode(), LOCK.read_bytes()])


def _make(minor: str, interpreter: Interpreter, say: Callable[[str], None]) -> Environment:
    """Make the environment; leave out what has no wheel for this version, and say so.

    Raises:
        CourseError: uv cannot make it.
    """
    from uv import find_uv_bin

    uv, folder = find_uv_bin(), folder_for(minor)
    say(f"Making {shown(folder)} with Python {interpreter.version}. This is done once.")
    shutil.rmtree(folder, ignore_errors=True)
    _uv([uv, "venv", "--quiet", "--no-project", "--python", interpreter.path, str(folder)])
    absent: list[str] = []
    environment = Environment(minor, interpreter)
    while True:
        lock = folder / "lock.txt"
        lock.write_text(without(LOCK.read_text(encoding="utf-8"), absent), encoding="utf-8")
        problem = _uv(
            [uv, "pip", "sync", "--quiet", "--only-binary", ":all:", "--require-hashes",
             "--python", str(environment.python), str(lock)],
            fatal=False,
        )  # fmt: skip
        if not problem:
            break
        name = _NO_WHEEL.search(problem)
        if name is None or name[1] in absent or len(absent) >= _MOST_ABSENT:
            message = f"The environment for Python {minor} was not made:\n{problem}"
            raise CourseError(message)
        absent.append(name[1])
    for name in absent:
        say(f"  {name} has no build for Python {minor}; chapters that use it are not run")
    _link(environment)
    stamp = {"of": _of(interpreter), "absent": absent}
    _stamp(minor).write_text(json.dumps(stamp) + "\n", encoding="utf-8")
    return Environment(minor, interpreter, tuple(absent))


def without(lock: str, names: Sequence[str]) -> str:
    """Cut packages with their hashes out of a lock."""
    for name in names:
        lock = re.sub(rf"^{re.escape(name)}==.*\n(?: .*\n)*", "", lock, flags=re.MULTILINE)
    return lock


def _link(environment: Environment) -> None:
    """Let kernels of the environment import the course, as the bootstrap does for `.venv`."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run(
        [str(environment.python), "-c", code], capture_output=True, text=True, check=True
    )
    Path(done.stdout.strip(), "course.pth").write_text(f"{ROOT}\n", encoding="utf-8")


def _uv(command: list[str], *, fatal: bool = True) -> str:
    """Run uv; return what it complains about."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode and fatal:
        message = f"uv could not do `{' '.join(command[1:4])}`:\n{done.stderr.strip()}"
        raise CourseError(message)
    return done.stderr.strip() or "uv said nothing" if done.returncode else ""


# ── the run ────────────────────────────────────────────────────────────────────────────────────


def _verdicts(environment: Environment, chapters: Sequence[Path]) -> list[Verdict]:
    """Run what can be run; read the verdicts from the collector's report."""
    reasons = {chapter: _cannot(environment, chapter) for chapter in chapters}
    due = [chapter for chapter, reason in reasons.items() if not reason]
    work = BUILD / f"second-{environment.minor}"
    report = work / "report.xml"
    report.unlink(missing_ok=True)
    failures: dict[str, str] | None = {}
    if due:
        options = ["--chapters-cache", str(work / "execution"), "--chapters-records",
                   str(work / "records"), f"--junitxml={report}"]  # fmt: skip
        code = validate.run_pytest(
            [*map(str, due), *options], jobs=min(2, len(due)), python=str(environment.python)
        )
        failures = read_report(report) if report.exists() else None
        if failures == {} and code:
            failures = None
    verdicts: list[Verdict] = []
    for chapter, reason in reasons.items():
        if reason:
            verdicts.append(Verdict(chapter.stem, "not run", reason))
        elif failures is None:
            verdicts.append(Verdict(chapter.stem, "differs", "the run itself broke (see above)"))
        elif words := failures.get(chapter.stem):
            verdicts.append(Verdict(chapter.stem, "differs", words))
        else:
            verdicts.append(Verdict(chapter.stem, "equal"))
    return verdicts


def _unusable(environment: Environment) -> str:
    """Say why not even the course can be loaded in an environment, or nothing."""
    command = [str(environment.python), "-c", "import coursekit.collector, seethrough.quiz"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    missing = ", ".join(environment.absent) or "nothing"
    return (
        f"the course itself cannot be loaded there ({last}). "
        f"In the lock, without a build for Python {environment.minor}: {missing}."
    )


def _cannot(environment: Environment, chapter: Path) -> str:
    """Say why a chapter cannot be run in an environment, or nothing."""
    text = chapter.read_text(encoding="utf-8")
    used = {name.replace("_", "-") for pair in _IMPORT.findall(text) for name in pair if name}
    missing = sorted(used & set(environment.absent))
    if not missing:
        return ""
    return f"it uses {', '.join(missing)}, which has no build for Python {environment.minor}"


def read_report(report: Path) -> dict[str, str]:
    """Read from a JUnit report in which chapters a cell failed, and on which lines.

    Args:
        report: what pytest wrote.

    Returns:
        For each chapter that failed, its lines in words. The diffs stand in pytest's output.
    """
    lines: dict[str, list[str]] = {}
    for case in ET.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            slug = case.get("classname", "").removesuffix(".md").rpartition(".")[2]
            lines.setdefault(slug, []).append(case.get("name", ""))
    return {slug: ", ".join(names) for slug, names in lines.items()}
