"""Find other Pythons on this machine, for cells that are about one version.

The places and their order are those of `course.py`: the `PATH`, pyenv, uv. Before them comes the
environment variable `COURSE_PYTHON_3_14` (and so on for other versions), which holds a path, or
`none` for "as if there were none".
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CAN_START_PROCESSES = sys.platform not in {"emscripten", "wasi"}
SECONDS = 30.0  # for an answer to `what are you`; pyenv's shims can take a while
_WINDOWS = os.name == "nt"
# Free-threaded builds answer other questions than the ones that cells ask.
_PROBE = (
    "import platform, sysconfig; "
    "print(platform.python_implementation(), platform.python_version(), "
    "int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))))"
)


@dataclass(frozen=True)
class Interpreter:
    """A Python that answered.

    Attributes:
        path: its executable.
        version: all of it, such as `3.14.10`.
    """

    path: str
    version: str

    @property
    def minor(self) -> str:
        """Return `3.14` of `3.14.10`."""
        return minor_of(self.version)


def minor_of(version: str) -> str:
    """Return the first two numbers of a version."""
    return ".".join(version.split(".")[:2])


def variable(wanted: str) -> str:
    """Name the environment variable that says where a version is."""
    return f"COURSE_PYTHON_{wanted.replace('.', '_')}"


def find(wanted: str) -> Interpreter | None:
    """Find a CPython of one minor version, with the usual lock.

    Args:
        wanted: such as `3.14`.

    Returns:
        The first that answers, or nothing. What was found is remembered as long as this process.
    """
    told = os.environ.get(variable(wanted), "")
    if told.lower() == "none" or not CAN_START_PROCESSES:
        return None
    return _find(wanted, told)


@cache
def _find(wanted: str, told: str) -> Interpreter | None:
    tried: set[str] = set()
    for path in [told] if told else candidates(wanted):
        if path not in tried and (found := _asked(path)) and found.minor == wanted:
            return found
        tried.add(path)
    return None


def candidates(wanted: str) -> Iterator[str]:
    """Name the executables that may be of a version, the best first; uv is asked last."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if Path(folder).name == "shims":
            continue  # pyenv's are slow to say no, and what they stand for comes next
        if folder and (path := shutil.which(f"python{wanted}", path=folder)):
            yield path
    pyenv = Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))) / "versions"
    folders = [each for each in pyenv.glob(f"{wanted}*") if not each.name.endswith("t")]
    for folder in sorted(folders, reverse=True):
        yield str(folder / ("python.exe" if _WINDOWS else "bin/python"))
    beside = Path(sys.executable).with_name("uv.exe" if _WINDOWS else "uv")
    if uv := shutil.which("uv") or (str(beside) if beside.exists() else None):
        yield from _from_uv(uv, wanted)


def _from_uv(uv: str, wanted: str) -> Iterator[str]:
    import subprocess

    found = [uv, "python", "find", "--no-project", "--system", "--no-python-downloads", wanted]
    try:
        done = subprocess.run(found, capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return
    if done.returncode == 0:
        yield done.stdout.strip()


def _asked(path: str) -> Interpreter | None:
    """Ask an executable what it is; a shim that answers `command not found` is none."""
    import subprocess

    try:
        done = subprocess.run(
            [path, "-B", "-c", _PROBE], capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = re.fullmatch(r"CPython (\d+\.\d+\.\S+) 0", done.stdout.strip())
    return Interpreter(path, said[1]) if done.returncode == 0 and said else None
