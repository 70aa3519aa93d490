"""What the run on a newer Python says where it is made, and where it is not."""

from __future__ import annotations

import json
import subprocess

import pytest

from coursekit import second_run
from coursekit.messages import CourseError
from coursekit.second_run import Environment, Verdict, read_report, without
from seethrough.interpreters import Interpreter

LOCK = """\
# a head
attrs==25.1 \\
    --hash=sha256:aa
pyinstrument==5.1.3 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
pytest==9.2.0 ; sys_platform != "win32" \\
    --hash=sha256:dd
"""
NEWER = Interpreter("/opt/python3.14", "3.14.10")


@pytest.fixture
def course(monkeypatch, tmp_path):
    """Give the test a course of its own, on a machine with a 3.14."""
    monkeypatch.setattr(second_run, "ROOT", tmp_path)
    monkeypatch.setattr(second_run, "LOCK", tmp_path / "requirements.txt")
    monkeypatch.setattr(second_run, "find", lambda minor: NEWER if minor == "3.14" else None)
    (tmp_path / "requirements.txt").write_text(LOCK)
    return tmp_path


@pytest.fixture
def said():
    return []


def test_is_a_machine_without_that_python_told_so_and_nothing_fails(course, said):
    assert second_run.run("3.15", [], said.append, make=False) == []
    assert said[0].startswith("no Python 3.15 on this machine: the second run was not made")
    assert "COURSE_PYTHON_3_15" in said[0]


def test_is_a_missing_environment_not_made_by_the_ordinary_test(course, said):
    assert second_run.run("3.14", [], said.append, make=False) == []
    assert "Python 3.14.10 has no environment yet: the second run was not made" in said[0]
    assert not (course / ".venv-3.14").exists()


@pytest.mark.parametrize("word", ["3", "3.14.1", "newest", "3.14 3.15", ""])
def test_is_a_version_that_is_none_refused(course, said, word):
    with pytest.raises(CourseError, match="with one dot"):
        second_run.run(word, [], said.append, make=True)


def test_is_an_environment_of_another_lock_or_interpreter_made_anew(course):
    folder = course / ".venv-3.14"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").touch()
    stamp = {"of": second_run._of(NEWER), "absent": ["pyinstrument"]}
    (folder / "course-setup.json").write_text(json.dumps(stamp))
    assert second_run._ready("3.14", NEWER).absent == ("pyinstrument",)
    assert second_run._ready("3.14", Interpreter("/opt/python3.14", "3.14.11")) is None
    (course / "requirements.txt").write_text(LOCK + "\n")
    assert second_run._ready("3.14", NEWER) is None


def test_is_what_has_no_wheel_left_out_and_named(course, said, monkeypatch):
    tried = []

    def uv(command, *, fatal=True):
        if "venv" in command:
            (course / ".venv-3.14").mkdir()
            return ""
        lock = (course / ".venv-3.14/lock.txt").read_text()
        tried.append(lock)
        words = "cause: Because pyinstrument==5.1.3 has no usable wheels and you require it"
        return words if "pyinstrument" in lock else ""

    monkeypatch.setattr(second_run, "_uv", uv)
    monkeypatch.setattr(second_run, "_link", lambda environment: None)
    made = second_run._make("3.14", NEWER, said.append)
    assert made.absent == ("pyinstrument",)
    assert "pyinstrument has no build for Python 3.14" in said[-1]
    assert len(tried) == 2


def test_is_another_complaint_of_uv_passed_on(course, said, monkeypatch):
    def uv(command, *, fatal=True):
        (course / ".venv-3.14").mkdir(exist_ok=True)
        return "" if "venv" in command else "the index cannot be reached"

    monkeypatch.setattr(second_run, "_uv", uv)
    with pytest.raises(CourseError, match="the index cannot be reached"):
        second_run._make("3.14", NEWER, said.append)


def test_is_a_package_cut_out_of_the_lock_with_its_hashes():
    cut = without(LOCK, ["pyinstrument"])
    assert "pyinstrument" not in cut
    assert "sha256:cc" not in cut
    assert cut.count("sha256") == 2


@pytest.mark.parametrize(
    "line", ["import pyinstrument", "from pyinstrument import Profiler", "%load_ext pyinstrument"]
)
def test_is_a_chapter_that_needs_a_missing_package_not_run(tmp_path, line):
    chapter = tmp_path / "performance.md"
    chapter.write_text(f"text\n{line}\n")
    environment = Environment("3.15", NEWER, ("pyinstrument",))
    assert "uses pyinstrument, which has no build" in second_run._cannot(environment, chapter)
    chapter.write_text("pyinstrument is a profiler\n")
    assert second_run._cannot(environment, chapter) == ""


def test_are_the_lines_that_differ_read_from_the_report(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="chapters.advanced.metaclasses.md" '
        'name="line 90"><failure/></testcase><testcase '
        'classname="chapters.advanced.metaclasses.md" name="line 99"><failure/></testcase>'
        '<testcase classname="chapters.advanced.descriptors.md" name="line 3"/>'
        "</testsuite></testsuites>"
    )
    assert read_report(report) == {"metaclasses": "line 90, line 99"}


def test_is_a_course_that_cannot_be_loaded_there_said_in_words(monkeypatch):
    done = subprocess.CompletedProcess([], 1, "", "Traceback\nModuleNotFoundError: yaml")
    monkeypatch.setattr(second_run.subprocess, "run", lambda *_, **__: done)
    words = second_run._unusable(Environment("3.15", NEWER, ("pyyaml",)))
    assert "ModuleNotFoundError: yaml" in words
    assert "without a build for Python 3.15: pyyaml" in words


def test_does_a_verdict_read_as_a_line():
    assert str(Verdict("metaclasses", "differs", "line 90")).split() == [
        "metaclasses",
        "differs:",
        "line",
        "90",
    ]
