"""Proof that each stage of the Todo service is what its chapter says.

A stage is laid out into a folder of its own and judged by its own tools: ruff, the strict type
checker, its tests in random order, each in a subprocess of this interpreter, with nothing fetched.
Nothing of the machine's own `TODO_…` settings gets in.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seethrough.stages import stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seethrough.mutants import Bug

# All the plugins that are installed would take longer to load than the smaller stages to test.
PLUGINS = ("-p", "anyio.pytest_plugin", "-p", "pytest_randomly")
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGINS)
STEP_SECONDS = 900.0
_COUNTS = re.compile(r"(\d+) (passed|failed|skipped|errors?)")


@dataclass(frozen=True)
class Step:
    """One tool's verdict.

    Attributes:
        name: `ruff check`, `ruff format`, `types` or `tests`.
        held: whether it had nothing to say.
        seconds: how long it took.
        output: what it printed, standard output and errors together.
    """

    name: str
    held: bool
    seconds: float
    output: str


@dataclass(frozen=True)
class Proof:
    """The verdicts on one stage."""

    number: int
    steps: tuple[Step, ...]

    @property
    def held(self) -> bool:
        """Whether every tool was content."""
        return all(step.held for step in self.steps)

    @property
    def counts(self) -> dict[str, int]:
        """How many tests passed, failed, were skipped."""
        tests = next((step for step in self.steps if step.name == "tests"), None)
        return count_tests(tests.output) if tests else {}

    def __str__(self) -> str:
        lines = [f"stage {self.number}: {'holds' if self.held else 'does not hold'}"]
        for step in self.steps:
            lines.append(
                f"  {step.name:<12} {'ok' if step.held else 'FAILED':<6} {step.seconds:.1f} s"
            )
            if not step.held:
                lines.append(_indented(step.output))
        return "\n".join(lines)


@dataclass(frozen=True)
class Hunt:
    """What the tests did about a planted bug.

    Attributes:
        caught: whether a test failed.
        by: the first test that did, empty if none.
    """

    bug: Bug
    caught: bool
    by: str
    seconds: float


def prove(
    number: int,
    *,
    environment: Mapping[str, str] | None = None,
    tools: bool = True,
    arguments: Sequence[str] = (),
) -> Proof:
    """Lay a stage out and judge it.

    Args:
        number: which stage.
        environment: settings for its tests, such as those of `coursekit.services.both`.
        tools: also ruff and the type checker.
        arguments: more for pytest.
    """
    with laid_out(number) as project:
        steps: list[Step] = []
        if tools:
            ruff = (sys.executable, "-m", "ruff")
            steps.append(_step("ruff check", (*ruff, "check", "--no-cache", "."), project))
            steps.append(
                _step("ruff format", (*ruff, "format", "--no-cache", "--check", "."), project)
            )
            steps.append(_step("types", _type_checker(), project))
        steps.append(_step("tests", (*PYTEST, *arguments), project, environment))
        return Proof(number, tuple(steps))


def prove_all(
    numbers: Sequence[int], *, at_once: int = 2, environment: Mapping[str, str] | None = None
) -> dict[int, Proof]:
    """Judge several stages, `at_once` at a time, the last (and largest) ones first.

    With an `environment` it is one at a time: they empty the same database.
    """

    def judge(number: int) -> Proof:
        return prove(number, environment=environment)

    with ThreadPoolExecutor(1 if environment else at_once) as pool:
        ordered = sorted(numbers, reverse=True)
        return dict(zip(ordered, pool.map(judge, ordered), strict=True))


def coverage(number: int, environment: Mapping[str, str] | None = None) -> tuple[float, str]:
    """Run a stage's tests under its own coverage settings.

    Returns:
        Per cent of lines and branches together, and the report.

    Raises:
        RuntimeError: the tests failed.
    """
    with laid_out(number) as project:
        measured = (sys.executable, "-m", "coverage", "run", "-m", *PYTEST[2:])
        tests = _step("tests", measured, project, environment)
        if not tests.held:
            raise RuntimeError(tests.output)
        report = _step("report", (sys.executable, "-m", "coverage", "report"), project)
        total = _step(
            "total",
            (sys.executable, "-m", "coverage", "report", "--format=total", "--precision=2"),
            project,
        )
        return float(total.output.strip().splitlines()[-1]), report.output


def hunt(bug: Bug, number: int, environment: Mapping[str, str] | None = None) -> Hunt:
    """Plant a bug and let the stage's tests look for it, until the first one fails.

    Raises:
        ValueError: the text to be replaced is not in the file exactly once.
    """
    started = time.monotonic()
    with laid_out(number) as project:
        plant(bug, project)
        # A fixed order, for then the same test catches it each time.
        tests = _step("tests", (*PYTEST, "-x", "-p", "no:randomly"), project, environment)
        first = re.search(r"^(?:FAILED|ERROR) (\S+)", tests.output, re.MULTILINE)
        by = first[1].removeprefix("tests/") if first else ""
        return Hunt(bug, not tests.held, by, time.monotonic() - started)


def plant(bug: Bug, project: Path) -> None:
    """Put a bug into a laid-out project.

    Raises:
        ValueError: the text to be replaced is not in the file exactly once.
    """
    path = project / bug.file
    source = path.read_text()
    if (found := source.count(bug.find)) != 1:
        raise ValueError(f"{bug.name}: {bug.find!r} is {found} times in {bug.file}")
    path.write_text(source.replace(bug.find, bug.replace))


@contextmanager
def laid_out(number: int) -> Iterator[Path]:
    """Lay a stage out into a temporary folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"todo-stage-{number}-"))
    try:
        yield stage(number, folder / "project").path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what would change a stage's behaviour."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TODO_", "PYTEST_", "COV_", "COVERAGE_"))
    }
    # Readable failures, the same on all terminals.
    kept |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "NO_COLOR": "1", "COLUMNS": "120"}
    return kept | dict(more or {})


def count_tests(output: str) -> dict[str, int]:
    """Read the counts of pytest's last line, such as `{"passed": 12, "skipped": 1}`."""
    last = output.strip().splitlines()[-1] if output.strip() else ""
    return {
        word.rstrip("s") if word == "errors" else word: int(n) for n, word in _COUNTS.findall(last)
    }


def _type_checker() -> tuple[str, ...]:
    # It asks an interpreter where the packages are: this one, and not the first on the path.
    program = Path(sys.executable).parent / "pyrefly"
    return (str(program), "check", "--python-interpreter-path", sys.executable)


def _step(
    name: str,
    command: tuple[str, ...],
    project: Path,
    environment: Mapping[str, str] | None = None,
) -> Step:
    started = time.monotonic()
    try:
        done = subprocess.run(
            command,
            cwd=project,
            env=clean_environment(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        output = f"gave up after {STEP_SECONDS:.0f} s\n{error.output or ''}"
        return Step(name, False, time.monotonic() - started, output)
    return Step(name, done.returncode == 0, time.monotonic() - started, done.stdout)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines())
