"""What `%%typecheck` says, draws and refuses, with both checkers."""

from __future__ import annotations

import gc
import sys
import typing

import pytest

from seethrough import typecheck
from seethrough.typecheck import (
    Finding,
    NoCheckerError,
    ProbeError,
    Report,
    available,
    check_source,
    check_sources,
    compare,
    context,
    inside_this_process,
    load_ipython_extension,
    members,
    narrowing,
    remember,
    report,
    surprise,
    variance,
    variances,
    version,
)

PETS = """
from collections.abc import Callable, Sequence

class Animal: ...
class Cat(Animal):
    def purr(self) -> str: return "prr"
"""
PUZZLE = """
def adopt(animals: list[Animal]) -> None: animals.append(Animal())
cats: list[Cat] = [Cat()]
adopt(cats)
reveal_type(cats)
"""
CHECKERS = ("pyrefly", "mypy")


@pytest.fixture(autouse=True)
def names():
    """Give each test the named cell `pets`, and take away what it names itself."""
    typecheck._named.clear()
    remember("pets", PETS + "from typing import reveal_type\n")
    yield
    typecheck._named.clear()


class Shell:
    """As much of an interactive shell as the magic needs."""

    def __init__(self):
        self.user_ns = {}
        self.magics = {}

    def register_magic_function(self, function, kind, name):
        self.magics[name] = function
        assert kind == "cell"

    def cell(self, line, text):
        return self.magics["typecheck"](line, text)


@pytest.fixture
def shell():
    shell = Shell()
    load_ipython_extension(shell)
    return shell


def test_both_checkers_are_installed_and_have_a_version():
    assert available() == CHECKERS
    assert all(version(checker)[0].isdigit() for checker in CHECKERS)


@pytest.mark.parametrize("checker", CHECKERS)
def test_an_error_is_found_at_its_line_and_a_type_is_revealed(checker):
    found = report(PUZZLE.strip("\n"), after=["pets"], checker=checker)
    assert [(each.line, each.kind) for each in found.findings] == [(3, "error"), (4, "reveal")]
    assert found.findings[1].message == "list[Cat]"
    assert "list[Animal]" in found.findings[0].message


@pytest.mark.parametrize("checker", CHECKERS)
def test_columns_point_at_the_code_that_is_meant(checker):
    (found,) = check_source('count: int = "three"\n', checker)
    assert (found.column, found.width) == (14, 7)


@pytest.mark.parametrize("checker", CHECKERS)
def test_no_message_names_a_file_or_a_module_of_ours(checker):
    source = PETS + "class Box[T]: ...\n" + PUZZLE + "x: Box[Cat] = Animal()\n"
    for each in check_source("from typing import reveal_type\n" + source, checker):
        words = " ".join([each.message, *each.details])
        assert "snippet_" not in words
        assert "/" not in words


def test_the_same_source_is_asked_about_once(monkeypatch):
    check_source("once = 1\n", "pyrefly")

    def never(*_):
        pytest.fail("it was asked again")

    monkeypatch.setattr(typecheck, "_ask_pyrefly", never)
    assert check_source("once = 1\n", "pyrefly") == []


def test_sources_of_one_batch_do_not_see_each_other():
    one, two = check_sources(["x: int = 1\n", "y: int = x\n"], "pyrefly")
    assert one == []
    assert [each.kind for each in two] == ["error"]


def test_source_that_is_not_python_is_a_finding():
    for checker in CHECKERS:
        assert [each.kind for each in check_source("def f(:\n", checker)][:1] == ["error"]


def test_mypy_says_the_same_inside_this_process_and_leaves_it_as_it_was():
    limit, threshold, sources = sys.getrecursionlimit(), gc.get_threshold(), [PETS + PUZZLE]
    outside = check_sources(sources, "mypy")
    typecheck._known.clear()
    with inside_this_process():
        assert available() == ("mypy",)
        inside = check_sources(sources)
    assert inside == outside
    assert (sys.getrecursionlimit(), gc.get_threshold()) == (limit, threshold)
    assert gc.get_freeze_count() == 0


def test_who_answers_in_a_browser_is_named():
    with inside_this_process():
        found = report("x = 1")
    assert found.headline == f"mypy {version('mypy')} (no pyrefly here): no errors"


def test_without_any_checker_a_learner_is_told_what_to_do(monkeypatch, shell, capsys):
    monkeypatch.setattr(typecheck, "available", lambda: ())
    with pytest.raises(NoCheckerError, match="pip install"):
        check_source("x = 1")
    assert shell.cell("", "x = 1") is None
    assert "nothing was checked" in capsys.readouterr().out
    assert "nothing was checked" in surprise("x = 1", "")


