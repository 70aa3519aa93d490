#!/usr/bin/env python3
"""The one entry point of the course: `python3 course.py --help`.

This file is only the bootstrap. It runs on any Python from 3.9, with the standard library alone: it
finds a Python 3.13 or newer, makes the private environment `.venv` from the hashed lock, and hands
over to the package `coursekit` inside it. When lock and interpreter have not changed, nothing is
set up again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, NoReturn, Optional

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.txt"
STAMP = VENV / "course-setup.json"
WINDOWS = os.name == "nt"
VENV_PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
FLOOR = (3, 13)
_PROBE = "import sys, venv, ensurepip; print('%d.%d.%d' % sys.version_info[:3])"


def main() -> None:
    """Make sure that the environment is there, then run the command in it."""
    try:
        if not _is_ready():
            _set_up()
    except KeyboardInterrupt:
        _stop("stopped; run the same command again to go on", 130)
    command = [str(VENV_PYTHON), "-m", "coursekit", *sys.argv[1:]]
    environment = {**os.environ, "PYTHONPATH": _with_root(os.environ.get("PYTHONPATH", ""))}
    if WINDOWS:
        sys.exit(subprocess.run(command, env=environment, check=False).returncode)
    os.execve(command[0], command, environment)


def _with_root(path: str) -> str:
    return os.pathsep.join([str(ROOT), *filter(None, path.split(os.pathsep))])


def _is_ready() -> bool:
    if not (STAMP.exists() and VENV_PYTHON.exists()):
        return False
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return stamp == _wanted(stamp.get("interpreter", ""))


def _wanted(interpreter: str) -> dict[str, str]:
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    return {"lock": lock, "interpreter": interpreter, "root": str(ROOT)}


def _set_up() -> None:
    if not LOCK.exists():
        _stop(f"{LOCK} is missing: this is not a whole copy of the course")
    interpreter, version = _find_python()
    _say(f"Setting up the course with Python {version}. This is done once.")
    if VENV.exists() and not _same_python(version):
        shutil.rmtree(VENV)
    if not VENV_PYTHON.exists():
        with _step("private environment in .venv"):
            _run([interpreter, "-m", "venv", "--clear", str(VENV)])
    with _step("packages of the lock, checked by hash"):
        _install()
    _link_course()
    STAMP.write_text(json.dumps(_wanted(version)), encoding="utf-8")


def _same_python(version: str) -> bool:
    return VENV_PYTHON.exists() and _version_of(str(VENV_PYTHON)) == version


def _install() -> None:
    """Install the lock with uv, which is several times faster; with pip where uv cannot."""
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.txt"
        only_uv.write_text(_locked("uv"), encoding="utf-8")
        pip = [str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        _run([*pip, "--require-hashes", "-r", str(only_uv)])
    uv = VENV_PYTHON.with_name("uv.exe" if WINDOWS else "uv")
    target = ["--python", str(VENV_PYTHON), "--require-hashes", "-r", str(LOCK)]
    try:
        _run([str(uv), "pip", "sync", "--quiet", "--compile-bytecode", *target], loud=False)
    except subprocess.CalledProcessError:
        _run([*pip, "--compile", "--require-hashes", "-r", str(LOCK)])


def _locked(name: str) -> str:
    """Cut one package with its hashes out of the lock."""
    text = LOCK.read_text(encoding="utf-8")
    found = re.search(rf"^{name}==.*(?:\n .*)*", text, re.MULTILINE)
    if not found:
        _stop(f"{LOCK} has no line for {name!r}: rewrite it with `python3 course.py lock`")
    return found.group() + "\n"


def _link_course() -> None:
    """Let every Python in the environment, kernels too, import `seethrough` and `coursekit`."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run(
        [str(VENV_PYTHON), "-c", code], capture_output=True, text=True, check=True
    )
    Path(done.stdout.strip(), "course.pth").write_text(f"{ROOT}\n", encoding="utf-8")


