"""What does a learner hear about their code, and what does an author hear about a file?"""

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from seethrough import exercises
from seethrough.budget import limited
from seethrough.exercises import ExerciseFileError, NotYet, Verdict, Work, judge, parse

FILE = '''\
# %% [check]
"""Return the double."""

from seethrough.exercises import Work


def check(work: Work) -> str:
    double = work.get("double")
    work.equal(double(4), 8, "double(4)")
    return "Doubled."


# %% [hint]
# What is twice `n`?
#
# Think.

# %% [hint]
# Add.

# %% [hint]
# `n + n`


# %% [solution]

def double(n: int) -> int:
    return 2 * n


# %% [mistake] square
# says: gave `16`
def double(n: int) -> int:
    return n * n
'''


@pytest.fixture
def double(tmp_path):
    path = tmp_path / "numbers" / "exercises" / "double.py"
    path.parent.mkdir(parents=True)
    path.write_text(FILE, encoding="utf-8")
    return exercises.read(path)


@pytest.fixture(autouse=True)
def _small_budget(monkeypatch):
    monkeypatch.setattr(exercises, "limited", partial(limited, 20_000))


def after(source):
    names = {"__name__": "__main__"}
    exec(compile(source, "<cell>", "exec"), names)
    return names


def test_is_a_file_read_into_its_parts(double):
    assert double.name == "numbers/double"
    assert double.hints == ("What is twice `n`?\n\nThink.", "Add.", "`n + n`")
    assert double.solution.startswith("def double")
    assert [(each.slug, each.says) for each in double.mistakes] == [("square", "gave `16`")]


def test_does_each_part_know_its_line(double):
    lines = FILE.splitlines()
    assert lines[double.check_line - 1] == '"""Return the double."""'
    assert lines[double.solution_line - 1] == "def double(n: int) -> int:"
    assert lines[double.mistakes[0].line - 1] == "def double(n: int) -> int:"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("# %% [solution]", "# %% [solutions]"), r"double.py:25: `# %% \[solutions\]` is no sect"),
        (("# %% [solution]", "# solution"), r"double.py:1: one `# %% \[solution\]` .* found 0"),
        (("# %% [hint]\n# Add.", "# %% [check]\n"), r"double.py:20: one `# %% \[check\]` .* 2"),
        (("# says: gave `16`\n", ""), r"double.py:31: a mistake needs a name"),
        (("# %% [mistake] square", "# %% [mistake]"), r"double.py:31: a mistake needs a name"),
    ],
)
def test_does_a_message_about_a_file_name_its_line(change, message):
    with pytest.raises(ExerciseFileError, match=message):
        parse(FILE.replace(*change), "numbers/double", Path("double.py"))


def test_is_a_mistake_of_the_same_name_refused():
    text = FILE + "\n# %% [mistake] square\n# says: x\npass\n"
    with pytest.raises(ExerciseFileError, match="`square` is there twice"):
        parse(text, "numbers/double", Path("double.py"))


def test_is_a_file_in_another_encoding_refused_with_its_line(tmp_path):
    path = tmp_path / "latin.py"
    path.write_bytes("# %% [check]\n# é\n".encode("latin-1"))
    with pytest.raises(ExerciseFileError, match=r"latin.py:2: .* UTF-8"):
        exercises.read(path)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "nothing is called `double` yet. Run the cell above first."),
        ("def double(n): return n", "`double(4)` gave `4`; it should give `8`."),
        ("def double(n): return n.x", "your code raised `AttributeError: 'int' object has no"),
        ("double = None", "your code raised `TypeError: 'NoneType' object is not callable`"),
        ("def double(n): return double(n)", "your code called itself until Python gave up"),
        ("def double(n):\n while True: pass", "your code was stopped: more than"),
        ("import os\ndef double(n): os._exit(3)", "your code was stopped: it tried to end"),
        ("def double(n): raise SystemExit(3)", "your code raised `SystemExit: 3`"),
        ("class B(BaseException): pass\ndef double(n): raise B", "your code raised `B`"),
        (
            "class E(Exception):\n def __str__(self): 1/0\ndef double(n): raise E",
            "your code raised `E: (its `__str__` raises)`",
        ),
        (
            "class R:\n def __repr__(self): 1/0\ndef double(n): return R()",
            "`double(4)` gave `<R whose repr raises ZeroDivisionError>`",
        ),
        ("def double(n):\n async def f(): pass\n c = f(); c.close(); return n", "gave `4`"),
    ],
)
def test_is_what_the_learners_code_did_reported(double, source, message):
    verdict = judge(double, after(source))
    assert not verdict.passed
    assert message in verdict.message


