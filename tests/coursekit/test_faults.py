"""What must fail, fails, with file, line and words: faults planted in throw-away chapters."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from coursekit import version_records
from coursekit.version_records import Record
from seethrough import versions
from seethrough.versions import Answer

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# A throw-away chapter

"""


def cell(source: str, **options: object) -> str:
    """Write a code cell; options become its YAML block."""
    block = "".join(f"{key}: {json.dumps(value)}\n" for key, value in options.items())
    head = f"---\n{block}---\n" if block else ""
    return f"```{{code-cell}} ipython3\n{head}{source}\n```\n\n"


@dataclass(frozen=True)
class Fault:
    """A chapter as it was when its references were written, and as it is now.

    `recorded` is what its `versions.json` says of the `%%py` cell, or nothing for no file.
    """

    before: str | None
    now: str
    says: str
    recorded: str | None = None


def steady(source: str) -> Fault:
    return Fault(source, source, "")


GREETING = cell('print("twelve orders")')
PROGRAM = "print(12)\n"
ASKED = cell("%load_ext seethrough.versions") + cell("%%py 3.13\nprint(12)")
FAULTS = {
    "nothing-wrong": steady(GREETING + cell("1 / 0", tags=["raises-exception"])),
    "changed-output": Fault(
        cell("import os, pathlib\nprint(pathlib.Path('number.txt').exists())"),
        cell("import os, pathlib\nprint(pathlib.Path('number.txt').exists())"),
        r"shows something else than its reference[\s\S]*-False[\s\S]*\+True",
    ),
    "changed-letter": Fault(
        GREETING,
        cell('print("Twelve orders")'),
        r"has a stale reference[\s\S]*-twelve orders[\s\S]*\+Twelve orders",
    ),
    "changed-comment": Fault(
        GREETING,
        cell("print('twelve orders')"),
        r"has a stale reference[\s\S]*It shows the same as before",
    ),
    "no-reference": Fault(None, GREETING, "has no reference: run `python3 course.py refresh"),
    "one-cell-more": Fault(GREETING, GREETING + cell("print(2)"), "has a stale reference"),
    "one-cell-less": Fault(GREETING + cell("print(2)"), GREETING, r"1 stale reference\(s\)"),
    "unexpected-exception": Fault(
        GREETING, cell('print("twelve orders")\n{}["x"]'), r"raised KeyError: 'x'"
    ),
    "raises-nothing": Fault(
        cell("1 / 0", tags=["raises-exception"]),
        cell("1 / 1", tags=["raises-exception"]),
        "is tagged 'raises-exception' but raised nothing",
    ),
    "too-slow": Fault(
        GREETING,
        cell("import time\ntime.sleep(60)", timeout=1, reason="a test") + cell("print(2)"),
        "went over its budget of 1 seconds",
    ),
    "deaf-and-slow": Fault(
        GREETING,
        cell(
            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
            timeout=1,
            reason="a test",
        ),
        "went over its budget of 1 seconds",
    ),
    "dead-kernel": Fault(
        GREETING, cell("import os\nos._exit(1)") + cell("print(2)"), "killed the kernel"
    ),
    "skip-tag": Fault(
        GREETING, cell("print(1)", tags=["nbval-skip"]), "it would not be run or compared"
    ),
    "skip-comment": Fault(
        GREETING, cell("# NBVAL_IGNORE_OUTPUT\nprint(1)"), "has an NBVAL comment"
    ),
    "ignored-without-reason": Fault(
        GREETING, cell("print(1)", tags=["nbval-ignore-output"]), "needs a `reason:` beside it"
    ),
    "version-steady": Fault(ASKED, ASKED, "", "12"),
    "version-without-record": Fault(ASKED, ASKED, "has no record of what Python 3.13 says to it"),
    "version-other-record": Fault(
        ASKED,
        ASKED,
        r"than was recorded with Python 3\.13\.0 on 2026-11-24[\s\S]*-13[\s\S]*\+12",
        "13",
    ),
    "version-left-over": Fault(GREETING, GREETING, r"1 stale record\(s\)", "12"),
    "version-misspelt": Fault(GREETING, cell("%%py 2.x\nprint(12)"), "'2.x' is none"),
    "version-empty": Fault(GREETING, cell("%%py 3.13"), "There is no code below `%%py`"),
    "time-without-reason": Fault(GREETING, cell("print(1)", timeout=60), "needs a `reason:`"),
}
AFTER = {"too-slow": "the cell at line", "dead-kernel": "the kernel died in the cell at line"}


