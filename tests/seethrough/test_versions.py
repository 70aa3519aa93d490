"""Who answers a `%%py` cell, what is shown, and what is said where nobody can answer."""

from __future__ import annotations

import asyncio
import platform
import sys

import pytest

from coursekit import version_records
from coursekit.places import SANITIZE_CFG
from coursekit.sanitize import read_rules, sanitize
from seethrough import interpreters, versions
from seethrough.interpreters import Interpreter
from seethrough.versions import Answer, VersionCellError, answer, asked, read_answers, recorded

HERE = interpreters.minor_of(platform.python_version())
OLDER = f"3.{sys.version_info.minor - 1}"
NEWER = f"3.{sys.version_info.minor + 9}"
GREETING = 'print("twelve orders")\n'


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Give the test a machine without other Pythons, in a folder without records."""
    monkeypatch.setattr(versions, "find", lambda wanted: None)
    monkeypatch.setattr(versions, "CHAPTERS", tmp_path / "chapters")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def in_a_tab(monkeypatch):
    monkeypatch.setattr(interpreters, "CAN_START_PROCESSES", False)


class Shell:
    def register_magic_function(self, function, kind, name):
        assert (kind, name) == ("cell", "py")
        self.cell = function


@pytest.fixture
def shown(capsys):
    """Run a cell and return what it shows."""
    shell = Shell()
    versions.load_ipython_extension(shell)

    def show(line, cell):
        shell.cell(line, cell)
        return capsys.readouterr().out

    return show


def keep(folder, wanted, code, said, version, date="2026-11-24"):
    path = folder / versions.FILE
    record = version_records.Record(wanted, code, Answer(version, said, date))
    version_records.write(path, {versions.key(wanted, code): record})
    return path


# ── who answers ────────────────────────────────────────────────────────────────────────────────


def test_does_the_notebooks_python_answer_for_its_own_version(shown):
    said = shown(HERE, GREETING)
    assert said == f"── Python {platform.python_version()}, run now ──\ntwelve orders\n"


def test_is_another_python_asked_for_another_version(shown, monkeypatch):
    other = Interpreter(sys.executable, "3.99.1")
    monkeypatch.setattr(versions, "find", lambda wanted: other if wanted == "3.99" else None)
    assert shown("3.99", GREETING) == "── Python 3.99.1, run now ──\ntwelve orders\n"


def test_is_the_record_shown_where_no_such_python_is(shown, tmp_path):
    keep(tmp_path / "chapters/advanced/orders", NEWER, GREETING, "thirteen", f"{NEWER}.4")
    said = shown(NEWER, "\n" + GREETING + "\n")
    assert said == f"── Python {NEWER}.4, recorded on 2026-11-24 ──\nthirteen\n"


def test_do_two_pythons_answer_one_after_the_other(shown, tmp_path):
    keep(tmp_path / "orders", NEWER, GREETING, "thirteen", f"{NEWER}.4")
    said = shown(f"{HERE} {NEWER}", GREETING)
    assert [each.text for each in read_answers(said)] == ["twelve orders\n", "thirteen\n"]


def test_is_a_record_beside_the_notebook_found(tmp_path):
    keep(tmp_path / "orders", NEWER, GREETING, "thirteen", f"{NEWER}.4")
    assert recorded(NEWER, GREETING).text == "thirteen"


def test_is_a_record_of_other_code_or_another_version_none(tmp_path):
    keep(tmp_path / "orders", NEWER, GREETING, "thirteen", f"{NEWER}.4")
    assert recorded(NEWER, "print(13)\n") is None
    assert recorded("3.98", GREETING) is None


def test_does_a_broken_record_not_stop_a_learner(shown, tmp_path):
    keep(tmp_path / "orders", NEWER, GREETING, "", f"{NEWER}.4").write_text("[]")
    assert "There is no Python" in shown(NEWER, GREETING)


def test_does_a_newer_python_answer_for_an_older_one_and_say_so(shown):
    said = shown(OLDER, GREETING)
    whole = platform.python_version()
    assert said == f"── Python {whole} in place of {OLDER}, run now ──\ntwelve orders\n"


def test_is_the_record_of_an_older_one_better_than_a_newer_one(tmp_path):
    keep(tmp_path / "orders", OLDER, GREETING, "eleven", f"{OLDER}.9")
    assert answer(OLDER, GREETING).text == "eleven"


def test_is_the_command_named_where_nobody_answers(shown):
    said = shown(NEWER, "this is no Python that we could read ¡\n")
    assert f"uv run --no-project --python {NEWER} cell.py" in said
    assert "SyntaxError" not in said


@pytest.mark.parametrize(
    "line", ["2.x", "2.7", "", "3", "3.7", "3.14.2", "three", "3.14 -O", "3.13, 3.14"]
)
def test_is_a_version_that_is_none_answered_kindly(shown, line):
    said = shown(line, GREETING)
    assert "%%py needs a version with one dot, 3.8 or newer, as in `%%py 3.14`" in said


@pytest.mark.parametrize("cell", ["", "\n\n", "   \n"])
def test_is_an_empty_cell_answered_kindly(shown, cell):
    assert shown("3.14", cell) == "There is no code below `%%py`, so there is nothing to run.\n"


# ── what is shown ──────────────────────────────────────────────────────────────────────────────

HOWS = pytest.mark.parametrize("how", ["process", "tab"])


@pytest.fixture
def run(monkeypatch):
    def run(how, code):
        monkeypatch.setattr(interpreters, "CAN_START_PROCESSES", how == "process")
        return answer(HERE, code).text

    return run


@HOWS
def test_is_the_end_of_a_traceback_shown(run, how):
    said = run(how, "def ship(order):\n    return order['id']\n\nprint('go')\nship({})\n")
    assert said == "go\n  File \"cell.py\", line 2, in ship\nKeyError: 'id'\n"


@HOWS
def test_is_a_syntax_error_shown_with_its_line(run, how):
    said = run(how, "total = (1 +\n")
    assert said.startswith('  File "cell.py", line 1\n    total = (1 +\n')
    assert said.endswith("SyntaxError: '(' was never closed\n")


@HOWS
def test_does_each_cell_have_a_main_of_its_own(run, how):
    code = (
        "import sys, pickle\nclass Order: ...\n"
        "print(__name__, sys.modules['__main__'].Order is Order, 'pytest' in globals())\n"
        "print(type(pickle.loads(pickle.dumps(Order()))) is Order)\n"
    )
    before = sys.modules["__main__"]
    assert run(how, code) == "__main__ True False\nTrue\n"
    assert sys.modules["__main__"] is before


@HOWS
def test_can_a_cell_run_a_loop_of_its_own_inside_a_running_one(run, how):
    code = "import asyncio\nasync def main(): print('inside')\nasyncio.run(main())\n"

    async def notebook():
        said = run(how, code)
        return said, asyncio.get_running_loop() is not None

    assert asyncio.run(notebook()) == ("inside\n", True)


@HOWS
def test_does_inspect_find_the_source_of_a_cell(run, how):
    assert run(how, "import inspect\ndef f(): ...\nprint(inspect.getsource(f), end='')\n") == (
        "def f(): ...\n"
    )


def test_do_outputs_and_errors_come_in_the_order_written(run):
    code = "import sys\nprint(1)\nprint(2, file=sys.stderr)\nprint(3)\n"
    assert run("process", code) == "1\n2\n3\n"


@HOWS
def test_is_a_way_out_of_the_program_no_error(run, how):
    assert run(how, "print(1)\nraise SystemExit\n") == "1\n"
    assert run(how, "raise SystemExit('no orders')\n") == "SystemExit: no orders\n"


def test_is_a_process_that_dies_told(run):
    assert run("process", "import os\nos._exit(3)\n") == "the process ended with code 3\n"


def test_is_a_process_that_hangs_stopped(run, monkeypatch):
    monkeypatch.setattr(versions, "SECONDS", 1.5)
    said = run("process", "print('waits', flush=True)\nwhile True: pass\n")
    assert said == "waits\nstopped after 1.5 seconds\n"


def test_do_settings_of_this_machine_not_reach_the_code(run, monkeypatch):
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "33")
    code = "import os, sys\nprint(sys.warnoptions, os.get_terminal_size) if 0 else None\n"
    code += "print(sys.warnoptions, os.environ['COLUMNS'], 'FORCE_COLOR' in os.environ)\n"
    assert run("process", code) == "[] 80 False\n"


# ── reading it back ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("given", [Answer("3.14.10", "a\n", "2026-11-24"), Answer("3.15.0rc1", "")])
def test_is_what_was_shown_read_back(given):
    assert read_answers(str(given)) == [given]
    assert read_answers(f"{given}\n{given}") == [
        Answer(given.version, f"{given.text}\n", given.date),
        given,
    ]


def test_is_another_text_no_answer():
    assert read_answers("Python 3.14.10, run now") == []
    assert read_answers(f"see: {Answer('3.14.10', '')}") == []
    assert read_answers(str(Answer("3.15.2", "", instead_of="3.14"))) == []


def test_does_validation_forgive_when_it_ran_and_nothing_else():
    rules = read_rules(SANITIZE_CFG)
    one, other = Answer("3.14.10", "12\n"), Answer("3.14.2", "12\n", "2026-11-24")
    assert sanitize(str(one), rules) == sanitize(str(other), rules) == "── Python 3.14 ──\n12\n"
    for different in (
        Answer("3.15.1", "12\n"),
        Answer("3.14.10", "13\n"),
        Answer("3.15.2", "12\n", instead_of="3.14"),
    ):
        assert sanitize(str(different), rules) != sanitize(str(one), rules)


def test_is_a_cell_taken_apart():
    assert asked("%%py 3.14\n\nprint(1)\n") == (("3.14",), "print(1)\n")
    assert asked("%%py 3.13 3.14 3.13\nprint(1)") == (("3.13", "3.14"), "print(1)\n")
    assert asked("print(1)") is None
    assert asked("%%pypy\nprint(1)") is None
    with pytest.raises(VersionCellError, match="none is there"):
        asked("%%py\nprint(1)")
    with pytest.raises(VersionCellError, match="no code"):
        asked("%%py 3.14")
