"""A cell that keeps its recorded output must need to: all chapters, and planted cells that do not."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from live_reader import FRONT

from coursekit import chapters
from coursekit.chapters import SKIP
from coursekit.live_skips import needless
from coursekit.places import chapter_files, references_of
from coursekit.references import Reference, source_hash, write
from seethrough import exercises

CHAPTERS = [
    path for path in chapter_files() if any(SKIP in cell.tags for cell in chapters.read(path).cells)
]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_no_cell_keeps_its_recorded_output_without_need(chapter, live):
    assert "\n".join(map(str, needless(chapter))) == ""


# ── planted cells ──────────────────────────────────────────────────────────────────────────────

HEAD = f"{FRONT}# Orders\n\n"


@dataclass(frozen=True)
class Planted:
    """A cell: its source, what it printed in Jupyter or showed there, and its options."""

    source: str
    printed: str = ""
    shown: str = ""
    tags: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)

    @property
    def text(self):
        options = {"tags": list(self.tags), **self.options}
        lines = [f":{name}: {json.dumps(value)}" for name, value in options.items()]
        return "\n".join(["```{code-cell} ipython3", *lines, self.source, "```", ""])

    @property
    def reference(self):
        outputs = []
        if self.printed:
            outputs.append({"stream": "stdout", "text": self.printed.split("\n")})
        if self.shown:
            outputs.append({"data": {"text/plain": self.shown.split("\n")}})
        return Reference(source_hash(self.source), self.source.split("\n")[0], outputs)


def tagged(source, printed="", shown="", tags=(), **options):
    options = {"reason": "a test", **{key.replace("_", "-"): options[key] for key in options}}
    return Planted(source, printed, shown, (*tags, SKIP), options)


@pytest.fixture
def found(live, tmp_path):
    """Plant a chapter, and return the first lines of the cells that are found in it."""

    def find(*cells):
        path = tmp_path / "chapters/advanced/orders.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + "\n".join(cell.text for cell in cells), encoding="utf-8")
        write(references_of(path), [cell.reference for cell in cells])
        lines = path.read_text(encoding="utf-8").split("\n")
        return [lines[each.line - 1] for each in needless(path)]

    return find


THREAD = "import threading\nthreading.Thread(target=print).start()\n"
PRICE = Planted("price = 3")


def test_a_cell_that_a_tab_gets_right_is_found(found):
    assert found(PRICE, tagged("print(price)", "3\n")) == ["print(price)"]


def test_the_message_names_file_and_line_and_what_to_do(found, tmp_path):
    found(PRICE, tagged("double = 2 * price"), tagged("print(double)", "6\n"))
    (only,) = needless(tmp_path / "chapters/advanced/orders.md")
    assert str(only).startswith(f"{tmp_path}/chapters/advanced/orders.md:{only.line}: ")
    assert only.silent == (only.line - 6,)
    for words in (SKIP, "kept-because:", "runs_in:", f"the cells at {only.silent[0]},"):
        assert words in str(only)


@pytest.mark.parametrize(
    "cell",
    [
        tagged(THREAD + "print(1)", "1\n"),
        tagged("import subprocess\nsubprocess.run(['true'])\nprint(1)", "1\n"),
        tagged("import pyperf\nprint(1)", "1\n"),
        tagged("print(1 / 0)", "1\n"),
        tagged("import sys\nprint(sys.platform)", "linux\n"),
        tagged("print('no pyrefly here')", "no pyrefly here\n"),
        tagged("import js\njs.process.exit(1)\nprint(1)", "1\n"),
        tagged("while True:\n    pass", "1\n"),
    ],
    ids=[
        "thread",
        "process",
        "package",
        "raises",
        "differs",
        "other-checker",
        "ends-python",
        "hangs",
    ],
)
def test_a_cell_that_a_tab_cannot_run_is_not_found_and_the_next_one_is(found, cell):
    assert found(PRICE, cell, tagged("print(price)", "3\n")) == ["print(price)"]


@pytest.mark.parametrize(
    "cell",
    [
        tagged("price = 4"),
        tagged("print('took ≈ 3 ms')", "took ≈ measured \n"),
        tagged("prices", shown="Prices\nnow ≈ measured "),
        tagged("print(price)", "3\n", tags=["nbval-ignore-output"]),
        tagged("print(price)", "3\n", kept_because="a reason"),
    ],
    ids=["prints-nothing", "measured-line", "measured-picture", "ignored-output", "kept"],
)
def test_a_cell_whose_output_proves_nothing_is_not_found(found, cell):
    shows = "class Prices:\n    def __repr__(self): return 'Prices\\nnow ≈ 3'\nprices = Prices()"
    assert found(PRICE, Planted(shows), cell) == []


def test_what_only_a_cell_that_keeps_its_tag_defines_is_not_there(found):
    half = tagged(f"rate = 2\n{THREAD}print(rate)", "2\n")
    assert found(half, tagged("print(rate)", "2\n")) == []


@pytest.mark.parametrize("ends", [THREAD, "raise OSError('not here')"], ids=["lacks", "raises"])
def test_what_a_cell_half_did_does_not_hide_that_the_next_one_works(found, ends):
    half = tagged(f"names.clear()\n{ends}\nnames.append('pear')\nprint('filled')", "filled\n")
    last = tagged("print(names)", "['pear']\n")
    assert found(Planted("names = ['pear']"), half, last) == ["print(names)"]


def test_a_cell_after_which_the_chapter_goes_wrong_is_not_found(found):
    other = "import sys\nprice = 4 if sys.platform == 'emscripten' else 3\nprint('set')"
    assert found(PRICE, tagged(other, "set\n"), Planted("print(price)", "3\n")) == []


def test_a_cell_without_the_tag_that_never_agrees_is_nobodys_fault(found):
    wrong = Planted("print('other')", "something\n")
    assert found(PRICE, wrong, tagged("print(price)", "3\n")) == ["print(price)"]


def test_a_cell_without_the_tag_that_ends_python_is_named(found):
    with pytest.raises(RuntimeError, match=r"orders\.md:\d+: ends the reader's Python"):
        found(Planted("import js\njs.process.exit(1)"), tagged("print(3)", "3\n"))


EXERCISE = """\
# %% [check]
def check(work):
    work.equal(work.get("total")(), 4, "total()")
    return "Four."