def write_record(folder: Path, said: str) -> None:
    record = Record("3.13", PROGRAM, Answer("3.13.0", said, "2026-11-24"))
    version_records.write(folder / versions.FILE, {versions.key("3.13", PROGRAM): record})


def pytest_on(root: Path, mode: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "coursekit", "-p", "xdist",
               "-p", "coursekit.collector", "-c", os.devnull, "--rootdir", str(root), "-q",
               "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider",
               "--chapters-mode", mode, "--chapters-cache", str(root / "cache"),
               "--chapters-records", str(root / "records"), str(root / "chapters")]  # fmt: skip
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=root, env=environment, check=False
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Write references for every chapter as it was, plant the faults, and run once."""
    root = tmp_path_factory.mktemp("faults")
    part = root / "chapters" / "advanced"
    part.mkdir(parents=True)
    for slug, fault in FAULTS.items():
        if fault.before is not None:
            (part / f"{slug}.md").write_text(HEAD + fault.before, encoding="utf-8")
    first = pytest_on(root, "refresh")
    assert first.returncode == 0, first.stdout
    for slug, fault in FAULTS.items():
        (part / f"{slug}.md").write_text(HEAD + fault.now, encoding="utf-8")
        if fault.recorded is not None:
            (part / slug).mkdir(exist_ok=True)
            write_record(part / slug, fault.recorded)
    (part / "number.txt").touch()
    return root, pytest_on(root, "compare")


def lines_about(slug: str, output: str) -> str:
    """Cut the report of one chapter's failures out of pytest's output."""
    blocks = re.split(r"^_{5,}.*_{5,}$|^={5,}.*={5,}$", output, flags=re.MULTILINE)
    return "\n".join(block for block in blocks if f"advanced/{slug}" in block)


@pytest.mark.parametrize("slug", [slug for slug, fault in FAULTS.items() if fault.says])
def test_is_this_fault_reported_with_file_line_and_words(run, slug):
    _, done = run
    said = lines_about(slug, done.stdout)
    assert re.search(FAULTS[slug].says, said), said or done.stdout
    assert re.search(rf"advanced/{slug}(\.md:\d+|/(outputs|versions)\.json:1): ", said), said


def test_does_a_right_chapter_pass_beside_the_wrong_ones(run):
    root, done = run
    assert not lines_about("nothing-wrong", done.stdout)
    assert not lines_about("version-steady", done.stdout)
    record = json.loads((root / "records" / "nothing-wrong.json").read_text())
    assert record["passed"]
    assert record["cells"] == record["compared"] == 2


def test_does_the_run_fail_as_a_whole(run):
    assert run[1].returncode == 1


def test_does_the_line_point_to_the_first_line_of_code(run):
    root, done = run
    lines = (root / "chapters/advanced/dead-kernel.md").read_text().split("\n")
    found = re.search(r"dead-kernel\.md:(\d+): this cell killed the kernel", done.stdout)
    assert found
    assert lines[int(found[1]) - 1] == "import os"


@pytest.mark.parametrize("slug", list(AFTER))
def test_are_cells_after_a_fatal_one_failures_and_not_skips(run, slug):
    said = lines_about(slug, run[1].stdout)
    assert re.search(rf"was not run: {AFTER[slug]} \d+", said), said


def test_is_nothing_of_a_failed_chapter_kept_for_the_book(run):
    root, _ = run
    kept = {folder.name.rsplit("-", 1)[0] for folder in (root / "cache").iterdir()}
    assert "nothing-wrong" in kept
    assert json.loads((root / "records/dead-kernel.json").read_text())["passed"] is False
