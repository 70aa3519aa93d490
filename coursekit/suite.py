"""`course.py test`: everything that must hold, step by step, with where the time goes."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coursekit import book, content, linting, notebooks, proofs, second_run, stages_proof, validate
from coursekit import services as servers
from coursekit.messages import CourseError
from coursekit.places import BUILD, NOTEBOOKS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

REPORTS = BUILD / "reports"
# What proves the service, with its file in tests/todo and how many tests run at once; all but the
# first only with `--services`. The stages run two at once by themselves.
_SERVICE = (
    ("every stage", "test_stages", 1),
    ("on PostgreSQL and Redis", "test_services", 2),
    ("hard figures", "test_hard_figures", 2),
    ("as it is deployed", "test_deployment", 1),
)


@dataclass
class Result:
    """What one step found.

    Attributes:
        passed, failed: how many checks.
        skipped: the reason of each skipped check.
    """

    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """One step of the suite: its name and what it runs."""

    name: str
    run: Callable[[], Result]


def run(slugs: Sequence[str], *, fast: bool, services: bool, say: Callable[[str], None]) -> bool:
    """Run the suite and print a table of steps.

    Args:
        slugs: chapters to look at; none means the whole course.
        fast: content, proofs, and the chapters that changed.
        services: also everything on real PostgreSQL and Redis.
        say: prints a line.

    Returns:
        Whether everything held. A step that fails does not keep later ones from running, unless
        they would only repeat its failure.
    """
    chapters = validate.find_chapters(slugs)
    steps = [
        Step("content", lambda: _content(slugs, say)),
        Step("exercises and quizzes", lambda: _proofs(chapters, say)),
        Step("chapters, every cell", lambda: _chapters(chapters, fresh=not fast)),
    ]
    if slugs and not fast:
        chosen = " or ".join(chapter.stem for chapter in chapters)
        steps.append(Step("cells in the reader's Python",
                          lambda: _pytest("node", ["tests/live/test_live_node.py",
                                                   "tests/live/test_live_skips.py", "-k", chosen],
                                          jobs=1)))  # fmt: skip
    if not fast and not slugs:
        steps += [
            Step("lint and types", lambda: _lint(say)),
            Step("unit tests", lambda: _pytest("unit", ["tests", "--ignore=tests/pages",
                                                        "--ignore=tests/todo",
                                                        "--ignore=tests/live"])),
            Step("chapters on newer Pythons", lambda: _second_runs(chapters, say)),
            Step("stock nbval", lambda: _stock(chapters)),
            Step("book", _book),
            # In one go: no processor idles while the other has the last long file.
            Step("pages and cells in a browser",
                 lambda: _pytest("pages", ["tests/live", "tests/pages"])),
        ]  # fmt: skip
        if (ROOT / "tests/todo").is_dir():
            steps += _service(services=services)
    return _report([(step, *_timed(step, say)) for step in steps], say)


def run_on(minor: str, slugs: Sequence[str], *, say: Callable[[str], None]) -> bool:
    """Run chapters on another Python, in an environment that is made if need be.

    Args:
        minor: such as `3.14`.
        slugs: chapters; none means all.
        say: prints a line.

    Returns:
        Whether no chapter differs. Where there is no such Python, that is said and nothing failed.
    """
    verdicts = second_run.run(minor, validate.find_chapters(slugs), say, make=True)
    return all(verdict.state != "differs" for verdict in verdicts)


def repeat(times: int, *, services: bool, say: Callable[[str], None]) -> bool:
    """Run the tests of every stage again and again, in another order each time.

    Args:
        times: how often.
        services: also on real PostgreSQL and Redis, from the first stage with a database on.
        say: prints a line.

    Returns:
        Whether every run held.
    """
    steps = [Step("every stage on SQLite", lambda: _turns(times, None, say))]
    if services:
        steps.append(Step("every stage on PostgreSQL and Redis", lambda: _on_servers(times, say)))
    return _report([(step, *_timed(step, say)) for step in steps], say)


def _on_servers(times: int, say: Callable[[str], None]) -> Result:
    if missing := servers.what_is_missing():
        return Result(failed=1, skipped=missing)
    with servers.servers() as running:
        return _turns(times, running, say)


def _turns(times: int, running: servers.Servers | None, say: Callable[[str], None]) -> Result:
    result = Result()
    for proof in stages_proof.repeat(times, running, say=say):
        result.passed += proof.held
        result.failed += not proof.held
    return result


def _second_runs(chapters: Sequence[Path], say: Callable[[str], None]) -> Result:
    """Run the chapters on the newer Pythons that are here with an environment; say who is not."""
    result = Result()
    for minor in second_run.NEWER:
        for verdict in second_run.run(minor, chapters, say, make=False):
            result.passed += verdict.state == "equal"
            result.failed += verdict.state == "differs"
    return result


def _timed(step: Step, say: Callable[[str], None]) -> tuple[Result, float]:
    say(f"\n== {step.name}")
    started = time.perf_counter()
    try:
        result = step.run()
    except CourseError as error:
        say(str(error))
        result = Result(failed=1)
    return result, time.perf_counter() - started


def _report(done: list[tuple[Step, Result, float]], say: Callable[[str], None]) -> bool:
    say("\n== where the time went")
    for step, result, seconds in done:
        state = "FAILED" if result.failed else "ok"
        say(f"{seconds:7.1f} s  {state:7} {result.passed:5} passed {result.failed:3} failed "
            f"{len(result.skipped):3} skipped  {step.name}")  # fmt: skip
    say(f"{sum(seconds for *_, seconds in done):7.1f} s  in all\n")
    for reason in sorted({reason for _, result, _ in done for reason in result.skipped}):
        say(f"skipped: {reason}")
    failed = sum(result.failed for _, result, _ in done)
    passed = sum(result.passed for _, result, _ in done)
    skipped = sum(len(result.skipped) for _, result, _ in done)
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return failed == 0


def _content(slugs: Sequence[str], say: Callable[[str], None]) -> Result:
    problems = content.check(slugs)
    for problem in problems:
        say(str(problem))
    return Result(passed=len(validate.find_chapters(slugs)), failed=len(problems))


def _proofs(chapters: Sequence[Path], say: Callable[[str], None]) -> Result:
    total = Result()
    for chapter in chapters:
        for proof in proofs.prove(chapter):
            total.passed += proof.held
            total.failed += not proof.held
            if not proof.held:
                say(str(proof))
    return total


def _chapters(chapters: Sequence[Path], *, fresh: bool) -> Result:
    report = REPORTS / "chapters.xml"
    report.unlink(missing_ok=True)
    held = validate.validate(chapters, fresh=fresh, report=report)
    result = _read(report) if report.exists() else Result(passed=len(chapters))
    result.failed += not held and not result.failed
    return result


def _lint(say: Callable[[str], None]) -> Result:
    findings = linting.lint()
    for finding in findings:
        say(finding)
    return Result(passed=linting.CHECKS - len(findings), failed=len(findings))


def _pytest(name: str, arguments: list[str], *, jobs: int = 2, spread: str = "loadfile") -> Result:
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", f"--junitxml={report}"]
    if jobs > 1:
        command += ["-n", str(jobs), "--dist", spread]
    environment = {**os.environ, "COURSE_HTML": str(book.HTML)}
    code = subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode
    result = _read(report) if report.exists() else Result(failed=1)
    result.failed += code not in {0, 5} and not result.failed
    return result


def _read(report: Path) -> Result:
    """Count the cases of a JUnit report."""
    result = Result()
    for case in ET.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        elif (skip := case.find("skipped")) is not None:
            result.skipped.append(skip.get("message", "no reason given"))
        else:
            result.passed += 1
    return result


def _stock(chapters: Sequence[Path]) -> Result:
    notebooks.export(chapters)
    report = REPORTS / "stock.xml"
    code = notebooks.run_stock_nbval(NOTEBOOKS, report=report)
    result = _read(report) if report.exists() else Result(failed=1)
    result.failed += code != 0 and not result.failed
    return result


def _book() -> Result:
    book.build()
    return Result(passed=1)


def _service(*, services: bool) -> list[Step]:
    """Return the steps that prove the service of Part II."""
    return [Step(f"service, {name}", functools.partial(_pytest, file, [f"tests/todo/{file}.py"],
                                                       jobs=jobs, spread="worksteal"))
            for name, file, jobs in (_SERVICE if services else _SERVICE[:1])]  # fmt: skip
