"""Proof that each stage of the Todo service is what its chapter says.

A stage is laid out into a folder of its own and judged by its own tools: ruff, the strict type
checker, its tests in random order, each in a subprocess of this interpreter, with nothing fetched.
Nothing of the machine's own `TODO_…` settings gets in, and no process is left behind.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit import processes
from seethrough.stages import numbers, stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from coursekit.services import Servers
    from seethrough.mutants import Bug

# All the plugins that are installed would take longer to load than the smaller stages to test.
PLUGINS = ("-p", "anyio.pytest_plugin", "-p", "pytest_randomly")
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGINS)
# Ends what hangs, however busy the machine is; no figure.
STEP_SECONDS = 3600.0
# The first stage whose tests can run on PostgreSQL, and the first that can use Redis, too.
FIRST_WITH_DATABASE = 3
FIRST_WITH_QUEUE = 5
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
    seed: int

    @property
    def held(self) -> bool:
        """Whether every tool was content."""
        return all(step.held for step in self.steps)

    @property
    def counts(self) -> dict[str, int]:
        """How many tests passed, failed, were skipped."""
        tests = next((step for step in self.steps if step.name == "tests"), None)
        return count_tests(tests.output) if tests else {}

    @property
    def summary(self) -> str:
        """A line: how many tests did what, the seed of their order, the seconds of all tools."""
        seconds = sum(step.seconds for step in self.steps)
        return f"stage {self.number}: {self.counts}, order {self.seed}, {seconds:.1f} s"

    def __str__(self) -> str:
        state = "holds" if self.held else "does not hold"
        lines = [f"stage {self.number}: {state} (--randomly-seed={self.seed})"]
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
        environment: settings for its tests, such as those of `Servers.environment`.
        tools: also ruff and the type checker.
        arguments: more for pytest.
    """
    seed = random.randrange(2**32)
    with laid_out(number) as project:
        steps: list[Step] = []
        if tools:
            ruff = (sys.executable, "-m", "ruff")
            steps.append(_step("ruff check", (*ruff, "check", "--no-cache", "."), project))
            steps.append(
                _step("ruff format", (*ruff, "format", "--no-cache", "--check", "."), project)
            )
            steps.append(_step("types", _type_checker(), project))
        shuffled = (*PYTEST, f"--randomly-seed={seed}", *arguments)
        steps.append(_step("tests", shuffled, project, environment))
        return Proof(number, tuple(steps), seed)


def prove_all(chosen: Sequence[int], *, at_once: int = 2) -> dict[int, Proof]:
    """Judge several stages on SQLite, `at_once` at a time, the last (and largest) ones first."""
    ordered = sorted(chosen, reverse=True)
    proofs = processes.side_by_side(prove, ordered, at_once=at_once)
    return dict(zip(ordered, proofs, strict=True))


def repeat(
    times: int, servers: Servers | None, *, say: Callable[[str], None], at_once: int = 2
) -> list[Proof]:
    """Run the tests of every stage again and again, each time in another random order.

    Args:
        times: how often.
        servers: run them there, each in a database of its own, and leave out the stages that have
            none; on SQLite if it is `None`.
        say: prints a line: the counts, and the seed that gives the same order again.
        at_once: how many run at the same time.
    """

    def judge(job: tuple[int, int]) -> Proof:
        turn, number = job
        name = f"stage_{number}_turn_{turn}_test"
        proof = prove(
            number, environment=servers.environment(name) if servers else None, tools=False
        )
        say(f"turn {turn} of {times}, {proof.summary if proof.held else proof}")
        return proof

    chosen = [number for number in numbers() if servers is None or number >= FIRST_WITH_DATABASE]
    jobs = [(turn, number) for turn in range(1, times + 1) for number in reversed(chosen)]
    return processes.side_by_side(judge, jobs, at_once=at_once)


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


def hunt(
    bug: Bug, number: int, environment: Mapping[str, str] | None = None, *, first: str = ""
) -> Hunt:
    """Plant a bug and let the stage's tests look for it, until the first one fails.

    Args:
        bug: what to plant.
        number: in which stage.
        environment: settings for its tests.
        first: a test, such as `test_users.py::test_two`, that caught it before and may do so at
            once; if it does not, all of them look.

    Raises:
        ValueError: the text to be replaced is not in the file exactly once.
    """
    started = time.monotonic()
    with laid_out(number) as project:
        plant(bug, project)
        # A fixed order, for then the same test catches it each time.
        command = (*PYTEST, "-x", "-p", "no:randomly")
        if first:
            tests = _step("tests", (*command, f"tests/{first}"), project, environment)
            if by := _first_failure(tests.output):
                return Hunt(bug, True, by, time.monotonic() - started)
        tests = _step("tests", command, project, environment)
        by = _first_failure(tests.output)
        return Hunt(bug, not tests.held, by, time.monotonic() - started)


def _first_failure(output: str) -> str:
    found = re.search(r"^(?:FAILED|ERROR) tests/(\S+)", output, re.MULTILINE)
    return found[1] if found else ""


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
        done = processes.run(
            command, cwd=project, env=clean_environment(environment), timeout=STEP_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        output = f"gave up after {STEP_SECONDS:.0f} s\n{error.output or ''}"
        return Step(name, False, time.monotonic() - started, output)
    return Step(name, done.returncode == 0, time.monotonic() - started, done.stdout)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines())