# %% [hint]
# Four.


# %% [solution]
{solution}


# %% [mistake] one
# says: `1`
def total():
    return 1
"""
FOUR = "def total():\n    return 4"
IN_A_THREAD = (
    "from concurrent.futures import ThreadPoolExecutor\n\n\n"
    "def total():\n    with ThreadPoolExecutor() as pool:\n        return pool.submit(int, 4).result()"
)


@pytest.mark.parametrize(
    ("solution", "lines"),
    [(FOUR, ['check("orders/total")']), (IN_A_THREAD, [])],
    ids=["doable", "not-doable"],
)
def test_an_exercise_is_found_only_if_each_attempt_is_answered_rightly(
    found, tmp_path, solution, lines
):
    folder = tmp_path / "chapters/advanced/orders/exercises"
    folder.mkdir(parents=True)
    text = EXERCISE.format(solution=solution)
    (folder / "total.py").write_text(text, encoding="utf-8")
    starter = "# Exercise: total\ndef total():\n    return 0"
    answer = exercises.judge(exercises.read(folder / "total.py"), {"total": lambda: 0}, starter)
    shipped = "/course/chapters/advanced/orders/exercises"
    ship = (
        "import os\nfrom seethrough.exercises import check\n"
        f"os.makedirs({shipped!r})\n"
        f"with open({shipped + '/total.py'!r}, 'w') as file:\n    file.write({text!r})"
    )
    cells = [
        tagged(starter, tags=["exercise:total"]),
        tagged('check("orders/total")', shown=repr(answer), tags=["check:total"]),
    ]
    assert found(Planted(ship), *cells) == lines