def test_is_an_endless_loop_reported_from_within_a_group(double):
    source = (
        "import asyncio\n"
        "async def spin():\n while True: pass\n"
        "async def main():\n"
        " async with asyncio.TaskGroup() as group: group.create_task(spin())\n"
        "def double(n): asyncio.run(main())\n"
    )
    assert "your code was stopped: more than" in judge(double, after(source)).message


def test_does_a_pass_say_what_was_found(double):
    assert judge(double, after(double.solution)) == Verdict("numbers/double", True, "Doubled.")


def test_can_a_crash_be_told_from_an_answer(double):
    assert not judge(double, after("def double(n): return n")).stopped
    assert judge(double, after("def double(n): return n.x")).stopped


def test_does_a_crash_name_the_line_it_came_from(double):
    import linecache

    source = "def double(n):\n    return n.twice\n"
    linecache.cache["<cell>"] = len(source), None, source.splitlines(True), "<cell>"
    try:
        assert judge(double, after(source)).message.endswith("at `return n.twice`.")
    finally:
        del linecache.cache["<cell>"]


def test_does_an_exception_asked_for_count_and_another_not():
    work = Work({})
    assert str(work.raises(ValueError, lambda: int("x"), "int('x')")).startswith("invalid literal")
    with pytest.raises(NotYet, match="raised `ZeroDivisionError: division by zero`; it should"):
        work.raises(ValueError, lambda: 1 / 0, "1 / 0")
    with pytest.raises(NotYet, match="should raise `ValueError`; it gave `1`"):
        work.raises(ValueError, lambda: 1, "1")


def test_does_what_the_check_says_within_raises_come_through():
    work = Work({})
    with pytest.raises(NotYet, match="as it is"):
        work.raises(Exception, lambda: work.fail("as it is"), "x")


def test_is_only_the_learners_own_cell_taken_for_the_source():
    names = {"In": ["# Exercise: clamp-two\nx", "# Exercise: clamp\ny", "check('a/clamp')"]}
    assert exercises._source_of("a/clamp", names) == "# Exercise: clamp\ny"


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        ("# Exercise: clamp\n", ["In"]),
        ("# Exercise: clamp\nclass Clam: ...", ["In", "Clam"]),
        ("# Exercise: clamp\nfrom a import Clamp", ["In", "Clamp"]),
        ("# Exercise: clamp\nClamp = await f()", ["In", "Clamp"]),
        ("# Exercise: clamp\n%time f()", ["In", "Clamp", "Clam"]),  # no plain Python: who knows
    ],
)
def test_is_what_an_earlier_text_of_the_cell_defined_not_judged(monkeypatch, now, kept):
    monkeypatch.setattr(exercises, "_bound_so_far", {})
    monkeypatch.setattr(exercises, "_starters_run", {})
    for text in ("# Exercise: clamp\nclass Clamp: ...", "# Exercise: clamp\nclass Clam: ...", now):
        exercises._remember(SimpleNamespace(raw_cell=text))
    names = {"In": [], "Clamp": 1, "Clam": 2}
    assert list(exercises._without_earlier(names, now)) == kept


def test_does_each_call_give_the_next_hint(tmp_path, monkeypatch, capsys):
    path = tmp_path / "advanced" / "numbers" / "exercises" / "double.py"
    path.parent.mkdir(parents=True)
    path.write_text(FILE, encoding="utf-8")
    monkeypatch.setattr(exercises, "CHAPTERS", tmp_path)
    monkeypatch.setattr(exercises, "_hints_given", {})
    for _ in range(4):
        exercises.hint("numbers/double")
    heads = [line[:11] for line in capsys.readouterr().out.splitlines() if line.startswith("Hint")]
    assert heads == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"]
    exercises.solution("numbers/double")
    assert "2 * n" in capsys.readouterr().out
    with pytest.raises(ExerciseFileError, match="this chapter has: double"):
        exercises.check("numbers/triple")


def test_can_html_in_a_message_do_no_harm():
    verdict = Verdict("a/b", False, "`<script>` gave <b>")
    assert "<code>&lt;script&gt;</code> gave &lt;b&gt;" in verdict._repr_html_()
    assert "Not yet: `<script>`" in repr(verdict)