def test_settings_of_the_reader_have_no_effect(monkeypatch, tmp_path):
    (tmp_path / "mypy.ini").write_text("[mypy]\nignore_errors = True\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MYPY_CONFIG_FILE_DIR", str(tmp_path))
    monkeypatch.setenv("PYREFLY_PYTHON_VERSION", "3.9")
    for checker in CHECKERS:
        found = check_source("type Name = str\nmine: Name = 3\n", checker)
        assert [(each.line, each.kind) for each in found] == [(2, "error")]


# ── the report ─────────────────────────────────────────────────────────────────────────────────


FOUND = (
    Finding(1, 5, "error", "`<a>` is wrong", "some-rule", 3, ("for a reason",)),
    Finding(1, 5, "reveal", "list[int]", width=3),
)


def test_the_text_has_each_finding_under_its_line():
    text = repr(Report("x = bad", FOUND, "pyrefly"))
    assert text.split("\n") == [
        "pyrefly --preset strict: 1 error",
        "1 | x = bad",
        "  |     ^^^ error: `<a>` is wrong [some-rule]",
        "  |       for a reason",
        "  |     ^^^ type: list[int]",
    ]


def test_the_page_escapes_code_and_words():
    page = Report("x = a<b", FOUND, "pyrefly")._repr_html_()
    assert "`&lt;a&gt;` is wrong" in page
    assert "a&lt;b" in page
    assert "<a>" not in page


def test_the_page_takes_its_text_colour_from_the_theme():
    page = Report("x = bad", FOUND, "mypy")._repr_html_()
    assert "color:inherit" in page
    assert "var(--st-typecheck-error," in page


def test_findings_of_cells_in_front_are_not_repeated():
    remember("broken", 'x: int = "three"')
    assert report("y: int = x", after=["broken"]).findings == ()


def test_a_cell_brings_what_it_stands_after_itself_once():
    remember("first", "a = 1")
    remember("second", "b = a", after=["first"])
    assert context(["first", "second"]) == "a = 1\n\nb = a\n\n"


# ── the magic ──────────────────────────────────────────────────────────────────────────────────


def test_a_cell_is_checked_and_not_run(shell):
    found = shell.cell("", "x: int = 3\nprint(x)\n")
    assert found.headline.endswith("no errors")
    assert "x" not in shell.user_ns


def test_run_shows_an_exception_under_its_line(shell, capsys):
    cell = "def read(text: str) -> int:\n    return int(text)\n\n\nprint('begun')\nread('x')\n"
    found = shell.cell("--run", cell)
    assert capsys.readouterr().out == "begun\n"
    (raised,) = found.findings
    assert (raised.line, raised.kind) == (2, "raised")
    assert raised.message == "raises ValueError: invalid literal for int() with base 10: 'x'"
    assert "read" in shell.user_ns
    assert found.headline.endswith("no errors; the run raises")


def test_run_keeps_reveal_type_quiet_and_gives_it_back(shell, capsys):
    loud = typing.reveal_type
    shell.cell("--run", "from typing import reveal_type\nx = reveal_type(3) + 1\n")
    assert capsys.readouterr().err == ""
    assert shell.user_ns["x"] == 4
    assert typing.reveal_type is loud
    assert shell.user_ns["reveal_type"] is loud


def test_run_does_not_pass_our_future_imports_on(shell):
    shell.cell("--run", "def f(x: int) -> int: return x\nkind = f.__annotations__['x']\n")
    assert shell.user_ns["kind"] is int


def test_names_and_contexts_are_words_of_the_line(shell):
    shell.cell("--as one", "a = 1\n")
    shell.cell("--as two", "b = 2\n")
    assert shell.cell("--after one two", "c: int = a + b\n").findings == ()


def test_an_unknown_name_is_answered_kindly(shell, capsys):
    assert shell.cell("--after nobody", "x = 1") is None
    assert "%%typecheck --as nobody" in capsys.readouterr().out


def test_an_unknown_word_is_answered_with_the_known_ones(shell, capsys):
    assert shell.cell("--checker pylint", "x = 1") is None
    assert "--checker pyrefly|mypy" in capsys.readouterr().out
    assert shell.cell("--fast", "x = 1") is None
    assert "'--fast'" in capsys.readouterr().out


def test_the_checker_and_the_version_can_be_chosen(shell):
    assert shell.cell("--checker mypy", "x = 1").checker == "mypy"
    old = shell.cell("--python 3.11", "def f[T](x: T) -> T: return x\n")
    assert [each.kind for each in old.errors] == ["error"]


# ── pictures ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("checker", CHECKERS)
def test_variance_is_what_the_textbook_says(checker):
    asked = ["list[T]", "Sequence[T]", "Callable[[T], None]", "Callable[[], T]"]
    assert list(variances(asked, after=["pets"], checker=checker).values()) == [
        (False, False),
        (True, False),
        (False, True),
        (True, False),
    ]


