"""Does a proof find what is wrong with an exercise or a prediction, whatever their code does?"""

import re
import time

import pytest

from coursekit import proofs
from coursekit.places import chapter_files

FRONT = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# Numbers
"""
STARTER = "def double(n):\n    return n\n"
SOLUTION = "def double(n):\n    return 2 * n\n"
CHECK = '''\
"""Return the double."""
from seethrough.exercises import Work


def check(work: Work) -> str:
    double = work.get("double")
    work.equal(double(4), 8, "double(4)")
    return "Doubled."
'''
CELL = "```{{code-cell}}\n:tags: [exercise:double]\n# Exercise: double\n{starter}```\n"
QUESTION = """\
- id: sum
  kind: predict
  question: What does this print?
  code: |
    {code}
  answer: {answer}
  because: So it is.
  distractors:
    - text: "{wrong}"
      because: No.
    - text: "77"
      because: No.
"""


@pytest.fixture
def chapter(tmp_path):
    """Return a function that writes a chapter with one exercise and proves it."""

    def write(
        starter=STARTER, solution=SOLUTION, mistake="def double(n):\n    return n * n\n",
        says="gave `16`", check=CHECK, quiz="", cell="", seconds=proofs.SECONDS, **options,
    ):  # fmt: skip
        path = tmp_path / "advanced" / "numbers.md"
        file = path.with_suffix("") / "exercises" / "double.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        cell = (
            cell
            or f"```{{code-cell}}\n:tags: [exercise:double]\n# Exercise: double\n{starter}```\n"
        )
        path.write_text(FRONT + cell, encoding="utf-8")
        file.write_text(
            f"# %% [check]\n{check}\n# %% [hint]\n# Add.\n\n# %% [solution]\n{solution}\n"
            f"# %% [mistake] square\n# says: {says}\n{mistake}",
            encoding="utf-8",
        )
        if quiz:
            (path.with_suffix("") / "quiz.yml").write_text(quiz, encoding="utf-8")
        return proofs.prove(path, seconds=seconds, **options)

    return write


def failing(found):
    return [str(proof).partition("numbers")[2] for proof in found if not proof.held]


def question(code, answer="2", wrong="11"):
    return QUESTION.format(code=code, answer=f'"{answer}"', wrong=wrong)


@pytest.mark.parametrize("fork", [proofs.CAN_FORK, False])
def test_does_a_sound_chapter_hold(chapter, fork):
    found = chapter(quiz=question("print(1 + 1)"), fork=fork)
    assert failing(found) == []
    assert [(proof.what, proof.message) for proof in found] == [
        ("numbers/double, starter", "`double(4)` gave `4`; it should give `8`."),
        ("numbers/double, solution", "Doubled."),
        ("numbers/double, mistake square", "`double(4)` gave `16`; it should give `8`."),
        ("numbers, question sum", "prints '2'"),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"starter": SOLUTION}, ".md:8: numbers/double, starter: the check passes it"),
        ({"starter": "double = other_cell\n"}, "needs no cell above it; your code raised `NameEr"),
        ({"starter": "def double(n): return n.x\n"}, "kind words, not with a crash: your code rai"),
        ({"starter": "def double(n:\n"}, "runs without an exception .* raised `SyntaxError"),
        ({"solution": STARTER}, r"double.py:15: numbers/double, solution: .* `double\(4\)` gave"),
        ({"solution": SOLUTION + "1 / 0\n"}, "the solution should pass; your code raised `ZeroDi"),
        ({"mistake": SOLUTION}, r"mistake square: the check passes it, so it proves nothing"),
        ({"says": "shared"}, "the feedback should contain “shared”; it is: `double"),
        ({"check": "1 / 0"}, "the check itself cannot run: ZeroDivisionError"),
        ({"check": "x = 1"}, r"the check itself cannot run: ExerciseFileError: .*double.py:2"),
        ({"quiz": question("print(3)")}, "quiz.yml:1: numbers, question sum: the code prints '3'"),
        ({"quiz": question("print(2)", wrong=" 2 ")}, "the distractor ' 2 ' looks like the answer"),
        ({"quiz": question("print(2); 1 / 0")}, "its code raises `ZeroDivisionError: division by"),
        ({"quiz": question("print([*{'a', 'b', 'c', 'd', 'e'}])")}, "under another PYTHONHASHSEED"),
        ({"quiz": "- id: x\n"}, "quiz.yml:1: .* a question needs `kind:`"),
    ],
)  # fmt: skip
def test_is_a_fault_found_and_placed(chapter, change, message):
    found = failing(chapter(**change))
    assert any(re.search(message, each) for each in found), found


HARMFUL = {
    "while True: pass": "your code was stopped: more than 3,000,000 steps",
    "import os; os._exit(0)": "it tried to end the interpreter itself",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "was ended by SIGKILL",
    "import os; os.execv('/bin/true', ['true'])": "ended itself with exit code 0",
    "sum(iter(int, 1))": "it was ended after 2 seconds",
    "return double(n)": "called itself until Python gave up",
    "raise SystemExit(0)": "your code raised `SystemExit: 0`",
    "import sys; sys.modules.clear(); return None": "gave `None`",
    "return bytearray(1 << 40)": "your code raised `MemoryError`",
    "import builtins; builtins.len = None; return 0": "'NoneType' object is not callable",
}


@pytest.mark.skipif(not proofs.CAN_FORK, reason="needs fork")
@pytest.mark.parametrize(("line", "message"), HARMFUL.items())
def test_does_harmful_code_harm_nothing(chapter, line, message):
    starter = f"def double(n):\n    {line}\n"
    seconds = 2.0 if "2 seconds" in message else proofs.SECONDS
    starter_proof, *others = chapter(starter=starter, seconds=seconds)
    assert message in starter_proof.message
    assert all(proof.held for proof in others), failing(others)


@pytest.mark.parametrize("line", ["import os; os.kill(os.getpid(), 9)", "sum(iter(int, 1))"])
def test_does_harmful_code_harm_nothing_without_fork(chapter, line):
    starter = f"def double(n):\n    {line}\n"
    starter_proof, *others = chapter(starter=starter, seconds=1.0, fork=False)
    assert not starter_proof.held
    assert all(proof.held for proof in others), failing(others)


def test_is_a_child_ended_that_the_code_leaves_behind(chapter, tmp_path):
    note = tmp_path / "still-there"
    line = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', "
        f"\"import time; time.sleep(2); open({str(note)!r}, 'w')\"])"
    )
    chapter(starter=f"def double(n):\n    {line}\n    return n\n")
    time.sleep(3)
    assert not note.exists()


def test_does_each_piece_begin_afresh(chapter):
    spoiled = "import random, sys, math\nmath.pi = 3\nsys.path.clear()\nLEFT = 1\n" + STARTER
    check = CHECK.replace(
        '    double = work.get("double")',
        "    import math\n    work.require(math.pi > 3.1, 'spoiled')\n"
        '    double = work.get("double")',
    )
    found = chapter(starter=spoiled, check=check)
    assert [proof.message for proof in found][:2] == ["spoiled", "Doubled."]


def test_does_a_check_run_as_in_a_notebook(chapter):
    check = CHECK.replace(
        "    double = ",
        "    import asyncio, sys\n    asyncio.get_running_loop()\n"
        "    assert sys.modules['__main__'].double is work.names['double']\n"
        "    assert work.source.startswith('# Exercise: double')\n    double = ",
    )
    starter = "import asyncio\nawait asyncio.sleep(0)\n" + STARTER
    assert failing(chapter(starter=starter, check=check)) == []


def test_may_a_check_use_the_course_s_own_event_loop(chapter):
    check = CHECK.replace(
        "    work.equal(double(4), 8",
        "    import asyncio\n    from seethrough.eventloop import run\n"
        "    async def hour():\n        await asyncio.sleep(3600)\n        return double(4)\n"
        "    work.equal(run(hour()), 8",
    )
    assert failing(chapter(check=check)) == []


def test_may_a_prediction_await(chapter):
    code = "import asyncio; await asyncio.sleep(0); print(2)"
    assert failing(chapter(quiz=question(code))) == []


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("```{code-cell}\n:tags: [exercise:double]\n# Exercise: single\nx = 1\n```\n",
         ".md:8: numbers/double: the first line of a starter is `# Exercise: double`"),
        ("```{code-cell}\n:tags: [exercise:triple]\n# Exercise: triple\n```\n",
         "exercises/triple.py:1: numbers/triple: there is no such file"),
        ("```{code-cell}\nx = 1\n```\n",
         "exercises/double.py:1: numbers/double: no cell of numbers.md is tagged"),
        (2 * CELL.format(starter=STARTER),
         ".md:12: numbers/double: another starter, on line 6, has this name"),
        ("```{code-cell}\n:tags: [x\n```\n", ": chapter: "),
    ],
)  # fmt: skip
def test_are_cells_and_files_held_against_each_other(chapter, cell, message):
    assert any(message in each for each in failing(chapter(cell=cell)))


def test_is_a_broken_exercise_file_reported(chapter):
    found = failing(chapter(says="", mistake="pass\n"))
    assert any("double.py:18: numbers/double: a mistake needs a name" in each for each in found)


def test_do_the_chapters_hold():
    """One chapter, as a sample; `course.py test` proves them all."""
    paths = chapter_files()[:1]
    assert [str(proof) for path in paths for proof in proofs.prove(path) if not proof.held] == []
