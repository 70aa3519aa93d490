"""`course.py record SLUG`: measure what a chapter compares, under every interpreter there is.

A chapter that compares interpreters has a `matrix.py` in its folder. It needs the standard library
alone and prints one JSON object. This module finds interpreters, runs that script under each and
keeps the answers in `recorded.json` beside it, each with the machine's cores and system, the
interpreter's version and the date; no names, no paths. The chapter draws from that file.

A recording of an interpreter that is not on this machine stays as it is.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coursekit.messages import CourseError, nearest
from coursekit.places import chapter_files, folder_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

FLOOR = (3, 13)
SCRIPT = "matrix.py"
DATA = "recorded.json"
SECONDS = 600
_NEWEST = 20  # the minor versions looked for are those from the floor to 3.20
_PROBE = (
    "import json, sys, sysconfig; print(json.dumps([list(sys.version_info[:3]), "
    "bool(sysconfig.get_config_var('Py_GIL_DISABLED')), sys.implementation.name]))"
)


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine.

    Attributes:
        path: how to start it.
        version: such as `(3, 14, 2)`.
        free_threaded: whether it was built to run without the global lock.
    """

    path: Path
    version: tuple[int, int, int]
    free_threaded: bool

    @property
    def key(self) -> str:
        """The name under which its recording is kept, such as `3.13t`."""
        return f"{self.version[0]}.{self.version[1]}{'t' if self.free_threaded else ''}"

    @property
    def full_version(self) -> str:
        """The whole version, such as `3.14.2`."""
        return ".".join(map(str, self.version))


def record(slug: str, *, pythons: Sequence[Path] = (), say: Callable[[str], None]) -> Path:
    """Run a chapter's script under every interpreter found and keep what it measures.

    Args:
        slug: the chapter.
        pythons: more interpreters; each must be one, and they win over those found.
        say: told of each step, in a line.

    Returns:
        The file written.

    Raises:
        CourseError: no such chapter, nothing to record in it, a bad interpreter, a failing script.
    """
    script = script_of(slug)
    interpreters = find(pythons)
    data = script.with_name(DATA)
    runs = _kept(data)
    for interpreter in interpreters:
        say(f"Python {interpreter.full_version}{' free-threaded' * interpreter.free_threaded} …")
        runs[interpreter.key], remarks = _run(script, interpreter)
        for remark in remarks:
            say(f"  {remark}")
        _write(data, runs)  # after each, so that an interrupted recording keeps what it has
    fresh = {interpreter.key for interpreter in interpreters}
    for key in sorted(set(runs) - fresh):
        say(f"kept the recording of {key} from {runs[key]['date']}: it is not on this machine")
    say(f"wrote {shown(data)}; now: python3 course.py refresh {slug}")
    return data


def script_of(slug: str) -> Path:
    """Return the script that measures for a chapter.

    Raises:
        CourseError: there is no such chapter, or it has nothing to record.
    """
    by_slug = {path.stem: path for path in chapter_files()}
    if slug not in by_slug:
        raise nearest(slug, by_slug, "chapter")
    script = folder_of(by_slug[slug]) / SCRIPT
    if not script.is_file():
        able = sorted(s for s, path in by_slug.items() if (folder_of(path) / SCRIPT).is_file())
        message = (
            f"The chapter {slug!r} has nothing to record: there is no {shown(script)}. "
            f"Chapters that have one: {', '.join(able) or 'none'}."
        )
        raise CourseError(message)
    return script


def find(named: Sequence[Path] = ()) -> list[Interpreter]:
    """Find one interpreter of each kind: minor version, with and without the global lock.

    Args:
        named: paths that must be interpreters; they win. Then come this one, the PATH, pyenv, uv.

    Raises:
        CourseError: a named path is no Python of at least 3.13.
    """
    found = [_named(path) for path in named]
    seen = {interpreter.key for interpreter in found}
    for path in _candidates():
        interpreter = probe(path)
        if interpreter and interpreter.version >= FLOOR and interpreter.key not in seen:
            seen.add(interpreter.key)
            found.append(interpreter)
    return sorted(found, key=lambda interpreter: (interpreter.version, interpreter.free_threaded))


