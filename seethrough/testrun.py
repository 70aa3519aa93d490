"""Run pytest inside a cell and say what each test did, with nothing that differs between runs.

`run_tests(source)` writes the source into a file of its own, has pytest collect and run it in this
process, and returns the outcomes. No plugin is loaded unless it is asked for, so that the order is
the order in the file, or the one that is given.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OFF = ("terminal", "cacheprovider", "faulthandler", "junitxml", "debugging", "logging",
        "threadexception", "unraisableexception")  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of one test.

    Attributes:
        name: as pytest calls it, with its parameters.
        state: `passed`, `failed`, `error` (in a fixture) or `skipped`.
        why: the last line of the exception, empty if it passed.
    """

    name: str
    state: str
    why: str = ""


@dataclass(frozen=True)
class TestRun:
    """The outcomes of a run, in the order in which the tests were run."""

    __test__ = False  # no test class, whatever its name looks like

    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Whether there were tests and all of them passed."""
        return bool(self.outcomes) and all(each.state == "passed" for each in self.outcomes)

    def __repr__(self) -> str:
        pad = max((len(each.name) for each in self.outcomes), default=0)
        rows = [
            f"{each.name:<{pad}}  {each.state}{': ' if each.why else ''}{each.why}"
            for each in self.outcomes
        ]
        return "\n".join(rows) or "no tests were collected"


class _Listener:
    def __init__(self) -> None:
        self.found: dict[str, Outcome] = {}

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            name = report.nodeid.rpartition("::")[2] or "the file"
            self.found[name] = Outcome(name, "error", _last_line(str(report.longrepr)))

    def pytest_runtest_logreport(self, report: Any) -> None:
        name = report.nodeid.partition("::")[2]
        if report.failed:
            state = "failed" if report.when == "call" else "error"
            self.found[name] = Outcome(name, state, _crash(report))
        elif report.skipped:
            self.found[name] = Outcome(name, "skipped")
        elif report.when == "call":
            self.found[name] = Outcome(name, "passed")


def run_tests(source: str, order: Sequence[str] = (), *, plugins: Sequence[str] = ()) -> TestRun:
    """Run the tests of a piece of source.

    Args:
        source: a whole test module.
        order: names of tests to run, in this order; without it, all as they stand.
        plugins: modules to load as plugins, such as `anyio.pytest_plugin`.

    Returns:
        What each test did; it displays itself.
    """
    import pytest

    listener = _Listener()
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder) / "test_cell.py"
        path.write_text(source, encoding="utf-8")
        nodes = [f"{path}::{name}" for name in order] or [str(path)]
        options = ["--import-mode=importlib", "--capture=no", f"--rootdir={folder}",
                   "-c", os.devnull, "-W", "ignore", "-o", "anyio_mode=auto"]  # fmt: skip
        if not plugins:
            options = options[:-2]
        options += [f"-pno:{name}" for name in _OFF] + [f"-p{name}" for name in plugins]
        pytest.main([*options, *nodes], plugins=[listener])
    return TestRun(tuple(listener.found.values()))


def run_project(project: Path, *arguments: str) -> TestRun:
    """Run tests of a project as its own developers would: pytest in a process of its own.

    Args:
        project: its folder.
        arguments: for pytest, such as the names of tests, in the order to run them in.
    """
    import subprocess
    import xml.etree.ElementTree as ET

    kept = {name: value for name, value in os.environ.items() if not name.startswith("TODO_")}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                   "-p", "anyio.pytest_plugin", f"--junitxml={report}", *arguments]  # fmt: skip
        done = subprocess.run(
            command,
            cwd=project,
            env=kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if not report.exists():
            raise RuntimeError(done.stdout[-2000:])
        cases = list(ET.parse(report).iter("testcase"))
    return TestRun(tuple(_case(case) for case in cases))


def _case(case: Any) -> Outcome:
    name = case.get("name", "")
    states = {"failure": "failed", "error": "error", "skipped": "skipped"}
    for tag, state in states.items():
        if (found := case.find(tag)) is not None:
            return Outcome(name, state, str(found.get("message", "")).split("\n")[0])
    return Outcome(name, "passed")


def _crash(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    message = crash.message if crash else str(report.longrepr)
    return message.splitlines()[0] if message else ""


def _last_line(text: str) -> str:
    lines = [line.removeprefix("E").strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


@contextmanager
def _quiet() -> Iterator[None]:
    """Load no installed plugin, and leave no test module behind."""
    name = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
    before, modules = os.environ.get(name), set(sys.modules)
    path = list(sys.path)
    os.environ[name] = "1"
    try:
        yield
    finally:
        sys.path[:] = path
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
        for module in set(sys.modules) - modules:
            if module.startswith("test_cell"):
                del sys.modules[module]
