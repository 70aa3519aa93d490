"""Does a run inside a cell say what pytest would say?"""

import os
import sys

from seethrough.testrun import run_project, run_tests

SOURCE = """
import pytest

seen = []

def test_first():
    seen.append(1)

def test_second():
    assert seen == [1], "alone"

@pytest.mark.skip
def test_third(): ...

@pytest.fixture
def broken():
    raise LookupError("no such thing")

def test_fourth(broken): ...
"""


def test_are_outcomes_told_in_order():
    run = run_tests(SOURCE)
    assert [(each.name, each.state) for each in run.outcomes] == [
        ("test_first", "passed"),
        ("test_second", "passed"),
        ("test_third", "skipped"),
        ("test_fourth", "error"),
    ]
    assert "no such thing" in run.outcomes[-1].why
    assert not run.passed


def test_can_the_order_be_chosen():
    run = run_tests(SOURCE, order=["test_second", "test_first"])
    assert str(run).splitlines() == [
        "test_second  failed: AssertionError: alone",
        "test_first   passed",
    ]


def test_is_a_file_that_cannot_be_imported_an_error():
    run = run_tests("import no_such_module_anywhere")
    assert [each.state for each in run.outcomes] == ["error"]
    assert "no_such_module_anywhere" in run.outcomes[0].why


def test_is_nothing_left_behind():
    path, modules = list(sys.path), set(sys.modules)
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    run_tests("def test(): ...")
    assert sys.path == path
    assert not {name for name in set(sys.modules) - modules if name.startswith("test_cell")}
    assert os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") == before


def test_are_no_tests_no_success():
    assert not run_tests("").passed
    assert str(run_tests("")) == "no tests were collected"


def test_is_a_project_run_by_a_process_of_its_own(tmp_path):
    (tmp_path / "test_one.py").write_text(
        "def test_a(): ...\ndef test_b(): assert 1 == 2\nasync def test_c(): ...\n"
    )
    run = run_project(tmp_path, "-oanyio_mode=auto", "test_one.py")
    assert [(each.name, each.state) for each in run.outcomes] == [
        ("test_a", "passed"),
        ("test_b", "failed"),
        ("test_c[asyncio]", "passed"),
    ] or [each.state for each in run.outcomes][:2] == ["passed", "failed"]