def probe(path: Path) -> Interpreter | None:
    """Ask a program whether it is CPython, and which; None if it is not or does not answer."""
    try:
        done = subprocess.run(
            [str(path), "-I", "-c", _PROBE],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        version, free_threaded, name = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None  # a pyenv shim that answers "command not found" is not an interpreter
    if name != "cpython":
        return None
    major, minor, micro = version
    return Interpreter(path, (major, minor, micro), free_threaded)


def _named(path: Path) -> Interpreter:
    interpreter = probe(path)
    floor = ".".join(map(str, FLOOR))
    if not path.exists():
        message = f"There is no file {path}; --python takes the path of an interpreter."
        raise CourseError(message)
    if interpreter is None:
        message = f"{path} is not a CPython that answers; --python takes the path of one."
        raise CourseError(message)
    if interpreter.version < FLOOR:
        message = f"{path} is Python {interpreter.full_version}; recording needs {floor} or later."
        raise CourseError(message)
    return interpreter


def _candidates() -> Iterator[Path]:
    """Yield what may be an interpreter, best first; some are not."""
    yield Path(sys.executable)
    names = [f"3.{minor}{kind}" for minor in range(FLOOR[1], _NEWEST) for kind in ("", "t")]
    for name in names:
        program = shutil.which(f"python{name}")
        if program:
            yield Path(program)
    pyenv = Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))) / "versions"
    yield from _newest_first(pyenv.glob("3.*/bin/python"))
    if uv := shutil.which("uv"):
        done = subprocess.run(
            [uv, "python", "list", "--only-installed", "--output-format", "json"],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            yield from _newest_first(Path(entry["path"]) for entry in json.loads(done.stdout))


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    def numbers(path: Path) -> list[int]:
        return [int(digits) for digits in re.findall(r"\d+", str(path))]

    return sorted(paths, key=numbers, reverse=True)


def _run(script: Path, interpreter: Interpreter) -> tuple[dict[str, Any], list[str]]:
    """Run the script under one interpreter; return its answer, with circumstances, and remarks."""
    # The course's packages are for another version: the script sees none of them. Its folder is on
    # the path so that worker processes and interpreters find the modules beside it.
    dropped = {"PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHON_GIL", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment["PYTHONPATH"] = str(script.parent)
    with tempfile.TemporaryDirectory(prefix="course-record-") as folder:
        # Compiled files of our own: an interpreter whose library is not compiled, or may not be
        # written to, would compile every import again in each worker.
        environment["PYTHONPYCACHEPREFIX"] = folder
        try:
            done = subprocess.run(
                [str(interpreter.path), str(script)],
                capture_output=True, text=True, timeout=SECONDS, check=False, env=environment,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            message = f"{shown(script)} took more than {SECONDS} s under {interpreter.key}."
            raise CourseError(message) from None
    try:
        result = json.loads(done.stdout)
    except ValueError:
        result = None
    if done.returncode or not isinstance(result, dict):
        words = (done.stderr.strip() or f"it printed {done.stdout[:200]!r}")[-2000:]
        message = f"{shown(script)} gave no JSON object under {interpreter.key}:\n{words}"
        raise CourseError(message)
    run = {
        "python": interpreter.full_version,
        "free_threaded": interpreter.free_threaded,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": {
            "cores": os.process_cpu_count(),
            "system": platform.system(),
            "processor": platform.machine(),
        },
        **result,
    }
    return run, done.stderr.strip().splitlines()


def _kept(data: Path) -> dict[str, Any]:
    if not data.exists():
        return {}
    try:
        return dict(json.loads(data.read_text(encoding="utf-8")))
    except ValueError:
        message = f"{shown(data)} is not JSON; delete it to record everything anew."
        raise CourseError(message) from None


def _write(data: Path, runs: dict[str, Any]) -> None:
    """Write one line a short list, so that a diff can be read."""
    text = json.dumps(_rounded(runs), indent=1, sort_keys=True, ensure_ascii=False)
    text = re.sub(
        r"\[\s*((?:[^][{}\s]+|\"[^\"]*\")(?:,\s*(?:[^][{}\s,]+|\"[^\"]*\"))*)\s*\]",
        lambda match: "[" + re.sub(r"\s*\n\s*", " ", match[1]) + "]",
        text,
    )
    data.write_text(text + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    """Round to four significant digits; the rest is noise."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return value
