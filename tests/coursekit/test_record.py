"""Does `course.py record` find interpreters, keep what they measured, and speak kindly?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coursekit import record
from coursekit.messages import CourseError
from coursekit.places import ROOT

HERE = record.Interpreter(Path(sys.executable), sys.version_info[:3], free_threaded=False)


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """A course with one chapter that records, and one that does not; only this Python is found."""
    folder = tmp_path / "advanced" / "speed"
    folder.mkdir(parents=True)
    for slug in ("speed", "words"):
        (tmp_path / "advanced" / f"{slug}.md").write_text("# A chapter\n", encoding="utf-8")
    chapters = sorted((tmp_path / "advanced").glob("*.md"))
    monkeypatch.setattr(record, "chapter_files", lambda: chapters)
    monkeypatch.setattr(record, "_candidates", lambda: iter([Path(sys.executable)]))
    return folder


def script(folder, source):
    (folder / record.SCRIPT).write_text(source, encoding="utf-8")


def test_is_each_run_kept_with_version_machine_and_date(chapter):
    script(chapter, 'print(\'{"speed": 1.23456, "spans": [1, 2]}\')')
    said = []
    data = record.record("speed", say=said.append)
    (run,) = json.loads(data.read_text(encoding="utf-8")).values()
    assert run["speed"] == 1.235
    assert run["python"] == HERE.full_version
    assert run["machine"].keys() == {"cores", "system", "processor"}
    assert len(run["date"].split("-")) == 3
    assert said[-1].endswith("now: python3 course.py refresh speed")


def test_does_a_recording_name_neither_host_nor_folder(chapter):
    script(chapter, "print('{}')")
    text = record.record("speed", say=str).read_text(encoding="utf-8")
    assert str(Path.home()) not in text
    assert os.uname().nodename not in text if hasattr(os, "uname") else True
    assert "/" not in text


def test_does_a_recording_of_an_absent_interpreter_stay(chapter):
    script(chapter, "print('{\"speed\": 2}')")
    old = {"3.99t": {"date": "2031-01-01", "speed": 9}}
    (chapter / "recorded.json").write_text(json.dumps(old), encoding="utf-8")
    said = []
    data = record.record("speed", say=said.append)
    runs = json.loads(data.read_text(encoding="utf-8"))
    assert runs["3.99t"] == old["3.99t"]
    assert runs[HERE.key]["speed"] == 2
    assert "kept the recording of 3.99t from 2031-01-01: it is not on this machine" in said


def test_are_lists_written_on_one_line(chapter):
    script(chapter, 'print(\'{"lanes": [["python", 1, 25, ""], ["wants", 25, 50, ""]]}\')')
    text = record.record("speed", say=str).read_text(encoding="utf-8")
    assert '["python", 1, 25, ""]' in text
    assert json.loads(text)[HERE.key]["lanes"] == [["python", 1, 25, ""], ["wants", 25, 50, ""]]


def test_does_the_script_see_its_folder_and_none_of_the_courses_packages(chapter):
    (chapter / "jobs.py").write_text("answer = 42\n", encoding="utf-8")
    source = "import json, os, jobs; print(json.dumps({'path': os.environ['PYTHONPATH'].split(os.pathsep), 'jobs': jobs.answer}))"  # noqa: E501
    script(chapter, source)
    (run,) = json.loads(record.record("speed", say=str).read_text(encoding="utf-8")).values()
    assert run["path"] == [str(chapter)]
    assert run["jobs"] == 42


def test_is_what_the_script_remarks_passed_on(chapter):
    script(chapter, "import sys; print('the machine is busy', file=sys.stderr); print('{}')")
    said = []
    record.record("speed", say=said.append)
    assert "  the machine is busy" in said


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("raise SystemExit('no clock here')", "no clock here"),
        ("print('hello')", "it printed 'hello"),
        ("print('[1]')", "gave no JSON object"),
    ],
)
def test_is_a_failing_script_said_in_words(chapter, source, says):
    script(chapter, source)
    with pytest.raises(CourseError, match=says):
        record.record("speed", say=str)
    assert not (chapter / "recorded.json").exists()


def test_is_a_chapter_without_a_script_answered_with_those_that_have_one(chapter):
    script(chapter, "print('{}')")
    with pytest.raises(CourseError, match=r"'words' has nothing to record.*have one: speed\."):
        record.record("words", say=str)


def test_is_an_unknown_chapter_answered_with_the_nearest(chapter):
    with pytest.raises(CourseError, match="Did you mean 'speed'"):
        record.record("sped", say=str)


def test_is_a_recording_that_is_no_json_not_overwritten(chapter):
    script(chapter, "print('{}')")
    (chapter / "recorded.json").write_text("{", encoding="utf-8")
    with pytest.raises(CourseError, match="is not JSON; delete it"):
        record.record("speed", say=str)


def test_does_the_command_refuse_a_path_that_is_no_interpreter(tmp_path):
    program = tmp_path / "python"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    command = [sys.executable, "-m", "coursekit", "record", "gil-and-concurrency", "--python"]

    def answer() -> str:
        done = subprocess.run(
            [*command, str(program)],
            capture_output=True, text=True, env=environment, cwd=ROOT, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        return done.stderr

    assert "There is no file" in answer()
    program.write_text("#!/bin/sh\necho command not found\n", encoding="utf-8")
    program.chmod(0o755)
    assert "is not a CPython that answers" in answer()


def test_is_an_old_interpreter_refused_with_its_version(monkeypatch, tmp_path):
    old = record.Interpreter(tmp_path, (3, 9, 1), free_threaded=False)
    monkeypatch.setattr(record, "probe", lambda path: old)
    with pytest.raises(CourseError, match=r"is Python 3\.9\.1; recording needs 3\.13 or later"):
        record.find([tmp_path])


def test_does_one_interpreter_of_each_kind_run_and_a_named_one_win(monkeypatch):
    kinds = {
        "a": ((3, 14, 1), False),
        "b": ((3, 14, 2), False),
        "c": ((3, 14, 2), True),
        "d": ((3, 12, 9), False),
    }
    monkeypatch.setattr(record, "_candidates", lambda: iter(map(Path, "adcx")))
    monkeypatch.setattr(Path, "exists", lambda path: True)

    def probe(path):
        return record.Interpreter(path, *kinds[str(path)]) if str(path) in kinds else None

    monkeypatch.setattr(record, "probe", probe)
    assert [(i.key, str(i.path)) for i in record.find()] == [("3.14", "a"), ("3.14t", "c")]
    assert [str(i.path) for i in record.find([Path("b")])] == ["b", "c"]


def test_is_a_program_that_is_no_python_none():
    assert record.probe(Path("/nowhere/python")) is None
    assert record.probe(Path(sys.executable)).version == sys.version_info[:3]