def _find_python() -> tuple[str, str]:
    """Return an interpreter of at least the floor, and its version.

    Looks at this interpreter, the PATH, pyenv and uv, in this order. A pyenv shim that answers
    'command not found' is no interpreter. Versions that are newer than the lock was tried with
    come last.
    """
    tried = []
    for candidate in _candidates():
        version = _version_of(candidate)
        if version is None:
            continue
        if tuple(map(int, version.split(".")[:2])) >= FLOOR:
            return candidate, version
        tried.append(f"{candidate} is {version}")
    fetched = _fetch_with_uv()
    if fetched:
        return fetched, _version_of(fetched) or ""
    floor = ".".join(map(str, FLOOR))
    _stop(
        f"the course needs Python {floor} or newer and found none"
        + (f" ({'; '.join(tried)})" if tried else "")
        + f". Install it from your package manager, or get uv and run `uv python install {floor}`."
    )


def _candidates() -> Iterator[str]:
    names = [f"python3.{minor}" for minor in (13, 14, 15)]
    if sys.version_info[:2] == FLOOR:
        yield sys.executable
    for name in names:
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            path = shutil.which(name, path=folder)
            if path:
                yield path
    pyenv = Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))) / "versions"
    for minor in (13, 14, 15):
        folders = [folder for folder in pyenv.glob(f"3.{minor}*") if not folder.name.endswith("t")]
        for folder in sorted(folders, reverse=True):
            yield str(folder / ("python.exe" if WINDOWS else "bin/python"))
    if shutil.which("uv"):
        for name in ("3.13", "3.14"):
            done = subprocess.run(
                ["uv", "python", "find", "--no-project", name],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                yield done.stdout.strip()
    if sys.version_info[:2] > FLOOR:
        yield sys.executable
    for name in ("python3", "python"):
        path = shutil.which(name)
        if path:
            yield path


def _version_of(interpreter: str) -> Optional[str]:
    """Ask an interpreter for its version; `None` when it cannot make environments."""
    try:
        done = subprocess.run(
            [interpreter, "-c", _PROBE], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    answer = done.stdout.strip()
    return answer if done.returncode == 0 and re.fullmatch(r"\d+\.\d+\.\d+", answer) else None


def _fetch_with_uv() -> Optional[str]:
    """Let uv download an interpreter, if uv is there."""
    if not shutil.which("uv"):
        return None
    wanted = ".".join(map(str, FLOOR))
    with _step(f"Python {wanted}, fetched by uv"):
        done = subprocess.run(["uv", "python", "install", wanted], capture_output=True, check=False)
    if done.returncode:
        return None
    found = subprocess.run(
        ["uv", "python", "find", "--no-project", wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or None


def _run(command: list[str], loud: bool = True) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    if not loud:
        raise subprocess.CalledProcessError(done.returncode, command)
    said = (done.stderr or done.stdout).strip().splitlines()
    offline = any(
        word in line
        for line in said
        for word in ("Temporary failure in name resolution", "NewConnectionError", "dns error",
                     "Failed to establish a new connection", "Network is unreachable")
    )  # fmt: skip
    if offline:
        _stop("the package index cannot be reached: set-up needs the network once. Try again when "
              "there is one; what was fetched is kept.")  # fmt: skip
    _stop("set-up failed at `{}`:\n{}".format(" ".join(command[:6]), "\n".join(said[-12:])))


@contextmanager
def _step(name: str) -> Iterator[None]:
    started = time.monotonic()
    _say(f"  {name} …", end="" if sys.stderr.isatty() else "\n")
    yield
    seconds = time.monotonic() - started
    if sys.stderr.isatty():
        _say(f"\r  {name}: {seconds:.0f} s")


def _say(words: str, end: str = "\n") -> None:
    print(words, end=end, file=sys.stderr, flush=True)


def _stop(words: str, code: int = 1) -> NoReturn:
    _say(f"\ncourse.py: {words}")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
