"""What refresh writes down of other Pythons, and when it must refuse."""

from __future__ import annotations

import json
import sys

import pytest

from coursekit import version_records
from coursekit.messages import CourseError
from coursekit.notebook import read_notebook
from seethrough.interpreters import Interpreter

HEAD = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# A throw-away chapter

"""


@pytest.fixture
def chapter(tmp_path):
    path = tmp_path / "chapters/advanced/orders.md"
    path.parent.mkdir(parents=True)

    def write(*sources):
        cells = [f"```{{code-cell}} ipython3\n{source}\n```\n\n" for source in sources]
        path.write_text(HEAD + "".join(cells), encoding="utf-8")
        return path

    return write


def found(version="3.14.10"):
    """Let this very interpreter answer under another version."""
    return lambda wanted: Interpreter(sys.executable, version)


def nobody(wanted):
    return None


def records(path):
    file = version_records.file_of(path)
    return list(json.loads(file.read_text())["records"].values()) if file.exists() else None


PRINTS = "%%py 3.14\nprint(1)\nprint(2)"


def test_is_an_answer_written_line_by_line_with_version_and_date(chapter):
    path = chapter("a = 1", PRINTS)
    version_records.record(path, finding=found(), today="2026-11-24")
    assert records(path) == [
        {
            "wanted": "3.14",
            "begins": "print(1)",
            "version": "3.14.10",
            "recorded": "2026-11-24",
            "output": ["1", "2"],
        }
    ]


def test_is_each_wanted_version_recorded(chapter):
    path = chapter(PRINTS.replace("3.14", "3.13 3.14"))
    version_records.record(path, finding=lambda minor: found(f"{minor}.1")(minor))
    assert [each["version"] for each in records(path)] == ["3.13.1", "3.14.1"]


def test_do_addresses_that_differ_not_make_a_new_record(chapter):
    path = chapter("%%py 3.14\nprint(object())")
    version_records.record(path, finding=found(), today="2026-11-24")
    version_records.record(path, finding=found(), today="2027-01-01")
    assert records(path)[0]["recorded"] == "2026-11-24"


def test_does_an_answer_that_is_as_before_keep_its_date(chapter):
    path = chapter(PRINTS)
    version_records.record(path, finding=found(), today="2026-11-24")
    version_records.record(path, finding=found("3.14.11"), today="2027-01-01")
    assert records(path)[0]["version"] == "3.14.10"
    assert records(path)[0]["recorded"] == "2026-11-24"


def test_does_a_machine_without_that_python_leave_the_record_alone(chapter):
    path = chapter(PRINTS)
    version_records.record(path, finding=found(), today="2026-11-24")
    before = version_records.file_of(path).read_bytes()
    version_records.record(path, finding=nobody)
    assert version_records.file_of(path).read_bytes() == before


def test_is_new_code_without_that_python_refused_with_file_and_line(chapter):
    path = chapter("a = 1", PRINTS)
    with pytest.raises(CourseError, match=r"orders\.md:13: nothing is recorded .* Python 3\.14"):
        version_records.record(path, finding=nobody)


@pytest.mark.parametrize("source", ["%%py 2.x\nprint(1)", "%%py 3.14"])
def test_is_a_cell_that_cannot_be_asked_refused(chapter, source):
    path = chapter(source)
    with pytest.raises(CourseError, match=r"orders\.md:9: this cell cannot be put to any Python"):
        version_records.record(path, finding=found())


def test_do_records_go_with_their_cells(chapter):
    path = chapter(PRINTS)
    version_records.record(path, finding=found())
    assert version_records.leftover(path, read_notebook(path)) == ""
    path = chapter("a = 1")
    assert "1 stale record(s)" in version_records.leftover(path, read_notebook(path))
    version_records.record(path, finding=nobody)
    assert records(path) is None


def test_is_a_file_that_is_none_of_ours_rewritten_or_named(chapter):
    path = chapter(PRINTS)
    version_records.record(path, finding=found())
    version_records.file_of(path).write_text("[]")
    assert "not a file of recorded outputs" in version_records.leftover(path, read_notebook(path))
    version_records.record(path, finding=found())
    assert records(path)


def test_are_paths_of_the_machine_kept_short(chapter):
    path = chapter("%%py 3.14\nprint('/usr/lib/python3.14/json/decoder.py')")
    version_records.record(path, finding=found())
    assert records(path)[0]["output"] == ["…/python3.14/json/decoder.py"]
