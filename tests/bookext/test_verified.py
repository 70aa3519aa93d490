"""What does the page on verification say, with a validation run and without one?"""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from docutils import nodes

from bookext import verified

RUN = {
    "interpreter": "3.13.0",
    "platform": "Linux x86_64",
    "date": "2026-11-24T10:00:00",
    "commit": "0123456789abcdef",
    "lock": "fedcba9876543210",
    "versions": {"sphinx": "7.4.7", "myst-nb": "1.4.0"},
    "chapters": {
        "descriptors": {"seconds": 4.25, "cells": 70, "compared": 68, "slowest": [[12, 0.5]]},
        "performance": {"seconds": 9.0, "cells": 66, "compared": 66, "slowest": []},
    },
    "skips": [{"file": "chapters/a/b.md", "line": 7, "reason": "needs 3.14"}],
}


def rows(table):
    return [[entry.astext() for entry in row.children] for row in table.findall(nodes.row)]


@pytest.fixture
def shown():
    return verified.report(RUN)


def test_it_names_interpreter_machine_day_commit_and_lock(shown):
    words = "Python 3.13.0, Linux x86_64, 2026-11-24, commit 0123456789, lock fedcba9876."
    assert shown[0].astext() == words


def test_each_chapter_has_a_row_and_the_last_row_adds_them_up(shown):
    table = next(node for node in shown if isinstance(node, nodes.table))
    assert rows(table)[1:] == [
        ["descriptors", "70", "68", "4.2", "line 12: 0.50 s"],
        ["performance", "66", "66", "9.0", ""],
        ["all", "136", "134", "13.2", ""],
    ]


def test_what_was_skipped_is_listed_with_its_reason(shown):
    tables = [rows(node) for node in shown if isinstance(node, nodes.table)]
    assert ["chapters/a/b.md:7", "needs 3.14"] in tables[1]


def test_each_cell_about_one_python_says_who_answered_and_when():
    cells = [
        {"line": 90, "wanted": "3.14", "version": "3.14.10", "recorded": ""},
        {"line": 99, "wanted": "3.15", "version": "3.15.2", "recorded": "2026-11-24"},
    ]
    one = RUN["chapters"]["descriptors"] | {"versions": cells}
    shown = verified.report(RUN | {"chapters": {"descriptors": one}})
    tables = [rows(node) for node in shown if isinstance(node, nodes.table)]
    assert tables[1][1:] == [
        ["descriptors, line 90", "Python 3.14", "run in this validation by 3.14.10"],
        ["descriptors, line 99", "Python 3.15", "recorded on 2026-11-24 with 3.15.2"],
    ]


def test_that_nothing_was_skipped_is_said():
    shown = verified.report(RUN | {"skips": []})
    assert "No cell was skipped." in [node.astext() for node in shown]


def test_versions_stand_in_order(shown):
    assert rows(shown[-1])[1:] == [["myst-nb", "1.4.0"], ["sphinx", "7.4.7"]]


def test_without_a_run_there_is_nothing_to_load(tmp_path):
    assert verified.load(tmp_path / "validation.json") is None


def test_a_run_is_loaded_as_it_was_written(tmp_path):
    path = tmp_path / "validation.json"
    path.write_text(json.dumps(RUN))
    assert verified.load(path) == RUN


def test_the_page_is_read_again_when_the_file_comes_or_changes(tmp_path):
    env = SimpleNamespace(srcdir=tmp_path, metadata={"chapters/verified": {"validation": ""}})
    assert verified.outdated(None, env) == []
    verified.path_of(env).parent.mkdir()
    verified.path_of(env).write_text("{}")
    assert verified.outdated(None, env) == ["chapters/verified"]