def test_the_variance_table_has_a_row_for_each_generic():
    text = variance(["list[T]", "Callable[[T], None]"], after=["pets"]).text
    assert [line.split()[-1] for line in text.split("\n")[1:]] == ["invariant", "contravariant"]


def test_variance_of_what_is_no_type_is_refused():
    with pytest.raises(ProbeError, match="cannot be asked about"):
        variance(["Missing[T]"], after=["pets"])


BRANCHES = """
def show(value: int | str | None) -> str:
    '''Say what it is.'''
    if value is None:
        return "-"
    elif isinstance(value, int): return "n"
    else:
        return value
"""


@pytest.mark.parametrize("checker", CHECKERS)
def test_narrowing_shows_what_is_left_in_each_branch(checker):
    rows = narrowing(BRANCHES, "value", checker=checker).text.split("\n")
    assert rows[0].split() == ["int", "str", "None"]
    assert [row.split()[-3:] for row in rows if "#" in row] == [
        ["#", "#", "#"],
        [".", ".", "#"],
        [".", "#", "."],
    ]


@pytest.mark.parametrize("checker", CHECKERS)
def test_what_nothing_reaches_is_never(checker):
    source = "def f(value: int) -> str:\n    if isinstance(value, int):\n"
    source += "        return 'a'\n    return value\n"
    assert narrowing(source, "value", checker=checker).text.split("\n")[-1].endswith("Never")


def test_narrowing_of_an_unknown_parameter_is_refused():
    with pytest.raises(ProbeError, match="'other'"):
        narrowing("def f(value: int) -> None: ...\n", "other")


def test_the_narrow_option_falls_back_to_the_report_when_there_is_an_error(shell):
    cell = "def f(value: int | None) -> int:\n    return value\n"
    assert isinstance(shell.cell("--narrow value", cell), Report)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("int | str", ["int", "str"]),
        ("dict[str, int | None] | None", ["dict[str, int | None]", "None"]),
        ("Literal['a', 'b|c'] | int", ["'a'", "'b|c'", "int"]),
        ("Never", ["Never"]),
    ],
)
def test_a_union_is_taken_apart_at_the_top_level_only(words, parts):
    assert members(words) == parts


# ── several checkers, exercises ────────────────────────────────────────────────────────────────


def test_compare_finds_where_checkers_disagree():
    found = compare({"same": "x: int = 1\nreveal_type(x)", "other": 'x = [1, "a"]\nreveal_type(x)'})
    assert found.answers["same"] == {"pyrefly": "int", "mypy": "int"}
    assert found.disagreements == ("other",)
    assert repr(found).split("\n")[0].split() == ["pyrefly", "mypy"]
    assert "list[int | str]" in found._repr_html_()


def test_in_a_browser_only_what_carries_the_words_may_differ():
    snippets = {"list": 'x = [1, "a"]\nreveal_type(x)'}
    with inside_this_process():
        assert compare(snippets).answers["list"] == {
            "pyrefly": "no pyrefly here",
            "mypy": "list[object]",
        }
        assert surprise(LEARNER, 'double("3")').endswith("(mypy; no pyrefly here)")
        picture = narrowing(BRANCHES, "value")
    assert picture == narrowing(BRANCHES, "value")


def test_the_columns_of_a_narrowing_are_in_the_authors_order():
    source = "def f(value: str | int | bytes) -> None:\n    print(value)\n"
    assert narrowing(source, "value").text.split("\n")[0].split() == ["str", "int", "bytes"]


LEARNER = "def double(n: int) -> int:\n    return 2 * n\n"


@pytest.mark.parametrize("checker", CHECKERS)
def test_surprise_is_silent_when_all_lines_are_judged_as_they_should(checker):
    assert surprise(LEARNER, 'double(3)\ndouble("3")  # refused', checker=checker) == ""


@pytest.mark.parametrize(
    ("source", "probe", "words"),
    [
        (LEARNER, "double(3)  # refused", "the checker accepts `double(3)`"),
        (LEARNER, 'double("3")', 'the checker refuses `double("3")`'),
        ("def f(n: int) -> str:\n    return n\n", "f(3)", "your line `return n`"),
        (LEARNER + "x: int = 'a'  # type: ignore\n", "double(3)", "# type: ignore"),
        ("from typing import Any\ndef f(n: Any) -> Any: return n\n", "f(3)", "`Any`"),
        ("", "double(3)", "not known"),
        ("def f(:\n", "f(3)", "not Python yet"),
    ],
)
def test_surprise_says_what_the_learners_code_did(source, probe, words):
    assert words in surprise(source, probe)
